"""From an occasion to the people: one row in the transaction of what happened, the rest after its commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import contains_eager, joinedload

from models.access import Actor, Permission
from models.accounts import Membership, User
from models.db import Base, db, utc_now
from models.later import write_later
from models.notices import DigestLine, NoticeEvent, Notification, OutboxMessage
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from tasks.boundary import command, job
from tasks.notices.chat import tell_chat
from tasks.notices.letters import write_mail, write_outside_mail
from tasks.notices.preferences import rules_of
from tasks.notices.rules import BELL, MAIL, Rules
from tasks.notices.topics import TOPICS

_BATCH = 50
_ADD = insert(Base.metadata.tables["notice_event"])


def notify(
    company_id: int,
    people: Iterable[int],
    topic: str,
    subject: str,
    *,
    key: str,
    role: str = "",
    outsiders: Iterable[str] = (),
    **fields: str,
) -> None:
    """Tell `people` (user ids), and whoever holds `role`, about `subject` once the transaction is committed.

    `outsiders` are mail addresses of signers of a task who are no users; they get mail only.

    Costs one row. `key` names the occasion and must be new. Raises `KeyError` for a topic that is not in `TOPICS`.
    """
    TOPICS[topic]
    write_later(
        _ADD,
        company_id=company_id,
        key=key,
        topic=topic,
        subject=subject,
        people=sorted(set(people)),
        role=role,
        outsiders=sorted(set(outsiders)),
        fields=fields,
        created_at=utc_now(),
    )


@job
def expand_new(actor: Actor, *, base_url: str) -> int:
    """Write the notes and messages of every event that has none yet. Returns how many events were expanded.

    Each event is expanded exactly once: it is marked in the transaction that writes what it leads to.
    """
    expanded = 0
    while done := _expand_batch(actor, base_url=base_url):
        expanded += done
    return expanded


@command(Permission.CLOCK_RUN)
def _expand_batch(_actor: Actor, *, base_url: str) -> int:
    new = (
        select(NoticeEvent)
        .where(NoticeEvent.expanded_at.is_(None))
        .order_by(NoticeEvent.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    events = db.session.scalars(new).all()
    for event in events:
        event.expanded_at = utc_now()
        if event.topic in TOPICS:  # one of an earlier release may have gone
            _expand(event, base_url)
    return len(events)


def _expand(event: NoticeEvent, base_url: str) -> None:
    members = _members(event)
    rules = rules_of(event.company_id, [member.user_id for member in members])
    tell_chat(event, members, rules, base_url)
    for member in members:
        if rules[member.user_id].wants(TOPICS[event.topic], BELL):
            db.session.add(_note(event, member))
        if rules[member.user_id].wants(TOPICS[event.topic], MAIL):
            db.session.add(_mail(event, member, rules[member.user_id], base_url))
    for signer in _outsiders(event):
        db.session.add(write_outside_mail(event, signer, base_url))


def _outsiders(event: NoticeEvent) -> Sequence[TaskSigner]:
    """The signers from outside whom the event is for, without those whose turn is over by now."""
    kind, _colon, number = event.subject.partition(":")
    if not event.outsiders or kind != "task":
        return []
    is_asked = (TaskSigner.status == SignerStatus.OPEN) & (HumanTask.status == TaskStatus.OPEN)
    wanted = select(TaskSigner).join(TaskSigner.task).where(TaskSigner.task_id == int(number), is_asked)
    return db.session.scalars(wanted.where(TaskSigner.mail.in_(event.outsiders)).order_by(TaskSigner.id)).all()


def _members(event: NoticeEvent) -> Sequence[Membership]:
    """Whom the event is for, without those who have left since."""
    active = (
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user), joinedload(Membership.company))
        .where(Membership.company_id == event.company_id, Membership.is_active, User.is_active)
        .order_by(Membership.user_id)
    )
    if not event.role:
        return db.session.scalars(active.where(Membership.user_id.in_(event.people))).all()
    named = set(event.people)
    return [member for member in db.session.scalars(active) if member.user_id in named or event.role in member.roles]


def _note(event: NoticeEvent, member: Membership) -> Notification:
    return Notification(
        company_id=event.company_id,
        user_id=member.user_id,
        topic=event.topic,
        fields=event.fields,
        subject=event.subject,
        created_at=event.created_at,
    )


def _mail(event: NoticeEvent, member: Membership, rules: Rules, base_url: str) -> DigestLine | OutboxMessage:
    topic, now = TOPICS[event.topic], utc_now()
    due_at = rules.digest_due(topic, now)
    if due_at is not None:
        return _line(event, member, due_at)
    message = write_mail(event, member, base_url)
    message.due_at = rules.send_at(topic, now)
    return message


def _line(event: NoticeEvent, member: Membership, due_at: datetime) -> DigestLine:
    return DigestLine(
        company_id=event.company_id,
        user_id=member.user_id,
        topic=event.topic,
        fields=event.fields,
        subject=event.subject,
        created_at=event.created_at,
        due_at=due_at,
    )
