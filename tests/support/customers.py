"""Customers for tests: made through the operations, with numbers that pass every check."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer
from models.db import db
from models.errors import AppError
from tasks import customers
from tasks.customers import CustomerDraft, CustomerFilter, HeaderDraft

TENCENT, ALIBABA, HUAWEI = "9144030071526726XG", "91330100799655058B", "914403001922038216"
WRONG_CHECK = "91500106MA2CE71F65"
PERSON = "32040419900101001X"


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
