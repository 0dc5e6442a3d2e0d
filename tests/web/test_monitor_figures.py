"""Figures of flows: times, returns, rejections, steps in time, by week; their charts and files."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from tasks import monitor, requests
from tasks.monitor import Figures, MonitorFilter
from tests.conftest import Browser
from tests.support.monitoring import age, call_off, counting, issue, last
from tests.support.requests import approve_all, decide, make_customer, make_request

AsUser = Callable[[str], Browser]
People = dict[str, Actor]
DAYS = {"quick": 0, "slow": 3, "returned": 1, "rejected": 2}
MOST_QUERIES = 14


@pytest.fixture
def ended(app: Flask, people: People) -> dict[str, int]:
    """Requests of Alice's that took 0, 3, 1 and 2 days and an hour; one came back on its way, one was rejected."""
    with app.app_context():
        customer = make_customer(people["alice"])
        ids = {
            name: make_request(people["alice"], customer, amount=f"{100 + place}.00")
            for place, name in enumerate(("quick", "slow", "returned", "rejected", "running", "withdrawn"))
        }
    with app.app_context():
        decide(people["bob"], ids["returned"], "return", "a word")
        requests.withdraw_request(people["alice"], request_id=ids["withdrawn"])
        requests.submit_request(people["alice"], request_id=ids["returned"])
        decide(people["bob"], ids["rejected"], "reject", "a word")
        for name in ("quick", "slow", "returned"):
            approve_all(people, ids[name])
    for name in ("quick", "slow", "returned"):
        issue(app, people["fiona"], ids[name])
    for name, days in DAYS.items():
        last(app, people["ada"], ids[name], timedelta(days=days, hours=1))
    return ids


def read(app: Flask, actor: Actor, **wanted: Any) -> Figures:
    with app.app_context():
        return monitor.read_figures(actor, MonitorFilter(**wanted))


def lines(browser: Browser, name: str) -> list[list[str]]:
    text = browser.get(f"/monitor/figures/{name}.csv").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_only_what_ran_to_its_end_is_counted_with_median_and_ninetieth_percentile(
    app: Flask, people: People, ended: dict[str, int]
) -> None:
    found = read(app, people["otto"])
    assert found.ended == len(DAYS)
    assert found.median == timedelta(days=1, hours=1)
    assert found.p90 == timedelta(days=3, hours=1)
    assert [(bar.most, bar.count) for bar in found.bars if bar.count] == [
        (timedelta(hours=1), 1),
        (timedelta(days=2), 1),
        (timedelta(days=3), 1),
        (timedelta(days=5), 1),
    ]
    assert sum(bar.count for bar in found.bars) == found.ended
    assert read(app, people["otto"], state="running") == found  # whoever comes from the list of those that run


def test_flows_that_came_back_or_were_rejected_count_once_each(
    app: Flask, people: People, ended: dict[str, int]
) -> None:
    found = read(app, people["ada"])
    assert (found.returned.part, found.returned.whole, found.returned.percent) == (1, 4, 25.0)
    assert (found.rejected.part, found.rejected.whole) == (1, 4)


def test_a_step_answered_late_is_not_in_time_and_one_called_off_is_not_counted(
    app: Flask, people: People, ended: dict[str, int]
) -> None:
    before = read(app, people["ada"]).in_time
    assert before.part == before.whole > 0
    age(app, people["ada"], ended["slow"], days=10, only=("due_at",))
    after = read(app, people["ada"]).in_time
    assert after.whole == before.whole
    assert after.part == before.part - 3
    call_off(app, people["ada"], ended["slow"], "Manager approval")
    assert read(app, people["ada"]).in_time.whole == before.whole - 1


def test_weeks_stand_without_a_gap_and_days_are_those_of_the_end(
    app: Flask, people: People, ended: dict[str, int]
) -> None:
    age(app, people["ada"], ended["slow"], days=21)
    weeks = read(app, people["ada"]).weeks
    assert len(weeks) == 4
    assert all(week.monday.weekday() == 0 for week in weeks)
    assert [week.ended for week in weeks] == [1, 0, 0, 3]
    assert weeks[1].median is None
    fortnight = (datetime.now(UTC) - timedelta(days=14)).date()
    assert read(app, people["ada"], since=fortnight).ended == 3
    assert read(app, people["ada"], until=fortnight).ended == 1
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    assert read(app, people["ada"], since=yesterday).ended == 3  # some of which began before


def test_the_page_draws_what_its_tables_and_files_say(as_user: AsUser, ended: dict[str, int]) -> None:
    otto = as_user("otto")
    page = otto.get("/monitor/figures").text
    drawn = [json.loads(text) for text in re.findall(r"<chart-view data='([^']+)'", page)]
    assert sum(drawn[0]["bars"]["values"]) == len(DAYS)
    assert drawn[1]["bars"]["values"][-1] == len(DAYS)
    assert drawn[1]["line"]["texts"][-1] == "1 d 1 h"
    assert "25 %" in page
    assert sum(int(line[2]) for line in lines(otto, "times")) == len(DAYS)
    assert lines(otto, "weeks")[-1][1:3] == ["4", "25.0"]


def test_others_are_refused_and_another_company_has_none(as_user: AsUser, ended: dict[str, int]) -> None:
    for address in ("/monitor/figures", "/monitor/figures/weeks.csv"):
        assert as_user("bob").get(address).status_code == 403
    assert "No flow has ended yet" in as_user("carl").get("/monitor/figures").text
    assert as_user("ada").get("/monitor/figures?since=soon").status_code == 422
    assert as_user("ada").get("/monitor/figures/other.csv").status_code == 404


def test_it_asks_the_database_only_so_often(app: Flask, as_user: AsUser, ended: dict[str, int]) -> None:
    ada = as_user("ada")
    ada.get("/monitor/figures")
    with counting(app) as seen:
        assert "chart-view" in ada.get("/monitor/figures").text
    assert len(seen) <= MOST_QUERIES, "\n".join(seen)
