"""The approval chains in the browser: make one from the gallery, change one, and be told what is wrong with it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Browser

AsUser = Callable[[str], Browser]


def form(browser: Browser, **changes: Any) -> dict[str, Any]:
    page = browser.get("/chains/simple").text
    revision = page.split('name="revision" value="')[1].split('"')[0]
    return {
        "name": "Simple",
        "name_zh": "简易审批",
        "revision": revision,
        "lines.0.key": "first",
        "lines.0.title": "First look",
        "lines.0.kind": "role",
        "lines.0.role": "approver",
        "lines.0.mode": "any",
        "lines.0.due_hours": "8",
        **changes,
    }


def another(row: int, title: str = "Last look", **changes: Any) -> dict[str, Any]:
    blank = dict.fromkeys(
        ("threshold", "condition", "escalate_hours", "escalate_to", "auto", "auto_hours", "field"), ""
    )
    values = {**blank, "title": title, "kind": "role", "role": "finance", "mode": "any", "due_hours": "24", **changes}
    return {f"lines.{row}.{name}": value for name, value in values.items()}


def test_a_chain_is_changed_and_shown(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert ada.post("/chains/simple", data=form(ada, **another(3))).status_code == 303
    page = ada.get("/chains").text
    assert page.index("First look") < page.index("Last look")


def test_every_entry_of_a_step_is_kept(as_user: AsUser) -> None:
    ada = as_user("ada")
    entries = another(
        0,
        "Countersign",
        kind="people",
        people=["1", "4"],
        mode="weight",
        threshold="3",
        weights="Ada = 2",
        vetoes=["4"],
        condition="amount > 5",
        when_empty="person",
        empty_person="1",
        when_self="head",
        repeat="first",
        verbs=["return", "transfer"],
        editable=["remark", "amounts"],
        remind_hours="4",
        escalate_hours="8",
        escalate_to="admins",
        auto="return",
        auto_hours="40",
        copies=["1"],
    )
    data = {**form(ada), **entries, "every": "true", "max_amount": "5,000.00", "grades": ["A", "B"], "note": "To try"}
    assert ada.post("/chains/simple", data=data).status_code == 303
    page = ada.get("/chains/simple").text
    for shown in (
        "Ada = 2",
        'value="amount &gt; 5"',
        'value="5000.00"',
        "To try",
        "only if Amount with tax is more than 5",
        'value="amounts" checked',
    ):
        assert shown in page, shown
    again = ada.get("/chains").text
    assert "up to 5,000.00" in again
    assert "weight 3 together" in again


@pytest.mark.parametrize(
    ("approvers", "is_said"),
    [
        ({"kind": "role", "role": "finance"}, True),
        ({"kind": "department_head"}, False),
        ({"kind": "people", "people": ["1", "3"]}, True),
        ({"kind": "people", "people": ["1"]}, False),
    ],
)
def test_how_many_agree_is_said_where_a_step_may_ask_several(
    as_user: AsUser, approvers: dict[str, Any], *, is_said: bool
) -> None:
    ada = as_user("ada")
    data = {**form(ada), **another(0, mode="all", **approvers)}
    assert ada.post("/chains/simple", data=data).status_code == 303
    assert ("all of them" in ada.get("/chains").text) == is_said


def test_people_stay_in_the_order_in_which_they_are_to_be_asked(as_user: AsUser) -> None:
    ada = as_user("ada")
    data = {**form(ada), **another(0, kind="people", people=["4", "1", "3"], mode="order")}
    assert ada.post("/chains/simple", data=data).status_code == 303
    page = ada.get("/chains/simple").text
    picker = page.split('id="field-lines-0-people"')[1].split("</select>")[0]
    assert re.findall(r'value="(\d+)" selected', picker) == ["4", "1", "3"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"lines.0.title": ""}, "give it a title"),
        ({"lines.0.due_hours": "0"}, "is not a whole number"),
        ({"lines.0.role": "emperor"}, "choose a role"),
        ({"lines.0.kind": "people", "lines.0.people": "99999"}, "choose a person"),
        ({"lines.0.condition": "weather = 1"}, "a request has no “weather”"),
        ({"lines.0.mode": "weight", "lines.0.threshold": "1", "lines.0.weights": "Nobody = 2"}, "choose a person"),
        ({"effective_from": "2020-01-01"}, "is over"),
        ({"effective_from": "soon"}, "Enter a date"),
        ({"name": ""}, "Please fill this in"),
        ({"min_amount": "9", "max_amount": "1"}, "smallest amount"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_nothing_is_lost(
    as_user: AsUser, entry: dict[str, str], said: str
) -> None:
    ada = as_user("ada")
    answer = ada.post("/chains/simple", data=form(ada, **{"name_zh": "没有丢", **entry}))
    assert (answer.status_code, said in answer.text, "没有丢" in answer.text) == (422, True, True)
    assert "没有丢" not in ada.get("/chains").text


def test_a_chain_that_somebody_changed_meanwhile_is_a_conflict(as_user: AsUser) -> None:
    ada, dora = as_user("ada"), as_user("dora")
    seen = form(dora)
    ada.post("/chains/simple", data=form(ada))
    assert dora.post("/chains/simple", data=seen).status_code == 409


def test_rows_are_added_removed_and_moved_without_a_script(as_user: AsUser) -> None:
    ada = as_user("ada")
    two = form(ada, **another(1))
    assert 'name="lines.2.title"' in ada.post("/chains/simple", data={**two, "action": "add-line"}).text
    assert "First look" not in ada.post("/chains/simple", data={**two, "action": "remove-line.0"}).text
    assert ada.post("/chains/simple", data={**two, "action": "duplicate-line.0"}).text.count('value="First look"') == 2
    for action in ("up-line.1", "down-line.0"):
        moved = ada.post("/chains/simple", data={**two, "action": action}).text
        assert moved.index("Last look") < moved.index("First look"), action


def test_a_step_is_asked_at_the_same_time_as_the_one_before_and_no_first_step_is(as_user: AsUser) -> None:
    ada = as_user("ada")
    two = form(ada, **another(1)) | {"lines.1.alongside": "true"}
    assert ada.post("/chains/simple", data=two).status_code == 303
    assert "at the same time as the step before; " in ada.get("/chains").text
    shown = ada.get("/chains/simple").text
    assert 'name="lines.1.alongside" value="true" checked' in shown
    moved = ada.post("/chains/simple", data={**form(ada), **two, "action": "up-line.1"}).text
    assert 'name="lines.0.alongside" value="true" checked' not in moved


def test_a_condition_is_built_from_entries_and_said_in_words(as_user: AsUser) -> None:
    ada = as_user("ada")
    entries = {
        "lines.0.condition": "amount >= 10000",
        "lines.0.new_fact": "customer_grade",
        "lines.0.new_operator": "=",
        "lines.0.new_value": "C",
        "action": "build-line.0",
    }
    page = ada.post("/chains/simple", data=form(ada, **entries)).text
    assert "amount &gt;= 10000 and customer_grade = &#34;C&#34;" in page
    assert "only if Amount with tax is at least 10,000 and Customer grade is C: new" in page


def test_a_condition_is_checked_as_it_is_typed(as_user: AsUser) -> None:
    ada = as_user("ada")
    for text, said in (("amount > 5", "is more than 5"), ("amount >", "cannot be read"), ("", "always")):
        answer = ada.get("/chains/-/condition", query_string={"lines.2.condition": text, "lines.2.title": "Check"})
        assert (answer.status_code, said in answer.text) == (200, True), text
    assert "Step 3 “Check”" in ada.get("/chains/-/condition?lines.2.condition=x&lines.2.title=Check").text


def test_the_page_says_who_would_approve_what_is_typed(as_user: AsUser) -> None:
    ada = as_user("ada")
    entries = another(1, "Large", condition="amount > 1000")
    asked = {**form(ada, **entries), "preview_person": "1", "action": "preview"}
    small = ada.post("/chains/simple", data={**asked, "preview_amount": "10"}).text
    large = ada.post("/chains/simple", data={**asked, "preview_amount": "2,000"}).text
    assert "chain-preview-steps" in small
    assert ("<strong>Large</strong>" in small, "<strong>Large</strong>" in large) == (False, True)
    assert "one of those with the role" in large
    refused = ada.post("/chains/simple", data={**asked, "preview_amount": "much"})
    assert (refused.status_code, "Enter an amount" in refused.text) == (422, True)


def test_a_chain_is_copied_from_the_gallery(as_user: AsUser) -> None:
    ada = as_user("ada")
    page = ada.get("/chains/-/gallery").text
    assert page.count('<svg class="chain-picture"') == 8
    assert "委员会审批" in ada.get("/chains/-/new?copy=committee").text
    data = {**form(ada), "key": "second", "name": "Second"}
    assert ada.post("/chains/-/new", data=data).status_code == 303
    assert ada.post("/chains/-/new", data=data).status_code == 409
    assert "Second" in ada.get("/chains").text


def test_every_chain_of_the_gallery_may_be_used_as_it_is(as_user: AsUser) -> None:
    from tasks.chains import GALLERY

    ada = as_user("ada")
    for item in GALLERY:
        page = ada.get(f"/chains/-/new?copy={item.key}").text
        assert f'value="{item.key}"' in page


def test_chains_are_put_in_order_and_kept_from_claiming(as_user: AsUser) -> None:
    ada = as_user("ada")
    ada.post("/chains/standard/move", data={"to": "up"})
    page = ada.get("/chains").text
    assert page.index("<code>standard</code>") < page.index("<code>simple</code>")
    revision = form(ada)["revision"]
    assert ada.post("/chains/simple/active", data={"is_active": "false", "revision": revision}).status_code == 303
    assert "claims nothing" in ada.get("/chains").text


def test_the_versions_say_who_changed_what(as_user: AsUser) -> None:
    ada = as_user("ada")
    ada.post("/chains/simple", data=form(ada, note="Finance wants a look", **another(1)))
    page = ada.get("/chains/simple").text
    for said in ("Version 2", "Finance wants a look", "Step “Manager approval” is gone.", "Step “Last look” is new"):
        assert said in page, said


def test_only_those_who_may_change_a_chain_do(as_user: AsUser) -> None:
    ada = as_user("ada")
    for name in ("alice", "bob", "fiona", "otto"):
        browser = as_user(name)
        assert browser.post("/chains/simple", data=form(ada)).status_code == 403
        assert browser.post("/chains/-/new", data={**form(ada), "key": "mine"}).status_code == 403
        assert browser.post("/chains/simple/move", data={"to": "up"}).status_code == 403


def test_a_chain_that_is_not_there_is_not_found(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert ada.get("/chains/nowhere").status_code == 404
    assert ada.post("/chains/nowhere/move", data={"to": "up"}).status_code == 404
