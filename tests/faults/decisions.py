"""Decisions over HTTP against a real server that may die at any moment: who decides, what was acknowledged."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from queue import Empty, Queue
from typing import Any

from models.access import Actor
from tasks import customers, inbox, requests
from tasks.boundary import separate
from tasks.customers import CustomerDraft, HeaderDraft

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_TIMEOUT_SECONDS = 20


def submit_requests(applicant: Actor, finance: Actor, number: int) -> None:
    """Requests of `applicant` that wait for their first approval."""
    with separate():
        customer = customers.create_customer(
            finance, CustomerDraft(name="Globex"), HeaderDraft(title="Globex Ltd", tax_id="91330100799655058B")
        )
        customer_id = customer.id
        header_id = customer.headers[0].id
    for place in range(number):
        draft = requests.RequestDraft(
            customer_id=customer_id,
            header_id=header_id,
            invoice_type="digital_special",
            reason=f"Contract {place}",
            lines=[requests.LineDraft(name="Consulting", amount=Decimal(50_000 + place), rate="0.06")],
        )
        with separate():
            requests.submit_request(applicant, request_id=requests.create_draft(applicant, draft).id)


def waiting_tasks(approver: Actor) -> list[int]:
    """What waits for `approver`."""
    found: list[int] = []
    after: int | None = None
    while True:
        with separate():
            page = inbox.list_tasks(approver, after=after)
            found += [row.task.id for row in page.rows]
            after = page.next_after
        if after is None:
            return found


@dataclass
class Approver:
    """A person at a browser who approves tasks until there are none, or the server is gone.

    `acknowledged` are the tasks whose approval the server confirmed; what it did not answer may have happened or not.
    """

    url: str
    login: str
    tasks: "Queue[int]"
    acknowledged: list[int] = field(default_factory=list)

    def approve_all(self) -> None:
        opener = urllib.request.build_opener(_NoRedirect)
        opener.addheaders = [("Sec-Fetch-Site", "same-origin")]
        for task_id in self._next():
            try:
                if self._approve(opener, task_id):
                    self.acknowledged.append(task_id)
            except (OSError, HTTPException):
                return

    def _next(self) -> Iterator[int]:
        while True:
            try:
                yield self.tasks.get_nowait()
            except Empty:
                return

    def _approve(self, opener: urllib.request.OpenerDirector, task_id: int) -> bool:
        address = f"{self.url}/inbox/{task_id}"
        login = f"piaoflow_session={self.login}"
        ask = urllib.request.Request(address, headers={"Cookie": login})
        with closing(opener.open(ask, timeout=_TIMEOUT_SECONDS)) as page:
            token = _TOKEN.search(page.read().decode())
            cookies = "; ".join([login, *(line.split(";")[0] for line in page.headers.get_all("Set-Cookie") or ())])
        assert token, f"no form at {address}"
        form = urllib.parse.urlencode({"csrf_token": token[1], "decision": "approve"}).encode()
        try:
            opener.open(urllib.request.Request(address, form, {"Cookie": cookies}), timeout=_TIMEOUT_SECONDS).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code == 303
        return False


def approve_together(approvers: list[Approver]) -> list[threading.Thread]:
    threads = [threading.Thread(target=approver.approve_all) for approver in approvers]
    for thread in threads:
        thread.start()
    return threads


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None
