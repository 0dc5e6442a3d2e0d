"""What a signer can do besides deciding: hand on, ask others, take somebody out, let others know."""

from __future__ import annotations

from dataclasses import dataclass

from models.access import Actor, Permission, Role
from models.db import db, utc_now
from models.errors import Invalid, NotAllowed, NotFound
from models.processes import HumanTask, SignerKind, SignerStatus, TaskSigner
from models.requests import InvoiceRequest
from models.signing import Place, answer, move, open_turns, put_in, remove, verdict_of
from tasks import audit, processes, requests
from tasks.boundary import command
from tasks.inbox.asking import check_person, tell_signers
from tasks.inbox.deciding import REVISION_FORM, check_comment, refuse_closed, refuse_stranger
from tasks.inbox.reading import get_task
from tasks.inbox.releasing import tell_released

_KINDS: dict[Place, SignerKind] = {
    "before": SignerKind.BEFORE,
    "after": SignerKind.AFTER,
    "parallel": SignerKind.PARALLEL,
}
# A task that grows without end would never be decided.
MOST_SIGNERS = 100


@dataclass(frozen=True)
class _Turn:
    """The actor's turn in an open task, under the lock of its flow."""

    task: HumanTask
    request: InvoiceRequest
    signer: TaskSigner


@command(Permission.TASK_DECIDE)
def transfer(actor: Actor, *, task_id: int, user_id: int, comment: str = "") -> None:
    """Hand one's turn to somebody else, who answers in one's place (转办)."""
    turn = _take_turn(actor, task_id, "transfer", comment)
    check_person(actor, turn.task, turn.request, user_id)
    move(turn.signer, user_id, by=actor.user_id, now=utc_now())
    _write_down(actor, turn, "transfer", comment, user_id=user_id)
    _ask_whose_turn(turn, "task.transferred", actor)


@command(Permission.TASK_DECIDE)
def delegate(actor: Actor, *, task_id: int, user_id: int, comment: str = "") -> None:
    """Ask somebody for their opinion first; then the task comes back to the actor, who decides (委派)."""
    turn = _take_turn(actor, task_id, "delegate", comment)
    _put_in(actor, turn, SignerKind.ADVISER, user_id)
    _write_down(actor, turn, "delegate", comment, user_id=user_id)
    _ask_whose_turn(turn, "task.delegated", actor)


@command(Permission.TASK_DECIDE)
def add_signer(actor: Actor, *, task_id: int, user_id: int, place: Place = "parallel", comment: str = "") -> None:
    """Ask somebody more, who must agree too (加签): `before` the actor, beside, or `after`.

    Whoever adds a signer behind themselves agrees by that.
    """
    if place not in _KINDS:
        raise Invalid("Choose before, after or beside you.", code="task.place", field="place")
    turn = _take_turn(actor, task_id, f"add_{place}", comment)
    _put_in(actor, turn, _KINDS[place], user_id)
    if place == "after":
        answer(turn.signer, status=SignerStatus.APPROVED, comment=comment, now=utc_now())
    _write_down(actor, turn, f"add_{place}", comment, user_id=user_id)
    _ask_whose_turn(turn, "task.added", actor)


@command(Permission.TASK_DECIDE)
def remove_signer(actor: Actor, *, task_id: int, signer_id: int, comment: str = "") -> None:
    """Do not ask somebody any more whom the actor had put in (减签); an administrator may take out anybody.

    Raises `Conflict` when they have answered. What is left may settle the step.
    """
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    refuse_closed(row.task)
    signer = next((signer for signer in row.task.signers if signer.id == signer_id), None)
    if signer is None:
        raise NotFound("There is no such signer in this task.", code="task.signer")
    if actor.user_id != signer.added_by_id and Role.ADMIN not in actor.roles:
        raise NotAllowed("Only who added a signer can take them out, or an administrator.", code="task.not_added")
    _allow(row.task, "remove")
    check_comment(comment)
    remove(signer, now=utc_now())
    turn = _Turn(row.task, row.request, signer)
    _write_down(actor, turn, "remove", comment, user_id=signer.user_id, outsider=signer.address)
    _ask_whose_turn(turn, "task.open", actor)
    _settle(actor, turn)


def _settle(actor: Actor, turn: _Turn) -> None:
    """Where taking somebody out leaves enough answers, the step is decided by those who gave them."""
    verdict = verdict_of(turn.task)
    if verdict is None:
        return
    answers = {"decision": verdict, "comment": "", "return_to": None, "resume": "onward"}
    asked = {name: value for name, value in answers.items() if name in turn.task.fields}
    new = processes.complete_task(actor.as_process(), task=turn.task, answer=asked, outcome=verdict)
    requests.announce_tasks(turn.request)
    tell_released(turn.task, turn.request, new)


def _take_turn(actor: Actor, task_id: int, verb: str, comment: str) -> _Turn:
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    refuse_closed(row.task)
    signer = refuse_stranger(actor, row.task, row.request)
    if signer is None:
        raise NotAllowed("This task asks a role, so there is nobody to hand it on to.", code="task.role")
    if row.task.form_key == REVISION_FORM:
        raise NotAllowed("Only who made a request can mend it. Open the request and submit it again.", code="task.own")
    _allow(row.task, verb)
    if signer.kind is SignerKind.ADVISER and verb != "transfer":
        raise NotAllowed("You are asked for your opinion: give it, or hand it on.", code="task.adviser")
    check_comment(comment)
    return _Turn(row.task, row.request, signer)


def _allow(task: HumanTask, verb: str) -> None:
    if verb not in task.verbs:
        raise NotAllowed("This step does not allow that.", code="task.verb")


def _put_in(actor: Actor, turn: _Turn, kind: SignerKind, user_id: int) -> None:
    check_person(actor, turn.task, turn.request, user_id)
    if len(turn.task.signers) >= MOST_SIGNERS:
        raise Invalid("At most {limit} people can be asked in one step.", code="task.signers", limit=MOST_SIGNERS)
    put_in(turn.signer, kind, user_id, by=actor.user_id)


def _ask_whose_turn(turn: _Turn, topic: str, actor: Actor) -> None:
    opened = open_turns(turn.task, utc_now())
    db.session.flush()
    tell_signers(turn.task, turn.request, [signer for signer in opened if signer.user_id != actor.user_id], topic)


def _write_down(actor: Actor, turn: _Turn, verb: str, comment: str, *, user_id: int | None, outsider: str = "") -> None:
    requests.note(actor, turn.request, verb, comment=comment, task=turn.task, about=user_id, outsider=outsider)
    subject, person = f"task:{turn.task.id}", outsider or user_id
    audit.record(actor, f"task.{verb}", subject, request=turn.request.id, person=person, comment=comment)
