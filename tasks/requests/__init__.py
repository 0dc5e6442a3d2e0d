"""Invoice requests: draft, check, submit, withdraw, read."""

from tasks.requests.announce import announce_tasks, tell_asked, tell_new
from tasks.requests.approval import (
    escalate,
    mark_approved,
    mark_rejected,
    mark_reopened,
    mark_returned,
    read_facts,
    submit_draft,
    submit_request,
    tell_issued,
    withdraw_request,
)
from tasks.requests.attachments import MAX_ATTACHMENTS, add_attachment, read_attachment, remove_attachment
from tasks.requests.attachments import MAX_BYTES as MAX_ATTACHMENT_BYTES
from tasks.requests.checks import REMARK_LIMIT, Check, check_request
from tasks.requests.document import Document, NextStep, read_diagram, read_document
from tasks.requests.drafts import (
    MAX_LINES,
    as_draft,
    compute,
    copy_request,
    create_draft,
    discard_request,
    get_editable,
    keep_unfinished,
    update_draft,
)
from tasks.requests.edits import edit_in_approval, rights_for
from tasks.requests.flags import find_flags
from tasks.requests.items import list_items, make_default_items
from tasks.requests.preview import Preview, preview_request
from tasks.requests.reading import (
    KIND,
    STAGES,
    Approvers,
    RequestFilter,
    RequestPage,
    count_stages,
    find_instance,
    get_request,
    list_requests,
    list_timeline,
    matching,
    preview_approvers,
    visible_to,
)
from tasks.requests.rounds import Change, changes_since_last_round
from tasks.requests.sheet import build_sheet
from tasks.requests.timeline import note
from tasks.requests.uploads import add_upload, list_uploads, read_comment_file, take_uploads
from tasks.requests.values import CommentFile, ComputedLines, LineDraft, RequestDraft, RequestEdits
from tasks.requests.wording import ENTRIES

__all__ = [
    "ENTRIES",
    "KIND",
    "MAX_ATTACHMENTS",
    "MAX_ATTACHMENT_BYTES",
    "MAX_LINES",
    "REMARK_LIMIT",
    "STAGES",
    "Approvers",
    "Change",
    "Check",
    "CommentFile",
    "ComputedLines",
    "Document",
    "LineDraft",
    "NextStep",
    "Preview",
    "RequestDraft",
    "RequestEdits",
    "RequestFilter",
    "RequestPage",
    "add_attachment",
    "add_upload",
    "announce_tasks",
    "as_draft",
    "build_sheet",
    "changes_since_last_round",
    "check_request",
    "compute",
    "copy_request",
    "count_stages",
    "create_draft",
    "discard_request",
    "edit_in_approval",
    "escalate",
    "find_flags",
    "find_instance",
    "get_editable",
    "get_request",
    "keep_unfinished",
    "list_items",
    "list_requests",
    "list_timeline",
    "list_uploads",
    "make_default_items",
    "mark_approved",
    "mark_rejected",
    "mark_reopened",
    "mark_returned",
    "matching",
    "note",
    "preview_approvers",
    "preview_request",
    "read_attachment",
    "read_comment_file",
    "read_diagram",
    "read_document",
    "read_facts",
    "remove_attachment",
    "rights_for",
    "submit_draft",
    "submit_request",
    "take_uploads",
    "tell_asked",
    "tell_issued",
    "tell_new",
    "update_draft",
    "visible_to",
    "withdraw_request",
]
