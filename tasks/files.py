"""Attachments on disk: each file under its own SHA-256, outside the web root, never overwritten."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from models.errors import NotFound


@dataclass(frozen=True)
class FileStore:
    root: Path

    def put(self, data: bytes) -> str:
        """Keep `data`; returns its SHA-256. On the disk before this returns, so a row that names it is never alone.

        A file whose transaction is rolled back stays as a harmless orphan.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{digest}.{os.getpid()}.{os.urandom(4).hex()}")
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        return digest

    def get(self, digest: str) -> bytes:
        """Raises `NotFound` when it is gone or was changed on the disk."""
        path = self._path(digest)
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise NotFound(
                "This file is missing or damaged on the server. Ask your administrator to restore it from a backup.",
                code="file.damaged",
            )
        return data

    def _path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest
