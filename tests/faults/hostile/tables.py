"""Decision files: cells that reach out or explode, broken structure, and what the stock engine silently reads wrong."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from tests.faults.hostile.attack import CANARY, Attack

_TOUCH: Final = f'open("{CANARY}", "w").write("x")'
_HEAD: Final = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'


def _rules(rules: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<rule id="r{number}"><inputEntry id="i{number}"><text>{escape(test)}</text></inputEntry>'
        f'<outputEntry id="o{number}"><text>{escape(result)}</text></outputEntry></rule>'
        for number, (test, result) in enumerate(rules)
    )


def _table(rules: Sequence[tuple[str, str]], *, policy: str = "FIRST", read: str = "amount", extra: str = "") -> bytes:
    return (
        f'{_HEAD}<decision id="t" name="t">{extra}<decisionTable id="table" hitPolicy="{policy}">'
        f'<input id="in" label="in"><inputExpression id="read" typeRef="number"><text>{escape(read)}</text>'
        f'</inputExpression></input><output id="out" name="result" typeRef="number"/>{_rules(rules)}'
        "</decisionTable></decision></definitions>"
    ).encode()


def _literal(text: str, *, extra: str = "", key: str = "t") -> str:
    return (
        f'<decision id="{key}" name="{key}"><variable name="{key}"/>{extra}'
        f'<literalExpression id="{key}_text"><text>{escape(text)}</text></literalExpression></decision>'
    )


def _need(key: str) -> str:
    return f'<informationRequirement><requiredDecision href="#{key}"/></informationRequirement>'


def _file(*decisions: str) -> bytes:
    return f"{_HEAD}{''.join(decisions)}</definitions>".encode()


def _doubling(levels: int) -> bytes:
    """Every decision requires the one before it twice over; a reader that follows each link takes 2^levels steps."""
    links = [_literal("1", key="d0")]
    links += [_literal(f"d{n - 1} + 1", key=f"d{n}", extra=_need(f"d{n - 1}") * 2) for n in range(1, levels)]
    return _file(*links, _literal(f"d{levels - 1}", extra=_need(f"d{levels - 1}")))


_BOMB: Final = "count(for i in 1..9999999999 return i)"
_CELLS: Final = {
    "a test writes a file": _table([(_TOUCH, "1")]),
    "a result writes a file": _table([("", _TOUCH)]),
    "an input writes a file": _table([("", "1")], read=_TOUCH),
    "a test reads the builtins": _table([("__builtins__", "1")]),
    "a result names the classes": _table([("", "().__class__.__base__.__subclasses__()")]),
    "a result is a bomb of powers": _table([("", "9**9**9")]),
    "a test is a bomb of powers": _table([("9**9**9", "1")]),
    "a result is a long list": _table([("", "list(range(9999999999))")]),
    "an input sleeps": _table([("", "1")], read='__import__("time").sleep(60)'),
    "a result exits": _table([("", '__import__("os")._exit(3)')]),
    "a test is too deep": _table([("(" * 3000 + "1" + ")" * 3000, "1")]),
    "a test is python": _table([("lambda x: x > 1", "1")]),
    "a result is no expression": _table([("", "1 +")]),
    "a test is no expression": _table([("> >", "1")]),
}
_OURS: Final = {
    "a bomb in a test": _table([(f"{_BOMB} > 1", "1")]),
    "a bomb in a result": _table([("", _BOMB)]),
    "a bomb in an input": _table([("", "1")], read=_BOMB),
    "a bomb in every rule": _table([("", _BOMB)] * 200, policy="COLLECT"),
    "a pattern in a test": _table([('matches("' + "a" * 40 + 'b", "^(a+)+$")', "1")]),
    "a literal bomb": _file(_literal(_BOMB)),
    "decisions that require each other": _file(
        _literal("1", extra=_need("u")), _literal("1", extra=_need("t"), key="u")
    ),
    "a decision that requires itself": _file(_literal("1", extra=_need("t"))),
    "a decision that requires nothing known": _file(_literal("1", extra=_need("nowhere"))),
    "a decision on another host": _file(
        _literal("1", extra=_need("t").replace("#t", "http://example.invalid/x.dmn#t"))
    ),
    "requirements that double": _doubling(40),
    "a chain of two thousand decisions": _file(
        *(_literal("1", key=f"d{n}", extra=_need(f"d{n + 1}")) for n in range(2000)), _literal("1", key="d2000")
    ),
    "a chain of two thousand from the top": _file(
        _literal("1", extra=_need("d0")),
        *(_literal("1", key=f"d{n}", extra=_need(f"d{n + 1}")) for n in range(2000)),
        _literal("1", key="d2000"),
    ),
    "a file without a decision": _file(),
    "a decision without logic": _file('<decision id="t" name="t"/>'),
    "two decisions with one id": _file(_literal("1"), _literal("2")),
    "an unknown hit policy": _table([("", "1")], policy="LAST"),
    "a row with a cell too few": _table([("", "1")])
    .replace(b"<outputEntry", b"<none")
    .replace(b"</outputEntry", b"</none"),
}
# Read, but as something else: the answer that the standard asks for is not the answer given.
_DIFFERENT: Final = {
    "unique with two matches": _table([("> 1", "1"), ("> 2", "2")], policy="UNIQUE"),
    "any with two answers": _table([("> 1", "1"), ("> 2", "2")], policy="ANY"),
    "rule order": _table([("> 1", "1"), ("> 2", "2")], policy="RULE ORDER"),
    "output order without an order": _table([("> 1", "1"), ("> 2", "2")], policy="OUTPUT ORDER"),
}
_DOCTYPE: Final = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
_XML: Final = {
    "doctype": _DOCTYPE + _table([("", "1")]),
    "not xml": b"amount,result\n1,2\n",
    "empty": b"",
    "another root": b"<html/>",
    "three megabytes": _table([("", "1")] * 20_000),
    "deep": _HEAD.encode() + b"<decision>" * 5000 + b"</decision>" * 5000 + b"</definitions>",
    "ten thousand rules": _table([("", "1")] * 10_000),
    "utf-16": _table([("", "1")]).decode().encode("utf-16"),
}

ATTACKS: Final = [
    *(Attack("table", name, source, source) for name, source in _CELLS.items()),
    *(Attack("table", name, source) for name, source in _OURS.items()),
    *(Attack("table", name, source, source) for name, source in _DIFFERENT.items()),
    *(Attack("table", f"file: {name}", source, source) for name, source in _XML.items()),
]
