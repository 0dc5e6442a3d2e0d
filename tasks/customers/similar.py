"""Names that look alike: the same company written with other brackets, blanks, or another form of 有限公司."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select

from models.access import Actor, Permission
from models.customers import Customer
from models.db import db
from models.pinyin import initials
from tasks.boundary import query

# Longest first: 股份有限公司 ends in 有限公司.
_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "companylimited", "coltd", "limited", "ltd", "inc", "corporation")
_MOST_CANDIDATES = 500


@query(Permission.CUSTOMER_READ)
def find_similar(actor: Actor, name: str, *, except_id: int | None = None, limit: int = 5) -> Sequence[Customer]:
    """Customers, active or not, whose name differs from `name` only in writing or legal form."""
    core = name_core(name)
    if not core:
        return []
    candidates = db.session.scalars(
        select(Customer)
        .where(Customer.initials.startswith(initials(core), autoescape=True), Customer.id != (except_id or 0))
        .order_by(Customer.id)
        .limit(_MOST_CANDIDATES)
    )
    return [customer for customer in candidates if name_core(customer.name) == core][:limit]


def name_core(name: str) -> str:
    """A name without width, case, blanks, punctuation and legal form: what is left names the company."""
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
    for form in _FORMS:
        if folded.endswith(form) and folded != form:
            return folded.removesuffix(form)
    return folded
