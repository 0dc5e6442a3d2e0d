"""Approval chains (审批链): who approves, in which order, from which day on; and the one planner of their steps."""

from models.chains.approvers import FACTS, TEXT_FACTS, ApproverKind, Approvers, Repeat, WhenEmpty, WhenSelf
from models.chains.binding import Binding
from models.chains.choosing import OpenChoice, fault_in_choice, may_be_chosen, open_choices
from models.chains.outsiders import Outsider
from models.chains.planned import Person, PlannedSigner, PlannedStep
from models.chains.planning import Situation, plan
from models.chains.rules import MODES, StepRule, read_steps, stages_of
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
    "Outsider",
    "Person",
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
