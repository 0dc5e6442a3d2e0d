"""Approval chains: edit them in versions, choose one, and plan who approves. Preview and run ask the same planner."""

from tasks.chains.editing import (
    ChainDraft,
    add_chain,
    check_condition,
    get_chain,
    list_chains,
    make_default_chains,
    move_chain,
    name_customers,
    read_organization,
    save_chain,
    set_active,
)
from tasks.chains.gallery import GALLERY, GalleryChain
from tasks.chains.planning import (
    ChainPreview,
    advance,
    advance_stage,
    facts_read,
    planner_of_today,
    preview,
    preview_draft,
    resolve,
)

__all__ = [
    "GALLERY",
    "ChainDraft",
    "ChainPreview",
    "GalleryChain",
    "add_chain",
    "advance",
    "advance_stage",
    "check_condition",
    "facts_read",
    "get_chain",
    "list_chains",
    "make_default_chains",
    "move_chain",
    "name_customers",
    "planner_of_today",
    "preview",
    "preview_draft",
    "read_organization",
    "resolve",
    "save_chain",
    "set_active",
]
