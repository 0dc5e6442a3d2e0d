"""Every way of reading or writing a company's rows, from the wrong company and from the right one."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, union, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from models.access import Actor
from models.db import db
from models.errors import NotAllowed
from models.processes import HumanTask, ProcessDefinition, ProcessInstance
from models.requests import InvoiceRequest
from models.tenancy import ALL_COMPANIES, serve_company

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def request_id(people: dict[str, Actor], session: None) -> int:
    """A request of Alice's company, out of memory."""
    serve_company(people["alice"].company_id)
    request = InvoiceRequest(reason="hers", net=Decimal(1), gross=Decimal(1), applicant_id=people["alice"].user_id)
    db.session.add(request)
    db.session.commit()
    number = request.id
    db.session.remove()
    return number


def _all_statements(request_id: int) -> dict[str, object]:
    """What each kind of statement reaches; the writing ones last, for they change what is there."""
    run = db.session.execute
    other = aliased(InvoiceRequest)
    ids = select(InvoiceRequest.id)
    return {
        "entity": run(select(InvoiceRequest)).scalars().all(),
        "column": run(ids).all(),
        "alias": run(select(other)).scalars().all(),
        "count": run(select(func.count()).select_from(InvoiceRequest)).scalar(),
        "count of a column": run(select(func.count(InvoiceRequest.id))).scalar(),
        "sum": run(select(func.sum(InvoiceRequest.gross))).scalar(),
        "get": db.session.get(InvoiceRequest, request_id),
        "where": run(select(InvoiceRequest).where(InvoiceRequest.id == request_id)).scalars().all(),
        "or": run(select(InvoiceRequest).where((InvoiceRequest.id == -1) | (InvoiceRequest.id > 0))).scalars().all(),
        "subquery": run(select(ids.subquery().c.id)).all(),
        "scalar subquery": run(select(select(func.max(InvoiceRequest.id)).scalar_subquery())).all(),
        "common table": run(select(ids.cte().c.id)).all(),
        "exists": run(select(ids.exists())).scalar(),
        "join to itself": run(select(InvoiceRequest.id).join(other, other.id == InvoiceRequest.id)).all(),
        "with for update": run(select(InvoiceRequest).with_for_update()).scalars().all(),
        "eager load": run(select(InvoiceRequest).options(joinedload(InvoiceRequest.customer))).scalars().all(),
        "old query": db.session.query(InvoiceRequest).all(),
        "update": run(update(InvoiceRequest).values(reason="changed")).rowcount,
        "delete": run(delete(InvoiceRequest)).rowcount,
    }


_NOTHING = ([], 0, None, False, [(None,)])


@pytest.mark.parametrize("who", ["carol", None])
def test_no_statement_reaches_another_company(people: dict[str, Actor], request_id: int, who: str | None) -> None:
    if who:
        serve_company(people[who].company_id)
    reached = {kind: found for kind, found in _all_statements(request_id).items() if found not in _NOTHING}
    assert reached == {}


def test_the_own_company_reaches_its_rows_by_every_statement(people: dict[str, Actor], request_id: int) -> None:
    serve_company(people["alice"].company_id)
    missed = [kind for kind, found in _all_statements(request_id).items() if found in _NOTHING]
    assert missed == []


@pytest.mark.parametrize("who", ["carol", None])
def test_a_union_does_not_reach_another_company(people: dict[str, Actor], request_id: int, who: str | None) -> None:
    if who:
        serve_company(people[who].company_id)
    both = union(select(InvoiceRequest.id), select(ProcessInstance.id))
    assert db.session.execute(both).all() == []


@pytest.mark.parametrize("who", ["carol", None])
def test_a_row_of_another_company_cannot_be_added(people: dict[str, Actor], who: str | None) -> None:
    if who:
        serve_company(people[who].company_id)
    alice = people["alice"]
    db.session.add(InvoiceRequest(company_id=alice.company_id, applicant_id=alice.user_id))
    with pytest.raises(NotAllowed):
        db.session.flush()
    db.session.rollback()


def test_a_new_row_belongs_to_the_company_that_is_served(people: dict[str, Actor]) -> None:
    alice = people["alice"]
    serve_company(alice.company_id)
    request = InvoiceRequest(applicant_id=alice.user_id)
    db.session.add(request)
    db.session.flush()
    assert request.company_id == alice.company_id


def test_a_row_cannot_be_moved_to_another_company(people: dict[str, Actor], request_id: int) -> None:
    serve_company(people["alice"].company_id)
    request = db.session.get_one(InvoiceRequest, request_id)
    request.company_id = people["carol"].company_id
    with pytest.raises(NotAllowed):
        db.session.flush()
    db.session.rollback()


def test_a_session_serves_one_company_for_life(people: dict[str, Actor]) -> None:
    serve_company(people["alice"].company_id)
    with pytest.raises(NotAllowed):
        serve_company(people["carol"].company_id)
    with pytest.raises(NotAllowed):
        serve_company(ALL_COMPANIES)


@pytest.mark.parametrize("load", ["lazily", "selectinload", "joinedload"])
def test_a_relationship_is_narrowed_too(people: dict[str, Actor], load: str) -> None:
    mine, theirs = people["alice"].company_id, people["carol"].company_id
    serve_company(ALL_COMPANIES)
    definition = ProcessDefinition(key="k", version=1, bpmn="", company_id=mine)
    db.session.add(definition)
    db.session.flush()
    instance = ProcessInstance(
        definition_id=definition.id, state="", company_id=mine, subject_kind="request", subject_id=1
    )
    db.session.add(instance)
    db.session.flush()
    shared = {"instance_id": instance.id, "element_id": "a", "title": "a", "subject_kind": "request", "subject_id": 1}
    db.session.add_all(
        HumanTask(engine_task_id=str(company), company_id=company, **shared) for company in (mine, theirs)
    )
    db.session.commit()
    db.session.remove()

    serve_company(mine)
    options = {
        "lazily": [],
        "selectinload": [selectinload(ProcessInstance.tasks)],
        "joinedload": [joinedload(ProcessInstance.tasks)],
    }[load]
    found = db.session.execute(select(ProcessInstance).options(*options)).unique().scalars().one()
    assert [task.company_id for task in found.tasks] == [mine]
