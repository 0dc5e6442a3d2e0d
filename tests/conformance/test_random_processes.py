"""A thousand random processes: the engine does what an interpreter of some lines for each block says they mean."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.catalogue import Catalogue
from engine.process import Engine
from tests.conformance.random_processes.blocks import Block
from tests.conformance.random_processes.making import calm_processes, racing_processes
from tests.conformance.random_processes.playing import Play, draw
from tests.conformance.random_processes.straight import StraightEngine
from tests.engine.diagrams import chain, end, process, start, user
from tests.engine.events import ON_SIGNAL, SIGNAL, catch, throw
from tests.engine.runs import Run

_ENGINE = Engine(Catalogue())
_STRAIGHT = StraightEngine()
_SEEDS = st.integers(0, 1000)
_many = settings(
    max_examples=500, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@_many
@given(block=calm_processes, seed=_SEEDS, orders=st.tuples(_SEEDS, _SEEDS))
def test_a_process_without_races_comes_to_the_same_in_any_order(
    block: Block, seed: int, orders: tuple[int, int]
) -> None:
    drawn = draw(block, _ENGINE)
    first, second = (Play(drawn, _ENGINE, seed=seed, order=order).run() for order in orders)
    if first.ended and second.ended:
        assert (first.completed, first.data) == (second.completed, second.data)


@_many
@given(block=racing_processes, seed=_SEEDS, order=_SEEDS)
def test_saving_and_loading_at_every_step_equals_a_straight_run(block: Block, seed: int, order: int) -> None:
    drawn = draw(block, _ENGINE)
    with _STRAIGHT.keeping():
        straight = Play(drawn, _STRAIGHT, seed=seed, order=order).run()
    assert Play(drawn, _ENGINE, seed=seed, order=order).run() == straight


def test_a_signal_reaches_its_receivers_by_age_loaded_or_not() -> None:
    """In a subprocess `one` began to wait before `two` around it did; a state has the outer scope first."""
    inside = start("begin") + catch("one", ON_SIGNAL) + end("done") + chain("begin", "one", "done")
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/>'
        + f'<bpmn:subProcess id="part">{inside}</bpmn:subProcess>'
        + user("ask")
        + catch("two", ON_SIGNAL)
        + user("tell")
        + throw("go", ON_SIGNAL)
        + end()
        + chain("start", "fork", "part", "end")
        + chain("fork", "ask", "two", "end")
        + chain("fork", "tell", "go", "end"),
        extra=SIGNAL,
    )
    with _STRAIGHT.keeping():
        straight = _told(_STRAIGHT, source)
    assert _told(_ENGINE, source) == straight
    assert straight.index("one") < straight.index("two")


def _told(engine: Engine, source: bytes) -> list[str]:
    """The steps of the run in which `tell` is answered, after `ask` was."""
    run = Run(engine, source)
    run.answer("ask", answer=1)
    return [step.element_id for step in run.answer("tell", answer=1).steps]
