"""The REST API on its main path, with tokens only: from a customer to an invoice in the register."""

from io import BytesIO
from typing import Any

from tests.support.api import As, Program, decide, make_customer, request_body

PDF = b"%PDF-1.7\n%%EOF"


def test_a_program_takes_a_request_from_the_customer_to_the_register(program: As) -> None:
    alice, bob, fiona = program("alice"), program("bob"), program("fiona")
    customer = make_customer(alice)
    draft = alice.post("/requests", request_body(customer), 201)
    assert (draft["number"], draft["stage"], draft["gross"]) == (None, "draft", "106.00")

    sent = alice.post(f"/requests/{draft['id']}/submit")
    assert sent["stage"] == "in_approval"
    decide(bob, sent["number"], "approve")
    decide(fiona, sent["number"], "approve", comment="In order.")
    decide(fiona, sent["number"], "issue", channel="simulator")

    document = alice.get(f"/requests/{draft['id']}")
    assert document["request"]["stage"] == "issued"
    assert [action["action"] for action in document["timeline"]] == ["submit", "approve", "approve", "issue"]
    assert document["timeline"][2]["comment"] == "In order."

    found = fiona.get("/invoices", customer_id=customer["id"])
    (invoice,) = found["items"]
    assert found["sums"] == {"count": 1, "net": "100.00", "tax": "6.00", "gross": "106.00"}
    assert (invoice["request_number"], invoice["is_sample"]) == (sent["number"], True)
    assert fiona.get(f"/invoices/{invoice['id']}")["invoice"]["lines"][0]["tax"] == "6.00"
    assert fiona.get("/register/verification")["is_whole"] is True
    (entry,) = fiona.get(f"/invoices/{invoice['id']}/register-entries")["items"]
    assert entry["sequence"] == 1


def test_papers_come_as_pdf(program: As) -> None:
    alice, bob, fiona = program("alice"), program("bob"), program("fiona")
    sent = _submitted(alice)
    decide(bob, sent["number"], "approve")
    decide(fiona, sent["number"], "approve")
    decide(fiona, sent["number"], "issue", channel="simulator")
    invoice = alice.get(f"/requests/{sent['id']}")["invoice"]
    for path in (f"/requests/{sent['id']}/sheet.pdf", f"/invoices/{invoice['id']}/preview.pdf"):
        answer = alice.call("GET", path)
        assert answer.data.startswith(b"%PDF")
        assert answer.mimetype == "application/pdf"


def test_the_register_comes_as_a_workbook(program: As) -> None:
    answer = program("otto").call("GET", "/invoices/export.xlsx", query_string={"since": "2026-01-01"})
    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")


def test_a_program_asks_for_whom_it_acts(program: As) -> None:
    account = program("otto").get("/account")
    assert (account["user"]["name"], account["company"]["name"], account["roles"]) == ("Otto", "Acme", ["auditor"])
    assert "request:read_all" in account["permissions"]
    assert "request:submit" not in account["permissions"]


