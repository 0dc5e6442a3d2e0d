"""Every way in which a chain finds its approvers, with the people whom it finds in one and the same company.

Alice applies. Bob heads her team and Fiona the division above it; Bea looks after the customer. Otto, the auditor, is
never asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.access import Actor
from models.customers import Customer
from models.db import db
from tasks import chains, departments
from tasks.chains import ChainDraft
from tasks.departments import DepartmentDraft
from tests.support.requests import make_customer

CHAIN = "standard"
STEP = "Their word"
KEY = "word"


@dataclass(frozen=True)
class Rule:
    """`entries` are those of the chain editor beside the kind, with people by name; `reason` is what applicants read.

    `remark` and `chosen` are what the request must say for it to find `people`. `outside` are names of those who are
    asked by mail.
    """

    kind: str
    people: tuple[str, ...]
    reason: str
    entries: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    chosen: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.kind


def _rules(*, is_countersign: bool) -> list[Rule]:
    """Where a kind can find several people, its countersign has several."""
    more = ("bea",) if is_countersign else ()
    levels = ("bob", "fiona") if is_countersign else ("bob",)
    chosen = ("bea", "fiona") if is_countersign else ("bea",)
    named = '["Bea", "Fiona"]' if is_countersign else '"Bea"'
    return [
        Rule("people", ("bob", *more), "named in the chain", {"people": ("bob", *more)}),
        Rule("role", ("bob", "bea"), "one of those with the role", {"role": "approver"}),
        Rule("department_head", ("bob",), "head of the applicant"),
        Rule("head_up", ("fiona",), "head of a department above", {"levels": "2"}),
        Rule("heads", levels, "one of the heads above", {"levels": str(len(levels))}),
        Rule("customer_owner", ("bea",), "looks after the customer"),
        Rule("form_field", ("bea",), "named in the request", {"field": "remark"}, remark="Bea"),
        Rule(
            "initiator_choice",
            chosen,
            "chosen by the applicant",
            {"several": "true" if is_countersign else ""},
            chosen=chosen,
        ),
        Rule("feel", chosen, "found by the chain's expression", {"expression": named}),
    ]


_OUTSIDE = {"outsiders": "Ming <ming@auditors.example>"}
OUTSIDE = Rule("external", (), "from outside, asked by mail", _OUTSIDE, outside=("ming",))
OUTSIDE_COUNTERSIGN = Rule(
    "external",
    ("bob",),
    "from outside, asked by mail",
    {**_OUTSIDE, "people": ("bob",), "mode": "all"},
    outside=("ming",),
)
PLAIN = _rules(is_countersign=False)
COUNTERSIGN = _rules(is_countersign=True)


def found_company(people: Mapping[str, Actor]) -> Customer:
    """The departments with their heads, the chain with one step still to be changed, and the customer."""
    ada = people["ada"]
    division = departments.create_department(ada, DepartmentDraft(name="Division", head_id=people["fiona"].user_id))
    team = departments.create_department(
        ada, DepartmentDraft(name="Team", parent_id=division.id, head_id=people["bob"].user_id)
    )
    departments.place_person(ada, user_id=people["alice"].user_id or 0, department_id=team.id)
    save_step(ada, {"kind": "role", "role": "admin"})
    customer = make_customer(people["alice"])
    customer.owner_id = people["bea"].user_id
    db.session.commit()
    return customer


def save_rule(people: Mapping[str, Actor], rule: Rule, *, mode: str) -> None:
    """The chain with one step that asks by the rule, through the operation."""
    named = {"people": [people[name].user_id for name in rule.entries.get("people", ())]}
    save_step(people["ada"], {"kind": rule.kind, **rule.entries, **named}, mode=mode)


def save_step(ada: Actor, approvers: Mapping[str, Any], *, mode: str = "any") -> None:
    """The chain with one step."""
    step = {"key": KEY, "title": STEP, "approvers": approvers, "mode": mode}
    revision = chains.get_chain(ada, CHAIN).revision
    chains.save_chain(ada, ChainDraft(name="Standard", steps=[step]), key=CHAIN, revision=revision)
