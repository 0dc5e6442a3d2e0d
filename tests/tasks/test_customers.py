"""Customers and their headers: who is found how, what is refused, what a change keeps."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer, Grade, Header, HeaderKind
from models.db import db
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from models.requests import InvoiceRequest
from tasks import customers
from tasks.customers import CustomerDraft, CustomerFilter, HeaderDraft

TENCENT, ALIBABA, HUAWEI = "9144030071526726XG", "91330100799655058B", "914403001922038216"
WRONG_CHECK = "91500106MA2CE71F65"[:-1] + "6"
PERSON = "320404199001010018"


@pytest.fixture
def alice(people: dict[str, Actor], session: None) -> Actor:
    return people["alice"]


def make(actor: Actor, name: str = "腾讯科技（深圳）有限公司", tax_id: str = TENCENT, **changes: Any) -> Customer:
    of_header = set(HeaderDraft.__dataclass_fields__) - set(CustomerDraft.__dataclass_fields__)
    header = {field: changes.pop(field) for field in of_header & set(changes)}
    return customers.create_customer(
        actor, CustomerDraft(name=name, **changes), HeaderDraft(**{"title": name, "tax_id": tax_id} | header)
    )


def found(actor: Actor, text: str, **conditions: Any) -> list[str]:
    page = customers.list_customers(actor, CustomerFilter(text=text, **conditions))
    assert page.total == len(page.customers)
    return [customer.name for customer in page.customers]


def refusals(call: Callable[..., object], *arguments: Any, **options: Any) -> dict[str | None, str]:
    with pytest.raises(AppError) as refusal:
        call(*arguments, **options)
    problems = getattr(refusal.value, "problems", ()) or (refusal.value,)
    return {problem.field: problem.code for problem in problems}


def actions() -> list[str]:
    rows = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence))
    return [action for action in rows if action.startswith(("customer.", "header."))]


# Creating


def test_a_customer_comes_with_its_first_header_and_the_next_code(alice: Actor) -> None:
    first, second = make(alice), make(alice, "阿里巴巴（中国）有限公司", ALIBABA)
    assert (first.code, second.code) == ("C00001", "C00002")
    assert (first.initials, first.default_header.tax_id, first.default_header.is_default) == ("txkjszyxgs", TENCENT, True)
    assert first.default_header.created_by_id == alice.user_id
    assert actions() == ["customer.create", "customer.create"]


def test_an_automatic_code_steps_over_one_that_was_given(alice: Actor) -> None:
    make(alice, code="C00001")
    assert make(alice, "华为", HUAWEI).code == "C00002"


def test_every_fault_is_named_at_once_with_its_field(alice: Actor) -> None:
    make(alice, code="K1")
    assert refusals(make, alice, "", ALIBABA[:-1], code="K1", email="nobody", title="", bank_name="x" * 101) == {
        "name": "customer.name",
        "code": "customer.code_taken",
        "email": "customer.email",
        "header.title": "header.title",
        "header.bank_name": "customer.too_long",
        "header.tax_id": "taxid.length",
    }
    assert len(customers.list_customers(alice).customers) == 1


def test_an_owner_works_in_the_company(alice: Actor, people: dict[str, Actor]) -> None:
    assert refusals(make, alice, owner_id=people["carol"].user_id) == {"owner_id": "customer.owner"}
    assert make(alice, owner_id=people["bob"].user_id).owner_id == people["bob"].user_id


@pytest.mark.parametrize("kind", [HeaderKind.PERSON, HeaderKind.GOVERNMENT, HeaderKind.FOREIGN])
def test_only_an_organization_needs_a_tax_number(alice: Actor, kind: HeaderKind) -> None:
    assert make(alice, "张三", "", kind=kind).default_header.tax_id == ""
    assert refusals(make, alice, "李四", "") == {"header.tax_id": "taxid.length"}


def test_a_tax_number_is_stored_as_it_is_read(alice: Actor) -> None:
    assert make(alice, tax_id=" 9144 0300-7152 6726 xg").default_header.tax_id == TENCENT
