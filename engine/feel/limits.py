"""Every bound of the language in one place, and the purse of fuel that each evaluation spends.

No expression may run longer than about two seconds or hold more than a few tens of megabytes, whoever wrote it.
"""

from decimal import Context, DivisionByZero, InvalidOperation, Overflow

from engine.errors import ExpressionInvalid

MAX_SOURCE_CHARS = 10_000
MAX_NESTING = 60
MAX_TREE_DEPTH = 150
MAX_CALL_DEPTH = 50
MAX_STRING_CHARS = 1_000_000
MAX_LIST_ITEMS = 100_000
MAX_VALUE_DEPTH = 64
DEFAULT_FUEL = 100_000

# 34 significant digits: IEEE 754 decimal128, as the standard asks. A result past the exponent range is an error (null).
DECIMAL = Context(prec=34, Emax=6144, Emin=-6143, traps=[InvalidOperation, DivisionByZero, Overflow])


class Purse:
    """The fuel left for one evaluation; charged by iteration and by size, so that a bomb runs dry early."""

    __slots__ = ("calls", "fuel")

    def __init__(self, fuel: int) -> None:
        self.fuel = fuel
        self.calls = 0

    def charge(self, units: int) -> None:
        """Take `units` of fuel. Raises ExpressionInvalid when the purse is empty."""
        self.fuel -= units
        if self.fuel < 0:
            raise ExpressionInvalid("The expression does too much work.", code="expression.fuel")

    def charge_text(self, chars: int) -> None:
        """Pay for building or reading a string of that many characters."""
        if chars > MAX_STRING_CHARS:
            raise ExpressionInvalid("The expression builds too long a text.", code="expression.size")
        self.charge(1 + (chars >> 5))

    def charge_items(self, items: int) -> None:
        """Pay for building or reading a list of that many items."""
        if items > MAX_LIST_ITEMS:
            raise ExpressionInvalid("The expression builds too long a list.", code="expression.size")
        self.charge(1 + (items >> 2))
