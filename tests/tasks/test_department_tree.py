"""The tree of departments: who may change it, what it refuses, and how it reads."""

import pytest

from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import accounts, departments
from tasks.departments import DepartmentDraft
from tests.support.accounts import GOOD_PASSWORD, actions, membership_of


@pytest.fixture
def ada(session, people):
    return people["ada"]


def make(actor, name, **given):
    return departments.create_department(actor, DepartmentDraft(name=name, **given)).id


def edit(actor, department_id, name, **given):
    return departments.edit_department(actor, DepartmentDraft(name=name, **given), department_id=department_id)


def shape(rows):
    """The tree as nested names."""
    return {row.name: shape(row.children) for row in rows}


def people_in(actor, department_id):
    return [(person.name, person.is_primary) for person in departments.get_department(actor, department_id).people]


def test_everybody_reads_the_tree(ada, people):
    board = make(ada, "Board")
    make(ada, "Sales", parent_id=board, head_id=people["bob"].user_id)
    found = departments.list_departments(people["alice"]).roots
    assert shape(found) == {"Board": {"Sales": {}}}
    assert found[0].children[0].head_name == "Bob"


def test_only_who_manages_people_changes_it(ada, people):
    sales = make(ada, "Sales")
    alice = people["alice"]
    for refused in (
        lambda: make(alice, "Mine"),
        lambda: edit(alice, sales, "Mine"),
        lambda: departments.place_person(alice, user_id=alice.user_id, department_id=sales),
        lambda: departments.remove_person(alice, user_id=alice.user_id, department_id=sales),
        lambda: departments.close_department(alice, department_id=sales),
        lambda: departments.reopen_department(alice, department_id=sales),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert shape(departments.list_departments(ada).roots) == {"Sales": {}}


def test_a_department_is_renamed_moved_and_given_a_head_and_the_log_says_so(ada, people):
    board, sales = make(ada, "Board"), make(ada, "Sales")
    edit(ada, sales, " Trade ", parent_id=board, head_id=people["bea"].user_id)
    assert shape(departments.list_departments(ada).roots) == {"Board": {"Trade": {}}}
    assert departments.get_department(ada, sales).head_id == people["bea"].user_id
    assert actions(ada)[:3] == ["department.edit", "department.create", "department.create"]


def test_saving_without_a_change_writes_nothing_into_the_log(ada):
    sales = make(ada, "Sales")
    edit(ada, sales, "Sales")
    assert actions(ada)[0] == "department.create"


@pytest.mark.parametrize("below", ["itself", "child", "grandchild"])
def test_a_department_never_goes_below_itself(ada, below):
    itself = make(ada, "Sales")
    child = make(ada, "North", parent_id=itself)
    places = {"itself": itself, "child": child, "grandchild": make(ada, "Harbin", parent_id=child)}
    names = {"itself": "Sales", "child": "North", "grandchild": "Harbin"}
    with pytest.raises(Invalid) as refused:
        edit(ada, itself, "Sales", parent_id=places[below])
    assert (refused.value.code, refused.value.field) == ("department.circle", "parent_id")
    assert (refused.value.fields["department"], refused.value.fields["parent"]) == ("Sales", names[below])


def test_every_fault_of_a_draft_is_named(ada, people):
    make(ada, "Sales")
    with pytest.raises(Invalid) as refused:
        make(ada, "Sales", parent_id=99, head_id=people["carol"].user_id)
    assert {problem.field for problem in refused.value.problems} == {"name", "parent_id", "head_id"}


def test_a_name_of_blanks_is_refused(ada):
    with pytest.raises(Invalid, match="Enter a name"):
        make(ada, "  ")


def test_somebody_inactive_heads_nothing_and_joins_nothing(ada, people):
    accounts.deactivate_person(ada, membership_id=membership_of(people["bob"]))
    with pytest.raises(Invalid, match="active in this company"):
        make(ada, "Sales", head_id=people["bob"].user_id)
    with pytest.raises(Invalid, match="active in this company"):
        departments.place_person(ada, user_id=people["bob"].user_id, department_id=make(ada, "Sales"))


def test_the_primary_department_is_one_and_others_may_be_beside_it(ada, people):
    sales, north, board = make(ada, "Sales"), make(ada, "North"), make(ada, "Board")
    alice = people["alice"].user_id
    departments.place_person(ada, user_id=alice, department_id=sales)
    departments.place_person(ada, user_id=alice, department_id=board, is_primary=False)
    departments.place_person(ada, user_id=alice, department_id=north)
    assert people_in(ada, sales) == []
    assert people_in(ada, north) == [("Alice", True)]
    assert people_in(ada, board) == [("Alice", False)]
    assert departments.primary_departments(ada)[alice].name == "North"
    departments.place_person(ada, user_id=alice, department_id=None)
    assert departments.primary_departments(ada) == {}
    assert people_in(ada, board) == [("Alice", False)]


def test_somebody_is_taken_out_once(ada, people):
    sales, alice = make(ada, "Sales"), people["alice"].user_id
    departments.place_person(ada, user_id=alice, department_id=sales)
    departments.remove_person(ada, user_id=alice, department_id=sales)
    assert people_in(ada, sales) == []
    with pytest.raises(Conflict, match="not in the department"):
        departments.remove_person(ada, user_id=alice, department_id=sales)


def test_a_department_closes_only_when_it_is_empty(ada, people):
    board = make(ada, "Board")
    sales = make(ada, "Sales", parent_id=board, head_id=people["bob"].user_id)
    with pytest.raises(Conflict, match="“Sales” below it"):
        departments.close_department(ada, department_id=board)
    departments.place_person(ada, user_id=people["alice"].user_id, department_id=sales)
    with pytest.raises(Conflict, match="such as Alice"):
        departments.close_department(ada, department_id=sales)
    departments.remove_person(ada, user_id=people["alice"].user_id, department_id=sales)
    departments.close_department(ada, department_id=sales)
    found = departments.list_departments(ada)
    assert (shape(found.roots), shape(found.closed)) == ({"Board": {}}, {"Sales": {}})
    assert found.closed[0].head_id == 0


def test_who_was_deactivated_does_not_keep_a_department_open(ada, people):
    sales = make(ada, "Sales")
    departments.place_person(ada, user_id=people["bob"].user_id, department_id=sales)
    accounts.deactivate_person(ada, membership_id=membership_of(people["bob"]))
    departments.close_department(ada, department_id=sales)
    assert not departments.get_department(ada, sales).is_active


def test_a_closed_department_takes_nobody_until_it_is_reopened(ada, people):
    board = make(ada, "Board")
    sales = make(ada, "Sales", parent_id=board)
    for department_id in (sales, board):
        departments.close_department(ada, department_id=department_id)
    for refused in (
        lambda: departments.place_person(ada, user_id=people["alice"].user_id, department_id=sales),
        lambda: edit(ada, sales, "Sales"),
        lambda: departments.close_department(ada, department_id=sales),
    ):
        with pytest.raises(Conflict, match="“Sales” is closed"):
            refused()
    with pytest.raises(Invalid, match="in use"):
        make(ada, "North", parent_id=sales)
    with pytest.raises(Invalid, match="closed department has the name"):
        make(ada, "Sales")
    with pytest.raises(Conflict, match="“Board”, to which it belongs, is closed"):
        departments.reopen_department(ada, department_id=sales)
    departments.reopen_department(ada, department_id=board)
    departments.reopen_department(ada, department_id=sales)
    assert shape(departments.list_departments(ada).roots) == {"Board": {"Sales": {}}}


def test_departments_of_another_company_are_not_there(ada, people):
    sales = make(ada, "Sales")
    db.session.remove()
    carl = people["carl"]
    for refused in (
        lambda: departments.get_department(carl, sales),
        lambda: edit(carl, sales, "Mine"),
        lambda: departments.close_department(carl, department_id=sales),
        lambda: departments.place_person(carl, user_id=carl.user_id, department_id=sales),
    ):
        with pytest.raises(NotFound):
            refused()
    assert departments.list_departments(carl).roots == ()
    assert make(carl, "Sales")


def test_an_invitation_leads_into_its_department(ada, people):
    sales = make(ada, "Sales")
    given = {"email": "nina@acme.example", "name": "Nina", "roles": ["approver"], "department_id": sales}
    _, secret = accounts.invite_person(ada, **given)
    db.session.remove()
    nina = accounts.accept_invitation(secret, name="Nina", password=GOOD_PASSWORD, language="en")
    assert departments.primary_departments(ada)[nina].name == "Sales"


def test_a_department_closed_meanwhile_keeps_nobody_out_of_the_company(ada, people):
    sales = make(ada, "Sales")
    given = {"email": "nina@acme.example", "name": "Nina", "roles": ["approver"], "department_id": sales}
    _, secret = accounts.invite_person(ada, **given)
    with pytest.raises(NotFound):
        accounts.invite_person(ada, **given | {"department_id": 99})
    departments.close_department(ada, department_id=sales)
    db.session.remove()
    accounts.accept_invitation(secret, name="Nina", password=GOOD_PASSWORD, language="en")
    assert departments.primary_departments(ada) == {}
