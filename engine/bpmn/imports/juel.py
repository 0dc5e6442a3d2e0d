"""JUEL, the expression language of Camunda 7, Flowable and Activiti, turned to FEEL that means the same.

Where the two differ the FEEL says so: an unset variable counts as false in JUEL, lists begin at 0, `%` cuts towards
zero. Calls of methods and functions have no counterpart and are refused.
"""

import re
from dataclasses import dataclass
from typing import Final

from engine.errors import ExpressionInvalid
from engine.feel.lexer import KEYWORDS, invalid_at

MAX_CHARS: Final = 4_000
MAX_NESTING: Final = 25
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)|(?P<name>[^\W\d]\w*)"
    r"|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:().,\[\]])|(?P<end>$))",
    re.DOTALL,
)
_OPENING: Final = re.compile(r"[$#]\{")
_WORDS: Final = {
    "and": "&&", "or": "||", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
    "div": "/", "mod": "%", "not": "!", "empty": "empty",
}  # fmt: skip
# Levels of binding, loosest first; equality and relation are one level in FEEL, where they do not chain.
_IF, _OR, _AND, _EQUAL, _RELATION, _SUM, _PRODUCT, _UNARY, _ATOM = range(9)
_OPERATORS: Final[dict[int, dict[str, str]]] = {
    _OR: {"||": "or"},
    _AND: {"&&": "and"},
    _EQUAL: {"==": "=", "!=": "!="},
    _RELATION: {"<": "<", ">": ">", "<=": "<=", ">=": ">="},
    _SUM: {"+": "+", "-": "-"},
    _PRODUCT: {"*": "*", "/": "/", "%": "%"},
}
# What the other engines offer inside expressions; here these names would be variables that nobody sets.
_FOREIGN: Final = frozenset({"execution", "task", "authenticatedUserId", "connector", "caseExecution"})

# The counts of a multi-instance; there the counter begins at 0.
_COUNTS: Final = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
    "loopCounter": "(loopCounter - 1)",
}


@dataclass(frozen=True)
class _Piece:
    """FEEL text, how tightly it binds, and whether its value is certainly true or false, never null."""

    text: str
    level: int = _ATOM
    is_boolean: bool = False

    def within(self, level: int) -> str:
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def translate(text: str) -> str:
    """The FEEL for `text` with its `${…}` or `#{…}`; text around them is joined to a string.

    Raises `ExpressionInvalid` with the position of what FEEL has no counterpart for.
    """
    if len(text) > MAX_CHARS:
        raise invalid_at(text, 0, "The expression is too long to be translated.", code="expression.untranslated")
    pieces = _split(text.strip())
    if len(pieces) == 1:
        return pieces[0].text
    return " + ".join(piece.text if piece.text.startswith('"') else f"string({piece.text})" for piece in pieces)


