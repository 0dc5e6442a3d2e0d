"""Mails with a list: what a person chose to be told once an hour or once a day."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from models.access import Actor, Permission
from models.accounts import User
from models.db import db, utc_now
from models.language import N_
from models.notices import DigestLine, OutboxMessage
from tasks.boundary import command, job
from tasks.language import translate
from tasks.notices.letters import see_in_product
from tasks.notices.topics import TOPICS, sentence


@job
def send_digests(actor: Actor, *, base_url: str) -> int:
    """Write the mail of every list that is due. Returns how many were written."""
    lists = _due_lists(actor)
    return sum(_write(actor, company_id, user_id, base_url=base_url) for company_id, user_id in lists)


@command(Permission.CLOCK_RUN)
def _due_lists(_actor: Actor) -> list[tuple[int, int]]:
    due = select(DigestLine.company_id, DigestLine.user_id).where(DigestLine.due_at <= utc_now()).distinct()
    return [(company_id, user_id) for company_id, user_id in db.session.execute(due)]


@command(Permission.CLOCK_RUN)
def _write(_actor: Actor, company_id: int, user_id: int, *, base_url: str) -> bool:
    """Take the lines of one person out and write their mail; whoever deletes the lines writes it."""
    user = db.session.get(User, user_id)
    mine = (DigestLine.company_id == company_id) & (DigestLine.user_id == user_id)
    taken = delete(DigestLine).where(mine, DigestLine.due_at <= utc_now()).returning(DigestLine)
    lines = sorted(db.session.scalars(taken), key=lambda line: line.id)
    known = [line for line in lines if line.topic in TOPICS]
    if not known or user is None or not user.is_active:
        return False
    db.session.add(_mail(user, known, base_url))
    return True


def _mail(user: User, lines: Sequence[DigestLine], base_url: str) -> OutboxMessage:
    language = user.language
    entries = [
        f"- {sentence(line.topic, line.fields, language)}\n  {see_in_product(line.subject, base_url, language)}"
        for line in lines
    ]
    return OutboxMessage(
        company_id=lines[0].company_id,
        key=f"digest:{lines[0].id}:{user.id}",
        channel="mail",
        recipient=user.email,
        title=translate(N_("Your list of {count} notices from Piaoflow"), language, count=len(lines)),
        body="\n".join(entries) + "\n",
    )
