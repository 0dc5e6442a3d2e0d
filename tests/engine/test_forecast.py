"""Where an instance will probably go: a copy runs on with guesses, and stops where nobody can know."""

from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.process import Engine, Forecast
from tests.engine.diagrams import chain, end, exclusive, flow, multi, process, script, service, start, timer, user
from tests.engine.runs import NOW, Run, engine_with


def _ahead(run: Run, **guess: Any) -> Forecast:
    return run.engine.foresee(run.definition, run.outcome.state, lambda form: guess, now=NOW)


def _reached(run: Run, **guess: Any) -> list[str]:
    return [node.id for node in _ahead(run, **guess).elements]


def _asked_then(gate: str, *, between: str = "", way: tuple[str, ...] = ("ask", "gate")) -> bytes:
    """start → `ask` → `between` → a gateway that goes to `high` where `gate` is true, else to `low`."""
    body = start() + user("ask", fields="answer comment") + between + exclusive("gate", "gate_to_low")
    body += end("high") + end("low") + chain("start", *way) + flow("gate", "high", gate) + flow("gate", "low")
    return process(body)


def test_a_gateway_is_passed_as_the_variables_and_the_guessed_answer_say() -> None:
    run = Run(engine_with(), _asked_then("amount > 100 and answer = 1"), {"amount": 500})
    assert _reached(run, answer=1) == ["ask", "gate", "high"]
    assert _reached(run, answer=2) == ["ask", "gate", "low"]
    assert _ahead(run, answer=1).flows == ("ask_to_gate", "gate_to_high")


@pytest.mark.parametrize("gate", ["comment = null", "answer = 1 or comment = null"])
def test_a_gateway_that_asks_what_nobody_has_guessed_is_the_end_of_the_way(gate: str) -> None:
    run = Run(engine_with(), _asked_then(gate))
    assert _reached(run, answer=1) == ["ask", "gate"]


def test_no_service_is_called_and_its_answer_is_not_known() -> None:
    called: list[str] = []
    run = Run(
        engine_with(rate=lambda _context: called.append("rate") or {"grade": "A"}),
        _asked_then("rated.grade = null", between=service("rate", "rate", result="rated"), way=("ask", "rate", "gate")),
    )
    assert _reached(run, answer=1) == ["ask", "rate", "gate"]
    assert called == []


def test_a_service_that_can_foresee_its_answer_leads_on() -> None:
    rate = ServiceTask(
        "rate", lambda _context, **given: {}, {"answer": "any"}, foresee=lambda answer: {"twice": answer * 2}
    )
    between = service("rate", "rate", result="rated", answer="answer")
    run = Run(Engine(Catalogue(rate)), _asked_then("rated.twice = 4", between=between, way=("ask", "rate", "gate")))
    assert _reached(run, answer=2) == ["ask", "rate", "gate", "high"]
    assert _reached(run, comment="no answer guessed") == ["ask", "rate"]


def test_what_a_script_sets_is_known_again() -> None:
    between = script("fill", '"none"', "comment")
    run = Run(engine_with(), _asked_then('comment = "none"', between=between, way=("ask", "fill", "gate")))
    assert _reached(run, answer=1) == ["ask", "fill", "gate", "high"]


def test_what_may_happen_beside_a_step_is_not_on_the_way() -> None:
    body = (
        start() + user("ask") + user("then") + timer("late", "then", "timeDuration", "PT1S") + end() + end("was_late")
    )
    run = Run(engine_with(), process(body + chain("start", "ask", "then", "end") + flow("late", "was_late")))
    assert _reached(run, answer=1) == ["ask", "then", "end"]


def test_a_flow_that_asks_for_ever_is_followed_once_around() -> None:
    body = start() + user("ask") + exclusive("enough", "enough_to_ask") + end() + chain("start", "ask", "enough", "ask")
    run = Run(engine_with(), process(body + flow("enough", "end", "answer = 2")))
    assert _reached(run, answer=1) == ["ask", "enough"]


def test_everybody_of_a_repeated_step_is_asked() -> None:
    body = start() + user("ask", inner=multi(over="people", item="person")) + end() + chain("start", "ask", "end")
    assert _reached(Run(engine_with(), process(body), {"people": [1, 2, 3]}), answer=1) == ["ask", "end"]


def test_looking_ahead_leaves_the_instance_where_it_is() -> None:
    run = Run(engine_with(), _asked_then("answer = 1"))
    assert _reached(run, answer=1)[-1] == "high"
    assert run.open == ["ask"]
    assert [name for name, _event in run.did] == ["start"]
    run.answer("ask", answer=2)
    assert run.did[-1] == ("low", "completed")
