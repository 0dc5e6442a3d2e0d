"""Moves a running instance to another version of its definition, with its open tasks, timers and variables.

Nothing that is open is started again: tasks keep their ids, timers their due times, loops what they have collected.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from SpiffWorkflow import TaskState

from engine.bpmn.diagram import Node
from engine.bpmn.gateways import FLOW, RACE
from engine.definitions import Definition
from engine.errors import MigrationUnsafe
from engine.runtime.records import TaskId
from engine.runtime.workflow import Instance
from engine.versions.planning import MigrationPlan, Planner, trigger
from engine.versions.tokens import Token, is_waiting_event, tokens_of

_SPLIT: Final = ".BoundaryEventSplit"
# The names of the specs that stand for one element.
_NAME: Final = re.compile(r"(?P<id>.*?)(?P<ending>\.BoundaryEventSplit| \[child\])?", re.DOTALL)


def plan_migration(old: Definition, new: Definition, instance: Instance, ids: Mapping[str, str]) -> MigrationPlan:
    """What moving `instance` from `old` to `new` would do. `ids` has new ids of elements by their old ones."""
    return Planner(old.diagram, new.diagram, ids).plan(instance)


def transplant(old: Definition, new: Definition, instance: Instance, ids: Mapping[str, str]) -> list[TaskId]:
    """Put the tasks of `instance` on the specs of `new`; stored and loaded again, it is an instance of `new`.

    Returns the events that then have to begin their wait. Raises `MigrationUnsafe`, and then nothing has changed.
    """
    planner = Planner(old.diagram, new.diagram, ids)
    plan = planner.plan(instance)
    if not plan.is_safe:
        first = plan.reasons[0]
        raise MigrationUnsafe(first.message, code=first.code, reasons=list(plan.reasons), **first.fields)
    return _Transplant(planner, new, instance).run()


def begin_to_wait(instance: Instance, begun: Collection[TaskId]) -> None:
    """After loading under the new version: fix due times and correlations of events that begin their wait now."""
    for task_id in begun:
        instance.arrive(instance.by_id[task_id])


class _Transplant:
    """One move, which the planner has found safe."""

    def __init__(self, planner: Planner, new: Definition, instance: Instance) -> None:
        self._planner = planner
        self._new = new
        self._instance = instance
        self._begun: list[TaskId] = []

    def run(self) -> list[TaskId]:
        """1. See what changes beside each token. 2. Take over names. 3. Put new events there. 4. Take others away."""
        tokens = tokens_of(self._instance, self._planner.old)
        armed = [(token, self._planner.events_to_arm(token)) for token in tokens]
        withdrawn = {task.id: task for token in tokens for task in self._withdrawn(token)}
        for token in tokens:
            self._begin_anew(token)
        for scope, spec in list(self._specs()):
            self._rename(scope, spec, withdrawn)
        for token, nodes in armed:
            self._arm(token, nodes)
        for task in withdrawn.values():
            _cut_out(task)
        return self._begun

    def _withdrawn(self, token: Token) -> list[Any]:
        kept = {task.id for task, _ in self._planner.events_beside(token)}
        return [task for task in token.waits if task.id not in kept]

    def _begin_anew(self, token: Token) -> None:
        """A wait for something of another kind keeps nothing of the old one."""
        is_waiting = is_waiting_event(token.task)
        if is_waiting and trigger(token.node) != trigger(self._planner.new.nodes[self._planner.target(token.node.id)]):
            token.task.internal_data.clear()
            self._begun.append(token.task.id)

    def _specs(self) -> Iterator[tuple[Any, Any]]:
        """Each scope with its new spec, outermost first: a subprocess takes that of its element."""
        specs = {None: self._new.specs.process}
        for scope in self._instance.scopes():
            task_id = scope.parent_task_id
            if task_id is not None:
                outer = self._instance.by_id[task_id]
                around = specs[outer.workflow.parent_task_id]
                specs[task_id] = self._new.specs.subprocesses[
                    around.task_specs[self._new_name(outer.task_spec.name)].spec
                ]
            yield scope, specs[task_id]

    def _new_name(self, name: str) -> str:
        """What the spec called `name` is called now."""
        found = _NAME.fullmatch(name)
        return self._planner.target(found["id"]) + (found["ending"] or "") if found else name

    def _rename(self, scope: Any, spec: Any, withdrawn: Collection[TaskId]) -> None:
        """Give every task its new spec. What held an activity and its events together goes when there are no events."""
        for task in list(scope.tasks.values()):
            if task.id in withdrawn:
                continue  # new events are put beside it first
            found = spec.task_specs.get(self._new_name(task.task_spec.name))
            if found is None:
                _cut_out(task)
                continue
            task.task_spec = found
            if FLOW in task.internal_data:
                task.internal_data[FLOW] = self._new_name(task.internal_data[FLOW])
        scope.spec = spec

    def _arm(self, token: Token, nodes: list[Node]) -> None:
        if not nodes:
            return
        races = token.node.kind == "eventBasedGateway"
        parent = token.task.parent if races else _split_above(token.task)
        for node in nodes:
            task = parent._add_child(token.scope.spec.task_specs[node.id], TaskState.WAITING)
            if races:
                task.internal_data[RACE] = token.task.internal_data[RACE]
            self._begun.append(task.id)


def _split_above(task: Any) -> Any:
    """What holds an activity and its events together; made when the activity had none until now."""
    spec = task.workflow.spec.task_specs[f"{task.task_spec.name}{_SPLIT}"]
    above = task.parent
    if above.task_spec is spec:
        return above
    split = above._add_child(spec, TaskState.COMPLETED)
    above._children.remove(task.id)
    task._parent = split.id
    split._children.append(task.id)
    _put_before(task.workflow, split, task)
    return split


def _put_before(scope: Any, task: Any, other: Any) -> None:
    """The tasks of a scope stand behind those above them: a state is written and read in this order."""
    ordered = {}
    for known in scope.tasks.values():
        if known is other:
            ordered[task.id] = task
        ordered.setdefault(known.id, known)
    scope.tasks = ordered


def _cut_out(task: Any) -> None:
    """Take one task out of the tree; what hangs below it hangs on its parent from now on."""
    above = task.parent
    at = above._children.index(task.id)
    above._children[at : at + 1] = task._children
    for child in task.children:
        child._parent = above.id
    task.workflow.forget(task)
