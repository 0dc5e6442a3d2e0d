"""The register (台账): append what happened to an invoice, and prove that nothing was changed since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import NotFound
from models.invoices import Invoice
from models.ledger import Break, LedgerHead, verify
from models.register import RegisterEntry
from tasks import audit, ledger
from tasks.boundary import command, query

_CHUNK = 500


@dataclass(frozen=True)
class RegisterCheck:
    """The result of recomputing a register: how many entries, the hash of the last, when, and what is wrong.

    `broken` is the first entry that does not follow from the one before; `altered` the first whose invoice no longer
    is what was entered. Both are None when all is well. `invoice_id` is the invoice of the entry at fault, if known.
    """

    entries: int
    head_hash: str
    at: datetime
    broken: Break | None = None
    altered: int | None = None
    invoice_id: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.broken is None and self.altered is None


@command(Permission.PROCESS_RUN)
def append_entry(actor: Actor, *, invoice_id: int) -> int:
    """Enter an issued invoice; returns the entry's sequence number in the company's register. Called by diagrams."""
    invoice = db.session.get_one(Invoice, invoice_id)
    facts = _facts(invoice) | {"event": "issued", "by": actor.user_id}
    sequence = ledger.append_register(invoice.company_id, facts, invoice_id=invoice.id, event="issued")
    audit.record(actor, "register.append", f"invoice:{invoice.id}", sequence=sequence)
    return sequence


@query(Permission.REGISTER_READ)
def list_entries(actor: Actor, *, invoice_id: int) -> Sequence[RegisterEntry]:
    """What the register says of one invoice, oldest first."""
    return db.session.scalars(
        select(RegisterEntry).where(RegisterEntry.invoice_id == invoice_id).order_by(RegisterEntry.sequence)
    ).all()


@query(Permission.REGISTER_VERIFY)
def verify_register(actor: Actor) -> Break | None:
    """Recompute the company's chain. None when it is whole, else where it breaks."""
    head = read_head(actor)
    entries = db.session.scalars(
        select(RegisterEntry).order_by(RegisterEntry.sequence).execution_options(yield_per=_CHUNK)
    )
    with closing(entries):  # reading stops at the first fault
        return verify(actor.company_id or 0, entries, head)


@query(Permission.REGISTER_VERIFY)
def check_register(actor: Actor) -> RegisterCheck:
    """Recompute the chain, then hold each invoice against what was entered. Reads the whole register."""
    head, at = read_head(actor), utc_now()
    broken = verify_register(actor)
    if broken is not None:
        return RegisterCheck(head.sequence, head.hash, at, broken=broken, invoice_id=_invoice_at(broken.sequence))
    altered = _first_altered()
    if altered is None:
        return RegisterCheck(head.sequence, head.hash, at)
    return RegisterCheck(head.sequence, head.hash, at, altered=altered.sequence, invoice_id=altered.invoice_id)


@query(Permission.REGISTER_READ)
def read_head(actor: Actor) -> LedgerHead:
    """The last sequence number and hash: what to write down elsewhere to prove the register later."""
    head = db.session.scalars(select(LedgerHead).where(LedgerHead.name == "register")).one_or_none()
    if head is None:
        raise NotFound("This company has no register yet.", code="register.none")
    return head


def _facts(invoice: Invoice) -> dict[str, Any]:
    """What an entry holds of an invoice, as values that JSON keeps exactly."""
    return {
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
    }


def _first_altered() -> RegisterEntry | None:
    """The first entry whose invoice is gone, or is not what was entered."""
    rows = db.session.execute(
        select(RegisterEntry, Invoice)
        .outerjoin(Invoice, Invoice.id == RegisterEntry.invoice_id)
        .options(selectinload(Invoice.lines))
        .order_by(RegisterEntry.sequence)
        .execution_options(yield_per=_CHUNK, populate_existing=True)
    )
    with closing(rows):
        return next((entry for entry, invoice in rows if not _agrees(entry, invoice)), None)


def _agrees(entry: RegisterEntry, invoice: Invoice | None) -> bool:
    if invoice is None:
        return False
    body = json.loads(entry.body)
    facts = _facts(invoice)
    return {name: body.get(name) for name in facts} == facts


def _invoice_at(sequence: int) -> int | None:
    return db.session.scalars(
        select(RegisterEntry.invoice_id).where(RegisterEntry.sequence == sequence).limit(1)
    ).one_or_none()
