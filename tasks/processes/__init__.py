"""Publish diagrams, start them, move them on. The only bridge between `engine` (no tables) and `models` (no BPMN)."""

from tasks.processes.bridge import CATALOGUE
from tasks.processes.clock import due_instances, put_off, wake_due, wake_instance
from tasks.processes.definitions import (
    REQUEST_PROCESS,
    Finding,
    TableView,
    check_diagram,
    check_upload,
    count_running,
    decide,
    find_latest,
    get_definition,
    list_definitions,
    picture,
    publish_process,
    publish_shipped_flow,
    shipped_flow,
    show_tables,
    source,
)
from tasks.processes.running import cancel_process, complete_task, find_running, read_data, start_process

__all__ = [
    "CATALOGUE",
    "REQUEST_PROCESS",
    "Finding",
    "TableView",
    "cancel_process",
    "check_diagram",
    "check_upload",
    "complete_task",
    "count_running",
    "decide",
    "due_instances",
    "find_latest",
    "find_running",
    "get_definition",
    "list_definitions",
    "picture",
    "publish_process",
    "publish_shipped_flow",
    "put_off",
    "read_data",
    "shipped_flow",
    "show_tables",
    "source",
    "start_process",
    "wake_due",
    "wake_instance",
]
