"""Reads a FEEL type: `number`, `list<string>`, `context<a: number>`, `function<number> -> string`, `range<date>`."""

from engine.feel.lexer import KEYWORDS
from engine.feel.limits import MAX_NESTING
from engine.feel.names import NameReader, NameTable
from engine.feel.nodes import TypeName

_SEVERAL_WORDS = NameTable(
    [
        "date and time",
        "days and time duration",
        "day and time duration",
        "years and months duration",
        "year and month duration",
    ]
)


def read_type(reader: NameReader, depth: int = 0) -> TypeName:
    """The type at the cursor. Raises ExpressionInvalid if there is none."""
    if depth > MAX_NESTING:
        reader.refuse("The expression is nested too deeply.", code="expression.too_deep")
    name = _read_type_name(reader)
    if name == "function":
        return _read_function(reader, depth)
    if name in {"list", "range"} and reader.accept("<"):
        inner = read_type(reader, depth + 1)
        reader.expect(">")
        return TypeName(name, (inner,))
    if name == "context" and reader.accept("<"):
        return _read_context(reader, depth)
    return TypeName(name)


def _read_type_name(reader: NameReader) -> str:
    if reader.token.kind != "name":
        reader.refuse("A type is expected here.")
    match = _SEVERAL_WORDS.match(reader.tokens, reader.index)
    if match is not None:
        reader.index += match[0]
        return match[1]
    words = [reader.token.text]
    reader.index += 1
    while reader.token.kind == "name" and reader.token.text not in KEYWORDS:
        words.append(reader.token.text)
        reader.index += 1
    name = " ".join(words)
    return f"{name}.{_read_type_name(reader)}" if reader.accept(".") else name


def _read_function(reader: NameReader, depth: int) -> TypeName:
    if not reader.accept("<"):
        return TypeName("function")
    parameters: list[TypeName] = []
    while not reader.accept(">"):
        if parameters:
            reader.expect(",")
        parameters.append(read_type(reader, depth + 1))
    reader.expect("->")
    return TypeName("function", tuple(parameters), result=read_type(reader, depth + 1))


def _read_context(reader: NameReader, depth: int) -> TypeName:
    fields: list[tuple[str, TypeName]] = []
    while not reader.accept(">"):
        if fields:
            reader.expect(",")
        name = reader.read_declared(until=":")
        reader.expect(":")
        fields.append((name, read_type(reader, depth + 1)))
    return TypeName("context", fields=tuple(fields))
