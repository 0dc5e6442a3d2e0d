"""The designer's drafts: a flow that is being edited, with its files and every text that these have had."""

from tasks.drafts.checking import check_draft, list_decisions, list_variables
from tasks.drafts.files import (
    MAX_BYTES,
    Saved,
    list_edits,
    read_edit,
    read_file,
    redo_edit,
    restore_edit,
    save_file,
    undo_edit,
)
from tasks.drafts.opening import discard_draft, get_draft, list_drafts, open_draft, reopen_draft
from tasks.drafts.packages import ImportedFile, export_draft, import_files
from tasks.drafts.presence import AWAY_AFTER, Presence, Visitor, leave_draft, visit_draft
from tasks.drafts.publishing import Review, publish_draft, review_draft
from tasks.drafts.trying import replay_draft, try_cases

__all__ = [
    "AWAY_AFTER",
    "MAX_BYTES",
    "ImportedFile",
    "Presence",
    "Review",
    "Saved",
    "Visitor",
    "check_draft",
    "discard_draft",
    "export_draft",
    "get_draft",
    "import_files",
    "leave_draft",
    "list_decisions",
    "list_drafts",
    "list_edits",
    "list_variables",
    "open_draft",
    "publish_draft",
    "read_edit",
    "read_file",
    "redo_edit",
    "reopen_draft",
    "replay_draft",
    "restore_edit",
    "review_draft",
    "save_file",
    "try_cases",
    "undo_edit",
    "visit_draft",
]
