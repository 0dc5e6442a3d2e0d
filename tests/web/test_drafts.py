"""The designer's desk over HTTP: its pages, and what its script asks."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from tests.conftest import Browser
from tests.support.approvals import submit
from tests.support.requests import decide

AsUser = Callable[[str], Browser]
FILE = "/files/invoice_request.bpmn"


@pytest.fixture
def dora(as_user: AsUser) -> Browser:
    return as_user("dora")


@pytest.fixture
def draft(dora: Browser) -> str:
    """The address of a new draft of the shipped flow."""
    return dora.post("/drafts", data={"key": "invoice_request"}).location


def read(browser: Browser, address: str) -> dict[str, Any]:
    return dict(browser.get(address).json)


def save(browser: Browser, draft: str, text: str, based_on: int) -> TestResponse:
    return browser.put(draft + FILE, json={"text": text, "based_on": based_on})


def test_the_flows_page_leads_to_a_draft_and_the_draft_to_its_files(dora: Browser, draft: str) -> None:
    assert 'action="/drafts"' in dora.get("/flows").text
    page = dora.get(draft)
    assert f'data-draft="{draft}"' in page.text
    assert 'data-file="approval_chain.dmn"' in page.text


def test_styles_may_be_set_in_the_editor_and_nowhere_else(dora: Browser, draft: str) -> None:
    in_editor = dora.get(draft).headers["Content-Security-Policy"]
    assert "style-src-attr 'unsafe-inline'" in in_editor
    assert "unsafe-eval" not in in_editor
    assert "style-src-attr" not in dora.get("/flows").headers["Content-Security-Policy"]


def test_the_editor_offers_what_the_product_has(dora: Browser, draft: str) -> None:
    page = dora.get(draft).text
    for offered in ("chain.resolve", "approval", "finance"):
        assert f'"id": "{offered}"' in page


def test_a_saved_text_comes_back_with_its_number_and_what_is_wrong_with_it(dora: Browser, draft: str) -> None:
    file = read(dora, draft + FILE)
    answer = save(dora, draft, file["text"].replace("request.escalate", "os.system"), file["number"])
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["number"] == 2
    worst = answer.json["findings"][0]
    assert (worst["element"], worst["severity"]) == ("escalate", "error")
    assert "os.system" in worst["message"]
    assert "os.system" in read(dora, draft + FILE)["text"]
    assert read(dora, draft + "/findings")["findings"] == answer.json["findings"]


def test_findings_are_said_in_the_language_of_the_reader(dora: Browser, draft: str) -> None:
    save(dora, draft, "<broken", 1)
    dora.post("/language", data={"language": "zh"})
    assert "文件" in read(dora, draft + "/findings")["findings"][0]["message"]


def test_who_is_overtaken_gets_both_numbers_and_chooses(as_user: AsUser, dora: Browser, draft: str) -> None:
    ada = as_user("ada")
    text = read(dora, draft + FILE)["text"]
    assert save(ada, draft, text + "<!-- ada -->", 1).status_code == 200
    refused = save(dora, draft, text + "<!-- dora -->", 1)
    assert refused.status_code == 409
    assert refused.json is not None
    assert (refused.json["number"], refused.json["current"]) == (3, 2)
    assert "<!-- dora -->" in read(dora, f"{draft}{FILE}/3")["text"]
    chosen = dora.post(f"{draft}{FILE}/step", json={"to": "number", "number": 3})
    assert chosen.json is not None
    assert "<!-- dora -->" in chosen.json["text"]


def test_undo_and_redo_go_through_the_history(dora: Browser, draft: str) -> None:
    first = read(dora, draft + FILE)["text"]
    save(dora, draft, first + "<!-- more -->", 1)
    back = dora.post(f"{draft}{FILE}/step", json={"to": "undo"})
    assert back.json is not None
    assert (back.json["text"], back.json["number"]) == (first, 1)
    assert dora.post(f"{draft}{FILE}/step", json={"to": "undo"}).status_code == 409
    again = dora.post(f"{draft}{FILE}/step", json={"to": "redo"})
    assert again.json is not None
    assert again.json["number"] == 2


def test_an_earlier_text_is_shown_as_a_picture_in_the_readers_language(dora: Browser, draft: str) -> None:
    dora.post("/language", data={"language": "zh"})
    picture = dora.get(f"{draft}{FILE}/1/picture.bpmn")
    assert picture.mimetype == "application/xml"
    assert 'name="审批申请"' in picture.text


@pytest.mark.parametrize(
    "sent",
    [{}, {"text": "x"}, {"text": 1, "based_on": 1}, {"text": "x", "based_on": 0}, {"text": "x", "based_on": 2**70}, []],
    ids=["nothing", "no number", "no text", "number nought", "a number without end", "no object"],
)
def test_what_the_script_cannot_have_sent_is_refused(dora: Browser, draft: str, sent: Any) -> None:
    assert dora.put(draft + FILE, json=sent).status_code == 422
    assert read(dora, draft + FILE)["number"] == 1


def test_a_tab_learns_who_else_is_there_and_whether_it_may_edit(as_user: AsUser, dora: Browser, draft: str) -> None:
    ada = as_user("ada")
    first = dora.post(f"{draft}/visit", json={"tab": "tab number one"}).json
    second = ada.post(f"{draft}/visit", json={"tab": "tab number two"}).json
    assert first == {
        "may_edit": True, "others": [], "numbers": {"invoice_request.bpmn": 1, "approval_chain.dmn": 1},
    }  # fmt: skip
    assert second is not None
    assert second["may_edit"] is False
    assert [other["is_editing"] for other in second["others"]] == [True]
    taken = ada.post(f"{draft}/visit", json={"tab": "tab number two", "takes_over": True}).json
    assert taken is not None
    assert taken["may_edit"] is True
    assert ada.post(f"{draft}/leave", data={"tab": "tab number two"}).status_code == 204
    assert ada.post(f"{draft}/visit", json={"tab": "x"}).status_code == 422


def test_the_review_says_what_changes_and_publishing_makes_the_next_version(dora: Browser, draft: str) -> None:
    text = read(dora, draft + FILE)["text"]
    save(dora, draft, text.replace('name="Approve request"', 'name="Sign off"'), 1)
    review = dora.get(f"{draft}/publish").text
    assert "“Approve request” is now called “Sign off”." in review
    done = dora.post(f"{draft}/publish", data={"note": "A better word"})
    assert done.status_code == 303
    shown = dora.get(done.location).text
    assert "Version 2" in shown
    assert "A better word" in shown


def test_the_review_runs_the_test_cases_of_the_flow_and_names_those_that_fail(dora: Browser, draft: str) -> None:
    assert "14 test cases of the flow pass" in dora.get(f"{draft}/publish").text
    table = read(dora, f"{draft}/files/approval_chain.dmn")
    changed = {"text": table["text"].replace('"simple"', '"extended"'), "based_on": table["number"]}
    dora.put(f"{draft}/files/approval_chain.dmn", json=changed)
    review = dora.get(f"{draft}/publish").text
    assert "of the flow fail" in review
    assert "Failed" in dora.get(f"{draft}/cases").text


def test_past_requests_are_run_again_on_the_draft(
    app: Flask, people: dict[str, Actor], dora: Browser, draft: str
) -> None:
    request_id = submit(app, people["alice"])
    with app.app_context():
        decide(people["bob"], request_id, "reject", "no contract")
    assert "Every request would go the way that it went." in dora.get(f"{draft}/replay?limit=50").text
    text = read(dora, draft + FILE)["text"]
    save(dora, draft, text.replace('"mark_rejected"', '"refuse"').replace(">mark_rejected<", ">refuse<"), 1)
    assert "1 request would go differently." in dora.get(f"{draft}/replay").text


def test_a_faulty_draft_is_not_published_and_says_why(dora: Browser, draft: str) -> None:
    text = read(dora, draft + FILE)["text"]
    save(dora, draft, text.replace("request.escalate", "os.system"), 1)
    assert "disabled" in dora.get(f"{draft}/publish").text
    refused = dora.post(f"{draft}/publish", data={"note": "No"})
    assert refused.status_code == 422
    assert "Nothing was published" in refused.text
    assert "Version 2" not in dora.get("/flows").text


def test_a_draft_that_somebody_overtook_shows_so_before_it_is_published(dora: Browser, draft: str) -> None:
    text = read(dora, draft + FILE)["text"]
    save(dora, draft, text.replace('name="Approve request"', 'name="Sign off"'), 1)
    other = text.replace('name="Escalate"', 'name="Hurry"').encode()
    dora.post("/flows", data={"files": [(BytesIO(other), "a.bpmn")], "action": "publish", "note": ""})
    assert dora.post(f"{draft}/publish", data={"note": ""}).status_code == 409
    review = dora.get(f"{draft}/publish").text
    assert 'name="over" value="2"' in review
    assert "“Hurry” is now called “Escalate”." in review
    assert dora.post(f"{draft}/publish", data={"note": "", "over": "2"}).status_code == 303


def test_a_discarded_draft_offers_to_be_taken_up_again(dora: Browser, draft: str) -> None:
    assert dora.post(f"{draft}/discard").status_code == 303
    assert f'action="{draft}/reopen"' in dora.get(draft).text
    assert save(dora, draft, "x", 1).status_code == 409
    assert dora.post(f"{draft}/reopen").status_code == 303
    assert save(dora, draft, "x", 1).status_code == 200


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_who_may_not_publish_gets_to_no_draft(as_user: AsUser, draft: str, name: str) -> None:
    visitor = as_user(name)
    assert visitor.post("/drafts", data={"key": "invoice_request"}).status_code == 403
    for address in (draft, draft + FILE, f"{draft}/findings", f"{draft}/publish"):
        assert visitor.get(address).status_code == 403
    assert visitor.post(f"{draft}/visit", json={"tab": "tab number one"}).status_code == 403


def test_another_companys_draft_is_not_there(as_user: AsUser, draft: str) -> None:
    carl = as_user("carl")
    for address in (draft, draft + FILE, f"{draft}/findings", f"{draft}/publish"):
        assert carl.get(address).status_code == 404
    assert save(carl, draft, "x", 1).status_code == 404


def take(browser: Browser, draft: str, *files: tuple[str, bytes]) -> TestResponse:
    parts = [(BytesIO(data), name) for name, data in files]
    return browser.post(f"{draft}/files", data={"files": parts})


CAMUNDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="x">
  <bpmn:process id="theirs" isExecutable="true"><bpmn:startEvent id="begin"><bpmn:outgoing>f</bpmn:outgoing>
  </bpmn:startEvent><bpmn:sequenceFlow id="f" sourceRef="begin" targetRef="ask"/>
  <bpmn:userTask id="ask" camunda:candidateGroups="finance"><bpmn:incoming>f</bpmn:incoming></bpmn:userTask>
  </bpmn:process></bpmn:definitions>"""


