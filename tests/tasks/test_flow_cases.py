"""Test cases that are stored with a flow."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from models.errors import Invalid
from tasks import processes, replays
from tests.support.flows import ONE_MORE_STEP, changed

STEP = {"key": "lead", "title": "Lead", "signers": [{"user": 10}], "due_hours": 24}
CHAIN = {"key": "simple", "version_id": 1, "position": 0, "steps": [STEP], "outcome": "next", "back_to": None}
START = {"request_id": 7, "requester_id": 3, "amount": 5000, "invoice_type": "digital_special", "customer_grade": "A"}
APPROVED = {"element": "approve", "fields": {"decision": "approve"}}
REJECTED = {"element": "approve", "fields": {"decision": "reject"}}


@pytest.fixture(autouse=True)
def _services() -> None:
    from tasks.service_tasks import register_all

    register_all()


def case(*answers: Mapping[str, Any], name: str = "a case", **expect: Any) -> dict[str, Any]:
    services = {"chain.resolve": CHAIN, "invoice.issue": {"id": 1}}
    return {"name": name, "data": START, "answers": answers, "services": services, "expect": expect}


def run(*cases: Any, edits: Mapping[str, str] | None = None) -> list[replays.CaseResult]:
    _, tables = processes.shipped_flow()
    decisions = {name: table.decode() for name, table in tables.items()}
    return replays.run_cases(changed(edits or {}).decode(), decisions, json.dumps(cases))


def difference(found: Mapping[str, Any], edits: Mapping[str, str] | None = None) -> str:
    (result,) = run(found, edits=edits)
    return str(result.difference or "")


def faults(*cases: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(Invalid) as refusal:
        run(*cases)
    return [(problem.field, str(problem)) for problem in refusal.value.problems]


def test_every_case_of_the_shipped_flow_passes() -> None:
    bpmn, tables = processes.shipped_flow()
    decisions = {name: table.decode() for name, table in tables.items()}
    results = replays.run_cases(bpmn.decode(), decisions, replays.shipped_cases("invoice_request"))
    assert [(result.name, str(result.difference)) for result in results if not result.passed] == []
    assert len(results) >= 8
    assert all(result.name_zh for result in results)


def test_they_notice_another_decision() -> None:
    bpmn, tables = processes.shipped_flow()
    decisions = {name: table.decode().replace('"simple"', '"standard"') for name, table in tables.items()}
    results = replays.run_cases(bpmn.decode(), decisions, replays.shipped_cases("invoice_request"))
    assert 'Expected the variable “chain_key” to be "simple", got "standard".' in [str(r.difference) for r in results]


def test_a_flow_of_ones_own_has_no_cases_yet() -> None:
    assert replays.shipped_cases("my_own") == "[]"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (case(APPROVED, path=["approve", "mark_approved"]), ""),
        (case(APPROVED, path=["mark_rejected"]), "Expected “mark_rejected”, which was never reached."),
        (
            case(REJECTED, path=["decided", "mark_approved"]),
            "Expected “mark_approved” after “decided”, got “mark_rejected”.",
        ),
        (
            case(REJECTED, path=["end_rejected", "approve"]),
            "Expected “approve” after “end_rejected”, but nothing came after it.",
        ),
        (case(REJECTED, end="end_rejected"), ""),
        (case(REJECTED, end="end_issued"), "Expected the end “end_issued”, got “end_rejected”."),
        (case(APPROVED, end="end_issued"), "Expected the end “end_issued”, but the flow waits at “issue”."),
        (case(REJECTED, REJECTED), "Nobody was asked at “approve”, for which the case has an answer."),
        (case(REJECTED, data={"chain_key": "simple", "amount": 5000}), ""),
        (case(REJECTED, data={"amount": 1}), "Expected the variable “amount” to be 1, got 5000."),
        (case(REJECTED, data={"nothing": 1}), "Expected the variable “nothing” to be 1, got null."),
        (case(APPROVED, asks=["approve", {"element": "issue", "role": "finance", "people": []}]), ""),
        (case(APPROVED, asks=[{"element": "approve", "title": "Lead", "people": [10]}, "issue"]), ""),
        (case(APPROVED, asks=["revise", "issue"]), "Expected “revise” to be asked as number 1, got “approve”."),
        (
            case(APPROVED, asks=["approve"]),
            "“issue” was asked as number 2, which was not expected.",
        ),
        (
            case(REJECTED, asks=["approve", "issue"]),
            "Expected “issue” to be asked as number 2, but nobody was asked any more.",
        ),
        (
            case(REJECTED, asks=[{"element": "approve", "people": [11, 12]}]),
            "“approve”, asked as number 1: expected 11/12, got 10.",
        ),
        (
            case(REJECTED, asks=[{"element": "approve", "role": "finance"}]),
            "“approve”, asked as number 1: expected “finance”, got “”.",
        ),
    ],
)  # fmt: skip
def test_the_first_difference_is_told_in_a_sentence(found: Mapping[str, Any], says: str) -> None:
    assert difference(found) == says


def test_a_step_that_stops_says_why() -> None:
    nonsense = {'name="due_hours" value="=16"': 'name="due_hours" value="=&quot;soon&quot;"'}
    assert difference(case(APPROVED), nonsense).startswith("“issue” stopped: ")


def test_a_case_whose_service_has_no_result_says_what_is_not_known() -> None:
    found = case() | {"services": {}}
    assert difference(found) == "“any_step_left” stopped: What comes here is not known yet."


def test_a_step_more_is_noticed_by_a_case_that_names_everybody_who_is_asked() -> None:
    found = difference(case(APPROVED, asks=["approve", "issue"]), ONE_MORE_STEP)
    assert found == "Expected “issue” to be asked as number 2, got “look”."


def test_a_service_with_a_list_answers_in_turn_and_the_last_again_and_again() -> None:
    two = [CHAIN, {**CHAIN, "steps": [{**STEP, "title": "Another"}]}]
    facts = {"amount": 1, "invoice_type": "digital_special", "customer_grade": "A"}
    back, again = {"element": "approve", "fields": {"decision": "return"}}, {"element": "revise"}
    asks = [{"element": "approve", "title": title} for title in ("Lead", "Another", "Another")]
    found = case(back, again, back, again, asks=[asks[0], "revise", asks[1], "revise", asks[2]])
    assert difference(found | {"services": {"chain.resolve": two, "request.resubmitted": facts}}) == ""


@pytest.mark.parametrize(("after", "escalates"), [("P5D", True), ("P4DT23H", False)])
def test_time_passes_before_an_answer_that_comes_later(after: str, escalates: bool) -> None:
    found = case({**APPROVED, "after": after}, path=["waiting_long", "escalate"])
    assert (difference(found) == "") is escalates


@pytest.mark.parametrize(
    ("text", "code"), [("{", "cases.json"), ("{}", "cases.list"), (json.dumps([{}] * 501), "cases.list")]
)
def test_a_text_that_is_no_list_of_cases_is_refused(text: str, code: str) -> None:
    bpmn, tables = processes.shipped_flow()
    with pytest.raises(Invalid) as refusal:
        replays.run_cases(bpmn.decode(), {name: table.decode() for name, table in tables.items()}, text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"data": 1}, "cases.1.data", "Case “odd”: data must be an object."),
        ({"data": None, "name": 7}, "cases.1.name", "Case “2”: name must be a text."),
        ({"answer": []}, "cases.1.answer", "Case “odd”: nobody knows the field answer."),
        ({"answers": {}}, "cases.1.answers", "Case “odd”: answers must be a list."),
        ({"answers": [{}]}, "cases.1.answers.0.element", "Case “odd”: the field answers.0.element is missing."),
        ({"answers": [7]}, "cases.1.answers.0", "Case “odd”: answers.0 must be an object."),
        (
            {"answers": [{"element": "signoff"}]},
            "cases.1.answers.0.element",
            "Case “odd”: answers.0.element is “signoff”, which is no element of the diagram.",
        ),
        (
            {"answers": [{"element": "approve", "fields": {"verdict": 1}}]},
            "cases.1.answers.0.fields.verdict",
            "Case “odd”: “approve” does not ask for answers.0.fields.verdict.",
        ),
        (
            {"answers": [{"element": "approve", "after": "5 days"}]},
            "cases.1.answers.0.after",
            "Case “odd”: answers.0.after must be a duration as ISO 8601 has it, like P5D or PT2H.",
        ),
        ({"services": {"mail": {}}}, "cases.1.services.mail", "Case “odd”: there is no service services.mail."),
        ({"expect": {"path": [["approve"]]}}, "cases.1.expect.path.0",
         "Case “odd”: expect.path.0 is “['approve']”, which is no element of the diagram."),
        (
            {"expect": {"end": "finish"}},
            "cases.1.expect.end",
            "Case “odd”: expect.end is “finish”, which is no element of the diagram.",
        ),
        (
            {"expect": {"asks": [{"element": "approve", "people": [None]}]}},
            "cases.1.expect.asks.0.people",
            "Case “odd”: expect.asks.0.people must be ids of users or mail addresses.",
        ),
        ({"expect": {"asks": [{}]}}, "cases.1.expect.asks.0.element",
         "Case “odd”: the field expect.asks.0.element is missing."),
    ],
)  # fmt: skip
def test_a_fault_names_its_case_and_field(changes: Mapping[str, Any], field: str, says: str) -> None:
    assert (field, says) in faults(case(), case(name="odd") | dict(changes))


def test_every_fault_is_found_at_once() -> None:
    assert [field for field, _says in faults({"name": "one"}, 7)] == [
        "cases.0.data",
        "cases.0.expect",
        "cases.1",
    ]


def test_a_diagram_with_faults_is_refused() -> None:
    with pytest.raises(Invalid):
        run(case(), edits={'targetRef="end_rejected"': 'targetRef="nowhere"'})
