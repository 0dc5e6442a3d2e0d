"""Human tasks: what waits for whom, deciding, handing on, taking back, reminding."""

from tasks.inbox.bulk import MOST_IN_BULK, BulkResult, approve_many
from tasks.inbox.deciding import APPROVAL_FORM, COMMENT_LIMIT, DECISIONS, ISSUING_FORM, decide, decide_from_outside
from tasks.inbox.details import TaskView, read_task
from tasks.inbox.reading import (
    InboxPage,
    InboxRow,
    InboxSum,
    count_open,
    count_views,
    find_next,
    get_task,
    list_tasks,
    may_answer,
    read_numbers,
    sum_tasks,
)
from tasks.inbox.reminders import act_on_late, announce_new
from tasks.inbox.returning import ReturnTarget, return_targets
from tasks.inbox.saved import delete_view, list_views, save_view
from tasks.inbox.snoozing import SNOOZES, snooze, snoozed_until, wake
from tasks.inbox.telling import URGE_AGAIN_AFTER, comment_on, copy_to, list_copies, read_copy, urge
from tasks.inbox.undoing import mark_seen, take_back
from tasks.inbox.verbs import add_signer, delegate, remove_signer, transfer
from tasks.inbox.views import VIEWS, WAITING_VIEWS, InboxFilter, waits_for

__all__ = [
    "APPROVAL_FORM",
    "COMMENT_LIMIT",
    "DECISIONS",
    "ISSUING_FORM",
    "MOST_IN_BULK",
    "SNOOZES",
    "URGE_AGAIN_AFTER",
    "VIEWS",
    "WAITING_VIEWS",
    "BulkResult",
    "InboxFilter",
    "InboxPage",
    "InboxRow",
    "InboxSum",
    "ReturnTarget",
    "TaskView",
    "act_on_late",
    "add_signer",
    "announce_new",
    "approve_many",
    "comment_on",
    "copy_to",
    "count_open",
    "count_views",
    "decide",
    "decide_from_outside",
    "delegate",
    "delete_view",
    "find_next",
    "get_task",
    "list_copies",
    "list_tasks",
    "list_views",
    "mark_seen",
    "may_answer",
    "read_copy",
    "read_numbers",
    "read_task",
    "remove_signer",
    "return_targets",
    "save_view",
    "snooze",
    "snoozed_until",
    "sum_tasks",
    "take_back",
    "transfer",
    "urge",
    "waits_for",
    "wake",
]
