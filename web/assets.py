"""Addresses of the built front end: a source name such as ``app.js`` becomes its hashed file.

The manifest is written by ``web/frontend/build.mjs`` and read once per process, again only when it has changed.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
URL_PREFIX = "/static/dist"


class FrontEndMissing(RuntimeError):
    """The front end was not built, or a template asks for a file that the build does not make."""


def asset(name: str) -> str:
    """Return the address of a built file, e.g. ``asset("app.css")``; raises FrontEndMissing for an unknown name."""
    try:
        return f"{URL_PREFIX}/{_manifest()[name]}"
    except KeyError:
        raise FrontEndMissing(f"The front end build has no file named {name}.") from None


def asset_path(name: str) -> Path:
    """Return the file itself, for what is read by the server: ``asset_path("fonts/NotoSansSC_400Regular.ttf")``."""
    try:
        return DIST / _manifest()[name]
    except KeyError:
        raise FrontEndMissing(f"The front end build has no file named {name}.") from None


def _manifest() -> dict[str, str]:
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise FrontEndMissing("The front end is not built: run `make setup`.") from None


@lru_cache(maxsize=1)
def _read(path: Path, _modified_ns: int) -> dict[str, str]:
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
