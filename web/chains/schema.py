"""A chain as its form sends it: ``lines.<n>.<field>``, in the order of the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load, validate

from models.chains import ApproverKind, StepRule
from web.forms import FormSchema, text

LONGEST_HOURS = 24 * 90


class StepSchema(FormSchema):
    """`approver` is ``role:NAME`` or ``user:ID``, as the one select of the form has it."""

    title = text(80, required=True)
    title_zh = text(80)
    approver = text(40, required=True)
    due_hours = fields.Integer(required=True, validate=validate.Range(1, LONGEST_HOURS))

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        kind, _sep, who = data.pop("approver").partition(":")
        approvers = {"kind": "people", "people": [who]} if kind == "user" else {"kind": "role", "role": who}
        return {**data, "approvers": approvers}


class ChainSchema(FormSchema):
    name = text(80, required=True)
    name_zh = text(80)
    revision = fields.Integer(required=True)
    lines = fields.List(fields.Nested(StepSchema), load_default=list)


def read_steps(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The steps of a form in the order in which they stand there; their numbers may have gaps."""
    steps: dict[str, dict[str, str]] = {}
    for key, value in form.items():
        parts = key.split(".")
        if len(parts) == 3 and parts[0] == "lines":
            steps.setdefault(parts[1], {})[parts[2]] = value
    return list(steps.values())


def show_step(step: StepRule) -> dict[str, str]:
    """A step as its row of the form."""
    return {
        "title": step.title,
        "title_zh": step.title_zh,
        "approver": f"user:{step.approvers.people[0]}"
        if step.approvers.kind is ApproverKind.PEOPLE
        else f"role:{step.approvers.role}",
        "due_hours": str(step.due_hours),
    }
