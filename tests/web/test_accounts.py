"""The doors of the accounts room: sign-up, log-in, invitations, one's own account, people, companies."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from tests.conftest import ACME, PASSWORD, Browser, dispose, make_app
from tests.support.accounts import GOOD_PASSWORD

LogIn = Callable[[str], Browser]
SIGN_UP = {"company_name": "New Company", "name": "First", "email": "first@new.example", "password": GOOD_PASSWORD}


def log_in(browser: Browser, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return browser.post("/login", data={"email": email, "password": password, **more})


@pytest.fixture
def behind_tls(app: Flask, database_url: str) -> Iterator[Browser]:
    """A browser of an application on the same database that is set up to be reached by https."""
    secure = make_app(database_url, app.config["SETTINGS"].data_dir, cookie_secure=True)
    browser = secure.test_client()
    assert isinstance(browser, Browser)
    yield browser
    dispose(secure)


def session_cookie(browser: Browser) -> str | None:
    cookie = browser.get_cookie("piaoflow_session")
    return cookie.value if cookie else None


class TestTheFirstVisit:
    def test_it_leads_to_the_sign_up_and_from_there_into_the_house(self, client: Browser) -> None:
        page = client.get("/", follow_redirects=True)
        assert page.request.path == "/signup"
        answer = client.post("/signup", data=SIGN_UP)
        assert answer.status_code == 303
        assert client.get("/people").status_code == 200

    def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost_but_the_password(
        self, client: Browser
    ) -> None:
        answer = client.post("/signup", data={**SIGN_UP, "password": "tooshort9", "email": "first@"})
        assert answer.status_code == 422
        assert 'value="New Company"' in answer.text
        assert "Enter an e-mail address" in answer.text
        assert "tooshort9" not in answer.text
        assert client.get("/login").headers["Location"] == "/signup"

    def test_afterwards_nobody_else_signs_up(self, client: Browser, app: Flask) -> None:
        client.post("/signup", data=SIGN_UP)
        stranger = app.test_client()
        assert "by invitation" in stranger.get("/signup").text
        answer = stranger.post("/signup", data={**SIGN_UP, "email": "second@new.example"})
        assert answer.status_code == 403
        assert stranger.get("/people").status_code == 302


@pytest.mark.usefixtures("people")
class TestLoggingIn:
    def test_it_leads_to_where_one_wanted_to_go(self, client: Browser) -> None:
        answer = log_in(client, "ada@acme.example", next="/people")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/people")

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
    def test_it_never_leads_to_another_site(self, client: Browser, target: str) -> None:
        assert log_in(client, "ada@acme.example", next=target).headers["Location"] == "/"

    def test_a_refusal_is_the_same_page_for_everybody(self, client: Browser) -> None:
        wrong = log_in(client, "ada@acme.example", "wrong")
        unknown = log_in(client, "eve@acme.example", "wrong")
        assert (wrong.status_code, unknown.status_code) == (422, 422)
        assert "is wrong" in wrong.text
        assert session_cookie(client) is None

    def test_after_five_failures_it_says_how_long_to_wait(self, client: Browser) -> None:
        for _ in range(5):
            log_in(client, "ada@acme.example", "wrong")
        answer = log_in(client, "ada@acme.example")
        assert answer.status_code == 429
        assert re.search(r"Wait (29|30|31) seconds", answer.text)

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(self, client: Browser) -> None:
        cookie = log_in(client, "ada@acme.example").headers.getlist("Set-Cookie")[0]
        assert cookie.startswith("piaoflow_session=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie

    def test_behind_tls_it_is_bound_to_this_host(self, behind_tls: Browser) -> None:
        form = {"email": "ada@acme.example", "password": PASSWORD}
        answer = behind_tls.post("/login", base_url="https://localhost", data=form)
        cookies = answer.headers.getlist("Set-Cookie")
        assert cookies[0].startswith("__Host-piaoflow_session=")
        assert all({"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; ")) for cookie in cookies)
        assert "max-age" in answer.headers["Strict-Transport-Security"]

    def test_a_planted_session_is_not_taken_over(self, client: Browser) -> None:
        client.set_cookie("piaoflow_session", "planted-by-somebody-else")
        with client.session_transaction() as session:
            session["planted"] = "too"
        log_in(client, "ada@acme.example")
        assert session_cookie(client) not in (None, "planted-by-somebody-else")
        with client.session_transaction() as session:
            assert "planted" not in session

    def test_each_log_in_has_a_session_of_its_own(self, client: Browser) -> None:
        log_in(client, "ada@acme.example")
        first = session_cookie(client)
        log_in(client, "ada@acme.example")
        assert session_cookie(client) not in (None, first)

    def test_logging_out_ends_the_session_not_only_the_cookie(self, client: Browser) -> None:
        log_in(client, "ada@acme.example")
        kept = session_cookie(client)
        assert kept is not None
        assert client.post("/logout").headers["Location"] == "/login"
        client.set_cookie("piaoflow_session", kept)
        assert client.get("/people").headers["Location"].startswith("/login")


class TestOnesOwnAccount:
    def test_a_session_ended_elsewhere_is_out_with_its_next_request(self, as_user: LogIn) -> None:
        here, there = as_user("alice"), as_user("alice")
        session_id = re.findall(r"/account/sessions/(\d+)/end", here.get("/account").text)
        assert len(session_id) == 1
        assert there.get("/account").status_code == 200
        assert here.post(f"/account/sessions/{session_id[0]}/end").status_code == 303
        assert there.get("/account").headers["Location"].startswith("/login")
        assert here.get("/account").status_code == 200

    def test_another_persons_session_does_not_exist(self, as_user: LogIn) -> None:
        as_user("bob")
        alice = as_user("alice")
        assert alice.post("/account/sessions/1/end").status_code == 404

    def test_a_token_is_shown_once_and_opens_the_api(self, as_user: LogIn, app: Flask) -> None:
        app.add_url_rule("/api/v1/who", "who", _who)
        browser = as_user("fiona")
        assert browser.post("/account/tokens", data={"name": "erp", "days": "30"}).status_code == 303
        shown = re.search(r'id="new-token"[^>]*>([^<]+)<', browser.get("/account").text)
        assert shown is not None
        assert "new-token" not in browser.get("/account").text

        program = app.test_client()
        headers = {"Authorization": f"Bearer {shown[1]}"}
        assert program.get("/api/v1/who", headers=headers).json == {"origin": "api erp"}
        assert program.get("/account", headers=headers).status_code == 302  # pages are for browsers

    def test_a_wrong_token_is_refused_with_problem_details(self, app: Flask, people: object) -> None:
        app.add_url_rule("/api/v1/who", "who", _who)
        answer = app.test_client().get("/api/v1/who", headers={"Authorization": "Bearer wrong"})
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_what_is_wrong_with_a_new_password_stands_beside_it(self, as_user: LogIn) -> None:
        answer = as_user("alice").post("/account/password", data={"current": PASSWORD, "new": "alice@acme.example"})
        assert answer.status_code == 422
        assert "too easy to guess" in answer.text


def _who() -> dict[str, str]:
    from web.security import current_actor

    return {"origin": current_actor().origin}


class TestPeople:
    def test_an_invitation_link_brings_somebody_in(self, as_user: LogIn, app: Flask) -> None:
        ada = as_user("ada")
        form = {"name": "Nina", "email": "nina@acme.example", "roles": ["approver"], "department_id": ""}
        assert ada.post("/people/invitations", data=form).status_code == 303
        link = re.search(r'id="invitation-link"[^>]*>http://localhost(/invite/[^<]+)<', ada.get("/people").text)
        assert link is not None
        assert link[1] not in ada.get("/people").text

        nina = app.test_client()
        assert "Join Acme" in nina.get(link[1]).text
        weak = nina.post(link[1], data={"name": "Nina", "password": "nina"})
        assert (weak.status_code, "too short" in weak.text) == (422, True)
        assert nina.post(link[1], data={"name": "Nina", "password": GOOD_PASSWORD}).status_code == 303
        assert "Nina" in nina.get("/account").text
        assert app.test_client().get(link[1]).status_code == 404

    def test_a_form_with_faults_comes_back_filled(self, as_user: LogIn) -> None:
        answer = as_user("ada").post(
            "/people/invitations", data={"name": "Nina", "email": "nina@", "roles": ["finance"]}
        )
        assert answer.status_code == 422
        assert 'value="Nina"' in answer.text
        assert re.search(r'value="finance" checked', answer.text)

    def test_the_roles_are_saved(self, as_user: LogIn, people: dict[str, Actor]) -> None:
        ada = as_user("ada")
        link = person_link(ada, "Bob")
        assert ada.post(link, data={"roles": ["finance", "approver"]}).status_code == 303
        page = ada.get(link).text
        assert 'value="finance" checked' in page

    def test_the_last_administrator_cannot_go(self, as_user: LogIn) -> None:
        ada = as_user("ada")
        answer = ada.post(person_link(ada, "Ada"), data={"roles": ["finance"]})
        assert answer.status_code == 409
        assert "at least one administrator" in answer.text

    def test_a_person_of_another_company_reads_as_not_there(self, as_user: LogIn) -> None:
        foreign = person_link(as_user("carl"), "Carol")
        ada = as_user("ada")
        for path in (foreign, f"{foreign}/deactivate", f"{foreign}/reactivate"):
            method = "GET" if path == foreign else "POST"
            assert ada.open(path, method=method).status_code == 404
        assert ada.post(foreign, data={"roles": ["admin"]}).status_code == 404
        assert as_user("carl").get(foreign).status_code == 200

    def test_somebody_who_is_deactivated_is_out_at_once(self, as_user: LogIn) -> None:
        ada, bob = as_user("ada"), as_user("bob")
        assert bob.get("/account").status_code == 200
        assert ada.post(person_link(ada, "Bob") + "/deactivate").status_code == 303
        assert bob.get("/account").headers["Location"].startswith("/login")


def person_link(browser: Browser, name: str) -> str:
    found = re.search(rf'href="(/people/\d+)">{name}<', browser.get("/people").text)
    assert found is not None
    return found[1]


ROLES_BY_PAGE = {
    "/account": set(ACME),
    "/company": set(ACME),
    "/people": {"ada"},
    "/people/1": {"ada"},
    "/company/new": {"ada"},
}


@pytest.mark.parametrize("name", ACME)
@pytest.mark.parametrize("path", ROLES_BY_PAGE)
def test_each_page_opens_to_the_roles_it_is_for(as_user: LogIn, path: str, name: str) -> None:
    assert as_user(name).get(path).status_code == (200 if name in ROLES_BY_PAGE[path] else 403)


class TestCompanies:
    def test_the_settings_are_saved_and_faults_stand_beside_their_field(self, as_user: LogIn) -> None:
        ada = as_user("ada")
        form = {"name": "Acme", "tax_id": "12", "number_pattern": "KP-{sequence}"}
        answer = ada.post("/company", data=form)
        assert answer.status_code == 422
        assert "a tax number has 15, 18 or 20" in answer.text
        assert ada.post("/company", data={**form, "tax_id": "", "bank_name": "ICBC"}).status_code == 303
        assert 'value="ICBC"' in ada.get("/company").text

    def test_those_who_may_only_read_cannot_save(self, as_user: LogIn) -> None:
        alice = as_user("alice")
        assert "Save the settings" not in alice.get("/company").text
        assert alice.post("/company", data={"name": "Alice's"}).status_code == 403

    def test_somebody_in_two_companies_switches_between_them(self, as_user: LogIn, people: dict[str, Actor]) -> None:
        ada = as_user("ada")
        assert ada.post("/company/new", data={"name": "Third"}).status_code == 303
        assert ">Bob<" not in ada.get("/people").text
        acme = str(people["ada"].company_id)
        assert ada.post("/company/switch", data={"company_id": acme}).status_code == 303
        assert ">Bob<" in ada.get("/people").text

    def test_nobody_switches_to_a_company_that_is_not_theirs(self, as_user: LogIn, people: dict[str, Actor]) -> None:
        ada = as_user("ada")
        answer = ada.post("/company/switch", data={"company_id": str(people["carol"].company_id)})
        assert answer.status_code == 404
        assert ">Bob<" in ada.get("/people").text
