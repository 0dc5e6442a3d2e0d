"""The pages of departments."""

import re

import pytest

from tests.support.pages import text_of
from tests.web.test_accounts import person_link


@pytest.fixture
def ada(as_user):
    return as_user("ada")


def make(browser, name, **given):
    """The address of a new department."""
    assert browser.post("/departments", data={"name": name, **given}).status_code == 303
    return re.search(rf'href="(/departments/\d+)">{name}<', browser.get("/departments").text)[1]


def test_the_tree_is_read_by_everybody_and_changed_by_administrators(ada, as_user, people):
    board = make(ada, "Board")
    sales = make(ada, "Sales", parent_id=board.rsplit("/", 1)[1], head_id=people["bob"].user_id)
    alice = as_user("alice")
    tree = alice.get("/departments")
    assert "Head: Bob · 0 people" in text_of(tree)
    assert "Make the department" not in tree.text
    assert "Head Bob" in text_of(alice.get(sales))
    assert "Save the department" not in alice.get(sales).text
    for path in ("/departments", board, f"{board}/close", f"{board}/reopen", f"{board}/people/1/remove"):
        assert alice.post(path, data={"name": "Mine"}).status_code == 403
    assert alice.post(f"{board}/people", data={"user_id": "1"}).status_code == 403


def test_faults_stand_beside_their_fields_and_the_form_stays_filled(ada):
    make(ada, "Board")
    answer = ada.post("/departments", data={"name": "Board", "name_zh": "总经办"})
    assert answer.status_code == 422
    assert "There is a department “Board” already." in answer.text
    assert 'value="总经办"' in answer.text


def test_a_move_below_itself_is_refused_on_the_page(ada):
    board = make(ada, "Board")
    sales = make(ada, "Sales", parent_id=board.rsplit("/", 1)[1])
    answer = ada.post(board, data={"name": "Board", "parent_id": sales.rsplit("/", 1)[1]})
    assert answer.status_code == 422
    assert "“Board” cannot go below “Sales”" in answer.text
    assert "Sales</option>" not in ada.get(board).text


def test_people_come_and_go_and_an_empty_department_closes(ada, people):
    sales = make(ada, "Sales")
    alice = people["alice"].user_id
    assert ada.post(f"{sales}/people", data={"user_id": alice, "is_primary": "true"}).status_code == 303
    assert "Take Alice out" in ada.get(sales).text
    refused = ada.post(f"{sales}/close")
    assert (refused.status_code, "such as Alice" in refused.text) == (409, True)
    assert ada.post(f"{sales}/people/{alice}/remove").status_code == 303
    assert ada.post(f"{sales}/close").status_code == 303
    assert "Closed departments" in ada.get("/departments").text
    assert "Use it again" in ada.get(sales).text
    assert ada.post(f"{sales}/reopen").status_code == 303
    assert ada.post(f"{sales}/people", data={}).status_code == 422


def test_the_department_of_a_person_is_chosen_on_their_page(ada):
    make(ada, "Sales")
    link = person_link(ada, "Bob")
    chosen = re.search(r'<option value="(\d+)">Sales</option>', ada.get(link).text)[1]
    assert ada.post(f"{link}/department", data={"department_id": chosen}).status_code == 303
    assert f'<option value="{chosen}" selected>Sales</option>' in ada.get(link).text
    assert 'data-label="Department">Sales<' in ada.get("/people").text
    assert ada.post(f"{link}/department", data={"department_id": "99"}).status_code == 404
    assert ada.post(f"{link}/department", data={"department_id": ""}).status_code == 303
    assert 'data-label="Department">–<' in ada.get("/people").text


def test_another_companys_department_is_not_there(ada, as_user):
    sales = make(ada, "Sales")
    carl = as_user("carl")
    assert carl.get(sales).status_code == 404
    assert carl.post(sales, data={"name": "Mine"}).status_code == 404
