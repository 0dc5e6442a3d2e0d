"""Chains in the words of the reader: what a step asks, what a condition means, and what one version changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.chains import ApproverKind, Binding, ChainVersion, Repeat, StepRule, WhenEmpty, WhenSelf
from models.organization import Organization
from web.labels import label, local_title

KINDS: Mapping[str, object] = {
    ApproverKind.PEOPLE: lazy_gettext("People"),
    ApproverKind.ROLE: lazy_gettext("Everybody in a role"),
    ApproverKind.DEPARTMENT_HEAD: lazy_gettext("Head of the applicant"),
    ApproverKind.HEAD_UP: lazy_gettext("Head so many levels up"),
    ApproverKind.HEADS: lazy_gettext("All heads up to a level"),
    ApproverKind.CUSTOMER_OWNER: lazy_gettext("Whoever looks after the customer"),
    ApproverKind.FORM_FIELD: lazy_gettext("Person in a field of the request"),
    ApproverKind.INITIATOR_CHOICE: lazy_gettext("Whom the applicant chooses"),
    ApproverKind.FEEL: lazy_gettext("Expression"),
    ApproverKind.EXTERNAL: lazy_gettext("People from outside, by mail"),
}
MODES: Mapping[str, object] = {
    "any": lazy_gettext("one of them is enough"),
    "all": lazy_gettext("all of them"),
    "order": lazy_gettext("all, one after the other"),
    "count": lazy_gettext("so many of them"),
    "percent": lazy_gettext("so many per cent of them"),
    "weight": lazy_gettext("so much weight together"),
    "veto": lazy_gettext("all, and some may veto"),
}
WHEN_EMPTY: Mapping[str, object] = {
    WhenEmpty.ADMINS: lazy_gettext("ask the administrators"),
    WhenEmpty.ESCALATE: lazy_gettext("ask the head of the applicant"),
    WhenEmpty.PERSON: lazy_gettext("ask this person"),
    WhenEmpty.PASS: lazy_gettext("leave the step out"),
}
WHEN_SELF: Mapping[str, object] = {
    WhenSelf.ADMINS: lazy_gettext("ask the administrators"),
    WhenSelf.HEAD: lazy_gettext("ask their head"),
    WhenSelf.SKIP: lazy_gettext("go on without them"),
}
REPEAT: Mapping[str, object] = {
    Repeat.EVERY: lazy_gettext("ask again at every step"),
    Repeat.FIRST: lazy_gettext("ask only the first time"),
    Repeat.CONSECUTIVE: lazy_gettext("not twice in a row"),
}
VERBS: Mapping[str, object] = {
    "reject": lazy_gettext("Reject"),
    "return": lazy_gettext("Return"),
    "transfer": lazy_gettext("Hand on"),
    "delegate": lazy_gettext("Ask for an opinion"),
    "add_before": lazy_gettext("Add a signer before"),
    "add_after": lazy_gettext("Add a signer after"),
    "add_parallel": lazy_gettext("Add a signer beside"),
    "remove": lazy_gettext("Take out a signer"),
    "take_back": lazy_gettext("Take an approval back"),
}
FACTS: Mapping[str, object] = {
    "amount": lazy_gettext("Amount with tax"),
    "invoice_type": lazy_gettext("Invoice type"),
    "customer_grade": lazy_gettext("Customer grade"),
    "customer_id": lazy_gettext("Customer (number)"),
    "customer_owner_id": lazy_gettext("Who looks after the customer"),
    "requester_id": lazy_gettext("Applicant (number)"),
    "department_id": lazy_gettext("Department (number)"),
    "reason": lazy_gettext("Reason"),
    "contract_number": lazy_gettext("Contract or order number"),
    "remark": lazy_gettext("Remark on the invoice"),
    "delivery_email": lazy_gettext("Deliver to (e-mail)"),
    "kind": lazy_gettext("Kind of document"),
}
OPERATORS: Mapping[str, object] = {
    ">=": lazy_gettext("is at least"),
    ">": lazy_gettext("is more than"),
    "<=": lazy_gettext("is at most"),
    "<": lazy_gettext("is less than"),
    "=": lazy_gettext("is"),
    "!=": lazy_gettext("is not"),
}
_SEVERAL = frozenset({ApproverKind.ROLE, ApproverKind.HEADS, ApproverKind.FORM_FIELD, ApproverKind.FEEL})
_COMPARISON = re.compile(r'^\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*("[^"]*"|-?[\d.]+)\s*$')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def build_condition(before: str, fact: str, operator: str, value: str) -> str:
    """FEEL for the entries of the builder, joined to what stands there with "and"."""
    if fact not in FACTS or operator not in OPERATORS or not value.strip():
        return before
    text = value.strip().replace('"', "")
    is_number = _NUMBER.fullmatch(text.replace(",", "")) and not is_text_fact(fact)
    built = f"{fact} {operator} {text.replace(',', '') if is_number else chr(34) + text + chr(34)}"
    return f"{before.strip()} and {built}" if before.strip() else built


def is_text_fact(fact: str) -> bool:
    """Whether a fact is compared as text, whatever it looks like."""
    return fact not in ("amount", "customer_id", "customer_owner_id", "requester_id", "department_id")


def describe_condition(text: str) -> str:
    """A condition in words; one that is more than comparisons joined by "and" or "or" stays as it is written."""
    if not text.strip():
        return _("always")
    parts = re.split(r"\s+(and|or)\s+", text.strip())
    words = [_comparison(part) if place % 2 == 0 else part for place, part in enumerate(parts)]
    if any(word is None for word in words) or ("and" in parts[1::2] and "or" in parts[1::2]):
        return text
    joined = [_(" and ") if word == "and" else _(" or ") if word == "or" else word for word in map(str, words)]
    return _("only if %(condition)s", condition="".join(joined))


def _comparison(text: str) -> str | None:
    match = _COMPARISON.match(text)
    if match is None or match[1] not in FACTS:
        return None
    value = match[3].strip('"')
    kinds = {"customer_grade": "grade", "invoice_type": "invoice_type"}
    shown = label(kinds[match[1]], value) if match[1] in kinds else value
    if match[1] == "amount" and _NUMBER.fullmatch(value):
        shown = f"{Decimal(value):,}"
    return _("%(fact)s %(is)s %(value)s", fact=FACTS[match[1]], value=shown, **{"is": OPERATORS[match[2]]})


def describe_approvers(rule: StepRule, organization: Organization) -> str:
    """Whom a step asks, in a phrase."""
    approvers = rule.approvers
    match approvers.kind:
        case ApproverKind.PEOPLE:
            return name_people(approvers.people, organization)
        case ApproverKind.EXTERNAL:
            outside = [_("%(name)s (external, %(mail)s)", name=o.name, mail=o.mail) for o in approvers.outsiders]
            return _(", ").join([*filter(None, [name_people(approvers.people, organization)]), *outside])
        case ApproverKind.ROLE:
            return label("role", approvers.role)
        case ApproverKind.HEAD_UP:
            return _("head %(levels)s levels up", levels=approvers.levels)
        case ApproverKind.HEADS:
            return _("heads of up to %(levels)s levels", levels=approvers.levels)
        case ApproverKind.FORM_FIELD:
            return _("named in “%(field)s”", field=FACTS[approvers.field])
        case ApproverKind.FEEL:
            return approvers.expression
        case ApproverKind.INITIATOR_CHOICE if approvers.several:
            return _("people whom the applicant chooses")
        case _:
            return str(KINDS[approvers.kind])


def name_people(people: Sequence[int], organization: Organization) -> str:
    """Names, one after the other."""
    members = organization.members
    return _(", ").join(members[person].name if person in members else "–" for person in people)


def describe_step(rule: StepRule, organization: Organization) -> str:
    """A step in a sentence: who, how many, when, until when."""
    parts = [describe_approvers(rule, organization)]
    if may_ask_several(rule):
        parts.append(describe_mode(rule))
    if rule.alongside:
        parts.insert(0, _("at the same time as the step before"))
    if rule.condition:
        parts.append(describe_condition(rule.condition))
    parts.append(_("due after %(hours)s working hours", hours=rule.due_hours))
    return _("; ").join(parts)


def may_ask_several(rule: StepRule) -> bool:
    """Whether a step can find more than one person, so that it matters how many agree."""
    match rule.approvers.kind:
        case ApproverKind.PEOPLE:
            return len(rule.approvers.people) > 1
        case ApproverKind.INITIATOR_CHOICE:
            return rule.approvers.several
        case kind:
            return kind in _SEVERAL


def describe_mode(rule: StepRule) -> str:
    """How many must agree."""
    if rule.mode == "count":
        return _("%(number)s of them", number=rule.threshold)
    if rule.mode == "percent":
        return _("%(number)s %% of them", number=rule.threshold)
    if rule.mode == "weight":
        return _("weight %(number)s together", number=rule.threshold)
    return str(MODES[rule.mode])


def describe_binding(binding: Binding, organization: Organization, customers: Mapping[int, str]) -> str:
    """Which requests a chain claims, in a sentence."""
    if binding.is_empty:
        return _("only when the decision table of the flow names it")
    said = []
    if binding.min_amount is not None:
        said.append(_("from %(amount)s", amount=f"{binding.min_amount:,}"))
    if binding.max_amount is not None:
        said.append(_("up to %(amount)s", amount=f"{binding.max_amount:,}"))
    said += [_(" or ").join(sorted(label("invoice_type", key) for key in binding.invoice_types))]
    said += [_(" or ").join(sorted(_unit(unit, organization) for unit in binding.department_ids))]
    said += [_(" or ").join(sorted(customers.get(row, "–") for row in binding.customer_ids))]
    said += [_(" or ").join(label("grade", grade) for grade in sorted(binding.grades))]
    return _("; ").join(filter(None, said)) or _("every request")


def _unit(unit_id: int, organization: Organization) -> str:
    unit = organization.units.get(unit_id)
    return unit.name if unit else "–"


def describe_changes(before: ChainVersion | None, after: ChainVersion, organization: Organization) -> list[str]:
    """What a version changed, a sentence each."""
    if before is None:
        return [_("The first version.")]
    old, new = ({rule.key: rule for rule in version.rules} for version in (before, after))
    said = [_("Step “%(step)s” is gone.", step=_title(old[key])) for key in old if key not in new]
    for key, rule in new.items():
        if key not in old:
            said.append(
                _("Step “%(step)s” is new: %(what)s.", step=_title(rule), what=describe_step(rule, organization))
            )
        elif rule != old[key]:
            said.append(_changed_step(old[key], rule, organization))
    if [key for key in old if key in new] != [key for key in new if key in old]:
        said.append(_("The steps are in another order."))
    if before.claims != after.claims:
        said.append(_("It claims other requests."))
    return said or [_("Nothing but its name or its day.")]


def _changed_step(old: StepRule, new: StepRule, organization: Organization) -> str:
    was, now = describe_step(old, organization), describe_step(new, organization)
    if was == now:
        return _("Step “%(step)s”: details were changed.", step=_title(new))
    return _("Step “%(step)s”: was “%(was)s”, is “%(now)s”.", step=_title(new), was=was, now=now)


def _title(rule: StepRule) -> str:
    return local_title(rule.title, rule.title_zh)


def options(words: Mapping[str, object]) -> list[tuple[str, str]]:
    """For select fields."""
    return [(str(code), str(text)) for code, text in words.items()]
