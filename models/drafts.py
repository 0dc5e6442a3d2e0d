"""Flows that are being edited: their files, every text that these have had, and who is at them."""

from __future__ import annotations

import zlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Dialect, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from models.accounts import User
from models.db import Model, UtcDateTime, enum_type, utc_now
from models.errors import Conflict
from models.processes import ProcessDefinition
from models.tenancy import CompanyScoped


class PackedText(TypeDecorator[str]):
    """A long text, stored compressed: a file that is saved every second differs little and is kept whole."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else zlib.decompress(value).decode()


class DraftState(StrEnum):
    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class EditKind(StrEnum):
    """Where a text came from. `ASIDE`: somebody saved it without having seen the newest one. It replaces none."""

    START = "start"
    SAVE = "save"
    IMPORT = "import"
    ASIDE = "aside"


class FlowDraft(CompanyScoped, Model):
    """The next version of the flow `key`, being made. A company has at most one open draft of a flow."""

    __table_args__ = (
        Index(
            "uq_flow_draft_open",
            "company_id",
            "key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    base_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    state: Mapped[DraftState] = mapped_column(enum_type(DraftState), default=DraftState.OPEN)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    base: Mapped[ProcessDefinition] = relationship()
    edited_by: Mapped[User | None] = relationship(foreign_keys=[edited_by_id])
    files: Mapped[list[DraftFile]] = relationship(back_populates="draft", order_by="DraftFile.id")

    def require_open(self) -> None:
        """Raises `Conflict` once it was published or discarded."""
        if self.state is DraftState.PUBLISHED:
            raise Conflict("This draft was published. Begin a new one.", code="draft.published")
        if self.state is DraftState.DISCARDED:
            raise Conflict("This draft was discarded. Take it up again to go on.", code="draft.discarded")


class DraftFile(CompanyScoped, Model):
    """A diagram (``KEY.bpmn``) or a decision file (``KEY.dmn``) of a draft. Its text is that of edit `number`."""

    __table_args__ = (UniqueConstraint("draft_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("flow_draft.id"))
    name: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    draft: Mapped[FlowDraft] = relationship(back_populates="files")


class DraftEdit(CompanyScoped, Model):
    """One text of a file. `parent` is the number of the text that it was made from; the first one has none.

    Nothing is overwritten: taking back goes to the parent, and what comes next is one more child of it.
    """

    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("draft_file.id"))
    number: Mapped[int]
    parent: Mapped[int | None]
    kind: Mapped[EditKind] = mapped_column(enum_type(EditKind), default=EditKind.SAVE)
    text: Mapped[str] = mapped_column(PackedText, deferred=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    file: Mapped[DraftFile] = relationship()
    user: Mapped[User | None] = relationship()


class DraftVisitor(CompanyScoped, Model):
    """A browser tab that shows a draft. The one that `is_editing` may change it while it is seen; others look on."""

    __table_args__ = (UniqueConstraint("draft_id", "user_id", "tab"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("flow_draft.id"))
    tab: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    is_editing: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    user: Mapped[User] = relationship()
