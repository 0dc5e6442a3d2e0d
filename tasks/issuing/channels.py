"""Channels by which an invoice is issued. One interface; the simulator's invoices are samples and say so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.errors import Invalid
from models.invoices import Channel
from models.language import N_


@dataclass(frozen=True)
class Issued:
    """What a channel answers: the fiscal number (and code, where the type has one), and on which day."""

    number: str
    code: str
    issued_on: date
    is_sample: bool


@dataclass(frozen=True)
class IssueOrder:
    """What a channel is asked. `serial` is the idempotency key: the same serial never issues twice."""

    serial: str
    invoice_type: str
    number: str
    code: str
    issued_on: date


class IssueChannel(Protocol):
    title: str

    def issue(self, order: IssueOrder) -> Issued: ...


class ManualChannel:
    """The invoice was issued outside, on the tax authority's platform; its number is entered here."""

    title = N_("Enter the number of an invoice issued outside")

    def issue(self, order: IssueOrder) -> Issued:
        if not order.number:
            raise Invalid("Enter the invoice number.", code="issuing.number", field="number")
        return Issued(order.number, order.code, order.issued_on, is_sample=False)


class SimulatorChannel:
    """Issues a sample without a tax authority. Its number follows from the serial, so asking twice answers the same.

    Twenty digits as a real one has: year, area 00 (which no bureau has), channel digit 9, then digits of a hash.
    """

    title = N_("Simulator: issues a sample that is not a tax invoice")

    def issue(self, order: IssueOrder) -> Issued:
        digest = int(hashlib.sha256(f"simulator|{order.serial}".encode()).hexdigest(), 16)
        number = f"{order.issued_on:%y}009{digest % 10**15:015}"
        return Issued(number, "", order.issued_on, is_sample=True)


CHANNELS: dict[Channel, IssueChannel] = {
    Channel.MANUAL: ManualChannel(),
    Channel.SIMULATOR: SimulatorChannel(),
}
