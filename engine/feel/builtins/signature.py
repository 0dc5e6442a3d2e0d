"""How a built-in function receives its arguments: by position or name, with the implicit conversions of 10.3.2.9.4.

A signature is text: "string: string, start position: number, length?: number". A question mark after the name makes
the parameter optional, one after the type lets null in, as `any` does; a star before the name takes all that remains.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.scope import Scope
from engine.feel.values import Date, DateTime, DaysTime, Function, Range, Time, Unsuitable, YearsMonths

MAX_ARGUMENTS = 1000
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (Decimal,),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (Function,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "years and months duration": (YearsMonths,),
    "days and time duration": (DaysTime,),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    types: tuple[type, ...]
    optional: bool
    variadic: bool
    nullable: bool

    def accept(self, value: Any) -> Any:
        """The argument, converted from or to a list of one where that helps. Raises Unsuitable."""
        if not self.types or (value is None and self.nullable) or isinstance(value, self.types):
            return value
        if list in self.types and value is not None:
            return [value]
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], self.types):
            return value[0]
        raise Unsuitable


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    implementation: Callable[..., Any]
    required: int

    def bind(self, positional: list[Any], named: dict[str, Any] | None) -> list[Any]:
        """The arguments in the order of the parameters. Raises Unsuitable if they do not fit."""
        if named is not None:
            positional = self._in_order(named)
        last = self.parameters[-1] if self.parameters else None
        if last is not None and last.variadic:
            return self._bind_variadic(positional, last)
        if not self.required <= len(positional) <= len(self.parameters):
            raise Unsuitable
        pairs = zip(self.parameters, positional, strict=False)
        return [parameter.accept(value) for parameter, value in pairs]

    def _bind_variadic(self, positional: list[Any], last: Parameter) -> list[Any]:
        fixed = len(self.parameters) - 1
        if len(positional) <= fixed or len(positional) > MAX_ARGUMENTS:
            raise Unsuitable
        pairs = zip(self.parameters, positional[:fixed], strict=False)
        arguments = [parameter.accept(value) for parameter, value in pairs]
        return [*arguments, [last.accept(value) for value in positional[fixed:]]]

    def _in_order(self, named: dict[str, Any]) -> list[Any]:
        names = [parameter.name for parameter in self.parameters]
        if not named.keys() <= set(names):
            raise Unsuitable
        given = [name in named for name in names]
        # A gap before a given optional argument is filled with null; a missing required one does not fit.
        length = len(given) - given[::-1].index(True) if any(given) else 0
        if any(not parameter.optional and parameter.name not in named for parameter in self.parameters):
            raise Unsuitable
        return [named.get(name) for name in names[:length]]


def parse_signature(text: str, implementation: Callable[..., Any]) -> Signature:
    """Read a signature as described above."""
    parameters = tuple(_parse_parameter(part.strip()) for part in text.split(",") if part.strip())
    return Signature(parameters, implementation, sum(not parameter.optional for parameter in parameters))


def _parse_parameter(text: str) -> Parameter:
    name, _, type_text = (part.strip() for part in text.partition(":"))
    nullable = type_text.endswith("?") or type_text == "any"
    types: tuple[type, ...] = ()
    if type_text.rstrip("?") != "any":
        for alternative in type_text.rstrip("?").split("|"):
            types += _PYTHON_TYPES[alternative.strip()]
    return Parameter(name.strip("*?"), types, name.endswith("?"), name.startswith("*"), nullable)


def _charge_arguments(scope: Scope, arguments: Iterable[Any]) -> None:
    """Pay once, here, for reading and copying all arguments, so that no function has to think of it."""
    run = scope.run
    run.charge(1)
    for argument in arguments:
        if isinstance(argument, str):
            run.charge_text(len(argument))
        elif isinstance(argument, list | dict):
            run.charge_items(len(argument))


def built_in(name: str, *overloads: tuple[str, Callable[..., Any]]) -> Function:
    """A function with one or more signatures: the first that accepts the arguments is called, else it gives null."""
    signatures = [parse_signature(text, implementation) for text, implementation in overloads]

    def call(scope: Scope, positional: list[Any], named: dict[str, Any] | None) -> Any:
        _charge_arguments(scope, named.values() if named is not None else positional)
        for signature in signatures:
            try:
                arguments = signature.bind(positional, named)
            except Unsuitable:
                continue
            try:
                return signature.implementation(scope, *arguments)
            except (Unsuitable, ArithmeticError):
                return None
        return None

    parameters = tuple(parameter.name for parameter in signatures[0].parameters)
    return Function(name, parameters, call)
