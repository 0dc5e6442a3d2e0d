"""Whether an archive is what was saved: every byte, every row count, every chain."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.backups import archive
from tasks.backups.archive import DATABASE, Manifest, Problem
from tasks.backups.contents import Contents, examine


@dataclass(frozen=True)
class Verdict:
    """Whole when there are no problems."""

    manifest: Manifest | None
    problems: list[Problem]


def verify(path: Path, secret_key: str | None) -> Verdict:
    """Read the archive back and recompute everything. Without a key, who made it stays unknown."""
    manifest, problems = archive.check(path, secret_key)
    if manifest is None or problems:
        return Verdict(manifest, problems)
    with tempfile.TemporaryDirectory(prefix="piaoflow-verify-", dir=path.parent) as folder:
        archive.unpack(path, Path(folder), only=DATABASE)
        return Verdict(manifest, list(compare(manifest, examine(Path(folder) / DATABASE))))


def compare(manifest: Manifest, contents: Contents) -> Iterator[Problem]:
    """Where a database does not hold what the manifest says."""
    yield from (Problem("database", problem) for problem in contents.problems)
    if contents.problems:
        return
    for table in sorted({*manifest.counts, *contents.counts}):
        saved, found = manifest.counts.get(table, 0), contents.counts.get(table, 0)
        if saved != found:
            yield Problem("database", f"{table} has {found} rows instead of {saved}")
    if dict(manifest.heads) != contents.heads:
        yield Problem("database", "a ledger chain ends elsewhere than when it was saved")
