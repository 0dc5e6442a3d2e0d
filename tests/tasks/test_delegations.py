"""Who may hand approvals to whom, for how long, and what is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from models.access import Permission
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import accounts, delegations
from tasks.boundary import query
from tasks.delegations import DelegationDraft
from tasks.departments import load_organization
from tests.support.accounts import actions, membership_of

# Noon in Shanghai.
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
TODAY, DAY = NOON.date(), timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(session):
    with time_machine.travel(NOON, tick=False):
        yield


def give(actor, taker, **given):
    return delegations.create_delegation(actor, DelegationDraft(to_user_id=taker.user_id, **given)).id


def refusal(actor, taker, **given):
    with pytest.raises(Invalid) as refused:
        give(actor, taker, **given)
    return refused.value.code, refused.value.field


def states(actor):
    return [row.state for row in delegations.list_delegations(actor)]


@query(Permission.COMPANY_READ)
def _asked(actor, of, at, amount):
    return load_organization(actor).stand_in_for(of.user_id, at=at, kind="request", amount=amount)


def asked(people, of="bob", at=NOON, amount="10"):
    """Who is asked instead of somebody."""
    found = _asked(people["alice"], people[of], at, Decimal(amount))
    return next(name for name, actor in people.items() if actor.user_id == found)


def test_a_delegation_holds_from_the_first_day_through_the_last(people):
    give(people["bob"], people["bea"], first_day=TODAY + DAY, last_day=TODAY + 2 * DAY)
    midnight = datetime(2026, 3, 10, 16, tzinfo=UTC)  # in Shanghai
    second = timedelta(seconds=1)
    assert [asked(people, at=midnight - second), asked(people, at=midnight)] == ["bob", "bea"]
    assert [asked(people, at=midnight + 2 * DAY - second), asked(people, at=midnight + 2 * DAY)] == ["bea", "bob"]
    (row,) = delegations.list_delegations(people["bob"])
    assert (row.first_day, row.last_day, row.state) == (TODAY + DAY, TODAY + 2 * DAY, "later")


def test_without_days_it_holds_from_today_until_it_is_revoked(people):
    given = give(people["bob"], people["bea"])
    assert (asked(people), states(people["bob"])) == ("bea", ["now"])
    delegations.revoke_delegation(people["bob"], delegation_id=given)
    assert (asked(people), states(people["bob"])) == ("bob", ["revoked"])
    assert actions(people["ada"])[:2] == ["delegation.revoke", "delegation.create"]


def test_it_may_be_limited_to_amounts_and_kinds(people):
    give(people["bob"], people["bea"], min_amount=Decimal(5), max_amount=Decimal(9), kinds=("request",))
    assert [asked(people, amount=amount) for amount in ("4.99", "5", "9", "9.01")] == ["bob", "bea", "bea", "bob"]


def test_an_administrator_gives_and_revokes_for_anybody_others_only_for_themselves(people):
    bob = people["bob"].user_id
    with pytest.raises(NotAllowed):
        give(people["fiona"], people["bea"], from_user_id=bob)
    given = give(people["ada"], people["bea"], from_user_id=bob)
    assert asked(people) == "bea"
    with pytest.raises(NotFound):
        delegations.revoke_delegation(people["bea"], delegation_id=given)
    delegations.revoke_delegation(people["ada"], delegation_id=given)
    assert asked(people) == "bob"


def test_who_decides_nothing_has_nothing_to_hand_on(people):
    with pytest.raises(NotAllowed):
        give(people["otto"], people["bea"])


def test_the_delegate_is_somebody_else_active_who_may_decide(people):
    bob = people["bob"]
    assert refusal(bob, bob) == ("delegation.oneself", "to_user_id")
    assert refusal(bob, people["otto"]) == ("delegation.no_role", "to_user_id")
    assert refusal(bob, people["carol"]) == ("delegation.taker", "to_user_id")
    accounts.deactivate_person(people["ada"], membership_id=membership_of(people["bea"]))
    assert refusal(bob, people["bea"]) == ("delegation.inactive", "to_user_id")
    assert states(bob) == []


def test_an_administrator_gives_only_for_somebody_active(people):
    accounts.deactivate_person(people["ada"], membership_id=membership_of(people["bob"]))
    found = refusal(people["ada"], people["bea"], from_user_id=people["bob"].user_id)
    assert found == ("delegation.giver", "from_user_id")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"last_day": TODAY - DAY}, "delegation.days"),
        ({"first_day": TODAY + 2 * DAY, "last_day": TODAY + DAY}, "delegation.days"),
        ({"first_day": TODAY - 2 * DAY, "last_day": TODAY - DAY}, "delegation.over"),
        ({"kinds": ("letter",)}, "delegation.kind"),
        ({"min_amount": Decimal(-1)}, "delegation.negative"),
        ({"min_amount": Decimal(2), "max_amount": Decimal(1)}, "delegation.amounts"),
    ],
)
def test_limits_that_make_no_sense_are_refused(people, given, code):
    assert refusal(people["bob"], people["bea"], **given)[0] == code


def test_every_fault_is_named(people):
    with pytest.raises(Invalid) as refused:
        give(people["bob"], people["bob"], last_day=TODAY - DAY, kinds=("letter",))
    assert {problem.field for problem in refused.value.problems} == {"to_user_id", "last_day", "kinds"}


def test_what_has_ended_is_not_revoked(people):
    given = give(people["bob"], people["bea"], last_day=TODAY)
    with time_machine.travel(NOON + DAY, tick=False):
        assert states(people["bob"]) == ["ended"]
        with pytest.raises(Conflict, match="ended already"):
            delegations.revoke_delegation(people["bob"], delegation_id=given)


def test_people_see_those_they_gave_and_got_and_administrators_all(people):
    give(people["bob"], people["bea"])
    assert {name: len(states(people[name])) for name in ("bob", "bea", "fiona", "ada")} == {
        "bob": 1,
        "bea": 1,
        "fiona": 0,
        "ada": 1,
    }
    assert [row.may_revoke for row in delegations.list_delegations(people["bea"])] == [False]
    db.session.remove()
    assert states(people["carl"]) == []
