"""The page of somebody from outside the company: it opens by a link, and decides one turn once."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from models.audit import AuditEntry
from models.db import db, utc_now
from models.errors import Conflict
from models.notices import MailLink, OutboxMessage
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox, requests
from tests.conftest import Browser
from tests.support.approvals import act, approval_of, put_steps, submit, waiting
from tests.support.outsiders import LI, MING, asks_outside, link_in, link_to, mails_to, token_of

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def request_id(app: Flask, people: People) -> int:
    """A request that waits for Ming from outside and for Bob, who must both agree."""
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="all"))
    return submit(app, people["alice"])


@pytest.fixture
def link(app: Flask, request_id: int) -> str:
    return link_to(app, MING["mail"])


def press(browser: Browser, link: str, decision: str = "approve", comment: str = "", **headers: str) -> TestResponse:
    data = {"decision": decision, "comment": comment}
    return browser.post(link, data=data, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"} | headers)


def states(app: Flask, people: People, request_id: int) -> Mapping[str, str]:
    with app.app_context():
        task = requests.read_document(people["alice"], request_id).tasks[-1]
        return {signer.name: signer.status.value for signer in task.signers}


def test_the_mail_says_who_asks_for_what_and_until_when_and_holds_one_link(app: Flask, request_id: int) -> None:
    (letter,) = mails_to(app, MING["mail"])
    assert letter.title.startswith("Acme")
    for part in ("Ming, Acme", "KP-", "腾讯科技", "106.00", "Requested by: Alice", "Due: ", "do not forward"):
        assert part in letter.body
    assert letter.body.count("/decide/") == 1
    assert "{approval-link}" not in letter.body


def test_looking_however_often_and_by_whichever_program_decides_nothing(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    for _ in range(2):
        page = client.get(f"{link}?decision=approve")
        assert client.head(link).status_code == 200
        assert client.options(link).status_code in (200, 405)
    for part in ("Acme", "KP-", "腾讯科技", "106.00", "Alice", "软件开发服务", "Nothing has happened yet"):
        assert part in page.text
    assert "checked" not in page.text
    assert states(app, people, request_id) == {"Bob": "open", "Ming": "open"}


def test_the_page_is_kept_nowhere_and_tells_no_other_site_its_address(link: str, client: Browser) -> None:
    closed = press(client, link)
    for answer in (client.get(link), closed, press(client, link), client.get("/decide/1." + "0" * 64)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_what_colleagues_say_about_it_is_not_shown(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    act(app, people["bob"], "comment_on", request_id=request_id, text="They always pay late")
    page = client.get(link)
    assert page.status_code == 200
    for part in ("They always pay late", "Bob", "/requests/", "/inbox"):
        assert part not in page.text


def test_a_press_answers_and_the_same_page_then_says_so(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    answer = press(client, link, comment="In order")
    assert (answer.status_code, answer.location) == (303, link)
    assert states(app, people, request_id) == {"Bob": "open", "Ming": "approved"}
    page = client.get(link)
    assert page.status_code == 200
    assert "You approved this request at" in page.text
    assert "106.00" not in page.text
    again = press(client, link, "reject", "Changed my mind")
    assert again.status_code == 409
    assert "You approved this request at" in again.text
    act(app, people["bob"], "decide", task_id=waiting(app, people, request_id)["bob"], decision="approve")
    assert "You approved this request at" in client.get(link).text


@pytest.mark.parametrize(
    ("decision", "said", "approval"), [("reject", "You rejected", "rejected"), ("return", "You returned", "returned")]
)
def test_a_refusal_and_a_return_need_a_reason_and_reach_the_applicant(
    app: Flask, people: People, request_id: int, link: str, client: Browser, decision: str, said: str, approval: str
) -> None:
    missing = press(client, link, decision)
    assert missing.status_code == 422
    assert "Give a reason" in missing.text
    assert press(client, link, decision, "Wrong header").status_code == 303
    assert said in client.get(link).text
    assert approval_of(app, people["alice"], request_id) == approval


def test_no_decision_and_one_that_the_step_does_not_allow_are_refused(
    app: Flask, people: People, client: Browser
) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, verbs=["reject"]))
    request_id = submit(app, people["alice"])
    link = link_to(app, MING["mail"])
    assert 'value="return"' not in client.get(link).text
    assert press(client, link, "").status_code == 422
    assert press(client, link, "issue", "So there").status_code == 422
    assert press(client, link, "return", "So there").status_code == 403
    assert states(app, people, request_id) == {"Ming": "open"}


def test_who_was_faster_is_named_to_whoever_comes_too_late(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "decide", task_id=task_id, decision="reject", comment="No")
    page = client.get(link)
    assert page.status_code == 200
    assert "Bob already handled this task (Rejected)" in page.text
    late = press(client, link)
    assert late.status_code == 409
    assert "Bob already handled this task" in late.text


def test_a_withdrawn_request_says_so_instead_of_an_error(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    with app.app_context():
        requests.withdraw_request(people["alice"], request_id=request_id)
    assert "Alice withdrew or cancelled this request" in client.get(link).text
    assert press(client, link).status_code == 409


def test_who_was_taken_out_is_told_that_nothing_is_needed(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    with app.app_context():
        row = inbox.get_task(people["ada"], waiting(app, people, request_id)["bob"])
        theirs = next(signer.id for signer in row.task.signers if signer.mail)
        task_id = row.task.id
    act(app, people["ada"], "remove_signer", task_id=task_id, signer_id=theirs)
    assert "You are not asked any more" in client.get(link).text
    assert press(client, link).status_code == 409


def test_a_mail_leads_nowhere_once_its_turn_went_back_and_leads_on_once_it_has_come_again(
    app: Flask, people: People, client: Browser
) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="order"))
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    assert mails_to(app, MING["mail"]) == []
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    first = link_to(app, MING["mail"])
    act(app, people["bob"], "take_back", task_id=task_id)
    assert "It is not your turn yet" in client.get(first).text
    assert press(client, first).status_code == 409
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    second = link_to(app, MING["mail"])
    assert second != first
    assert press(client, second).status_code == 303
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_a_link_is_good_for_two_weeks_and_says_afterwards_how_to_get_another(
    app: Flask, people: People, request_id: int, link: str, client: Browser
) -> None:
    with time_machine.travel(utc_now() + timedelta(days=13, hours=23), tick=False):
        assert "Nothing has happened yet" in client.get(link).text
    with time_machine.travel(utc_now() + timedelta(days=14, seconds=1), tick=False):
        page = client.get(link)
        assert page.status_code == 200
        assert "Ask Alice to urge the request" in page.text
        assert press(client, link).status_code == 409
        assert states(app, people, request_id)["Ming"] == "open"
        act(app, people["alice"], "urge", request_id=request_id)
        newer = link_to(app, MING["mail"])
        assert press(client, newer).status_code == 303


def test_urging_sends_the_mail_anew_but_not_every_minute(app: Flask, people: People, request_id: int) -> None:
    first = link_to(app, MING["mail"])
    assert act(app, people["alice"], "urge", request_id=request_id) == 2
    (letter,) = mails_to(app, MING["mail"])
    assert letter.title.startswith("Reminder: Acme")
    assert link_in(letter) != first
    with pytest.raises(Conflict) as refused:
        act(app, people["alice"], "urge", request_id=request_id)
    assert refused.value.code == "urge.soon"
    assert mails_to(app, MING["mail"]) == []


def test_where_nobody_else_is_asked_they_can_be_urged_too(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING))
    request_id = submit(app, people["alice"])
    link_to(app, MING["mail"])
    assert act(app, people["alice"], "urge", request_id=request_id) == 1
    assert link_to(app, MING["mail"])


def test_a_mail_that_waits_is_not_written_once_the_turn_is_over(
    app: Flask, people: People, request_id: int, client: Browser
) -> None:
    link = link_to(app, MING["mail"])
    act(app, people["alice"], "urge", request_id=request_id)
    press(client, link)
    assert mails_to(app, MING["mail"]) == []


def test_a_forged_link_and_that_of_somebody_else_open_nothing(app: Flask, people: People, client: Browser) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, LI, mode="all"))
    request_id = submit(app, people["alice"])
    links = [link_in(letter) for letter in mails_to(app, MING["mail"], LI["mail"])]
    (number, _dot, signature), (strange, _, _) = (token_of(link).partition(".") for link in links)
    for wrong in (f"{strange}.{signature}", f"{number}.{'0' * 64}", f"{number}.{signature[:-1]}", "x"):
        assert client.get(f"/decide/{wrong}").status_code == 404
        assert press(client, f"/decide/{wrong}").status_code == 404
    assert states(app, people, request_id) == {"Ming": "open", "Li": "open"}


def test_a_link_that_was_moved_to_another_turn_is_not_signed_for_it(
    app: Flask, people: People, request_id: int, client: Browser
) -> None:
    link, other = link_to(app, MING["mail"]), submit(app, people["alice"])
    with app.app_context():
        serve_company(people["ada"].company_id)
        moved = db.session.query(MailLink).filter(MailLink.signer_id.is_not(None)).one()
        task = requests.read_document(people["alice"], other).tasks[-1]
        moved.signer_id = next(signer.id for signer in task.signers if signer.mail)
        db.session.commit()
    assert client.get(link).status_code == 404
    assert press(client, link).status_code == 404
    assert states(app, people, other)["Ming"] == "open"


def test_the_database_holds_nothing_that_opens_the_page(app: Flask, request_id: int) -> None:
    signature = token_of(link_to(app, MING["mail"])).partition(".")[2]
    with app.app_context():
        serve_company(ALL_COMPANIES)
        for kind in (OutboxMessage, MailLink):
            assert all(signature not in str(vars(row)) for row in db.session.query(kind))


def test_another_site_cannot_press(app: Flask, people: People, request_id: int, link: str, client: Browser) -> None:
    assert press(client, link, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(link, data={"decision": "approve"}, csrf=False).status_code == 400
    assert states(app, people, request_id)["Ming"] == "open"


def test_a_company_that_has_switched_links_of_colleagues_off_still_asks_people_from_outside(
    app: Flask, people: People, as_user: AsUser, client: Browser
) -> None:
    assert as_user("ada").post("/company/notices/links", data={"is_on": "false"}).status_code == 303
    put_steps(app, people["ada"], asks_outside("audit", MING))
    submit(app, people["alice"])
    assert press(client, link_to(app, MING["mail"])).status_code == 303


def test_the_page_is_chinese_for_who_reads_chinese_and_can_be_switched(link: str, client: Browser) -> None:
    assert "您是否同意" in client.get(link, headers={"Accept-Language": "zh-CN"}).text
    # As browsers send it from a page that names no referrer.
    sent = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    foreign = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    entries = {"language": "zh", "next": link}
    assert client.post("/language", data=entries, headers=foreign).status_code == 403
    assert client.post("/language", data=entries, headers=sent, csrf=False).status_code == 400
    chosen = client.post("/language", data=entries, headers=sent)
    assert (chosen.status_code, chosen.location) == (303, link)
    assert "您是否同意" in client.get(link).text


def test_the_mail_is_in_the_language_of_the_applicant(app: Flask, people: People, as_user: AsUser) -> None:
    as_user("alice").post("/language", data={"language": "zh"})
    put_steps(app, people["ada"], asks_outside("audit", MING))
    submit(app, people["alice"])
    (letter,) = mails_to(app, MING["mail"])
    assert "请勿转发" in letter.body
    assert "you need no account" in letter.body, "briefly in the other language too"


def test_the_applicant_the_signers_and_the_auditor_read_who_decided_from_outside(
    app: Flask, people: People, request_id: int, link: str, client: Browser, as_user: AsUser
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    waits = as_user("bob").get(f"/inbox/{task_id}").text
    assert "external, ming@auditors.example" in waits
    assert "Ming &lt;ming@auditors.example&gt;" in as_user("alice").get(f"/requests/{request_id}").text
    press(client, link, "reject", "Not ours")
    theirs = "External: Ming &lt;ming@auditors.example&gt;, by link"
    assert theirs in as_user("alice").get(f"/requests/{request_id}").text
    assert theirs in as_user("ada").get("/audit?action=task.").text
    assert (
        "Ming &lt;ming@auditors.example&gt; handled this task: Rejected" in as_user("bob").get(f"/inbox/{task_id}").text
    )
    with app.app_context():
        serve_company(people["ada"].company_id)
        bodies = [entry.body for entry in db.session.query(AuditEntry).filter(AuditEntry.action.startswith("task."))]
    assert sum('"outsider":"Ming <ming@auditors.example>"' in body for body in bodies) == 2


def test_an_administrator_takes_them_out_on_the_page_and_the_timeline_names_them(
    people: People, app: Flask, request_id: int, as_user: AsUser
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    ada = as_user("ada")
    form = ada.get(f"/inbox/{task_id}/remove").text
    assert "Ming &lt;ming@auditors.example&gt;" in form
    with app.app_context():
        task = inbox.get_task(people["ada"], task_id).task
        theirs = next(signer.id for signer in task.signers if signer.mail)
    assert ada.post(f"/inbox/{task_id}/remove", data={"signer_id": str(theirs)}).status_code == 303
    assert "→ Ming &lt;ming@auditors.example&gt;" in as_user("alice").get(f"/requests/{request_id}").text
