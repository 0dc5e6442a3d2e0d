"""String functions and the conversion to a string (DMN 1.5, 10.3.4.3)."""

import re
from decimal import Decimal
from typing import Any

from engine.feel.builtins.signature import built_in
from engine.feel.limits import DECIMAL, Purse
from engine.feel.regex import Match, compile_pattern
from engine.feel.scope import Scope
from engine.feel.values import Function, Range, Unsuitable

_REPLACEMENT = re.compile(r"\\([\\$])|\$([0-9]+)|([\\$])|([^\\$]+)")


def text_of(value: Any, purse: Purse) -> str | None:
    """What `string()` gives: the value as FEEL would write it, a string itself unchanged, null for null."""
    if value is None or isinstance(value, str):
        return value
    text = "".join(_written(value, purse))
    purse.charge_text(len(text))
    return text


def _written(value: Any, purse: Purse) -> list[str]:
    """The pieces of a value written inside a list or context, where strings are quoted."""
    purse.charge(1)
    match value:
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case Decimal():
            return [_number(value)]
        case str():
            purse.charge_text(len(value))
            return ['"', value.replace("\\", "\\\\").replace('"', '\\"'), '"']
        case list():
            return ["[", *_joined([_written(item, purse) for item in value]), "]"]
        case dict():
            entries = [[f"{_key(key)}: ", *_written(item, purse)] for key, item in value.items()]
            return ["{", *_joined(entries), "}"]
        case Range():
            return _range(value, purse)
        case Function():
            return [f"function({', '.join(value.parameters)})"]
        case _:
            return [str(value)]


def _joined(parts: list[list[str]]) -> list[str]:
    return [piece for index, part in enumerate(parts) for piece in ([", ", *part] if index else part)]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[^\W\d][\w ]*", key) else '"' + key.replace('"', '\\"') + '"'


def _number(value: Decimal) -> str:
    if not value:
        return "0"
    plain = DECIMAL.normalize(value)
    return format(plain, "f") if -DECIMAL.prec <= plain.adjusted() < DECIMAL.prec else str(plain)


def _range(value: Range, purse: Purse) -> list[str]:
    if value.operator:
        return [f"({value.operator} ", *_written(value.low, purse), ")"]
    if value.high is None:
        return [f"({'>=' if value.low_included else '>'} ", *_written(value.low, purse), ")"]
    if value.low is None:
        return [f"({'<=' if value.high_included else '<'} ", *_written(value.high, purse), ")"]
    left, right = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return [left, *_written(value.low, purse), "..", *_written(value.high, purse), right]


def _string(scope: Scope, value: Any) -> str | None:
    return text_of(value, scope.run)


def _substring(_: Scope, text: str, start: Decimal, length: Decimal | None = None) -> str:
    position = int(start)
    if position == 0 or abs(position) > len(text) or (length is not None and length < 1):
        raise Unsuitable
    first = position - 1 if position > 0 else len(text) + position
    return text[first:] if length is None else text[first : first + int(min(length, Decimal(len(text))))]


def _length(_: Scope, text: str) -> Decimal:
    return Decimal(len(text))


def _upper_case(_: Scope, text: str) -> str:
    return text.upper()


def _lower_case(_: Scope, text: str) -> str:
    return text.lower()


def _substring_before(_: Scope, text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


def _substring_after(_: Scope, text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


def _contains(_: Scope, text: str, match: str) -> bool:
    return match in text


def _starts_with(_: Scope, text: str, match: str) -> bool:
    return text.startswith(match)


def _ends_with(_: Scope, text: str, match: str) -> bool:
    return text.endswith(match)


def _matches(scope: Scope, text: str, pattern: str, flags: str | None = None) -> bool:
    compiled = compile_pattern(pattern, flags or "", scope.run)
    return compiled.search(text, 0, scope.run) is not None


def _replace(scope: Scope, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    compiled = compile_pattern(pattern, flags or "", scope.run)
    pieces = _replacement_pieces(replacement, compiled.groups, literal="q" in (flags or ""))
    result, position, length = [], 0, 0
    while (match := compiled.search(text, position, scope.run)) is not None:
        if match.end == match.start:
            # XPath: a pattern that matches the empty string cannot be replaced.
            raise Unsuitable
        inserted = _inserted(pieces, text, match)
        length += len(inserted) + match.start - position
        scope.run.charge_text(length if length > 1000 else 1)
        result += [text[position : match.start], inserted]
        position = match.end
    return "".join([*result, text[position:]])


def _replacement_pieces(replacement: str, groups: int, *, literal: bool) -> list[str | int]:
    """The replacement as literal texts and group numbers. Raises Unsuitable for a stray $ or backslash."""
    if literal:
        return [replacement]
    pieces: list[str | int] = []
    for match in _REPLACEMENT.finditer(replacement):
        escaped, digits, stray, plain = match.groups()
        if stray:
            raise Unsuitable
        if digits is None:
            pieces.append(escaped or plain)
            continue
        # The longest number that names a group; what follows it is text.
        length = 1
        while length < min(len(digits), 4) and int(digits[: length + 1]) <= groups:
            length += 1
        group = int(digits[:length])
        pieces += [group if group <= groups else "", digits[length:]]
    return pieces


def _inserted(pieces: list[str | int], text: str, match: Match) -> str:
    return "".join(piece if isinstance(piece, str) else match.text(text, piece) for piece in pieces)


def _split(scope: Scope, text: str, pattern: str) -> list[str]:
    compiled = compile_pattern(pattern, "", scope.run)
    parts, position = [], 0
    while (match := compiled.search(text, position, scope.run)) is not None:
        if match.end == match.start:
            raise Unsuitable
        scope.run.charge(1)
        parts.append(text[position : match.start])
        position = match.end
    return [*parts, text[position:]]


def _string_join(scope: Scope, texts: list[Any], delimiter: str | None = None) -> str:
    if not all(text is None or isinstance(text, str) for text in texts):
        raise Unsuitable
    present = [text for text in texts if text is not None]
    separator = delimiter or ""
    scope.run.charge_text(sum(map(len, present)) + len(separator) * len(present))
    return separator.join(present)


_MATCH = "string: string, match: string"

STRING_FUNCTIONS = (
    built_in("string", ("from: any", _string)),
    built_in("substring", ("string: string, start position: number, length?: number", _substring)),
    built_in("string length", ("string: string", _length)),
    built_in("upper case", ("string: string", _upper_case)),
    built_in("lower case", ("string: string", _lower_case)),
    built_in("substring before", (_MATCH, _substring_before)),
    built_in("substring after", (_MATCH, _substring_after)),
    built_in("contains", (_MATCH, _contains)),
    built_in("starts with", (_MATCH, _starts_with)),
    built_in("ends with", (_MATCH, _ends_with)),
    built_in("matches", ("input: string, pattern: string, flags?: string?", _matches)),
    built_in("replace", ("input: string, pattern: string, replacement: string, flags?: string?", _replace)),
    built_in("split", ("string: string, delimiter: string", _split)),
    built_in("string join", ("list: list, delimiter?: string?", _string_join)),
)
