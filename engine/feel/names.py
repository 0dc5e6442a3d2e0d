"""Names with spaces and symbols: which run of tokens is one name depends on the names known at that place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from engine.errors import ExpressionInvalid
from engine.feel.lexer import KEYWORDS, Token, invalid_at, tokenize
from engine.feel.limits import MAX_SOURCE_CHARS

NAME_SYMBOLS = frozenset({".", "/", "-", "'", "+", "*", "**"})
_MAX_NAME_TOKENS = 60


class NameTable:
    """Known names, found by longest match on tokens, whatever the white space between them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._by_parts: dict[tuple[str, ...], str] = {}
        self._lengths: dict[str, list[int]] = {}
        for name in names:
            self.add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        """Remember a name; one that is not made of name tokens cannot be written in FEEL and is left out."""
        parts = name_parts(name)
        if not parts or name in self._names:
            return
        self._names.add(name)
        if len(parts) > 1:
            self._by_parts.setdefault(parts, name)
            lengths = self._lengths.setdefault(parts[0], [])
            if len(parts) not in lengths:
                lengths.append(len(parts))
                lengths.sort(reverse=True)

    def match(self, tokens: list[Token], index: int) -> tuple[int, str] | None:
        """Length in tokens and spelling of the longest known name of several tokens at `index`."""
        for length in self._lengths.get(tokens[index].text, ()):
            name = self._by_parts.get(tuple(token.text for token in tokens[index : index + length]))
            if name is not None:
                return length, name
        return None


@dataclass(frozen=True)
class Known:
    """What is known before a text is read: names, and keys that stand behind a dot or in a filter only.

    In tables, which many texts can share: building one costs as much as it holds.
    """

    names: tuple[NameTable, ...] = ()
    keys: tuple[NameTable, ...] = ()


@lru_cache(maxsize=4096)
def name_parts(name: str) -> tuple[str, ...]:
    """The tokens of a name, or nothing if it cannot be written as one."""
    if len(name) > MAX_SOURCE_CHARS:
        return ()
    try:
        tokens = tokenize(name)[:-1]
    except ExpressionInvalid:
        return ()
    if not tokens or tokens[0].kind != "name" or len(tokens) > _MAX_NAME_TOKENS:
        return ()
    fits = all(token.kind in {"name", "number"} or token.text in NAME_SYMBOLS for token in tokens)
    return tuple(token.text for token in tokens) if fits else ()


class NameReader:
    """A cursor over tokens that reads names in the scopes opened so far."""

    def __init__(self, source: str, builtins: NameTable, known: Known) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0
        self.free: set[str] = set()
        self.filtered: set[str] = set()
        self.filter_depth = 0
        self._builtins = builtins
        self._known = known
        self._scopes: list[NameTable] = []
        self._keys = NameTable()

    # -- cursor ---------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def at(self, text: str, *, ahead: int = 0) -> bool:
        """Is that symbol or word the token in question?"""
        token = self.tokens[min(self.index + ahead, len(self.tokens) - 1)]
        return token.text == text and token.kind in {"symbol", "name"}

    def accept(self, text: str) -> bool:
        """Step over the symbol or word if it comes next."""
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Step over the symbol or word. Raises ExpressionInvalid if something else comes next."""
        token = self.token
        if not self.accept(text):
            self.refuse("{expected} is expected here.", expected=text)
        return token

    def refuse(self, message: str, *, code: str = "", **fields: object) -> NoReturn:
        """Raise ExpressionInvalid at the current token."""
        raise invalid_at(self.source, self.token.position, message, code=code, **fields)

    # -- scopes ---------------------------------------------------------------------------------------------------

    @contextmanager
    def scope(self, names: Iterable[str] = ()) -> Iterator[NameTable]:
        """Names bound here are known, and not free, until the scope is left."""
        table = NameTable(names)
        self._scopes.append(table)
        try:
            yield table
        finally:
            self._scopes.pop()

    def bind(self, name: str) -> None:
        """Add a name to the innermost scope."""
        self._scopes[-1].add(name)

    def remember_key(self, name: str) -> None:
        """A key of a context literal is known in later paths and filters."""
        self._keys.add(name)

    # -- names ----------------------------------------------------------------------------------------------------

    def read_reference(self) -> str:
        """The name of a variable or function; it is noted as free unless it is bound, or built in and called."""
        tables = [*reversed(self._scopes), *self._known.names, self._builtins]
        if self.filter_depth:
            tables += (self._keys, *self._known.keys)
        name = self._longest_match(tables) or self._joined_words()
        bound = any(name in table for table in self._scopes)
        called = name in self._builtins and self.at("(")
        if not bound and not called:
            (self.filtered if self.filter_depth else self.free).add(name)
        return name

    def read_key(self) -> str:
        """The name behind a dot."""
        if self.token.kind != "name":
            self.refuse("A name is expected here.")
        return self._longest_match([self._keys, *self._known.keys, *self._known.names]) or self._joined_words()

    def known_name_here(self) -> bool:
        """Does a known name of several words start here, though its first word may be a keyword?"""
        return self._longest_match([*self._scopes, *self._known.names, self._builtins], step=False) is not None

    def read_declared(self, *, until: str) -> str:
        """A name being declared: everything up to the word or symbol `until`, which stays unread."""
        start = self.index
        if self.token.kind != "name":
            self.refuse("A name is expected here.")
        while not self.at(until) and (self.index == start or self._continues_name()):
            self.index += 1
        return self._spelling(start)

    def declares(self, until: str) -> bool:
        """Is what follows a declared name and then `until`? Reads nothing."""
        start = self.index
        if self.token.kind != "name":
            return False
        while not self.at(until) and (self.index == start or self._continues_name()):
            self.index += 1
        found = self.at(until)
        self.index = start
        return found

    def _continues_name(self) -> bool:
        token = self.token
        return token.kind in {"name", "number"} or (token.kind == "symbol" and token.text in NAME_SYMBOLS)

    def _longest_match(self, tables: list[NameTable], *, step: bool = True) -> str | None:
        found = [match for table in tables if (match := table.match(self.tokens, self.index))]
        if not found:
            return None
        length, name = max(found, key=lambda match: match[0])
        if step:
            self.index += length
        return name

    def _joined_words(self) -> str:
        # Two words side by side mean nothing else in FEEL, so an unknown name with spaces can still be read.
        start = self.index
        self.index += 1
        while (self.token.kind == "name" and self.token.text not in KEYWORDS) or self.token.kind == "number":
            self.index += 1
        return self._spelling(start)

    def _spelling(self, start: int) -> str:
        text = self.source[self.tokens[start].position : self.tokens[self.index - 1].end]
        return " ".join(text.split())
