"""The pages on which a version of a flow is tried out."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from models.db import db
from models.processes import ProcessDefinition
from models.tenancy import ALL_COMPANIES, serve_company
from tests.conftest import Browser
from tests.support.approvals import submit
from tests.support.flows import ONE_MORE_STEP, publish
from tests.support.pages import text_of
from tests.support.requests import decide

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def rejected(app: Flask, people: People) -> int:
    """A request that was rejected at once; two versions of the flow, the second with a step more behind approval."""
    request_id = submit(app, people["alice"])
    with app.app_context():
        decide(people["bob"], request_id, "reject", "no contract")
    return request_id


@pytest.fixture
def approved(app: Flask, people: People) -> int:
    """A request that was issued."""
    from tests.tasks.test_replays import issued

    return issued(app, people)


def first_version(app: Flask) -> int:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.query(ProcessDefinition.id).order_by(ProcessDefinition.id).limit(1).scalar() or 0


def test_without_finished_requests_the_page_says_so(app: Flask, as_user: AsUser, people: People) -> None:
    submit(app, people["alice"])
    assert "No finished request yet" in text_of(as_user("dora").get(f"/flows/{first_version(app)}/replay"))


def test_a_request_that_would_go_the_same_way_is_only_counted(app: Flask, as_user: AsUser, rejected: int) -> None:
    page = as_user("ada").get(f"/flows/{first_version(app)}/replay")
    assert "Same way, same people 1 / 1" in text_of(page)
    assert "Every request would go the way that it went." in text_of(page)
    assert f'href="/requests/{rejected}"' not in page.text


def test_a_request_that_would_go_differently_is_listed_with_what_differs(
    app: Flask, people: People, as_user: AsUser, approved: int, rejected: int
) -> None:
    page = as_user("ada").get(f"/flows/{publish(app, people['dora'], ONE_MORE_STEP)}/replay")
    text = text_of(page)
    assert "Same way, same people 1 / 2" in text
    assert "1 request would go differently." in text
    for told in ("Newly reached Look", "Would have waited Look", "Newly asked Finance: Look"):
        assert text.count(told) == 2  # in the sum and for the request
    assert f'href="/requests/{approved}"' in page.text
    assert f'href="/requests/{rejected}"' not in page.text
    odd = as_user("ada").get(f"/flows/{first_version(app)}/replay?limit=1")
    assert "2 / 2" in text_of(odd)  # only the numbers that the page offers are taken


def test_who_may_not_see_a_request_is_led_to_its_flow(
    app: Flask, people: People, as_user: AsUser, approved: int
) -> None:
    page = as_user("dora").get(f"/flows/{publish(app, people['dora'], ONE_MORE_STEP)}/replay")
    assert "/requests/" not in page.text
    assert 'href="/monitor/' in page.text


def test_the_requests_of_one_version_can_be_chosen(app: Flask, people: People, as_user: AsUser, rejected: int) -> None:
    second, ada = publish(app, people["dora"], ONE_MORE_STEP), as_user("ada")
    assert "1 / 1" in text_of(ada.get(f"/flows/{second}/replay?of=1&limit=20"))
    assert "No finished request yet" in text_of(ada.get(f"/flows/{second}/replay?of=2"))
    assert "1 / 1" in text_of(ada.get(f"/flows/{second}/replay?of=77&limit=1000000"))


def test_the_cases_of_the_shipped_flow_pass_and_those_of_a_changed_one_say_what_differs(
    app: Flask, people: People, as_user: AsUser
) -> None:
    dora = as_user("dora")
    assert "Passed 14 / 14" in text_of(dora.get(f"/flows/{first_version(app)}/cases"))
    text = text_of(dora.get(f"/flows/{publish(app, people['dora'], ONE_MORE_STEP)}/cases"))
    assert "Failed Expected “mark_approved” after “advance”, got “look”." in text


@pytest.mark.parametrize("page", ["replay", "cases"])
def test_only_who_may_publish_flows_sees_the_pages(app: Flask, as_user: AsUser, page: str) -> None:
    address = f"/flows/{first_version(app)}/{page}"
    assert [as_user(name).get(address).status_code for name in ("dora", "ada", "otto", "bob")] == [200, 200, 403, 403]
    assert as_user("carl").get(address).status_code == 404
    assert address in as_user("dora").get(f"/flows/{first_version(app)}").text
    assert address not in as_user("otto").get(f"/flows/{first_version(app)}").text
