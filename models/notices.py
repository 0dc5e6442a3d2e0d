"""Who is told what: occasions, notes inside the product, people's choices, and messages that leave the house."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, UtcDateTime, enum_type, utc_now
from models.processes import HumanTask, TaskSigner
from models.tenancy import CompanyScoped


class NoticeEvent(CompanyScoped, Model):
    """Something that people are to be told. Written in the transaction of what happened; the clock expands it later.

    It is for the user ids of `people`, for whoever holds `role` when it is expanded, and for the `outsiders` (by mail
    address) whose turn it then is in the task that it is about. `expanded_at` is empty until its notes and messages are
    written, in one transaction with them.
    """

    __table_args__ = (Index("ix_notice_event_new", "expanded_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    people: Mapped[list[int]] = mapped_column(JSON, default=list)
    role: Mapped[str] = mapped_column(default="")
    outsiders: Mapped[list[str]] = mapped_column(JSON, default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expanded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Notification(CompanyScoped, Model):
    """A note in a person's bell. `topic` chooses the sentence, `fields` fill it, in the reader's language."""

    __table_args__ = (Index("ix_notification_unread", "company_id", "user_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    subject: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Digest(StrEnum):
    """How mails are gathered: each at once, one an hour, or one a day."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"


class NoticePreference(CompanyScoped, Model):
    """What a person wants to be told in one company, and when. Who has no row has the defaults.

    `unwanted` lists what they switched off, as ``group:channel``, so that what is new is told to everybody. Between
    `quiet_from` and `quiet_until`, on the clock of `time_zone` (empty: the company's), mail and chat wait.
    """

    __table_args__ = (UniqueConstraint("company_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    unwanted: Mapped[list[str]] = mapped_column(JSON, default=list)
    digest: Mapped[Digest] = mapped_column(enum_type(Digest), default=Digest.OFF)
    digest_at: Mapped[time] = mapped_column(Time, default=time(9))
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_until: Mapped[time | None] = mapped_column(Time)
    time_zone: Mapped[str] = mapped_column(default="")
    urgent_passes: Mapped[bool] = mapped_column(default=True)


class DigestLine(CompanyScoped, Model):
    """A notice that waits for a person's next mail with a list, which is due at `due_at`."""

    __table_args__ = (Index("ix_digest_line_due", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    subject: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MailLink(CompanyScoped, Model):
    """A link by which one person may decide one task, once, until `expires_at`: a user, or a signer from outside.

    The link carries a signature made with the application's key while the mail is sent: neither this row nor the
    outbox nor a backup of them is enough to use it.
    """

    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (signer_id IS NULL)", name="user_or_signer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("task_signer.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User | None] = relationship()
    signer: Mapped[TaskSigner | None] = relationship()
    task: Mapped[HumanTask] = relationship()


class ChatKind(StrEnum):
    """Whose group robots these are; `JSON` is any program that takes a POST."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    JSON = "json"


class ChatChannel(CompanyScoped, Model):
    """A chat group that is told of the topics in `groups`.

    Whoever knows the robot's address can write to the group: `url` and `secret` are sealed (`models/crypto.py`), and
    people see only `shown_url`.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[ChatKind] = mapped_column(enum_type(ChatKind))
    url: Mapped[str] = mapped_column(Text)
    shown_url: Mapped[str]
    secret: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(default="zh")
    groups: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class OutboxMessage(CompanyScoped, Model):
    """A message to deliver, at least once; the receiver recognises a repeat by `key`."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    recipient: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    mail_link_id: Mapped[int | None] = mapped_column(ForeignKey("mail_link.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=utc_now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
    mail_link: Mapped[MailLink | None] = relationship()
