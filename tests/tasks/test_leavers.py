"""Somebody leaves: what they hold goes to whom it may go, all at once or not at all."""

import pytest
from sqlalchemy import select

from models.customers import Customer
from models.db import db
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from models.tenancy import serve_company
from tasks import accounts, chains, delegations, departments
from tasks.accounts import leavers
from tasks.accounts.leavers import Heirs
from tasks.delegations import DelegationDraft
from tasks.departments import DepartmentDraft
from tests.support.accounts import actions, membership_of
from tests.support.approvals import act, approval_of, ask_all, signers_of, step_of, submit, waiting


@pytest.fixture
def leave(app, people):
    """`leave("bob", "bea", …)`: the administrator hands over what Bob holds."""

    def hand_over(who, *heirs, by="ada"):
        with app.app_context():
            chosen = Heirs(*(people[name].user_id for name in heirs))
            return leavers.hand_over(people[by], membership_id=membership_of(people[who]), heirs=chosen)

    return hand_over


@pytest.fixture
def plan(app, people):
    """The codes of what keeps a hand-over from happening."""

    def read(who, *heirs):
        with app.app_context():
            chosen = Heirs(*(people[name].user_id for name in heirs)) if heirs else None
            return leavers.read_holdings(people["ada"], membership_id=membership_of(people[who]), heirs=chosen)

    return read


def ask(app, people, mode, *names, by="alice"):
    """A request of `by` that asks these people; its id."""
    ask_all(app, people["dora"], step_of(mode, [people[name].user_id for name in names]))
    return submit(app, people[by])


def is_active(app, people, name):
    with app.app_context():
        return accounts.get_person(people["ada"], membership_of(people[name])).is_active


def test_an_approval_goes_to_the_successor_and_the_person_is_out(app, people, leave):
    request_id = ask(app, people, "any", "bob")
    held = leave("bob", "bea")
    assert [task.taker_id for task in held.tasks] == [people["bea"].user_id]
    assert waiting(app, people, request_id).keys() == {"bea"}
    assert not is_active(app, people, "bob")


def test_a_countersign_keeps_its_other_signers(app, people, leave):
    ask(app, people, "all", "bob", "fiona")
    task_id = leave("bob", "bea").tasks[0].task_id
    ids = {people[name].user_id: name for name in ("bob", "bea", "fiona")}
    found = {ids[user]: status for user, status in signers_of(app, people["bea"], task_id)}
    assert found == {"bob": "moved", "bea": "open", "fiona": "open"}
    act(app, people["bea"], "decide", task_id=task_id, decision="approve")
    assert dict(signers_of(app, people["bea"], task_id))[people["bea"].user_id] == "approved"


def test_who_waits_for_an_adviser_goes_on_waiting_in_the_hands_of_the_successor(app, people, leave):
    request_id = ask(app, people, "any", "bob")
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "delegate", task_id=task_id, user_id=people["fiona"].user_id)
    leave("bob", "bea")
    assert waiting(app, people, request_id).keys() == {"fiona"}
    act(app, people["fiona"], "decide", task_id=task_id, decision="approve", comment="fine")
    assert waiting(app, people, request_id).keys() == {"bea"}


@pytest.mark.parametrize("case", ["asked", "requester"])
def test_nobody_gets_what_they_may_not_decide_and_the_second_takes_it(app, people, leave, plan, case):
    if case == "asked":
        request_id = ask(app, people, "all", "bob", "bea")
        first = "bea"
    else:
        request_id = ask(app, people, "any", "bob")
        first = "alice"
    assert [problem.code for problem in plan("bob", first).problems] == ["leaver.task"]
    with pytest.raises(Conflict, match="can go to none of those chosen"):
        leave("bob", first)
    assert is_active(app, people, "bob")
    assert "bob" in waiting(app, people, request_id)
    leave("bob", first, "fiona")
    assert "fiona" in waiting(app, people, request_id)
    assert approval_of(app, people["ada"], request_id) == "in_approval"


def test_departments_customers_and_delegations_follow(app, people, leave, plan):
    bob, bea = people["bob"], people["bea"]
    with app.app_context():
        sales = departments.create_department(people["ada"], DepartmentDraft(name="Sales", head_id=bob.user_id)).id
        delegations.create_delegation(bob, DelegationDraft(to_user_id=bea.user_id))
        delegations.create_delegation(people["fiona"], DelegationDraft(to_user_id=bob.user_id))
        serve_company(bob.company_id)
        db.session.add(Customer(code="K1", name="Kunde", owner_id=bob.user_id))
        db.session.commit()
    shown = plan("bob")
    assert (len(shown.departments), shown.customers, shown.delegations, shown.problems) == (1, 1, 2, ())
    leave("bob", "bea")
    with app.app_context():
        assert departments.get_department(people["ada"], sales).head_name == "Bea"
        assert {row.state for row in delegations.list_delegations(people["ada"])} == {"revoked"}
        assert db.session.scalars(select(Customer.owner_id)).all() == [bea.user_id]
        assert actions(people["ada"])[:2] == ["people.deactivate", "people.hand_over"]


def test_a_chain_names_the_successor_from_now_on(app, people, leave, plan):
    bob, bea = people["bob"].user_id, people["bea"].user_id
    step = {
        "title": "Check",
        "approvers": {"kind": "people", "people": [bob, bea]},
        "mode": "weight",
        "threshold": 1,
        "weights": {str(bob): 3},
        "copies": [bob],
        "when_empty": "person",
        "empty_person": bob,
        "escalate_hours": 4,
        "escalate_to": bob,
    }
    with app.app_context():
        revision = chains.get_chain(people["ada"], "simple").revision
        draft = chains.ChainDraft(name="Simple", steps=[step])
        chains.save_chain(people["ada"], draft, key="simple", revision=revision)
    assert [chain.key for chain in plan("bob").chains] == ["simple"]
    leave("bob", "bea")
    with app.app_context():
        newest = chains.get_chain(people["ada"], "simple").newest
        (rule,) = newest.rules
        assert rule.approvers.people == (bea,)
        assert (rule.weights, rule.copies, rule.empty_person, rule.escalate_to) == ({bea: 3}, (bea,), bea, bea)
        assert newest.number == 3
    assert plan("bob").chains == ()


@pytest.mark.parametrize(
    ("heir", "code"), [("bob", "leaver.oneself"), ("carol", "leaver.heir"), ("otto", "leaver.no_role")]
)
def test_the_successor_is_somebody_else_active_who_may_decide(app, people, leave, heir, code):
    ask(app, people, "any", "bob")
    with pytest.raises(Invalid) as refused:
        leave("bob", heir)
    assert refused.value.code == code
    assert is_active(app, people, "bob")


def test_somebody_deactivated_takes_nothing_over(app, people, leave):
    leave("bea", "bob")
    with pytest.raises(Invalid, match="active in this company"):
        leave("fiona", "bea")


def test_a_refused_deactivation_keeps_everything_where_it_was(app, people, leave):
    with app.app_context():
        departments.create_department(people["ada"], DepartmentDraft(name="Board", head_id=people["ada"].user_id))
    with pytest.raises(AppError) as refused:
        leave("ada", "bea")
    assert refused.value.code == "people.self"
    with app.app_context():
        assert departments.list_departments(people["ada"]).roots[0].head_name == "Ada"
        assert actions(people["ada"])[0] == "department.create"


def test_only_who_manages_people_hands_over_and_only_at_home(app, people, leave):
    with pytest.raises(NotAllowed):
        leave("bob", "bea", by="bea")
    with pytest.raises(NotFound):
        leave("bob", "carol", by="carl")
