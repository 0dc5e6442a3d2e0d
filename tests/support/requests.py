"""Customers to invoice, requests on their way, and what the request form sends."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.access import Actor
from models.customers import Customer, Header
from models.db import db
from models.pinyin import initials
from models.tenancy import serve_company
from tasks import inbox, requests
from tasks.requests import LineDraft, RequestDraft

TAX_ID = "9144030071526726XG"


def make_customer(actor: Actor, title: str = "腾讯科技（深圳）有限公司", tax_id: str = TAX_ID) -> Customer:
    """A customer with one header, in the company of `actor`."""
    serve_company(actor.company_id)
    header = Header(title=title, tax_id=tax_id, is_default=True)
    customer = Customer(code=title, name=title, initials=initials(title), headers=[header])
    db.session.add(customer)
    db.session.commit()
    return customer


def make_draft(customer: Customer, *, amount: str = "106.00", **changes: Any) -> RequestDraft:
    """A request that may be submitted as it is."""
    line = LineDraft(name="软件开发服务", amount=Decimal(amount), rate="0.06")
    values: dict[str, Any] = {"header_id": customer.headers[0].id, "reason": "Contract 7", "lines": [line]} | changes
    return RequestDraft(customer_id=customer.id, **values)


def ids_of(customer: Customer) -> dict[str, int]:
    """A customer and its header, by the names of the form."""
    return {"customer_id": customer.id, "header_id": customer.headers[0].id}


def decide(actor: Actor, request_id: int, decision: str, comment: str = "") -> None:
    """Answer the open task about a request as `actor`."""
    (row,) = [row for row in inbox.list_tasks(actor).rows if row.request.id == request_id]
    inbox.decide(actor, task_id=row.task.id, decision=decision, comment=comment)


def approve_all(people: dict[str, Actor], request_id: int) -> None:
    """Lead a request through the standard chain: Bob, then Fiona."""
    decide(people["bob"], request_id, "approve")
    decide(people["fiona"], request_id, "approve")


def make_request(actor: Actor, customer: Customer, **changes: Any) -> int:
    """A submitted request; its id."""
    return requests.submit_draft(actor, make_draft(customer, **changes)).id


def form_of(buyer: Mapping[str, int], *lines: dict[str, str], **changes: str) -> dict[str, Any]:
    """What the form sends. `buyer` has the ids of customer and header, by the names of the form."""
    rows = lines or ({"name": "软件开发服务", "amount": "106.00", "rate": "0.06"},)
    texts = {
        **{name: str(row_id) for name, row_id in buyer.items()},
        "invoice_type": "digital_ordinary",
        "tax_inclusive": "true",
        "reason": "Contract 7",
    }
    entries = {f"lines.{row}.{column}": text for row, line in enumerate(rows) for column, text in line.items()}
    return texts | entries | changes
