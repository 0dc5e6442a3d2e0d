"""Published diagrams, their running instances, what happened in them, what they wait for, and where they stopped."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    insert,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, UtcDateTime, enum_type, utc_now
from models.errors import Conflict
from models.tenancy import CompanyScoped


class InstanceStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class StepMode(StrEnum):
    """When the signers of a task have decided it: or-sign, countersign, one after the other, N of M, and so on."""

    ANY = "any"
    ALL = "all"
    ORDER = "order"
    COUNT = "count"
    PERCENT = "percent"
    WEIGHT = "weight"
    VETO = "veto"


class SignerKind(StrEnum):
    """`ASKED` by the chain or the diagram; the others were put in by a signer. An `ADVISER` has no vote."""

    ASKED = "asked"
    BEFORE = "before"
    AFTER = "after"
    PARALLEL = "parallel"
    ADVISER = "adviser"


class SignerStatus(StrEnum):
    """`WAITING`: their turn has not come. `HELD`: others whom they asked answer first. The last three have no say."""

    WAITING = "waiting"
    OPEN = "open"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    ADVISED = "advised"
    DONE = "done"
    MOVED = "moved"
    REMOVED = "removed"
    DROPPED = "dropped"


class WaitKind(StrEnum):
    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"


class IncidentState(StrEnum):
    """How an incident stands. `RESOLVED`: it went away without help, because the flow went another way or ended."""

    OPEN = "open"
    RETRIED = "retried"
    SKIPPED = "skipped"
    RESOLVED = "resolved"


class ProcessDefinition(CompanyScoped, Model):
    """One published version of a diagram with the decisions it calls. Never edited; a change is a new version.

    `content_hash` is the engine's for both: a process that has parsed that content reads the texts no more.
    """

    __table_args__ = (UniqueConstraint("company_id", "key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(default="")
    bpmn: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="texts")
    decisions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, deferred=True, deferred_group="texts")
    note: Mapped[str] = mapped_column(default="")
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Subject:
    """Mixin: the record that a row is about, by kind (``request``) and id. The engine's tables know no other room's."""

    subject_kind: Mapped[str]
    subject_id: Mapped[int]

    @property
    def subject(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}"


class ProcessInstance(Subject, CompanyScoped, Model):
    """A diagram in progress. `revision` guards against two writers: the second one's update finds no row."""

    __table_args__ = (
        Index("ix_process_instance_subject", "company_id", "subject_kind", "subject_id"),
        # The monitor lists and counts by this alone: the rows themselves are long, for the state is in them.
        Index("ix_process_instance_status", "company_id", "status", "id", "definition_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    state: Mapped[str] = mapped_column(Text)
    status: Mapped[InstanceStatus] = mapped_column(enum_type(InstanceStatus), default=InstanceStatus.RUNNING)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column()
    definition: Mapped[ProcessDefinition] = relationship()
    tasks: Mapped[list[HumanTask]] = relationship(back_populates="instance", order_by="HumanTask.id")
    steps: Mapped[list[ProcessStep]] = relationship(order_by="ProcessStep.id", viewonly=True)
    waits: Mapped[list[ProcessWait]] = relationship(
        back_populates="instance", cascade="all, delete-orphan", order_by="ProcessWait.id"
    )
    incidents: Mapped[list[ProcessIncident]] = relationship(back_populates="instance", order_by="ProcessIncident.id")

    __mapper_args__ = {"version_id_col": revision}


class ProcessStep(CompanyScoped, Model):
    """One element that a run passed: what a picture of the run is painted from. `detail` explains a decision.

    `given` is what came from outside as the engine's JSON, so that the run can be replayed on another definition: start
    data, answers of people and messages, results of services.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    event: Mapped[str]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    given: Mapped[str | None] = mapped_column(Text, deferred=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ProcessWait(CompanyScoped, Model):
    """What an instance waits for besides people: a moment, a message or a signal. Found by index, not by its state."""

    __table_args__ = (
        Index("ix_process_wait_due", "due_at"),
        Index("ix_process_wait_name", "company_id", "kind", "name", "correlation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    kind: Mapped[WaitKind] = mapped_column(enum_type(WaitKind))
    element_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    correlation: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    instance: Mapped[ProcessInstance] = relationship(back_populates="waits")


class ProcessIncident(CompanyScoped, Model):
    """A step that failed and waits for help; with an empty `engine_task_id`, an instance that could not be woken.

    The clock tries such an instance again at `retry_at`; where that is empty, a person must act. `attempts` counts the
    failures. `message` is a template in English that `fields` fill.
    """

    __table_args__ = (Index("ix_process_incident_state", "company_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    engine_task_id: Mapped[str] = mapped_column(default="")
    element_id: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    code: Mapped[str]
    message: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[IncidentState] = mapped_column(enum_type(IncidentState), default=IncidentState.OPEN)
    attempts: Mapped[int] = mapped_column(default=1)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column()
    instance: Mapped[ProcessInstance] = relationship(back_populates="incidents")
    resolved_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    def close(self, state: IncidentState, *, by: int | None, reason: str = "", at: datetime) -> None:
        """Raises `Conflict` when it was closed before."""
        if self.state is not IncidentState.OPEN:
            raise Conflict("Somebody has already dealt with this incident.", code="incident.closed")
        self.state, self.resolved_by_id, self.reason, self.resolved_at = state, by, reason, at
        self.retry_at = None


class HumanTask(Subject, CompanyScoped, Model):
    """A step that waits for people. Only `tasks/processes/` creates or closes these rows.

    It waits for its signers, whose answers `mode` and `threshold` weigh (`models/signing.py`), or for anybody in the
    company who holds `role`. `verbs` are what its signers may do; `step` is what the chain says about it.
    The clock reminds, escalates and decides by itself at the moments named, and empties each as it does. `outsider` is
    who closed it from outside the company, as ``Name <mail>``.
    """

    __table_args__ = (
        UniqueConstraint("instance_id", "engine_task_id"),
        Index("ix_human_task_open", "company_id", "status", "id"),
        Index("ix_human_task_subject", "company_id", "subject_kind", "subject_id"),
        Index("ix_human_task_remind", "status", "remind_at"),
        Index("ix_human_task_escalate", "status", "escalate_at"),
        Index("ix_human_task_auto", "status", "auto_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    engine_task_id: Mapped[str]
    element_id: Mapped[str]
    title: Mapped[str]
    title_zh: Mapped[str] = mapped_column(default="")
    form_key: Mapped[str] = mapped_column(default="")
    fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    role: Mapped[str] = mapped_column(default="")
    mode: Mapped[StepMode] = mapped_column(enum_type(StepMode), default=StepMode.ANY)
    threshold: Mapped[int | None]
    verbs: Mapped[list[str]] = mapped_column(JSON, default=list)
    step: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    status: Mapped[TaskStatus] = mapped_column(enum_type(TaskStatus), default=TaskStatus.OPEN)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    auto_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    urged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outsider: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column()
    instance: Mapped[ProcessInstance] = relationship(back_populates="tasks")
    signers: Mapped[list[TaskSigner]] = relationship(
        back_populates="task", cascade="all, delete-orphan", order_by="TaskSigner.id"
    )
    closed_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    @property
    def closer(self) -> str:
        """The name of who closed it; "" while it is open, and where the clock did."""
        return self.closed_by.name if self.closed_by else self.outsider

    def close(self, status: TaskStatus, *, by: int | None, outcome: str, at: datetime, outsider: str = "") -> None:
        """Raises `Conflict` when it was closed before. Whoever has not answered is not asked any more."""
        if self.status is not TaskStatus.OPEN:
            raise Conflict("This task was already handled.", code="task.closed")
        self.status, self.closed_by_id, self.outcome, self.closed_at = status, by, outcome, at
        self.outsider = outsider
        for signer in self.signers:
            if signer.is_pending:
                signer.status, signer.closed_at = SignerStatus.DROPPED, at


class TaskSigner(CompanyScoped, Model):
    """A person who is asked in a task, also in the name of somebody (`acts_for_id`), and what they answered.

    `place` is their turn in a task that is answered one after the other; `parent_id` the signer who put them in.
    Somebody from outside the company has no `user_id`, but the name `outsider` and a `mail` address.
    """

    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (mail IS NULL)", name="user_or_mail"),
        Index("ix_task_signer_task", "task_id"),
        Index("ix_task_signer_user", "company_id", "user_id", "status"),
        Index(
            "ix_task_signer_acts_for",
            "acts_for_id",
            sqlite_where=text("acts_for_id IS NOT NULL"),
            postgresql_where=text("acts_for_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outsider: Mapped[str] = mapped_column(default="")
    mail: Mapped[str | None]
    acts_for_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[SignerKind] = mapped_column(enum_type(SignerKind), default=SignerKind.ASKED)
    status: Mapped[SignerStatus] = mapped_column(enum_type(SignerStatus), default=SignerStatus.WAITING)
    place: Mapped[int] = mapped_column(default=0)
    weight: Mapped[int] = mapped_column(default=1)
    has_veto: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("task_signer.id"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text, default="")
    task: Mapped[HumanTask] = relationship(back_populates="signers")
    # `post_update`: rows are written in the order of `HumanTask.signers`, not children behind all parents.
    parent: Mapped[TaskSigner | None] = relationship(remote_side="TaskSigner.id", post_update=True)
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    acts_for: Mapped[User | None] = relationship(foreign_keys=[acts_for_id])

    @property
    def name(self) -> str:
        return self.user.name if self.user_id is not None and self.user else self.outsider

    @property
    def identity(self) -> int | str:
        """Who it is, wherever they are asked: the id of a user, or the mail address of somebody from outside."""
        return self.user_id if self.user_id is not None else str(self.mail)

    @property
    def address(self) -> str:
        """``Name <mail>`` of somebody from outside; "" for a user."""
        return f"{self.outsider} <{self.mail}>" if self.mail else ""

    def is_turn_of(self, user_id: int | None) -> bool:
        """Whether a user is asked here. Nobody without an id ever is: who is from outside has none either."""
        return user_id is not None and self.user_id == user_id

    @property
    def is_pending(self) -> bool:
        return self.status in (SignerStatus.WAITING, SignerStatus.OPEN, SignerStatus.HELD)

    @property
    def has_say(self) -> bool:
        """Whether their answer, given or to come, counts."""
        return self.status not in (SignerStatus.MOVED, SignerStatus.REMOVED, SignerStatus.DROPPED)


class TaskAction(Subject, CompanyScoped, Model):
    """What somebody did about a subject, for its timeline: submit, approve, return, issue, remind …

    `changes` are entries that they changed: field, line (from 1, or 0), before and after. `files` are what they put
    beside their comment: name, media_type, size in bytes, and the sha256 under which the bytes lie. `outsider` is
    somebody from outside, as ``Name <mail>``: who did it where there is no user, else to whom it was done.
    """

    __table_args__ = (Index("ix_task_action_subject", "company_id", "subject_kind", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("human_task.id"))
    title: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    comment: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outsider: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    about: Mapped[User | None] = relationship(foreign_keys=[about_id])


# For `models.later`: one statement for all lines of a timeline, so that they stand in the order of what happened.
ADD_ACTION = insert(TaskAction)
