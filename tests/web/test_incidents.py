"""Incidents in the browser: who sees them, correcting, retrying, skipping, and what the applicant reads."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from models.errors import Conflict
from tasks import register, requests
from tests.conftest import Browser
from tests.support.notices import tell_everybody
from tests.support.requests import approve_all, decide, make_customer, make_request

AsUser = Callable[[str], Browser]
HELPERS = ("dora", "ada")


class Failing:
    """Entering invoices in the register fails while `is_broken`."""

    def __init__(self) -> None:
        self.is_broken = True
        self.append = register.append_entry

    def __call__(self, actor: Actor, *, invoice_id: int) -> int:
        if self.is_broken:
            raise ZeroDivisionError("secret")
        return self.append(actor, invoice_id=invoice_id)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    failing = Failing()
    monkeypatch.setattr(register, "append_entry", failing)
    return failing


@pytest.fixture
def stopped(app: Flask, people: dict[str, Actor], failing: Failing) -> int:
    """The id of a request of Alice's whose invoice could not be entered in the register."""
    with app.app_context():
        customer = make_customer(people["alice"])
        request_id = make_request(people["alice"], customer)
    with app.app_context():
        approve_all(people, request_id)
    with app.app_context():
        from tasks import inbox

        (row,) = inbox.list_tasks(people["fiona"]).rows
        inbox.decide(people["fiona"], task_id=row.task.id, decision="issue", channel="simulator")
    return request_id


def path_of(browser: Browser) -> str:
    found = re.search(r"/incidents/\d+", browser.get("/incidents").text)
    assert found
    return found[0]


def revision_in(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


def fields_in(page: str) -> dict[str, str]:
    """Variable name → name of its field."""
    return {name: f"value.{number}" for number, name in re.findall(r'name="name\.(\d+)" value="([^"]+)"', page)}


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("name", HELPERS)
def test_the_list_and_the_page_say_what_went_wrong(as_user: AsUser, name: str) -> None:
    browser = as_user(name)
    listed = browser.get("/incidents").text
    page = browser.get(path_of(browser)).text
    for text in (listed, page):
        assert "ZeroDivisionError" in text
        assert "secret" not in text
    assert "request_id" in page
    assert re.search(r'"failed": \["append_register"\]', page)
    assert "Incidents" in browser.get("/flows").text


@pytest.mark.usefixtures("stopped")
def test_nobody_else_sees_them_or_helps(as_user: AsUser) -> None:
    path = path_of(as_user("dora"))
    for name in ("alice", "bob", "fiona", "otto"):
        browser = as_user(name)
        assert "/incidents" not in browser.get("/requests").text
        for answer in (browser.get("/incidents"), browser.get(path), browser.post(path, data={"action": "retry"})):
            assert answer.status_code == 403
    for answer in (as_user("carl").get(path), as_user("carl").post(f"{path}/skip", data={"reason": "x"})):
        assert answer.status_code == 404


@pytest.mark.usefixtures("stopped")
def test_a_form_without_its_token_is_refused(as_user: AsUser) -> None:
    dora = as_user("dora")
    path = path_of(dora)
    for target in (path, f"{path}/skip"):
        assert dora.post(target, data={"reason": "x", "revision": "1"}, csrf=False).status_code == 400


def test_a_retry_that_fails_says_so_and_one_that_works_goes_on(
    as_user: AsUser, failing: Failing, app: Flask, people: dict[str, Actor], stopped: int
) -> None:
    dora = as_user("dora")
    path = path_of(dora)
    sent = {"action": "retry", "revision": revision_in(dora.get(path).text)}
    answer = dora.post(path, data=sent, follow_redirects=True)
    assert "It failed again" in answer.text
    failing.is_broken = False
    sent["revision"] = revision_in(answer.text)
    assert "gone on" in dora.post(path, data=sent, follow_redirects=True).text
    assert "Nothing has stopped" in dora.get("/incidents").text
    assert "Retried" in dora.get("/incidents?state=done").text
    with app.app_context():
        assert requests.get_request(people["alice"], stopped).stage == "issued"
    assert dora.post(path, data=sent).status_code == 409


@pytest.mark.usefixtures("stopped")
def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_changed(as_user: AsUser) -> None:
    dora = as_user("dora")
    path = path_of(dora)
    page = dora.get(path).text
    fields = fields_in(page)
    sent = {"action": "correct", "revision": revision_in(page)}
    for wrong in ("1 +", "nothing known", "", "function(x) x"):
        sent |= {fields["amount"]: wrong, fields["amount"].replace("value", "name"): "amount"}
        answer = dora.post(path, data=sent)
        assert answer.status_code == 422, wrong
        beside = answer.text.split(f'name="{fields["amount"]}"')[1].split("</div>")[0]
        assert 'aria-invalid="true"' in beside, wrong
    assert revision_in(dora.get(path).text) == sent["revision"]


@pytest.mark.usefixtures("stopped")
def test_variables_are_corrected_and_one_that_is_missing_is_added(as_user: AsUser) -> None:
    dora = as_user("dora")
    path = path_of(dora)
    page = dora.get(path).text
    fields = fields_in(page)
    sent = {"action": "correct", "revision": revision_in(page), "name.new": "note", "value.new": '"mended"'}
    sent |= {fields["amount"]: "7 * 8.50", fields["amount"].replace("value", "name"): "amount"}
    after = dora.post(path, data=sent, follow_redirects=True).text
    assert "59.50" in after
    assert "mended" in after
    assert dora.post(path, data=sent).status_code == 409  # the page was old


def test_a_skip_needs_a_reason_and_goes_on(as_user: AsUser, stopped: int) -> None:
    ada = as_user("ada")
    path = path_of(ada)
    sent = {"revision": revision_in(ada.get(path).text), "reason": " "}
    refused = ada.post(f"{path}/skip", data=sent)
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    sent["reason"] = "Entered <by hand>"
    assert ada.post(f"{path}/skip", data=sent).status_code == 303
    page = ada.get(path).text
    assert "Entered &lt;by hand&gt;" in page
    assert "skipped the step" in ada.get(f"/requests/{stopped}").text


def test_the_applicant_reads_that_it_has_stopped_until_it_goes_on(
    as_user: AsUser, failing: Failing, stopped: int
) -> None:
    assert "This request has stopped" in as_user("alice").get(f"/requests/{stopped}").text
    failing.is_broken = False
    dora = as_user("dora")
    path = path_of(dora)
    dora.post(path, data={"action": "retry", "revision": revision_in(dora.get(path).text)})
    assert "This request has stopped" not in as_user("alice").get(f"/requests/{stopped}").text


@pytest.mark.usefixtures("stopped")
def test_the_bell_leads_to_the_incident(app: Flask, as_user: AsUser) -> None:
    tell_everybody(app)
    dora = as_user("dora")
    assert "A flow has stopped" in dora.get("/notices").text
    found = re.search(r"/notices/\d+", dora.get("/notices").text)
    assert found
    assert dora.get(found[0]).location == path_of(dora)


def test_whoever_acts_reads_the_refusal_of_the_business_as_before(
    app: Flask, people: dict[str, Actor], as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        request_id = make_request(people["alice"], make_customer(people["alice"]))

    def refuse(*_: object, **__: object) -> None:
        raise Conflict("The register is closed.")

    monkeypatch.setattr(requests, "mark_returned", refuse)
    with app.app_context(), pytest.raises(Conflict, match="The register is closed"):
        decide(people["bob"], request_id, "return", "why")
    assert "Nothing has stopped" in as_user("dora").get("/incidents").text
