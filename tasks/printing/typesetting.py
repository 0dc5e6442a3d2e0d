"""Runs typst in a process of its own: it can be stopped for good, and nothing it does touches the server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from models.errors import Invalid
from tasks.printing.glyphs import spell_out_missing

TIME_LIMIT_SECONDS: Final = 20.0
MOST_CHARACTERS: Final = 1_000_000  # about 400 MB of memory while typesetting
DEFAULT_FONTS_DIR: Final = Path(__file__).parents[2] / "web" / "static" / "dist" / "fonts"
TEMPLATES_DIR: Final = Path(__file__).parent / "templates"
_WORKER: Final = Path(__file__).with_name("worker.py")
_FONT_PATTERNS: Final = ("NotoSansSC*Regular*.ttf", "NotoSansSC*Bold*.ttf")
_slots = threading.BoundedSemaphore(4)


class FontsMissing(RuntimeError):
    """The installation lacks the fonts; the operator, not the user, must act."""


class TypesettingFailed(RuntimeError):
    """A template is faulty: a bug of ours, with typst's own message."""


def typeset(
    template: str,
    data: dict[str, object],
    *,
    fonts_dir: Path | None = None,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
) -> bytes:
    """The PDF of `template` filled with `data`, which typst reads as JSON and never as markup.

    Raises FontsMissing without the fonts, Invalid past MOST_CHARACTERS or the time limit, and TypesettingFailed for a
    faulty template.
    """
    fonts = fonts_dir or DEFAULT_FONTS_DIR
    _require_fonts(fonts)
    content = json.dumps(data, ensure_ascii=False)
    if len(content) > MOST_CHARACTERS:
        raise Invalid(
            "The document holds {count} characters, too many to print; the limit is {limit}.",
            code="printing.too_large",
            count=len(content),
            limit=MOST_CHARACTERS,
        )
    order = {
        "root": str(TEMPLATES_DIR),
        "template": template,
        "fonts": str(fonts),
        "data": spell_out_missing(content, fonts),
    }
    return _run_worker(json.dumps(order).encode(), time_limit_seconds)


def _require_fonts(folder: Path) -> None:
    missing = [pattern for pattern in _FONT_PATTERNS if not any(folder.glob(pattern))]
    if missing:
        raise FontsMissing(f"No font {' and '.join(missing)} in {folder}: run `make setup`, which fetches the fonts.")


def _run_worker(order: bytes, time_limit_seconds: float) -> bytes:
    # An isolated interpreter with an empty environment: no secret of the server reaches the process.
    command = [sys.executable, "-I", str(_WORKER)]
    try:
        with _slots:
            done = subprocess.run(  # noqa: S603 - both paths are our own, user data goes through standard input
                command, input=order, capture_output=True, timeout=time_limit_seconds, env={}, check=False
            )
    except subprocess.TimeoutExpired as late:
        raise Invalid(
            "The document took longer than {seconds} seconds to print; split it into fewer lines and try again.",
            code="printing.too_slow",
            seconds=round(time_limit_seconds),
        ) from late
    if done.returncode != 0:
        raise TypesettingFailed(done.stderr.decode(errors="replace")[-2_000:])
    return done.stdout
