"""The indexes of a running instance agree with what a look at every task would find, after every single step."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent

from engine.bpmn.gateways import Join
from engine.catalogue import Catalogue
from engine.process import Engine
from engine.runtime import codec, workflow
from engine.runtime.script import FeelScriptEngine
from engine.runtime.workflow import Instance
from tests.engine.diagrams import chain, end, exclusive, flow, parallel, process, script, start, timer, user
from tests.engine.runs import LOOP, NOW, Run, engine_with

LEAVES = st.sampled_from(["user", "script", "reminded", "limited", "everybody", "in_turn"])
BLOCKS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(["row", "beside", "either", "inside", "again"]), inner, inner),
    max_leaves=6,
)


class Drawing:
    """Nodes and flows of a random process; `add` returns where a block begins and ends."""

    def __init__(self) -> None:
        self.nodes = ""
        self._count = 0

    def add(self, block: Any) -> tuple[str, str]:
        kind, *inner = (block,) if isinstance(block, str) else block
        self._count += 1
        found: tuple[str, str] = getattr(self, f"_{kind}")(f"n{self._count}", *inner)
        return found

    def _user(self, name: str) -> tuple[str, str]:
        self.nodes += user(name, fields="x")
        return name, name

    def _script(self, name: str) -> tuple[str, str]:
        self.nodes += script(name, "1 + 1", "y")
        return name, name

    def _reminded(self, name: str, *, interrupting: bool = False) -> tuple[str, str]:
        self.nodes += timer(f"{name}t", name, "timeDuration", "P1D", interrupting=interrupting)
        self.nodes += script(f"{name}r", "2", "z") + end(f"{name}e") + chain(f"{name}t", f"{name}r", f"{name}e")
        return self._user(name)

    def _limited(self, name: str) -> tuple[str, str]:
        return self._reminded(name, interrupting=True)

    def _everybody(self, name: str) -> tuple[str, str]:
        return self._loop(name, "false")

    def _in_turn(self, name: str) -> tuple[str, str]:
        return self._loop(name, "true")

    def _loop(self, name: str, sequential: str) -> tuple[str, str]:
        loop = LOOP.format(sequential=sequential).replace('id="person"', f'id="{name}p"')
        self.nodes += user(name, fields=f"{name}v", inner=loop.replace('id="answer"', f'id="{name}v"'))
        return name, name

    def _row(self, _name: str, first: Any, second: Any) -> tuple[str, str]:
        (begin, middle), (middle_2, last) = self.add(first), self.add(second)
        self.nodes += flow(middle, middle_2)
        return begin, last

    def _beside(self, name: str, first: Any, second: Any) -> tuple[str, str]:
        self.nodes += parallel(f"{name}f", f"{name}j")
        return self._branches(f"{name}f", f"{name}j", first, second)

    def _either(self, name: str, first: Any, second: Any) -> tuple[str, str]:
        begin = f"{name}f"
        where = self.add(first), self.add(second)
        self.nodes += exclusive(begin, f"{begin}_to_{where[0][0]}") + exclusive(f"{name}j")
        self.nodes += flow(begin, where[0][0]) + flow(begin, where[1][0], "x > 1")
        self.nodes += "".join(flow(last, f"{name}j") for _, last in where)
        return begin, f"{name}j"

    def _branches(self, begin: str, last: str, *blocks: Any) -> tuple[str, str]:
        for block in blocks:
            inner_begin, inner_last = self.add(block)
            self.nodes += flow(begin, inner_begin) + flow(inner_last, last)
        return begin, last

    def _inside(self, name: str, first: Any, second: Any) -> tuple[str, str]:
        inner = Drawing()
        inner._count = self._count * 100
        begin, last = inner.add(("row", first, second))
        body = start(f"{name}s") + inner.nodes + end(f"{name}e") + flow(f"{name}s", begin) + flow(last, f"{name}e")
        self.nodes += f'<bpmn:subProcess id="{name}">{body}</bpmn:subProcess>'
        return name, name

    def _again(self, name: str, first: Any, second: Any) -> tuple[str, str]:
        begin, last = self.add(("row", first, second))
        merge, choice, ask = f"{name}m", f"{name}c", f"{name}u"
        self.nodes += exclusive(merge) + user(ask, fields="x") + exclusive(choice, f"{choice}_to_{name}o")
        self.nodes += exclusive(f"{name}o") + chain(merge, begin) + chain(last, ask, choice, f"{name}o")
        self.nodes += flow(choice, merge, "x > 2")
        return merge, f"{name}o"


def drawn(block: Any) -> bytes:
    drawing = Drawing()
    begin, last = drawing.add(block)
    return process(start() + drawing.nodes + end() + flow("start", begin) + flow(last, "end"))


def check(instance: Instance) -> None:
    """Compare every index with a look at every task, and the tree with itself."""
    everything = list(instance.all_tasks())
    assert instance.by_id == {task.id: task for task in everything}
    assert instance.ready == {
        task.id: task for task in everything if task.state == TaskState.READY and not task.task_spec.manual
    }
    assert instance.event_manager.tasks == {
        task.id: task
        for task in everything
        if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent)
    }
    for scope in instance.scopes():
        assert scope.open == {t.id: t for t in scope.tasks.values() if not t.has_state(TaskState.FINISHED_MASK)}
        waiting = (task for task in scope.tasks.values() if task.state == TaskState.WAITING)
        assert scope.joins == {task.id: task for task in waiting if isinstance(task.task_spec, Join)}
        assert {task.id for task in _below(scope.task_tree)} == scope.tasks.keys()
        assert scope.open or scope.completed
    for task_id, scope in instance.subprocesses.items():
        assert instance.by_id[task_id].state in (TaskState.STARTED, TaskState.READY)
        assert scope.parent_task_id == task_id


def _below(task: Any) -> Iterator[Any]:
    yield task
    for child in task.children:
        assert child.parent is task
        yield from _below(child)


@settings(max_examples=60, deadline=None)
@given(block=BLOCKS, choices=st.data())
def test_indexes_agree_with_a_look_at_every_task(block: Any, choices: st.DataObject) -> None:
    compact = workflow.compact

    def compact_and_check(instance: Instance) -> None:
        compact(instance)
        check(instance)

    with patch("engine.runtime.workflow.compact", compact_and_check):
        run = Run(engine_with(), drawn(block), {"people": [3, 4], "x": 1})
        for _ in range(40):
            instance = _loaded(run)
            check(instance)
            assert codec.dump(instance, run.definition.content_hash) == run.outcome.state
            if run.outcome.is_complete:
                assert instance.is_finished
                return
            if not run.open and not run.outcome.timers:  # a timer took a branch away that a join waits for
                assert any(scope.joins for scope in instance.scopes())
                return
            _go_on(run, choices)


def _go_on(run: Run, choices: st.DataObject) -> None:
    if run.outcome.timers and choices.draw(st.booleans()):
        run.wake(run.now + timedelta(days=1))
        return
    element_id = choices.draw(st.sampled_from(sorted(run.open)))
    (field,) = next(task.fields for task in run.outcome.open_tasks if task.element_id == element_id)
    run.answer(element_id, **{field: choices.draw(st.sampled_from([1, 2, 3]))})


def _loaded(run: Run) -> Instance:
    engine = FeelScriptEngine(Catalogue(), {}, context=None, now=NOW)
    return codec.load(run.outcome.state, run.definition.specs, run.definition.content_hash, engine)


def test_finished_tasks_are_forgotten() -> None:
    run = Run(Engine(Catalogue()), drawn(("row", "user", ("row", "in_turn", "user"))), {"people": list(range(30))})
    sizes = []
    while not run.outcome.is_complete:
        sizes.append(len(list(_loaded(run).all_tasks())))
        (field,) = run.outcome.open_tasks[0].fields
        run.answer(run.open[0], **{field: 1})
    assert max(sizes) <= 4
    assert run.outcome.data["votes"] == [1] * 30
