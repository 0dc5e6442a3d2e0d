"""What changed between two versions of a flow, in the reader's words."""

from __future__ import annotations

from models.errors import Invalid
from tasks.processes import Difference
from web.forms import sentence
from web.labels import local_title


def say_changes(difference: Difference) -> list[tuple[str, str, str]]:
    """Effect, element and sentence of every change."""
    return [
        (
            change.effect,
            change.element_id,
            sentence(
                Invalid.of(
                    change.message,
                    {"element": local_title(change.title, change.title_zh), **change.fields},
                    code="change",
                )
            ),
        )
        for change in difference.changes
    ]
