"""The service tasks that a diagram may call: one table, read from top to bottom."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.catalogue import ServiceTask
from models.access import Actor
from models.chains.course import Course, foresee
from tasks import chains, invoices, register, requests
from tasks.processes import CATALOGUE


def _resolve_chain(actor: Actor, *, request_id: int, chain_key: str) -> dict[str, Any]:
    return chains.resolve(actor, request_id=request_id, chain_key=chain_key)


def _advance_chain(
    actor: Actor, *, request_id: int, chain: dict[str, Any], decision: str, return_to: int | None, resume: str | None
) -> dict[str, Any]:
    return chains.advance(
        actor, request_id=request_id, chain=chain, decision=decision, return_to=return_to, resume=resume
    )


def _advance_stage(
    actor: Actor, *, request_id: int, chain: dict[str, Any], decision: str, return_to: int | None, resume: str | None
) -> dict[str, Any]:
    return chains.advance_stage(
        actor, request_id=request_id, chain=chain, decision=decision, return_to=return_to, resume=resume
    )


def _foresee_chain(
    *, chain: Course, decision: str, return_to: int | None, resume: str | None, **_others: Any
) -> Course:
    return foresee(chain, [chain["position"]], decision, return_to=return_to, resume=resume)


def _foresee_stage(
    *, chain: Course, decision: str, return_to: int | None, resume: str | None, **_others: Any
) -> Course:
    return foresee(chain, chain["together"], decision, return_to=return_to, resume=resume)


def _foresee_reopening(*, chain: Course, return_to: int | None, resume: str | None, **_others: Any) -> Course:
    return foresee(chain, [], "return", return_to=return_to, resume=resume)


def _mark_approved(actor: Actor, *, request_id: int) -> None:
    requests.mark_approved(actor, request_id=request_id)


def _mark_returned(actor: Actor, *, request_id: int, comment: str | None) -> None:
    requests.mark_returned(actor, request_id=request_id, comment=comment or "")


def _reopen_chain(
    actor: Actor, *, request_id: int, chain: dict[str, Any], return_to: int | None, resume: str | None
) -> dict[str, Any]:
    requests.mark_reopened(actor, request_id=request_id)
    return chains.advance(
        actor, request_id=request_id, chain=chain, decision="return", return_to=return_to, resume=resume
    )


def _mark_rejected(actor: Actor, *, request_id: int, comment: str | None) -> None:
    requests.mark_rejected(actor, request_id=request_id, comment=comment or "")


def _resubmitted(actor: Actor, *, request_id: int) -> dict[str, Any]:
    return requests.read_facts(actor, request_id=request_id)


def _escalate(actor: Actor, *, request_id: int) -> None:
    requests.escalate(actor, request_id=request_id)


def _issue(
    actor: Actor,
    *,
    request_id: int,
    channel: str | None,
    number: str | None,
    code: str | None,
    issued_on: date | None,
) -> dict[str, Any]:
    invoice = invoices.issue_invoice(
        actor,
        request_id=request_id,
        channel=channel or "",
        number=number or "",
        code=code or "",
        issued_on=issued_on,
    )
    return {"id": invoice.id, "number": invoice.number}


def _append_register(actor: Actor, *, invoice_id: int) -> dict[str, Any]:
    return {"sequence": register.append_entry(actor, invoice_id=invoice_id)}


def _notify_issued(actor: Actor, *, request_id: int) -> None:
    invoice = invoices.find_of_request(actor, requests.get_request(actor, request_id))
    requests.tell_issued(actor, request_id=request_id, invoice_number=invoice.number if invoice else "")


_REQUEST = {"request_id": "integer"}
SERVICE_TASKS = (
    ServiceTask(
        "chain.resolve",
        _resolve_chain,
        _REQUEST | {"chain_key": "string"},
        "Find the approvers",
        "确定审批人",
        checks_first=True,
    ),
    ServiceTask(
        "chain.advance",
        _advance_chain,
        _REQUEST | {"chain": "context", "decision": "string", "return_to": "integer", "resume": "string"},
        "Go on in the chain",
        "推进审批链",
        checks_first=True,
        foresee=_foresee_chain,
    ),
    ServiceTask(
        "request.mark_approved", _mark_approved, _REQUEST, "Mark as approved", "标记为已批准", checks_first=True
    ),
    ServiceTask(
        "chain.advance_stage",
        _advance_stage,
        _REQUEST | {"chain": "context", "decision": "string", "return_to": "integer", "resume": "string"},
        "Go on behind the parallel steps",
        "推进并行步骤",
        checks_first=True,
        foresee=_foresee_stage,
    ),
    ServiceTask(
        "chain.reopen",
        _reopen_chain,
        _REQUEST | {"chain": "context", "return_to": "integer", "resume": "string"},
        "Go back to approval",
        "回到审批",
        foresee=_foresee_reopening,
    ),
    ServiceTask(
        "request.mark_returned",
        _mark_returned,
        _REQUEST | {"comment": "string"},
        "Return to the applicant",
        "退回申请人",
    ),
    ServiceTask("request.mark_rejected", _mark_rejected, _REQUEST | {"comment": "string"}, "Reject", "标记为已拒绝"),
    ServiceTask(
        "request.resubmitted", _resubmitted, _REQUEST, "Read the request again", "重新读取申请", checks_first=True
    ),
    ServiceTask("request.escalate", _escalate, _REQUEST, "Tell the applicant about the delay", "通知申请人审批滞留"),
    ServiceTask(
        "invoice.issue",
        _issue,
        _REQUEST | {"channel": "string", "number": "string", "code": "string", "issued_on": "date"},
        "Issue the invoice",
        "开具发票",
    ),
    ServiceTask("register.append", _append_register, {"invoice_id": "integer"}, "Enter in the register", "登记台账"),
    ServiceTask("request.notify_issued", _notify_issued, _REQUEST, "Tell the applicant", "通知申请人已开票"),
)


def register_all() -> None:
    """Offer the table to the engine. Called once, where the application is put together."""
    for task in SERVICE_TASKS:
        if task.name not in CATALOGUE:
            CATALOGUE.add(task)
