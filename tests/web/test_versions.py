"""What changed between two versions, and moving what runs, in the browser."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from tests.conftest import Browser
from tests.support.flows import IN_A_LOOP, SOONER, UNLIKE, publish, running
from tests.support.pages import text_of
from tests.support.requests import approve_all
from web.processes import version_pages

AsUser = Callable[[str], Browser]
People = dict[str, Actor]


def move_of(version: int) -> str:
    return f"/flows/{version}/move"


@pytest.fixture
def sooner(app: Flask, people: People) -> int:
    """A request that waits on version 1, and a version 2 with an earlier reminder; the id of that."""
    running(app, people["alice"])
    return publish(app, people["dora"], SOONER)


def test_everybody_may_read_what_changed(as_user: AsUser, sooner: int) -> None:
    alice = as_user("alice")
    page = text_of(alice.get(f"/flows/{sooner}/changes"))
    assert "Changes since version 1" in page
    assert "The timer of “Waiting 5 days” (timeDuration) is “P3D” instead of “P5D”." in page
    assert f"/flows/{sooner}/changes" in alice.get(f"/flows/{sooner}").text


def test_any_other_version_may_be_compared_with(app: Flask, people: People, as_user: AsUser, sooner: int) -> None:
    third = publish(app, people["dora"], SOONER)
    alice = as_user("alice")
    assert "No difference" in text_of(alice.get(f"/flows/{third}/changes"))
    assert "“P3D” instead of “P5D”" in text_of(alice.get(f"/flows/{third}/changes?since=1"))
    for since in ("", "x", "99", "-1"):
        assert alice.get(f"/flows/{third}/changes?since={since}").status_code == 200


def test_a_single_version_has_nothing_to_be_compared_with(as_user: AsUser) -> None:
    alice = as_user("alice")
    version = alice.get("/flows").text.split('href="/flows/')[1].split('"')[0]
    assert "Only one version" in text_of(alice.get(f"/flows/{version}/changes"))
    assert f"/flows/{version}/changes" not in alice.get(f"/flows/{version}").text


def test_an_older_version_is_published_again_by_a_button(app: Flask, as_user: AsUser, sooner: int) -> None:
    dora = as_user("dora")
    newest = dora.get(f"/flows/{sooner}").text
    assert f"/flows/{sooner}/again" not in newest
    old = dora.get("/flows").text.split('href="/flows/')[-1].split("/")[0]
    assert f'action="/flows/{old}/again"' in dora.get(f"/flows/{old}").text
    page = dora.post(f"/flows/{old}/again", follow_redirects=True)
    assert "Version 3 is published; it says what version 1 said." in text_of(page)
    assert "Version 1 again" in text_of(page)
    assert "says the same" in text_of(dora.post(f"/flows/{old}/again", follow_redirects=True))
    assert f"/flows/{old}/again" not in as_user("alice").get(f"/flows/{old}").text
    assert as_user("alice").post(f"/flows/{old}/again").status_code == 403
    assert as_user("carl").post(f"/flows/{old}/again").status_code == 404


def test_a_designer_sees_what_would_move_before_anything_does(as_user: AsUser, sooner: int) -> None:
    dora = as_user("dora")
    assert "1 on another" in text_of(dora.get(f"/flows/{sooner}"))
    for _ in range(2):
        page = text_of(dora.get(move_of(sooner)))
        assert "From version 1 Can move 1" in page
        assert "Approve request approve" in page
        assert "Move 1 flow" in page


def test_what_cannot_move_says_why_and_offers_no_button(app: Flask, people: People, as_user: AsUser) -> None:
    running(app, people["alice"], 2)
    target = publish(app, people["dora"], IN_A_LOOP)
    dora = as_user("dora")
    page = text_of(dora.get(move_of(target)))
    assert "Cannot move 2" in page
    assert "repeats in another way in the new version. × 2" in page
    assert "None can move" in page
    assert '<form method="post" action="/flows' not in dora.get(move_of(target)).text


def test_the_steps_in_a_reason_have_their_names_in_the_language_of_the_reader(
    app: Flask, people: People, as_user: AsUser
) -> None:
    running(app, people["alice"])
    target = publish(app, people["dora"], IN_A_LOOP)
    dora = as_user("dora")
    assert "“Approve request”" in text_of(dora.get(move_of(target)))
    dora.post("/language", data={"language": "zh"})
    assert "“审批申请”" in text_of(dora.get(move_of(target)))


def test_running_flows_are_listed_one_by_one_and_by_what_can_be_done(
    app: Flask, people: People, as_user: AsUser
) -> None:
    first, second = running(app, people["alice"], 2)
    with app.app_context():
        approve_all(people, first)
    target = publish(app, people["dora"], IN_A_LOOP)
    ada, dora = as_user("ada"), as_user("dora")
    everything, blocked = ada.get(move_of(target)).text, ada.get(f"{move_of(target)}?class=blocked").text
    assert f'href="/requests/{first}"' in everything
    assert f'href="/requests/{second}"' in blocked
    assert f'href="/requests/{first}"' not in blocked
    assert "/requests/" not in dora.get(move_of(target)).text.split("<main")[1]
    for strange in ("?class=x", "?page=x", "?page=-3", "?page=99", "?class=mapping"):
        assert dora.get(move_of(target) + strange).status_code == 200


def test_the_list_of_running_flows_has_pages(
    app: Flask, people: People, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_pages, "_ON_A_PAGE", 2)
    requests = running(app, people["alice"], 3)
    ada, path = as_user("ada"), move_of(publish(app, people["dora"], SOONER))
    pages = [ada.get(f"{path}?page={number}").text for number in range(2)]
    assert [[f'"/requests/{one}"' in page for one in requests] for page in pages] == [
        [True, True, False],
        [False, False, True],
    ]
    assert f"{path}?page=1" in pages[0]
    assert f"{path}?page=0" in pages[1]


def test_what_is_gone_can_be_mapped_by_hand(app: Flask, people: People, as_user: AsUser) -> None:
    running(app, people["alice"])
    target = publish(app, people["dora"], UNLIKE)
    dora = as_user("dora")
    page = dora.get(move_of(target))
    assert 'name="map.approve"' in page.text
    assert "Needs a mapping 1" in text_of(page)
    page = dora.get(f"{move_of(target)}?map.approve=assess")
    assert "Move 1 flow" in text_of(page)
    assert '<input type="hidden" name="map.approve" value="assess">' in page.text


def test_a_map_of_nothing_is_refused_on_the_page(as_user: AsUser, sooner: int) -> None:
    dora = as_user("dora")
    for answer in (
        dora.get(f"{move_of(sooner)}?map.approve=nowhere"),
        dora.post(move_of(sooner), data={"map.no": "x"}),
    ):
        assert answer.status_code == 422
        assert "There is no element" in text_of(answer)
    assert "Can move 1" in text_of(dora.get(move_of(sooner)))


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_only_those_who_may_publish_see_and_do_it(as_user: AsUser, sooner: int, name: str) -> None:
    browser = as_user(name)
    assert "Move running flows" not in browser.get(f"/flows/{sooner}").text
    assert browser.get(move_of(sooner)).status_code == 403
    assert browser.post(move_of(sooner)).status_code == 403
    assert "Can move 1" in text_of(as_user("dora").get(move_of(sooner)))


def test_another_company_finds_no_such_version(as_user: AsUser, sooner: int) -> None:
    carl = as_user("carl")
    for path in (f"/flows/{sooner}/changes", move_of(sooner)):
        assert as_user("dora").get(path).status_code == 200
        assert carl.get(path).status_code == 404
    assert carl.post(move_of(sooner)).status_code == 404
