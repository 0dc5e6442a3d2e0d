"""People from outside in the chain editor: a line for each, kept, said in words, and refused where they cannot be."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from models.chains import Outsider
from tests.conftest import Browser
from tests.support.pages import text_of
from tests.web.test_chains import form
from web.chains.schema import read_outsiders, show_outsiders

AsUser = Callable[[str], Browser]
People = dict[str, Actor]
BOTH = "Ming Zhou <Ming@Auditors.example> = 2\r\n李 ＜li@customer.example＞"


def outside(browser: Browser, lines: str = BOTH, **more: Any) -> dict[str, Any]:
    entries = {"kind": "external", "outsiders": lines, "people": "4", **more}
    return form(browser, **{f"lines.0.{name}": value for name, value in entries.items()})


@pytest.mark.parametrize(
    ("line", "name", "mail", "weight"),
    [
        ("Ming <ming@a.example>", "Ming", "ming@a.example", None),
        ("  Ming Zhou   ming@a.example  ", "Ming Zhou", "ming@a.example", None),
        ("周明，ming@a.example", "周明", "ming@a.example", None),
        ("周明＜ming@a.example＞ ＝ 3", "周明", "ming@a.example", "3"),
        ("Ming <ming@a.example>=2", "Ming", "ming@a.example", "2"),
        ("ming@a.example", "", "ming@a.example", None),
        ("Ming <ming@a@b>", "Ming", "ming@a@b", None),
    ],
)
def test_a_line_is_read_however_it_is_written(line: str, name: str, mail: str, weight: str | None) -> None:
    assert read_outsiders(line) == [{"name": name, "mail": mail, "weight": weight}]


@pytest.mark.parametrize("line", ["Ming", "Ming <ming at a.example>", "<>", "= 2"])
def test_a_line_without_an_address_is_all_name(line: str) -> None:
    assert read_outsiders(f"\n{line}\n\n") == [{"name": line, "mail": ""}]


def test_what_is_shown_is_read_again() -> None:
    people = [Outsider("Ming Zhou", "ming@a.example", 2), Outsider("李", "li@b.example")]
    rows = read_outsiders(show_outsiders(people))
    assert [Outsider(row["name"], row["mail"], int(row["weight"] or 1)) for row in rows] == people


def test_they_are_kept_and_said_in_words(as_user: AsUser) -> None:
    ada = as_user("ada")
    weighed = outside(ada, mode="weight", threshold="3")
    assert ada.post("/chains/simple", data=weighed).status_code == 303
    page = ada.get("/chains/simple").text
    assert "Ming Zhou &lt;ming@auditors.example&gt; = 2\n李 &lt;li@customer.example&gt;</textarea>" in page
    said = "Bob, Ming Zhou (external, ming@auditors.example), 李 (external, li@customer.example)"
    assert said in text_of(ada.get("/chains"))


def test_the_preview_names_them_and_says_that_they_are_from_outside(as_user: AsUser, people: People) -> None:
    ada, alice = as_user("ada"), str(people["alice"].user_id)
    page = ada.post("/chains/simple", data={**outside(ada), "action": "preview", "preview_person": alice})
    assert page.status_code == 200
    said = text_of(page)
    assert "Ming Zhou (external, ming@auditors.example) from outside, asked by mail" in said
    assert "Bob named in the chain" in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "nobody from outside is named"),
        ("Ming", "“Ming” has no mail address"),
        ("Ming <ming@a>", "“ming@a” is not a mail address"),
        ("ming@a.example", "ming@a.example has no name"),
        ("A <x@a.example>\nB <X@a.example>", "x@a.example is named twice"),
        ("A <x@a.example> = 0", "“0” is not a whole number"),
        ("Robert <bob@acme.example>", "bob@acme.example is the address of Bob, who works here"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_the_field_naming_the_step(
    as_user: AsUser, lines: str, said: str
) -> None:
    ada = as_user("ada")
    answer = ada.post("/chains/simple", data=outside(ada, lines))
    assert answer.status_code == 422
    assert f"Step 1 “First look”: {said}" in text_of(answer)
    assert 'id="field-lines-0-outsiders-error"' in answer.text


def test_an_installation_without_a_mail_server_says_that_nobody_outside_is_reached(as_user: AsUser, app: Flask) -> None:
    ada = as_user("ada")
    warning = "people from outside cannot be reached"
    assert warning not in ada.get("/chains/simple").text
    assert ada.post("/chains/simple", data=outside(ada)).status_code == 303
    assert warning in ada.get("/chains").text
    assert warning in ada.get("/chains/simple").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://mail.acme.example")
    assert warning not in ada.get("/chains/simple").text
    assert ada.post("/chains/simple", data=outside(ada)).status_code == 303
    assert warning not in ada.get("/chains").text
