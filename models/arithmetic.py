"""Money of invoice lines: net, tax and gross, rounded half up to the fen per line, in Decimal only.

Rules: the e-tax bureau's batch template (digits, tolerances) and the way its platform prints invoices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from models.errors import Invalid
from models.invoice_types import tax_rates
from models.language import N_

CENT = Decimal("0.01")
AMOUNT_LIMIT = Decimal(10) ** 12  # exclusive, yuan
MAX_DECIMALS = 13  # of a quantity or unit price
MAX_CHARACTERS = 16  # of a quantity or unit price written out

AMOUNT_TOLERANCE = Decimal("0.01")  # quantity times price against the amount of a line
TAX_TOLERANCE = Decimal("0.06")  # rate times net against the tax of a line
TOTAL_TAX_TOLERANCE = Decimal("1.27")  # the same, summed over an invoice

_NOT_POSITIVE = {
    "quantity": N_("The quantity {value} must be a number above zero."),
    "unit_price": N_("The unit price {value} must be a number above zero."),
}
_TOO_LONG = {
    "quantity": N_("The quantity {value} is too long: at most {decimals} decimals and {characters} characters."),
    "unit_price": N_("The unit price {value} is too long: at most {decimals} decimals and {characters} characters."),
}
_OUT_OF_RANGE = {
    "amount": N_("The amount {value} must be at least {minimum} and less than {limit} yuan."),
    "discount": N_("The discount {value} must be at least {minimum} and less than {limit} yuan."),
}
_TOO_FINE = {
    "amount": N_("The amount {value} has more than two decimals."),
    "discount": N_("The discount {value} has more than two decimals."),
}

_PRECISION = 60  # 16 characters times 16 characters stay exact
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class LineInput:
    """A line as a person enters it. Amount, price and discount include tax when `tax_inclusive`.

    Either the amount, or quantity and unit price; a quantity with an amount gives the price. `discount` is positive.
    """

    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal | None
    rate: Decimal
    tax_inclusive: bool
    discount: Decimal = _ZERO


@dataclass(frozen=True)
class Totals:
    """Yuan, two decimals; net + tax = gross exactly."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True)
class LineAmounts:
    """What a line adds to the invoice (after its discount), and the two rows that are printed for it.

    `before_discount` is the row of the goods, `discount` the row that follows it (negative, or zero: then not
    printed). `unit_price_net` belongs to the row of the goods and is written with at most 16 characters.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    unit_price_net: Decimal | None
    before_discount: Totals
    discount: Totals


def compute_line(line: LineInput) -> LineAmounts:
    """Compute a line of a blue invoice; raise Invalid, naming the field, when it makes no sense.

    1. The amount is the one stated, else quantity times price.
    2. Including tax: net = amount / (1 + rate), tax is the rest. Excluding: tax = amount times rate.
    3. The discount is split by the same formula, as its row on the invoice is.
    """
    _check_line(line)
    with localcontext(prec=_PRECISION):
        amount = _stated_amount(line)
        _check_money("discount", line.discount, minimum=Decimal(0))
        if line.discount > amount:
            raise Invalid(
                "The discount {value} is larger than the amount {amount} of the line.",
                code="arithmetic.discount_too_large",
                field="discount",
                value=line.discount,
                amount=amount,
            )
        before = _split(amount, line)
        taken = _split(line.discount, line)
        off = Totals(-taken.net + 0, -taken.tax + 0, -taken.gross + 0)
        after = total([before, off])
        return LineAmounts(after.net, after.tax, after.gross, _net_price(line, before), before, off)


def total(lines: Iterable[Totals | LineAmounts]) -> Totals:
    """Sum of rounded lines: the totals of an invoice are never computed from a rate again."""
    net = tax = _ZERO
    for line in lines:
        net += line.net
        tax += line.tax
    if net + tax >= AMOUNT_LIMIT:
        raise Invalid(
            "The total must be less than {limit} yuan.", code="arithmetic.too_large", field="total", limit=AMOUNT_LIMIT
        )
    return Totals(net, tax, net + tax)


def round_money(value: Decimal) -> Decimal:
    """Half up to the fen."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def amount_matches(quantity: Decimal, unit_price: Decimal, amount: Decimal) -> bool:
    """Whether a stated amount is quantity times price, one fen of rounding allowed."""
    with localcontext(prec=_PRECISION):
        return abs(round_money(quantity * unit_price) - amount) <= AMOUNT_TOLERANCE


def tax_matches(net: Decimal, rate: Decimal, tax: Decimal, *, deduction: Decimal = _ZERO) -> bool:
    """Whether the stated tax of a line is right within 0.06 yuan; `deduction` is that of difference taxation."""
    return _tax_difference(net, rate, tax, deduction) <= TAX_TOLERANCE


