"""What happens in the demo: sixty requests taken to every state by the people themselves, through the operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.access import Actor
from tasks import inbox, requests
from tasks.boundary import separate
from tasks.demo.cast import WARES, Ware
from tasks.requests import LineDraft, RequestDraft

SEED = 20261124  # the demo is the same for everybody


@dataclass(frozen=True)
class Stage:
    """The people at work, their customers (customer id, header id), and the dice."""

    admin: Actor
    designer: Actor
    approver: Actor
    finance: Actor
    applicant: Actor
    auditor: Actor
    legal: Actor
    customers: tuple[tuple[int, int], ...]
    today: date
    dice: Random


Act = Callable[[Stage, int], None]


def play(stage: Stage) -> Iterator[str]:
    """Take sixty requests as far as `ENDINGS` says; yields the name of each ending as its requests are done."""
    for name, times, act in ENDINGS:
        for _ in range(times):
            with separate():
                request_id = requests.create_draft(stage.applicant, draft_request(stage)).id
            act(stage, request_id)
        yield name


def draft_request(stage: Stage) -> RequestDraft:
    """What the applicant might ask for: the dice choose customer, wares and words."""
    customer_id, header_id = stage.dice.choice(stage.customers)
    wares = stage.dice.sample(WARES, k=stage.dice.choice((1, 1, 2, 3)))
    return RequestDraft(
        customer_id=customer_id,
        header_id=header_id,
        invoice_type=stage.dice.choice(("digital_special", "digital_special", "digital_ordinary")),
        contract_number=f"HT-{stage.today.year}-{stage.dice.randrange(100, 999):04}",
        reason=stage.dice.choice(("按合同约定分期开票", "项目验收后开票", "月度结算", "设备到货后开票")),
        delivery_email=f"fapiao{stage.dice.randrange(100)}@customer.example",
        expected_on=stage.today + timedelta(days=stage.dice.randrange(2, 12)),
        lines=tuple(line_of(ware, Decimal(stage.dice.choice((1, 1, 2, 3, 5)))) for ware in wares),
    )


def line_of(ware: Ware, quantity: Decimal) -> LineDraft:
    """A line that asks for so much of a ware."""
    return LineDraft(
        name=ware.name,
        tax_code=ware.tax_code,
        short_name=ware.short_name,
        unit=ware.unit,
        quantity=quantity,
        unit_price=Decimal(ware.price),
        rate=ware.rate,
    )


def _stay_draft(stage: Stage, request_id: int) -> None:
    """Nothing more happens to it."""


def submit(stage: Stage, request_id: int) -> None:
    """The applicant sends it off."""
    with separate():
        requests.submit_request(stage.applicant, request_id=request_id)


def _withdraw(stage: Stage, request_id: int) -> None:
    submit(stage, request_id)
    with separate():
        requests.withdraw_request(stage.applicant, request_id=request_id)


def _return(stage: Stage, request_id: int) -> None:
    submit(stage, request_id)
    decide(stage.approver, request_id, "return", comment="抬头与合同不一致，请更换抬头后重新提交。")


def _reject(stage: Stage, request_id: int) -> None:
    submit(stage, request_id)
    decide(stage.approver, request_id, "reject", comment="合同尚未签署，不能开票。")


def _approve_first(stage: Stage, request_id: int) -> None:
    submit(stage, request_id)
    decide(stage.approver, request_id, "approve", comment="合同已核对。")


def _approve(stage: Stage, request_id: int) -> None:
    """Whoever the chain asks says yes, until it asks finance to issue."""
    submit(stage, request_id)
    while (asked := _open_form(stage, request_id)) and asked[1] == inbox.APPROVAL_FORM:
        decide(asked[0], request_id, "approve")


def _issue_sample(stage: Stage, request_id: int) -> None:
    _approve(stage, request_id)
    decide(stage.finance, request_id, "issue", channel="simulator", issued_on=_some_day(stage))


def _register_number(stage: Stage, request_id: int) -> None:
    _approve(stage, request_id)
    day = _some_day(stage)
    number = f"{day:%y}332{stage.dice.randrange(10**15):015}"
    decide(stage.finance, request_id, "issue", channel="manual", number=number, issued_on=day)


def _return_and_resubmit(stage: Stage, request_id: int) -> None:
    _return(stage, request_id)
    submit(stage, request_id)


def _some_day(stage: Stage) -> date:
    return stage.today - timedelta(days=stage.dice.randrange(90))


def _open_form(stage: Stage, request_id: int) -> tuple[Actor, str] | None:
    for actor in (stage.approver, stage.legal, stage.finance, stage.admin):
        with separate():
            task = _task(actor, request_id)
            if task is not None:
                return actor, task[1]
    return None


def decide(actor: Actor, request_id: int, decision: str, **answer: Any) -> None:
    """Somebody answers the task about a request that waits for them."""
    with separate():
        inbox.decide(actor, task_id=task_id_of(actor, request_id), decision=decision, **answer)


def task_id_of(actor: Actor, request_id: int) -> int:
    """The open task about a request that waits for `actor`."""
    found = _task(actor, request_id)
    if found is None:
        raise LookupError(f"request {request_id} does not wait for user {actor.user_id}")
    return found[0]


def _task(actor: Actor, request_id: int) -> tuple[int, str] | None:
    """Id and form of the open task about a request that waits for `actor`."""
    waiting = inbox.list_tasks(actor, limit=200).rows
    return next(((row.task.id, row.task.form_key) for row in waiting if row.request.id == request_id), None)


ENDINGS: tuple[tuple[str, int, Act], ...] = (
    ("issued as samples", 14, _issue_sample),
    ("issued outside and registered", 12, _register_number),
    ("to be issued", 6, _approve),
    ("waiting for the first approval", 7, submit),
    ("waiting for a later approval", 5, _approve_first),
    ("submitted again", 3, _return_and_resubmit),
    ("returned", 4, _return),
    ("rejected", 3, _reject),
    ("withdrawn", 2, _withdraw),
    ("drafts", 4, _stay_draft),
)
