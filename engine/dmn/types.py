"""Item definitions: structures, collections, functions, allowed values and type constraints (DMN 1.5, 7.3.3)."""

from dataclasses import dataclass, field
from typing import Any

from engine.feel import UnaryTests
from engine.feel.nodes import TypeName
from engine.feel.scope import Evaluation, Scope
from engine.feel.types import Types, is_instance


@dataclass(eq=False)
class ItemType:
    """A type that a model defines. `types` is the table of its model, in which `base` and `fields` are found."""

    name: str
    base: TypeName | None
    is_collection: bool
    types: Types = field(repr=False)
    fields: tuple[tuple[str, TypeName], ...] = ()
    function: TypeName | None = None
    allowed: UnaryTests | None = None
    """Restricts a value, or each item of a collection."""
    constraint: UnaryTests | None = None
    """Restricts the value as a whole, also a collection (DMN 1.5)."""

    @property
    def definition(self) -> TypeName:
        """The structure as a type expression."""
        item = self.function or (TypeName("context", fields=self.fields) if self.fields else self.base)
        item = item or TypeName("Any")
        return TypeName("list", (item,)) if self.is_collection else item

    @property
    def is_restricted(self) -> bool:
        """Are there values of this structure that are not allowed?"""
        return self.allowed is not None or self.constraint is not None

    def accepts(self, value: Any, run: Evaluation) -> bool:
        """Is the value, which is not null, of this type, and allowed?"""
        if not self.is_collection:
            return self._accepts_item(value, run) and _passes(self.constraint, value, run)
        if not isinstance(value, list):
            return False
        run.charge_items(len(value))
        if not all(item is None or self._accepts_item(item, run) for item in value):
            return False
        return _passes(self.constraint, value, run)

    def _accepts_item(self, value: Any, run: Evaluation) -> bool:
        run.charge(1)
        if self.function is not None or self.fields:
            shape = self.function or TypeName("context", fields=self.fields)
            return is_instance(value, shape, run, self.types) is True and _passes(self.allowed, value, run)
        if self.base is not None and is_instance(value, self.base, run, self.types) is False:
            return False
        return _passes(self.allowed, value, run)


def _passes(tests: UnaryTests | None, value: Any, run: Evaluation) -> bool:
    return tests is None or tests.passes(value, Scope({"?": value}, None, run))
