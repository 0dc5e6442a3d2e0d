"""The demo's story: what somebody who tries the product out finds waiting in it."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.accounts import User
from models.db import db
from models.processes import SignerKind, SignerStatus
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import chains, delegations, demo, inbox, requests
from tasks.boundary import separate
from tasks.demo import cast

Actors = dict[str, Actor]


@pytest.fixture
def actors(app: Flask) -> Actors:
    """The demo is played; its people by their key."""
    with app.app_context():
        list(demo.fill(base_url="http://127.0.0.1"))
        with separate():
            serve_company(ALL_COMPANIES)
            found = {user.email: user.memberships[0].as_actor() for user in db.session.scalars(select(User))}
    return {person.key: found[person.email] for person in cast.EVERYBODY}


@pytest.mark.parametrize("available", ["sqlite"], indirect=True)
def test_the_demo_shows_what_approvals_can_do(app: Flask, actors: Actors) -> None:
    approver, applicant = actors["approver"], actors["applicant"]
    with app.app_context():
        claiming = [chain for chain in chains.list_chains(actors["admin"]) if not chain.newest.claims.is_empty]
        assert [len(chain.newest.rules) for chain in claiming] == [3]
        assert {view.state for view in delegations.list_delegations(actors["admin"])} == {"now", "later"}
        rows = inbox.list_tasks(approver, limit=200).rows
        signers = [signer for row in rows for signer in row.task.signers]
        assert any(s.acts_for_id == actors["legal"].user_id for s in signers)
        assert any(s.kind is SignerKind.ADVISER and s.status is SignerStatus.ADVISED for s in signers)
        assert any(requests.changes_since_last_round(approver, row.request.id) for row in rows)
        assert any(check.code == "request.duplicate" for row in rows for check in row_checks(approver, row))
        others = [s for row in inbox.list_tasks(actors["finance"], limit=200).rows for s in row.task.signers]
        assert any(s.status is SignerStatus.APPROVED and s.user_id == actors["legal"].user_id for s in others)
        assert inbox.count_views(approver)["snoozed"] == 1
        assert inbox.count_views(actors["auditor"])["copies"] >= 1
        assert [view.is_shared for view in inbox.list_views(applicant)] == [True]


def row_checks(actor: Actor, row: inbox.InboxRow) -> list[requests.Check]:
    return requests.check_request(actor, row.request)
