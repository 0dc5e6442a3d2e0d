"""One DMN file as read: its elements by id, its imports, its types, and the names that occur in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from engine.bpmn.xml import local_name
from engine.dmn.elements import child, children
from engine.dmn.problems import Problems
from engine.dmn.types import ItemType
from engine.feel.names import NameTable
from engine.feel.nodes import TypeName
from engine.feel.scope import MISSING

DRG_KINDS: Final = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService"})
_KEY_HOLDERS: Final = frozenset({"itemComponent", "variable", "column", "output", "parameter"})
_FEEL: Final = "/FEEL/"
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_XSD_NAMES: Final = {
    **dict.fromkeys(("decimal", "integer", "int", "long", "double", "float"), "number"),
    "duration": "days and time duration",
}


@dataclass(eq=False)
class Model:
    """A file's content. `aliases` are the names of its imports by namespace; an empty one imports without a prefix."""

    root: Any
    namespace: str
    problems: Problems
    elements: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    types: dict[str, ItemType] = field(default_factory=dict)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names under which the elements of the file are read."""
        return frozenset(self.variable_of(key) for key in self.elements)

    @cached_property
    def name_table(self) -> NameTable:
        """The same, to read expressions with."""
        return NameTable(self.variables)

    @cached_property
    def key_table(self) -> NameTable:
        """Names of parts, which may be written behind a dot."""
        return NameTable(_keys(self.root))

    @cached_property
    def hidden(self) -> dict[str, Any]:
        """Those names, each missing. An element that stands alone may read its last result from the data."""
        return dict.fromkeys(self.variables, MISSING) if len(self.elements) > 1 else {}

    def variable_of(self, element_id: str) -> str:
        """The name under which an element is read."""
        element = self.elements[element_id]
        variable, name = child(element, "variable"), element.get("name", element_id)
        return str(variable.get("name", name)) if variable is not None else str(name)

    def type_of(self, element: Any) -> TypeName | None:
        """The type that the attribute or child `typeRef` names; None if it names none."""
        if element is None:
            return None
        held = child(element, "typeRef")
        text = element.get("typeRef") or (held.text if held is not None else None)
        return self._type_named(text.strip(), element) if text and text.strip() else None

    def result_type(self, element: Any) -> TypeName | None:
        """The type of what a function gives: `typeRef` names that, or the type of the whole function."""
        named = self.type_of(element)
        item = self.types.get(named.name) if named is not None else None
        if item is not None and item.function is not None:
            return item.function.result
        return None if named is None or named.name == "function" else named

    def _type_named(self, text: str, element: Any) -> TypeName:
        prefix, colon, local = text.partition(":")
        if not colon:
            return TypeName(text)
        namespace = element.nsmap.get(prefix, "")
        if namespace == _XSD:
            return TypeName(_XSD_NAMES.get(local, local))
        alias = self.aliases.get(namespace, "")
        return TypeName(f"{alias}.{local}" if alias and _FEEL not in namespace else local)


def read_model(root: Any, problems: Problems) -> Model:
    """The elements and imports of a file; its types are read when all files are there."""
    model = Model(root, root.get("namespace", ""), problems)
    for element in root:
        if local_name(element) in DRG_KINDS:
            _keep(model, element)
    for item in children(root, "import"):
        if "/DMN/" in item.get("importType", "") or not item.get("importType"):
            model.aliases[item.get("namespace", "")] = item.get("name", "")
    _check_content(model)
    return model


def _check_content(model: Model) -> None:
    if not model.elements and child(model.root, "itemDefinition") is None:
        model.problems.error("", "dmn.no_decision", "The file has no decision.")


def _keep(model: Model, element: Any) -> None:
    key, kind = element.get("id", ""), local_name(element)
    if not key and kind == "decision":
        model.problems.error("", "dmn.no_id", "A decision has no id.")
    if key and key in model.elements:
        model.problems.error(key, "dmn.duplicate_id", "The file has two elements with the id “{key}”.", key=key)
    model.elements[key or f"{kind} {element.get('name', len(model.elements))}"] = element


def _keys(root: Any) -> Iterator[str]:
    """Only those that need to be known to be read."""
    for element in root.iter():
        if local_name(element) in _KEY_HOLDERS:
            name = element.get("name", "")
            if name and not name.isidentifier():
                yield name
