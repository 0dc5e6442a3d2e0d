"""Where this installation keeps its things: what jobs and the clock need to know of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.channels import Channel


@dataclass(frozen=True, kw_only=True)
class Site:
    """`secret_key` signs backups and links in mails; `backup_keep` says how many backups are kept (see
    `tasks.backups.retention`); `base_url` is where mails lead, without a slash at its end.
    """

    attachments_dir: Path
    backups_dir: Path
    secret_key: str
    backup_keep: str
    channels: Mapping[str, Channel]
    base_url: str = ""
