"""Moving running flows in the background: the pages that begin it, show how far it is, stop it and take it back."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from models.moves import ItemState
from tests.conftest import Browser
from tests.support.flows import SOONER, UNLIKE, publish, running
from tests.support.moves import prepare, start, states, work
from tests.support.pages import text_of

AsUser = Callable[[str], Browser]
People = dict[str, Actor]
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def sooner(app: Flask, people: People) -> int:
    """Two requests that wait on version 1, and a version 2 with an earlier reminder; the id of that."""
    prepare(app)
    running(app, people["alice"], 2)
    return publish(app, people["dora"], SOONER)


@pytest.fixture
def batch(app: Flask, people: People, sooner: int) -> int:
    """A batch that nobody has begun to work off."""
    return start(app, people["dora"], sooner, note="Tell sooner")


def test_moving_leads_to_a_page_that_says_how_far_it_is(app: Flask, as_user: AsUser, sooner: int) -> None:
    dora = as_user("dora")
    answer = dora.post(f"/flows/{sooner}/move", data={"note": "Tell sooner"})
    assert (answer.status_code, answer.location) == (303, "/flows/moves/1")
    page = text_of(dora.get(answer.location))
    assert "Move to version 2" in page
    assert "Running" in page
    assert "0 of 2" in page
    assert "Tell sooner" in page
    work(app, 1)
    page = text_of(dora.get(answer.location))
    assert "2 of 2" in page
    assert "1 → 2 Moved" in page
    assert "Moved 2" in page
    assert "2 flows run on this version, 0 on others" in text_of(dora.get(f"/flows/{sooner}"))
    assert "/flows/moves/1" in dora.get(f"/flows/{sooner}").text


def test_while_flows_move_the_plan_leads_to_them_and_begins_nothing(as_user: AsUser, sooner: int, batch: int) -> None:
    dora = as_user("dora")
    page = dora.get(f"/flows/{sooner}/move")
    assert f'href="/flows/moves/{batch}"' in page.text
    assert '<form method="post" action="/flows' not in page.text
    refused = dora.post(f"/flows/{sooner}/move")
    assert refused.status_code == 409
    assert f"being moved already (batch {batch})" in text_of(refused)


def test_a_script_gets_only_how_far_it_is(app: Flask, as_user: AsUser, batch: int) -> None:
    dora = as_user("dora")
    part = dora.get(f"/flows/moves/{batch}", headers=FRAGMENT)
    assert "<html" not in part.text
    assert 'data-move-state="running"' in part.text
    work(app, batch)
    assert 'data-move-state="done"' in dora.get(f"/flows/moves/{batch}", headers=FRAGMENT).text


def test_a_move_is_stopped_gone_on_with_and_taken_back(app: Flask, as_user: AsUser, batch: int) -> None:
    dora, page = as_user("dora"), f"/flows/moves/{batch}"
    assert dora.post(f"{page}/stop").location == page
    work(app, batch)
    assert states(app, batch) == [ItemState.TODO] * 2
    assert "Stopped by Dora" in text_of(dora.get(page))
    assert dora.post(f"{page}/resume").location == page
    work(app, batch)
    assert "This batch is done" in text_of(dora.post(f"{page}/resume", follow_redirects=True))
    answer = dora.post(f"{page}/back")
    assert answer.location == f"/flows/moves/{batch + 1}"
    work(app, batch + 1)
    shown = text_of(dora.get(answer.location))
    assert "Back to the versions before" in shown
    assert "2 → 1 Moved" in shown
    assert "Roll back" not in shown
    assert "Moved back 2" in text_of(dora.get(page))
    assert "nothing to move" in text_of(dora.post(f"{page}/back", follow_redirects=True))


def test_what_was_refused_is_counted_and_listed_with_its_reason(app: Flask, people: People, as_user: AsUser) -> None:
    prepare(app)
    (request_id,) = running(app, people["alice"])
    batch = start(app, people["dora"], publish(app, people["dora"], UNLIKE))
    work(app, batch)
    page = as_user("ada").get(f"/flows/moves/{batch}?state=refused")
    assert "approve “Approve request” is open, but the new version has no such element." in text_of(page)
    assert "× 1" in text_of(page)
    assert f'href="/requests/{request_id}"' in page.text
    assert "Not moved Needs a mapping" in text_of(page)
    for strange in ("?state=x", "?after=x", "?state=moved", "?after=99"):
        assert as_user("dora").get(f"/flows/moves/{batch}{strange}").status_code == 200


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_only_those_who_may_publish_see_and_steer_it(
    app: Flask, as_user: AsUser, sooner: int, batch: int, name: str
) -> None:
    browser = as_user(name)
    assert browser.get(f"/flows/moves/{batch}").status_code == 403
    assert f"/flows/moves/{batch}" not in browser.get(f"/flows/{sooner}").text
    for what in ("stop", "resume", "back"):
        assert browser.post(f"/flows/moves/{batch}/{what}").status_code == 403
    work(app, batch)
    assert states(app, batch) == [ItemState.MOVED] * 2


def test_another_company_finds_no_such_move(as_user: AsUser, batch: int) -> None:
    carl = as_user("carl")
    assert carl.get(f"/flows/moves/{batch}").status_code == 404
    for what in ("stop", "resume", "back"):
        assert carl.post(f"/flows/moves/{batch}/{what}").status_code == 404