def test_a_diagram_of_another_tool_is_put_into_our_words_and_can_be_taken_back(dora: Browser, draft: str) -> None:
    before = read(dora, draft + FILE)["text"]
    page = take(dora, draft, ("their.bpmn", CAMUNDA))
    assert page.status_code == 200
    assert "“theirs” is now called “invoice_request”." in page.text
    assert "Left to decide:" in page.text
    now = read(dora, draft + FILE)["text"]
    assert 'id="invoice_request"' in now
    assert "camunda:candidateGroups" not in now
    assert dora.post(f"{draft}{FILE}/restore", data={"number": "1"}).status_code == 303
    assert read(dora, draft + FILE)["text"] == before


def test_the_package_of_a_draft_can_be_taken_into_another(as_user: AsUser, dora: Browser, draft: str) -> None:
    text = read(dora, draft + FILE)["text"].replace('name="Approve request"', 'name="Sign off"')
    save(dora, draft, text, 1)
    package = dora.get(f"{draft}/package.zip").data
    assert package == dora.get(f"{draft}/package.zip").data
    carl = as_user("carl")
    theirs = carl.post("/drafts", data={"key": "invoice_request"}).location
    assert take(carl, theirs, ("flow.zip", package)).status_code == 200
    assert read(carl, theirs + FILE)["text"] == text


