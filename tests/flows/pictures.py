"""A task, a plan and a preview as plain tuples, to hold tables, model and page against each other."""

from __future__ import annotations

from typing import Any

from models.chains import PlannedStep
from models.processes import HumanTask
from tests.flows.plain_chain import Plan
from tests.flows.plain_step import Task

Picture = tuple[Any, ...]


def of_model(task: Task) -> Picture:
    """A task of the plain model, as `of_table` shows one of the tables."""
    number = {signer: place for place, signer in enumerate(task.signers)}
    signers = tuple(
        (
            (one.user, one.acts_for, one.kind, one.status, one.place, one.weight, one.has_veto),
            (number.get(one.parent) if one.parent else None, one.by, one.is_seen),
        )
        for one in task.signers
    )
    return (
        (task.form, task.key, task.reason, task.role, task.stage),
        (task.mode, task.threshold, tuple(task.verbs)),
        (task.status, task.outcome, task.closed_by, task.is_seen, task.is_urged),
        signers,
    )


def of_table(task: HumanTask) -> Picture:
    """A task as the tables have it."""
    number = {signer.id: place for place, signer in enumerate(task.signers)}
    step = task.step or {}
    signers = tuple(
        (
            (one.user_id, one.acts_for_id, one.kind.value, one.status.value, one.place, one.weight, one.has_veto),
            (number.get(one.parent_id or 0), one.added_by_id, one.seen_at is not None),
        )
        for one in task.signers
    )
    return (
        (task.form_key, step.get("key", ""), step.get("reason", ""), task.role, step.get("stage")),
        (task.mode.value, task.threshold, tuple(task.verbs)),
        (task.status.value, task.outcome, task.closed_by_id, task.seen_at is not None, task.urged_at is not None),
        signers,
    )


def of_preview(step: PlannedStep) -> Picture:
    """A step as the product plans it."""
    seats = tuple((one.user_id, one.acts_for, one.weight, one.has_veto) for one in step.signers)
    return step.rule.key, step.stage, seats, step.mode, step.threshold, step.reason


def of_plan(plan: Plan) -> Picture:
    """A step as the plain model plans it."""
    seats = tuple((one.user, one.acts_for, one.weight, one.has_veto) for one in plan.seats)
    return plan.key, plan.stage, seats, plan.mode, plan.threshold, plan.reason
