"""Files beside comments and decisions through the pages, without a script, and through the REST API."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from tests.conftest import Browser
from tests.support.api import As
from tests.support.approvals import submit, waiting
from tests.support.pages import text_of

People = dict[str, Actor]
AsUser = Callable[[str], Browser]
PDF = b"%PDF-1.7 contract"
PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture
def request_id(app: Flask, people: People) -> int:
    return submit(app, people["alice"])


@pytest.fixture
def task_id(app: Flask, people: People, request_id: int) -> int:
    """A task that asks Bob and Bea, either of whom decides."""
    return waiting(app, people, request_id)["bob"]


def sent(*files: tuple[str, bytes], **entries: Any) -> dict[str, Any]:
    """A form with files, as a browser sends it."""
    return entries | {"new_files": [(BytesIO(data), name) for name, data in files]}


def links(page: TestResponse) -> list[str]:
    """Addresses of the files in a timeline."""
    return re.findall(r'href="(/requests/\d+/timeline/\d+/files/\d+)"', page.text)


def kept(page: TestResponse) -> list[str]:
    """Ids of the files that came back with a form."""
    return re.findall(r'name="files" value="(\d+)" checked', page.text)


def test_a_comment_with_files_stands_in_the_timeline_of_task_and_request(
    as_user: AsUser, request_id: int, task_id: int
) -> None:
    bob, alice = as_user("bob"), as_user("alice")
    form = sent(("合同.pdf", PDF), ("picture.png", PNG), comment="As agreed")
    assert bob.post(f"/inbox/{task_id}/comment", data=form).status_code == 303
    for page in (bob.get(f"/inbox/{task_id}"), alice.get(f"/requests/{request_id}")):
        assert "合同.pdf" in text_of(page)
        assert [alice.get(address).data for address in links(page)] == [PDF, PNG]


def test_a_file_is_served_as_a_file_and_as_nothing_else(as_user: AsUser, task_id: int) -> None:
    bob = as_user("bob")
    bob.post(f"/inbox/{task_id}/comment", data=sent(("a.pdf", PDF)))
    (address,) = links(bob.get(f"/inbox/{task_id}"))
    headers = bob.get(address).headers
    assert headers["Content-Disposition"] == "attachment; filename=a.pdf"
    assert (headers["X-Content-Type-Options"], headers["Content-Type"]) == ("nosniff", "application/pdf")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_a_decision_carries_files(as_user: AsUser, request_id: int, task_id: int, decision: str) -> None:
    form = sent(("a.pdf", PDF), decision=decision, comment="See the file")
    assert as_user("bob").post(f"/inbox/{task_id}", data=form).status_code == 303
    assert len(links(as_user("alice").get(f"/requests/{request_id}"))) == 1


def test_a_return_to_a_step_carries_files(as_user: AsUser, request_id: int, task_id: int) -> None:
    form = sent(("a.pdf", PDF), return_to="", comment="See the file")
    assert as_user("bob").post(f"/inbox/{task_id}/return", data=form).status_code == 303
    assert len(links(as_user("alice").get(f"/requests/{request_id}"))) == 1


@pytest.mark.parametrize("place", ["", "/comment"])
def test_a_bad_file_is_named_and_costs_neither_the_text_nor_the_good_files(
    as_user: AsUser, request_id: int, task_id: int, place: str
) -> None:
    bob = as_user("bob")
    form = sent(("good.pdf", PDF), ("bad.exe", b"MZ"), ("empty.pdf", b""), decision="approve", comment="With care")
    answer = bob.post(f"/inbox/{task_id}{place}", data=form)
    assert answer.status_code == 422
    said = text_of(answer)
    assert "“bad.exe” is not a PDF" in said
    assert "“empty.pdf” is empty or larger than 10 MB" in said
    assert ">With care</textarea>" in answer.text
    assert "good.pdf" in said
    again = {"decision": "approve", "comment": "With care", "files": kept(answer)}
    assert bob.post(f"/inbox/{task_id}{place}", data=again).status_code == 303
    (address,) = links(as_user("alice").get(f"/requests/{request_id}"))
    assert bob.get(address).data == PDF


def test_a_form_that_is_refused_for_its_text_keeps_its_files(as_user: AsUser, task_id: int) -> None:
    bob = as_user("bob")
    answer = bob.post(f"/inbox/{task_id}", data=sent(("a.pdf", PDF), decision="return", comment=""))
    assert (answer.status_code, len(kept(answer))) == (422, 1)
    assert "Give a reason" in text_of(answer)


def test_a_file_whose_box_is_empty_is_left_out(as_user: AsUser, request_id: int, task_id: int) -> None:
    bob = as_user("bob")
    answer = bob.post(f"/inbox/{task_id}/comment", data=sent(("a.pdf", PDF), ("b.exe", b"MZ"), comment="Fine"))
    assert len(kept(answer)) == 1
    bob.post(f"/inbox/{task_id}/comment", data={"comment": "Fine"})
    assert links(bob.get(f"/inbox/{task_id}")) == []


def test_more_than_twenty_files_are_too_many(as_user: AsUser, task_id: int) -> None:
    bob = as_user("bob")
    form = sent(*((f"{number}.pdf", PDF) for number in range(21)), comment="All of them")
    answer = bob.post(f"/inbox/{task_id}/comment", data=form)
    assert "A comment has at most 20 files" in text_of(answer)
    assert len(kept(answer)) == 21


def test_nothing_at_all_is_no_comment(as_user: AsUser, task_id: int) -> None:
    answer = as_user("bob").post(f"/inbox/{task_id}/comment", data=sent(comment=" "))
    assert answer.status_code == 422
    assert "Write a comment first, or attach a file." in text_of(answer)


def test_the_script_of_the_page_sends_a_file_ahead(as_user: AsUser, task_id: int) -> None:
    bob = as_user("bob")
    answer = bob.post(f"/inbox/{task_id}/files", data=sent(("a.pdf", PDF)))
    assert answer.status_code == 201
    (file,) = answer.get_json()
    assert (file["name"], file["size"]) == ("a.pdf", len(PDF))
    bad = bob.post(f"/inbox/{task_id}/files", data=sent(("a.exe", b"MZ")), headers={"Accept": "application/json"})
    assert bad.status_code == 422
    assert "“a.exe” is not a PDF" in bad.get_json()["errors"][0]["detail"]


def test_nobody_else_opens_a_file_or_sends_one(as_user: AsUser, task_id: int) -> None:
    as_user("bob").post(f"/inbox/{task_id}/comment", data=sent(("a.pdf", PDF)))
    (address,) = links(as_user("bob").get(f"/inbox/{task_id}"))
    for stranger in ("dora", "carol", "carl"):
        assert as_user(stranger).get(address).status_code == 404
        assert as_user(stranger).post(f"/inbox/{task_id}/files", data=sent(("a.pdf", PDF))).status_code == 404
    assert as_user("otto").get(address).status_code == 200  # audits
    assert as_user("otto").post(f"/inbox/{task_id}/files", data=sent(("a.pdf", PDF))).status_code == 403


@pytest.mark.parametrize("ids", ["x", "-1", "9" * 30, "²"])
def test_ids_that_are_none_are_left_out(as_user: AsUser, task_id: int, ids: str) -> None:
    bob = as_user("bob")
    assert bob.post(f"/inbox/{task_id}/comment", data={"comment": "Fine", "files": ids}).status_code == 303


class TestProgram:
    def send(self, program: As, request_id: int, name: str = "a.pdf", data: bytes = PDF) -> TestResponse:
        file = {"file": (BytesIO(data), name)}
        return program("bob").call("POST", f"/requests/{request_id}/uploads", data=file)

    def test_a_program_comments_with_files_and_reads_them(self, program: As, request_id: int) -> None:
        answer = self.send(program, request_id)
        assert answer.status_code == 201
        comment = {"files": [answer.get_json()["id"]]}
        assert program("bob").call("POST", f"/requests/{request_id}/comments", json=comment).status_code == 204
        line = program("alice").get(f"/requests/{request_id}")["timeline"][-1]
        assert [(file["name"], file["size"]) for file in line["files"]] == [("a.pdf", len(PDF))]
        path = f"/requests/{request_id}/timeline/{line['id']}/files/1"
        assert program("alice").call("GET", path).data == PDF
        assert program("dora").call("GET", path).status_code == 404

    def test_a_program_decides_with_files(self, program: As, request_id: int, task_id: int) -> None:
        file = self.send(program, request_id).get_json()["id"]
        program("bob").post(f"/inbox/{task_id}/decision", {"decision": "approve", "files": [file]})
        timeline = program("alice").get(f"/requests/{request_id}")["timeline"]
        (line,) = [line for line in timeline if line["action"] == "approve"]
        assert line["files"][0]["name"] == "a.pdf"

    def test_what_is_no_file_is_refused(self, program: As, request_id: int) -> None:
        assert self.send(program, request_id, "a.exe", b"MZ").get_json()["code"] == "attachment.type"
        assert self.send(program, request_id, "a.pdf", b"").get_json()["code"] == "attachment.size"
        nothing = program("bob").call("POST", f"/requests/{request_id}/comments", json={"files": []})
        assert nothing.get_json()["code"] == "comment.empty"
        many = program("bob").call("POST", f"/requests/{request_id}/comments", json={"files": list(range(1, 22))})
        assert many.status_code == 422
        unknown = program("bob").call("POST", f"/requests/{request_id}/comments", json={"files": [7]})
        assert (unknown.status_code, unknown.get_json()["code"]) == (404, "upload.not_found")
