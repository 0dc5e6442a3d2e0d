"""The stock SpiffWorkflow under the same attacks, by its own documented way: parse, run, serialize."""

import copy
import json
from collections.abc import Callable
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG

from tests.engine.diagrams import one_task
from tests.faults.hostile.attack import DATA, Attack

_SERIALIZER: Final = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))


class Unloadable(Exception):
    """What the stock serializer wrote, it cannot read."""


class Overwritten(Exception):
    """An answer changed a variable that its form does not ask for."""


class Different(Exception):
    """An answer was given, and it is not the one that the standard asks for."""


def run(attack: Attack) -> Any:
    """What became of it. Raises whatever the library raises, and the three faults above."""
    return _DOORS[attack.kind](attack.stock)


def _expression(text: str) -> Any:
    return PythonScriptEngine().environment.evaluate(text, copy.deepcopy(DATA))


def _table(source: bytes) -> Any:
    parser = SpiffBpmnParser()
    parser.add_dmn_str(source)
    engine = parser.get_engine("t", None)
    result = engine.result(_workflow(one_task()).get_next_task(state=TaskState.READY, manual=True))
    if engine.decision_table.hit_policy != "FIRST":
        raise Different(str(result))  # the tables of the attacks: every other policy asks for an error or a list
    return result


def _file(source: bytes) -> Any:
    workflow = _workflow(source)
    for _ in range(5):
        workflow = _SERIALIZER.deserialize_json(_SERIALIZER.serialize_json(workflow))
        workflow.script_engine = PythonScriptEngine()
        workflow.refresh_waiting_tasks()
        for task in workflow.get_tasks(state=TaskState.READY, manual=True):
            task.run()
        workflow.do_engine_steps()
    return workflow.data


def _given(answer: dict[str, Any]) -> Any:
    workflow = _workflow(one_task())
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.data.update(answer)
    task.run()
    workflow.do_engine_steps()
    text = _SERIALIZER.serialize_json(workflow)
    try:
        again = _SERIALIZER.deserialize_json(text)
    except Exception as error:
        raise Unloadable(str(error)) from error
    if again.data["amount"] != DATA["amount"]:
        raise Overwritten
    return again.data


def _state(change: Callable[[Any], str]) -> Any:
    workflow = _workflow(one_task())
    workflow = _SERIALIZER.deserialize_json(change(json.loads(_SERIALIZER.serialize_json(workflow))))
    workflow.get_next_task(state=TaskState.READY, manual=True).run()
    workflow.do_engine_steps()
    return workflow.data


def _workflow(source: bytes) -> BpmnWorkflow:
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(source)
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.task_tree.set_data(**copy.deepcopy(DATA), many=list(range(100_000)))
    workflow.do_engine_steps()
    return workflow


_DOORS: Final[dict[str, Callable[[Any], Any]]] = {
    "expression": _expression,
    "script": _file,
    "table": _table,
    "file": _file,
    "answer": _given,
    "state": _state,
}
