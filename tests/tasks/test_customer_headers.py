"""Invoice headers: what is checked of a tax number, what a change keeps, which one is the default."""

import threading
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer, HeaderKind
from models.db import db
from models.errors import Invalid
from models.requests import InvoiceRequest
from tasks import customers, requests
from tasks.customers import HeaderDraft, TaxIdCheck, details, headers
from tasks.requests import RequestDraft
from tests.support.customers import ALIBABA, HUAWEI, PERSON, TENCENT, WRONG_CHECK, actions, found, make, refusals


@pytest.fixture
def alice(people: dict[str, Actor], session: None) -> Actor:
    return people["alice"]


def make_request(actor: Actor, customer: Customer) -> InvoiceRequest:
    draft = RequestDraft(customer_id=customer.id, header_id=customer.default_header.id)
    return requests.create_draft(actor, draft)


# Tax numbers


def test_a_number_that_fails_its_check_stays_only_with_a_reason_of_somebody_who_may_decide(
    alice: Actor, people: dict[str, Actor]
) -> None:
    reason = {"override_reason": "so it stands on the certificate"}
    assert refusals(make, alice, tax_id=WRONG_CHECK) == {"header.tax_id": "taxid.checksum"}
    assert refusals(make, alice, tax_id=WRONG_CHECK, **reason) == {"header.override_reason": "customer.override"}
    assert refusals(make, people["fiona"], tax_id=WRONG_CHECK) == {"header.tax_id": "taxid.checksum"}
    assert make(people["fiona"], tax_id=WRONG_CHECK, **reason).default_header.override_reason != ""


def test_no_reason_explains_away_a_wrong_length(people: dict[str, Actor], session: None) -> None:
    assert refusals(make, people["fiona"], tax_id="123", override_reason="but") == {"header.tax_id": "taxid.length"}


def test_a_reason_that_nothing_needs_is_not_kept(people: dict[str, Actor], session: None) -> None:
    assert make(people["fiona"], override_reason="just in case").default_header.override_reason == ""


def test_what_was_decided_about_a_number_stands_when_somebody_else_changes_the_address(
    alice: Actor, people: dict[str, Actor]
) -> None:
    header = make(people["fiona"], tax_id=WRONG_CHECK, override_reason="certificate").default_header
    draft = replace(customers.header_draft(header), address="here")
    db.session.remove()
    assert customers.change_header(alice, draft, header_id=header.id).override_reason == "certificate"


def test_a_number_that_another_customer_has_is_refused_by_name(alice: Actor, people: dict[str, Actor]) -> None:
    twin = make(alice)
    with pytest.raises(Invalid) as refusal:
        make(alice, "Somebody else")
    (problem,) = refusal.value.problems
    assert problem.code == "customer.tax_id_taken"
    assert twin.name in str(problem)
    assert twin.code in str(problem)
    second = make(people["fiona"], "Branch", override_reason="a branch that shares the number")
    assert second.default_header.tax_id == TENCENT


def test_a_number_is_free_again_when_its_header_is_out_of_use(alice: Actor) -> None:
    customers.retire_header(alice, header_id=make(alice).default_header.id)
    assert make(alice, "Somebody else").default_header.tax_id == TENCENT


def test_the_live_check_knows_the_header_s_own_number(alice: Actor) -> None:
    header = make(alice).default_header
    assert customers.check_tax_number(alice, TENCENT, kind=HeaderKind.ORGANIZATION).twin is header
    own = customers.check_tax_number(alice, TENCENT, kind=HeaderKind.ORGANIZATION, header_id=header.id)
    assert (own.twin, own.objection) == (None, None)
    doubtful = customers.check_tax_number(alice, "121000009999999996", kind=HeaderKind.ORGANIZATION)
    assert (doubtful.objection, doubtful.verdict.level if doubtful.verdict else "") == (None, "warning")


