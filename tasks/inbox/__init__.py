"""Human tasks: what waits for whom, deciding, handing on, taking back, reminding."""

from tasks.inbox.bulk import MOST_IN_BULK, BulkResult, approve_many
from tasks.inbox.deciding import APPROVAL_FORM, COMMENT_LIMIT, DECISIONS, ISSUING_FORM, decide
from tasks.inbox.reading import (
    VIEWS,
    InboxPage,
    InboxRow,
    count_open,
    count_views,
    find_next,
    get_task,
    list_tasks,
    may_answer,
    waits_for,
)
from tasks.inbox.reminders import announce_new, decide_late, escalate_late, remind_overdue
from tasks.inbox.returning import ReturnTarget, return_targets
from tasks.inbox.telling import URGE_AGAIN_AFTER, comment_on, copy_to, list_copies, read_copy, urge
from tasks.inbox.undoing import mark_seen, take_back
from tasks.inbox.verbs import add_signer, delegate, remove_signer, transfer

__all__ = [
    "APPROVAL_FORM",
    "COMMENT_LIMIT",
    "DECISIONS",
    "ISSUING_FORM",
    "MOST_IN_BULK",
    "URGE_AGAIN_AFTER",
    "VIEWS",
    "BulkResult",
    "InboxPage",
    "InboxRow",
    "ReturnTarget",
    "add_signer",
    "announce_new",
    "approve_many",
    "comment_on",
    "copy_to",
    "count_open",
    "count_views",
    "decide",
    "decide_late",
    "delegate",
    "escalate_late",
    "find_next",
    "get_task",
    "list_copies",
    "list_tasks",
    "mark_seen",
    "may_answer",
    "read_copy",
    "remind_overdue",
    "remove_signer",
    "return_targets",
    "take_back",
    "transfer",
    "urge",
    "waits_for",
]
