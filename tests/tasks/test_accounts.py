"""Signing up and logging in: who comes in, who is kept out, and what is written down about it."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor, Role
from models.accounts import LoginThrottle, User, UserSession
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from tasks import accounts, audit
from tasks.accounts import TooManyAttempts
from tests.conftest import PASSWORD
from tests.support.accounts import GOOD_PASSWORD, actions, known, membership_of

pytestmark = pytest.mark.usefixtures("session")


def sign_up(email: str = "first@new.example") -> int:
    return accounts.sign_up_company("New Company", name="First", email=email, password=GOOD_PASSWORD)


class TestSigningUp:
    def test_the_first_person_becomes_administrator(self) -> None:
        sign_up()
        identity = known(accounts.log_in("first@new.example", GOOD_PASSWORD))
        assert identity.actor.roles == {Role.ADMIN}
        assert identity.company_name == "New Company"
        assert [actions(identity.actor)[place] for place in (0, -1)] == ["account.log_in", "company.found"]

    def test_a_second_sign_up_is_refused_and_leaves_nothing(self) -> None:
        sign_up()
        with pytest.raises(NotAllowed, match="invitation"):
            sign_up("second@new.example")
        assert db.session.scalars(select(User.email)).all() == ["first@new.example"]

    def test_two_sign_ups_at_once_have_one_winner(self, app: Flask) -> None:
        outcomes: list[str] = []
        start = threading.Barrier(2)

        def attempt(email: str) -> None:
            with app.app_context():
                start.wait()
                try:
                    sign_up(email)
                    outcomes.append("founded")
                except AppError as error:
                    outcomes.append(error.code)

        threads = [threading.Thread(target=attempt, args=(f"{n}@new.example",)) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Both chose the same company name: whoever is second is refused for the sign-up, not for the name.
        assert sorted(outcomes) == ["founded", "signup.closed"]

    def test_a_new_company_starts_with_what_the_steps_give_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        served: list[Actor] = []
        monkeypatch.setattr("tasks.accounts.companies.NEW_COMPANY_STEPS", [served.append])
        admin_id = sign_up()
        company_id = db.session.get_one(User, admin_id).memberships[0].company_id
        assert [(actor.company_id, actor.is_system) for actor in served] == [(company_id, True)]

    def test_a_step_that_fails_leaves_no_company(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_actor: Actor) -> None:
            raise Conflict("No.")

        monkeypatch.setattr("tasks.accounts.companies.NEW_COMPANY_STEPS", [fail])
        with pytest.raises(Conflict):
            sign_up()
        assert not accounts.has_any_company()
        assert db.session.scalars(select(User)).all() == []


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("short", "password.short"),
            ("aaaaaaaaaaaaaaaa", "password.weak"),
            ("password1234", "password.weak"),
            ("qwertyuiop12", "password.weak"),
            ("hengdashumao1", "password.weak"),  # the company's name; anywhere else it would do
            ("first@new.example", "password.weak"),
            ("x" * 257, "password.long"),
        ],
    )
    def test_a_weak_one_is_refused_with_the_reason(self, password: str, code: str) -> None:
        with pytest.raises(Invalid) as refusal:
            accounts.sign_up_company("Hengda Shumao", name="First", email="first@new.example", password=password)
        assert refusal.value.code == code
        assert refusal.value.field == "password"
        assert not accounts.has_any_company()

    def test_sixty_four_characters_and_more_are_fine(self) -> None:
        accounts.sign_up_company("C", name="F", email="f@new.example", password=GOOD_PASSWORD * 5)
        assert accounts.log_in("f@new.example", GOOD_PASSWORD * 5)

    def test_only_a_slow_hash_is_kept(self) -> None:
        admin_id = sign_up()
        kept = db.session.get_one(User, admin_id).password_hash
        assert kept is not None
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    def test_changing_it_needs_the_current_one_and_ends_other_sessions(self, people: dict[str, Actor]) -> None:
        here = accounts.log_in("alice@acme.example", PASSWORD)
        elsewhere = accounts.log_in("alice@acme.example", PASSWORD)
        identity = known(here)
        with pytest.raises(Invalid) as refusal:
            accounts.change_password(identity.actor, current="wrong", new=GOOD_PASSWORD, session_id=identity.session_id)
        assert refusal.value.field == "current"

        accounts.change_password(identity.actor, current=PASSWORD, new=GOOD_PASSWORD, session_id=identity.session_id)
        assert known(here)
        assert accounts.identify_session(elsewhere) is None
        assert accounts.log_in("alice@acme.example", GOOD_PASSWORD)


class TestLoggingIn:
    @pytest.fixture(autouse=True)
    def _people(self, people: dict[str, Actor], session: None) -> None:
        self.people = people

    def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(self) -> None:
        answers = []
        for email in ("alice@acme.example", "nobody@acme.example"):
            with pytest.raises(Invalid) as refusal:
                accounts.log_in(email, "wrong")
            answers.append((refusal.value.code, str(refusal.value), refusal.value.field))
        assert answers[0] == answers[1]

    def test_the_address_may_be_written_in_capitals(self) -> None:
        assert accounts.log_in(" Alice@ACME.example ", PASSWORD)

    def test_after_five_failures_it_waits_thirty_seconds_even_for_the_right_password(self) -> None:
        with time_machine.travel(utc_now(), tick=False) as clock:
            for _ in range(5):
                with pytest.raises(Invalid):
                    accounts.log_in("alice@acme.example", "wrong")
            with pytest.raises(TooManyAttempts):
                accounts.log_in("alice@acme.example", PASSWORD)
            clock.shift(29)
            with pytest.raises(TooManyAttempts):
                accounts.log_in("alice@acme.example", PASSWORD)
            clock.shift(2)
            assert accounts.log_in("alice@acme.example", PASSWORD)

    def test_the_delay_grows_but_never_locks_for_good(self) -> None:
        delays = []
        with time_machine.travel(utc_now(), tick=False) as clock:
            for _ in range(14):
                with pytest.raises(Invalid):
                    accounts.log_in("alice@acme.example", "wrong")
                row = db.session.get(LoginThrottle, "account:alice@acme.example", populate_existing=True)
                assert row is not None
                wait = (row.blocked_until - utc_now()).total_seconds() if row.blocked_until else 0
                delays.append(wait)
                db.session.remove()
                clock.shift(wait + 1)
        assert delays[:4] == [0, 0, 0, 0]
        assert delays[4:10] == [30, 60, 120, 240, 480, 900]
        assert max(delays) == 900

    def test_an_unknown_account_is_slowed_down_as_well(self) -> None:
        for _ in range(5):
            with pytest.raises(Invalid):
                accounts.log_in("nobody@acme.example", "wrong")
        with pytest.raises(TooManyAttempts):
            accounts.log_in("nobody@acme.example", "wrong")

    def test_one_address_that_tries_many_accounts_is_slowed_down(self) -> None:
        for number in range(30):
            with pytest.raises(Invalid):
                accounts.log_in(f"guess{number}@acme.example", "wrong", address="203.0.113.7")
        with pytest.raises(TooManyAttempts):
            accounts.log_in("alice@acme.example", PASSWORD, address="203.0.113.7")
        assert accounts.log_in("alice@acme.example", PASSWORD, address="203.0.113.8")

    def test_a_success_forgives_the_failures_before_it(self) -> None:
        for _ in range(4):
            with pytest.raises(Invalid):
                accounts.log_in("alice@acme.example", "wrong")
        accounts.log_in("alice@acme.example", PASSWORD)
        for _ in range(4):
            with pytest.raises(Invalid):
                accounts.log_in("alice@acme.example", "wrong")
        assert accounts.log_in("alice@acme.example", PASSWORD)

    def test_failures_of_known_accounts_are_in_the_audit_log(self) -> None:
        with pytest.raises(Invalid):
            accounts.log_in("alice@acme.example", "wrong", address="203.0.113.7")
        entry = audit.list_entries(self.people["ada"]).entries[0]
        assert entry.action == "account.log_in_failed"
        assert "203.0.113.7" in entry.body
        assert "wrong" not in entry.body

    def test_someone_who_has_left_cannot_come_in(self) -> None:
        accounts.deactivate_person(self.people["ada"], membership_id=membership_of(self.people["alice"]))
        with pytest.raises(NotAllowed, match="not active"):
            accounts.log_in("alice@acme.example", PASSWORD)


class TestSessions:
    @pytest.fixture(autouse=True)
    def _people(self, people: dict[str, Actor], session: None) -> None:
        self.people = people
        self.secret = accounts.log_in("alice@acme.example", PASSWORD, address="203.0.113.7")

    def test_it_says_who_is_there_and_from_where(self) -> None:
        identity = accounts.identify_session(self.secret, address="203.0.113.9")
        assert identity is not None
        assert identity.actor.user_id == self.people["alice"].user_id
        assert identity.actor.roles == {Role.APPLICANT}
        assert identity.actor.origin == "web 203.0.113.9"

    def test_the_secret_itself_is_not_kept(self) -> None:
        assert self.secret not in {row.token_hash for row in db.session.scalars(select(UserSession))}

    def test_it_ends_after_thirty_idle_minutes(self) -> None:
        with time_machine.travel(utc_now() + timedelta(minutes=29)):
            assert accounts.identify_session(self.secret)
        with time_machine.travel(utc_now() + timedelta(minutes=31)):
            assert accounts.identify_session(self.secret) is None

    def test_it_ends_after_twelve_hours_however_busy(self) -> None:
        start = utc_now()
        for quarter in range(1, 48):
            with time_machine.travel(start + timedelta(minutes=15 * quarter)):
                accounts.touch_session(known(self.secret))
        with time_machine.travel(start + timedelta(hours=12, minutes=1)):
            assert accounts.identify_session(self.secret) is None

    def test_its_use_is_worth_writing_down_once_a_minute(self) -> None:
        assert not known(self.secret).is_stale
        with time_machine.travel(utc_now() + timedelta(seconds=61)):
            assert known(self.secret).is_stale
            accounts.touch_session(known(self.secret))
            assert not known(self.secret).is_stale

    def test_logging_out_ends_it(self) -> None:
        identity = known(self.secret)
        assert identity.session_id is not None
        accounts.log_out(identity.actor, session_id=identity.session_id)
        assert accounts.identify_session(self.secret) is None

    def test_nobody_ends_the_session_of_another_person(self) -> None:
        session_id = known(self.secret).session_id
        assert session_id is not None
        with pytest.raises(NotFound):
            accounts.end_session(self.people["bob"], session_id=session_id)
        assert accounts.identify_session(self.secret)

    def test_deactivation_ends_it_at_once(self) -> None:
        accounts.deactivate_person(self.people["ada"], membership_id=membership_of(self.people["alice"]))
        assert accounts.identify_session(self.secret) is None

    def test_a_changed_role_counts_at_once(self) -> None:
        accounts.change_roles(self.people["ada"], membership_id=membership_of(self.people["alice"]), roles=["approver"])
        assert known(self.secret).actor.roles == {Role.APPROVER}
