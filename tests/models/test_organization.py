"""Who heads whom and who acts for whom, on small companies by name and on random trees and delegations."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.organization import Member, Organization, StandIn, Unit

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
BOSS, SALLY, SAM, FAY, GONE = 1, 2, 3, 4, 5
TOP, SALES, SOUTH, BOOKS = 10, 11, 12, 13


def member(user_id, department=None, *, active=True, roles=("approver",)):
    return Member(user_id, f"Person {user_id}", frozenset(roles), department, active)


def company(*stand_ins, heads=None, parents=None):
    """总经办 above 销售部 (with a 华南组 that has no head of its own) and 财务部."""
    heads = {TOP: BOSS, SALES: SALLY, BOOKS: FAY} | (heads or {})
    parents = {SALES: TOP, SOUTH: SALES, BOOKS: TOP} | (parents or {})
    members = [
        member(FAY, BOOKS, roles=["finance"]),
        member(BOSS, TOP, roles=["admin"]),
        member(SALLY, SALES),
        member(SAM, SOUTH, roles=["applicant"]),
        member(GONE, SALES, active=False),
    ]
    units = {
        unit: Unit(unit, f"Unit {unit}", parents.get(unit), heads.get(unit)) for unit in (TOP, SALES, SOUTH, BOOKS)
    }
    return Organization({each.user_id: each for each in members}, units, stand_ins)


def stand_in(giver, taker, *, start=NOW - DAY, end=None, kinds=(), least=None, most=None, row=0):
    return StandIn(giver, taker, start, end, frozenset(kinds), least, most, row)


def acting(organization, user_id, *, at=NOW, kind="request", amount="100", never=()):
    return organization.stand_in_for(user_id, at=at, kind=kind, amount=Decimal(amount), never=frozenset(never))


class TestRoles:
    def test_people_of_a_role_come_in_the_order_of_membership(self):
        found = Organization({7: member(7), 3: member(3), 5: member(5, roles=["finance"])}, {})
        assert found.with_role("approver") == (7, 3)

    def test_whoever_left_has_no_role(self):
        assert GONE not in company().with_role("approver")
        assert not company().is_active(GONE)

    def test_a_stranger_is_not_active(self):
        assert not company().is_active(99)


class TestHeads:
    def test_the_head_is_that_of_the_primary_department(self):
        assert company(heads={SOUTH: FAY}).head_of(SAM) == FAY

    def test_whoever_heads_a_department_is_headed_by_the_next_above(self):
        assert company().head_of(SALLY) == BOSS
        assert company().head_of(BOSS) is None

    def test_a_department_without_a_head_is_headed_from_above(self):
        assert company().head_of(SAM) == SALLY
        assert company(heads={SOUTH: GONE}).head_of(SAM) == SALLY

    @pytest.mark.parametrize(("levels", "head"), [(0, None), (1, None), (2, SALLY), (3, BOSS), (4, None)])
    def test_heads_are_counted_from_the_own_department(self, levels, head):
        assert company().head_up(SAM, levels) == head

    def test_consecutive_heads_go_upward_each_once(self):
        assert company().heads_up_to(SAM, 9) == (SALLY, BOSS)
        assert company().heads_up_to(SAM, 2) == (SALLY,)
        assert company(heads={SOUTH: BOSS}).heads_up_to(SAM, 9) == (BOSS, SALLY)

    def test_an_inactive_head_heads_nobody(self):
        assert company(heads={SALES: GONE}).head_up(SAM, 2) is None
        assert company(heads={SALES: GONE}).heads_up_to(SAM, 9) == (BOSS,)

    def test_without_a_department_nobody_is_the_head(self):
        lonely = Organization({SAM: member(SAM)}, {})
        assert (lonely.head_of(SAM), lonely.head_up(SAM, 1), lonely.heads_up_to(SAM, 3)) == (None, None, ())

    def test_departments_in_a_circle_end_where_they_began(self):
        circle = company(parents={TOP: SOUTH})
        assert circle.heads_up_to(SAM, 100) == (SALLY, BOSS)
        assert circle.head_up(SAM, 100) is None


class TestStandIns:
    def test_without_a_delegation_people_act_themselves(self):
        assert acting(company(), SALLY) == SALLY

    def test_it_begins_at_its_start_and_is_over_at_its_end(self):
        away = company(stand_in(SALLY, FAY, start=NOW, end=NOW + DAY))
        assert [acting(away, SALLY, at=NOW + shift) for shift in (-DAY / 2, DAY * 0, DAY)] == [SALLY, FAY, SALLY]

    def test_it_holds_for_its_kinds_and_amounts_with_both_ends(self):
        away = company(stand_in(SALLY, FAY, kinds=["request"], least=Decimal(10), most=Decimal(20)))
        assert acting(away, SALLY, kind="contract", amount="15") == SALLY
        assert [acting(away, SALLY, amount=amount) for amount in ("9.99", "10", "20", "20.01")] == [
            SALLY,
            FAY,
            FAY,
            SALLY,
        ]

    def test_the_stand_in_of_a_stand_in_acts(self):
        assert acting(company(stand_in(SALLY, FAY), stand_in(FAY, BOSS)), SALLY) == BOSS

    def test_a_circle_comes_back_to_whoever_was_asked(self):
        assert acting(company(stand_in(SALLY, FAY), stand_in(FAY, SALLY)), SALLY) == SALLY

    def test_before_a_circle_of_others_the_last_person_acts(self):
        circle = company(stand_in(SALLY, FAY), stand_in(FAY, BOSS), stand_in(BOSS, SAM), stand_in(SAM, BOSS))
        assert acting(circle, SALLY) == FAY

    def test_limits_go_before_none_then_the_later_start_then_the_later_row(self):
        general, limited = stand_in(SALLY, FAY, start=NOW), stand_in(SALLY, BOSS, start=NOW - DAY, most=Decimal(500))
        assert acting(company(general, limited), SALLY) == BOSS
        both = stand_in(SALLY, SAM, start=NOW - DAY, kinds=["request"], most=Decimal(500))
        assert acting(company(both, limited), SALLY) == SAM
        assert acting(company(stand_in(SALLY, BOSS, start=NOW - DAY, row=9), general), SALLY) == FAY
        assert acting(company(stand_in(SALLY, BOSS, row=1), stand_in(SALLY, FAY, row=2)), SALLY) == FAY

    def test_who_is_inactive_or_the_requester_is_passed_over(self):
        assert acting(company(stand_in(SALLY, GONE)), SALLY) == SALLY
        assert acting(company(stand_in(SALLY, FAY), stand_in(FAY, SAM)), SALLY, never=[SAM]) == FAY
        assert acting(company(stand_in(SALLY, SAM, row=2), stand_in(SALLY, FAY, row=1)), SALLY, never=[SAM]) == FAY


PEOPLE = st.integers(1, 6)
ROOMS = st.integers(1, 6)


@st.composite
def organizations(draw):
    active = draw(st.sets(PEOPLE))
    members = {who: member(who, draw(st.none() | ROOMS), active=who in active) for who in range(1, 7)}
    units = {room: Unit(room, "", draw(st.none() | ROOMS), draw(st.none() | PEOPLE)) for room in draw(st.sets(ROOMS))}
    stand_ins = draw(
        st.lists(
            st.builds(
                stand_in,
                PEOPLE,
                PEOPLE,
                kinds=st.sampled_from([(), ("request",), ("contract",)]),
                most=st.none() | st.sampled_from([Decimal(50), Decimal(500)]),
                row=st.integers(1, 99),
            ),
            max_size=15,
        )
    )
    return Organization(members, units, tuple(stand_ins))


@settings(max_examples=500)
@given(organizations(), PEOPLE, st.frozensets(PEOPLE, max_size=2))
def test_who_acts_is_active_and_allowed_or_was_asked(organization, user_id, never):
    found = acting(organization, user_id, never=never)
    assert found == user_id or (organization.is_active(found) and found not in never)


@settings(max_examples=500)
@given(organizations(), PEOPLE)
def test_every_head_is_active(organization, user_id):
    heads = organization.heads_up_to(user_id, 99)
    one_by_one = [organization.head_up(user_id, levels) for levels in range(1, 9)]
    assert all(organization.is_active(head) for head in heads)
    assert heads == tuple(dict.fromkeys(head for head in one_by_one if head is not None))
    assert organization.head_of(user_id) == next((head for head in heads if head != user_id), None)
