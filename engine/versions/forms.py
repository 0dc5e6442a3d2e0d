"""Compares the forms of two versions: the fields they ask for, whatever the layout of their JSON text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import DefinitionInvalid
from engine.versions.changes import Change, effect_of


def compare_forms(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[Change]:
    """Every change of forms by key. Raises `DefinitionInvalid` for a file that is not JSON."""
    for key in sorted(old.keys() | new.keys()):
        was, now = _read(key, old.get(key)), _read(key, new.get(key))
        if was is None or now is None:
            effect = effect_of(was, now)
            yield Change(effect, f"form.{effect}", key, key)
        elif was != now:
            changes = list(_field_changes(key, _fields(was), _fields(now)))
            yield from changes or [Change("changed", "form.changed", key, key)]


def _field_changes(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in (*new, *(gone for gone in old if gone not in new)):
        was, now = old.get(name), new.get(name)
        if was != now:
            effect = effect_of(was, now)
            yield Change(effect, f"form.field_{effect}", key, key, fields={"detail": name})


def _fields(form: Any) -> dict[str, Any]:
    """The components of a form that hold an answer, by key; those inside groups too."""
    components = form.get("components", []) if isinstance(form, dict) else []
    found: dict[str, Any] = {}
    for item in components if isinstance(components, list) else []:
        if isinstance(item, dict):
            if item.get("key"):
                found[str(item["key"])] = item
            found.update(_fields(item))
    return found


def _read(key: str, source: bytes | None) -> Any:
    if source is None:
        return None
    try:
        return json.loads(source)
    except (ValueError, RecursionError) as error:
        raise DefinitionInvalid("The form “{form}” is not JSON.", code="form.syntax", form=key) from error
