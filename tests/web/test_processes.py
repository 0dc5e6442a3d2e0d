"""The flows in the browser: who may publish, and what a faulty or hostile file is answered with."""

from collections.abc import Callable
from io import BytesIO

import pytest

from tests.conftest import Browser
from workflows import BPMN_DIR, DMN_DIR

AsUser = Callable[[str], Browser]
BPMN = (BPMN_DIR / "invoice_request.bpmn").read_bytes()
DMN = (DMN_DIR / "approval_chain.dmn").read_bytes()
SCRIPT = b'<bpmn:scriptTask id="run"><bpmn:script>import os</bpmn:script></bpmn:scriptTask><bpmn:startEvent'


def upload(browser: Browser, *files: tuple[str, bytes], action: str = "publish") -> tuple[int, str]:
    parts = [(BytesIO(data), name) for name, data in files]
    answer = browser.post("/flows", data={"files": parts, "action": action, "note": "Shorter"})
    return answer.status_code, answer.text


def as_utf16(data: bytes) -> bytes:
    return data.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


HOSTILE = {
    "nothing in it": ([("a.bpmn", b"")], "not well-formed"),
    "another encoding": ([("a.bpmn", as_utf16(BPMN))], "not UTF-8"),
    "an encoding it is not in": ([("a.bpmn", BPMN.replace(b'"UTF-8"', b'"GBK"'))], "not UTF-8"),
    "a DOCTYPE": ([("a.bpmn", BPMN.replace(b"?>", b"?><!DOCTYPE x>", 1))], "DOCTYPE"),
    "a script": ([("a.bpmn", BPMN.replace(b"<bpmn:startEvent", SCRIPT, 1))], "in another language"),
    "an id that is reserved": ([("a.bpmn", BPMN.replace(b'"start"', b'"Start"'))], "is reserved"),
    "a service that is not there": ([("a.bpmn", BPMN.replace(b"request.escalate", b"os.system"))], "os.system"),
    "no process": ([("a.bpmn", b"<a/>")], "no executable process"),
    "elements without end": ([("a.bpmn", b"<a>" * 5000 + b"</a>" * 5000)], "not well-formed"),
    "two diagrams": ([("a.bpmn", BPMN), ("b.bpmn", BPMN)], "one .bpmn file"),
    "no diagram": ([("a.txt", b"x")], "one .bpmn file"),
    "a broken table": ([("a.bpmn", BPMN), ("t.dmn", b"<x")], "not well-formed"),
    "a table in another encoding": ([("a.bpmn", BPMN), ("t.dmn", as_utf16(DMN))], "not UTF-8"),
    "a wrong expression in a table": ([("a.bpmn", BPMN), ("t.dmn", DMN.replace(b"10000", b"1 +"))], "is wrong at"),
}


@pytest.mark.parametrize(("files", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_cannot_run_is_refused_with_a_reason(
    as_user: AsUser, files: list[tuple[str, bytes]], said: str
) -> None:
    dora = as_user("dora")
    status, page = upload(dora, *files)
    assert status == 422
    assert said in page
    assert "Version 2" not in dora.get("/flows").text


@pytest.mark.parametrize(("files", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_check_finds_what_publishing_would_refuse(as_user: AsUser, files: list[tuple[str, bytes]], said: str) -> None:
    _, page = upload(as_user("dora"), *files, action="check")
    assert said in page
    assert "No fault was found" not in page


def test_each_fault_is_shown_with_what_to_do(as_user: AsUser) -> None:
    dora = as_user("dora")
    files = [("a.bpmn", BPMN.replace(b'value="approval"', b'value="nobody_knows"'))]
    for action in ("check", "publish"):
        _, page = upload(dora, *files, action=action)
        assert "which does not exist" in page
        assert "to a form that exists" in page


def test_a_sound_file_is_checked_without_being_published(as_user: AsUser) -> None:
    dora = as_user("dora")
    status, page = upload(dora, ("a.bpmn", BPMN), action="check")
    assert (status, "No fault was found" in page) == (200, True)
    assert "Version 2" not in dora.get("/flows").text


def test_a_decision_is_known_by_its_id_whatever_its_file_is_called(as_user: AsUser) -> None:
    dora = as_user("dora")
    status, _ = upload(dora, ("a.bpmn", BPMN), ("my table (1).dmn", DMN.replace(b"10000", b"20000")))
    assert status == 303
    page = dora.get("/flows").text
    assert "approval_chain.dmn" in page
    assert "my table" not in page
    version = page.split('href="/flows/')[1].split('"')[0]
    assert "20000" in dora.get(f"/flows/{version}/approval_chain.dmn").text


def test_only_those_who_may_publish_do(as_user: AsUser) -> None:
    for name in ("alice", "bob", "fiona", "otto"):
        assert upload(as_user(name), ("a.bpmn", BPMN))[0] == 403


def test_another_company_finds_no_such_version(as_user: AsUser) -> None:
    page = as_user("dora").get("/flows").text
    version = page.split('href="/flows/')[1].split('"')[0]
    for path in ("", "/picture.bpmn", "/invoice_request.bpmn"):
        assert as_user("dora").get(f"/flows/{version}{path}").status_code == 200
        assert as_user("carol").get(f"/flows/{version}{path}").status_code == 404
