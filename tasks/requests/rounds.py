"""Rounds of a request: how it was each time it was submitted, and what was changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.access import Actor, Permission
from models.arithmetic import plain
from models.db import db
from models.requests import InvoiceRequest, RequestLine, RequestRound
from tasks.boundary import query
from tasks.requests.reading import get_request

_FIELDS = ("invoice_type", "reason", "contract_number", "remark", "delivery_email")


@dataclass(frozen=True)
class Change:
    """One entry that is not as it was: `line` counts from 1, 0 for the request itself; "" where there was nothing."""

    field: str
    line: int
    before: str
    after: str


def keep_round(request: InvoiceRequest) -> None:
    """Write down the request as it is now submitted."""
    db.session.add(RequestRound(request_id=request.id, content=content_of(request)))


@query(Permission.REQUEST_READ)
def changes_since_last_round(actor: Actor, request_id: int) -> Sequence[Change]:
    """What the newest submit changed against the one before; nothing in the first round. Raises `NotFound`."""
    request = get_request(actor, request_id)
    rounds = db.session.scalars(
        select(RequestRound.content)
        .where(RequestRound.request_id == request.id)
        .order_by(RequestRound.id.desc())
        .limit(2)
    ).all()
    return changes_between(rounds[1], rounds[0]) if len(rounds) == 2 else []


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """What is not in `after` as it was in `before`, both as `content_of` has them."""
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            line, _dot, field = name.rpartition(".")
            found.append(Change(field, int(line or 0), was, now))
    return found


def content_of(request: InvoiceRequest) -> dict[str, str]:
    """Every entry of the request as a text, those of lines by number and name (``2.quantity``)."""
    content = {name: str(getattr(request, name) or "") for name in _FIELDS}
    content["header"] = request.header.title if request.header else ""
    content["expected_on"] = request.expected_on.isoformat() if request.expected_on else ""
    content["gross"] = f"{request.gross:,.2f}"
    content["attachments"] = ", ".join(file.name for file in request.attachments)
    for number, line in enumerate(request.lines, start=1):
        content |= {f"{number}.{name}": value for name, value in _line(line).items()}
    return content


def _line(line: RequestLine) -> dict[str, str]:
    return {
        "item": " ".join(filter(None, (line.name, line.spec))),
        "tax_code": line.tax_code,
        "unit": line.unit,
        "quantity": plain(line.quantity) if line.quantity is not None else "",
        "unit_price": plain(line.unit_price) if line.unit_price is not None else "",
        "discount": f"{line.discount:,.2f}" if line.discount else "",
        "rate": line.rate,
        "line_gross": f"{line.gross:,.2f}",
    }
