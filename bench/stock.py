"""The stock library as its documentation has it: parser, workflow, serializer, script engine. Nothing of ours."""

from __future__ import annotations

import json
import logging
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState

from bench import approval
from bench.timing import cpu_milliseconds


class _ScriptEngine(PythonScriptEngine):
    def call_service(self, task: Any, **kwargs: Any) -> str:
        return json.dumps(None)


class StockRunner:
    """Runs instances of the approval process; a state is the text that the serializer writes."""

    def __init__(self, *, at_once: bool = False) -> None:
        for name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
            logging.getLogger(name).setLevel(logging.WARNING)
        parser = SpiffBpmnParser(validator=None)
        parser.add_dmn_xml(etree.fromstring(approval.DECISION))
        parser.add_bpmn_xml(etree.fromstring(approval.stock(at_once=at_once)))
        self._spec = parser.get_spec(approval.PROCESS_ID)
        self._subprocesses = parser.get_subprocess_specs(approval.PROCESS_ID)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))
        self._engine = _ScriptEngine()

    def start(self, length: int) -> BpmnWorkflow:
        workflow = BpmnWorkflow(self._spec, self._subprocesses, script_engine=self._engine)
        workflow.task_tree.set_data(**approval.data(length))
        workflow.do_engine_steps()
        return workflow

    def load(self, state: str) -> BpmnWorkflow:
        workflow = self._serializer.deserialize_json(state)
        workflow.script_engine = self._engine
        return workflow

    def save(self, workflow: BpmnWorkflow) -> str:
        state: str = self._serializer.serialize_json(workflow)
        return state

    def complete(self, workflow: BpmnWorkflow) -> None:
        """Answer the open user task."""
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["decision"] = "approve"
        task.run()
        workflow.do_engine_steps()

    def step(self, state: str) -> tuple[str, str]:
        """One completion from stored state to stored state, and the number of the task that is open then."""
        workflow = self.load(state)
        self.complete(workflow)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        return self.save(workflow), str(task.id) if task is not None else ""

    def completions(self, length: int, *, timed: int = 5) -> list[float]:
        """Milliseconds of the last `timed` completions of an instance with `length` steps."""
        workflow = self.start(length)
        for _ in range(length - timed):
            self.complete(workflow)
        states = [self.save(workflow)]
        spent = [cpu_milliseconds(lambda: states.append(self.step(states[-1])[0])) for _ in range(timed)]
        assert self.load(states[-1]).is_completed()
        return spent
