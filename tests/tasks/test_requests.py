"""Requests: numbers without gaps, ways back and forth, what the document says, and a preview that keeps its word."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from models.access import Actor
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.requests import Approval, InvoiceRequest
from tasks import accounts, chains, inbox, requests
from tasks.accounts import CompanyDraft
from tasks.chains import ChainDraft
from tasks.files import FileStore
from tasks.requests import LineDraft, RequestFilter
from tests.support.requests import approve_all, decide, make_customer, make_draft, make_request

People = dict[str, Actor]


def _sequence(number: str | None) -> int:
    assert number is not None
    return int(number.rpartition("-")[2])


def test_numbers_have_no_gap_and_no_twin_when_eight_threads_submit_at_once(app: Flask, people: People) -> None:
    alice = people["alice"]
    with app.app_context():
        draft = make_draft(make_customer(alice))

    def submit(turn: int) -> str | None:
        with app.app_context():
            own = replace(draft, lines=[LineDraft(name="Item", amount=Decimal(turn + 1), rate="0.06")])
            return requests.submit_draft(alice, own).number

    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(submit, range(24)))
    assert sorted(map(_sequence, numbers)) == list(range(1, 25))


def test_a_draft_takes_no_number_and_a_refused_submit_leaves_no_gap(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    assert requests.create_draft(alice, make_draft(customer)).number is None
    with pytest.raises(Invalid):
        requests.submit_draft(alice, make_draft(customer, reason=""))
    first = requests.submit_draft(alice, make_draft(customer))
    assert _sequence(first.number) == 1


def test_a_refused_submit_keeps_nothing_of_the_request(session: None, people: People) -> None:
    customer = make_customer(people["alice"])
    with pytest.raises(Invalid) as refused:
        requests.submit_draft(people["alice"], make_draft(customer, reason="", lines=[]))
    assert {problem.field for problem in refused.value.problems} == {"lines", "reason"}
    assert requests.list_requests(people["alice"], RequestFilter()).requests == []


def _withdraw_until(people: People, until: str) -> None:
    accounts.edit_company(people["ada"], CompanyDraft(name="Acme", withdraw_until=until))


def test_a_company_decides_whether_an_approved_request_may_still_be_withdrawn(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    put = {until: make_request(alice, customer, amount="50000.00") for until in ("end", "first_approval")}
    for until, request_id in put.items():
        _withdraw_until(people, until)
        decide(people["bob"], request_id, "approve")
        assert requests.read_document(alice, request_id).is_approved_by_one
    with pytest.raises(Conflict) as refused:
        requests.withdraw_request(alice, request_id=put["first_approval"])
    assert (refused.value.code, refused.value.fields["person"]) == ("request.approved_by_one", "Bob")
    _withdraw_until(people, "end")
    assert requests.withdraw_request(alice, request_id=put["end"]).approval is Approval.WITHDRAWN


def test_what_was_returned_may_be_withdrawn_and_so_may_the_next_round(session: None, people: People) -> None:
    alice = people["alice"]
    _withdraw_until(people, "first_approval")
    request_id = make_request(alice, make_customer(alice), amount="50000.00")
    decide(people["bob"], request_id, "approve")
    decide(people["fiona"], request_id, "return", "Which contract?")
    requests.submit_request(alice, request_id=request_id)
    assert not requests.read_document(alice, request_id).is_approved_by_one
    assert requests.withdraw_request(alice, request_id=request_id).approval is Approval.WITHDRAWN


def test_a_company_withdraws_in_no_other_way(session: None, people: People) -> None:
    with pytest.raises(Invalid) as refused:
        _withdraw_until(people, "never")
    assert refused.value.field == "withdraw_until"


def test_a_withdrawn_request_leaves_the_inbox_and_keeps_its_number(session: None, people: People) -> None:
    alice = people["alice"]
    request_id = make_request(alice, make_customer(alice))
    number = requests.get_request(alice, request_id).number
    requests.withdraw_request(alice, request_id=request_id)
    assert inbox.list_tasks(people["bob"]).rows == []
    again = requests.submit_request(alice, request_id=request_id)
    assert (again.number, again.approval) == (number, Approval.IN_APPROVAL)
    assert len(inbox.list_tasks(people["bob"]).rows) == 1


def test_a_returned_request_goes_on_with_its_number_after_it_was_changed(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    request_id = make_request(alice, customer)
    number = requests.get_request(alice, request_id).number
    decide(people["bob"], request_id, "return", "Which contract?")
    sent = requests.submit_draft(alice, make_draft(customer, contract_number="HT-7"), request_id=request_id)
    assert (sent.number, sent.contract_number) == (number, "HT-7")
    approve_all(people, request_id)
    assert requests.get_request(alice, request_id).stage == "to_issue"
    actions = [action.action for action in requests.read_document(alice, request_id).timeline]
    assert actions == ["submit", "return", "resubmit", "approve", "approve"]


def test_a_request_that_is_under_way_cannot_be_changed_or_sent_again(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    request_id = make_request(alice, customer)
    with pytest.raises(Conflict, match="in approval"):
        requests.update_draft(alice, make_draft(customer), request_id=request_id)
    with pytest.raises(Conflict):
        requests.submit_request(alice, request_id=request_id)
    approve_all(people, request_id)
    with pytest.raises(Conflict, match="no longer in approval"):
        requests.withdraw_request(alice, request_id=request_id)


def test_only_the_applicant_changes_a_request_and_strangers_do_not_see_it(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    request_id = make_request(alice, customer)
    draft_id = requests.create_draft(alice, make_draft(customer)).id
    assert requests.get_request(people["bob"], request_id).id == request_id
    with pytest.raises(NotFound):
        requests.get_request(people["bob"], draft_id)
    for act in (requests.withdraw_request, requests.discard_request, requests.submit_request):
        with pytest.raises(NotAllowed):
            act(people["ada"], request_id=request_id)


def test_another_company_finds_neither_the_request_nor_its_document(session: None, people: People) -> None:
    request_id = make_request(people["alice"], make_customer(people["alice"]))
    db.session.remove()
    with pytest.raises(NotFound):
        requests.read_document(people["carol"], request_id)


def test_a_customer_of_another_company_cannot_be_invoiced(app: Flask, people: People) -> None:
    with app.app_context():
        foreign = make_draft(make_customer(people["carol"]))
    with app.app_context(), pytest.raises(NotFound):
        requests.create_draft(people["alice"], foreign)


def test_what_was_typed_is_kept_as_typed_until_it_is_saved(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    typed = {"customer_id": str(customer.id), "lines": [{"name": "x", "quantity": "a few"}]}
    kept = requests.keep_unfinished(alice, request_id=None, typed=typed)
    assert (kept.unfinished, kept.customer) == (typed, customer)
    with pytest.raises(Invalid, match="never saved"):
        requests.submit_request(alice, request_id=kept.id)
    saved = requests.update_draft(alice, make_draft(customer), request_id=kept.id)
    assert saved.unfinished is None


@pytest.mark.parametrize("customer_id", ["", "x", "99999999999999999999", "４", None, 4])
def test_an_unreadable_customer_does_not_keep_a_draft_from_being_kept(
    session: None, people: People, customer_id: Any
) -> None:
    kept = requests.keep_unfinished(people["alice"], request_id=None, typed={"customer_id": customer_id})
    assert kept.customer is None


def test_two_windows_do_not_overwrite_each_other(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    request = requests.create_draft(alice, make_draft(customer))
    seen = request.revision
    requests.update_draft(alice, make_draft(customer, amount="212.00"), request_id=request.id, revision=seen)
    with pytest.raises(Conflict, match="another window"):
        requests.update_draft(alice, make_draft(customer), request_id=request.id, revision=seen)
    with pytest.raises(Conflict, match="another window"):
        requests.keep_unfinished(alice, request_id=request.id, typed={}, revision=seen)
    assert requests.get_request(alice, request.id).gross == Decimal("212.00")


def test_a_change_of_a_line_alone_is_a_change_of_the_request(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    request = requests.create_draft(alice, make_draft(customer))
    seen, draft = request.revision, make_draft(customer)
    renamed = replace(draft, lines=[replace(draft.lines[0], name="Something else"), *draft.lines[1:]])
    requests.update_draft(alice, renamed, request_id=request.id, revision=seen)
    with pytest.raises(Conflict, match="another window"):
        requests.update_draft(alice, draft, request_id=request.id, revision=seen)


def test_every_faulty_line_is_named_by_its_place(session: None, people: People) -> None:
    customer = make_customer(people["alice"])
    lines = [LineDraft(name=f"Item {place}", quantity=Decimal(-place)) for place in range(1, 101)]
    with pytest.raises(Invalid) as refused:
        requests.create_draft(people["alice"], make_draft(customer, lines=lines))
    assert [problem.field for problem in refused.value.problems] == [f"lines.{place}.quantity" for place in range(100)]


def test_more_lines_than_an_invoice_takes_are_refused(session: None, people: People) -> None:
    lines = [LineDraft(name="Item", amount=Decimal(1))] * 2001
    with pytest.raises(Invalid, match="at most 2000 lines; this one has 2001"):
        requests.create_draft(people["alice"], make_draft(make_customer(people["alice"]), lines=lines))


def test_tax_codes_come_from_the_item_library_where_a_line_leaves_them_out(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    item = next(item for item in requests.list_items(alice) if item.name == "软件开发服务")
    other = LineDraft(name=item.name, amount=Decimal(1), tax_code="1090000000000000000")
    lines = [LineDraft(name=item.name, amount=Decimal(1)), other, LineDraft(name="Unheard of", amount=Decimal(1))]
    request = requests.create_draft(alice, make_draft(customer, lines=lines))
    assert [line.tax_code for line in request.lines] == [item.tax_code, other.tax_code, ""]
    assert [line.short_name for line in request.lines] == [item.short_name, "", ""]


def test_the_counts_of_the_stages_are_those_of_their_lists(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    requests.create_draft(alice, make_draft(customer, contract_number="HT-1"))
    returned, approved = (make_request(alice, customer, contract_number="HT-1") for _ in range(2))
    make_request(alice, customer)
    decide(people["bob"], returned, "return", "why")
    approve_all(people, approved)
    for wanted in (RequestFilter(), RequestFilter(text="HT-1"), RequestFilter(text="nowhere")):
        counts = requests.count_stages(alice, wanted)
        lists = {stage: len(requests.list_requests(alice, replace(wanted, stage=stage)).requests) for stage in counts}
        assert counts == lists


@pytest.mark.parametrize(
    "text", ["00001", "腾讯", "txkj", "9144030071526726XG", "9144 0300 7152 6726 xg", "106", "¥106.00", "HT-2026"]
)
def test_a_request_is_found_by_what_people_remember_of_it(session: None, people: People, text: str) -> None:
    alice = people["alice"]
    request_id = make_request(alice, make_customer(alice), contract_number="HT-2026-1")
    other = make_customer(alice, "华为技术有限公司", "914403001922038216")
    make_request(alice, other, amount="7.00")
    assert [row.id for row in requests.list_requests(alice, RequestFilter(text=text)).requests] == [request_id]


def test_a_long_list_is_read_page_by_page(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    made = [requests.create_draft(alice, make_draft(customer)).id for _ in range(5)]
    first = requests.list_requests(alice, RequestFilter(), limit=2)
    second = requests.list_requests(alice, RequestFilter(), before=first.next_before, limit=2)
    last = requests.list_requests(alice, RequestFilter(), before=second.next_before, limit=2)
    assert [row.id for page in (first, second, last) for row in page.requests] == made[::-1]
    assert last.next_before is None


def test_a_document_says_where_the_request_is_and_what_comes_next(session: None, people: People) -> None:
    request_id = make_request(people["alice"], make_customer(people["alice"]))
    document = requests.read_document(people["bob"], request_id)
    assert document.flow.now == ("approve",)
    assert {"start", "pick_chain", "resolve_chain"} <= set(document.flow.done)
    assert "to_pick" in document.flow.flows
    assert [(step.title, step.people, step.is_open) for step in document.next_steps] == [
        ("Manager approval", ("Bob", "Bea"), True),
        ("Finance review", ("Fiona",), False),
    ]


def test_the_steps_to_come_are_those_of_the_submit_however_the_chain_changes(session: None, people: People) -> None:
    alice, ada = people["alice"], people["ada"]
    request_id = make_request(alice, make_customer(alice))
    only = {"title": "Boss", "approvers": {"kind": "role", "role": "admin"}}
    chain = chains.get_chain(ada, "standard")
    chains.save_chain(ada, ChainDraft(name="S", steps=[only]), key="standard", revision=chain.revision)
    later = requests.read_document(alice, request_id).next_steps[1]
    assert (later.title, later.people) == ("Finance review", ("Fiona",))


def test_a_document_takes_at_most_twelve_queries(app: Flask, people: People) -> None:
    with app.app_context():
        customer = make_customer(people["alice"])
        lines = [LineDraft(name=f"Item {place}", amount=Decimal(1)) for place in range(30)]
        request_id = make_request(people["alice"], customer, lines=lines)
        decide(people["bob"], request_id, "approve")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        document = requests.read_document(people["fiona"], request_id)
        assert len(document.request.lines) == 30
        assert document.request.header is not None
        assert [step.people for step in document.next_steps] == [("Fiona",)]
    assert len(statements) <= 12, "\n".join(statements)


def test_a_preview_saves_nothing_and_names_those_who_then_are_asked(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    for amount in ("106.00", "50000.00", "2000000.00"):
        draft = make_draft(customer, amount=amount)
        preview = requests.preview_request(alice, draft)
        assert preview.approvers is not None
        assert preview.totals is not None
        assert requests.count_stages(alice)["draft"] == 0
        sent = requests.submit_draft(alice, draft)
        steps = requests.read_document(alice, sent.id).next_steps
        promised = [
            (step.title, tuple(preview.approvers.names[person] for person in step.candidates))
            for step in preview.approvers.steps
        ]
        assert [(step.title, step.people) for step in steps] == promised
        assert sent.gross == preview.totals.gross


def test_a_preview_says_what_stops_the_request(session: None, people: People) -> None:
    customer = make_customer(people["alice"], tax_id="")
    draft = make_draft(customer, invoice_type="digital_special", reason="")
    checks = requests.preview_request(people["alice"], draft).checks
    assert [(check.level, check.code) for check in checks] == [("block", "request.reason"), ("block", "request.tax_id")]


def test_a_copy_is_a_draft_with_the_header_in_force(session: None, people: People) -> None:
    alice = people["alice"]
    request_id = make_request(alice, make_customer(alice))
    copy = requests.copy_request(alice, request_id=request_id)
    assert (copy.number, copy.approval, copy.gross) == (None, Approval.DRAFT, Decimal("106.00"))


def test_discarding_deletes_a_draft_and_cancels_what_has_a_number(session: None, people: People) -> None:
    alice = people["alice"]
    customer = make_customer(alice)
    draft = requests.create_draft(alice, make_draft(customer))
    requests.discard_request(alice, request_id=draft.id)
    assert db.session.get(InvoiceRequest, draft.id) is None
    request_id = make_request(alice, customer)
    requests.withdraw_request(alice, request_id=request_id)
    requests.discard_request(alice, request_id=request_id)
    assert requests.get_request(alice, request_id).approval is Approval.CANCELLED


def test_an_attachment_comes_back_as_it_was(session: None, people: People, tmp_path: Any) -> None:
    alice, store = people["alice"], FileStore(tmp_path)
    request_id = requests.create_draft(alice, make_draft(make_customer(alice))).id
    added = requests.add_attachment(alice, store=store, request_id=request_id, name="a/b.pdf", data=b"%PDF-1.7 x")
    found, data = requests.read_attachment(alice, store=store, request_id=request_id, attachment_id=added.id)
    assert (found.name, found.media_type, data) == ("b.pdf", "application/pdf", b"%PDF-1.7 x")
    requests.remove_attachment(alice, request_id=request_id, attachment_id=added.id)
    with pytest.raises(NotFound):
        requests.read_attachment(alice, store=store, request_id=request_id, attachment_id=added.id)


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", b""), ("a.exe", b"MZ"), ("a.pdf", b"<html>"), ("a.svg", b"<svg>")]
)
def test_a_file_of_another_kind_is_refused_by_name(
    session: None, people: People, tmp_path: Any, name: str, data: bytes
) -> None:
    alice = people["alice"]
    request_id = requests.create_draft(alice, make_draft(make_customer(alice))).id
    with pytest.raises(Invalid, match=name):
        requests.add_attachment(alice, store=FileStore(tmp_path), request_id=request_id, name=name, data=data)


@pytest.mark.parametrize(("language", "word"), [("zh", "经理审批"), ("en", "Manager approval")])
def test_the_approval_sheet_carries_the_decisions_in_the_readers_language(
    session: None, people: People, language: str, word: str
) -> None:
    alice = people["alice"]
    request_id = make_request(alice, make_customer(alice))
    decide(people["bob"], request_id, "approve", "Fine")
    sheet = requests.build_sheet(alice, request_id=request_id, language=language)
    assert [(step.person, step.title, step.comment) for step in sheet.steps] == [
        ("Alice", "", ""),
        ("Bob", word, "Fine"),
    ]
    assert (sheet.gross, sheet.buyer_tax_id, sheet.company) == (Decimal("106.00"), "9144030071526726XG", "Acme")
