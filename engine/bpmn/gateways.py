"""Gateways where tokens meet or race: parallel, inclusive, event-based.

A waiting task of a join is one token on one of its incoming sequence flows, and knows from which element it came. So a
join asks what is open, never what has finished, and loops and several tokens on one flow stay right.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.defaults import IntermediateCatchEvent as StockIntermediateCatchEvent
from SpiffWorkflow.bpmn.specs.defaults import ReceiveTask as StockReceiveTask
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.MultiChoice import MultiChoice

from engine.bpmn.events.specs import Catching
from engine.bpmn.specs import FeelCondition
from engine.errors import EngineError

FLOW: Final = "from"  # in the internal data of a token that waits: the element that its flow leaves
RACE: Final = "race"  # in the internal data of an event behind an event-based gateway: the visit of the gateway
_OPEN: Final = TaskState.WAITING | TaskState.READY | TaskState.STARTED


class Join(BpmnSpecMixin):
    """A gateway that can hold tokens. Those that wait look again when no step is ready any more."""

    def _arrive(self, my_task: Any) -> None:
        my_task.internal_data[FLOW] = my_task.parent.task_spec.name
        my_task._set_state(TaskState.WAITING)

    def _tokens(self, my_task: Any) -> list[Any]:
        """The tokens that wait at this gateway, `my_task` first."""
        waiting = my_task.workflow.joins.values()
        return [my_task, *(task for task in waiting if task.task_spec is self and task is not my_task)]

    def _take_one_of_each(self, tokens: list[Any]) -> list[Any]:
        """One token from every incoming flow that has some."""
        wanted = Counter(spec.name for spec in self.inputs)
        taken = []
        for token in tokens:
            source = token.remembered()[FLOW]
            if wanted[source] > 0:
                wanted[source] -= 1
                taken.append(token)
        return taken


class ParallelGateway(Join):
    """Goes on with one token from every incoming flow; any others wait for the next round (BPMN 2.0, 13.4.1)."""

    def _update_hook(self, my_task: Any) -> bool:
        if my_task.state != TaskState.WAITING:
            self._arrive(my_task)
        taken = self._take_one_of_each(self._tokens(my_task))
        if len(taken) < len(self.inputs):
            return False
        _consume(taken[1:])
        return True


class InclusiveGateway(Join, MultiChoice):
    """Goes on with every token that can come, and takes every way whose condition is true (BPMN 2.0, 13.4.3).

    `reach` says for every element at which incoming flows a token there can still arrive; see `prepare`.
    """

    reach: dict[str, frozenset[str]]

    def connect_outgoing_if(self, condition: str, taskspec: Any) -> None:
        self.connect_if(FeelCondition(condition), taskspec)

    def prepare(self) -> None:
        """Work out `reach` once all elements are connected."""
        reach: dict[str, set[str]] = {}
        for source in self.inputs:
            for name in self._leading_to(source):
                reach.setdefault(name, set()).add(source.name)
        self.reach = {name: frozenset(sources) for name, sources in reach.items()}

    def _leading_to(self, spec: Any) -> set[str]:
        """Every element from which a path leads to `spec` without visiting this gateway."""
        seen: set[str] = {self.name}
        ahead = [spec]
        while ahead:
            found = ahead.pop()
            if found.name not in seen:
                seen.add(found.name)
                ahead.extend(found.inputs)
        return seen - {self.name}

    def _update_hook(self, my_task: Any) -> bool:
        if my_task.state != TaskState.WAITING:
            # Others may be on their way; the instance asks again when nothing else moves.
            self._arrive(my_task)
            return False
        tokens = self._tokens(my_task)
        if self._must_wait(my_task.workflow, tokens):
            return False
        _consume(self._take_one_of_each(tokens)[1:])
        return True

    def _must_wait(self, scope: Any, tokens: list[Any]) -> bool:
        """Can a token elsewhere reach a flow that has none, and none of the flows that have one?"""
        filled = {token.remembered()[FLOW] for token in tokens}
        reachable = (self.reach.get(name, frozenset()) for name in _positions(scope, besides=self))
        return any(sources and not sources & filled for sources in reachable)

    def _predict_hook(self, my_task: Any) -> None:
        """The ways are not known before the gateway has run."""

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise EngineError(
                "No way leads on from “{element}”: none of its conditions is true.",
                code="gateway.no_way",
                element=self.bpmn_id,
            )
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        return True


class EventBasedGateway(BpmnSpecMixin):
    """Lets the events behind it race: the first that happens goes on, the others are withdrawn (BPMN 2.0, 13.4.4)."""

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        for event in my_task.children:
            event.internal_data[RACE] = str(my_task.id)


class _Racing(Catching):
    """An event that may stand behind an event-based gateway."""

    def _update_hook(self, my_task: Any) -> bool:
        if not super()._update_hook(my_task):
            return False
        for rival in rivals_of(my_task):
            rival.cancel()
        return True


class IntermediateCatchEvent(_Racing, StockIntermediateCatchEvent):
    pass


class ReceiveTask(_Racing, StockReceiveTask):
    pass


def _consume(tokens: Iterable[Any]) -> None:
    for token in tokens:
        token._set_state(TaskState.COMPLETED)
        token._drop_children()


def _positions(scope: Any, *, besides: Any) -> set[str]:
    """The elements where the tokens of a scope are, except those that wait at the gateway `besides`."""
    found = set()
    for task in scope.open.values():
        if task.has_state(_OPEN) and task.task_spec is not besides:
            found.add(_position(task))
    return found


def _position(task: Any) -> str:
    """The element where a token is. Events that race stand for one token, which still is at their gateway."""
    gateway = gateway_of(task.task_spec) if task.state == TaskState.WAITING else None
    return str((gateway or task.task_spec).name)


def gateway_of(spec: Any) -> Any | None:
    """The event-based gateway that an event stands behind."""
    if not isinstance(spec, _Racing):
        return None
    return next((source for source in spec.inputs if isinstance(source, EventBasedGateway)), None)


def rivals_of(my_task: Any) -> list[Any]:
    """The other events of the race, as far as they still run."""
    race = my_task.internal_data.get(RACE)
    others = my_task.workflow.open.values() if race is not None else ()
    return [task for task in others if task is not my_task and task.remembered().get(RACE) == race]
