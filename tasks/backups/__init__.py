"""Backups: one archive with database and attachments, read back and recomputed before it counts as taken."""

from tasks.backups.archive import Manifest, Problem
from tasks.backups.checking import Verdict, verify
from tasks.backups.restoring import load_tables, restore
from tasks.backups.retention import parse_rule, surplus
from tasks.backups.taking import BackupFailed, list_runs, take

__all__ = [
    "BackupFailed",
    "Manifest",
    "Problem",
    "Verdict",
    "list_runs",
    "load_tables",
    "parse_rule",
    "restore",
    "surplus",
    "take",
    "verify",
]
