"""Delivery of what waits in the outbox: claim, send, settle. No transaction is open while something is sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from models.access import Actor, Permission
from models.db import db, utc_now
from models.notices import ChatChannel, OutboxMessage
from tasks.boundary import command, job
from tasks.channels import Channel, Letter, Robot, Undeliverable
from tasks.jobs import MAXIMUM_ATTEMPTS, wait_seconds
from tasks.notices.letters import LINK_MARK
from tasks.notices.links import sign_link
from tasks.notices.rules import CHAT

_LEASE = timedelta(minutes=5)  # longer than the channels' time-outs
_BATCH = 20
_ERROR_CHARACTERS = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A message that this process may send now. The number of the attempt is its fencing token."""

    message_id: int
    attempt: int
    channel: str
    letter: Letter


@job
def deliver_due(actor: Actor, channels: Mapping[str, Channel], *, secret_key: str = "") -> int:
    """Send everything that is due. Returns how many messages were delivered.

    A message is delivered at least once: a crash between sending and settling sends it again, under the same key.
    `secret_key` signs the links in it.
    """
    delivered = 0
    while claims := _claim_due(actor, secret_key=secret_key):
        for claim in claims:
            delivered += _deliver(actor, claim, channels)
    return delivered


def _deliver(actor: Actor, claim: Claim, channels: Mapping[str, Channel]) -> bool:
    try:
        channels[claim.channel].send(claim.letter)
    except (Undeliverable, KeyError, UnicodeError) as error:
        _settle_failed(actor, claim, error=f"{type(error).__name__}: {error}", is_final=True)
        _log.error("message %s cannot be delivered: %s", claim.letter.key, error)  # no fault of ours
        return False
    except OSError as error:  # smtplib's own errors are OSErrors too
        is_final = claim.attempt >= MAXIMUM_ATTEMPTS
        _settle_failed(actor, claim, error=f"{type(error).__name__}: {error}", is_final=is_final)
        level = logging.ERROR if is_final else logging.WARNING
        _log.log(level, "message %s was not delivered (attempt %d): %s", claim.letter.key, claim.attempt, error)
        return False
    _settle_sent(actor, claim)
    return True


@command(Permission.CLOCK_RUN)
def _claim_due(_actor: Actor, *, secret_key: str = "") -> list[Claim]:
    now = utc_now()
    due = (
        select(OutboxMessage)
        .where(OutboxMessage.due_at <= now)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claims = []
    for message in db.session.scalars(due).all():
        message.attempts += 1
        message.due_at = now + _LEASE
        body = _with_links(message, secret_key)
        robot = _robot(message) if message.channel == CHAT else None
        letter = Letter(message.key, message.recipient, message.title, body, message.created_at, robot)
        claims.append(Claim(message.id, message.attempts, message.channel, letter))
    return claims


def _robot(message: OutboxMessage) -> Robot | None:
    """The robot of the chat channel that the message is for; None where it was switched off or removed since."""
    wanted = ChatChannel.id == int(message.recipient)
    channel = db.session.scalars(select(ChatChannel).where(wanted, ChatChannel.is_active)).one_or_none()
    return Robot(channel.kind, channel.url, channel.secret) if channel else None


def _with_links(message: OutboxMessage, secret_key: str) -> str:
    """The signature is in the mail only: what is kept of it opens nothing."""
    if message.mail_link is None:
        return message.body
    return message.body.replace(LINK_MARK, sign_link(message.mail_link, secret_key))


@command(Permission.CLOCK_RUN)
def _settle_sent(_actor: Actor, claim: Claim) -> None:
    _settle(claim, sent_at=utc_now(), due_at=None, error="")


@command(Permission.CLOCK_RUN)
def _settle_failed(_actor: Actor, claim: Claim, *, error: str, is_final: bool) -> None:
    due_at = None if is_final else utc_now() + timedelta(seconds=wait_seconds(claim.attempt))
    _settle(claim, due_at=due_at, error=error[:_ERROR_CHARACTERS])


def _settle(claim: Claim, **changes: object) -> None:
    """Only while the claim still holds: whoever claimed the message after us settles it."""
    held = (OutboxMessage.id == claim.message_id) & (OutboxMessage.attempts == claim.attempt)
    db.session.execute(update(OutboxMessage).where(held, OutboxMessage.sent_at.is_(None)).values(**changes))