class TestCustomers:
    def test_are_listed_page_by_page_without_a_gap(self, program: As) -> None:
        alice = program("alice")
        for letter in "cab":
            alice.post("/customers", {"name": f"Company {letter}", "header": {"kind": "foreign"}}, 201)
        first = alice.get("/customers", limit=2)
        second = alice.get("/customers", limit=2, next=first["next"])
        assert [row["name"] for row in first["items"] + second["items"]] == ["Company a", "Company b", "Company c"]
        assert (first["total"], second["next"]) == (3, None)

    def test_are_changed_as_a_whole_and_only_as_last_read(self, program: As) -> None:
        alice = program("alice")
        customer = make_customer(alice)
        body = {"name": customer["name"], "grade": "A", "revision": customer["revision"]}
        assert alice.put(f"/customers/{customer['id']}", body)["grade"] == "A"
        answer = alice.call("PUT", f"/customers/{customer['id']}", json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "customer.stale")

    def test_a_changed_header_is_a_new_version_and_the_old_one_stays(self, program: As) -> None:
        alice = program("alice")
        customer = make_customer(alice)
        old = customer["headers"][0]
        new = alice.put(f"/headers/{old['id']}", {"title": "腾讯科技", "tax_id": old["tax_id"]})
        assert new["supersedes_id"] == old["id"]
        versions = alice.get(f"/customers/{customer['id']}/headers")["items"]
        assert [(row["id"], row["valid_to"] is None) for row in versions] == [(new["id"], True), (old["id"], False)]

    def test_get_further_headers_a_default_and_an_end(self, program: As) -> None:
        alice = program("alice")
        customer = make_customer(alice)
        added = alice.post(f"/customers/{customer['id']}/headers", {"title": "Branch", "kind": "foreign"}, 201)
        assert alice.post(f"/headers/{added['id']}/default")["is_default"] is True
        assert alice.post(f"/headers/{added['id']}/retire")["valid_to"].endswith("Z")
        assert alice.get(f"/headers/{added['id']}")["is_default"] is False
        assert alice.post(f"/customers/{customer['id']}/deactivate")["is_active"] is False
        assert alice.post(f"/customers/{customer['id']}/reactivate")["is_active"] is True

    def test_a_tax_number_is_judged_as_in_the_form(self, program: As) -> None:
        alice = program("alice")
        check = alice.post("/tax-number-checks", {"number": "91350100M000100Y44"})
        assert check["verdict"]["level"] == "error"
        assert check["objection"]["code"] == "taxid.checksum"
        assert "91350100M000100Y44" in check["objection"]["detail"]
        assert alice.post("/tax-number-checks", {"number": "91350100m000100y43"})["objection"] is None

    def test_a_persons_number_is_masked_for_those_who_do_not_edit_customers(self, program: As) -> None:
        alice, bob = program("alice"), program("bob")
        person = {"name": "张三", "header": {"kind": "person", "tax_id": "11010519491231002X"}}
        customer = alice.post("/customers", person, 201)
        assert customer["headers"][0]["tax_id"] == "11010519491231002X"
        seen = bob.get(f"/customers/{customer['id']}")["headers"][0]["tax_id"]
        assert seen != "11010519491231002X"
        assert "*" in seen


class TestRequests:
    def test_are_previewed_without_being_saved(self, program: As) -> None:
        alice = program("alice")
        customer = make_customer(alice)
        preview = alice.post("/requests/preview", request_body(customer))
        assert preview["totals"] == {"net": "100.00", "tax": "6.00", "gross": "106.00"}
        assert [person["name"] for person in preview["approvers"]["steps"][0]["people"]] == ["Bob", "Bea"]
        assert alice.get("/requests")["items"] == []

    def test_say_line_by_line_what_cannot_be_computed(self, program: As) -> None:
        alice = program("alice")
        lines = [{"name": "a", "amount": "1"}, {"name": "b", "quantity": "2"}]
        preview = alice.post("/requests/preview", {"lines": lines})
        assert preview["lines"][0]["amounts"]["gross"] == "1.00"
        assert preview["lines"][1]["refusal"]["field"] == "lines.1.amount"
        answer = alice.call("POST", "/requests", json={"lines": lines})
        assert answer.status_code == 422
        assert [(part["field"], bool(part["detail"])) for part in answer.json["errors"]] == [("lines.1.amount", True)]

    def test_are_changed_only_as_last_read(self, program: As) -> None:
        alice = program("alice")
        customer = make_customer(alice)
        draft = alice.post("/requests", request_body(customer), 201)
        body = request_body(customer, {"name": "x", "amount": "50.00"}, revision=draft["revision"])
        assert alice.put(f"/requests/{draft['id']}", body)["gross"] == "50.00"
        answer = alice.call("PUT", f"/requests/{draft['id']}", json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "request.stale")

    def test_submitted_twice_are_submitted_once(self, program: As) -> None:
        alice = program("alice")
        sent = _submitted(alice)
        answer = alice.call("POST", f"/requests/{sent['id']}/submit")
        assert (answer.status_code, answer.json["code"]) == (409, "request.not_editable")

    def test_incomplete_ones_are_refused_with_every_reason(self, program: As) -> None:
        alice = program("alice")
        draft = alice.post("/requests", {}, 201)
        answer = alice.call("POST", f"/requests/{draft['id']}/submit")
        assert answer.json["code"] == "request.blocked"
        assert {"request.customer", "request.header", "request.lines_missing"} <= {
            part["code"] for part in answer.json["errors"]
        }

    def test_are_withdrawn_copied_and_discarded(self, program: As) -> None:
        alice = program("alice")
        sent = _submitted(alice)
        assert alice.post(f"/requests/{sent['id']}/withdraw")["stage"] == "withdrawn"
        copy = alice.post(f"/requests/{sent['id']}/copy", status=201)
        assert (copy["number"], copy["gross"]) == (None, sent["gross"])
        assert alice.call("DELETE", f"/requests/{copy['id']}").status_code == 204
        assert alice.call("GET", f"/requests/{copy['id']}").status_code == 404
        assert alice.call("DELETE", f"/requests/{sent['id']}").status_code == 204
        assert alice.get(f"/requests/{sent['id']}")["request"]["stage"] == "cancelled"

    def test_are_found_by_stage_and_text_and_counted(self, program: As) -> None:
        alice = program("alice")
        sent = _submitted(alice)
        draft = alice.post("/requests", {"reason": "later"}, 201)
        assert [row["id"] for row in alice.get("/requests")["items"]] == [draft["id"], sent["id"]]
        assert [row["id"] for row in alice.get("/requests", stage="draft")["items"]] == [draft["id"]]
        assert [row["id"] for row in alice.get("/requests", q=sent["number"])["items"]] == [sent["id"]]
        first = alice.get("/requests", limit=1)
        assert [row["id"] for row in alice.get("/requests", limit=1, next=first["next"])["items"]] == [sent["id"]]
        assert alice.get("/requests/counts")["stages"]["in_approval"] == 1

    def test_carry_attachments(self, program: As) -> None:
        alice = program("alice")
        draft = alice.post("/requests", {}, 201)
        answer = alice.call(
            "POST", f"/requests/{draft['id']}/attachments", data={"file": (BytesIO(PDF), "contract.pdf")}
        )
        assert answer.status_code == 201, answer.text
        assert answer.json["size"] == len(PDF)
        loaded = alice.call("GET", answer.headers["Location"].removeprefix("/api/v1"))
        assert loaded.data == PDF
        assert loaded.headers["Content-Disposition"].startswith("attachment")
        path = f"/requests/{draft['id']}/attachments/{answer.json['id']}"
        assert alice.call("DELETE", path).status_code == 204
        assert alice.call("GET", path).status_code == 404

    def test_offer_the_item_library(self, program: As) -> None:
        items = program("alice").get("/tax-items")["items"]
        assert {"name", "tax_code", "rate"} <= items[0].keys()


