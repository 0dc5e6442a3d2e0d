"""`piaoflow backup`: take, verify, restore, list."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from tasks import backups
from tasks.backups import BackupFailed, Manifest
from web import migrations
from web import settings as environment
from web.app import create_app
from web.cli import Refusal
from web.cli.application import OPERATOR, context, in_app, read_settings
from web.server import site
from web.settings import Settings

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group
def backup() -> None:
    """Backups of database and attachments; they may be taken while the server runs."""


@backup.command
@in_app
def take() -> None:
    """Take a backup, read it back, and let old ones go."""
    settings = read_settings()
    click.echo("Saving database and attachments …")
    try:
        run = backups.take(OPERATOR, site(settings))
    except BackupFailed as error:
        raise Refusal(f"no backup was taken: {error}") from error
    click.echo(f"{settings.backups_dir / run.file_name}")
    click.echo(f"verified: {sum(run.counts.values())} rows in {len(run.counts)} tables, {run.size} bytes")
    click.echo(f"sha256: {run.sha256}")


@backup.command("list")
@in_app
def list_runs() -> None:
    """List the latest runs, newest first: when, size, file, state."""
    for run in backups.list_runs(OPERATOR):
        state = f"failed: {run.error}" if run.error else "removed" if run.removed_at else "verified"
        click.echo(f"{run.started_at:%Y-%m-%d %H:%M:%S}Z\t{run.size}\t{run.file_name or '-'}\t{state}")


@backup.command
@click.argument("file", type=_File)
@click.option("--without-key", is_flag=True, help="Check whether it is whole, not who made it.")
def verify(file: Path, without_key: bool) -> None:
    """Read an archive back and recompute everything in it."""
    verdict = backups.verify(file, None if without_key else read_settings().secret_key)
    if verdict.problems or verdict.manifest is None:
        raise Refusal("\n  ".join([f"{file.name} is damaged", *map(str, verdict.problems)]))
    manifest = verdict.manifest
    click.echo(f"{file.name} is whole: version {manifest.version}, taken {manifest.created_at}")
    _print_counts(manifest)


@backup.command
@click.argument("file", type=_File)
@click.option("--into", "folder", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option("--database", help="An empty PostgreSQL database (postgresql://…), for an archive of one.")
@click.option("--without-key", is_flag=True, help="Accept an archive made with a secret key that is lost.")
def restore(file: Path, folder: Path, database: str | None, without_key: bool) -> None:
    """Make an archive into a data folder again; nothing that exists is overwritten."""
    settings = read_settings()
    if database is None and _is_of_postgres(file):
        raise Refusal("this is a backup of PostgreSQL: name an empty database with --database")
    click.echo("Checking and restoring …")
    manifest = backups.restore(file, folder, None if without_key else settings.secret_key)
    if manifest.database == "postgresql":
        _load(manifest, folder, database or "", settings)
    _print_counts(manifest)
    click.echo(f"Restored into {folder} and verified. To use it: PIAOFLOW_DATA={folder}, with the same secret key.")


def _is_of_postgres(file: Path) -> bool:
    manifest = backups.verify(file, None).manifest
    return manifest is not None and manifest.database == "postgresql"


def _load(manifest: Manifest, folder: Path, database: str, settings: Settings) -> None:
    """Make the tables as they were when saved, fill them, and bring them to this program's version."""
    place = {"DATABASE_URL": database, "PIAOFLOW_DATA": str(folder), "PIAOFLOW_SECRET_KEY": settings.secret_key}
    app = create_app(environment.read(os.environ | place))
    with context(app):
        migrations.upgrade(app, manifest.revision or "head")
        loaded = backups.load_tables(OPERATOR, folder / "database")
        if wrong := [table for table, rows in loaded.items() if manifest.counts.get(table, 0) != rows]:
            raise Refusal(f"the restored tables do not hold what was saved: {', '.join(wrong)}")
        migrations.upgrade(app)
    shutil.rmtree(folder / "database")


def _print_counts(manifest: Manifest) -> None:
    width = max(map(len, manifest.counts), default=0)
    for table, rows in sorted(manifest.counts.items()):
        click.echo(f"  {table:{width}} {rows:>9}")
    click.echo(f"  {len(manifest.members)} files, {len(manifest.heads)} ledger chains: every hash as saved")
