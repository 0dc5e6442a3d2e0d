"""Whether the applicant has chosen the people whom the steps of the chain leave to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.access import Actor, Permission
from models.chains import fault_in_choice
from models.errors import AppError
from models.requests import InvoiceRequest
from tasks.boundary import query
from tasks.requests.checks import Check
from tasks.requests.reading import Approvers, preview_approvers_of


def check_choices(found: Approvers, choices: Mapping[str, Sequence[int]]) -> tuple[Check, ...]:
    """A blocking check for each step whose people are not chosen, or not chosen as its rule says."""
    faults = (fault_in_choice(choice, choices.get(choice.rule.key, ()), found.eligible) for choice in found.choices)
    return tuple(
        Check("block", fault.code, fault.field or "", fault.message, dict(fault.fields)) for fault in faults if fault
    )


@query(Permission.REQUEST_SUBMIT)
def check_chosen(actor: Actor, request: InvoiceRequest) -> tuple[Check, ...]:
    """The same for a request that is about to be submitted. Where no chain can be named, the flow itself says why."""
    try:
        found = preview_approvers_of(actor, request)
    except AppError:
        return ()
    return check_choices(found, request.choices)
