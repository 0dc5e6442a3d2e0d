"""Issued invoices for tests: a small set in which every filter of the register finds something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from models.access import Actor
from models.arithmetic import round_money
from models.customers import Customer, Header
from models.db import db
from models.invoices import Channel, Invoice, InvoiceLine, InvoiceStatus
from models.pinyin import full_pinyin, initials
from models.requests import Approval, InvoiceRequest, IssueState, RequestLine
from models.tenancy import serve_company
from tasks import register

CHANGAN, ALIBABA, FORMULA = "重庆长安汽车股份有限公司", "阿里巴巴（中国）网络技术有限公司", "=cmd|' /C calc'!A0"
TAX_IDS = {CHANGAN: "9150000020286320X6", ALIBABA: "91330100716105852F", FORMULA: ""}


@dataclass(frozen=True)
class Sold:
    """An invoice of the set. `name` is also the end of its request's number."""

    name: str
    number: str
    day: date
    gross: Decimal
    buyer: str
    kind: str = "digital_special"
    channel: Channel = Channel.MANUAL
    status: InvoiceStatus = InvoiceStatus.ISSUED
    code: str = ""

    @property
    def net(self) -> Decimal:
        return round_money(self.gross / Decimal("1.06"))


SET = (
    Sold("A", "26112000000000000001", date(2026, 9, 30), Decimal("100.00"), CHANGAN),
    Sold("B", "26112000000000000002", date(2026, 10, 1), Decimal("250.55"), CHANGAN, kind="digital_ordinary"),
    Sold("C", "26009000000000000003", date(2026, 10, 1), Decimal("250.56"), ALIBABA, channel=Channel.SIMULATOR),
    Sold("D", "26112000000000000777", date(2026, 10, 31), Decimal("99999.99"), ALIBABA, status=InvoiceStatus.VOIDED),
    Sold("E", "00000777", date(2026, 11, 1), Decimal("0.01"), FORMULA, kind="paper_ordinary", code="1100153350"),
    Sold("F", "26112000000000000006", date(2026, 11, 24), Decimal("250.55"), FORMULA, kind="digital_ordinary"),
)


def add_set(actor: Actor) -> dict[str, int]:
    """Put `SET` into the actor's company, each entered in the register; returns ids by name."""
    return {sold.name: add_invoice(actor, sold) for sold in SET}


def add_invoice(actor: Actor, sold: Sold) -> int:
    """Put one invoice with its request and its register entry into the actor's company; returns its id."""
    request = add_request(actor, gross=sold.gross, buyer=sold.buyer, number=f"KP-{sold.name}", kind=sold.kind)
    request.issue = IssueState.FULL
    invoice = Invoice(
        request_id=request.id,
        customer_id=request.customer_id,
        invoice_type=sold.kind,
        serial=f"R{request.id}N1",
        code=sold.code,
        number=sold.number,
        issued_on=sold.day,
        channel=sold.channel,
        is_sample=sold.channel is Channel.SIMULATOR,
        status=sold.status,
        seller_name="Acme",
        seller_tax_id="91330100MADEMQ004D",
        buyer_name=sold.buyer,
        buyer_tax_id=TAX_IDS[sold.buyer],
        net=sold.net,
        tax=sold.gross - sold.net,
        gross=sold.gross,
        issued_by_id=actor.user_id,
    )
    tax = sold.gross - sold.net
    invoice.lines = [InvoiceLine(position=1, name="*服务*咨询", rate="0.06", net=sold.net, tax=tax, gross=sold.gross)]
    db.session.add(invoice)
    db.session.commit()
    register.append_entry(actor.as_process(), invoice_id=invoice.id)
    return invoice.id


def add_request(
    actor: Actor,
    *,
    gross: Decimal = Decimal("106.00"),
    buyer: str = CHANGAN,
    number: str = "KP-1",
    kind: str = "digital_special",
    approval: Approval = Approval.APPROVED,
) -> InvoiceRequest:
    """A request of the actor's in whatever state of approval, without a flow."""
    serve_company(actor.company_id)
    customer = _customer(buyer)
    net = round_money(gross / Decimal("1.06"))
    money = {"net": net, "tax": gross - net, "gross": gross}
    request = InvoiceRequest(
        number=number,
        customer_id=customer.id,
        header_id=customer.headers[0].id,
        invoice_type=kind,
        approval=approval,
        applicant_id=actor.user_id,
        decided_at=datetime(2026, 11, 20, 1, tzinfo=UTC),
        **money,
    )
    request.lines = [RequestLine(position=1, name="咨询", short_name="服务", amount=gross, rate="0.06", **money)]
    db.session.add(request)
    db.session.commit()
    return request


def _customer(name: str) -> Customer:
    found = db.session.scalars(select(Customer).where(Customer.name == name)).one_or_none()
    if found is None:
        found = Customer(code=f"C{len(name)}", name=name, initials=initials(name), pinyin=full_pinyin(name))
        found.headers = [Header(title=name, tax_id=TAX_IDS[name], is_default=True)]
        db.session.add(found)
        db.session.commit()
    return found


def names(ids: dict[str, int]) -> Callable[[list[int]], str]:
    """`names(ids)(found)`: the letters of the invoices found, in alphabetical order."""
    letters = {number: name for name, number in ids.items()}
    return lambda found: "".join(sorted(letters[number] for number in found))
