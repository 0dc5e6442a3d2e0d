"""Imports of spreadsheets: which file, by whom, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model, UtcDateTime, enum_type, utc_now
from models.errors import Conflict
from models.tenancy import CompanyScoped


class ImportStatus(StrEnum):
    UPLOADED = "uploaded"
    DONE = "done"


class ImportJob(CompanyScoped, Model):
    """An uploaded file between its dry run and its import. The file itself lies under `sha256` with the attachments."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    status: Mapped[ImportStatus] = mapped_column(enum_type(ImportStatus), default=ImportStatus.UPLOADED)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def finish(self, counts: dict[str, int]) -> None:
        """Note what was imported. Raises `Conflict` the second time."""
        if self.status is not ImportStatus.UPLOADED:
            raise Conflict("This file was imported already. Upload it again to import it again.", code="import.done")
        self.status = ImportStatus.DONE
        self.counts = counts
        self.finished_at = utc_now()
