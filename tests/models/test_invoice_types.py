"""Numbers of issued invoices, legal rates and the frequent tax items."""

from datetime import date
from decimal import Decimal

import pytest

from models.errors import Invalid
from models.invoice_types import (
    INVOICE_TYPES,
    check_fiscal_number,
    common_tax_items,
    find_tax_rate,
    get_invoice_type,
    get_tax_rate,
    tax_rates,
)

MAY_2024 = date(2024, 5, 28)
DIGITAL = "24112000000048542163"


def codes(kind, number, code=None, issued_on=MAY_2024):
    return [
        (problem.level, problem.code)
        for problem in check_fiscal_number(get_invoice_type(kind), number, code, issued_on)
    ]


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("digital_special", DIGITAL, None),
        ("digital_paper_special", DIGITAL, "110024113000000001"),
        ("paper_special", "00012345", "1100241130"),
        ("paper_ordinary", "00012345", "011002400104"),
        ("e_ordinary", "04875996", "031001900511"),
    ],
)
def test_right_numbers_are_accepted(kind, number, code):
    assert codes(kind, number, code) == []


@pytest.mark.parametrize(
    ("kind", "number", "code", "found"),
    [
        ("digital_special", "2.4112E+19", None, ("error", "number.damaged")),
        ("digital_special", DIGITAL[:19], None, ("error", "number.digits")),
        ("digital_special", "２" + DIGITAL[1:], None, ("error", "number.digits")),
        ("digital_special", "", None, ("error", "number.digits")),
        ("digital_special", DIGITAL, "1100241130", ("error", "number.code_unexpected")),
        ("digital_special", "25" + DIGITAL[2:], None, ("warning", "number.year")),
        ("digital_special", "24112000000048500000", None, ("warning", "number.rounded")),
        ("paper_special", "12345", "1100241130", ("error", "number.digits")),
        ("paper_special", "00012345", None, ("error", "number.code_digits")),
        ("e_ordinary", "00012345", "1100241130", ("error", "number.code_digits")),
    ],
)
def test_wrong_numbers_are_named(kind, number, code, found):
    assert codes(kind, number, code) == [found]


def test_problems_fill_their_sentence():
    (problem,) = check_fiscal_number(get_invoice_type("digital_special"), "25" + DIGITAL[2:], "", MAY_2024)
    assert problem.message.format(**problem.fields).endswith("begins with 25, but the invoice is dated 2024-05-28.")


def test_only_paper_may_be_voided():
    assert {kind.key for kind in INVOICE_TYPES if kind.may_be_voided} == {
        "digital_paper_special", "digital_paper_ordinary", "paper_special", "paper_ordinary",
    }  # fmt: skip


def test_special_invoices_need_a_tax_number():
    assert all(kind.needs_tax_id == kind.key.endswith("special") for kind in INVOICE_TYPES)


def test_unknown_type_and_rate_are_refused():
    for refused in (get_invoice_type, get_tax_rate):
        with pytest.raises(Invalid):
            refused("nonsense")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0.13", "0.13"), ("13%", "0.13"), ("13％", "0.13"), ("13", "0.13"), ("0.060", "0.06"), ("1", "0.01"),
        ("1%", "0.01"), ("0", "0"), ("0%", "0"), ("免税", "exempt"), ("EXEMPT", "exempt"), ("不征税", "untaxed"),
    ],
)  # fmt: skip
def test_rates_are_recognised_as_people_write_them(text, key):
    found = find_tax_rate(text)
    assert found is not None
    assert found.key == key
    assert get_tax_rate(key) is found


@pytest.mark.parametrize("text", ["", "%", "7%", "0.07", "0.13.1", "-13%", "1E-2", "abc", "130"])
def test_other_rates_are_not_legal(text):
    assert find_tax_rate(text) is None


def test_frequent_items_have_leaf_codes_and_legal_rates():
    legal = {rate.rate for rate in tax_rates()}
    assert len(common_tax_items()) == 54
    assert all(
        len(item.code) == 19 and item.code.isdigit() and item.typical_rate in legal for item in common_tax_items()
    )
    assert common_tax_items()[0].typical_rate == Decimal("0.06")
