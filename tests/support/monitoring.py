"""Flows for the tests of the monitor, and what its pages show of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from models.access import Actor
from models.db import db
from models.processes import HumanTask, ProcessInstance
from models.tenancy import serve_company
from tasks import requests
from tests.conftest import Browser


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


def age(app: Flask, actor: Actor, request_id: int, days: int) -> None:
    """Let everything about a request have happened so many days earlier."""
    with app.app_context():
        serve_company(actor.company_id)
        about = {"subject_kind": requests.KIND, "subject_id": request_id}
        for row in (*_all(ProcessInstance, about), *_all(HumanTask, about)):
            for name in ("started_at", "ended_at", "created_at", "closed_at", "due_at"):
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
