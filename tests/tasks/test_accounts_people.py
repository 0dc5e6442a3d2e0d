"""The people of a company: roles, leaving, invitations, several companies, settings, tokens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.access import Actor, Permission, Role, can
from models.accounts import ApiToken, Invitation
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import accounts, audit
from tasks.accounts import CompanyDraft
from tests.conftest import PASSWORD
from tests.support.accounts import GOOD_PASSWORD, actions, known, membership_of

pytestmark = pytest.mark.usefixtures("session")


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
