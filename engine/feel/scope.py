"""What an expression sees while it runs: variables in nested scopes, and the evaluation they belong to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.feel.convert import from_python
from engine.feel.limits import Purse

MISSING = object()


class Evaluation(Purse):
    """One run of one expression: its fuel and its moment."""

    __slots__ = ("_now",)

    def __init__(self, fuel: int, now: datetime | None) -> None:
        super().__init__(fuel)
        self._now = now

    @property
    def now(self) -> datetime:
        """The same moment wherever the expression asks; that of the first question if the caller named none."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now

    def why_null(self, message: str, **fields: object) -> None:
        """Told why a value became null, where somebody wants to know; an expression alone just gives null."""


class Scope:
    """FEEL values by name, over an outer scope."""

    __slots__ = ("outer", "run", "variables")

    def __init__(self, variables: Mapping[str, Any], outer: "Scope | None", run: Evaluation) -> None:
        self.variables = variables
        self.outer = outer
        self.run = run

    def get(self, name: str) -> Any:
        """The value of the innermost variable of that name, or MISSING."""
        scope: Scope | None = self
        while scope is not None:
            if type(scope) is DataScope:
                return scope.get(name)
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.outer
        return MISSING

    def get_path(self, name: str, keys: tuple[str, ...]) -> tuple[Any, int]:
        """The variable, and how many of `keys` were followed on the way (none, in a scope of FEEL values)."""
        scope: Scope | None = self
        while scope is not None:
            if type(scope) is DataScope:
                return scope.get_path(name, keys)
            if name in scope.variables:
                return scope.variables[name], 0
            scope = scope.outer
        return MISSING, 0


class DataScope(Scope):
    """The outermost scope: the caller's plain data, converted when and as far as it is read."""

    __slots__ = ("_converted",)

    def __init__(self, data: Mapping[str, Any], run: Evaluation) -> None:
        self.variables = data
        self.outer = None
        self.run = run
        self._converted: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """The converted value of a variable, or MISSING."""
        if name not in self._converted:
            if name not in self.variables:
                return MISSING
            self._converted[name] = from_python(self.variables[name], self.run)
        return self._converted[name]

    def get_path(self, name: str, keys: tuple[str, ...]) -> tuple[Any, int]:
        """Follow keys through nested mappings first, so that only the part in question is converted."""
        if name in self._converted or name not in self.variables:
            return self.get(name), 0
        value, followed = self.variables[name], 0
        for key in keys:
            if not isinstance(value, dict):
                break
            value = value.get(key)
            followed += 1
        return from_python(value, self.run), followed
