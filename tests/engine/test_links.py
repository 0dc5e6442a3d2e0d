"""Link events: a way that is not drawn leads from each that throws to the one that catches, in the same scope."""

from tests.engine.diagrams import chain, end, exclusive, flow, process, start, user
from tests.engine.events import catch, parallel, subprocess, throw
from tests.engine.runs import Run, engine_with

ON = '<bpmn:linkEventDefinition name="on"/>'


def test_a_link_leads_to_the_event_that_catches_it() -> None:
    source = process(
        start() + user("a") + throw("leap", ON) + catch("land", ON) + user("b") + end()
        + chain("start", "a", "leap") + chain("land", "b", "end")
    )  # fmt: skip
    run = Run(engine_with(), source)
    outcome = run.answer("a")
    assert run.open == ["b"]
    assert [(step.element_id, step.kind) for step in outcome.steps] == [
        ("a", "userTask"),
        ("a_to_leap", "sequenceFlow"),
        ("leap", "intermediateThrowEvent"),
        ("land", "intermediateCatchEvent"),
        ("land_to_b", "sequenceFlow"),
    ]
    assert run.answer("b").is_complete


def test_several_links_lead_to_one_event_and_each_brings_its_token() -> None:
    source = process(
        start() + parallel("fork") + throw("one", ON) + throw("two", ON) + catch("land", ON) + user("b") + end()
        + chain("start", "fork", "one") + chain("fork", "two") + chain("land", "b", "end")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert run.open == ["b", "b"]
    run.answer("b")
    assert run.answer("b").is_complete


def test_a_link_leads_back_as_often_as_it_is_taken() -> None:
    source = process(
        start() + exclusive("merge") + user("ask") + exclusive("again", "again_to_end") + throw("back", ON)
        + catch("top", ON) + end() + chain("start", "merge", "ask", "again", "end") + chain("top", "merge")
        + flow("again", "back", "answer")
    )  # fmt: skip
    run = Run(engine_with(), source)
    for _ in range(20):
        run.answer("ask", answer=True)
        assert run.open == ["ask"]
    assert run.answer("ask", answer=False).is_complete


def test_a_link_stays_in_its_scope() -> None:
    inside = start("s") + throw("leap1", ON) + catch("land1", ON) + user("inner") + end("e")
    inside += chain("s", "leap1") + chain("land1", "inner", "e")
    source = process(
        start() + subprocess("part", inside) + throw("leap2", ON) + catch("land2", ON) + user("outer") + end()
        + chain("start", "part", "leap2") + chain("land2", "outer", "end")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert run.open == ["inner"]
    run.answer("inner")
    assert run.open == ["outer"]
