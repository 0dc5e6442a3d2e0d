"""The heat map: what it counts and times, what its filters leave, its picture and its file."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from tasks import departments
from tasks.exchange import write_csv
from tests.conftest import Browser
from tests.support.monitoring import age, counting, make_flows, spend
from tests.support.requests import make_customer, make_request

AsUser = Callable[[str], Browser]
People = dict[str, Actor]
MANAGER, FINANCE = "Manager approval", "Finance review"
HOURS = {"fionas": 1, "issued": 2, "stopped": 10}
MOST_QUERIES = 19


@pytest.fixture
def flows(app: Flask, people: People) -> dict[str, int]:
    """As `make_flows` has them: the manager took 1, 2 and 10 hours, and lets one wait for 7."""
    ids = make_flows(app, people)
    for name, hours in HOURS.items():
        spend(app, people["ada"], ids[name], MANAGER, hours)
    spend(app, people["ada"], ids["bobs"], MANAGER, 7)
    return ids


def table(browser: Browser, query: str = "") -> dict[tuple[str, str], list[str]]:
    """The file, by element and step: passes, waiting, median, 90th percentile, share; in its order."""
    text = browser.get(f"/monitor/heat.csv{query}").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    return {(row[0], row[2]): row[3:] for row in rows[1:]}


def marks(browser: Browser, query: str = "") -> dict[str, Any]:
    found = re.search(r"heat='([^']+)'", browser.get(f"/monitor/heat{query}").text)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.usefixtures("flows")
def test_an_element_and_each_step_it_stands_for_have_counts_and_times(as_user: AsUser) -> None:
    found = table(as_user("otto"))
    assert found["approve", MANAGER][:4] == ["3", "1", "2.0", "10.0"]
    assert found["approve", ""][:2] == ["5", "2"]
    assert found["approve", FINANCE][:2] == ["2", "1"]
    assert found["append_register", ""][:2] == ["1", "1"]
    assert found["start", ""][:4] == ["5", "0", "", ""]
    assert ("waiting_long", "") not in found  # watches who approves; nothing stands there


@pytest.mark.usefixtures("flows")
def test_what_took_most_time_with_what_waits_comes_first(as_user: AsUser) -> None:
    found = table(as_user("ada"))
    assert list(found)[:2] == [("approve", ""), ("approve", MANAGER)]
    assert float(found["approve", MANAGER][4]) > 95
    assert sum(float(figures[4]) for (_, step), figures in found.items() if not step) == pytest.approx(100, abs=1)


@pytest.mark.usefixtures("flows")
def test_of_a_person_only_their_own_answers_and_turns_count(as_user: AsUser, people: People) -> None:
    bobs = table(as_user("ada"), f"?person={people['bob'].user_id}")
    assert set(bobs) == {("approve", "")}
    assert bobs["approve", ""][:4] == ["3", "1", "2.0", "10.0"]
    fionas = table(as_user("ada"), f"?person={people['fiona'].user_id}")
    assert {name: figures[:2] for (name, _), figures in fionas.items()} == {"approve": ["2", "1"], "issue": ["2", "0"]}
    assert table(as_user("ada"), f"?person={people['otto'].user_id}") == {}


def test_days_states_and_departments_narrow_it(
    app: Flask, as_user: AsUser, people: People, flows: dict[str, int]
) -> None:
    ada = as_user("ada")
    age(app, people["ada"], flows["stopped"], days=400)
    assert table(ada, "?since=2026-01-01")["approve", MANAGER][:4] == ["2", "1", "1.0", "2.0"]
    assert table(ada, "?state=completed")["approve", MANAGER][:4] == ["1", "0", "2.0", "2.0"]
    assert table(ada, "?version=1")["approve", MANAGER][0] == "3"
    with app.app_context():
        stock = departments.create_department(people["ada"], draft=departments.DepartmentDraft(name="Stock")).id
    assert table(ada, f"?department={stock}") == {}
    assert "Nothing found" in ada.get(f"/monitor/heat?department={stock}").text


@pytest.mark.usefixtures("flows")
def test_the_picture_says_the_measure_that_was_asked_for(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert marks(ada, "?show=count")["start"] == {"level": 2, "text": "5"}
    assert marks(ada, "?show=waiting")["approve"] == {"level": 4, "text": "2"}
    assert marks(ada)["approve"]["level"] == 4
    assert marks(ada)["approve"]["text"] == "1 h 0 min"
    assert "start" not in marks(ada)


@pytest.mark.usefixtures("flows")
def test_others_are_refused_and_another_company_finds_nothing(as_user: AsUser) -> None:
    for address in ("/monitor/heat", "/monitor/heat.csv"):
        assert as_user("fiona").get(address).status_code == 403
    assert table(as_user("carl")) == {}


@pytest.mark.usefixtures("flows")
def test_an_unknown_flow_is_not_found_and_what_cannot_be_read_is_said(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert ada.get("/monitor/heat?flow=other").status_code == 404
    assert ada.get("/monitor/heat?version=9").status_code == 404
    assert ada.get("/monitor/heat?show=odd").status_code == 422


def test_it_asks_the_database_as_often_for_many_flows_as_for_few(
    app: Flask, as_user: AsUser, people: People, flows: dict[str, int]
) -> None:
    with app.app_context():
        customer = make_customer(people["alice"], "Globex", "91330100799655058B")
        for place in range(8):
            make_request(people["alice"], customer, amount=f"{200 + place}.00")
    ada = as_user("ada")
    ada.get("/monitor/heat")
    for query in ("", f"?person={people['bob'].user_id}"):
        with counting(app) as seen:
            assert ada.get(f"/monitor/heat{query}").status_code == 200
        assert len(seen) <= MOST_QUERIES, "\n".join(seen)


def test_no_cell_of_a_file_is_run_by_a_spreadsheet() -> None:
    text = write_csv(("=1+1", "b"), [("@x", -3), ("ä,", None)]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["'=1+1", "b"], ["'@x", "-3"], ["ä,", ""]]
