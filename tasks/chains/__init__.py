"""Approval chains: edit them in versions, choose one, and plan who approves. Preview and run ask the same planner."""

from tasks.chains.editing import (
    ChainDraft,
    add_chain,
    get_chain,
    list_chains,
    make_default_chains,
    move_chain,
    save_chain,
    set_active,
)
from tasks.chains.planning import ChainPreview, advance, preview, resolve

__all__ = [
    "ChainDraft",
    "ChainPreview",
    "add_chain",
    "advance",
    "get_chain",
    "list_chains",
    "make_default_chains",
    "move_chain",
    "preview",
    "resolve",
    "save_chain",
    "set_active",
]
