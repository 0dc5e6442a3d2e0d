"""What the `spiffworkflow:property` settings of an element say to the runtime."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask


def settings(spec: Any) -> Mapping[str, str]:
    """The `spiffworkflow:property` settings of a task spec."""
    found: Mapping[str, str] = getattr(spec, "extensions", {}).get("properties", {})
    return found


def declared_fields(spec: Any) -> frozenset[str]:
    """What a human task or message event asks for. An answer sets nothing else: ids are not the user's."""
    return _names(settings(spec).get("fields", ""))


@lru_cache(maxsize=1024)
def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def result_names(spec: Any) -> frozenset[str]:
    """The variables that a step sets when it is done."""
    if isinstance(spec, LoopTask):
        results = getattr(spec, "results", None)
        return frozenset({results}) if results is not None else frozenset()
    own = settings(spec)
    variable = getattr(spec, "result_variable", "") or own.get("result_variable", "") or getattr(spec, "decision", "")
    return declared_fields(spec) | frozenset(own.get("result_fields", "").split()) | (frozenset({variable}) - {""})
