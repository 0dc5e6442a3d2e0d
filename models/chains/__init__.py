"""Approval chains (审批链): who approves, in which order, from which day on; and the one planner of their steps."""

from models.chains.binding import Binding
from models.chains.choosing import OpenChoice, fault_in_choice, may_be_chosen, open_choices
from models.chains.planning import PlannedSigner, PlannedStep, Situation, plan
from models.chains.rules import (
    FACTS,
    MODES,
    TEXT_FACTS,
    ApproverKind,
    Approvers,
    Repeat,
    StepRule,
    WhenEmpty,
    WhenSelf,
    read_steps,
    stages_of,
)
from models.chains.tables import ApprovalChain, ChainVersion

__all__ = [
    "FACTS",
    "MODES",
    "TEXT_FACTS",
    "ApprovalChain",
    "ApproverKind",
    "Approvers",
    "Binding",
    "ChainVersion",
    "OpenChoice",
    "PlannedSigner",
    "PlannedStep",
    "Repeat",
    "Situation",
    "StepRule",
    "WhenEmpty",
    "WhenSelf",
    "fault_in_choice",
    "may_be_chosen",
    "open_choices",
    "plan",
    "read_steps",
    "stages_of",
]
