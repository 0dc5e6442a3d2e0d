"""Reads item definitions into the table of types of each model, and the types of imported models under their prefix."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any

from engine.dmn.elements import child, children, id_of, text_of
from engine.dmn.model import Model
from engine.dmn.types import ItemType
from engine.feel import UnaryTests
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import compiler_with
from engine.feel.expression import parse_unary_tests
from engine.feel.names import Known
from engine.feel.nodes import TypeName
from engine.feel.types import is_known


def read_types(models: Iterable[Model]) -> None:
    """Fill the type tables; unknown types and circles are told."""
    several = list(models)
    for model in several:
        for element in children(model.root, "itemDefinition"):
            _define(model, element, element.get("name", ""))
    for model in several:
        _import_types(model, several)
    for model in several:
        _check_bases(model)


def _import_types(model: Model, several: list[Model]) -> None:
    for other in several:
        alias = model.aliases.get(other.namespace)
        if alias is not None and other is not model:
            prefix = f"{alias}." if alias else ""
            own = {name: item for name, item in other.types.items() if item.types is other.types}
            for name, item in own.items():
                model.types.setdefault(f"{prefix}{name}", item)


def _define(model: Model, element: Any, name: str) -> None:
    fields = tuple(_field(model, item, name) for item in children(element, "itemComponent"))
    model.types[name] = ItemType(
        name=name,
        base=model.type_of(element),
        is_collection=element.get("isCollection") == "true",
        types=model.types,
        fields=fields,
        function=_function(model, element),
        allowed=_tests(model, child(element, "allowedValues")),
        constraint=_tests(model, child(element, "typeConstraint")),
    )


def _field(model: Model, element: Any, owner: str) -> tuple[str, TypeName]:
    """A component is a type of its own, under a name that nobody can write."""
    name = element.get("name", "")
    _define(model, element, f"{owner}\n{name}")
    return name, TypeName(f"{owner}\n{name}")


def _function(model: Model, element: Any) -> TypeName | None:
    item = child(element, "functionItem")
    if item is None:
        return None
    parameters = tuple(model.type_of(part) or TypeName("Any") for part in children(item, "parameters"))
    output = item.get("outputTypeRef")
    return TypeName("function", parameters, result=TypeName(output) if output else TypeName("Any"))


def _tests(model: Model, element: Any | None) -> UnaryTests | None:
    text = text_of(element) if element is not None else ""
    if not text:
        return None

    def read() -> UnaryTests:
        parsed = parse_unary_tests(text, Known(keys=(model.key_table,)))
        compiler = compiler_with(BUILTINS, model.types)
        return UnaryTests(text, parsed.tree, parsed.names, parsed.item_names, compiler)

    return model.problems.reading(read, text, element)


def _check_bases(model: Model) -> None:
    """A type must not be made of itself, and what it is made of must be there."""
    own = {name: item for name, item in model.types.items() if item.types is model.types}
    graph: TopologicalSorter[str] = TopologicalSorter()
    for name, item in own.items():
        if item.base is not None and item.base.name in own and not item.is_collection:
            graph.add(name, item.base.name)
    try:
        graph.prepare()
    except CycleError as error:
        circle = error.args[1]
        for name in set(circle):
            model.types[name].base = None
            model.problems.error(
                "", "dmn.type_circle", "The type “{type}” is made of itself.", type=name.replace("\n", ".")
            )
    for element in model.root.iter():
        _check_reference(model, element)


def _check_reference(model: Model, element: Any) -> None:
    named = model.type_of(element)
    if named is not None and not is_known(named.name, model.types):
        model.problems.error(id_of(element), "dmn.unknown_type", "The type “{type}” is not defined.", type=named.name)
