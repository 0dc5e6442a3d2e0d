"""What a flow throws beyond its own instance goes into the queue with the run, and is delivered after its commit."""

from __future__ import annotations

from collections.abc import Sequence

from engine.process import Sent
from engine.runtime.values import to_text
from models.processes import ProcessInstance
from tasks.jobs import enqueue

DELIVER = "process.deliver"


def send(instance: ProcessInstance, sent: Sequence[Sent]) -> None:
    """Ask for the delivery of each message and signal. The rows of `instance` have been written."""
    for number, item in enumerate(sent):
        key = f"sent:{instance.id}:{instance.revision}:{number}"
        payload = {
            "key": key,
            "sender": instance.id,
            "kind": item.kind,
            "name": item.name,
            "correlation": to_text(item.correlation).decode(),
            "payload": to_text(dict(item.payload)).decode(),
        }
        enqueue(DELIVER, payload, key=key, company_id=instance.company_id)
