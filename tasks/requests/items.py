"""The company's item library (商品库): what the form offers, and what it knows of a line that was typed by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from models.access import Actor, Permission
from models.db import db
from models.invoice_types import common_tax_items
from models.pinyin import initials
from models.requests import TaxItem
from tasks.boundary import command, query
from tasks.requests.values import LineDraft

_MAX_ITEMS = 500


@query(Permission.REQUEST_SUBMIT)
def list_items(actor: Actor) -> Sequence[TaxItem]:
    """The company's item library, by name."""
    return db.session.scalars(
        select(TaxItem).where(TaxItem.is_active).order_by(TaxItem.name, TaxItem.spec).limit(_MAX_ITEMS)
    ).all()


@command(Permission.OPERATE)
def make_default_items(actor: Actor) -> None:
    """Give a new company the frequent tax items to choose from, at their usual rates."""
    db.session.add_all(
        TaxItem(
            name=item.name,
            tax_code=item.code,
            short_name=item.short_name,
            rate=str(item.typical_rate),
            initials=initials(item.name),
        )
        for item in common_tax_items()
    )
    db.session.flush()


def complete(lines: Sequence[LineDraft]) -> list[LineDraft]:
    """The lines with tax code and short name from the library, where a line leaves them out."""
    names = {line.name.strip() for line in lines if not line.tax_code}
    codes = {line.tax_code for line in lines if line.tax_code and not line.short_name}
    if not names | codes:
        return list(lines)
    known = db.session.scalars(
        select(TaxItem).where(TaxItem.is_active, or_(TaxItem.name.in_(names), TaxItem.tax_code.in_(codes)))
    ).all()
    by_name = {item.name: item for item in known}
    by_code = {item.tax_code: item for item in known}
    return [_completed(line, by_code.get(line.tax_code) or by_name.get(line.name.strip())) for line in lines]


def _completed(line: LineDraft, item: TaxItem | None) -> LineDraft:
    if item is None or (line.tax_code and line.tax_code != item.tax_code):
        return line
    return replace(line, tax_code=item.tax_code, short_name=line.short_name or item.short_name)
