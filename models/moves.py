"""Many running flows that move to another version together: who wanted it, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, UtcDateTime, enum_type, utc_now
from models.processes import ProcessDefinition, ProcessInstance
from models.tenancy import CompanyScoped


class MoveClass(StrEnum):
    """What a plan says of an instance. `MAPPING`: somebody has to say which element stands for one that is gone."""

    SAFE = "safe"
    MAPPING = "mapping"
    BLOCKED = "blocked"


class BatchState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class ItemState(StrEnum):
    """How an instance of a batch stands. `RETURNED`: it was moved, and a later batch has brought it back."""

    TODO = "todo"
    MOVED = "moved"
    REFUSED = "refused"
    RETURNED = "returned"


_RUNS = text("state = 'running'")


class MoveBatch(CompanyScoped, Model):
    """Running instances of the flow `key` that are to go on under another version, one after the other.

    A batch that takes another one back (`undoes_id`) has no target of its own: each instance goes to where it came
    from. `id_map` has new ids of elements by their old ones. `runs` counts how often the work was put into the queue.
    """

    __table_args__ = (
        Index("uq_move_batch_running", "company_id", "key", unique=True, sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_move_batch_key", "company_id", "key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    target_id: Mapped[int | None] = mapped_column(ForeignKey("process_definition.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("move_batch.id"))
    id_map: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[BatchState] = mapped_column(enum_type(BatchState), default=BatchState.RUNNING)
    runs: Mapped[int] = mapped_column(default=0)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    resumed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    target: Mapped[ProcessDefinition | None] = relationship()
    undoes: Mapped[MoveBatch | None] = relationship(remote_side="MoveBatch.id")
    started_by: Mapped[User | None] = relationship(foreign_keys=[started_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])

    def begin(self, at: datetime) -> None:
        """It is worked off from now on; also again, after it was stopped or its work was lost."""
        self.state, self.resumed_at, self.ended_at, self.ended_by_id = BatchState.RUNNING, at, None, None
        self.runs = (self.runs or 0) + 1

    def end(self, state: BatchState, *, by: int | None, at: datetime) -> None:
        self.state, self.ended_at, self.ended_by_id = state, at, by


class MoveItem(CompanyScoped, Model):
    """One instance of a batch. What is known of it beside `from_id` and `to_id` is empty until its turn comes.

    `happened` is what was open in it, as `Move.as_dict` of the engine; `reasons` are the findings that refuse it, with
    `code` and `element_id` of the first. `undoes_id` is the item that it takes back.
    """

    __table_args__ = (
        Index("ix_move_item_state", "batch_id", "state", "id"),
        Index("uq_move_item_instance", "batch_id", "instance_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("move_batch.id", ondelete="CASCADE"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("move_item.id"))
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState), default=ItemState.TODO)
    kind: Mapped[MoveClass | None] = mapped_column(enum_type(MoveClass))
    happened: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    code: Mapped[str] = mapped_column(default="")
    element_id: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    batch: Mapped[MoveBatch] = relationship()
    instance: Mapped[ProcessInstance] = relationship()
    from_version: Mapped[ProcessDefinition] = relationship(foreign_keys=[from_id])
    to_version: Mapped[ProcessDefinition] = relationship(foreign_keys=[to_id])
    undoes: Mapped[MoveItem | None] = relationship(remote_side="MoveItem.id")

    def settle(
        self, kind: MoveClass, *, happened: list[dict[str, str]], reasons: list[dict[str, Any]], at: datetime
    ) -> None:
        """Note what became of it: moved, or refused with reasons."""
        self.state = ItemState.REFUSED if reasons else ItemState.MOVED
        self.kind, self.happened, self.reasons, self.at = kind, happened, reasons, at
        first = reasons[0] if reasons else {}
        self.code, self.element_id = first.get("code", ""), first.get("element_id", "")
        if self.undoes is not None and self.state is ItemState.MOVED:
            self.undoes.state = ItemState.RETURNED
