"""Versions of a definition: what changed between two, and how a running instance moves from one to the other."""

from engine.versions.changes import Change, Difference
from engine.versions.diff import VersionFiles, compare

__all__ = ["Change", "Difference", "VersionFiles", "compare"]
