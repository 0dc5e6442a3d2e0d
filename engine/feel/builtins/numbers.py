"""Numeric functions and the conversion to a number (DMN 1.5, 10.3.4.5)."""

import re
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)

from engine.feel import temporal
from engine.feel.builtins.signature import built_in
from engine.feel.limits import DECIMAL
from engine.feel.scope import Scope
from engine.feel.values import DaysTime, Unsuitable, YearsMonths

_MIN_SCALE, _MAX_SCALE = -6111, 6176
_NUMERAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_MAX_NUMERAL = 100
_SEPARATORS = {",", ".", " "}
_TRANSCENDENTAL_COST = 50


def to_number(_: Scope, text: str, grouping: str | None = None, decimal: str | None = None) -> Decimal:
    """A number from text, with the separators named."""
    if grouping not in {None, *_SEPARATORS} or decimal not in {None, ".", ","}:
        raise Unsuitable
    if grouping is not None and grouping == decimal:
        raise Unsuitable
    if grouping is not None:
        text = text.replace(grouping, "")
    if decimal is not None:
        text = text.replace(decimal, ".")
    if len(text) > _MAX_NUMERAL or not _NUMERAL.fullmatch(text):
        raise Unsuitable
    return DECIMAL.create_decimal(text)


def rounded(number: Decimal, scale: Decimal, mode: str) -> Decimal:
    """`number` with `scale` digits behind the point. Raises Unsuitable outside the scales of decimal128."""
    if not _MIN_SCALE <= scale <= _MAX_SCALE:
        raise Unsuitable
    exponent = -int(scale)
    digits_end = number.as_tuple().exponent
    if isinstance(digits_end, int) and digits_end >= exponent:
        return number
    if number.adjusted() < exponent - 1:
        # All digits lie far behind the place that is kept: only the sign and the mode matter.
        number = Decimal(1).scaleb(exponent - 2).copy_sign(number) if number else number
    with localcontext(DECIMAL, prec=DECIMAL.prec + 2) as context:
        return DECIMAL.plus(number.quantize(Decimal(1).scaleb(exponent, context), mode, context))


def _rounding(mode: str) -> Callable[..., Decimal]:
    def apply(_: Scope, number: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
        if scale != scale.to_integral_value():
            scale = scale.to_integral_value(ROUND_DOWN)
        return rounded(number, scale, mode)

    return apply


def modulo(_: Scope, dividend: Decimal, divisor: Decimal) -> Decimal:
    """The remainder with the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if divisor == 0:
        raise Unsuitable
    remainder = DECIMAL.remainder(dividend, divisor)
    return DECIMAL.add(remainder, divisor) if remainder and (remainder < 0) != (divisor < 0) else remainder


def _absolute(_: Scope, value: Decimal | YearsMonths | DaysTime) -> Decimal | YearsMonths | DaysTime:
    if isinstance(value, Decimal):
        return DECIMAL.abs(value)
    negative = value.months < 0 if isinstance(value, YearsMonths) else value.nanoseconds < 0
    return temporal.negate(value) if negative else value


def _square_root(_: Scope, number: Decimal) -> Decimal:
    return DECIMAL.sqrt(number)


def _logarithm(scope: Scope, number: Decimal) -> Decimal:
    if number <= 0:
        raise Unsuitable
    scope.run.charge(_TRANSCENDENTAL_COST)
    return DECIMAL.ln(number)


def _exponential(scope: Scope, number: Decimal) -> Decimal:
    scope.run.charge(_TRANSCENDENTAL_COST)
    return DECIMAL.exp(number)


def _odd(_: Scope, number: Decimal) -> bool:
    return _is_whole(number) and DECIMAL.remainder(number, Decimal(2)) != 0


def _even(_: Scope, number: Decimal) -> bool:
    return _is_whole(number) and DECIMAL.remainder(number, Decimal(2)) == 0


def _is_whole(number: Decimal) -> bool:
    # Every number with more than 34 digits before the point ends in zeros; % would refuse it.
    if number.adjusted() >= DECIMAL.prec:
        raise Unsuitable
    return number == number.to_integral_value()


_SCALED = "n: number, scale: number"
_OPTIONALLY_SCALED = "n: number, scale?: number"

NUMBER_FUNCTIONS = (
    built_in("number", ("from: string, grouping separator?: string?, decimal separator?: string?", to_number)),
    built_in("decimal", (_SCALED, _rounding(ROUND_HALF_EVEN))),
    built_in("floor", (_OPTIONALLY_SCALED, _rounding(ROUND_FLOOR))),
    built_in("ceiling", (_OPTIONALLY_SCALED, _rounding(ROUND_CEILING))),
    built_in("round up", (_SCALED, _rounding(ROUND_UP))),
    built_in("round down", (_SCALED, _rounding(ROUND_DOWN))),
    built_in("round half up", (_SCALED, _rounding(ROUND_HALF_UP))),
    built_in("round half down", (_SCALED, _rounding(ROUND_HALF_DOWN))),
    built_in("abs", ("n: number|years and months duration|days and time duration", _absolute)),
    built_in("modulo", ("dividend: number, divisor: number", modulo)),
    built_in("sqrt", ("number: number", _square_root)),
    built_in("log", ("number: number", _logarithm)),
    built_in("exp", ("number: number", _exponential)),
    built_in("odd", ("number: number", _odd)),
    built_in("even", ("number: number", _even)),
)
