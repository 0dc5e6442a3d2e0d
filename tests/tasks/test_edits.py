"""Approving with edits: what a step lets its approvers change, and what becomes of the rest."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, true

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.errors import AppError, Conflict, Invalid, NotAllowed
from models.notices import NoticeEvent
from models.processes import TaskAction
from models.tenancy import serve_company
from tasks import inbox, requests
from tasks.requests import RequestEdits
from tests.support.approvals import act, approval_of, ask_all, asks, put_steps, step_of, submit, waiting

People = dict[str, Actor]
# The step lets its approvers change these.
_RIGHTS = '["remark", "invoice_type", "items", "amounts"]'


@pytest.fixture
def asked(app: Flask, people: People) -> Callable[..., tuple[int, int]]:
    """`asked("bob", "bea")`: a request whose step asks them all; the ids of request and task."""

    def ask(*names: str, editable: str = _RIGHTS, mode: str = "all") -> tuple[int, int]:
        step = step_of(mode, [people[name].user_id for name in names], editable=editable)
        ask_all(app, people["dora"], step)
        request_id = submit(app, people["alice"])
        return request_id, waiting(app, people, request_id)[names[0]]

    return ask


def approve(app: Flask, actor: Actor, task_id: int, lines: Any = None, **entries: Any) -> None:
    act(app, actor, "decide", task_id=task_id, decision="approve", edits=RequestEdits(entries, lines or {}))


def refused(app: Flask, actor: Actor, task_id: int, kind: type[AppError], **edits: Any) -> AppError:
    with pytest.raises(kind) as error:
        approve(app, actor, task_id, **edits)
    return error.value


def entry(app: Flask, people: People, request_id: int, name: str) -> Any:
    with app.app_context():
        return getattr(requests.get_request(people["alice"], request_id), name)


def rows(app: Flask, people: People, *wanted: Any, where: Any = None) -> list[Any]:
    with app.app_context():
        serve_company(people["ada"].company_id)
        return list(db.session.execute(select(*wanted).where(true() if where is None else where)))


def edits_in(app: Flask, people: People) -> list[Any]:
    return [changes for action, changes in rows(app, people, TaskAction.action, TaskAction.changes) if action == "edit"]


def told_of_edits(app: Flask, people: People) -> list[int]:
    """Who got a notice, of the one change that was made."""
    (told,) = rows(app, people, NoticeEvent.people, where=NoticeEvent.topic == "request.edited")
    return list(told[0])


def test_a_change_is_saved_with_the_approval_and_stands_in_timeline_and_audit_log(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    approve(app, people["bob"], task_id, remark="PO 4711")
    assert entry(app, people, request_id, "remark") == "PO 4711"
    change = {"field": "remark", "line": 0, "before": "", "after": "PO 4711"}
    assert edits_in(app, people) == [[change]]
    (body,) = [
        body for action, body in rows(app, people, AuditEntry.action, AuditEntry.body) if "request.edit" in action
    ]
    assert "PO 4711" in body


def test_the_approval_sheet_says_what_was_changed_in_the_readers_language(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    approve(app, people["bob"], task_id, invoice_type="digital_special", lines={0: {"name": "软件维护服务"}})
    with app.app_context():
        said = [
            [
                step.comment
                for step in requests.build_sheet(people["alice"], request_id=request_id, language=tongue).steps
            ]
            for tongue in ("en", "zh")
        ]
    assert "Line 1 · Item: 软件开发服务 → 软件维护服务" in said[0][1]
    assert "发票类型: 电子发票（普通发票） → 电子发票（增值税专用发票）; 第 1 行 · 项目名称" in said[1][1]


def test_the_figures_of_a_line_give_new_totals_by_which_the_chain_goes_on(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    approve(app, people["bob"], task_id, lines={0: {"amount": Decimal("212.00")}})
    assert entry(app, people, request_id, "gross") == Decimal("212.00")
    assert [(change["field"], change["after"]) for change in edits_in(app, people)[0]] == [
        ("gross", "212.00"),
        ("line_gross", "212.00"),
    ]


def test_an_amount_that_nobody_states_follows_quantity_and_price(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    figures = {"quantity": Decimal(3), "unit_price": Decimal(50), "amount": None}
    approve(app, people["bob"], task_id, lines={0: figures})
    assert entry(app, people, request_id, "gross") == Decimal("150.00")


def test_what_the_step_does_not_name_cannot_be_changed(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob", editable='["remark"]')
    assert refused(app, people["bob"], task_id, NotAllowed, reason="Another").code == "task.edit"
    line = {0: {"amount": Decimal(1)}}
    assert refused(app, people["bob"], task_id, NotAllowed, remark="x", lines=line).code == "task.edit"
    assert (entry(app, people, request_id, "remark"), approval_of(app, people["alice"], request_id)) == (
        "",
        "in_approval",
    )
    assert edits_in(app, people) == []


def test_a_step_that_names_nothing_lets_nothing_be_changed(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    _, task_id = asked("bob", editable="[]")
    assert refused(app, people["bob"], task_id, NotAllowed, remark="x").code == "task.edit"


def test_what_stays_as_it_was_is_no_change(app: Flask, people: People, asked: Callable[..., tuple[int, int]]) -> None:
    _, task_id = asked("bob", editable="[]")
    approve(app, people["bob"], task_id, reason="Contract 7", lines={0: {"amount": Decimal("106.00")}})
    assert edits_in(app, people) == []


def test_a_change_that_the_checks_would_stop_names_field_and_reason_and_nothing_is_half_done(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    found = refused(app, people["bob"], task_id, Invalid, remark="x" * 300)
    assert (found.code, [problem.field for problem in found.problems]) == ("request.blocked", ["remark"])
    found = refused(app, people["bob"], task_id, Invalid, lines={0: {"name": " "}})
    assert [problem.field for problem in found.problems] == ["lines.0.name"]
    assert refused(app, people["bob"], task_id, Invalid, lines={7: {"name": "x"}}).field == "lines.7"
    assert (entry(app, people, request_id, "remark"), sorted(waiting(app, people, request_id))) == ("", ["bob"])


def test_a_fault_that_was_there_before_does_not_stop_a_change(
    app: Flask, people: People, asked: Callable[..., tuple[int, int]]
) -> None:
    request_id, task_id = asked("bob")
    with app.app_context():
        serve_company(people["ada"].company_id)
        request = requests.get_request(people["alice"], request_id)
        assert request.header is not None
        request.header.tax_id = ""
        db.session.commit()
    approve(app, people["bob"], task_id, remark="PO 4711")
    assert entry(app, people, request_id, "remark") == "PO 4711"


def test_changes_come_with_an_approval_only(app: Flask, people: People, asked: Callable[..., tuple[int, int]]) -> None:
    _, task_id = asked("bob")
    edits = RequestEdits({"remark": "x"})
    with pytest.raises(Invalid) as error:
        act(app, people["bob"], "decide", task_id=task_id, decision="return", comment="Mend it", edits=edits)
    assert error.value.code == "task.edits"


class TestCountersign:
    def test_who_signed_and_who_asked_are_told_and_the_others_look_again(
        self, app: Flask, people: People, asked: Callable[..., tuple[int, int]]
    ) -> None:
        _, task_id = asked("bob", "bea", "fiona")
        with app.app_context():
            seen = inbox.get_task(people["fiona"], task_id).task.revision
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        approve(app, people["bea"], task_id, remark="PO 4711")
        assert told_of_edits(app, people) == sorted([people["alice"].user_id, people["bob"].user_id])  # type: ignore[type-var]
        with pytest.raises(Conflict) as error:
            act(app, people["fiona"], "decide", task_id=task_id, decision="approve", seen_revision=seen)
        assert error.value.code == "task.stale"

    def test_nobody_changes_the_figures_that_others_have_signed(
        self, app: Flask, people: People, asked: Callable[..., tuple[int, int]]
    ) -> None:
        request_id, task_id = asked("bob", "bea")
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        found = refused(app, people["bea"], task_id, Conflict, lines={0: {"amount": Decimal("212.00")}})
        assert found.code == "task.edit_signed"
        assert refused(app, people["bea"], task_id, Conflict, invoice_type="digital_special").code == "task.edit_signed"
        with app.app_context():
            view = inbox.read_task(people["bea"], task_id)
            assert (view.editable, view.closed) == (("remark", "items"), {"invoice_type", "amounts"})
        assert entry(app, people, request_id, "gross") == Decimal("106.00")

    def test_the_first_signer_may_change_them(
        self, app: Flask, people: People, asked: Callable[..., tuple[int, int]]
    ) -> None:
        request_id, task_id = asked("bob", "bea")
        approve(app, people["bob"], task_id, lines={0: {"amount": Decimal("212.00")}})
        assert entry(app, people, request_id, "gross") == Decimal("212.00")
        assert sorted(waiting(app, people, request_id)) == ["bea"]

    def test_an_opinion_changes_nothing(
        self, app: Flask, people: People, asked: Callable[..., tuple[int, int]]
    ) -> None:
        _, task_id = asked("bob", "bea")
        act(app, people["bob"], "delegate", task_id=task_id, user_id=people["fiona"].user_id)
        assert refused(app, people["fiona"], task_id, NotAllowed, remark="x").code == "task.adviser"
        with app.app_context():
            assert inbox.read_task(people["fiona"], task_id).editable == ()


class TestParallelSteps:
    @pytest.fixture
    def tasks(self, app: Flask, people: People) -> tuple[int, dict[str, int]]:
        """Bob and, at the same time, Fiona: the request, and the task of each."""
        may = {"editable": ["remark", "amounts"]}
        steps = [asks("legal", people["bob"], **may), asks("money", people["fiona"], alongside="yes", **may)]
        put_steps(app, people["ada"], *steps)
        request_id = submit(app, people["alice"])
        return request_id, waiting(app, people, request_id)

    def test_what_was_signed_beside_it_cannot_be_changed(
        self, app: Flask, people: People, tasks: tuple[int, dict[str, int]]
    ) -> None:
        request_id, task_of = tasks
        act(app, people["bob"], "decide", task_id=task_of["bob"], decision="approve")
        lines = {0: {"amount": Decimal("212.00")}}
        assert refused(app, people["fiona"], task_of["fiona"], Conflict, lines=lines).code == "task.edit_signed"
        approve(app, people["fiona"], task_of["fiona"], remark="PO 4711")
        assert entry(app, people, request_id, "gross") == Decimal("106.00")
        assert people["bob"].user_id in told_of_edits(app, people)

    def test_who_is_still_asked_beside_it_looks_again(
        self, app: Flask, people: People, tasks: tuple[int, dict[str, int]]
    ) -> None:
        _, task_of = tasks
        with app.app_context():
            seen = inbox.get_task(people["fiona"], task_of["fiona"]).task.revision
        approve(app, people["bob"], task_of["bob"], lines={0: {"amount": Decimal("212.00")}})
        with pytest.raises(Conflict) as error:
            act(app, people["fiona"], "decide", task_id=task_of["fiona"], decision="approve", seen_revision=seen)
        assert error.value.code == "task.stale"

    def test_a_stage_that_is_asked_anew_has_been_signed_by_nobody(
        self, app: Flask, people: People, tasks: tuple[int, dict[str, int]]
    ) -> None:
        request_id, task_of = tasks
        act(app, people["bob"], "decide", task_id=task_of["bob"], decision="approve")
        act(app, people["fiona"], "decide", task_id=task_of["fiona"], decision="return", comment="Because")
        with app.app_context():
            requests.submit_request(people["alice"], request_id=request_id)
        task_id = waiting(app, people, request_id)["fiona"]
        approve(app, people["fiona"], task_id, lines={0: {"amount": Decimal("212.00")}})
        assert entry(app, people, request_id, "gross") == Decimal("212.00")


def test_what_a_condition_reads_cannot_be_changed_once_somebody_has_signed(
    app: Flask, people: People, step_chain: Callable[..., None]
) -> None:
    step_chain("all", ["bob", "bea"], editable=["remark", "reason"], then='contains(remark, "export")')
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    assert refused(app, people["bea"], task_id, Conflict, remark="for export").code == "task.edit_signed"
    approve(app, people["bea"], task_id, reason="Contract 8")
    assert entry(app, people, request_id, "reason") == "Contract 8"


def test_the_chain_goes_on_by_what_the_approver_wrote(
    app: Flask, people: People, step_chain: Callable[..., None]
) -> None:
    step_chain("any", ["bob"], editable=["remark"], then='contains(remark, "export")')
    request_id = submit(app, people["alice"])
    approve(app, people["bob"], waiting(app, people, request_id)["bob"], remark="for export")
    assert sorted(waiting(app, people, request_id)) == ["fiona"]
    assert approval_of(app, people["alice"], request_id) == "in_approval"


@pytest.fixture
def step_chain(app: Flask, people: People) -> Callable[..., None]:
    """A chain of two steps: some people with edits, then Fiona if `then` holds."""
    from tasks import chains
    from tasks.chains import ChainDraft

    def make(mode: str, names: list[str], *, editable: list[str], then: str) -> None:
        first = {
            "title": "Review",
            "approvers": {"kind": "people", "people": [people[name].user_id for name in names]},
            "mode": mode,
            "editable": editable,
        }
        fiona = {"kind": "people", "people": [people["fiona"].user_id]}
        second = {"title": "Export desk", "condition": then, "approvers": fiona}
        with app.app_context():
            draft = ChainDraft(name="With edits", steps=[first, second], binding={"kinds": ["request"]})
            chains.add_chain(people["ada"], draft, key="edits")

    return make
