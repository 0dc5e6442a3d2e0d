"""Move running flows to another version, many together: in the background, one after the other, and back again."""

from tasks.moves.reading import (
    ItemPage,
    MoveProgress,
    find_running_move,
    get_move,
    list_items,
    list_moves,
    list_refusals,
    name_subjects,
    read_progress,
    reasons_of,
)
from tasks.moves.starting import resume_move, roll_back_move, start_move, stop_move
from tasks.moves.working import WORK, work_off

__all__ = [
    "WORK",
    "ItemPage",
    "MoveProgress",
    "find_running_move",
    "get_move",
    "list_items",
    "list_moves",
    "list_refusals",
    "name_subjects",
    "read_progress",
    "reasons_of",
    "resume_move",
    "roll_back_move",
    "start_move",
    "stop_move",
    "work_off",
]
