"""Reads an XPath regular expression into a small tree. A pattern that is not one raises Unsuitable (null outside)."""

from dataclasses import dataclass
from typing import NoReturn

from engine.feel.regex import classes
from engine.feel.regex.classes import Predicate
from engine.feel.values import Unsuitable

MAX_PATTERN = 1000
MAX_DEPTH = 40
MAX_REPEAT = 1000
_SINGLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"} | {char: char for char in "\\|.-^?*+{}()[]$"}
_SPECIAL = frozenset(".\\?*+{}()[]|^$")
_FLAGS = frozenset("smixq")


@dataclass(frozen=True, slots=True)
class One:
    """One character of a class."""

    matches: Predicate


@dataclass(frozen=True, slots=True)
class Edge:
    """The start ("^") or end ("$") of the text, or of a line."""

    kind: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What an earlier group matched, once more."""

    group: int


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    branches: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Group:
    number: int
    body: "Tree"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` of None is without end."""

    body: "Tree"
    least: int
    most: int | None
    lazy: bool


Tree = One | Edge | Reference | Sequence | Choice | Group | Repeat


class RegexParser:
    """One parse of one pattern under its flags."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > MAX_PATTERN or not set(flags) <= _FLAGS:
            raise Unsuitable
        self._ignore_case, self._dot_all = "i" in flags, "s" in flags
        self._literal = "q" in flags
        self.pattern = pattern if self._literal or "x" not in flags else without_space(pattern)
        self.index = 0
        self.groups = 0
        self._closed: set[int] = set()
        self.has_references = False

    def read(self) -> Tree:
        """The whole pattern."""
        if self._literal:
            return Sequence(tuple(self._one(char) for char in self.pattern))
        tree = self._choice(0)
        if self.index < len(self.pattern):
            self._refuse()
        return tree

    def _refuse(self) -> NoReturn:
        raise Unsuitable

    def _peek(self) -> str:
        return self.pattern[self.index] if self.index < len(self.pattern) else ""

    def _next(self) -> str:
        char = self._peek()
        if not char:
            self._refuse()
        self.index += 1
        return char

    def _accept(self, text: str) -> bool:
        if self.pattern.startswith(text, self.index):
            self.index += len(text)
            return True
        return False

    def _one(self, char: str) -> One:
        return One(classes.single(char, ignore_case=self._ignore_case))

    def _choice(self, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            self._refuse()
        branches = [self._sequence(depth)]
        while self._accept("|"):
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._quantified(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, atom: Tree) -> Tree:
        bounds = self._quantifier()
        return Repeat(atom, *bounds, lazy=self._accept("?")) if bounds is not None else atom

    def _quantifier(self) -> tuple[int, int | None] | None:
        if self._accept("*"):
            return 0, None
        if self._accept("+"):
            return 1, None
        if self._accept("?"):
            return 0, 1
        if not self._accept("{"):
            return None
        least = self._count()
        most: int | None = least
        if self._accept(","):
            most = None if self._peek() == "}" else self._count()
        if not self._accept("}") or (most is not None and most < least):
            self._refuse()
        return least, most

    def _count(self) -> int:
        digits = ""
        while self._peek() and self._peek() in "0123456789" and len(digits) <= 4:
            digits += self._next()
        if not digits or int(digits) > MAX_REPEAT:
            self._refuse()
        return int(digits)

    def _atom(self, depth: int) -> Tree:
        char = self._next()
        if char == "(":
            return self._group(depth)
        if char == "[":
            return One(self._class(depth))
        if char == ".":
            return One((lambda _: True) if self._dot_all else (lambda other: other not in "\n\r"))
        if char in "^$":
            return Edge(char)
        if char == "\\":
            return self._escape()
        if char in _SPECIAL:
            self._refuse()
        return self._one(char)

    def _group(self, depth: int) -> Tree:
        if self._accept("?:"):
            body = self._choice(depth + 1)
        else:
            self.groups += 1
            number = self.groups
            body = Group(number, self._choice(depth + 1))
            self._closed.add(number)
        if not self._accept(")"):
            self._refuse()
        return body

    def _escape(self) -> Tree:
        if self._peek() and self._peek() in "123456789":
            return self._reference()
        predicate = self._class_escape()
        return One(predicate) if predicate is not None else self._one(self._single_escape())

    def _reference(self) -> Reference:
        # The longest number that names a group already closed; further digits are ordinary characters.
        number = int(self._next())
        while self._peek() and self._peek() in "0123456789" and number * 10 + int(self._peek()) <= self.groups:
            number = number * 10 + int(self._next())
        if number not in self._closed:
            self._refuse()
        self.has_references = True
        return Reference(number)

    def _class_escape(self) -> Predicate | None:
        letter = self._peek()
        if letter in {"p", "P"}:
            end = self.pattern.find("}", self.index)
            if end < 0 or not self.pattern.startswith("{", self.index + 1):
                self._refuse()
            predicate = classes.property_class(self.pattern[self.index + 2 : end])
            if predicate is None:
                self._refuse()
            self.index = end + 1
            return classes.negated(predicate) if letter == "P" else predicate
        predicate = classes.class_escape(letter) if letter else None
        if predicate is not None:
            self.index += 1
        return predicate

    def _single_escape(self) -> str:
        char = self._next()
        if char not in _SINGLE_ESCAPES:
            self._refuse()
        return _SINGLE_ESCAPES[char]

    def _class(self, depth: int) -> Predicate:
        if depth > MAX_DEPTH:
            self._refuse()
        negative = self._accept("^")
        members: list[Predicate] = []
        excluded: Predicate | None = None
        while not self._accept("]"):
            if members and self._accept("-["):
                excluded = self._class(depth + 1)
                if not self._accept("]"):
                    self._refuse()
                break
            members.append(self._member(first=not members))
        if not members:
            self._refuse()
        predicate = classes.union(members)
        if negative:
            predicate = classes.negated(predicate)
        return classes.difference(predicate, excluded) if excluded is not None else predicate

    def _member(self, *, first: bool) -> Predicate:
        char = self._next()
        if char == "[":
            self._refuse()
        if char == "-" and not first and self._peek() != "]":
            # A hyphen that is neither first nor last, nor makes a range, is a mistake.
            self._refuse()
        if char == "\\":
            predicate = self._class_escape()
            if predicate is not None:
                return predicate
            char = self._single_escape()
        if self._peek() == "-" and self.pattern[self.index + 1 : self.index + 2] not in {"]", "[", ""}:
            self.index += 1
            return self._span(char)
        return classes.single(char, ignore_case=self._ignore_case)

    def _span(self, low: str) -> Predicate:
        high = self._next()
        if high == "\\":
            high = self._single_escape()
        if high < low:
            self._refuse()
        return classes.between(low, high, ignore_case=self._ignore_case)


def without_space(pattern: str) -> str:
    """The pattern without white space outside character classes (flag x)."""
    kept, depth, escaped = [], 0, False
    for char in pattern:
        if char in " \t\n\r" and not depth:
            continue
        kept.append(char)
        if not escaped:
            depth += {"[": 1, "]": -1}.get(char, 0)
        escaped = char == "\\" and not escaped
    return "".join(kept)