def test_of_two_who_take_the_same_number_at_once_one_wins_and_the_other_is_told(
    app: Flask, people: dict[str, Actor]
) -> None:
    barrier, outcomes = threading.Barrier(2), []

    def take(name: str) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes.append(make(people["alice"], name).name)
            except Invalid as refusal:
                problem = refusal.problems[0] if refusal.problems else refusal
                outcomes.append((problem.code, problem.fields["customer"]))

    threads = [threading.Thread(target=take, args=(name,)) for name in ("First", "Second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert ("customer.tax_id_taken", winner) in outcomes


def test_the_index_refuses_what_a_check_overlooked(
    alice: Actor, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a race looks like from inside, whichever way the threads of the test above went."""
    make(alice)
    monkeypatch.setattr(headers, "TaxIdCheck", lambda verdict, _twin: TaxIdCheck(verdict))
    assert refusals(make, alice, "Somebody else") == {"header.tax_id": "customer.tax_id_taken"}
    monkeypatch.setattr(details, "_check_code", lambda *_: [])
    assert refusals(make, alice, "Another", ALIBABA, code="C00001") == {"code": "customer.code_taken"}
    other = make(alice, "Another", ALIBABA)
    taken = replace(customers.customer_draft(other), code="C00001")
    assert refusals(customers.edit_customer, alice, taken, customer_id=other.id) == {"code": "customer.code_taken"}


def test_a_person_s_number_is_masked_for_those_who_do_not_edit(alice: Actor, people: dict[str, Actor]) -> None:
    nameless = make(alice, "张三", "", kind=HeaderKind.PERSON).default_header
    numbered = replace(customers.header_draft(nameless), tax_id=PERSON)
    customers.change_header(alice, numbered, header_id=nameless.id)
    assert customers.show_tax_id(alice, PERSON) == PERSON
    db.session.remove()
    assert customers.show_tax_id(people["bob"], PERSON) == "320404********001X"
    assert customers.show_tax_id(people["bob"], TENCENT) == TENCENT
    assert found(people["bob"], "32040419900") == [], "nor may the digits be found out one by one"
    assert found(people["bob"], PERSON) == ["张三"]
    assert found(alice, "32040419900") == ["张三"]
    bodies = db.session.scalars(select(AuditEntry.body)).all()
    assert not [body for body in bodies if PERSON in body]


# Headers


def test_a_changed_header_is_a_new_version_and_a_request_keeps_the_old_one(alice: Actor) -> None:
    customer = make(alice)
    old = customer.default_header
    request = make_request(alice, customer)
    new = customers.change_header(
        alice, HeaderDraft(title="New title", tax_id=TENCENT, bank_name="ICBC"), header_id=old.id
    )
    assert (new.supersedes_id, new.is_default, new.valid_to) == (old.id, True, None)
    assert (old.valid_to is not None, old.is_default) == (True, False)
    assert request.header.title == "腾讯科技（深圳）有限公司"
    (line,) = customers.list_headers(alice, customer.id)
    assert [header.title for header in line.versions] == ["New title", "腾讯科技（深圳）有限公司"]
    assert actions()[-1] == "header.change"


def test_saving_a_header_as_it_is_makes_no_version(alice: Actor) -> None:
    header = make(alice).default_header
    assert customers.change_header(alice, customers.header_draft(header), header_id=header.id) is header


def test_a_version_that_is_not_in_force_cannot_be_changed(alice: Actor) -> None:
    header = make(alice).default_header
    customers.change_header(alice, HeaderDraft(title="New", tax_id=TENCENT), header_id=header.id)
    for change in (
        lambda: customers.change_header(alice, HeaderDraft(title="Newer", tax_id=TENCENT), header_id=header.id),
        lambda: customers.set_default_header(alice, header_id=header.id),
        lambda: customers.retire_header(alice, header_id=header.id),
    ):
        assert refusals(change) == {None: "header.not_in_force"}


def test_there_is_one_default_whatever_happens(alice: Actor) -> None:
    customer = make(alice)
    first = customer.default_header
    second = customers.add_header(alice, HeaderDraft(title="Second", tax_id=ALIBABA), customer_id=customer.id)
    third = customers.add_header(
        alice, HeaderDraft(title="Third", tax_id=HUAWEI, is_default=True), customer_id=customer.id
    )

    def defaults() -> list[str]:
        return [header.title for header in customers.get_customer(alice, customer.id).headers if header.is_default]

    assert defaults() == ["Third"]
    customers.set_default_header(alice, header_id=second.id)
    assert defaults() == ["Second"]
    customers.set_default_header(alice, header_id=second.id)
    customers.retire_header(alice, header_id=second.id)
    assert defaults() == [first.title]
    customers.retire_header(alice, header_id=first.id)
    customers.retire_header(alice, header_id=third.id)
    assert defaults() == []
    again = customers.add_header(alice, HeaderDraft(title="Again", tax_id=TENCENT), customer_id=customer.id)
    assert defaults() == [again.title]
    assert actions().count("header.set_default") == 1
    lines = customers.list_headers(alice, customer.id)
    assert (lines[0].latest.title, [line.is_retired for line in lines]) == ("Again", [False, True, True, True])
