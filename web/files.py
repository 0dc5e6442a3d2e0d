"""Files of people: where they lie, and how one is sent so that it stays a file."""

from __future__ import annotations

from io import BytesIO
from typing import Protocol

from flask import Response, current_app, send_file

from tasks.files import FileStore


class Stored(Protocol):
    """What is known of a file besides its bytes."""

    @property
    def name(self) -> str: ...

    @property
    def media_type(self) -> str: ...


def store() -> FileStore:
    return FileStore(current_app.config["SETTINGS"].attachments_dir)


def as_download(file: Stored, data: bytes) -> Response:
    """Never shown by the browser under our address: whatever is in it stays a file, and could do nothing there."""
    response = send_file(BytesIO(data), file.media_type, as_attachment=True, download_name=file.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
