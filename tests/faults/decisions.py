"""Work sent to the REST API of a server that may die at any moment: what is to be done, and what was acknowledged."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from queue import Empty, Queue
from typing import Any

from models.access import Actor
from tasks import customers, inbox, requests
from tasks.boundary import separate
from tasks.customers import CustomerDraft, HeaderDraft

_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Job:
    """One call: a decision, or with none a submit. Sent again after an answer that never came, it is done now (200)
    or was done before (409).
    """

    who: str
    path: str
    decision: str

    @property
    def body(self) -> dict[str, str]:
        if self.decision == "issue":
            return {"decision": "issue", "channel": "simulator"}
        return {"decision": self.decision} if self.decision else {}


@dataclass
class Worker:
    """A program that does jobs until there are none, or the server is gone; what was not answered goes back.

    `acknowledged` are the jobs that the server confirmed as done now.
    """

    url: str
    tokens: dict[str, str]
    jobs: "Queue[Job]"
    acknowledged: list[Job] = field(default_factory=list)

    def work(self) -> None:
        for job in self._next():
            try:
                if self._do(job):
                    self.acknowledged.append(job)
            except (OSError, HTTPException):
                self.jobs.put(job)
                return

    def _next(self) -> Iterator[Job]:
        while True:
            try:
                yield self.jobs.get_nowait()
            except Empty:
                return

    def _do(self, job: Job) -> bool:
        headers = {"Authorization": f"Bearer {self.tokens[job.who]}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.url}/api/v1{job.path}", data=json.dumps(job.body).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code != 409:
                    raise AssertionError(refusal.read()) from refusal
            return False
        return True


def work_together(workers: list[Worker]) -> list[threading.Thread]:
    threads = [threading.Thread(target=worker.work) for worker in workers]
    for thread in threads:
        thread.start()
    return threads


def make_drafts(applicant: Actor, finance: Actor, number: int) -> list[int]:
    """Drafts of `applicant` that may be submitted as they are; their ids."""
    with separate():
        customer = customers.create_customer(
            finance, CustomerDraft(name="Globex"), HeaderDraft(title="Globex Ltd", tax_id="91330100799655058B")
        )
        buyer: dict[str, Any] = {"customer_id": customer.id, "header_id": customer.headers[0].id}
    drafts = []
    for place in range(number):
        line = requests.LineDraft(name="Consulting", amount=Decimal(1_000 + place), rate="0.06")
        draft = requests.RequestDraft(**buyer, reason=f"Contract {place}", lines=[line])
        with separate():
            drafts.append(requests.create_draft(applicant, draft).id)
    return drafts


def submit(applicant: Actor, drafts: list[int]) -> None:
    for request_id in drafts:
        with separate():
            requests.submit_request(applicant, request_id=request_id)


def approve(approver: Actor, request_ids: list[int]) -> None:
    """Approve what waits for `approver` about these requests."""
    for task_id in open_tasks(approver, request_ids):
        with separate():
            inbox.decide(approver, task_id=task_id, decision="approve")


def open_tasks(person: Actor, request_ids: list[int]) -> list[int]:
    """The tasks about these requests that wait for `person`."""
    with separate():
        page = inbox.list_tasks(person, limit=10_000)
        return [row.task.id for row in page.rows if row.request.id in set(request_ids)]
