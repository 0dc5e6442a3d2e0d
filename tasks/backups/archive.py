"""The file of a backup: a ZIP that holds what was saved, a manifest with the hash of each member, and a seal.

The seal is an HMAC over every other byte of the file. It stands at the very end, in the archive's comment, so that any
program can open the archive and no byte can change unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

MANIFEST = "manifest.json"
DATABASE = "database/"
ATTACHMENTS = "attachments/"
_CHUNK = 1 << 20
_SEAL_LABEL = b"piaoflow-backup-seal:"
_SEAL_CHARACTERS = 64
_MEMBER = re.compile(r"(database|attachments)(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
# What the ZIP reader and the manifest raise when some byte is not what it was.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,  # "encrypted": a flag that flipped
    NotImplementedError,
    OverflowError,
    MemoryError,
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one member of an archive, or with the archive as a whole."""

    member: str
    reason: str

    def __str__(self) -> str:
        return f"{self.member}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive holds. `counts` are rows per table, `heads` the last hash of each ledger chain."""

    product: str = "piaoflow"
    version: str
    created_at: str
    database: str
    revision: str
    counts: Mapping[str, int]
    heads: Mapping[str, str]
    members: Mapping[str, str] = field(default_factory=dict)


def write(path: Path, files: Iterable[tuple[str, Path]], manifest: Manifest, secret_key: str) -> Manifest:
    """Write `files` (name in the archive, place on the disk) and the manifest with their hashes; seal the archive."""
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, source in files:
            with source.open("rb") as file, archive.open(name, "w", force_zip64=True) as target:
                hashes[name] = _copy(file, target)
        complete = Manifest(**(asdict(manifest) | {"members": hashes}))
        archive.writestr(MANIFEST, json.dumps(asdict(complete), indent=1, sort_keys=True))
        archive.comment = _SEAL_LABEL + b"0" * _SEAL_CHARACTERS
    with path.open("r+b") as file:
        seal = _seal(file, secret_key)
        file.seek(-_SEAL_CHARACTERS, os.SEEK_END)
        file.write(seal)
        file.flush()
        os.fsync(file.fileno())
    return complete


def check(path: Path, secret_key: str | None) -> tuple[Manifest | None, list[Problem]]:
    """Read every byte back. `secret_key` None: whether the archive is whole, not who made it."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest, problems = _check_members(archive)
    except _DAMAGE as error:
        return None, [Problem("archive", f"cannot be read ({error or type(error).__name__})")]
    if secret_key is not None and not problems and not _is_sealed(path, secret_key):
        reason = "the seal does not fit: the archive was changed, or made with another secret key"
        problems.append(Problem("archive", reason))
    return manifest, problems


def unpack(path: Path, into: Path, *, only: str = "") -> None:
    """Write the members whose name begins with `only` below `into`. For an archive that was checked."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name != MANIFEST and name.startswith(only):
                target = into / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, target.open("wb") as file:
                    _copy(source, file)


def _check_members(archive: zipfile.ZipFile) -> tuple[Manifest | None, list[Problem]]:
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
        expected = dict(manifest.members)
    except _DAMAGE as error:
        return None, [Problem(MANIFEST, f"cannot be read ({error or type(error).__name__})")]
    return manifest, list(_compare(archive, expected))


def _compare(archive: zipfile.ZipFile, expected: Mapping[str, str]) -> Iterator[Problem]:
    names = archive.namelist()
    for name in expected:
        if names.count(name) != 1 or not _MEMBER.fullmatch(name):
            yield Problem(name, "is missing")
            continue
        try:
            with archive.open(name) as source:
                digest = _copy(source, None)
        except _DAMAGE as error:
            yield Problem(name, f"cannot be read ({error or type(error).__name__})")
            continue
        if digest != expected[name]:
            yield Problem(name, "is not what was saved")
    for name in set(names) - set(expected) - {MANIFEST}:
        yield Problem(name, "does not belong to the backup")


def _copy(source: IO[bytes], target: IO[bytes] | None) -> str:
    """Copy to `target`, if there is one; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def _is_sealed(path: Path, secret_key: str) -> bool:
    with path.open("rb") as file:
        expected = _seal(file, secret_key)
        file.seek(-_SEAL_CHARACTERS, os.SEEK_END)
        return hmac.compare_digest(file.read(), expected)


def _seal(file: IO[bytes], secret_key: str) -> bytes:
    """The HMAC over the file up to the place of the seal, as hexadecimal text."""
    key = hmac.digest(secret_key.encode(), b"piaoflow backup seal 1", "sha256")
    digest = hmac.new(key, digestmod="sha256")
    left = file.seek(0, io.SEEK_END) - _SEAL_CHARACTERS
    file.seek(0)
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()
