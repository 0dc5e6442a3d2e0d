"""One flow: its steps, tasks, waits and incidents, and its variables for those who may repair it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission, can, sees_all_requests
from models.db import db
from models.errors import NotFound
from models.processes import HumanTask, InstanceStatus, ProcessInstance, ProcessStep, TaskSigner
from models.requests import InvoiceRequest
from tasks import processes, requests
from tasks.boundary import query
from tasks.monitor.listing import titles_of

# A flow may go in circles for years; of its steps the page shows the last ones.
STEPS_SHOWN = 200


@dataclass(frozen=True)
class FlowView:
    """A flow with what happened in it, oldest first. `titles` are English and Chinese, by element.

    `steps_before` further steps are not listed. `variables` are FEEL texts by name; None for who may not see them.
    """

    instance: ProcessInstance
    number: str
    customer: str
    state: processes.FlowState
    steps: Sequence[ProcessStep]
    steps_before: int
    titles: Mapping[str, tuple[str, str]]
    variables: Mapping[str, str] | None


@query(Permission.PROCESS_MONITOR)
def get_flow(actor: Actor, instance_id: int) -> FlowView:
    """Raises `NotFound`, also for a flow of another company."""
    instance = _read(instance_id)
    about = db.session.get(InvoiceRequest, instance.subject_id) if instance.subject_kind == requests.KIND else None
    customer = about.customer if about and sees_all_requests(actor) else None
    steps = [step for step in instance.steps if step.kind != "sequenceFlow"]
    # Of a flow that has ended nothing runs on the variables any more.
    sees_variables = can(actor, Permission.PROCESS_REPAIR) and instance.status is InstanceStatus.RUNNING
    return FlowView(
        instance=instance,
        number=(about.number or "") if about else "",
        customer=customer.name if customer else "",
        state=processes.flow_state(instance),
        steps=steps[-STEPS_SHOWN:],
        steps_before=max(len(steps) - STEPS_SHOWN, 0),
        titles=titles_of(instance.definition_id),
        variables=processes.as_texts(processes.read_data(instance)) if sees_variables else None,
    )


def _read(instance_id: int) -> ProcessInstance:
    wanted = (
        select(ProcessInstance)
        .options(
            joinedload(ProcessInstance.definition),
            selectinload(ProcessInstance.tasks).options(
                joinedload(HumanTask.closed_by), selectinload(HumanTask.signers).joinedload(TaskSigner.user)
            ),
        )
        .where(ProcessInstance.id == instance_id)
    )
    instance = db.session.scalars(wanted).one_or_none()
    if instance is None:
        raise NotFound("There is no such flow.", code="monitor.not_found")
    return instance
