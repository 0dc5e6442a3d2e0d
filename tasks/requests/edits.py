"""Changing a request while it is approved: only what the step of the chain lets its approvers change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from engine.language import Sentence
from models.access import Actor
from models.arithmetic import round_money
from models.db import db, touch
from models.errors import Invalid, NotAllowed
from models.processes import HumanTask
from models.requests import EDITS, LINE_EDITS, InvoiceRequest
from tasks import audit
from tasks.requests.checks import Check, check_request, refuse_blocks
from tasks.requests.drafts import as_draft, fill
from tasks.requests.rounds import Change, changes_between, content_of
from tasks.requests.timeline import note
from tasks.requests.values import LineDraft, RequestDraft, RequestEdits
from tasks.requests.wording import ENTRIES


def rights_for(request: InvoiceRequest, edits: RequestEdits) -> frozenset[str]:
    """Which of `models.requests.EDITS` it takes to make `edits`: of what stays as it is, none. Raises `Invalid`."""
    before = as_draft(request)
    return _rights(before, _edited(before, edits))


def edit_in_approval(
    actor: Actor, request: InvoiceRequest, edits: RequestEdits, *, may_change: Collection[str], task: HumanTask
) -> Sequence[Change]:
    """Change `request` as an approver wants it, and write it down. Called by a decision, in its transaction.

    Raises `NotAllowed` for what is not in `may_change`, and `Invalid` for what cannot be computed and for every check
    that would stop the request now and did not before. Returns what was changed.
    """
    draft = as_draft(request)
    edited = _edited(draft, edits)
    rights = _rights(draft, edited)
    if not rights:
        return ()
    _refuse_others(rights - frozenset(may_change))
    before, blocked = content_of(request), _blocks(actor, request)
    if edited.lines == draft.lines:
        for name in rights:
            setattr(request, name, getattr(edited, name))
    else:
        fill(request, edited)
        touch(request, "reason")
    db.session.flush()
    refuse_blocks([check for check in _blocks(actor, request) if check not in blocked], while_approving=True)
    changes = changes_between(before, content_of(request))
    note(actor, request, "edit", task=task, changes=changes)
    audit.record(actor, "request.edit", f"request:{request.id}", changes=[asdict(change) for change in changes])
    return changes


def _blocks(actor: Actor, request: InvoiceRequest) -> list[Check]:
    return [check for check in check_request(actor, request) if check.level == "block"]


def _edited(draft: RequestDraft, edits: RequestEdits) -> RequestDraft:
    lines = list(draft.lines)
    for place, entries in edits.lines.items():
        if not 0 <= place < len(lines):
            raise Invalid(
                "This request has no line {line}.", code="request.no_line", field=f"lines.{place}", line=place + 1
            )
        lines[place] = _edited_line(lines[place], entries)
    return replace(draft, **edits.entries, lines=tuple(lines))


def _edited_line(line: LineDraft, entries: Mapping[str, Any]) -> LineDraft:
    """An amount that nobody states follows quantity and price."""
    edited = replace(line, **entries)
    is_stated = entries.get("amount") is not None or not {"quantity", "unit_price", "amount"} & set(entries)
    if is_stated or edited.quantity is None or edited.unit_price is None:
        return edited
    return replace(edited, amount=round_money(edited.quantity * edited.unit_price))


def _rights(before: RequestDraft, after: RequestDraft) -> frozenset[str]:
    found = {name for name in EDITS if name not in LINE_EDITS and getattr(before, name) != getattr(after, name)}
    for was, now in zip(before.lines, after.lines, strict=True):
        found |= {
            right
            for right, names in LINE_EDITS.items()
            if any(getattr(was, name) != getattr(now, name) for name in names)
        }
    return frozenset(found)


def _refuse_others(rights: frozenset[str]) -> None:
    if rights:
        right = next(right for right in EDITS if right in rights)
        raise NotAllowed(
            "This step does not let you change “{entry}”. Return the request instead, and say what is wrong.",
            code="task.edit",
            field="lines" if right in LINE_EDITS else right,
            entry=Sentence(ENTRIES[right], {}),
        )
