"""Past requests on a changed flow: each is run again in the engine alone, and nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.process import Definition, OpenTask
from engine.runtime.replay import Description
from models.access import Actor, Permission
from models.db import db
from models.errors import NotFound
from models.requests import InvoiceRequest
from tasks import chains, departments, processes, requests
from tasks.boundary import query
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.painting import GOES_WELL
from tasks.processes.steps import people_of
from tasks.replays.comparing import Report, RequestReplay, Titles, compare, group
from tasks.replays.history import BATCH, Asking, finished, key_of, read_histories

MOST: Final = 10_000
SECONDS: Final = 120
_PATIENCE: Final = 20
_RESOLVE: Final = "chain.resolve"
_FACTS: Final = ("amount", "invoice_type", "customer_grade")


@query(Permission.PROCESS_PUBLISH)
def replay_requests(
    actor: Actor,
    *,
    key: str,
    bpmn: str,
    decisions: Mapping[str, str],
    limit: int = 100,
    version: int | None = None,
    seconds: float = SECONDS,
) -> Report:
    """What `bpmn`, with `decisions` by id, would have made of the newest `limit` finished requests of the flow `key`.

    People answer what they answered, services what they returned, where they are asked the same; an approval that
    nobody gave then is assumed, so that the rest of the way can be told. Approvers for another chain than then are
    those of today. With `version` only requests that ended on that one are taken. What takes longer than `seconds` in
    all is left out. Raises `Invalid` for a diagram with faults.
    """
    with translated():
        definition = ENGINE.load(bpmn.encode(), {name: table.encode() for name, table in decisions.items()})
    subjects = finished(key, min(limit, MOST), version=version)
    ends_at, found = time.monotonic() + seconds, list[RequestReplay]()
    for request in _replays(actor, definition, subjects):
        found.append(request)
        if time.monotonic() > ends_at:
            break
    numbered = tuple(_with_numbers(actor, found))
    return Report(numbered, group(numbered), _names(actor), len(subjects) - len(found))


@query(Permission.PROCESS_PUBLISH)
def replay_on_version(actor: Actor, definition_id: int, *, version: int | None = None, limit: int = 100) -> Report:
    """The same on a published version, while somebody waits for the page. Raises `NotFound`."""
    target = processes.get_definition(actor, definition_id)
    return replay_requests(
        actor,
        key=target.key,
        bpmn=target.bpmn,
        decisions=target.decisions,
        version=version,
        limit=limit,
        seconds=_PATIENCE,
    )


def _replays(actor: Actor, definition: Definition, subjects: Mapping[int, int]) -> Iterator[RequestReplay]:
    titles, services = Titles(definition), {_RESOLVE: _Resolver(actor, [*subjects.values()]).resolve}
    for history in read_histories([*subjects]):
        replayed = ENGINE.replay(definition, history.past, describe=_describe, guess=_guess, services=services)
        yield compare(history, replayed, titles)


def _describe(task: OpenTask) -> Description:
    """Who would be asked. Raises what would stop the task in a real run."""
    _ = task.candidates, task.due_hours
    people, role = people_of(task), str(task.properties.get("role") or "")
    asked = {signer.identity for signer in people.signers} | ({f"role:{role}"} if role else set())
    key = key_of(task.element_id, task.form_key, people.step)
    return key, Asking(key, task.title, task.title_zh, frozenset(asked))


def _guess(task: OpenTask) -> Mapping[str, Any] | None:
    return GOES_WELL.get(task.form_key, {})


class _Resolver:
    """Plans a chain for what the flow says of the request at that moment; what else is known of it is of today.

    Requests are read when the first of their batch is planned.
    """

    def __init__(self, actor: Actor, request_ids: Sequence[int]) -> None:
        self._actor = actor
        self._place = {request_id: place // BATCH for place, request_id in enumerate(request_ids)}
        self._requests: dict[int, InvoiceRequest] = {}
        self._begin: Callable[[InvoiceRequest, Mapping[str, Any], str], Any] | None = None

    def resolve(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        self._begin = self._begin or chains.planner_of_today(self._actor)
        facts = {name: variables[name] for name in _FACTS if name in variables}
        return self._begin(self._request(arguments["request_id"]), facts, arguments["chain_key"])

    def _request(self, request_id: int) -> InvoiceRequest:
        if request_id not in self._requests:
            place = self._place.get(request_id)
            batch = [other for other, its_place in self._place.items() if its_place == place]
            wanted = select(InvoiceRequest).where(InvoiceRequest.id.in_([request_id, *batch]))
            read = db.session.scalars(wanted.options(joinedload(InvoiceRequest.customer)))
            self._requests = {request.id: request for request in read}
        if request_id not in self._requests:
            raise NotFound("There is no such request, or you may not see it.", code="request.not_found")
        return self._requests[request_id]


def _with_numbers(actor: Actor, found: Sequence[RequestReplay]) -> Iterable[RequestReplay]:
    ids = [request.subject_id for request in found if not request.is_same]
    numbers, visible = dict[int, str](), requests.visible_to(actor)
    for start in range(0, len(ids), 500):
        wanted = select(InvoiceRequest.id, InvoiceRequest.number)
        rows = db.session.execute(wanted.where(InvoiceRequest.id.in_(ids[start : start + 500]), visible))
        numbers |= {row.id: row.number or "" for row in rows}
    return (replace(request, number=numbers.get(request.subject_id, "")) for request in found)


def _names(actor: Actor) -> dict[int, str]:
    organization = departments.organization_of(actor.company_id or 0)
    return {member.user_id: member.name for member in organization.members.values()}
