"""The page that hands over what somebody holds."""

import re

from tests.support.approvals import ask_all, step_of, submit, waiting
from tests.support.pages import text_of
from tests.web.test_accounts import person_link


def test_a_person_is_handed_over_after_a_preview(app, as_user, people):
    ask_all(app, people["dora"], step_of("any", [people["bob"].user_id]))
    request_id = submit(app, people["alice"])
    ada = as_user("ada")
    person = person_link(ada, "Bob")
    assert f'href="{person}/leave"' in ada.get(person).text
    page = ada.get(f"{person}/leave")
    assert "Approvals that wait for them 1" in text_of(page)
    assert "btn-danger" not in page.text
    bea = people["bea"].user_id
    preview = ada.get(f"{person}/leave?first={bea}")
    assert "→ Bea" in text_of(preview)
    assert re.search(rf'name="first" value="{bea}"', preview.text)
    assert ada.post(f"{person}/leave", data={"first": bea, "second": ""}).status_code == 303
    assert "Handed over: 1 approvals" in text_of(ada.get("/people"))
    assert waiting(app, people, request_id).keys() == {"bea"}


def test_a_successor_who_cannot_is_told_in_the_preview_and_refused(app, as_user, people):
    ask_all(app, people["dora"], step_of("any", [people["bob"].user_id]))
    submit(app, people["alice"])
    ada = as_user("ada")
    page = person_link(ada, "Bob") + "/leave"
    alice = people["alice"].user_id
    preview = ada.get(f"{page}?first={alice}")
    assert "can go to none of those chosen" in preview.text
    assert "btn-danger" not in preview.text
    assert ada.post(page, data={"first": alice}).status_code == 409
    assert ada.post(page, data={}).status_code == 422


def test_who_is_deactivated_with_approvals_open_is_pointed_out_until_they_are_handed_over(app, as_user, people):
    ask_all(app, people["dora"], step_of("any", [people["bob"].user_id]))
    submit(app, people["alice"])
    ada = as_user("ada")
    person = person_link(ada, "Bob")
    assert "1 approval waits for them" in text_of(ada.get(person))
    assert "approval waits" not in text_of(ada.get("/people"))
    ada.post(f"{person}/deactivate")
    assert "Deactivated 1 approval waits" in text_of(ada.get("/people"))
    assert "Nobody else is asked." in text_of(ada.get(person))
    ada.post(f"{person}/leave", data={"first": people["bea"].user_id, "second": ""})
    assert "approval waits" not in text_of(ada.get("/people"))
    assert "approval waits" not in text_of(ada.get(person))


def test_it_opens_to_administrators_of_the_company(as_user):
    page = person_link(as_user("ada"), "Bob") + "/leave"
    assert as_user("bob").get(page).status_code == 403
    assert as_user("bob").post(page, data={"first": "1"}).status_code == 403
    assert as_user("carl").get(page).status_code == 404