def test_a_decision_file_takes_the_place_of_the_one_with_its_decisions(dora: Browser, draft: str) -> None:
    table = read(dora, f"{draft}/files/approval_chain.dmn")["text"]
    changed = table.replace('"simple"', '"standard"')
    assert take(dora, draft, ("Any Name.DMN", changed.encode())).status_code == 200
    assert read(dora, f"{draft}/files/approval_chain.dmn")["text"] == changed
    other = table.replace('"approval_chain"', '"another"')
    take(dora, draft, ("new.dmn", other.encode()))
    assert read(dora, f"{draft}/files/another.dmn")["text"] == other


def package_of(*files: tuple[str, bytes]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.bpmn", b"<broken", "not well-formed"),
        ("a.bpmn", b"<!DOCTYPE x><x/>", "DOCTYPE"),
        ("a.dmn", b"<broken", "not well-formed"),
        ("a.exe", b"MZ", "this kind of file cannot be taken"),
        ("a.zip", b"PK\x03\x04 and no more", "no package that can be read"),
        ("a.zip", package_of(), "Choose one diagram"),
        ("a.zip", package_of(("a.bpmn", CAMUNDA), ("b.bpmn", CAMUNDA)), "Choose one diagram"),
        ("a.zip", package_of(("a.bpmn", b" " * 3_000_000)), "larger than"),
        ("a.zip", package_of(*((f"{number}.dmn", b"") for number in range(60))), "more than 50 files"),
    ],
    ids=["broken", "doctype", "broken table", "program", "broken package", "empty package", "two", "bomb", "many"],
)
def test_a_file_that_cannot_be_taken_is_named_and_nothing_is(
    dora: Browser, draft: str, name: str, data: bytes, said: str
) -> None:
    refused = take(dora, draft, (name, data))
    assert refused.status_code == 422
    assert said in refused.text
    assert read(dora, draft + FILE)["number"] == 1


def test_what_is_wrong_with_a_file_is_said_in_the_language_of_the_reader(dora: Browser, draft: str) -> None:
    dora.post("/language", data={"language": "zh"})
    assert "a.bpmn：文件不是格式正确的 XML" in take(dora, draft, ("a.bpmn", b"<broken")).text


def test_the_editor_offers_the_decisions_of_the_drafts_own_files(dora: Browser, draft: str) -> None:
    assert '"decisions": [{"id": "approval_chain"' in dora.get(draft).text


def test_the_editor_learns_which_variables_an_expression_can_read(dora: Browser, draft: str) -> None:
    elements = read(dora, f"{draft}{FILE}/variables")["elements"]
    assert elements["step_left"]["chain"] == "resolve_chain"
    assert "step_place" not in elements["approve"]


def test_a_text_that_is_no_diagram_has_no_variables(dora: Browser, draft: str) -> None:
    number = read(dora, draft + FILE)["number"]
    assert save(dora, draft, "<no", number).status_code == 200
    assert read(dora, f"{draft}{FILE}/variables")["elements"] == {}