def total_tax_matches(lines: Iterable[tuple[Decimal, Decimal, Decimal]]) -> bool:
    """Whether the differences of all lines (net, rate, tax) of one invoice stay within 1.27 yuan together."""
    return sum((_tax_difference(net, rate, tax, _ZERO) for net, rate, tax in lines), _ZERO) <= TOTAL_TAX_TOLERANCE


def _tax_difference(net: Decimal, rate: Decimal, tax: Decimal, deduction: Decimal) -> Decimal:
    return abs(round_money((net - deduction) * rate) - tax)


def _check_line(line: LineInput) -> None:
    if not any(line.rate == legal.rate for legal in tax_rates()):
        raise Invalid(
            "The tax rate {value} is not a legal one.",
            code="arithmetic.rate",
            field="rate",
            value=_shown(line.rate),
        )
    for name, value in (("quantity", line.quantity), ("unit_price", line.unit_price)):
        if value is not None:
            _check_factor(name, value)
    if line.unit_price is not None and line.quantity is None:
        raise Invalid(
            "A unit price needs a quantity; enter both or neither.",
            code="arithmetic.quantity_missing",
            field="quantity",
        )


def _check_factor(name: str, value: Decimal) -> None:
    """A quantity or price: above zero and writable in the bureau's cell. Checked before anything is written out."""
    if not value.is_finite() or value <= 0:
        raise Invalid(
            _NOT_POSITIVE[name],
            code=f"arithmetic.{name}",
            field=name,
            value=_shown(value),
        )
    too_long = value.adjusted() >= MAX_CHARACTERS or _decimals(value) > MAX_DECIMALS
    if too_long or len(plain(value)) > MAX_CHARACTERS:
        raise Invalid(
            _TOO_LONG[name],
            code=f"arithmetic.{name}_too_long",
            field=name,
            value=_shown(value),
            decimals=MAX_DECIMALS,
            characters=MAX_CHARACTERS,
        )


def _stated_amount(line: LineInput) -> Decimal:
    if line.quantity is None or line.unit_price is None:
        if line.amount is None:
            raise Invalid(
                "Enter the amount, or quantity and unit price.", code="arithmetic.amount_missing", field="amount"
            )
        return _check_money("amount", line.amount, minimum=CENT)
    product = _check_money("amount", round_money(line.quantity * line.unit_price), minimum=CENT)
    if line.amount is None:
        return product
    stated = _check_money("amount", line.amount, minimum=CENT)
    if not amount_matches(line.quantity, line.unit_price, stated):
        raise Invalid(
            "The amount {value} is not quantity times unit price, which gives {expected}.",
            code="arithmetic.amount_differs",
            field="amount",
            value=stated,
            expected=product,
        )
    return stated


def _check_money(name: str, value: Decimal, *, minimum: Decimal) -> Decimal:
    if not value.is_finite() or not minimum <= value < AMOUNT_LIMIT:
        raise Invalid(
            _OUT_OF_RANGE[name],
            code=f"arithmetic.{name}",
            field=name,
            value=_shown(value),
            minimum=minimum,
            limit=AMOUNT_LIMIT,
        )
    if _decimals(value) > 2:
        raise Invalid(
            _TOO_FINE[name],
            code=f"arithmetic.{name}_decimals",
            field=name,
            value=_shown(value),
        )
    return round_money(value)


def _split(amount: Decimal, line: LineInput) -> Totals:
    if line.tax_inclusive:
        net = round_money(amount / (1 + line.rate))
        return Totals(net, amount - net, amount)
    tax = round_money(amount * line.rate)
    return Totals(amount, tax, amount + tax)


def _net_price(line: LineInput, before: Totals) -> Decimal | None:
    """The entered price when it excludes tax already; else net / quantity, rounded until it fits 16 characters."""
    if line.quantity is None:
        return None
    if line.unit_price is not None and not line.tax_inclusive:
        return line.unit_price
    price = before.net / line.quantity
    decimals = max(0, min(MAX_DECIMALS, MAX_CHARACTERS - 1 - len(str(int(price)))))
    price = price.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if price <= 0 or len(plain(price)) > MAX_CHARACTERS:
        raise Invalid(
            "The quantity {value} does not fit the amount {amount}: the unit price cannot be written.",
            code="arithmetic.price_unwritable",
            field="quantity",
            value=_shown(line.quantity),
            amount=before.net,
        )
    return Decimal(plain(price))


def plain(value: Decimal) -> str:
    """A number written out without exponent and without trailing zeros, as the bureau's cells want it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(value: Decimal) -> int:
    """Decimals that matter: 1.500 has one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _shown(value: Decimal) -> str:
    return str(value)[:40]
