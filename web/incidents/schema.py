"""What the forms of an incident send: variables as texts, a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from web.forms import FormSchema, text


class HelpSchema(FormSchema):
    """`revision` is that of the instance the person has looked at."""

    revision = fields.Integer(required=True)
    action = text(20)
    reason = text(2000)


class ListSchema(FormSchema):
    state = text(20)
    before = fields.Integer(load_default=None)


@dataclass(frozen=True)
class Entry:
    """A variable in the form. `field` is the name of its text; a new one has a `name` to fill in."""

    field: str
    name: str
    text: str
    is_new: bool = False


def entries_of(texts: Mapping[str, str]) -> list[Entry]:
    """The variables as they stand, and an empty row for a new one."""
    known = [Entry(f"value.{number}", name, value) for number, (name, value) in enumerate(texts.items())]
    return [*known, Entry("value.new", "", "", is_new=True)]


def read_entries(form: Mapping[str, Any]) -> list[Entry]:
    """The variables as the form sends them."""
    numbers = [key.removeprefix("value.") for key in form if key.startswith("value.")]
    return [_entry(form, number) for number in numbers]


def _entry(form: Mapping[str, Any], number: str) -> Entry:
    name = str(form.get(f"name.{number}", "")).strip()
    return Entry(f"value.{number}", name, str(form[f"value.{number}"]), is_new=number == "new")
