"""Red flags: the findings that an approver must look at before deciding, for many requests in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from models.access import Actor, Permission
from models.customers import Header
from models.db import db
from models.requests import InvoiceRequest
from tasks.boundary import query
from tasks.requests.checks import Check, changed_header, duplicate_of, newest_twin


@query(Permission.REQUEST_READ)
def find_flags(actor: Actor, found: Collection[InvoiceRequest]) -> Mapping[int, tuple[Check, ...]]:
    """The red flags of requests that were read, by their ids; one without a flag is left out. As `check_request`."""
    if not found:
        return {}
    twin = aliased(InvoiceRequest)
    newest = newest_twin(InvoiceRequest.customer_id, InvoiceRequest.gross, InvoiceRequest.id).scalar_subquery()
    wanted = (
        select(InvoiceRequest.id, Header.title, twin.id, twin.number)
        .outerjoin(Header, and_(Header.id == InvoiceRequest.header_id, Header.valid_to.is_not(None)))
        .outerjoin(twin, and_(twin.id == newest, InvoiceRequest.gross != 0))
        .where(InvoiceRequest.id.in_([request.id for request in found]))
    )
    flags = {
        request_id: tuple(_flags(title, twin_id, number))
        for request_id, title, twin_id, number in db.session.execute(wanted)
    }
    return {request_id: some for request_id, some in flags.items() if some}


def _flags(changed: str | None, twin_id: int | None, number: str | None) -> Iterator[Check]:
    if changed is not None:
        yield changed_header(changed)
    if twin_id is not None:
        yield duplicate_of(number, twin_id)
