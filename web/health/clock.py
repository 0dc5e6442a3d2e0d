"""What is known of the clock."""

from __future__ import annotations


def clock_facts() -> dict[str, object]:
    """The state of the clock: ``unknown`` where none has reported."""
    return {"state": "unknown"}
