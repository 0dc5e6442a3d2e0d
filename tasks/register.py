"""The register (台账): append what happened to an invoice, and prove that nothing was changed since."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from models.access import Actor, Permission
from models.db import db
from models.errors import NotFound
from models.invoices import Invoice
from models.ledger import Break, LedgerHead, verify
from models.register import RegisterEntry
from tasks import audit, ledger
from tasks.boundary import command, query


@command(Permission.PROCESS_RUN)
def append_entry(actor: Actor, *, invoice_id: int) -> int:
    """Enter an issued invoice; returns the entry's sequence number in the company's register. Called by diagrams."""
    invoice = db.session.get_one(Invoice, invoice_id)
    facts = {
        "event": "issued",
        "invoice": invoice.id,
        "request": invoice.request_id,
        "serial": invoice.serial,
        "type": invoice.invoice_type,
        "code": invoice.code,
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "channel": invoice.channel.value,
        "sample": invoice.is_sample,
        "seller": [invoice.seller_name, invoice.seller_tax_id],
        "buyer": [invoice.buyer_name, invoice.buyer_tax_id],
        "net": f"{invoice.net:.2f}",
        "tax": f"{invoice.tax:.2f}",
        "gross": f"{invoice.gross:.2f}",
        "lines": [
            [line.name, line.tax_code, line.rate, f"{line.net:.2f}", f"{line.tax:.2f}"] for line in invoice.lines
        ],
        "by": actor.user_id,
    }
    entry = ledger.append(invoice.company_id, "register", RegisterEntry, facts, invoice_id=invoice.id, event="issued")
    db.session.flush()
    audit.record(actor, "register.append", f"invoice:{invoice.id}", sequence=entry.sequence)
    return entry.sequence


@query(Permission.REGISTER_READ)
def list_entries(actor: Actor, *, invoice_id: int) -> Sequence[RegisterEntry]:
    """What the register says of one invoice, oldest first."""
    return db.session.scalars(
        select(RegisterEntry).where(RegisterEntry.invoice_id == invoice_id).order_by(RegisterEntry.sequence)
    ).all()


@query(Permission.REGISTER_VERIFY)
def verify_register(actor: Actor) -> Break | None:
    """Recompute the company's chain. None when it is whole, else where it breaks."""
    entries = db.session.scalars(
        select(RegisterEntry).order_by(RegisterEntry.sequence).execution_options(yield_per=1000)
    )
    return verify(actor.company_id or 0, entries, read_head(actor))


@query(Permission.REGISTER_VERIFY)
def read_head(actor: Actor) -> LedgerHead:
    """The last sequence number and hash: what to write down elsewhere to prove the register later."""
    head = db.session.scalars(select(LedgerHead).where(LedgerHead.name == "register")).one_or_none()
    if head is None:
        raise NotFound("This company has no register yet.", code="register.none")
    return head
