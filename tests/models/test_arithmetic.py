"""Money of invoice lines, to the fen."""

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.arithmetic import (
    LineInput,
    amount_matches,
    compute_line,
    plain,
    tax_matches,
    total,
    total_tax_matches,
)
from models.errors import Invalid

VECTORS = Path(__file__).parent.parent / "data" / "tax_rounding_vectors.csv"
RATES = ["0.13", "0.09", "0.06", "0.05", "0.03", "0.01", "0"]


def line(**fields):
    given_fields = {name: Decimal(value) if isinstance(value, str) else value for name, value in fields.items()}
    defaults = {"quantity": None, "unit_price": None, "amount": None, "rate": Decimal("0.13"), "tax_inclusive": True}
    return LineInput(**{**defaults, **given_fields})


def vectors():
    with VECTORS.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", vectors(), ids=lambda row: f"{row['gross_incl_tax']}@{row['rate']}")
def test_known_invoices_are_reproduced_exactly(row):
    found = compute_line(line(quantity=row["qty"], amount=row["gross_incl_tax"], rate=row["rate"]))
    assert (str(found.net), str(found.tax)) == (row["amount_excl"], row["tax"])
    assert found.unit_price_net is not None
    assert plain(found.unit_price_net) == row["unit_price_excl_16chars"]


def test_amount_without_tax_gets_tax_on_top():
    found = compute_line(line(quantity="3", unit_price="33.335", rate="0.06", tax_inclusive=False))
    assert (found.net, found.tax, found.gross) == (Decimal("100.01"), Decimal("6.00"), Decimal("106.01"))
    assert found.unit_price_net == Decimal("33.335")


def test_stated_amount_wins_over_a_price_that_was_rounded():
    found = compute_line(line(quantity="3", unit_price="33.33", amount="100.00", tax_inclusive=False))
    assert (found.net, found.unit_price_net) == (Decimal("100.00"), Decimal("33.33"))


def test_half_a_fen_is_rounded_up():
    assert compute_line(line(amount="0.50", rate="0.01", tax_inclusive=False)).tax == Decimal("0.01")


def test_discount_is_split_like_a_row_of_its_own():
    found = compute_line(line(amount="113.00", discount="11.30"))
    assert (found.discount.net, found.discount.tax, found.discount.gross) == tuple(
        map(Decimal, ("-10.00", "-1.30", "-11.30"))
    )
    assert (found.net, found.tax, found.gross) == tuple(map(Decimal, ("90.00", "11.70", "101.70")))
    assert found.before_discount.net == Decimal("100.00")


@given(
    amount=st.decimals("0.01", "800000000000", places=2),
    rate=st.sampled_from(RATES),
    share=st.integers(0, 100),
    inclusive=st.booleans(),
)
def test_net_and_tax_always_make_gross_and_tax_is_within_tolerance(amount, rate, share, inclusive):
    discount = (amount * share / 100).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    found = compute_line(line(amount=amount, rate=rate, discount=discount, tax_inclusive=inclusive))
    assert found.net + found.tax == found.gross
    assert (found.gross if inclusive else found.net) == amount - discount
    assert tax_matches(found.net, Decimal(rate), found.tax)


@given(quantity=st.decimals("0.0001", "99999", places=4), amount=st.decimals("0.01", "99999999", places=2))
def test_written_price_fits_the_cell_and_gives_the_amount_back(quantity, amount):
    found = compute_line(line(quantity=quantity, amount=amount))
    assert found.unit_price_net is not None
    assert len(plain(found.unit_price_net)) <= 16
    assert amount_matches(quantity, found.unit_price_net, found.before_discount.net)


def test_totals_are_the_sums_of_the_rounded_lines():
    parts = [compute_line(line(amount="0.05", rate="0.06")) for _ in range(10)]
    assert (total(parts).net, total(parts).tax, total(parts).gross) == tuple(map(Decimal, ("0.50", "0.00", "0.50")))


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({}, "amount", "amount_missing"),
        ({"quantity": "2"}, "amount", "amount_missing"),
        ({"unit_price": "2", "amount": "2"}, "quantity", "quantity_missing"),
        ({"quantity": "0", "amount": "1"}, "quantity", "quantity"),
        ({"quantity": "1", "unit_price": "-1"}, "unit_price", "unit_price"),
        ({"quantity": "NaN", "amount": "1"}, "quantity", "quantity"),
        ({"quantity": "1E+1000000", "amount": "1"}, "quantity", "quantity_too_long"),
        ({"quantity": "1E-1000000", "amount": "1"}, "quantity", "quantity_too_long"),
        ({"quantity": "0.12345678901234", "amount": "1"}, "quantity", "quantity_too_long"),
        ({"quantity": "1", "unit_price": "12345678.12345678"}, "unit_price", "unit_price_too_long"),
        ({"quantity": "0.001", "unit_price": "0.001"}, "amount", "amount"),
        ({"quantity": "1", "unit_price": "1", "amount": "1.02"}, "amount", "amount_differs"),
        ({"amount": "0"}, "amount", "amount"),
        ({"amount": "-5"}, "amount", "amount"),
        ({"amount": "Infinity"}, "amount", "amount"),
        ({"amount": "1000000000000"}, "amount", "amount"),
        ({"amount": "1.005"}, "amount", "amount_decimals"),
        ({"amount": "1", "rate": "0.07"}, "rate", "rate"),
        ({"amount": "1", "rate": "NaN"}, "rate", "rate"),
        ({"amount": "1", "discount": "1.01"}, "discount", "discount_too_large"),
        ({"amount": "1", "discount": "-0.01"}, "discount", "discount"),
        ({"amount": "1", "discount": "0.001"}, "discount", "discount_decimals"),
        ({"amount": "0.01", "quantity": "999999999999999"}, "quantity", "price_unwritable"),
    ],
)
def test_nonsense_is_refused_by_field(fields, field, code):
    with pytest.raises(Invalid) as refusal:
        compute_line(line(**fields))
    assert (refusal.value.field, refusal.value.code) == (field, f"arithmetic.{code}")


def test_total_of_a_trillion_is_refused():
    most = compute_line(line(amount="999999999999.99"))
    with pytest.raises(Invalid, match="less than"):
        total([most, replace(most)])


def test_stated_tax_may_be_six_fen_off_per_line_and_127_over_the_invoice():
    assert tax_matches(Decimal(100), Decimal("0.06"), Decimal("6.06"))
    assert not tax_matches(Decimal(100), Decimal("0.06"), Decimal("6.07"))
    six_off = (Decimal(100), Decimal("0.06"), Decimal("6.06"))
    assert total_tax_matches([six_off] * 21)
    assert not total_tax_matches([six_off] * 22)


def test_difference_taxation_takes_the_deduction_off_first():
    assert tax_matches(Decimal("1000.00"), Decimal("0.06"), Decimal("30.00"), deduction=Decimal("500.00"))
    assert not tax_matches(Decimal("1000.00"), Decimal("0.06"), Decimal("60.00"), deduction=Decimal("500.00"))
