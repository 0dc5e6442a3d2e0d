"""The one place that ties a row to its company.

A session serves one company for its whole life. Every query on a `CompanyScoped` table is narrowed to that
company, and every new row is stamped with it. A session that serves no company cannot touch such tables.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import LoaderCriteriaOption, Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from models.db import db
from models.errors import NotAllowed

ALL_COMPANIES = object()
_KEY = "company"


class CompanyScoped:
    """Mixin for tables whose rows belong to exactly one company."""

    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), index=True)


def serve_company(company: Any) -> None:
    """Bind the current session to a company id, or to `ALL_COMPANIES` (backups and the clock only).

    Raises `NotAllowed` when the session already serves another: rows loaded for one company stay in the
    identity map, where no query would narrow them.
    """
    info = db.session().info
    if info.setdefault(_KEY, company) != company:
        raise NotAllowed("This session serves another company.", code="company.rebound")


def require_served(session: Session, company_id: int) -> None:
    """Raises `NotAllowed` for a company that the session does not serve. For rows that no flush looks at."""
    if _served(session) not in (ALL_COMPANIES, company_id):
        raise NotAllowed("This row belongs to another company.", code="company.foreign_row")


def _served(session: Session) -> Any:
    return session.info.get(_KEY)


@event.listens_for(db.session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    company = _served(state.session)
    if company is ALL_COMPANIES:
        return
    # No company yet: -1 matches nothing, so a forgotten scope shows an empty page, never a foreign row.
    company = -1 if company is None else company
    state.statement = state.statement.options(_only(company))


@lru_cache(maxsize=1024)
def _only(company: int) -> LoaderCriteriaOption:
    """What narrows a statement; the same for every statement of a company, for making one costs as much as a query."""
    return with_loader_criteria(CompanyScoped, lambda cls: cls.company_id == company, include_aliases=True)


@event.listens_for(db.session, "before_flush")
def _stamp(session: Session, _context: object, _instances: object) -> None:
    company = _served(session)
    if company is ALL_COMPANIES:
        return
    for row in session.new | session.dirty | session.deleted:
        if not isinstance(row, CompanyScoped):
            continue
        if row.company_id is None:
            row.company_id = company
        if company is None or row.company_id != company:
            raise NotAllowed("This row belongs to another company.", code="company.foreign_row")
