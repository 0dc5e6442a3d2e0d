"""Activities that run several times: multi-instances over a list or by number, and standard loops.

The loop is a task of its own, STARTED while its instances run below it. What it must remember is in its internal data;
nothing depends on instances that have finished. An instance sees the variables around it and keeps what it sets to
itself until it is done.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.errors import EngineError

MAX_INSTANCES: Final = 1_000
MAX_TASKS: Final = 10_000
COUNTER: Final = "loopCounter"  # the number of an instance, from 1, readable in it as a variable
LOOP: Final = "loop"  # in the internal data of the loop: what it remembers
INDEX: Final = "index"  # in the internal data of an instance: its place, from 0


@dataclass(frozen=True)
class Repetition:
    """What `multiInstanceLoopCharacteristics` says; every text but the names of variables is FEEL.

    Either `collection`, a variable or an expression, or `cardinality` is set. `results` is the list that collects the
    variable `result` of every instance; without it the instances change the variables around them when they are done.
    """

    is_sequential: bool
    collection: str | None
    cardinality: str | None
    item: str | None
    results: str | None
    result: str | None
    completion_condition: str | None


class RepeatedTask(LoopTask, BpmnSpecMixin):
    """A loop around an activity. `task_spec` names the spec of the activity, as SpiffWorkflow has it."""

    task_spec: str
    results: str | None = None  # the variable that collects results

    def wrap(self, activity: Any) -> None:
        """Take the place of `activity`, which from now on runs below this loop."""
        specs = self._wf_spec.task_specs
        self.inputs, self.outputs = activity.inputs, activity.outputs
        activity.inputs, activity.outputs = [self], []
        activity.name = self.task_spec = f"{self.name} [child]"
        specs[activity.name] = activity

    def open_instances(self, my_task: Any) -> list[Any]:
        """The instances that run."""
        return [task for task in self._instances(my_task) if not task.has_state(TaskState.FINISHED_MASK)]

    def _begin(self, my_task: Any, index: int, variables: dict[str, Any]) -> None:
        """Start the instance at place `index` with variables of its own."""
        spec = my_task.workflow.spec.task_specs[self.task_spec]
        instance = my_task._add_child(spec, TaskState.WAITING)
        instance.triggered = True
        instance.internal_data[INDEX] = index
        instance.data.update({**variables, COUNTER: index + 1})
        my_task.workflow.top_workflow.arrive(instance)

    def _end(self, my_task: Any) -> None:
        my_task._set_state(TaskState.READY)


class MultiInstanceTask(RepeatedTask):
    """Runs an activity once for every item, one after the other or all at once (BPMN 2.0, 13.3.7)."""

    def __init__(self, wf_spec: Any, name: str, *, repetition: Repetition, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.repetition = repetition
        self.results = repetition.results

    def _update_hook(self, my_task: Any) -> bool:
        items = self._items(my_task)
        self._check_number(my_task, len(items))
        if self.results is not None:
            my_task.data[self.results] = []
        my_task.internal_data[LOOP] = {"total": len(items), "done": [], "removed": 0}
        for item in items:
            my_task.ahead.add(item)
        my_task._set_state(TaskState.STARTED)
        self._begin_next(my_task)
        return not items

    def runs(self, my_task: Any) -> bool:
        """Do its instances run? It may also wait for help because its items are wrong."""
        return my_task.state == TaskState.STARTED and LOOP in my_task.internal_data

    def merge_child(self, _workflow: Any, instance: Any) -> None:
        my_task, index = instance.parent, instance.internal_data[INDEX]
        done = my_task.internal_data[LOOP]["done"]
        place = bisect(done, index)
        results = self._with_result(my_task, instance, place)
        # May fail, and then nothing must have been counted: the instance is done again when somebody has helped.
        is_enough = self._is_enough(my_task, instance, results)
        done.insert(place, index)
        if self.results is None:
            _hand_over(my_task, instance, besides=(COUNTER, self.repetition.item))
        my_task.data.update(results)
        if is_enough:
            for other in self.open_instances(my_task):
                other.cancel()
            self._end(my_task)
        else:
            self._go_on(my_task)

    def add_item(self, my_task: Any, item: Any) -> None:
        """One more instance, for `item`, after all others. Raises `EngineError` when there are too many."""
        loop = my_task.internal_data[LOOP]
        self._check_number(my_task, loop["total"] + 1)
        loop["total"] += 1
        my_task.ahead.add(item)
        if not self.repetition.is_sequential:
            self._begin_next(my_task)

    def remove(self, instance: Any) -> None:
        """Cancel a running instance; the results leave it out."""
        my_task = instance.parent
        my_task.internal_data[LOOP]["removed"] += 1
        instance.cancel()
        self._go_on(my_task)

    def _go_on(self, my_task: Any) -> None:
        """The instances that are left; the end when there is none."""
        if not self._has_open_instance(my_task):
            self._begin_next(my_task)
            if not self._has_open_instance(my_task):
                self._end(my_task)

    def _has_open_instance(self, my_task: Any) -> bool:
        return any(not task.has_state(TaskState.FINISHED_MASK) for task in self._instances(my_task))

    def _begin_next(self, my_task: Any) -> None:
        """Start the instances whose turn it is: all that are ahead, or the first of them."""
        first = my_task.internal_data[LOOP]["total"] - len(my_task.ahead)
        items = my_task.ahead.take(1 if self.repetition.is_sequential else len(my_task.ahead))
        for index, item in enumerate(items, first):
            self._begin(my_task, index, self._variables(item))

    def _variables(self, item: Any) -> dict[str, Any]:
        """What belongs to an instance alone, whatever is called the same around it."""
        own = {self.repetition.result: None} if self.repetition.result is not None else {}
        return {**own, self.repetition.item: item} if self.repetition.item is not None else own

    def _items(self, my_task: Any) -> list[Any]:
        if self.repetition.cardinality is not None:
            return list(range(1, self._number(my_task, self.repetition.cardinality) + 1))
        name = self.repetition.collection or ""
        if name in my_task.data:
            items = my_task.data[name]
        else:
            items = my_task.workflow.script_engine.calculate(my_task, name, name=name)
        if not isinstance(items, list):
            raise EngineError(
                "“{element}” needs a list in “{variable}”.",
                code="multi_instance.items",
                element=self.bpmn_id,
                variable=name,
            )
        return items

    def _number(self, my_task: Any, expression: str) -> int:
        value = my_task.workflow.script_engine.evaluate(my_task, expression)
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if not is_number or value < 0 or value != int(value):
            raise EngineError(
                "“{element}” needs a whole number of instances, but “{expression}” is none.",
                code="multi_instance.cardinality",
                element=self.bpmn_id,
                expression=expression,
            )
        self._check_number(my_task, value)
        return int(value)

    def _check_number(self, my_task: Any, count: Any) -> None:
        if count > MAX_INSTANCES:
            raise EngineError(
                "“{element}” would run {count} times; {limit} times are the most.",
                code="multi_instance.too_many",
                element=self.bpmn_id,
                count=count,
                limit=MAX_INSTANCES,
            )
        # Loops inside loops multiply.
        if not self.repetition.is_sequential and len(my_task.workflow.top_workflow.by_id) + count > MAX_TASKS:
            raise EngineError(
                "“{element}” cannot run {count} times at once: the process would have more than {limit} open steps.",
                code="multi_instance.too_many",
                element=self.bpmn_id,
                count=count,
                limit=MAX_TASKS,
            )

    def _with_result(self, my_task: Any, instance: Any, place: int) -> dict[str, Any]:
        """The results, with one more. They stand in the order of the items, however the instances come in."""
        if self.results is None:
            return {}
        found = my_task.data[self.results]
        return {self.results: [*found[:place], instance.data.get(self.repetition.result), *found[place:]]}

    def _is_enough(self, my_task: Any, instance: Any, results: dict[str, Any]) -> bool:
        if self.repetition.completion_condition is None:
            return False
        loop = my_task.internal_data[LOOP]
        numbers = {
            "numberOfInstances": loop["total"],
            "numberOfActiveInstances": len(self.open_instances(my_task)),
            "numberOfCompletedInstances": len(loop["done"]) + 1,
            "numberOfTerminatedInstances": loop["removed"],
        }
        return _is_true(instance, self.repetition.completion_condition, {**results, **numbers})


class StandardLoopTask(RepeatedTask):
    """Runs an activity again while `condition` is true, at most `maximum` times (BPMN 2.0, 13.3.6).

    Unless `test_before` the first round runs in any case.
    """

    def __init__(
        self,
        wf_spec: Any,
        name: str,
        *,
        condition: str | None,
        maximum: int | None,
        test_before: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.condition = condition
        self.maximum = maximum
        self.test_before = test_before

    def _update_hook(self, my_task: Any) -> bool:
        if self.test_before and not self._goes_on(my_task, 0):
            return True
        my_task._set_state(TaskState.STARTED)
        self._begin(my_task, 0, {})
        return False

    def merge_child(self, _workflow: Any, instance: Any) -> None:
        my_task, rounds = instance.parent, instance.internal_data[INDEX] + 1
        _hand_over(my_task, instance, besides=(COUNTER,))
        if self._goes_on(my_task, rounds):
            self._begin(my_task, rounds, {})
        else:
            self._end(my_task)

    def _goes_on(self, my_task: Any, rounds: int) -> bool:
        if self.maximum is not None and rounds >= self.maximum:
            return False
        return self.condition is None or _is_true(my_task, self.condition, {COUNTER: rounds})


def _hand_over(my_task: Any, instance: Any, *, besides: Iterable[str | None]) -> None:
    """Give what an instance has set itself to the variables around it."""
    my_task.data.update({name: value for name, value in instance.data.own().items() if name not in besides})


def _is_true(task: Any, condition: str, names: dict[str, Any]) -> bool:
    """True only when the FEEL expression is true; it reads `names` before the variables."""
    return task.workflow.script_engine.evaluate(task, condition, names) is True
