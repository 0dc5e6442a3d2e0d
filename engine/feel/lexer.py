"""Cuts FEEL text into tokens. It knows nothing of names with spaces: the parser joins their parts."""

import re
from decimal import Decimal
from typing import Literal, NamedTuple, NoReturn

from engine.errors import ExpressionInvalid
from engine.feel.limits import DECIMAL, MAX_SOURCE_CHARS

Kind = Literal["name", "number", "string", "at", "symbol", "end"]

KEYWORDS = frozenset(
    (
        *("and", "between", "else", "every", "external", "false", "for", "function", "if", "in", "instance"),
        *("null", "of", "or", "return", "satisfies", "some", "then", "true"),
    )
)

_NAME_START = (
    r"?A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_TOKEN = re.compile(
    rf"""
    (?P<skip>  (?:[\s\u0085\u200B\uFEFF]+ | //[^\n\r]* | /\*.*?\*/ )+ )
  | (?P<number> (?: [0-9]+ (?:\.[0-9]+)? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
  | (?P<name>  [{_NAME_START}][{_NAME_PART}]* )
  | (?P<at>    @\s*"(?:[^"\\]|\\.)*" )
  | (?P<string> "(?:[^"\\]|\\.)*" )
  | (?P<symbol> \.\. | \*\* | -> | != | <= | >= | /(?!\*) | [-+*=<>()\[\]{{}},.:'] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_MAX_EXPONENT_DIGITS = 4


class Token(NamedTuple):
    kind: Kind
    text: str
    position: int
    end: int
    value: object = None


def invalid_at(source: str, position: int, message: str, *, code: str = "", **fields: object) -> ExpressionInvalid:
    """An ExpressionInvalid that knows its offset, line and column in `source`."""
    before = source[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    return ExpressionInvalid(message, code=code, position=position, line=line, column=column, **fields)


def tokenize(source: str) -> list[Token]:
    """Tokens of `source`, closed by one of kind "end". Raises ExpressionInvalid at the first character nobody knows."""
    if len(source) > MAX_SOURCE_CHARS:
        raise ExpressionInvalid(
            "The expression is longer than {limit} characters.", code="expression.too_long", limit=MAX_SOURCE_CHARS
        )
    tokens: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            _refuse_character(source, position)
        if match.lastgroup != "skip":
            tokens.append(_token(source, match))
        position = match.end()
    tokens.append(Token("end", "", len(source), len(source)))
    return tokens


def _token(source: str, match: re.Match[str]) -> Token:
    kind: Kind = match.lastgroup  # type: ignore[assignment]  # the pattern's group names are the kinds
    text, start, end = match.group(), match.start(), match.end()
    if kind == "number":
        return Token(kind, text, start, end, _number(source, text, start))
    if kind == "string":
        return Token(kind, text, start, end, unescape(text[1:-1]))
    if kind == "at":
        return Token(kind, text, start, end, unescape(text[text.index('"') + 1 : -1]))
    return Token(kind, text, start, end)


def _number(source: str, text: str, position: int) -> Decimal:
    exponent = text.lower().partition("e")[2].lstrip("+-").lstrip("0")
    if len(exponent) > _MAX_EXPONENT_DIGITS:
        raise invalid_at(source, position, "The number {number} is out of range.", number=text[:40])
    try:
        return DECIMAL.create_decimal(text)
    except ArithmeticError:
        raise invalid_at(source, position, "The number {number} is out of range.", number=text[:40]) from None


def unescape(text: str) -> str:
    """Resolve the escapes of a string literal; a pair of surrogate escapes becomes one character."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_escaped, text)
    if any("\ud800" <= char <= "\udfff" for char in plain):
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return plain


def _escaped(match: re.Match[str]) -> str:
    hexadecimal = match.group(1) or match.group(2)
    if hexadecimal:
        code_point = int(hexadecimal, 16)
        return chr(code_point) if code_point <= 0x10FFFF else "\ufffd"
    # An unknown escape stays as written: patterns such as "\d+" are commonly spelled with one backslash.
    return _SIMPLE_ESCAPES.get(match.group(3), match.group())


def _refuse_character(source: str, position: int) -> NoReturn:
    character = source[position]
    if character == '"' or source.startswith('@"', position):
        raise invalid_at(source, position, "A text that starts here has no closing quotation mark.")
    if source.startswith("/*", position):
        raise invalid_at(source, position, "A comment that starts here has no end.")
    raise invalid_at(source, position, "The character {character} has no meaning here.", character=character)
