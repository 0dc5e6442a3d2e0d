"""The engine alone: conditions, decisions and steps of the shipped flow, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bench.timing import Row, compared, cpu_milliseconds, median_of, within
from engine.catalogue import Catalogue, ServiceTask
from engine.feel import compile_expression
from engine.process import Engine
from tasks.processes import shipped_flow
from tasks.service_tasks import SERVICE_TASKS

_NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
_FACTS = {"amount": Decimal("50000.00"), "invoice_type": "digital_special", "customer_grade": "B"}
_STEP = {
    "title": "Approval",
    "title_zh": "审批",
    "signers": [{"user": 2, "for": None, "weight": 1, "veto": False}],
    "due_hours": 16,
}


def measure() -> list[Row]:
    return [_condition(), *_flow()]


def _condition() -> Row:
    text, facts = 'amount >= 10000 and customer_grade = "B"', dict(_FACTS)
    compiled = compile_expression(text)
    native = eval("lambda facts: facts['amount'] >= 10000 and facts['customer_grade'] == 'B'")

    def thousand(run: Any) -> float:
        return median_of([cpu_milliseconds(lambda: [run() for _ in range(1000)]) for _ in range(9)])

    return compared(
        "1,000 FEEL conditions",
        thousand(lambda: compiled.evaluate(facts)),
        "the same as a Python lambda",
        thousand(lambda: native(facts)),
    )


def _flow() -> list[Row]:
    engine = Engine(Catalogue(*(ServiceTask(t.name, _answers(t.name), t.params) for t in SERVICE_TASKS)))
    bpmn, decisions = shipped_flow()
    definition = engine.load(bpmn, decisions)
    data = {"request_id": 1, "requester_id": 1, **_FACTS}
    starts, first, last, largest = [], [], [], 0
    for _ in range(30):
        outcome = engine.start(definition, data, context=None, now=_NOW)
        starts.append(cpu_milliseconds(lambda: engine.start(definition, data, context=None, now=_NOW)))
        for round_number in range(20):
            task = outcome.open_tasks[0]
            answer = {"decision": "approve" if task.element_id == "approve" else "return", "comment": ""}
            answer = {name: value for name, value in answer.items() if name in task.fields}
            spent = []

            def step(state: str = outcome.state, task_id: str = task.id, given: dict[str, str] = answer) -> None:
                nonlocal outcome
                outcome = engine.complete(definition, state, task_id, given, context=None, now=_NOW)

            spent.append(cpu_milliseconds(step))
            largest = max(largest, len(outcome.state.encode()))
            (first if round_number < 3 else last if round_number > 16 else []).extend(spent)
    return [
        compared("start of the shipped flow", median_of(starts), "one answered task", median_of(first)),
        compared("an answered task, rounds 18 to 20", median_of(last), "rounds 1 to 3", median_of(first)),
        within("start of the shipped flow", median_of(starts), at_most=1, unit="ms"),
        within("state of the shipped flow, the largest", largest, at_most=8192, unit="bytes"),
    ]


def _answers(name: str) -> Any:
    results = {
        "chain.resolve": {"key": "x", "position": 0, "steps": [_STEP] * 3, "outcome": "next"},
        "request.resubmitted": _FACTS,
        "invoice.issue": {"id": 1},
    }
    if name == "chain.advance":
        return lambda _context, chain, decision, **_: (
            chain | ({"position": chain["position"] + 1} if decision == "approve" else {"outcome": "returned"})
        )
    return lambda _context, **_: results.get(name)
