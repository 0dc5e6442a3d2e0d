"""Who does which work: one row for each kind of job that may be put into the queue."""

from __future__ import annotations

from collections.abc import Mapping

from models.access import Actor
from tasks import backups, cleanup, moves, processes
from tasks.jobs import Handler


def _clean_up(actor: Actor) -> None:
    cleanup.remove_expired(actor)
    cleanup.refresh_statistics(actor)


HANDLERS: Mapping[str, Handler] = {
    "backup.take": Handler(lambda actor, site, _payload: backups.take(actor, site), is_long=True),
    processes.DELIVER: Handler(lambda actor, _site, job: processes.deliver_sent(actor, job)),
    processes.SIGNAL: Handler(lambda actor, _site, job: processes.deliver_signal(actor, job)),
    moves.WORK: Handler(lambda actor, _site, job: moves.work_off(actor, batch_id=job["batch"]), is_long=True),
    "cleanup": Handler(lambda actor, _site, _payload: _clean_up(actor)),
}
