"""Every path of the shipped invoice request flow, run on the engine alone with a catalogue that records."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.process import Engine, Outcome
from tests.flows.recorder import Recorder
from workflows import BPMN_DIR, DMN_DIR

BPMN = (BPMN_DIR / "invoice_request.bpmn").read_bytes()
DECISIONS = {"approval_chain": (DMN_DIR / "approval_chain.dmn").read_bytes()}
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
ISSUED = {"decision": "issue", "channel": "manual", "number": "26112000000000000001", "issued_on": date(2026, 3, 4)}
REQUEST = {
    "request_id": 7,
    "requester_id": 3,
    "amount": Decimal("50000.00"),
    "invoice_type": "digital_special",
    "customer_grade": "B",
}


class Case:
    """One request on its way. Each answer starts from the stored state alone."""

    def __init__(self, *, steps: int = 2, together: int = 0, **facts: Any) -> None:
        self.recorder = Recorder(steps, together)
        self._engine = Engine(self.recorder.catalogue)
        self._definition = self._engine.load(BPMN, DECISIONS)
        self.now = MONDAY
        self.outcome = self._engine.start(self._definition, {**REQUEST, **facts}, context="alice", now=self.now)

    @property
    def waiting_for(self) -> str:
        (task,) = self.outcome.open_tasks
        return task.element_id

    def answer(self, element_id: str, **answer: Any) -> Outcome:
        (task,) = self.outcome.open_tasks
        assert task.element_id == element_id
        self.outcome = self._engine.complete(
            self._definition, self.outcome.state, task.id, answer, context="bob", now=self.now
        )
        return self.outcome

    def answer_one(self, title: str, **answer: Any) -> Outcome:
        """Answer one of the tasks that are asked at the same time."""
        (task,) = [task for task in self.outcome.open_tasks if task.title == title]
        self.outcome = self._engine.complete(
            self._definition, self.outcome.state, task.id, answer, context="bob", now=self.now
        )
        return self.outcome

    def wait(self, **time: float) -> Outcome:
        self.now += timedelta(**time)
        self.outcome = self._engine.wake(self._definition, self.outcome.state, context="clock", now=self.now)
        return self.outcome


def _path(outcome: Outcome) -> list[str]:
    return [step.element_id for step in outcome.steps if step.kind != "sequenceFlow" and step.event == "completed"]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_request_is_approved_step_by_step_issued_and_registered(steps: int) -> None:
    case = Case(steps=steps)
    for number in range(1, steps + 1):
        (task,) = case.outcome.open_tasks
        assert (task.title, task.title_zh) == (f"Approval {number}", f"第{number}级审批")
        assert task.candidates == [10 * number, 10 * number + 1]
        assert task.properties["due_hours"] == 24 * number
        assert task.form_key == "approval"
        case.answer("approve", decision="approve")
    (task,) = case.outcome.open_tasks
    assert (task.form_key, task.properties["role"], task.properties["due_hours"]) == ("issuing", "finance", 16)
    done = case.answer("issue", **ISSUED)
    assert done.is_complete
    assert case.recorder.names == [
        "chain.resolve",
        *["chain.advance"] * steps,
        "request.mark_approved",
        "invoice.issue",
        "register.append",
        "request.notify_issued",
    ]
    assert case.recorder.parameters("invoice.issue") == [
        {
            "request_id": 7,
            "channel": "manual",
            "number": "26112000000000000001",
            "code": None,
            "issued_on": date(2026, 3, 4),
        }
    ]
    assert case.recorder.parameters("register.append") == [{"invoice_id": 501}]


def test_no_step_in_the_chain_goes_straight_to_finance() -> None:
    case = Case(steps=0)
    assert case.waiting_for == "issue"


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"amount": Decimal("9999.99"), "customer_grade": "A"}, "simple"),
        ({"amount": Decimal(10000), "customer_grade": "A"}, "standard"),
        ({"amount": Decimal(100000), "customer_grade": "B"}, "standard"),
        ({"amount": Decimal("100000.01"), "customer_grade": "A"}, "extended"),
        ({"amount": Decimal(1), "customer_grade": "C"}, "extended"),
    ],
)
def test_amount_and_grade_choose_the_chain(facts: Mapping[str, Any], key: str) -> None:
    case = Case(**facts)
    assert case.recorder.parameters("chain.resolve") == [{"request_id": 7, "chain_key": key}]
    (explained,) = [step.detail for step in case.outcome.steps if step.element_id == "pick_chain"]
    assert explained is not None
    assert explained["result"] == key
    assert {"label": "Customer grade", "value": facts["customer_grade"]} in explained["inputs"]
    assert json.loads(json.dumps(explained)) == explained
    assert explained["matched"][0]["outputs"] == {"chain_key": key}


def test_a_rejection_ends_the_request() -> None:
    case = Case()
    done = case.answer("approve", decision="reject", comment="no contract")
    assert done.is_complete
    assert case.recorder.parameters("request.mark_rejected") == [{"request_id": 7, "comment": "no contract"}]
    assert _path(done) == ["approve", "advance", "decided", "mark_rejected", "end_rejected"]


def test_a_returned_request_comes_back_and_its_chain_is_picked_again() -> None:
    case = Case()
    case.answer("approve", decision="approve")
    case.answer("approve", decision="return", comment="wrong header")
    (task,) = case.outcome.open_tasks
    assert (task.element_id, task.form_key, task.candidates) == ("revise", "revision", [3])
    case.recorder.facts["amount"] = Decimal("200000.00")
    case.answer("revise", comment="done")
    assert case.outcome.open_tasks[0].title == "Approval 1"
    assert case.recorder.parameters("chain.resolve")[-1]["chain_key"] == "extended"
    assert case.outcome.data["amount"] == Decimal("200000.00")


def test_a_step_returns_to_an_earlier_one_without_the_applicant() -> None:
    case = Case()
    case.answer("approve", decision="approve")
    back = case.answer("approve", decision="return", return_to=0, resume="onward", comment="look again")
    assert [task.title for task in back.open_tasks] == ["Approval 1"]
    assert case.recorder.names.count("request.mark_returned") == 0
    assert case.recorder.parameters("chain.advance")[-1]["resume"] == "onward"


def test_steps_of_the_same_time_are_open_together_and_join_when_all_have_approved() -> None:
    case = Case(steps=3, together=2)
    assert [(task.title, task.element_id) for task in case.outcome.open_tasks] == [
        ("Approval 1", "approve_together"),
        ("Approval 2", "approve_together"),
    ]
    case.answer_one("Approval 2", decision="approve")
    assert [task.candidates for task in case.outcome.open_tasks] == [[10, 11]]
    case.answer_one("Approval 1", decision="approve")
    assert [(task.title, task.element_id) for task in case.outcome.open_tasks] == [("Approval 3", "approve")]
    assert case.recorder.names.count("chain.advance_stage") == 1


@pytest.mark.parametrize(("decision", "then"), [("return", ["revise"]), ("reject", [])])
def test_one_of_them_that_decides_otherwise_closes_the_others(decision: str, then: list[str]) -> None:
    case = Case(steps=3, together=3)
    case.answer_one("Approval 3", decision="approve", comment="fine")
    case.answer_one("Approval 1", decision=decision, comment="no")
    assert [task.element_id for task in case.outcome.open_tasks] == then
    told = [given["comment"] for name, given in case.recorder.calls if name.startswith("request.mark")]
    assert told == ["no"]
    assert case.outcome.timers == ()


def test_five_days_of_waiting_in_parallel_steps_escalate_once() -> None:
    case = Case(steps=2, together=2)
    case.wait(days=5)
    case.wait(days=30)
    assert case.recorder.names.count("request.escalate") == 1
    assert len(case.outcome.open_tasks) == 2


def test_a_task_carries_its_step() -> None:
    (task,) = Case().outcome.open_tasks
    assert task.properties["step"]["signers"] == [{"user": 10}, {"user": 11}]


def test_finance_can_return_an_approved_request() -> None:
    case = Case(steps=1)
    case.answer("approve", decision="approve")
    case.answer("issue", decision="return", comment="header unknown to the tax office")
    assert case.waiting_for == "revise"
    case.answer("revise")
    case.answer("approve", decision="approve")
    assert case.answer("issue", **ISSUED).is_complete
    assert case.recorder.names.count("request.mark_returned") == 1


def test_sixty_returns_leave_the_state_small_and_the_flow_right() -> None:
    case = Case()
    sizes = []
    for _ in range(60):
        case.answer("approve", decision="return", comment="again")
        case.answer("revise", comment="and again")
        sizes.append(len(case.outcome.state))
    assert sizes[-1] <= sizes[0] + 50
    for _ in range(2):
        case.answer("approve", decision="approve")
    assert case.answer("issue", **ISSUED).is_complete
    assert case.recorder.names.count("chain.resolve") == 61


def test_five_days_of_waiting_escalate_and_leave_the_task_open() -> None:
    case = Case()
    (timer,) = case.outcome.timers
    assert (timer.element_id, timer.due_at) == ("waiting_long", MONDAY + timedelta(days=5))
    before = case.outcome.open_tasks
    assert _path(case.wait(days=4, hours=23)) == []
    woken = case.wait(hours=1)
    assert _path(woken) == ["waiting_long", "escalate", "end_escalated"]
    assert woken.open_tasks == before
    assert woken.timers == ()
    assert _path(case.wait(days=30)) == []
    assert case.recorder.names.count("request.escalate") == 1


def test_a_request_goes_on_to_its_end_after_it_was_escalated_and_returned() -> None:
    case = Case(steps=1)
    for _ in range(100):
        case.wait(days=6)
        case.answer("approve", decision="return", comment="late")
        case.answer("revise")
    case.answer("approve", decision="approve")
    done = case.answer("issue", **ISSUED)
    assert done.is_complete
    assert case.recorder.names.count("request.escalate") == 100
    assert len(done.state) < 10_000


def test_an_answered_task_cancels_its_timer() -> None:
    case = Case(steps=1)
    done = case.answer("approve", decision="approve")
    assert done.timers == ()
    assert [step.element_id for step in done.steps if step.event == "cancelled"] == ["waiting_long"]


def test_the_flows_taken_are_told_in_order() -> None:
    case = Case(steps=1)
    flows = [step.element_id for step in case.outcome.steps if step.kind == "sequenceFlow"]
    assert flows == ["to_pick", "to_resolve", "to_steps", "step_left"]
    case.wait(days=6)
    flows = [step.element_id for step in case.outcome.steps if step.kind == "sequenceFlow"]
    assert flows == ["was_waiting", "to_escalated"]
    case.answer("approve", decision="approve")
    flows = [step.element_id for step in case.outcome.steps if step.kind == "sequenceFlow"]
    assert flows == ["to_advance", "to_decided", "next_step", "all_approved", "to_issue"]


def test_the_callers_context_reaches_every_service_untouched() -> None:
    case = Case(steps=1)
    case.answer("approve", decision="approve")
    assert case.recorder.contexts == ["alice", "bob", "bob"]


def test_the_comment_of_an_earlier_round_is_not_read_again() -> None:
    case = Case()
    case.answer("approve", decision="return", comment="first")
    case.answer("revise")
    case.answer("approve", decision="return")
    assert case.recorder.parameters("request.mark_returned")[-1]["comment"] is None
