"""The built front end: a source name such as ``app.js`` becomes the address of its hashed file, sent compressed.

The manifest is written by ``web/frontend/build.mjs`` and read once per process, again only when it has changed.
"""

from __future__ import annotations

import json
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

STATIC = Path(__file__).parent / "static"
DIST = STATIC / "dist"
URL_PREFIX = "/static/dist"
# What the build leaves beside each file, best first.
_COMPRESSED = (("br", ".br"), ("gzip", ".gz"))


class FrontEndMissing(RuntimeError):
    """The front end was not built, or a template asks for a file that the build does not make."""


def init_app(app: Flask) -> None:
    """Give templates ``asset`` and let the static files be sent compressed."""
    mimetypes.add_type("application/manifest+json", ".webmanifest")
    app.jinja_env.globals["asset"] = asset
    app.view_functions["static"] = send_static


def asset(name: str) -> str:
    """Return the address of a built file, e.g. ``asset("app.css")``; raises FrontEndMissing for an unknown name."""
    return f"{URL_PREFIX}/{_built_name(name)}"


def asset_path(name: str) -> Path:
    """Return the file itself, for what is read by the server: ``asset_path("fonts/NotoSansSC_400Regular.ttf")``."""
    return DIST / _built_name(name)


def send_static(filename: str) -> Response:
    """Send a static file, compressed if the build has done so and the browser can read it."""
    for encoding, suffix in _COMPRESSED:
        if request.accept_encodings.quality(encoding) and (STATIC / f"{filename}{suffix}").is_file():
            mimetype = mimetypes.guess_type(filename)[0]
            response = send_from_directory(STATIC, f"{filename}{suffix}", mimetype=mimetype)
            response.content_encoding = encoding
            break
    else:
        response = send_from_directory(STATIC, filename)
    response.vary.add("Accept-Encoding")
    return response


def _built_name(name: str) -> str:
    path = DIST / "manifest.json"
    try:
        return _read_manifest(path, path.stat().st_mtime_ns)[name]
    except FileNotFoundError:
        raise FrontEndMissing("The front end is not built: run `make setup`.") from None
    except KeyError:
        raise FrontEndMissing(f"The front end build has no file named {name}.") from None


@lru_cache(maxsize=1)
def _read_manifest(path: Path, _modified_ns: int) -> dict[str, str]:
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
