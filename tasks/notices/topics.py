"""What people are told of: each topic with its sentence and the group by which people choose it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from models.language import N_
from tasks.language import translate

WAITING, URGENT, COPIES, RESULTS, INCIDENTS = GROUPS = ("waiting", "urgent", "copies", "results", "incidents")


@dataclass(frozen=True)
class Topic:
    """What a notice says, in the bell and as the subject of a mail. `group` is one of `GROUPS`."""

    group: str
    title: str

    @property
    def is_urgent(self) -> bool:
        return self.group == URGENT


TOPICS: Mapping[str, Topic] = {
    "task.open": Topic(WAITING, N_("{number} waits for you: {customer}, {amount}")),
    "task.transferred": Topic(WAITING, N_("{person} transferred {number} to you: {customer}, {amount}")),
    "task.delegated": Topic(WAITING, N_("{person} asks for your opinion on {number}: {customer}, {amount}")),
    "task.advised": Topic(WAITING, N_("{person} gave an opinion, {number} is yours again: {customer}, {amount}")),
    "task.added": Topic(WAITING, N_("{person} added you as a signer of {number}: {customer}, {amount}")),
    "task.taken_back": Topic(WAITING, N_("{person} took a decision on {number} back: {customer}, {amount}")),
    "task.settled_approved": Topic(WAITING, N_("{person} approved {number}, so it no longer waits for you")),
    "task.settled_rejected": Topic(WAITING, N_("{person} rejected {number}, so it no longer waits for you")),
    "task.settled_returned": Topic(WAITING, N_("{person} returned {number}, so it no longer waits for you")),
    "delegation.made": Topic(WAITING, N_("You act for {person} from {first_day} on")),
    "delegation.made_until": Topic(WAITING, N_("You act for {person} from {first_day} to {last_day}")),
    "delegation.revoked": Topic(WAITING, N_("You no longer act for {person}")),
    "task.overdue": Topic(URGENT, N_("Overdue: {number} still waits for you ({customer}, {amount})")),
    "task.urged": Topic(URGENT, N_("{person} urges you to handle {number}: {customer}, {amount}")),
    "task.escalated": Topic(URGENT, N_("{number} was escalated to you: {customer}, {amount}")),
    "task.copied": Topic(COPIES, N_("{person} sent you a copy of {number}: {customer}, {amount}")),
    "task.mentioned": Topic(COPIES, N_("{person} mentioned you on {number}: {comment}")),
    "request.returned": Topic(RESULTS, N_("{number} was returned to you: {comment}")),
    "request.rejected": Topic(RESULTS, N_("{number} was rejected: {comment}")),
    "request.approved": Topic(RESULTS, N_("{number} is approved and waits to be issued")),
    "request.edited": Topic(RESULTS, N_("{person} approved {number} and changed it: {customer}, {amount}")),
    "request.issued": Topic(RESULTS, N_("{number} is issued: invoice {invoice_number}")),
    "request.waiting_long": Topic(RESULTS, N_("{number} has waited for approval for days")),
    "flow.stopped": Topic(INCIDENTS, N_("A flow has stopped at “{step}” and waits for your help")),
}


def sentence(topic: str, fields: dict[str, Any], language: str) -> str:
    """What a notice says, for a reader of `language`. A field that was not given reads "–"."""
    title = TOPICS[topic].title
    given = {name: fields.get(name) or "–" for name in _names(title)}
    if language == "zh":
        given |= {name: fields[f"{name}_zh"] for name in given if fields.get(f"{name}_zh")}
    return translate(title, language, **given)


def topics_of(group: str) -> list[str]:
    """The topics of one group."""
    return [name for name, topic in TOPICS.items() if topic.group == group]


def _names(title: str) -> list[str]:
    return [name for _text, name, _spec, _conversion in Formatter().parse(title) if name]
