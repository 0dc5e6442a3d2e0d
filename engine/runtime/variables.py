"""Process variables are one set per process, as BPMN has it; an instance of a loop has some of its own on top.

SpiffWorkflow gives every task a copy and merges the copies where branches meet: the branch that comes last overwrites
what others changed, and lists are merged item by item. Here tasks share one set.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from engine.runtime.values import from_text, plain, to_text

_CHANGEABLE = (dict, list)


class _Decoded(dict[str, Any]):
    """The values of a scope that are decoded; asked for another, it decodes that, or finds it in the scope around."""

    __slots__ = ("_variables",)

    def __init__(self, values: Mapping[str, Any], variables: "Variables") -> None:
        super().__init__(values)
        self._variables = variables

    def __missing__(self, name: str) -> Any:
        return self._variables.decode(name)


class Variables(MutableMapping[str, Any]):
    """The variables of one scope; a name it does not know is looked up in `outer`, and set here.

    A value is decoded when it is first asked for, and encoded again only if it may have changed since. `decoded[name]`
    gives any value, for reading only; it does not know which names there are. `reader` does.
    """

    __slots__ = ("_texts", "decoded", "outer", "reader")

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        outer: "Variables | None" = None,
        texts: Mapping[str, bytes] | None = None,
    ) -> None:
        self.decoded = _Decoded(values or {}, self)
        self._texts: dict[str, bytes] = dict(texts or {})
        self.outer = outer
        self.reader = ReadOnly(self, self.decoded)

    def __getitem__(self, name: str) -> Any:
        value = self.peek(name)
        if isinstance(value, _CHANGEABLE):
            self._forget_text(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self.decoded[name] = value
        self._texts.pop(name, None)

    def __delitem__(self, name: str) -> None:
        if name not in self.decoded and name not in self._texts:
            raise KeyError(name)
        self.decoded.pop(name, None)
        self._texts.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self.decoded or name in self._texts or (self.outer is not None and name in self.outer)

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(self.outer or ())
        names.update(dict.fromkeys(self._texts))
        names.update(dict.fromkeys(self.decoded))
        return iter(names)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return self.copy()

    def copy(self) -> dict[str, Any]:
        """Every variable, deeply copied."""
        return {name: plain(self.peek(name), name=name) for name in self}

    def peek(self, name: str) -> Any:
        """The value, for reading only: what the caller changed inside it would be lost. Raises `KeyError`."""
        return self.decoded[name]

    def decode(self, name: str) -> Any:
        """The value of a variable that is not decoded yet. Raises `KeyError`."""
        if name in self._texts:
            value = self.decoded[name] = from_text(self._texts[name])
            return value
        if self.outer is None:
            raise KeyError(name)
        return self.outer.peek(name)

    def correct(self, changes: Mapping[str, Any]) -> None:
        """Set each variable where it stands, a new one here. Raises `AnswerInvalid` for what data cannot hold."""
        values = {name: plain(value, name=name) for name, value in changes.items()}
        for name, value in values.items():
            self._home_of(name)[name] = value

    def _home_of(self, name: str) -> "Variables":
        home: Variables | None = self
        while home is not None and name not in home.decoded and name not in home._texts:  # noqa: SLF001 - the same class
            home = home.outer
        return home if home is not None else self

    def own(self) -> dict[str, Any]:
        """The variables of this scope alone, for reading only."""
        return {name: self.peek(name) for name in self._texts | self.decoded}

    def texts(self) -> dict[str, bytes]:
        """The variables of this scope alone, encoded."""
        changed = {name: to_text(value) for name, value in self.decoded.items() if name not in self._texts}
        return self._texts | changed

    def _forget_text(self, name: str) -> None:
        """The value was handed out and may be changed in place."""
        if name in self.decoded:
            self._texts.pop(name, None)
        elif self.outer is not None:
            self.outer._forget_text(name)  # noqa: SLF001 - the same class


class ReadOnly(Mapping[str, Any]):
    """Variables for an expression, which changes nothing."""

    __slots__ = ("_decoded", "_variables")

    def __init__(self, variables: Variables, decoded: Mapping[str, Any]) -> None:
        self._variables = variables
        self._decoded = decoded

    def __getitem__(self, name: str) -> Any:
        return self._decoded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def read_only(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """`variables` for reading; what is not `Variables` as it is."""
    return variables.reader if type(variables) is Variables else variables
