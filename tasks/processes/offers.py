"""What a diagram may use, for whoever draws one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tasks.processes.bridge import CATALOGUE
from workflows import FORMS_DIR


@dataclass(frozen=True)
class ServiceOffer:
    """A service task by its name, its titles, and its parameters with their types."""

    name: str
    title: str
    title_zh: str
    params: Mapping[str, str]


def list_services() -> list[ServiceOffer]:
    """The service tasks that there are, by name."""
    offers = [ServiceOffer(task.name, task.title or task.name, task.title_zh, task.params) for task in CATALOGUE]
    return sorted(offers, key=lambda offer: offer.name)


@dataclass(frozen=True)
class FormOffer:
    """A form by its key, its titles, and the names that its answer may set."""

    key: str
    title: str
    title_zh: str
    fields: tuple[str, ...]


@cache
def list_forms() -> tuple[FormOffer, ...]:
    """The forms that there are, by key."""
    return tuple(_form(path) for path in sorted(FORMS_DIR.glob("*.form.json")))


def _form(path: Path) -> FormOffer:
    form = json.loads(path.read_text(encoding="utf-8"))
    return FormOffer(
        form["id"],
        form["title"],
        form.get("properties", {}).get("title_zh", ""),
        tuple(component["key"] for component in form["components"] if "key" in component),
    )
