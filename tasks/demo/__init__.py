"""A company to try things out with: seven people, fifty-two customers, requests in every state.

The story is told in two parts: sixty requests that go the usual ways, then those that show what approvals can do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from sqlalchemy import select

from models.access import Actor
from models.accounts import User
from models.customers import Grade, HeaderKind
from models.db import db
from tasks import accounts, customers, departments, notices
from tasks.boundary import job, public_query, separate
from tasks.customers import CustomerDraft, HeaderDraft
from tasks.demo import approvals, cast, story
from tasks.departments import DepartmentDraft

_GRADES = (Grade.A, Grade.B, Grade.B, Grade.C)


@job
def fill(*, base_url: str) -> Iterator[str]:
    """Make the demo in an empty database; yields what was made, and at last the log-ins.

    The mails that it leaves lead to `base_url`.
    """
    people = _settle()
    yield f"company {cast.COMPANY.name} with {len(people)} people"
    stage = story.Stage(
        **people,
        customers=tuple(_make_customers(people["finance"])),
        today=_today(people["admin"]),
        dice=Random(story.SEED),  # noqa: S311 - invented orders, not secrets
    )
    yield f"{len(stage.customers)} customers"
    approvals.make_chains(stage)
    yield "requests: " + ", ".join(story.play(stage))
    yield "approvals: " + ", ".join(approvals.play(stage))
    with separate():
        notices.expand_new(Actor(None, is_system=True, origin="demo"), base_url=base_url)
    yield from log_ins()


@job
def log_ins() -> list[str]:
    """Who may log in to the demo, a line each, and the password of them all."""
    people = [f"  {person.role.value:<10} {person.email:<30} {person.name}" for person in cast.EVERYBODY]
    return [*people, f"  password   {cast.PASSWORD}"]


def _settle() -> dict[str, Actor]:
    """Everybody by their `key`."""
    admin, *others = cast.EVERYBODY
    user_id = accounts.sign_up_company(
        cast.COMPANY.name, name=admin.name, email=admin.email, password=cast.PASSWORD, language="zh"
    )
    chief = _actor(user_id)
    actors = {admin.key: chief}
    with separate():
        accounts.edit_company(chief, cast.COMPANY)
    with separate():
        ids = {name: _department(chief, name) for name in dict.fromkeys(p.department for p in cast.EVERYBODY)}
    with separate():
        departments.place_person(chief, user_id=user_id, department_id=ids[admin.department])
    for person in others:
        with separate():
            _, secret = accounts.invite_person(
                chief,
                email=person.email,
                name=person.name,
                roles=[person.role.value],
                department_id=ids[person.department],
            )
        user_id = accounts.accept_invitation(secret, name=person.name, password=cast.PASSWORD, language="zh")
        actors[person.key] = _actor(user_id)
    _name_heads(actors, ids)
    return actors


def _department(admin: Actor, name: str) -> int:
    return departments.create_department(admin, DepartmentDraft(name=name)).id


def _name_heads(actors: dict[str, Actor], ids: dict[str, int]) -> None:
    """Everything belongs to the first department; each has a head."""
    top = cast.PEOPLE[0].department
    for person in cast.EVERYBODY:
        if person.is_head:
            draft = DepartmentDraft(
                name=person.department,
                parent_id=None if person.department == top else ids[top],
                head_id=actors[person.key].user_id,
            )
            with separate():
                departments.edit_department(actors["admin"], draft, department_id=ids[person.department])


@public_query
def is_here() -> bool:
    """Whether this database holds the demo: its administrator is known."""
    return db.session.scalar(select(User.id).where(User.email == cast.PEOPLE[0].email)) is not None


@public_query
def _actor(user_id: int) -> Actor:
    return db.session.get_one(User, user_id).memberships[0].as_actor(origin="demo")


def _make_customers(finance: Actor) -> Iterator[tuple[int, int]]:
    for index, (tax_id, name) in enumerate(cast.customers()):
        with separate():
            customer = customers.create_customer(
                finance,
                CustomerDraft(name=name, grade=_GRADES[index % len(_GRADES)]),
                HeaderDraft(title=name, tax_id=tax_id, kind=HeaderKind.ORGANIZATION, is_default=True),
            )
            yield customer.id, customer.headers[0].id


def _today(admin: Actor) -> date:
    with separate():
        return accounts.get_company(admin).today()