def _split(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    position = 0
    while position < len(text):
        opening = _OPENING.search(text, position)
        if opening is None or opening.start() > position:
            stop = opening.start() if opening else len(text)
            pieces.append(_Piece(quoted(text[position:stop])))
            position = stop
        else:
            parser = _Parser(text, opening.end())
            pieces.append(parser.whole())
            position = parser.end
    return pieces


def quoted(text: str) -> str:
    """`text` as a FEEL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + escaped.replace("\t", "\\t") + '"'


class _Parser:
    """Reads one expression from behind its `${` to the closing brace."""

    def __init__(self, source: str, position: int) -> None:
        self.source = source
        self.end = position
        self._nesting = 0
        self._token = _Token("", "", position)
        self._advance()

    def whole(self) -> _Piece:
        piece = self._ternary()
        if self._token.kind != "close":
            raise self._unexpected()
        return piece

    def _advance(self) -> None:
        match = _TOKEN.match(self.source, self.end)
        if match is None or match.lastgroup == "end":
            position = len(self.source) - len(self.source[self.end :].lstrip())
            if not self.source.startswith("}", position):
                raise self.refuse("The expression cannot be read here, or lacks its closing brace.", position)
            self._token, self.end = _Token("close", "}", position), position + 1
            return
        kind = str(match.lastgroup)
        text = match[kind]
        word = _WORDS.get(text) if kind == "name" else None
        self._token = _Token("sign" if word else kind, word or text, match.start(kind))
        self.end = match.end()

    def _take(self, *signs: str) -> str:
        """The sign at hand if it is one of these, and go on; otherwise the empty text."""
        if self._token.kind != "sign" or self._token.text not in signs:
            return ""
        sign = self._token.text
        self._advance()
        return sign

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self.refuse("The expression lacks a “{sign}” here.", sign=sign)

    def refuse(self, message: str, position: int | None = None, **fields: str) -> ExpressionInvalid:
        """The refusal of what stands at `position`, or at the token at hand."""
        at = self._token.position if position is None else position
        return invalid_at(self.source, at, message, code="expression.untranslated", **fields)

    def _unexpected(self) -> ExpressionInvalid:
        return self.refuse("The expression cannot go on with “{token}”.", token=self._token.text)

    def _deeper(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self.refuse("The expression is nested too deeply.")

    def _ternary(self) -> _Piece:
        self._deeper()
        piece = self._binary(_OR)
        if self._take("?"):
            then = self._ternary()
            self._expect(":")
            otherwise = self._ternary()
            text = f"if {piece.within(_OR)} then {then.within(_OR)} else {otherwise.within(_OR)}"
            piece = _Piece(text, _IF, then.is_boolean and otherwise.is_boolean)
        self._nesting -= 1
        return self._bounded(piece)

    def _binary(self, level: int) -> _Piece:
        if level == _UNARY:
            return self._unary()
        left = self._binary(level + 1)
        while sign := self._take(*_OPERATORS[level]):
            left = self._bounded(_joined(level, sign, left, self._binary(level + 1)))
        return left

    def _unary(self) -> _Piece:
        sign = self._take("!", "-", "empty")
        if not sign:
            return self._postfix()
        self._deeper()
        operand = self._unary()
        self._nesting -= 1
        if sign == "-":
            return _Piece(f"-{operand.within(_ATOM)}", _UNARY)
        if sign == "empty":
            return _Piece(f'list contains([null, "", [], {{}}], {operand.text})', is_boolean=True)
        inner = operand.text if operand.is_boolean else f"{operand.within(_SUM)} = true"
        return _Piece(f"not({inner})", is_boolean=True)

    def _postfix(self) -> _Piece:
        piece = self._primary()
        while sign := self._take(".", "["):
            piece = _Piece(self._member(piece) if sign == "." else self._item(piece))
        if (self._token.kind, self._token.text) == ("sign", "("):
            raise self.refuse("FEEL has no counterpart for a call of a method or function.")
        return piece

    def _member(self, owner: _Piece) -> str:
        name = self._token
        if name.kind != "name":
            raise self.refuse("The expression lacks a name here.")
        self._advance()
        return f"{owner.within(_ATOM)}.{name.text}"

    def _item(self, owner: _Piece) -> str:
        """`[0]` is FEEL's `[1]`; `['name']` is a path. A computed index could be either."""
        key = self._token
        if key.kind == "number" and key.text.isdecimal():
            text = f"{owner.within(_ATOM)}[{int(key.text) + 1}]"
        elif key.kind == "string":
            text = f"get value({owner.text}, {quoted(_unquoted(key.text))})"
        else:
            raise self.refuse("A computed index has no certain counterpart in FEEL.")
        self._advance()
        self._expect("]")
        return text

    def _primary(self) -> _Piece:
        token = self._token
        if token.kind == "sign" and self._take("("):
            inner = self._ternary()
            self._expect(")")
            return inner
        if token.kind == "name":
            return self._name(token)
        if token.kind not in ("number", "string"):
            raise self._unexpected()
        self._advance()
        return _Piece(token.text if token.kind == "number" else quoted(_unquoted(token.text)))

    def _name(self, token: _Token) -> _Piece:
        if token.text in ("true", "false", "null"):
            self._advance()
            return _Piece(token.text, is_boolean=token.text != "null")
        if token.text in KEYWORDS or token.text in _FOREIGN:
            raise self.refuse("The name “{name}” has no counterpart in FEEL.", name=token.text)
        self._advance()
        return _Piece(_COUNTS.get(token.text, token.text))

    def _bounded(self, piece: _Piece) -> _Piece:
        if len(piece.text) > 2 * MAX_CHARS:
            raise self.refuse("The expression becomes too long.")
        return piece


def _joined(level: int, sign: str, left: _Piece, right: _Piece) -> _Piece:
    feel = _OPERATORS[level][sign]
    if sign == "%":
        divisor = right.within(_UNARY)
        text = f"{left.within(_SUM)} - {divisor} * round down({left.within(_PRODUCT)} / {divisor}, 0)"
        return _Piece(text, _SUM)
    if level in (_EQUAL, _RELATION):
        text = f"{left.within(_SUM)} {feel} {right.within(_SUM)}"
        return _Piece(text, _EQUAL, level == _EQUAL)
    text = f"{left.within(level)} {feel} {right.within(level + 1)}"
    return _Piece(text, level, level in (_OR, _AND) and left.is_boolean and right.is_boolean)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
