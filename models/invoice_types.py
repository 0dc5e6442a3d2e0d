"""Kinds of invoice, their numbers, the legal tax rates and the frequent tax items: facts of the tax authority."""

from __future__ import annotations

import csv
import datetime
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from models.errors import Invalid
from models.language import N_

Medium = Literal["digital", "paper"]


@dataclass(frozen=True)
class InvoiceType:
    """A kind of invoice. `code_lengths` is empty where the kind has no invoice code.

    `may_be_voided`: only paper can be voided, in the month of issue; everything electronic is red-flushed instead.
    """

    key: str
    name_zh: str
    name_en: str
    number_length: int
    code_lengths: tuple[int, ...]
    needs_tax_id: bool
    medium: Medium

    @property
    def may_be_voided(self) -> bool:
        return self.medium == "paper"


# A digital invoice printed on paper bears both numbers: its `code` holds the paper's code and number, run together.
INVOICE_TYPES: tuple[InvoiceType, ...] = (
    InvoiceType(
        "digital_special", "电子发票（增值税专用发票）", "Digital special VAT invoice", 20, (), True, "digital"
    ),
    InvoiceType("digital_ordinary", "电子发票（普通发票）", "Digital ordinary invoice", 20, (), False, "digital"),
    InvoiceType(
        "digital_paper_special", "数电纸质专用发票", "Digital special invoice on paper", 20, (18, 20), True, "paper"
    ),
    InvoiceType(
        "digital_paper_ordinary", "数电纸质普通发票", "Digital ordinary invoice on paper", 20, (18, 20), False, "paper"
    ),
    InvoiceType("paper_special", "增值税专用发票", "Paper special VAT invoice", 8, (10,), True, "paper"),
    InvoiceType("paper_ordinary", "增值税普通发票", "Paper ordinary VAT invoice", 8, (10, 12), False, "paper"),
    InvoiceType("e_ordinary", "增值税电子普通发票", "Electronic ordinary VAT invoice", 8, (12,), False, "digital"),
    InvoiceType("e_special", "增值税电子专用发票", "Electronic special VAT invoice", 8, (12,), True, "digital"),
)


@dataclass(frozen=True)
class TaxRate:
    """A legal rate. `key` is what a line stores: decimal text, or a word where words are printed instead of a rate.

    `zero_rate_flag` is the tax authority's mark of a line without tax ("1", "2", "3" or "").
    """

    key: str
    rate: Decimal
    name_zh: str
    name_en: str
    zero_rate_flag: str


@dataclass(frozen=True)
class CommonTaxItem:
    """A frequent good or service; `typical_rate` is a hint, never a rule."""

    code: str
    name: str
    short_name: str
    typical_rate: Decimal
    typical_use: str


@dataclass(frozen=True)
class NumberProblem:
    """`message` is an English template filled by `fields`; an error refuses the number, a warning asks for a look."""

    level: Literal["warning", "error"]
    code: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


def get_invoice_type(key: str) -> InvoiceType:
    """Raise Invalid when no kind has this key."""
    found = next((kind for kind in INVOICE_TYPES if kind.key == key), None)
    if found is None:
        raise Invalid(
            "The invoice type “{value}” is not known.",
            code="invoice_type.unknown",
            field="invoice_type",
            value=key[:40],
        )
    return found


@cache
def tax_rates() -> tuple[TaxRate, ...]:
    """The legal rates, highest first, then exempt and not taxable."""
    return tuple(
        TaxRate(row["key"], Decimal(row["rate"]), row["name_zh"], row["name_en"], row["zero_rate_flag"])
        for row in _read("tax_rates.csv")
    )


def get_tax_rate(key: str) -> TaxRate:
    """Raise Invalid when no legal rate has this key."""
    found = next((rate for rate in tax_rates() if rate.key == key), None)
    if found is None:
        raise Invalid("“{value}” is not a legal tax rate.", code="tax_rate.unknown", field="rate", value=key[:40])
    return found


def find_tax_rate(text: str) -> TaxRate | None:
    """The rate that a person or a spreadsheet means: a key, a name, "13%", "13" or "0.130"; None if it is not legal."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    for rate in tax_rates():
        if wanted.casefold() in (rate.key, rate.name_zh, rate.name_en.casefold()):
            return rate
    if not re.fullmatch(r"\d{0,2}(\.\d{1,9})?%?", wanted, re.ASCII) or not wanted.strip("%"):
        return None
    number = Decimal(wanted.removesuffix("%"))
    value = number / 100 if wanted.endswith("%") or number >= 1 else number
    return next((rate for rate in tax_rates() if rate.rate == value), None)


@cache
def common_tax_items() -> tuple[CommonTaxItem, ...]:
    """The frequent tax items that seed a company's own item library."""
    return tuple(
        CommonTaxItem(
            row["code"], row["name"], row["short_name"], Decimal(row["typical_general_rate"]), row["typical_use"]
        )
        for row in _read("tax_codes_common.csv")
    )


def check_fiscal_number(
    invoice_type: InvoiceType, number: str, code: str | None, issued_on: datetime.date
) -> list[NumberProblem]:
    """Check the number (and code) of an issued invoice against its kind; an empty list means nothing to say.

    A fully digital number is 20 digits that begin with the year of issue (notice 11 of 2024 of the State Taxation
    Administration); tax-control invoices have a code and 8 digits.
    """
    return [*_check_number(invoice_type, number, issued_on), *_check_code(invoice_type, code or "")]


def _check_number(kind: InvoiceType, number: str, issued_on: datetime.date) -> list[NumberProblem]:
    shown = number[:40]
    if re.fullmatch(r"[\d.]+E\+?\d+", number, re.ASCII | re.IGNORECASE):
        message = N_("The invoice number {number} was damaged by a spreadsheet; copy it again as text.")
        return [NumberProblem("error", "number.damaged", message, {"number": shown})]
    if not re.fullmatch(r"\d+", number, re.ASCII) or len(number) != kind.number_length:
        message = N_("The invoice number “{number}” must have {count} digits.")
        return [NumberProblem("error", "number.digits", message, {"number": shown, "count": kind.number_length})]
    if kind.number_length != 20:
        return []
    problems = []
    if number[:2] != f"{issued_on:%y}":
        message = N_("The invoice number {number} begins with {year}, but the invoice is dated {date}.")
        fields = {"number": number, "year": number[:2], "date": issued_on.isoformat()}
        problems.append(NumberProblem("warning", "number.year", message, fields))
    if number.endswith("00000"):  # a spreadsheet keeps 15 digits of a number cell and fills up with zeros
        message = N_("The invoice number {number} ends in five zeros; a spreadsheet may have damaged it.")
        problems.append(NumberProblem("warning", "number.rounded", message, {"number": number}))
    return problems


def _check_code(kind: InvoiceType, code: str) -> list[NumberProblem]:
    if not kind.code_lengths:
        if not code:
            return []
        message = N_("This kind of invoice has no invoice code; leave “{value}” out.")
        return [NumberProblem("error", "number.code_unexpected", message, {"value": code[:40]})]
    if re.fullmatch(r"\d+", code, re.ASCII) and len(code) in kind.code_lengths:
        return []
    lengths = "/".join(str(length) for length in kind.code_lengths)
    message = N_("The invoice code “{value}” must have {lengths} digits.")
    return [NumberProblem("error", "number.code_digits", message, {"value": code[:40], "lengths": lengths})]


def _read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("models") / "data" / name).read_text(encoding="utf-8-sig").splitlines()))
