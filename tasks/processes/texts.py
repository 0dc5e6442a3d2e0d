"""The variables of a flow as FEEL texts, for people who look at them and correct them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import EngineError
from engine.feel import compile_expression, to_python
from engine.feel.literals import as_text
from engine.runtime.values import plain
from models.db import utc_now
from models.errors import Invalid
from models.language import N_

NAME_LIMIT = 100
_UNREADABLE = N_('This is no value. Texts stand in quotes, dates as date("2026-03-31").')


def as_texts(variables: Mapping[str, Any]) -> dict[str, str]:
    """Each variable as FEEL text, by name."""
    return {name: as_text(variables[name]) for name in sorted(variables)}


def from_texts(texts: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those `texts` that say something else than `variables`; they may use the variables.

    Raises `Invalid` with every text that is no value; the `field` of each is ``variables.NAME``.
    """
    shown, changed, problems = as_texts(variables), {}, []
    for name, text in texts.items():
        if text.strip() == shown.get(name, "").strip():
            continue
        try:
            changed[name] = _value(name, text, variables)
        except EngineError as error:
            problems.append(_problem(name, error.message, error.code, error.fields))
        except ValueError:
            problems.append(_problem(name, _UNREADABLE, "incident.value", {}))
    if problems:
        raise Invalid("Some values cannot be read.", code="incident.values", problems=tuple(problems))
    return changed


def _value(name: str, text: str, variables: Mapping[str, Any]) -> Any:
    if not name.strip() or len(name) > NAME_LIMIT or not text.strip():
        raise ValueError(name)
    value = compile_expression(text, variables).evaluate(variables, now=utc_now())
    if value is None and text.strip() != "null":
        raise ValueError(text)  # FEEL says null where it cannot say anything else
    return plain(to_python(value), name=name)


def _problem(name: str, message: str, code: str, fields: Mapping[str, Any]) -> Invalid:
    return Invalid.of(message, fields, code=code, field=f"variables.{name}")
