"""Take a backup while the system runs, and let old ones go."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select, update

from models.access import Actor, Permission
from models.backups import BackupRun
from models.db import db, utc_now
from tasks.backups import archive
from tasks.backups.archive import ATTACHMENTS, DATABASE, Manifest
from tasks.backups.checking import verify
from tasks.backups.contents import examine
from tasks.backups.retention import parse_rule, surplus
from tasks.backups.saving import save_database
from tasks.boundary import command, job, query
from tasks.site import Site

_NAME = "piaoflow-%Y%m%dT%H%M%S.%fZ.zip"
_log = logging.getLogger(__name__)


class BackupFailed(Exception):
    """No good backup came of it; what was written is removed."""


@job
def take(actor: Actor, site: Site) -> BackupRun:
    """Save database and attachments into one archive, read it back, note it, and let old archives go.

    1. The database, as it is at one moment. 2. The attachments: written before the rows that name them, so none is
    missing. 3. The archive, under a name that is not yet a backup's. 4. Everything read back and recomputed. 5. Its
    name, its note, and retention. Raises `BackupFailed`.
    """
    started_at = utc_now()
    site.backups_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = site.backups_dir / started_at.strftime(_NAME)
    partial = path.with_suffix(".partial")
    try:
        manifest = _write(partial, site, started_at)
        run = BackupRun(
            started_at=started_at,
            file_name=path.name,
            size=partial.stat().st_size,
            sha256=_sha256(partial),
            counts=dict(manifest.counts),
            verified_at=utc_now(),
        )
        _rename(partial, path)
    except (BackupFailed, OSError) as error:
        partial.unlink(missing_ok=True)
        _note(actor, BackupRun(started_at=started_at, error=str(error)))
        raise BackupFailed(str(error)) from error
    _note(actor, run)
    _remove_surplus(actor, site)
    return run


@query(Permission.CLOCK_RUN)
def list_runs(_actor: Actor, *, limit: int = 50) -> Sequence[BackupRun]:
    """The latest runs, newest first, also those that failed and those whose archive is gone."""
    return db.session.scalars(select(BackupRun).order_by(BackupRun.id.desc()).limit(limit)).all()


def _write(path: Path, site: Site, started_at: datetime) -> Manifest:
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=site.backups_dir) as name:
        folder = Path(name)
        save_database(folder)
        contents = examine(folder)
        if contents.problems:
            raise BackupFailed("; ".join(contents.problems))
        manifest = Manifest(
            version=version("piaoflow"),
            created_at=started_at.isoformat(),
            database=db.engine.dialect.name,
            revision=contents.revision,
            counts=contents.counts,
            heads=contents.heads,
        )
        files = [*_members(DATABASE, folder), *_members(ATTACHMENTS, site.attachments_dir)]
        written = archive.write(path, files, manifest, site.secret_key)
    if problems := verify(path, site.secret_key).problems:
        raise BackupFailed("; ".join(map(str, problems)))
    return written


def _members(prefix: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below `folder`. A leading dot marks one that is still being written."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield prefix + path.relative_to(folder).as_posix(), path


def _rename(partial: Path, path: Path) -> None:
    """So that the new name outlives a power cut."""
    partial.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@command(Permission.CLOCK_RUN)
def _note(_actor: Actor, run: BackupRun) -> None:
    db.session.add(run)


def _remove_surplus(actor: Actor, site: Site) -> None:
    archives = {moment: path for path in site.backups_dir.glob("piaoflow-*.zip") if (moment := _moment(path))}
    for moment in surplus(archives, parse_rule(site.backup_keep)):
        archives[moment].unlink(missing_ok=True)
        _note_removed(actor, file_name=archives[moment].name)
        _log.info("backup %s is older than the rule keeps and was removed", archives[moment].name)


def _moment(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None  # somebody else's file


@command(Permission.CLOCK_RUN)
def _note_removed(_actor: Actor, *, file_name: str) -> None:
    gone = update(BackupRun).where(BackupRun.file_name == file_name, BackupRun.removed_at.is_(None))
    db.session.execute(gone.values(removed_at=utc_now()))
