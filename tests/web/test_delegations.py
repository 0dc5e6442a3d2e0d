"""The page on which people say who acts for them."""

import re

import pytest

from tests.support.pages import text_of


@pytest.fixture
def bob(as_user):
    return as_user("bob")


def test_a_delegation_is_given_from_the_profile_menu_and_revoked(bob, people):
    assert 'href="/delegations"' in bob.get("/account").text
    form = {"to_user_id": people["bea"].user_id, "max_amount": "5000", "kinds": ["request"], "note": "holiday"}
    assert bob.post("/delegations", data=form).status_code == 303
    page = bob.get("/delegations")
    assert "Bob Bea" in text_of(page)
    assert "in force" in text_of(page)
    assert "holiday" in page.text
    address = re.search(r'action="(/delegations/\d+/revoke)"', page.text)[1]
    assert bob.post(address).status_code == 303
    assert "revoked" in text_of(bob.get("/delegations"))
    assert bob.post(address).status_code == 409


def test_faults_stand_beside_their_fields_and_the_form_stays_filled(bob, people):
    form = {"to_user_id": people["bob"].user_id, "first_day": "2030-02-02", "last_day": "2030-02-01", "note": "trip"}
    answer = bob.post("/delegations", data=form)
    assert answer.status_code == 422
    assert "Nobody can act for themselves" in answer.text
    assert "The last day comes before the first" in answer.text
    assert 'value="trip"' in answer.text
    assert bob.post("/delegations", data={"to_user_id": "", "min_amount": "much"}).status_code == 422


def test_only_an_administrator_chooses_for_whom(bob, as_user, people):
    assert 'name="from_user_id"' not in bob.get("/delegations").text
    form = {"from_user_id": people["fiona"].user_id, "to_user_id": people["bea"].user_id}
    assert bob.post("/delegations", data=form).status_code == 403
    ada = as_user("ada")
    assert 'name="from_user_id"' in ada.get("/delegations").text
    assert ada.post("/delegations", data=form).status_code == 303
    assert "Fiona Bea" in text_of(ada.get("/delegations"))
    assert "Fiona Bea" not in text_of(bob.get("/delegations"))


def test_who_decides_nothing_reads_only(as_user, people):
    otto = as_user("otto")
    assert "New delegation" not in otto.get("/delegations").text
    assert otto.post("/delegations", data={"to_user_id": people["bea"].user_id}).status_code == 403
