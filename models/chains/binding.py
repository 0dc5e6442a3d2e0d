"""Which requests a chain claims for itself, without being asked by a decision table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from models.customers import Grade
from models.errors import Invalid
from models.invoice_types import INVOICE_TYPES

KINDS = ("request",)


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A request must fit in every respect that is given; one that gives none claims no request. Amounts include tax."""

    kinds: frozenset[str] = frozenset()
    invoice_types: frozenset[str] = frozenset()
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    department_ids: frozenset[int] = frozenset()
    customer_ids: frozenset[int] = frozenset()
    grades: frozenset[str] = frozenset()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Binding:
        """Raises `Invalid` naming the field."""
        least, most = (_amount(data.get(name), name) for name in ("min_amount", "max_amount"))
        if least is not None and most is not None and least > most:
            raise Invalid(
                "The smallest amount is above the largest. Exchange them.",
                code="chain.binding_amounts",
                field="min_amount",
            )
        return cls(
            kinds=_known(data, "kinds", KINDS),
            invoice_types=_known(data, "invoice_types", (kind.key for kind in INVOICE_TYPES)),
            min_amount=least,
            max_amount=most,
            department_ids=_ids(data, "department_ids"),
            customer_ids=_ids(data, "customer_ids"),
            grades=_known(data, "grades", tuple(Grade)),
        )

    def as_data(self) -> dict[str, Any]:
        """As a version keeps it: only what is given."""
        data = {
            "kinds": sorted(self.kinds),
            "invoice_types": sorted(self.invoice_types),
            "min_amount": None if self.min_amount is None else str(self.min_amount),
            "max_amount": None if self.max_amount is None else str(self.max_amount),
            "department_ids": sorted(self.department_ids),
            "customer_ids": sorted(self.customer_ids),
            "grades": sorted(self.grades),
        }
        return {name: value for name, value in data.items() if value}

    @property
    def is_empty(self) -> bool:
        return self == Binding()

    def claims(self, facts: Mapping[str, Any]) -> bool:
        """Whether a request with these facts (see `FACTS`) goes through the chain."""
        amount = facts["amount"]
        return (
            not self.is_empty
            and _fits(self.kinds, facts["kind"])
            and _fits(self.invoice_types, facts["invoice_type"])
            and _fits(self.department_ids, facts["department_id"])
            and _fits(self.customer_ids, facts["customer_id"])
            and _fits(self.grades, facts["customer_grade"])
            and (self.min_amount is None or self.min_amount <= amount)
            and (self.max_amount is None or amount <= self.max_amount)
        )


def _fits(wanted: frozenset[Any], value: Any) -> bool:
    return not wanted or value in wanted


def _known(data: Mapping[str, Any], field: str, values: Iterable[str]) -> frozenset[str]:
    given = frozenset(map(str, data.get(field) or ()))
    if unknown := given - {str(value) for value in values}:
        raise Invalid(
            "“{value}” is not known here. Choose from the list.",
            code="chain.binding_value",
            field=field,
            value=sorted(unknown)[0],
        )
    return given


def _ids(data: Mapping[str, Any], field: str) -> frozenset[int]:
    try:
        return frozenset(int(value) for value in data.get(field) or ())
    except (TypeError, ValueError):
        raise Invalid("Choose from the list.", code="chain.binding_ids", field=field) from None


def _amount(value: Any, field: str) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        amount = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 13:
        raise Invalid("“{value}” is not an amount.", code="chain.binding_amount", field=field, value=str(value)[:40])
    return amount
