"""Services that fail, and small diagrams around them."""

from typing import Any

from engine.process import Outcome
from tests.engine.diagrams import chain, end, process, service, start, user

ENDLESS = "for i in 1..answer, j in 1..answer return i"  # too much work for a large answer
CALL = process(
    start() + user("ask") + service("call", "act", result="got") + end() + chain("start", "ask", "call", "end")
)


class Closed(Exception):
    """A refusal of the business, as the floors above have them."""

    code, message, fields = "bank.closed", "The bank is closed until {day}.", {"day": "Monday"}


class Bank:
    """A service that fails until it is `open`; counts its calls."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or ZeroDivisionError("secret")
        self.calls = 0
        self.open = False

    def __call__(self, _context: Any, **_given: Any) -> dict[str, Any]:
        self.calls += 1
        if not self.open:
            raise self.error
        return {"paid": True}


def kinds(outcome: Outcome, event: str) -> list[str]:
    return [step.element_id for step in outcome.steps if step.event == event and step.kind != "sequenceFlow"]


def forked(*branches: str) -> str:
    """A fork into `branches` and a join behind them."""
    ways = "".join(chain("fork", branch, "join") for branch in branches)
    return f'<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>{ways}'
