"""Flows for the tests of the monitor, and what its pages show of them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy import event, select

from models.access import Actor
from models.db import db, utc_now
from models.processes import HumanTask, ProcessInstance, TaskStatus
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.conftest import Browser
from tests.support.requests import approve_all, decide, make_customer, make_request


def make_flows(app: Flask, people: dict[str, Actor]) -> dict[str, int]:
    """Requests of Alice's by id: one waits for Bob, one for Fiona, one is issued, one stopped, one withdrawn."""
    with app.app_context():
        customer = make_customer(people["alice"])
        ids = {
            name: make_request(people["alice"], customer, amount=f"{100 + place}.00")
            for place, name in enumerate(("bobs", "fionas", "issued", "stopped", "withdrawn"))
        }
    with app.app_context():
        decide(people["bob"], ids["fionas"], "approve")
        requests.withdraw_request(people["alice"], request_id=ids["withdrawn"])
        for name in ("issued", "stopped"):
            approve_all(people, ids[name])
    issue(app, people["fiona"], ids["issued"])
    with patch("tasks.register.append_entry", side_effect=OSError("secret")):
        issue(app, people["fiona"], ids["stopped"])
    return ids


def issue(app: Flask, actor: Actor, request_id: int) -> None:
    with app.app_context():
        (task_id,) = [row.task.id for row in inbox.list_tasks(actor).rows if row.request.id == request_id]
        inbox.decide(actor, task_id=task_id, decision="issue", channel="simulator")


def call_off(app: Flask, actor: Actor, request_id: int, title: str) -> None:
    """Let a task of a request have been called off instead of answered."""
    with app.app_context():
        serve_company(actor.company_id)
        (task,) = _all(HumanTask, {"subject_kind": requests.KIND, "subject_id": request_id, "title": title})
        task.status = TaskStatus.CANCELLED
        db.session.commit()


def last(app: Flask, actor: Actor, request_id: int, span: timedelta) -> None:
    """Let the flow of a request have taken so long."""
    with app.app_context():
        serve_company(actor.company_id)
        (instance,) = _all(ProcessInstance, {"subject_kind": requests.KIND, "subject_id": request_id})
        instance.started_at = instance.ended_at - span
        db.session.commit()


def spend(app: Flask, actor: Actor, request_id: int, title: str, hours: float) -> None:
    """Let a task of a request have taken, or wait for, so many hours."""
    with app.app_context():
        serve_company(actor.company_id)
        about = {"subject_kind": requests.KIND, "subject_id": request_id, "title": title}
        (task,) = _all(HumanTask, about)
        task.created_at = (task.closed_at or utc_now()) - timedelta(hours=hours)
        for signer in task.signers:
            signer.opened_at, signer.closed_at = task.created_at, task.closed_at
        db.session.commit()


def numbers_in(page: str) -> list[str]:
    """The numbers of the requests in a list of flows, in its order."""
    return re.findall(r"data-row-open href=\"/monitor/\d+\">([^<]+)<", page)


def counts_in(page: str) -> dict[str, int]:
    """What the tabs of the states count, by the words of the tabs."""
    chips = re.findall(r'class="chip"[^>]*>\s*([^<]+?)\s*<span class="view-count">(\d+)<', page)
    return {word: int(count) for word, count in chips}


def path_of(browser: Browser, number: str) -> str:
    """The page of the flow about a request."""
    found = re.search(rf'href="(/monitor/\d+)">{number}<', browser.get(f"/monitor?q={number}").text)
    assert found, number
    return found[1]


def number_of(app: Flask, actor: Actor, request_id: int) -> str:
    with app.app_context():
        return str(requests.get_request(actor, request_id).number)


def age(
    app: Flask,
    actor: Actor,
    request_id: int,
    days: int,
    only: Sequence[str] = ("started_at", "ended_at", "created_at", "closed_at", "due_at"),
) -> None:
    """Let everything about a request have happened so many days earlier, or only what is named."""
    with app.app_context():
        serve_company(actor.company_id)
        about = {"subject_kind": requests.KIND, "subject_id": request_id}
        for row in (*_all(ProcessInstance, about), *_all(HumanTask, about)):
            for name in only:
                if getattr(row, name, None) is not None:
                    setattr(row, name, getattr(row, name) - timedelta(days=days))
        db.session.commit()


def _all(model: Any, about: dict[str, Any]) -> Any:
    return db.session.scalars(select(model).filter_by(**about)).all()


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """Every statement sent meanwhile."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        if args[2] != "BEGIN":  # which asks nothing
            seen.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
