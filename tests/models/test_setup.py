"""What is kept of a company's setup holds until any of it changes, whoever changes it."""

from datetime import date

import pytest
from sqlalchemy import delete, select, text, update

from models.accounts import Company, Membership, User
from models.calendars import CalendarDay, DaySource
from models.chains import ApprovalChain, ChainVersion
from models.db import db, utc_now
from models.delegations import Delegation
from models.departments import Department, DepartmentMember
from models.setup import Remembered
from models.tenancy import serve_company

ROWS = {
    "department": lambda p: Department(name="Sales", head_id=p["bob"].user_id),
    "delegation": lambda p: Delegation(
        from_user_id=p["bob"].user_id,
        to_user_id=p["bea"].user_id,
        starts_at=utc_now(),
    ),
    "calendar day": lambda _p: CalendarDay(day=date(2026, 1, 5), is_workday=False, name="Fair", source=DaySource.OWN),
    "chain": lambda _p: ApprovalChain(key="new", name="New", position=99),
}
CHANGES = {
    "a role": update(Membership).values(roles=["admin"]),
    "a member who leaves": update(Membership).values(is_active=False),
    "a person's name": update(User).values(name="Somebody"),
    "a person who is deactivated": update(User).values(is_active=False),
    "the working week": update(Company).values(working_weekdays=[0, 1, 2, 3]),
    "the time zone": update(Company).values(time_zone="Europe/Berlin"),
    "a chain that is switched off": update(ApprovalChain).values(is_active=False),
}


class Reader:
    """Counts how often it is asked to read."""

    def __init__(self):
        self.remembered, self.times = Remembered(), 0

    def __call__(self, actor):
        db.session.remove()
        serve_company(actor.company_id)
        return self.again(actor)

    def again(self, actor):
        return self.remembered.get(actor.company_id, self.read)

    def read(self):
        self.times += 1
        return self.times


@pytest.fixture
def reader(session, people):
    return Reader()


def test_it_is_read_once(reader, people):
    assert [reader(people["ada"]) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_comes_changes_or_goes_lets_it_be_read_again(reader, people, row):
    ada = people["ada"]
    assert reader(ada) == 1
    new = ROWS[row](people)
    db.session.add(new)
    db.session.commit()
    assert reader(ada) == 2
    db.session.delete(db.session.merge(new))
    db.session.commit()
    assert reader(ada) == 3
    assert reader(people["carl"]) == 4  # the other company was read for the first time
    assert reader(people["carl"]) == 4


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_bulk_lets_it_be_read_again(reader, people, change):
    ada = people["ada"]
    assert reader(ada) == 1
    db.session.execute(CHANGES[change])
    assert reader.again(ada) == 2  # also in the transaction that changes it
    db.session.commit()
    assert reader(ada) == 2


def test_a_version_of_a_chain_and_a_place_in_a_department_count(reader, people):
    ada = people["ada"]
    reader(ada)
    chain = db.session.scalars(select(ApprovalChain)).first()
    db.session.add(ChainVersion(chain_id=chain.id, number=99, effective_from=date(2026, 1, 1)))
    department = Department(name="Sales")
    db.session.add(department)
    db.session.commit()
    department_id = department.id
    assert reader(ada) == 2
    db.session.add(DepartmentMember(department_id=department_id, user_id=people["bob"].user_id))
    db.session.commit()
    assert reader(ada) == 3
    db.session.execute(delete(DepartmentMember))
    db.session.commit()
    assert reader(ada) == 4


def test_what_changes_nothing_of_it_does_not_count(reader, people):
    ada = people["ada"]
    reader(ada)
    db.session.execute(update(User).values(last_login_at=utc_now()))
    db.session.execute(update(Company).values(phone="010"))
    db.session.commit()
    assert reader(ada) == 1


def test_a_change_by_hand_in_the_database_counts(reader, people):
    ada = people["ada"]
    reader(ada)
    db.session.execute(text("UPDATE department SET name = name"))
    db.session.execute(text("UPDATE membership SET is_active = is_active"))
    db.session.commit()
    assert reader(ada) == 2


def test_a_change_that_is_undone_leaves_what_was_known(reader, people):
    ada = people["ada"]
    assert reader(ada) == 1
    db.session.add(Department(name="Sales"))
    db.session.flush()
    assert reader.again(ada) == 2
    db.session.rollback()
    assert reader(ada) == 3  # what was kept meanwhile does not hold either
    assert reader(ada) == 3


def test_a_change_that_is_not_sent_yet_counts(reader, people):
    ada = people["ada"]
    assert reader(ada) == 1
    db.session.add(Department(name="Sales"))
    assert reader.again(ada) == 2
