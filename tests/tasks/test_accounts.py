"""Accounts: who comes in, who is kept out, and what is written down about it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor, Permission, Role, can
from models.accounts import ApiToken, Invitation, LoginThrottle, Membership, User, UserSession
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from tasks import accounts, audit
from tasks.accounts import CompanyDraft, Identity, TooManyAttempts
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("session")

GOOD_PASSWORD = "nine lanterns under slate"


def sign_up(email: str = "first@new.example") -> int:
    return accounts.sign_up_company("New Company", name="First", email=email, password=GOOD_PASSWORD)


def membership_of(actor: Actor) -> int:
    return db.session.scalars(
        select(Membership.id).where(Membership.user_id == actor.user_id, Membership.company_id == actor.company_id)
    ).one()


def actions(actor: Actor) -> list[str]:
    return [entry.action for entry in audit.list_entries(actor).entries]


def known(secret: str) -> Identity:
    identity = accounts.identify_session(secret)
    assert identity is not None
    return identity


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


class TestPeople:
    @pytest.fixture(autouse=True)
    def _people(self, people: dict[str, Actor], session: None) -> None:
        self.people = people
        self.ada = people["ada"]

    def test_the_last_administrator_stays(self) -> None:
        with pytest.raises(Conflict) as refusal:
            accounts.change_roles(self.ada, membership_id=membership_of(self.ada), roles=["finance"])
        assert refusal.value.code == "people.last_admin"

    def test_nobody_takes_the_own_administration_away(self) -> None:
        accounts.change_roles(self.ada, membership_id=membership_of(self.people["bob"]), roles=["admin"])
        with pytest.raises(Conflict) as refusal:
            accounts.change_roles(self.ada, membership_id=membership_of(self.ada), roles=["finance"])
        assert refusal.value.code == "people.own_admin"
        with pytest.raises(Conflict):
            accounts.deactivate_person(self.ada, membership_id=membership_of(self.ada))

    def test_another_administrator_may(self) -> None:
        accounts.change_roles(self.ada, membership_id=membership_of(self.people["bob"]), roles=["admin", "approver"])
        bob = Actor(self.ada.company_id, self.people["bob"].user_id, frozenset({Role.ADMIN}))
        db.session.remove()
        accounts.change_roles(bob, membership_id=membership_of(self.ada), roles=["finance"])
        assert accounts.get_person(bob, membership_of(self.ada)).roles == ["finance"]

    @pytest.mark.parametrize("name", ["alice", "bob", "fiona", "dora", "otto"])
    def test_only_administrators_manage_people(self, name: str) -> None:
        actor = self.people[name]
        assert not can(actor, Permission.PEOPLE_MANAGE)
        for attempt in _people_commands(membership_of(self.people["bea"])):
            with pytest.raises(NotAllowed):
                attempt(actor)

    def test_people_of_another_company_do_not_exist(self) -> None:
        carol = membership_of(self.people["carol"])
        for attempt in _people_commands(carol)[:4]:
            with pytest.raises(NotFound):
                attempt(self.ada)
        assert "Carol" not in {row.user.name for row in accounts.list_people(self.ada)}

    def test_roles_must_exist(self) -> None:
        for roles in ([], ["emperor"]):
            with pytest.raises(Invalid):
                accounts.change_roles(self.ada, membership_id=membership_of(self.people["bob"]), roles=roles)


def _people_commands(membership_id: int) -> list[Callable[[Actor], object]]:
    return [
        lambda actor: accounts.change_roles(actor, membership_id=membership_id, roles=["admin"]),
        lambda actor: accounts.deactivate_person(actor, membership_id=membership_id),
        lambda actor: accounts.reactivate_person(actor, membership_id=membership_id),
        lambda actor: accounts.revoke_invitation(actor, invitation_id=1),
        lambda actor: accounts.invite_person(actor, email="x@acme.example", name="X", roles=["admin"]),
        accounts.list_invitations,
    ]


class TestInvitations:
    @pytest.fixture(autouse=True)
    def _people(self, people: dict[str, Actor], session: None) -> None:
        self.people = people
        self.ada = people["ada"]

    def invite(self, email: str = "nina@acme.example") -> str:
        _invitation, secret = accounts.invite_person(self.ada, email=email, name="Nina", roles=["approver"])
        return secret

    def test_the_invited_person_chooses_a_password_and_has_the_roles(self) -> None:
        secret = self.invite()
        assert accounts.find_invitation(secret).company_name == "Acme"
        accounts.accept_invitation(secret, name="Nina", password=GOOD_PASSWORD)
        identity = known(accounts.log_in("nina@acme.example", GOOD_PASSWORD))
        assert (identity.actor.company_id, identity.actor.roles) == (self.ada.company_id, {Role.APPROVER})

    def test_a_link_works_once(self) -> None:
        secret = self.invite()
        accounts.accept_invitation(secret, name="Nina", password=GOOD_PASSWORD)
        with pytest.raises(NotFound):
            accounts.accept_invitation(secret, name="Nina", password=GOOD_PASSWORD)

    def test_a_link_expires_after_seven_days(self) -> None:
        secret = self.invite()
        with time_machine.travel(utc_now() + timedelta(days=7, minutes=1)), pytest.raises(NotFound):
            accounts.find_invitation(secret)

    def test_a_withdrawn_or_renewed_link_stops_working(self) -> None:
        secret = self.invite()
        invitation_id = accounts.list_invitations(self.ada)[0].id
        _invitation, renewed = accounts.resend_invitation(self.ada, invitation_id=invitation_id)
        with pytest.raises(NotFound):
            accounts.find_invitation(secret)
        assert accounts.find_invitation(renewed)
        accounts.revoke_invitation(self.ada, invitation_id=invitation_id)
        with pytest.raises(NotFound):
            accounts.find_invitation(renewed)

    def test_inviting_again_replaces_the_earlier_link(self) -> None:
        first, second = self.invite(), self.invite()
        with pytest.raises(NotFound):
            accounts.find_invitation(first)
        assert accounts.find_invitation(second)

    def test_someone_who_is_here_already_is_not_invited(self) -> None:
        with pytest.raises(Conflict):
            self.invite("alice@acme.example")

    def test_a_link_does_not_open_somebody_elses_account(self) -> None:
        """Whoever holds the link to an existing account's address must know that account's password."""
        secret = self.invite("carol@other.example")
        with pytest.raises(Invalid) as refusal:
            accounts.accept_invitation(secret, name="Carol", password=GOOD_PASSWORD)
        assert refusal.value.code == "login.wrong"
        accounts.accept_invitation(secret, name="Carol", password=PASSWORD)
        assert {company.name for company in known(accounts.log_in("carol@other.example", PASSWORD)).companies} == {
            "Acme",
            "Other",
        }

    def test_the_secret_itself_is_not_kept(self) -> None:
        secret = self.invite()
        assert secret not in {row.token_hash for row in db.session.scalars(select(Invitation))}


class TestSeveralCompanies:
    @pytest.mark.usefixtures("people")
    def test_an_administrator_founds_another_and_switches_to_it(self) -> None:
        secret = accounts.log_in("ada@acme.example", PASSWORD)
        identity = known(secret)
        company_id = accounts.create_company(identity.actor, CompanyDraft("Third"))
        assert identity.session_id is not None
        accounts.switch_company(identity.actor, session_id=identity.session_id, company_id=company_id)
        there = known(secret)
        assert (there.actor.company_id, there.company_name) == (company_id, "Third")
        assert actions(there.actor)[-1] == "company.found"

    def test_nobody_switches_to_a_company_that_is_not_theirs(self, people: dict[str, Actor]) -> None:
        identity = known(accounts.log_in("ada@acme.example", PASSWORD))
        assert identity.session_id is not None
        other = people["carol"].company_id
        assert other is not None
        with pytest.raises(NotFound):
            accounts.switch_company(identity.actor, session_id=identity.session_id, company_id=other)

    def test_only_an_administrator_founds_another(self, people: dict[str, Actor]) -> None:
        with pytest.raises(NotAllowed):
            accounts.create_company(people["fiona"], CompanyDraft("Third"))

    def test_the_next_log_in_leads_to_where_one_worked_last(self, people: dict[str, Actor]) -> None:
        identity = known(accounts.log_in("ada@acme.example", PASSWORD))
        company_id = accounts.create_company(identity.actor, CompanyDraft("Third"))
        assert identity.session_id is not None
        accounts.switch_company(identity.actor, session_id=identity.session_id, company_id=company_id)
        assert known(accounts.log_in("ada@acme.example", PASSWORD)).company_name == "Third"


class TestCompanySettings:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": " "}, "name"),
            ({"tax_id": "91110108MA01ABCD1"}, "tax_id"),
            ({"time_zone": "Moon/Crater"}, "time_zone"),
            ({"number_pattern": "KP-{year}"}, "number_pattern"),
            ({"number_pattern": "KP-{sequence"}, "number_pattern"),
            ({"number_pattern": "KP-{sequence}-{company}"}, "number_pattern"),
            ({"number_pattern": "KP-{sequence}-{year.__class__}"}, "number_pattern"),
            ({"number_pattern": "KP-{sequence:0999999999}"}, "number_pattern"),
        ],
    )
    def test_what_cannot_be_used_is_refused(self, people: dict[str, Actor], change: dict[str, str], field: str) -> None:
        with pytest.raises(Invalid) as refusal:
            accounts.edit_company(people["ada"], CompanyDraft(**{"name": "Acme", **change}))
        assert refusal.value.field == field

    def test_a_change_is_audited_with_before_and_after(self, people: dict[str, Actor]) -> None:
        accounts.edit_company(people["ada"], CompanyDraft("Acme", phone="010-1234"))
        entry = audit.list_entries(people["ada"]).entries[0]
        assert entry.action == "company.edit"
        assert '"after":{"phone":"010-1234"}' in entry.body

    def test_two_companies_do_not_share_a_name(self, people: dict[str, Actor]) -> None:
        with pytest.raises(Conflict):
            accounts.edit_company(people["ada"], CompanyDraft("Other"))

    def test_only_administrators_change_them(self, people: dict[str, Actor]) -> None:
        with pytest.raises(NotAllowed):
            accounts.edit_company(people["fiona"], CompanyDraft("Acme"))


class TestTokens:
    @pytest.fixture(autouse=True)
    def _token(self, people: dict[str, Actor], session: None) -> None:
        self.people = people
        self.token, self.secret = accounts.create_token(people["fiona"], name="erp")

    def test_it_acts_as_its_person(self) -> None:
        identity = accounts.identify_token(self.secret)
        assert identity is not None
        assert identity.actor.roles == {Role.FINANCE}
        assert identity.actor.origin == "api erp"

    def test_the_secret_itself_is_not_kept_or_audited(self) -> None:
        assert self.secret not in {row.token_hash for row in db.session.scalars(select(ApiToken))}
        db.session.remove()
        assert self.secret not in "".join(entry.body for entry in audit.list_entries(self.people["ada"]).entries)

    def test_it_expires(self) -> None:
        with time_machine.travel(utc_now() + timedelta(days=91)):
            assert accounts.identify_token(self.secret) is None

    def test_a_revoked_one_is_out(self) -> None:
        accounts.revoke_token(self.people["fiona"], token_id=self.token.id)
        assert accounts.identify_token(self.secret) is None

    def test_nobody_revokes_another_persons(self) -> None:
        with pytest.raises(NotFound):
            accounts.revoke_token(self.people["ada"], token_id=self.token.id)

    def test_deactivation_revokes_it(self) -> None:
        accounts.deactivate_person(self.people["ada"], membership_id=membership_of(self.people["fiona"]))
        accounts.reactivate_person(self.people["ada"], membership_id=membership_of(self.people["fiona"]))
        assert accounts.identify_token(self.secret) is None
