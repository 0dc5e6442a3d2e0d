"""The monitor in the browser: who sees it, what its filters find, and what the page of one flow shows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from models.access import Actor
from tasks import departments, inbox, monitor, requests
from tests.conftest import Browser
from tests.support.monitoring import age, counting, counts_in, make_flows, number_of, numbers_in, path_of
from tests.support.requests import make_customer, make_request

AsUser = Callable[[str], Browser]
People = dict[str, Actor]
Numbers = dict[str, str]
MOST_QUERIES = 18


@pytest.fixture
def flows(app: Flask, people: People) -> Numbers:
    made = make_flows(app, people)
    return {name: number_of(app, people["alice"], request_id) for name, request_id in made.items()}


def listed(browser: Browser, query: str, flows: Numbers) -> list[str]:
    """Which flows a list shows, by their names here."""
    names = {number: name for name, number in flows.items()}
    return [names[number] for number in numbers_in(browser.get(f"/monitor{query}").text)]


def test_those_who_keep_the_flows_and_auditors_see_them_and_nobody_else_does(as_user: AsUser, flows: Numbers) -> None:
    path = path_of(as_user("ada"), flows["bobs"])
    for name in ("ada", "dora", "otto"):
        assert len(numbers_in(as_user(name).get("/monitor").text)) == len(flows)
        assert as_user(name).get(path).status_code == 200
    for name in ("alice", "bob", "fiona"):
        assert "/monitor" not in as_user(name).get("/requests").text
        assert {as_user(name).get(address).status_code for address in ("/monitor", path)} == {403}


def test_another_company_sees_none_of_them(as_user: AsUser, flows: Numbers) -> None:
    path = path_of(as_user("ada"), flows["bobs"])
    assert numbers_in(as_user("carl").get("/monitor").text) == []
    assert as_user("carl").get(path).status_code == 404


def test_a_designer_reads_no_customers_and_finds_nothing_by_them(
    app: Flask, people: People, as_user: AsUser, flows: Numbers
) -> None:
    for name, count in (("otto", len(flows)), ("dora", 0)):
        with app.app_context():
            rows = monitor.list_flows(people[name], monitor.MonitorFilter()).rows
            assert len([row for row in rows if row.customer]) == count
    assert len(listed(as_user("otto"), "?q=腾讯", flows)) == len(flows)
    assert listed(as_user("dora"), "?q=腾讯", flows) == []
    path = path_of(as_user("dora"), flows["bobs"])
    for address in ("/monitor", path):
        assert "腾讯" in as_user("otto").get(address).text
        assert "腾讯" not in as_user("dora").get(address).text
    assert 'href="/requests/' not in as_user("dora").get(path).text


def test_each_state_lists_what_its_tab_counts(as_user: AsUser, flows: Numbers) -> None:
    ada = as_user("ada")
    states = {"": 5, "running": 3, "stopped": 1, "completed": 1, "cancelled": 1}
    counts = counts_in(ada.get("/monitor").text)
    assert list(counts.values()) == list(states.values())
    for state, count in states.items():
        assert len(listed(ada, f"?state={state}", flows)) == count
    assert listed(ada, "?state=stopped", flows) == ["stopped"]
    assert listed(ada, "?state=cancelled", flows) == ["withdrawn"]
    assert listed(ada, "?state=completed", flows) == ["issued"]


def test_the_oldest_of_those_that_run_comes_first_and_the_newest_of_all(as_user: AsUser, flows: Numbers) -> None:
    assert listed(as_user("ada"), "?state=running", flows) == ["bobs", "fionas", "stopped"]
    assert listed(as_user("ada"), "", flows) == ["withdrawn", "stopped", "issued", "fionas", "bobs"]


def test_the_pages_of_a_list_show_each_flow_once(app: Flask, people: People, flows: Numbers) -> None:
    for state in ("", "running"):
        wanted, seen, after = monitor.MonitorFilter(state=state), [], None
        with app.app_context():
            while True:
                page = monitor.list_flows(people["ada"], wanted, after=after, limit=2)
                seen += [row.number for row in page.rows]
                after = page.next_after
                if after is None:
                    break
        assert len(seen) == len(set(seen)) == (3 if state else len(flows))


def test_who_is_asked_now_or_was_in_what_has_ended_is_found(as_user: AsUser, flows: Numbers, people: People) -> None:
    ada = as_user("ada")
    assert listed(ada, f"?person={people['bob'].user_id}", flows) == ["withdrawn", "issued", "bobs"]
    assert listed(ada, f"?person={people['bob'].user_id}&state=running", flows) == ["bobs"]
    assert listed(ada, f"?person={people['fiona'].user_id}&state=running", flows) == ["fionas"]
    assert listed(ada, f"?person={people['otto'].user_id}", flows) == []


def test_a_task_that_waits_for_a_role_is_found_by_those_who_have_it(
    app: Flask, as_user: AsUser, flows: Numbers, people: People
) -> None:
    with app.app_context():
        (task_id,) = [row.task.id for row in inbox.list_tasks(people["fiona"]).rows]
        inbox.decide(people["fiona"], task_id=task_id, decision="approve")
    assert listed(as_user("ada"), f"?person={people['fiona'].user_id}&state=running", flows) == ["fionas"]
    assert "Finance" in as_user("ada").get(f"/monitor?q={flows['fionas']}").text


def test_a_department_finds_what_its_people_and_those_below_it_applied_for(
    app: Flask, as_user: AsUser, flows: Numbers, people: People
) -> None:
    with app.app_context():
        draft = departments.DepartmentDraft
        sales = departments.create_department(people["ada"], draft=draft(name="Sales")).id
        north = departments.create_department(people["ada"], draft=draft(name="North", parent_id=sales)).id
        other = departments.create_department(people["ada"], draft=draft(name="Stock")).id
        alice = people["alice"].user_id
        assert alice
        departments.place_person(people["ada"], department_id=north, user_id=alice)
    for department, count in ((sales, len(flows)), (north, len(flows)), (other, 0)):
        assert len(listed(as_user("ada"), f"?department={department}", flows)) == count


def test_days_version_and_number_narrow_the_list_and_its_counts(
    app: Flask, as_user: AsUser, flows: Numbers, people: People
) -> None:
    ada = as_user("ada")
    with app.app_context():
        ids = {row.number: row.id for row in requests.list_requests(people["ada"], requests.RequestFilter()).requests}
    age(app, people["ada"], ids[flows["bobs"]], days=400)
    between = (datetime.now(UTC) - timedelta(days=200)).date().isoformat()
    assert listed(ada, f"?until={between}", flows) == ["bobs"]
    assert len(listed(ada, f"?since={between}", flows)) == len(flows) - 1
    assert listed(ada, "?version=2", flows) == []
    assert listed(ada, "?flow=other", flows) == []
    assert len(listed(ada, "?flow=invoice_request&version=1", flows)) == len(flows)
    page = ada.get(f"/monitor?q={flows['issued']}&state=running").text
    assert numbers_in(page) == []
    assert list(counts_in(page).values()) == [1, 0, 0, 1, 0]


def test_a_flow_that_waits_beyond_its_time_is_marked(
    app: Flask, as_user: AsUser, flows: Numbers, people: People
) -> None:
    ada = as_user("ada")
    assert "Overdue" not in ada.get(f"/monitor?q={flows['bobs']}").text
    with app.app_context():
        ids = {row.number: row.id for row in requests.list_requests(people["ada"], requests.RequestFilter()).requests}
    age(app, people["ada"], ids[flows["bobs"]], days=30)
    page = ada.get(f"/monitor?q={flows['bobs']}").text
    assert "Overdue" in page
    assert re.search(r">\s*30 d \d h<", page)


def test_what_cannot_be_read_is_said_and_lists_nothing(as_user: AsUser, flows: Numbers) -> None:
    for query in ("?state=odd", "?since=yesterday", "?version=x", "?after=-1"):
        answer = as_user("ada").get(f"/monitor{query}")
        assert answer.status_code == 422, query
        assert numbers_in(answer.text) == []


def test_the_page_of_a_flow_shows_where_it_stands_and_who_was_asked(as_user: AsUser, flows: Numbers) -> None:
    ada = as_user("ada")
    page = ada.get(path_of(ada, flows["fionas"])).text
    assert re.search(r'"now": \["approve"\]', page)
    assert "Bob" in page
    assert "Fiona" in page
    assert "Follow the chain" in page
    assert f'href="/requests/{requests_id(page)}"' in page


def requests_id(page: str) -> str:
    found = re.search(r'href="/requests/(\d+)"', page)
    assert found
    return found[1]


def test_a_stopped_flow_leads_to_its_incident_for_those_who_may_help(as_user: AsUser, flows: Numbers) -> None:
    path = path_of(as_user("dora"), flows["stopped"])
    assert re.search(r'href="/incidents/\d+"', as_user("dora").get(path).text)
    auditors = as_user("otto").get(path).text
    assert "OSError" in auditors
    assert "/incidents/" not in auditors
    assert "secret" not in auditors


def test_only_those_who_repair_flows_see_the_variables_of_one_that_runs(as_user: AsUser, flows: Numbers) -> None:
    path = path_of(as_user("dora"), flows["bobs"])
    assert "requester_id" in as_user("dora").get(path).text
    assert "requester_id" not in as_user("otto").get(path).text
    ended = path_of(as_user("dora"), flows["issued"])
    assert "requester_id" not in as_user("dora").get(ended).text


def test_the_list_asks_the_database_as_often_for_many_flows_as_for_few(
    app: Flask, as_user: AsUser, flows: Numbers, people: People
) -> None:
    ada = as_user("ada")
    with app.app_context():
        customer = make_customer(people["alice"], "Globex", "91330100799655058B")
        for place in range(8):
            make_request(people["alice"], customer, amount=f"{200 + place}.00")
    ada.get("/monitor")
    query = f"?person={people['bob'].user_id}&flow=invoice_request&since=2020-01-01&q=KP"
    for address in ("/monitor", f"/monitor{query}"):
        with counting(app) as seen:
            assert len(numbers_in(ada.get(address).text)) > 8
        assert len(seen) <= MOST_QUERIES, "\n".join(seen)
