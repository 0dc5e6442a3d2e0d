"""Files beside a comment or a decision, as the forms send them: chosen with the form, or sent one by one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from marshmallow import ValidationError

from models.errors import Invalid
from models.inbox import Upload
from tasks import requests
from tasks.inbox import TaskView
from web import files
from web.converters import MAX_ID
from web.forms import sentence
from web.security import current_actor

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.ofd,.xlsx,.docx"


@dataclass(frozen=True)
class SentFiles:
    """`ids` of the files that the form brings or names; `problems` say which of them were not taken, and why."""

    ids: list[int]
    problems: list[str]

    def refuse_problems(self) -> None:
        """Raises `ValidationError` where there are any: nothing is said with only some of its files beside it."""
        if self.problems:
            raise ValidationError({"files": self.problems})


def take_files(request_id: int) -> SentFiles:
    """Keep the files that came with the form, each by itself, so that a bad one does not cost the good ones."""
    sent = SentFiles([int(text) for text in request.form.getlist("files") if _is_id(text)], [])
    for file in request.files.getlist("new_files"):
        if not file.filename:
            continue
        try:
            kept = requests.add_upload(
                current_actor(), store=files.store(), request_id=request_id, name=file.filename, data=file.read()
            )
            sent.ids.append(kept.id)
        except Invalid as refusal:
            sent.problems.append(sentence(refusal))
    return sent


def show_files(seen: TaskView, sent: SentFiles | None) -> dict[str, object]:
    """What the form needs: the files that wait for it, and what it may take."""
    waiting: Sequence[Upload] = ()
    if sent and sent.ids:
        waiting = requests.list_uploads(current_actor(), request_id=seen.row.request.id, ids=sent.ids)
    return {
        "waiting": waiting,
        "accepted": ACCEPTED,
        "max_bytes": requests.MAX_ATTACHMENT_BYTES,
        "max_files": requests.MAX_ATTACHMENTS,
    }


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= MAX_ID
