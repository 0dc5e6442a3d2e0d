"""A company for the random test: its people and departments, what may happen to them, and chains that use all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import or_, select

from models.access import Actor, Role
from models.accounts import Membership, User
from models.customers import Customer
from models.db import db, utc_now
from models.delegations import Delegation as DelegationRow
from models.departments import Department, DepartmentMember
from models.processes import StepMode
from models.tenancy import serve_company
from tasks import accounts, chains, delegations, departments
from tasks.accounts.leavers import Heirs, hand_over
from tasks.chains import ChainDraft
from tasks.delegations import DelegationDraft
from tasks.departments import DepartmentDraft
from tests.flows.plain_chain import ALL_VERBS, Case, Delegation, Person, World
from tests.support.requests import make_customer

CHAIN = "random"
AMOUNTS = ("106.00", "530.00", "10600.00", "53000.00")
HIRED: Mapping[str, tuple[Role, ...]] = {
    "amy": (Role.APPLICANT, Role.APPROVER),
    "ben": (Role.APPLICANT, Role.APPROVER, Role.ADMIN),
    "cid": (Role.APPLICANT, Role.APPROVER, Role.FINANCE),
    "eve": (Role.APPROVER,),
    "finn": (Role.APPROVER,),
}
# Ada stays, so that there is always an administrator who is not the requester.
REQUESTERS = ("alice", "amy", "ben", "cid")
APPROVERS = ("bob", "bea", "fiona", "amy", "ben", "cid", "eve", "finn", "ada")
STAFF = (*APPROVERS, "alice", "dora", "otto")
Feel = Callable[[Mapping[str, Any]], Any]


class Company:
    """The company of a test, in one database, with what it is now as the plain model sees it."""

    def __init__(self, app: Flask, people: Mapping[str, Actor]) -> None:
        self.app, self.ada = app, people["ada"]
        self.roles = {name: tuple(people[name].roles) for name in ("alice", "bob", "bea", "fiona", "dora", "otto")}
        self.roles |= {"ada": (Role.ADMIN,)} | dict(HIRED)
        with app.app_context():
            serve_company(self.ada.company_id)
            self.ids = {name: self._hire(name) for name in HIRED} | {
                name: people[name].user_id or 0 for name in self.roles if name not in HIRED
            }
            self.members = {row.user_id: row.id for row in db.session.scalars(select(Membership))}
            self.units = self._found_departments()
            self.customer = make_customer(self.ada).id
            chains.add_chain(self.ada, self._draft([]), key=CHAIN)
        self.feel = self._feel()
        self.world = self._read()

    def _hire(self, name: str) -> int:
        user = User(name=name.title(), email=f"{name}@acme.example", password_hash="", language="en")
        db.session.add(user)
        db.session.flush()
        roles = [role.value for role in HIRED[name]]
        db.session.add(Membership(user_id=user.id, company_id=self.ada.company_id, roles=roles))
        db.session.commit()
        return user.id

    def _found_departments(self) -> list[int]:
        units: list[int] = []
        for name, parent in (("Board", None), ("Sales", 0), ("North", 1), ("Odd jobs", None)):
            draft = DepartmentDraft(name=name, parent_id=None if parent is None else units[parent])
            units.append(departments.create_department(self.ada, draft).id)
        return units

    def _feel(self) -> dict[str, Feel]:
        """Every expression that a chain may hold, with its answer. The second group names people."""
        ids = self.ids
        return {
            "amount > 1000": lambda facts: facts["amount"] > 1000,
            'customer_grade = "A"': lambda facts: facts["customer_grade"] == "A",
            f"requester_id = {ids['amy']}": lambda facts: facts["requester_id"] == ids["amy"],
            "amount between 200 and 20000": lambda facts: 200 <= facts["amount"] <= 20000,
            "customer_owner_id > 4": lambda facts: (
                None if facts["customer_owner_id"] is None else facts["customer_owner_id"] > 4
            ),
            f"[{ids['eve']}, {ids['bob']}]": lambda _facts: [ids["eve"], ids["bob"]],
            '["Finn", "Amy", "Nobody"]': lambda _facts: ["Finn", "Amy", "Nobody"],
            f"if amount > 1000 then {ids['cid']} else requester_id": lambda facts: (
                ids["cid"] if facts["amount"] > 1000 else facts["requester_id"]
            ),
            "null": lambda _facts: None,
        }

    def customer_row(self) -> Customer:
        return db.session.get_one(Customer, self.customer)

    # -- what it is now ----------------------------------------------------------------------------------------------

    def actor(self, user: int) -> Actor:
        """The person with the roles that they have now, as the pages know them."""
        return Actor(self.ada.company_id, user, frozenset(Role(role) for role in self.world.people[user].roles))

    def case(self, requester: int, amount: str, remark: str) -> Case:
        facts = {
            "amount": Decimal(amount),
            "customer_grade": "B",
            "customer_owner_id": self.owner,
            "requester_id": requester,
            "remark": remark,
        }
        return Case(requester, facts, self.world, self.feel)

    def _read(self) -> World:
        with self.app.app_context():
            serve_company(self.ada.company_id)
            now = utc_now()
            units = {row.id: row for row in db.session.scalars(select(Department).where(Department.is_active))}
            places = {
                row.user_id: row.department_id
                for row in db.session.scalars(select(DepartmentMember).where(DepartmentMember.is_primary))
            }
            members = db.session.scalars(
                select(Membership).where(Membership.company_id == self.ada.company_id).order_by(Membership.id)
            )
            held = db.session.scalars(
                select(DelegationRow).where(
                    DelegationRow.revoked_at.is_(None),
                    DelegationRow.starts_at <= now,
                    or_(DelegationRow.ends_at.is_(None), DelegationRow.ends_at > now),
                )
            )
            self.owner = db.session.get_one(Customer, self.customer).owner_id
            return World(
                {
                    row.user_id: Person(row.user.name, frozenset(row.roles), row.is_active, places.get(row.user_id))
                    for row in members
                },
                {row.id: row.head_id for row in units.values()},
                {row.id: row.parent_id for row in units.values()},
                [
                    Delegation(row.from_user_id, row.to_user_id, row.starts_at, row.min_amount, row.max_amount, row.id)
                    for row in held
                ],
            )

    # -- what changes --------------------------------------------------------------------------------------------------

    def start_anew(self, random: Random) -> None:
        """Everybody back in their roles, no delegation; other heads, departments and owner than before."""
        ada = self.ada
        with self.app.app_context():
            for name, roles in self.roles.items():
                member = self.members[self.ids[name]]
                person = self.world.people[self.ids[name]]
                if not person.is_active:
                    accounts.reactivate_person(ada, membership_id=member)
                if person.roles != set(roles):
                    accounts.change_roles(ada, membership_id=member, roles=roles)
        with self.app.app_context():
            for row in delegations.list_delegations(ada):
                if row.may_revoke:
                    delegations.revoke_delegation(ada, delegation_id=row.id)
        with self.app.app_context():
            for name in REQUESTERS:
                departments.place_person(
                    ada, user_id=self.ids[name], department_id=random.choice([*self.units, *self.units, None])
                )
        for _ in range(3):
            self._new_head(random)
        with self.app.app_context():
            serve_company(ada.company_id)
            owner = random.choice([None, *(self.ids[name] for name in APPROVERS)])
            db.session.get_one(Customer, self.customer).owner_id = owner
            db.session.commit()
        self.world = self._read()
        for _ in range(random.choice([0, 0, 1, 3])):
            self._delegate(random)
            self.world = self._read()

    def change(self, random: Random) -> tuple[str, Any]:
        """Something happens in the company; what it was. Raises what the operation raises."""
        verbs = (
            self._delegate,
            self._delegate,
            self._end_delegation,
            self._new_head,
            self._move,
            self._other_roles,
            self._deactivate,
            self._come_back,
            self._come_back,
            self._hand_over,
        )
        verb = random.choice(verbs)
        try:
            return verb.__name__, verb(random)
        finally:
            self.world = self._read()

    def _delegate(self, random: Random) -> Any:
        # Few who give, so that several of one person's often hold at once.
        giver = random.choice(APPROVERS[:4])
        taker = random.choice([name for name in APPROVERS if name != giver])
        today = utc_now().date()
        least, most = random.choice([(None, None), (None, None), (None, "5000"), ("500", None)])
        draft = DelegationDraft(
            from_user_id=self.ids[giver],
            to_user_id=self.ids[taker],
            first_day=today + timedelta(days=random.choice([-3, -2, 0, 0, 2])),
            last_day=random.choice([None, today + timedelta(days=9)]),
            min_amount=Decimal(least) if least else None,
            max_amount=Decimal(most) if most else None,
        )
        with self.app.app_context():
            delegations.create_delegation(self.ada, draft)
        return giver, taker, least, most

    def _end_delegation(self, random: Random) -> Any:
        if not self.world.delegations:
            return None
        row = random.choice(list(self.world.delegations))
        with self.app.app_context():
            delegations.revoke_delegation(self.ada, delegation_id=row.rank)
        return row.giver, row.taker

    def _new_head(self, random: Random) -> Any:
        with self.app.app_context():
            serve_company(self.ada.company_id)
            unit = db.session.get_one(Department, random.choice(self.units))
            active = [self.ids[name] for name in APPROVERS if self.world.people[self.ids[name]].is_active]
            head = random.choice([None, *active, *active])
            draft = DepartmentDraft(name=unit.name, parent_id=unit.parent_id, head_id=head)
            departments.edit_department(self.ada, draft, department_id=unit.id)
            return unit.id, head

    def _move(self, random: Random) -> Any:
        user, unit = self.ids[random.choice(REQUESTERS)], random.choice([*self.units, None])
        with self.app.app_context():
            departments.place_person(self.ada, user_id=user, department_id=unit)
        return user, unit

    def _other_roles(self, random: Random) -> Any:
        name = random.choice(STAFF)
        roles = random.choice([self.roles[name], [Role.APPROVER], [Role.DESIGNER], [Role.FINANCE, Role.APPLICANT]])
        with self.app.app_context():
            accounts.change_roles(self.ada, membership_id=self.members[self.ids[name]], roles=roles)
        return name, roles

    def _deactivate(self, random: Random) -> Any:
        name = random.choice(STAFF)
        with self.app.app_context():
            accounts.deactivate_person(self.ada, membership_id=self.members[self.ids[name]])
        return name

    def _come_back(self, random: Random) -> Any:
        away = [who for who, person in self.world.people.items() if not person.is_active and who in self.members]
        for who in away:
            with self.app.app_context():
                accounts.reactivate_person(self.ada, membership_id=self.members[who])
        return away

    def _hand_over(self, random: Random) -> Any:
        name, *heirs = random.sample(APPROVERS, 3)
        first, second = (self.ids[heir] for heir in heirs)
        with self.app.app_context():
            hand_over(self.ada, membership_id=self.members[self.ids[name]], heirs=Heirs(first, second))
        return self.ids[name], (first, second)

    # -- chains --------------------------------------------------------------------------------------------------------

    def save_chain(self, random: Random) -> None:
        """A new version of the chain that every request goes through, with steps of every kind."""
        draft = self._draft([self._step(random, number) for number in range(1, random.randint(1, 5) + 1)])
        with self.app.app_context():
            revision = chains.get_chain(self.ada, CHAIN).revision
            chains.save_chain(self.ada, draft, key=CHAIN, revision=revision)

    def steps_in_force(self) -> tuple[int, list[dict[str, Any]]]:
        """The version that a request submitted now would go through, and its steps as they are kept."""
        with self.app.app_context():
            newest = chains.get_chain(self.ada, CHAIN).newest
            return newest.id, list(newest.steps)

    def _draft(self, steps: Sequence[Mapping[str, Any]]) -> ChainDraft:
        return ChainDraft(name="Random", steps=steps, binding={"kinds": ["request"]})

    def _step(self, random: Random, number: int) -> dict[str, Any]:
        active = [self.ids[name] for name in APPROVERS if self.world.people[self.ids[name]].is_active]
        named = random.sample(active, random.randint(1, min(4, len(active))))
        step: dict[str, Any] = {"title": f"Step {number}", "approvers": self._approvers(random, named)}
        mode = random.choice(list(StepMode))
        reach = len(named) if step["approvers"]["kind"] == "people" else 4
        step["mode"] = mode.value
        step["threshold"] = random.randint(1, 100) if mode is StepMode.PERCENT else random.randint(1, reach)
        if mode is StepMode.WEIGHT:
            step["weights"] = {str(who): random.randint(1, 3) for who in random.sample(named, len(named))}
        if number > 1 and random.random() < 0.35:
            step["alongside"] = "yes"
        if random.random() < 0.5:
            step["vetoes"] = random.sample(named, 1)
        if random.random() < 0.3:
            step["condition"] = random.choice(list(self.feel)[:5])
        step["when_empty"] = random.choice(["pass", "person", "admins", "escalate"])
        step["empty_person"] = random.choice(active)
        step["when_self"] = random.choice(["skip", "head", "admins"])
        step["repeat"] = random.choice(["every", "every", "first", "consecutive"])
        if random.random() < 0.3:
            step["verbs"] = random.sample(ALL_VERBS, random.randint(3, 9))
        return step

    def _approvers(self, random: Random, named: list[int]) -> dict[str, Any]:
        kinds: list[dict[str, Any]] = [
            {"kind": "people", "people": named},
            {"kind": "people", "people": named},
            {"kind": "role", "role": random.choice(["approver", "finance", "admin", "designer"])},
            {"kind": "department_head"},
            {"kind": "head_up", "levels": random.randint(1, 3)},
            {"kind": "heads", "levels": random.randint(1, 3)},
            {"kind": "customer_owner"},
            {"kind": "form_field", "field": random.choice(["remark", "requester_id", "customer_owner_id"])},
            {"kind": "feel", "expression": random.choice(list(self.feel)[5:])},
        ]
        return random.choice(kinds)
