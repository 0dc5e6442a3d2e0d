"""The text in the QR code of an invoice: written for the preview, read from a scanner.

`01,<kind>,<code>,<number>,<amount>,<yyyymmdd>,<check code>,<CRC>`. Fully digital invoices carry the total with tax and
neither code nor check code; tax-control invoices carry the amount without tax.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from models.errors import Invalid

# Kind in the code → invoice type. The first kind of a type is the one that is written.
_KINDS = {
    "31": "digital_special",
    "32": "digital_ordinary",
    "01": "paper_special",
    "04": "paper_ordinary",
    "10": "e_ordinary",
    "08": "e_special",
}
_KIND_OF_TYPE = {invoice_type: kind for kind, invoice_type in _KINDS.items()} | {
    "digital_paper_special": "31",
    "digital_paper_ordinary": "32",
}
_DIGITAL_KINDS = frozenset({"31", "32"})
_SHAPE = re.compile(
    r"01,(?P<kind>\d{2}),(?P<code>\d{0,20}),(?P<number>\d{8,20}),(?P<amount>-?\d{1,13}(\.\d{1,2})?),"
    r"(?P<day>\d{8}),(?P<check>\d{0,20})(,(?P<crc>[0-9A-F]{4})?,?)?",
    re.ASCII,
)
_LONGEST = 200


@dataclass(frozen=True)
class ScannedInvoice:
    """What a QR code says. `invoice_type` is "" for a kind that is not issued here.

    `amount` includes tax if `includes_tax`. `is_verified` is None without a CRC: some issuers leave it out or compute
    it otherwise, so it never refuses.
    """

    invoice_type: str
    code: str
    number: str
    amount: Decimal
    includes_tax: bool
    issued_on: date
    is_verified: bool | None


def crc16(text: str) -> str:
    """CRC-16/BUYPASS (polynomial 0x8005, start 0, not reflected) as four upper-case hexadecimal digits."""
    register = 0
    for byte in text.encode("ascii"):
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x8005 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return f"{register:04X}"


def qr_text(*, invoice_type: str, code: str, number: str, net: Decimal, gross: Decimal, issued_on: date) -> str:
    """The text for the QR code of an invoice. A tax-control invoice's check code is not known here and stays empty."""
    kind = _KIND_OF_TYPE[invoice_type]
    is_digital = kind in _DIGITAL_KINDS
    amount = gross if is_digital else net
    text = f"01,{kind},{'' if is_digital else code},{number},{amount:.2f},{issued_on:%Y%m%d},,"
    return text + crc16(text)


def read_qr(text: str) -> ScannedInvoice:
    """Read what a scanner typed. Raises `Invalid` when it is not the code of an invoice."""
    plain = "".join(unicodedata.normalize("NFKC", text[:_LONGEST]).split()).upper()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        raise _unreadable()
    crc = found["crc"]
    return ScannedInvoice(
        invoice_type=_KINDS.get(found["kind"], ""),
        code=found["code"],
        number=found["number"],
        amount=Decimal(found["amount"]).quantize(Decimal("0.01")),
        includes_tax=len(found["number"]) == 20,
        issued_on=_day(found["day"]),
        is_verified=None if crc is None else crc == crc16(plain[: found.start("crc")]),
    )


def _day(digits: str) -> date:
    try:
        return datetime.strptime(f"{digits}+0000", "%Y%m%d%z").date()
    except ValueError as error:
        raise _unreadable() from error


def _unreadable() -> Invalid:
    return Invalid(
        "This is not the QR code of an invoice. It begins with 01, and holds number, amount and date between commas.",
        code="issuing.scan",
        field="scan",
    )
