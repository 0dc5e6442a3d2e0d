"""What people read for the codes that the program stores: states, roles, decisions, kinds of invoice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal

from flask import Flask
from flask_babel import LazyString, lazy_gettext

from models.access import Role
from models.arithmetic import plain
from models.customers import Grade, HeaderKind
from models.invoice_types import INVOICE_TYPES
from models.invoices import Channel, InvoiceStatus
from models.moves import BatchState, ItemState, MoveClass
from models.notices import ChatKind
from models.processes import IncidentState, InstanceStatus, SignerStatus, StepMode, TaskStatus
from models.requests import Approval, CollectionState, DeliveryState, IssueState
from models.words import amount_in_words
from tasks.departments import DepartmentView
from tasks.replays import Kind
from tasks.requests import ENTRIES
from web.forms import sentence
from web.i18n import language


def local_title(english: str, chinese: str) -> str:
    """The one of two twins that the reader reads: titles of tasks, names of chains. Chinese may be missing."""
    return chinese if chinese and language() == "zh" else english


def department_options(tree: Iterable[DepartmentView], *, without: int = 0, depth: int = 0) -> list[tuple[int, str]]:
    """Departments for a select field, each below the one to which it belongs; `without` one and what is below it."""
    found: list[tuple[int, str]] = []
    for row in tree:
        if row.id != without:
            found.append((row.id, "\u2003" * depth + local_title(row.name, row.name_zh)))
            found += department_options(row.children, without=without, depth=depth + 1)
    return found


_APPROVAL: dict[str, object] = {
    Approval.DRAFT: lazy_gettext("Draft"),
    Approval.IN_APPROVAL: lazy_gettext("In approval"),
    Approval.RETURNED: lazy_gettext("Returned"),
    Approval.APPROVED: lazy_gettext("Approved"),
    Approval.REJECTED: lazy_gettext("Rejected"),
    Approval.WITHDRAWN: lazy_gettext("Withdrawn"),
    Approval.CANCELLED: lazy_gettext("Cancelled"),
}
_ISSUE: dict[str, object] = {
    IssueState.NONE: lazy_gettext("Not issued"),
    IssueState.PARTIAL: lazy_gettext("Partly issued"),
    IssueState.FULL: lazy_gettext("Issued"),
    IssueState.REVERSED: lazy_gettext("Reversed"),
}
_ROLE: dict[str, object] = {
    Role.ADMIN: lazy_gettext("Administrator"),
    Role.DESIGNER: lazy_gettext("Flow designer"),
    Role.APPROVER: lazy_gettext("Approver"),
    Role.FINANCE: lazy_gettext("Finance"),
    Role.APPLICANT: lazy_gettext("Applicant"),
    Role.AUDITOR: lazy_gettext("Auditor"),
}
# Each kind of code with its words. The keys of `stage` are those of `InvoiceRequest.stage`.
_TABLES: dict[str, Mapping[str, object]] = {
    "approval": _APPROVAL,
    "issue": _ISSUE,
    "stage": {
        **_APPROVAL,
        "to_issue": lazy_gettext("To be issued"),
        "issued": lazy_gettext("Issued"),
        "partial": _ISSUE[IssueState.PARTIAL],
        "reversed": _ISSUE[IssueState.REVERSED],
    },
    "delivery": {
        DeliveryState.NONE: lazy_gettext("Not delivered"),
        DeliveryState.PARTIAL: lazy_gettext("Partly delivered"),
        DeliveryState.DELIVERED: lazy_gettext("Delivered"),
        DeliveryState.EXCEPTION: lazy_gettext("Delivery problem"),
    },
    "collection": {
        CollectionState.NONE: lazy_gettext("Not collected"),
        CollectionState.PARTIAL: lazy_gettext("Partly collected"),
        CollectionState.COLLECTED: lazy_gettext("Collected"),
    },
    # What differs when a past request is run again on another version.
    "replay": {
        Kind.REACHED: lazy_gettext("Newly reached"),
        Kind.NOT_REACHED: lazy_gettext("No longer reached"),
        Kind.ASKED: lazy_gettext("Newly asked"),
        Kind.NOT_ASKED: lazy_gettext("No longer asked"),
        Kind.WAITS: lazy_gettext("Would have waited"),
        Kind.STOPS: lazy_gettext("Would stop"),
        Kind.UNKNOWN: lazy_gettext("Nobody can know"),
    },
    # The red flags of a request (tasks/requests/flags.py), in a word or two for lists.
    "flag": {
        "request.duplicate": lazy_gettext("Possible duplicate"),
        "request.header_changed": lazy_gettext("Header has changed"),
    },
    # What a person may answer a task with: the button.
    "decision": {
        "approve": lazy_gettext("Approve"),
        "return": lazy_gettext("Return"),
        "reject": lazy_gettext("Reject"),
        "issue": lazy_gettext("Issue"),
        "resubmit": lazy_gettext("Submit again"),
        "done": lazy_gettext("Done"),
    },
    # How a task was answered: the list of what was handled.
    "outcome": {
        "approve": _APPROVAL[Approval.APPROVED],
        "return": _APPROVAL[Approval.RETURNED],
        "reject": _APPROVAL[Approval.REJECTED],
        "issue": _ISSUE[IssueState.FULL],
        "resubmit": lazy_gettext("Submitted again"),
        "done": lazy_gettext("Done"),
        "cancelled": lazy_gettext("No longer needed"),
        "take_back": lazy_gettext("Taken back"),
    },
    # What a person has done about a request: the timeline.
    "action": {
        "submit": lazy_gettext("submitted it"),
        "resubmit": lazy_gettext("submitted it again"),
        "approve": lazy_gettext("approved it"),
        "edit": lazy_gettext("changed it while approving"),
        "return": lazy_gettext("returned it"),
        "reject": lazy_gettext("rejected it"),
        "issue": lazy_gettext("issued the invoice"),
        "withdraw": lazy_gettext("withdrew it"),
        "cancel": lazy_gettext("cancelled it"),
        "done": lazy_gettext("did it"),
        "stop": lazy_gettext("stopped the flow: a step failed"),
        "retry": lazy_gettext("let the step try again"),
        "skip": lazy_gettext("skipped the step"),
        "transfer": lazy_gettext("handed it on"),
        "delegate": lazy_gettext("asked for an opinion"),
        "advise": lazy_gettext("advised to approve it"),
        "advise_against": lazy_gettext("advised against it"),
        "add_before": lazy_gettext("asked for an approval before their own"),
        "add_after": lazy_gettext("approved it and asked for one more approval"),
        "add_parallel": lazy_gettext("asked for one more approval"),
        "remove": lazy_gettext("took out a signer"),
        "take_back": lazy_gettext("took their approval back"),
        "copy": lazy_gettext("sent a copy"),
        "comment": lazy_gettext("commented"),
        "urge": lazy_gettext("urged the approvers"),
        "escalate": lazy_gettext("told people above: it is late"),
        "auto_approve": lazy_gettext("approved it, as nobody decided in time"),
        "auto_return": lazy_gettext("returned it, as nobody decided in time"),
        "auto_reject": lazy_gettext("rejected it, as nobody decided in time"),
    },
    "entry": {name: lazy_gettext(words) for name, words in ENTRIES.items()},
    "signer": {
        SignerStatus.WAITING: lazy_gettext("Not yet asked"),
        SignerStatus.OPEN: lazy_gettext("Is asked"),
        SignerStatus.HELD: lazy_gettext("Waits for others"),
        SignerStatus.APPROVED: _APPROVAL[Approval.APPROVED],
        SignerStatus.REJECTED: _APPROVAL[Approval.REJECTED],
        SignerStatus.RETURNED: _APPROVAL[Approval.RETURNED],
        SignerStatus.ADVISED: lazy_gettext("Gave an opinion"),
        SignerStatus.DONE: lazy_gettext("Done"),
        SignerStatus.MOVED: lazy_gettext("Handed it over"),
        SignerStatus.REMOVED: lazy_gettext("Removed"),
        SignerStatus.DROPPED: lazy_gettext("No longer needed"),
    },
    "step_mode": {
        StepMode.ANY: lazy_gettext("One of them decides"),
        StepMode.ALL: lazy_gettext("All must agree"),
        StepMode.ORDER: lazy_gettext("One after the other"),
        StepMode.COUNT: lazy_gettext("A number of them must agree"),
        StepMode.PERCENT: lazy_gettext("A share of them must agree"),
        StepMode.WEIGHT: lazy_gettext("Votes are weighted"),
        StepMode.VETO: lazy_gettext("With a veto"),
    },
    "incident": {
        IncidentState.OPEN: lazy_gettext("Waits for help"),
        IncidentState.RETRIED: lazy_gettext("Retried"),
        IncidentState.SKIPPED: lazy_gettext("Skipped"),
        IncidentState.RESOLVED: lazy_gettext("Went away by itself"),
    },
    "task": {
        TaskStatus.OPEN: lazy_gettext("Open"),
        TaskStatus.DONE: lazy_gettext("Done"),
        TaskStatus.CANCELLED: lazy_gettext("No longer needed"),
    },
    "flow": {
        InstanceStatus.RUNNING: lazy_gettext("Running"),
        "stopped": lazy_gettext("Stopped by an incident"),  # runs, but a step of it has failed
        InstanceStatus.COMPLETED: lazy_gettext("Completed"),
        InstanceStatus.CANCELLED: lazy_gettext("Cancelled"),
    },
    "move": {
        BatchState.RUNNING: lazy_gettext("Running"),
        BatchState.STOPPED: lazy_gettext("Stopped"),
        BatchState.DONE: lazy_gettext("Done"),
    },
    "moved": {
        ItemState.TODO: lazy_gettext("Waits for its turn"),
        ItemState.MOVED: lazy_gettext("Moved"),
        ItemState.REFUSED: lazy_gettext("Not moved"),
        ItemState.RETURNED: lazy_gettext("Moved back"),
    },
    "move_class": {
        MoveClass.SAFE: lazy_gettext("Can move"),
        MoveClass.MAPPING: lazy_gettext("Needs a mapping"),
        MoveClass.BLOCKED: lazy_gettext("Cannot move"),
    },
    "invoice_type": {kind.key: LazyString(local_title, kind.name_en, kind.name_zh) for kind in INVOICE_TYPES},
    "invoice": {
        InvoiceStatus.ISSUED: lazy_gettext("Issued"),
        InvoiceStatus.VOIDED: lazy_gettext("Voided"),
        InvoiceStatus.PARTLY_REVERSED: lazy_gettext("Partly reversed"),
        InvoiceStatus.REVERSED: lazy_gettext("Reversed"),
    },
    "channel": {
        Channel.MANUAL: lazy_gettext("Registered by hand"),
        Channel.SIMULATOR: lazy_gettext("Simulator"),
    },
    "role": _ROLE,
    # What people choose by: groups of notices, and the ways to be told.
    "notice_group": {
        "waiting": lazy_gettext("Tasks that wait for me"),
        "urgent": lazy_gettext("Overdue and urged"),
        "copies": lazy_gettext("Copies and mentions"),
        "results": lazy_gettext("Results of my requests"),
        "incidents": lazy_gettext("Incidents of flows"),
    },
    "notice_channel": {
        "bell": lazy_gettext("In Piaoflow"),
        "mail": lazy_gettext("By mail"),
        "chat": lazy_gettext("In the chat group"),
    },
    "chat_kind": {
        ChatKind.WECOM: lazy_gettext("WeCom robot"),
        ChatKind.DINGTALK: lazy_gettext("DingTalk robot"),
        ChatKind.FEISHU: lazy_gettext("Feishu robot"),
        ChatKind.JSON: lazy_gettext("A program of your own (JSON)"),
    },
    "digest": {
        "off": lazy_gettext("Each mail at once"),
        "hourly": lazy_gettext("One mail an hour"),
        "daily": lazy_gettext("One mail a day"),
    },
    "grade": {
        Grade.A: lazy_gettext("A: well known"),
        Grade.B: lazy_gettext("B: known"),
        Grade.C: lazy_gettext("C: new"),
    },
    # Why somebody is asked to approve.
    "approver_reason": {
        "people": lazy_gettext("named in the chain"),
        "role": lazy_gettext("one of those with the role"),
        "department_head": lazy_gettext("head of the applicant"),
        "head_up": lazy_gettext("head of a department above"),
        "heads": lazy_gettext("one of the heads above"),
        "customer_owner": lazy_gettext("looks after the customer"),
        "form_field": lazy_gettext("named in the request"),
        "initiator_choice": lazy_gettext("chosen by the applicant"),
        "feel": lazy_gettext("found by the chain's expression"),
        "external": lazy_gettext("from outside, asked by mail"),
        "head_instead": lazy_gettext("head, in the place of the applicant"),
        "escalated": lazy_gettext("head, as nobody else was found"),
        "stand_by": lazy_gettext("stands by where nobody is found"),
        "administrators": lazy_gettext("administrator, as nobody else is left"),
    },
    "header_kind": {
        HeaderKind.ORGANIZATION: lazy_gettext("Organization"),
        HeaderKind.PERSON: lazy_gettext("Person"),
        HeaderKind.GOVERNMENT: lazy_gettext("Government body"),
        HeaderKind.FOREIGN: lazy_gettext("Foreign organization"),
    },
}


def init_app(app: Flask) -> None:
    """Give templates ``{{ code|label('stage') }}``, ``{{ task.title|local_title(task.title_zh) }}`` and
    ``{{ check|sentence }}`` for whatever has a message and fields.
    """
    app.jinja_env.filters.update(
        label=lambda code, kind: label(kind, code),
        local_title=local_title,
        sentence=sentence,
        figure=figure,
        clock_time=clock_time,
        in_words=amount_in_words,
    )


def label(kind: str, code: str) -> str:
    """The words for `code` in the reader's language; the code itself where no table knows it (an old record's)."""
    return str(_TABLES[kind].get(code, code))


def figure(number: Decimal | None) -> str:
    """A quantity or price with every decimal it has, grouped by thousands; "–" for none."""
    if number is None:
        return "–"
    whole, _point, decimals = plain(number).partition(".")
    return f"{int(whole):,}.{decimals}" if decimals else f"{int(whole):,}"


def clock_time(at: object) -> str:
    """A time of day as a time field wants it; what was typed stays as it is."""
    return at.isoformat("minutes") if isinstance(at, time) else str(at or "")


def options(kind: str) -> list[tuple[str, str]]:
    """Every code of a kind with its words, in the order of the table: for select fields."""
    return [(str(code), str(words)) for code, words in _TABLES[kind].items()]
