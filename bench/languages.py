"""FEEL, decision tables and diagrams: one condition beside stock `eval`, one table, one large file."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import _BpmnCondition

from bench.runners import NOW
from bench.timing import Row, cpu_milliseconds, faster, median_call, median_calls, median_of, within
from engine.bpmn.specs import FeelCondition
from engine.catalogue import Catalogue
from engine.dmn import parse_decision
from engine.process import Engine
from engine.runtime.script import FeelScriptEngine
from engine.runtime.variables import Variables
from tests.engine.diagrams import chain, end, exclusive, flow, process, start, user

_FACTS = {
    "amount": Decimal("50000.00"),
    "invoice_type": "digital_special",
    "grade": "B",
    "overdue": 0,
    "decisions": ["approve"] * 5,
    "chain": {"position": 2, "key": "full"},
}
# The same condition in FEEL and in Python.
_CONDITIONS = (
    ("amount >= 10000", "amount >= 10000"),
    ('amount >= 10000 and grade = "B"', 'amount >= 10000 and grade == "B"'),
    ('not(list contains(decisions, "reject"))', 'not "reject" in decisions'),
    ("chain.position < 3 and chain.key != null", 'chain["position"] < 3 and chain["key"] is not None'),
    (
        '(invoice_type = "paper" or invoice_type = "digital_special") and amount < 100000'
        ' and not(grade in ("C", "D")) and overdue = 0',
        '(invoice_type == "paper" or invoice_type == "digital_special") and amount < 100000'
        ' and not (grade in ("C", "D")) and overdue == 0',
    ),
)


def measure() -> list[Row]:
    return [_condition(), _table(), *_large_diagram()]


def _condition() -> Row:
    """What a gateway does with a condition, five conditions in a row."""
    ours = _task(FeelScriptEngine(Catalogue(), {}, context=None, now=NOW), Variables(_FACTS))
    stock = _task(PythonScriptEngine(), _FACTS)
    feel = [FeelCondition(text) for text, _ in _CONDITIONS]
    python = [_BpmnCondition(text) for _, text in _CONDITIONS]
    assert all(_all(feel, ours) + _all(python, stock))
    spent, stock_spent = median_calls(lambda: _all(feel, ours), lambda: _all(python, stock))
    return faster("a condition at a gateway, five of them", spent, "stock `eval`", stock_spent, at_least=10)


def _task(script_engine: Any, data: Any) -> Any:
    """As much of a task as a condition reads."""
    return SimpleNamespace(data=data, workflow=SimpleNamespace(script_engine=script_engine, data_objects={}))


def _all(conditions: list[Any], task: Any) -> list[bool]:
    return [condition._matches(task) for condition in conditions]  # noqa: SLF001 - what SpiffWorkflow calls


def _table() -> Row:
    """20 rules over three inputs, the last of which matches."""
    columns = (("amount", "number"), ("grade", "string"), ("kind", "string"))
    inputs = "".join(
        f'<input id="i_{name}"><inputExpression id="e_{name}" typeRef="{kind}"><text>{name}</text></inputExpression>'
        "</input>"
        for name, kind in columns
    )
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="a{n}"><text>[{n * 1000}..{n * 1000 + 999}]</text></inputEntry>'
        f'<inputEntry id="b{n}"><text>"A","B","C"</text></inputEntry>'
        f'<inputEntry id="c{n}"><text>not("x")</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>"rule {n}"</text></outputEntry></rule>'
        for n in range(20)
    )
    source = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">'
        f'<decision id="pick" name="Pick"><decisionTable id="t">{inputs}<output id="o" name="pick" typeRef="string"/>'
        f"{rules}</decisionTable></decision></definitions>"
    )
    decision = parse_decision(source.encode(), "pick")
    data = {"amount": Decimal("19500"), "grade": "C", "kind": "y"}
    assert decision.evaluate(data).result == "rule 19"
    spent = median_call(lambda: decision.evaluate(data, now=NOW))
    return within("a decision table of 20 rules by 3 inputs", spent, at_most=0.1, unit="ms")


def _large_diagram() -> list[Row]:
    source = _of_200_nodes()
    parsed = median_of([cpu_milliseconds(lambda: Engine(Catalogue()).load(source, {})) for _ in range(7)])
    engine = Engine(Catalogue())
    engine.load(source, {})
    again = median_call(lambda: engine.load(source, {}))
    return [
        within("a diagram of 200 nodes, checked and parsed", parsed, at_most=100, unit="ms"),
        within("the same diagram asked for again", again, at_most=1, unit="ms"),
    ]


def _of_200_nodes() -> bytes:
    """66 times a question, a choice and a merge."""
    body, last = start(), "start"
    for n in range(66):
        body += user(f"u{n}") + exclusive(f"g{n}", f"g{n}_to_m{n}") + exclusive(f"m{n}")
        body += chain(last, f"u{n}", f"g{n}", f"m{n}") + flow(f"g{n}", f"u{n}", 'answer = "again"')
        last = f"m{n}"
    return process(body + end() + flow(last, "end"))
