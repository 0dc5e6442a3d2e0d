"""What every page and every answer has, whatever the room."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from tests.conftest import Browser
from web import security
from web.errors import STATUS, status_of
from web.htmx import safe_target

LogIn = Callable[[str], Browser]


def rules(app: Flask) -> Iterator[Rule]:
    yield from app.url_map.iter_rules()


def address_of(rule: Rule) -> str:
    """An address that the rule answers: 1 for numbers, x for texts, the first of several words."""
    text = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda found: "1" if found[1] == "int" else "x", text)


class TestHealth:
    def test_it_names_version_and_database_and_needs_no_login(self, client: Browser) -> None:
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json["status"] == "ok"
        assert answer.json["database"]["kind"] in ("sqlite", "postgresql")
        assert answer.json["clock"]["role"] == "off"

    def test_it_answers_503_when_the_database_does_not(self, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tasks.health.ping_database", _no_database)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json["database"]["ok"]) == (503, False)


def _no_database(*_: object, **__: object) -> None:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("select 1", {}, Exception("down"))


class TestTheDoor:
    def test_every_route_asks_for_a_login_unless_it_is_listed(self, app: Flask, client: Browser) -> None:
        answered = set()
        for rule in rules(app):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answer = client.open(address_of(rule), method=method)
                asked = answer.status_code == 401 or "/login?next=" in answer.headers.get("Location", "")
                if not asked:
                    answered.add(rule.endpoint)
        assert answered <= security.OPEN_ENDPOINTS
        assert {"accounts.log_in", "health.check"} <= answered

    def test_the_list_names_only_what_is_there(self, app: Flask) -> None:
        assert set(app.view_functions) >= security.OPEN_ENDPOINTS

    def test_a_route_outside_the_list_is_closed_without_anybody_thinking_of_it(self, app: Flask) -> None:
        app.add_url_rule("/forgotten", "forgotten", lambda: "secrets")
        assert app.test_client().get("/forgotten").headers["Location"].startswith("/login?next=")

    def test_a_page_leads_to_the_login_and_back(self, client: Browser, people: object) -> None:
        answer = client.get("/people?state=active")
        assert answer.headers["Location"] == "/login?next=/people?state%3Dactive"

    def test_a_fragment_or_a_form_is_refused_instead_so_that_it_keeps_its_entries(self, client: Browser) -> None:
        fragment = client.get("/people", headers={"HX-Request": "true"})
        assert fragment.status_code == 401
        assert fragment.headers["HX-Retarget"] == "#toasts"
        assert client.post("/people/invitations", data={"name": "x"}).status_code == 401


class TestOtherSites:
    """A form on another site cannot act for somebody who is logged in here."""

    def test_a_form_without_the_token_is_refused_in_plain_words(self, as_user: LogIn) -> None:
        answer = as_user("ada").post("/account/profile", data={"name": "X", "language": "en"}, csrf=False)
        assert answer.status_code == 400
        assert "your entries are still there" in answer.text

    def test_an_expired_token_is_refused_and_nothing_is_saved(self, as_user: LogIn) -> None:
        entries = {"name": "Changed", "language": "en", "csrf_token": as_user("ada").csrf_token()}
        with time_machine.travel(utc_now() + timedelta(hours=12, minutes=1)):
            browser = as_user("ada")
            browser.csrf_token()  # its session knows the same token, but not that old a signature of it
            answer = browser.post("/account/profile", data=entries, csrf=False)
            assert answer.status_code == 400
            assert "your entries are still there" in answer.text
            assert "Changed" not in browser.get("/account").text

    def test_the_right_token_is_accepted_in_form_or_header(self, as_user: LogIn) -> None:
        browser = as_user("ada")
        entries = {"name": "Ada", "language": "en"}
        in_form = browser.post("/account/profile", data={**entries, "csrf_token": browser.csrf_token()}, csrf=False)
        in_header = browser.post("/account/profile", data=entries)
        assert (in_form.status_code, in_header.status_code) == (303, 303)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ],
    )
    def test_a_request_from_another_site_is_refused_even_with_the_token(
        self, as_user: LogIn, headers: dict[str, str]
    ) -> None:
        answer = as_user("ada").post("/account/profile", data={"name": "X", "language": "en"}, headers=headers)
        assert answer.status_code == 403

    def test_an_htmx_refusal_stands_beside_the_form_not_in_its_place(self, as_user: LogIn) -> None:
        answer = as_user("ada").post("/account/profile", headers={"HX-Request": "true"}, csrf=False)
        assert answer.status_code == 400
        assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#toasts", "beforeend")
        assert "<html" not in answer.text

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "",
            None,
        ],
    )
    def test_next_never_leads_to_another_site(self, target: str | None) -> None:
        assert safe_target(target) == "/"

    def test_next_leads_anywhere_within_this_site(self) -> None:
        assert safe_target("/register?q=1&page=2") == "/register?q=1&page=2"


class TestHeaders:
    def test_scripts_run_only_from_here_or_with_the_nonce_of_this_answer(self, client: Browser, people: object) -> None:
        answer = client.get("/login")
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy)
        assert nonce is not None
        assert f'nonce="{nonce[1]}"' in answer.text
        assert "unsafe" not in policy
        assert nonce[1] not in client.get("/login").headers["Content-Security-Policy"]

    def test_pages_are_not_kept_by_anybody(self, as_user: LogIn) -> None:
        answer = as_user("ada").get("/account")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]

    def test_the_id_of_a_request_is_in_its_answer_and_in_the_log(
        self, client: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "piaoflow.access"):
            sent = client.get("/healthz", headers={"X-Request-Id": "0123456789abcdef"})
            own = client.get("/healthz", headers={"X-Request-Id": "forged\tid"})
        assert sent.headers["X-Request-Id"] == "0123456789abcdef"
        assert re.fullmatch(r"[0-9a-f]{16}", own.headers["X-Request-Id"])
        assert "GET /healthz 200" in caplog.text

    def test_the_log_holds_no_secret_of_an_address(self, client: Browser, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, "piaoflow.access"):
            client.get("/invite/the-secret-itself?and=more")
        assert "/invite/<token> 404" in caplog.text
        assert "the-secret-itself" not in caplog.text


class TestRefusals:
    @pytest.mark.parametrize(
        ("error", "status"), [(Invalid("x"), 422), (NotAllowed("x"), 403), (NotFound("x"), 404), (Conflict("x"), 409)]
    )
    def test_each_kind_has_its_status(self, error: AppError, status: int) -> None:
        assert status_of(error) == status

    def test_every_kind_of_refusal_is_in_the_table(self) -> None:
        assert {
            kind for kind in AppError.__subclasses__() if not any(issubclass(kind, known) for known, _ in STATUS)
        } == set()

    def test_a_program_gets_problem_details(self, app: Flask, as_user: LogIn) -> None:
        def refuse() -> None:
            raise Invalid(
                "The quantity {quantity} is not positive.", code="line.quantity", field="lines.0.quantity", quantity=-1
            )

        app.add_url_rule("/api/v1/refuse", "refuse", refuse)
        answer = as_user("ada").get("/api/v1/refuse")
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == answer.status_code == 422
        assert answer.json["code"] == "line.quantity"
        assert answer.json["field"] == "lines.0.quantity"
        assert answer.json["detail"] == "The quantity -1 is not positive."

    def test_a_person_gets_a_page_in_their_language(self, app: Flask, as_user: LogIn) -> None:
        answer = as_user("ada").get("/nothing/here")
        assert answer.status_code == 404
        assert "<html" in answer.text
        assert "There is nothing at this address" in answer.text

    def test_a_fault_shows_its_number_and_no_detail(self, app: Flask, as_user: LogIn) -> None:
        app.add_url_rule("/broken", "broken", lambda: 1 / 0)
        browser = as_user("ada")
        app.testing = False
        answer = browser.get("/broken")
        assert answer.status_code == 500
        assert answer.headers["X-Request-Id"] in answer.text
        assert "division" not in answer.text

    def test_a_statement_that_the_database_refuses_is_a_fault_like_any_other(self, app: Flask, as_user: LogIn) -> None:
        """On PostgreSQL nothing more can be read in that transaction, and the page shows counts."""
        app.add_url_rule("/broken", "broken", lambda: db.session.execute(text("SELECT * FROM nowhere")))
        browser = as_user("ada")
        app.testing = False
        answer = browser.get("/broken")
        assert answer.status_code in (500, 503)
        assert "nowhere" not in answer.text
        assert browser.get("/account").status_code == 200

    def test_a_fault_is_raised_through_in_tests(self, app: Flask, as_user: LogIn) -> None:
        app.add_url_rule("/broken", "broken", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            as_user("ada").get("/broken")

    def test_a_database_that_does_not_answer_is_a_503(self, app: Flask, as_user: LogIn) -> None:
        app.add_url_rule("/down", "down", _no_database)
        browser = as_user("ada")
        app.testing = False
        answer = browser.get("/down")
        assert answer.status_code == 503
        assert "select 1" not in answer.text

    def test_a_database_that_is_gone_altogether_is_a_503_for_everybody(self, as_user: LogIn, app: Flask) -> None:
        browser = as_user("ada")
        app.testing = False
        with app.app_context():
            engine = db.engine
        with patch.object(engine, "raw_connection", _no_database):
            answer = browser.get("/account", headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert "The database does not answer" in answer.text

    def test_thirteen_megabytes_are_refused_in_plain_words(self, as_user: LogIn) -> None:
        answer = as_user("ada").post("/account/profile", data={"name": "x" * 13 * 1024 * 1024})
        assert answer.status_code == 413
        assert "12 MB" in answer.text


class TestLanguages:
    def test_a_strangers_browser_decides(self, client: Browser, people: object) -> None:
        assert 'lang="zh-CN"' in client.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
        assert 'lang="en"' in client.get("/login", headers={"Accept-Language": "en-GB"}).text

    def test_the_switch_is_kept_in_a_cookie_and_leads_back(self, client: Browser, people: object) -> None:
        answer = client.post("/language", data={"language": "zh", "next": "/login?next=/people"})
        assert answer.headers["Location"] == "/login?next=/people"
        assert 'lang="zh-CN"' in client.get("/login", headers={"Accept-Language": "en"}).text

    def test_the_switch_of_somebody_who_is_logged_in_is_kept_for_every_browser(self, as_user: LogIn) -> None:
        as_user("ada").post("/language", data={"language": "zh", "next": "/account"})
        assert 'lang="zh-CN"' in as_user("ada").get("/account").text

    def test_an_unknown_language_is_refused(self, client: Browser) -> None:
        assert client.post("/language", data={"language": "tlh"}).status_code == 422
