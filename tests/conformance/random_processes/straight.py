"""An engine that runs straight: one instance in memory from start to end, nothing saved, loaded or forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock

from engine.catalogue import Catalogue
from engine.process import Engine
from engine.runtime import outcome, workflow


class StraightEngine(Engine):
    """Goes on with the instance that the last outcome described; a state is only its number."""

    def __init__(self) -> None:
        super().__init__(Catalogue())
        self._instances: dict[str, Any] = {}
        self._numbers = count(1)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Inside, outcomes keep their instance as it is instead of writing it as text and dropping its past."""
        forgetting = mock.patch.object(outcome, "compact"), mock.patch.object(workflow, "compact")
        with forgetting[0], forgetting[1], mock.patch.object(outcome.codec, "dump", self._keep):
            yield
        self._instances.clear()

    def _keep(self, instance: Any, _definition_hash: str) -> str:
        number = str(next(self._numbers))
        self._instances = {number: instance}
        return number

    def _resume(self, definition: Any, state: str, context: Any, now: Any) -> Any:
        instance = self._instances[state]
        instance.script_engine = self._script_engine(definition, context, now)
        instance.cancelled.clear()  # the notes of the run before
        return instance
