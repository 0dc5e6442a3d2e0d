"""A chain as its form sends it: ``lines.<n>.<field>``, in the order of the fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from marshmallow import fields
from werkzeug.datastructures import MultiDict

from models.chains import Binding, Outsider, StepRule
from models.organization import Organization
from web.forms import FormSchema, text

Row = dict[str, Any]
LISTS = frozenset({"people", "vetoes", "verbs", "copies", "editable"})
BINDING_LISTS = ("invoice_types", "department_ids", "customer_ids", "grades")
_APPROVERS = ("kind", "people", "outsiders", "role", "levels", "field", "expression", "several")
_WEIGHT = re.compile(r"^\s*(.+?)\s*[=＝:：]\s*(\S+)\s*$")
_LONGEST_LINE = 400
# ``Name <name@example.com> = 2``; brackets may be wide or missing, and of a line without an address all is the name.
_OUTSIDER = re.compile(
    r"""^(?P<name>[^@]*?) [\s<＜,，]* (?P<mail>[^\s<＜>＞,，]*@[^\s<＜>＞=＝]*) [\s>＞]*
    (?: [=＝]\s*(?P<weight>\S+) )? \s*$""",
    re.VERBOSE,
)


class ChainSchema(FormSchema):
    """What stands beside the steps."""

    key = fields.String(load_default="")
    name = text(80, required=True)
    name_zh = text(80)
    revision = fields.Integer(load_default=0)
    effective_from = fields.Date(load_default=None)
    note = text(500)


def read_rows(form: MultiDict[str, str]) -> list[Row]:
    """The steps of a form in the order in which they stand there; their numbers may have gaps."""
    rows: dict[str, Row] = {}
    for name, values in form.lists():
        parts = name.split(".")
        if len(parts) == 3 and parts[0] == "lines":
            row = rows.setdefault(parts[1], {column: [] for column in LISTS} | {"row": parts[1]})
            row[parts[2]] = [value for value in values if value] if parts[2] in LISTS else values[0]
    return list(rows.values())


def read_step(row: Row, organization: Organization) -> dict[str, Any]:
    """A row as `StepRule` reads it."""
    plain = {name: value for name, value in row.items() if name not in _APPROVERS and not name.startswith("new_")}
    approvers = {name: row[name] for name in _APPROVERS if row.get(name)}
    approvers["outsiders"] = read_outsiders(str(row.get("outsiders") or ""))
    return plain | {"approvers": approvers, "weights": read_weights(str(row.get("weights", "")), organization)}


def read_weights(written: str, organization: Organization) -> dict[Any, str]:
    """``Name = 2`` on each line, by user id; a name that nobody has stays, and is then refused."""
    ids = {member.name: member.user_id for member in organization.members.values()}
    found = [_WEIGHT.match(line) for line in written.replace("；", ";").replace(";", "\n").splitlines() if line.strip()]
    return {(ids.get(match[1], match[1]) if match else "?"): match[2] if match else "" for match in found}


def read_outsiders(written: str) -> list[dict[str, Any]]:
    """``Name <mail>`` on each line, ``= weight`` behind it; a line without an address has a name only."""
    lines = [line.strip()[:_LONGEST_LINE] for line in written.splitlines() if line.strip()]
    found = ((line, _OUTSIDER.match(line)) for line in lines)
    return [match.groupdict() if match else {"name": line, "mail": ""} for line, match in found]


def show_outsiders(outsiders: Iterable[Outsider]) -> str:
    """As `read_outsiders` reads them."""
    return "\n".join(
        outsider.address + (f" = {outsider.weight}" if outsider.weight != 1 else "") for outsider in outsiders
    )


def show_step(rule: StepRule, organization: Organization) -> Row:
    """A step as its row of the form."""
    data = {name: getattr(rule, name) for name in rule.__dataclass_fields__}
    members = organization.members
    return (
        data
        | {name: getattr(rule.approvers, name) for name in _APPROVERS}
        | {"verbs": sorted(rule.verbs), "vetoes": sorted(rule.vetoes)}
        | {"outsiders": show_outsiders(rule.approvers.outsiders)}
        | {
            "weights": "\n".join(
                f"{members[person].name if person in members else person} = {weight}"
                for person, weight in rule.weights.items()
            )
        }
    )


def read_binding(form: MultiDict[str, str]) -> dict[str, Any]:
    """The binding as `Binding` reads it."""
    lists: dict[str, Any] = {name: [value for value in form.getlist(name) if value] for name in BINDING_LISTS}
    if form.get("every"):
        lists["kinds"] = ["request"]
    return lists | {name: form.get(name, "").strip() for name in ("min_amount", "max_amount")}


def show_binding(binding: Binding) -> Row:
    """A binding as the fields of the form."""
    return {
        "every": bool(binding.kinds),
        "min_amount": "" if binding.min_amount is None else str(binding.min_amount),
        "max_amount": "" if binding.max_amount is None else str(binding.max_amount),
    } | {name: _sorted(getattr(binding, name)) for name in BINDING_LISTS}


def _sorted(values: Iterable[Any]) -> list[str]:
    return sorted(map(str, values))
