"""Steps with several signers, and what people do in them."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.customers import Customer
from models.db import db
from models.processes import HumanTask, TaskSigner
from models.requests import InvoiceRequest
from models.tenancy import serve_company
from tasks import chains, inbox, processes, requests
from tests.support.requests import make_customer, make_request
from workflows import BPMN_DIR

_SHIPPED = (BPMN_DIR / "invoice_request.bpmn").read_text(encoding="utf-8")
_STEP = re.compile(r'\s*<spiffworkflow:property name="step" value="[^"]*"/>')
_FORM = '<spiffworkflow:property name="form_key" value="approval"/>'


def ask_all(app: Flask, designer: Actor, step: str) -> None:
    """Publish the shipped flow with every approval asking the people of `step`, a context in FEEL."""
    text = step.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    diagram = _STEP.sub("", _SHIPPED).replace(_FORM, f'{_FORM}<spiffworkflow:property name="step" value="={text}"/>')
    with app.app_context():
        _, tables = processes.shipped_flow()
        processes.publish_process(designer, bpmn=diagram.encode(), tables=list(tables.values()))


def step_of(mode: str, people: list[int | None], **more: object) -> str:
    """A step in FEEL: `mode`, its people by id, and further entries as FEEL texts."""
    signers = ", ".join(f"{{user: {person}}}" for person in people)
    entries = {"mode": f'"{mode}"', "signers": f"[{signers}]", **more}
    return "{" + ", ".join(f"{name}: {value}" for name, value in entries.items()) + "}"


def put_steps(app: Flask, admin: Actor, *steps: Mapping[str, Any], key: str = "standard") -> None:
    """A new version of a chain with these steps, as a form sends them. One with `alongside` joins the step before."""
    with app.app_context():
        chain = chains.get_chain(admin, key)
        draft = chains.ChainDraft(name=chain.name, name_zh=chain.name_zh, steps=steps)
        chains.save_chain(admin, draft, key=key, revision=chain.revision)


def asks(key: str, *people: Actor, mode: str = "any", **more: Any) -> dict[str, Any]:
    """A step of a chain that asks `people`."""
    ids = [person.user_id for person in people]
    return {"key": key, "title": key, "approvers": {"kind": "people", "people": ids}, "mode": mode, **more}


def submit(app: Flask, applicant: Actor, amount: str = "106.00") -> int:
    """A request of `applicant` on its way; its id. All of them are for one customer."""
    with app.app_context():
        serve_company(applicant.company_id)
        customer = db.session.scalars(select(Customer)).first() or make_customer(applicant)
        return make_request(applicant, customer, amount=amount)


def waiting(app: Flask, people: Mapping[str, Actor], request_id: int) -> dict[str, int]:
    """Who is asked about a request now, with the id of the task."""
    found = {}
    for name, actor in people.items():
        with app.app_context():
            for row in inbox.list_tasks(actor).rows:
                if row.request.id == request_id:
                    found[name] = row.task.id
    return found


def act(app: Flask, actor: Actor, verb: str, **arguments: Any) -> Any:
    """One operation of the inbox, in a session of its own."""
    with app.app_context():
        result = getattr(inbox, verb)(actor, **arguments)
        return result.id if isinstance(result, HumanTask) else result


def signers_of(app: Flask, actor: Actor, task_id: int) -> list[tuple[int, str]]:
    """Each signer of a task with the state of their answer."""
    with app.app_context():
        task = inbox.get_task(actor, task_id).task
        return [(signer.user_id, signer.status.value) for signer in task.signers]


def signer_id(app: Flask, actor: Actor, task_id: int, person: Actor) -> int:
    """The row of the newest turn of `person` in a task."""
    with app.app_context():
        task = inbox.get_task(actor, task_id).task
        signer: TaskSigner = [row for row in task.signers if row.user_id == person.user_id][-1]
        return signer.id


def approval_of(app: Flask, actor: Actor, request_id: int) -> str:
    """How the approval of a request stands."""
    with app.app_context():
        request: InvoiceRequest = requests.get_request(actor, request_id)
        db.session.expunge(request)
        return request.approval.value