class TestTheInbox:
    def test_a_task_answered_twice_has_one_winner(self, program: As) -> None:
        alice, bob, bea = program("alice"), program("bob"), program("bea")
        _submitted(alice)
        (task,) = bob.get("/inbox")["items"]
        detail = bob.get(f"/inbox/{task['id']}")
        assert (detail["may_answer"], detail["decisions"]) == (True, ["approve", "return", "reject"])
        bob.post(f"/inbox/{task['id']}/decision", {"decision": "approve"})
        answer = bea.call("POST", f"/inbox/{task['id']}/decision", json={"decision": "approve"})
        assert (answer.status_code, answer.json["code"]) == (409, "task.closed")
        assert "Bob" in answer.json["detail"]
        assert bob.get("/inbox", view="done")["items"][0]["closed_by"]["name"] == "Bob"

    def test_returning_needs_a_reason(self, program: As) -> None:
        bob = program("bob")
        sent = _submitted(program("alice"))
        (task,) = bob.get("/inbox")["items"]
        answer = bob.call("POST", f"/inbox/{task['id']}/decision", json={"decision": "return"})
        assert (answer.status_code, answer.json["field"]) == (422, "comment")
        decide(bob, sent["number"], "return", comment="Which contract?")
        assert program("alice").get(f"/requests/{sent['id']}")["request"]["stage"] == "returned"

    def test_a_program_approves_several_and_hears_what_was_refused(self, program: As) -> None:
        bob, alice = program("bob"), program("alice")
        _submitted(alice)
        (task,) = bob.get("/inbox")["items"]
        result = bob.post("/inbox/approvals", {"task_ids": [task["id"], 999_999]})
        assert [(row["task_id"], row["refusal"] is None) for row in result["items"]] == [
            (task["id"], True),
            (999_999, False),
        ]
        assert result["items"][1]["refusal"]["code"] == "task.not_found"
        assert bob.get("/inbox/counts")["views"] == {
            "open": 0,
            "at_risk": 0,
            "for_others": 0,
            "snoozed": 0,
            "done": 1,
            "by_others": 0,
            "started": 0,
            "copies": 0,
        }


def _submitted(alice: Program) -> Any:
    draft = alice.post("/requests", request_body(make_customer(alice)), 201)
    return alice.post(f"/requests/{draft['id']}/submit")
