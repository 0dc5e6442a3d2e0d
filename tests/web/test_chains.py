"""The approval chains in the browser: change one, and be told what is wrong with it."""

from collections.abc import Callable

from tests.conftest import Browser

AsUser = Callable[[str], Browser]


def form(browser: Browser, **changes: str) -> dict[str, str]:
    page = browser.get("/chains/simple").text
    revision = page.split('name="revision" value="')[1].split('"')[0]
    return {
        "name": "Simple",
        "name_zh": "简易审批",
        "revision": revision,
        "lines.0.title": "First look",
        "lines.0.approver": "role:approver",
        "lines.0.due_hours": "8",
        **changes,
    }


def test_a_chain_is_changed_and_shown(as_user: AsUser) -> None:
    ada = as_user("ada")
    more = {"lines.3.title": "Last look", "lines.3.approver": "role:finance", "lines.3.due_hours": "24"}
    assert ada.post("/chains/simple", data=form(ada, **more)).status_code == 303
    page = ada.get("/chains").text
    assert page.index("First look") < page.index("Last look")


def test_a_step_without_sense_is_refused_beside_its_field_and_nothing_is_lost(as_user: AsUser) -> None:
    ada = as_user("ada")
    for entry, said in (
        ({"lines.0.title": ""}, "Please fill this in"),
        ({"lines.0.due_hours": "0"}, "lines.0.due_hours"),
        ({"lines.0.approver": "role:emperor"}, "choose a role"),
        ({"lines.0.approver": "user:99999"}, "choose a person"),
    ):
        answer = ada.post("/chains/simple", data=form(ada, **{"name_zh": "没有丢", **entry}))
        assert (answer.status_code, said in answer.text, "没有丢" in answer.text) == (422, True, True), entry
    assert "没有丢" not in ada.get("/chains").text


def test_a_chain_that_somebody_changed_meanwhile_is_a_conflict(as_user: AsUser) -> None:
    ada, dora = as_user("ada"), as_user("dora")
    seen = form(dora)
    ada.post("/chains/simple", data=form(ada))
    assert dora.post("/chains/simple", data=seen).status_code == 409


def test_rows_are_added_and_removed_without_a_script(as_user: AsUser) -> None:
    ada = as_user("ada")
    added = ada.post("/chains/simple", data=form(ada, action="add-line")).text
    assert 'name="lines.1.title"' in added
    removed = ada.post("/chains/simple", data=form(ada, action="remove-line.0")).text
    assert "First look" not in removed


def test_only_those_who_may_change_a_chain_do(as_user: AsUser) -> None:
    ada = as_user("ada")
    for name in ("alice", "bob", "fiona", "otto"):
        assert as_user(name).post("/chains/simple", data=form(ada)).status_code == 403


def test_a_chain_that_is_not_there_is_not_found(as_user: AsUser) -> None:
    assert as_user("ada").get("/chains/nowhere").status_code == 404
