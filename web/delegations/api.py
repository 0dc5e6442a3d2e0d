"""REST resources of delegations: who acts for whom."""

from __future__ import annotations

from models.language import N_
from tasks import delegations
from tasks.delegations import DelegationDraft, DelegationView
from web.delegations.api_schema import DelegationAnswerSchema, DelegationEntrySchema, DelegationListSchema
from web.rest.blueprint import ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Delegations"), __name__, description=N_("Who acts for whom, and until when."))


@bp.get("/delegations")
@bp.response(200, DelegationListSchema)
@bp.refuses()
@bp.says(N_("List delegations"), N_("Those that you gave or got, newest first; administrators see everybody's."))
def list_delegations() -> dict[str, list[DelegationView]]:
    return {"items": delegations.list_delegations(current_actor())}


@bp.post("/delegations")
@bp.arguments(DelegationEntrySchema)
@bp.response(201, DelegationAnswerSchema)
@bp.refuses(422)
@bp.says(N_("Let somebody act for you"), N_("For tasks that come from then on; what waits already stays."))
def create_delegation(entries: DelegationDraft) -> DelegationView:
    return _read(delegations.create_delegation(current_actor(), entries).id)


@bp.post("/delegations/<int:delegation_id>/revoke")
@bp.response(200, DelegationAnswerSchema)
@bp.refuses(404, 409)
@bp.says(N_("Revoke a delegation"), N_("It ends now. Whoever gave it may, and an administrator."))
def revoke_delegation(delegation_id: int) -> DelegationView:
    delegations.revoke_delegation(current_actor(), delegation_id=delegation_id)
    return _read(delegation_id)


def _read(delegation_id: int) -> DelegationView:
    return next(row for row in delegations.list_delegations(current_actor()) if row.id == delegation_id)
