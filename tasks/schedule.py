"""What the clock does: one table of looks every few seconds, one of work for every day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from tasks import clock, inbox, notices, outbox, processes
from tasks.clock import Daily, Sweep

DAYS: Mapping[str, Daily] = {
    "backup": Daily(time(2, 30), "backup.take"),
    "cleanup": Daily(time(3, 30), "cleanup"),
}

SWEEPS: Mapping[str, Sweep] = {
    "timers": Sweep(5, lambda actor, _site: processes.wake_due(actor)),
    "notices": Sweep(2, lambda actor, site: notices.expand_new(actor, base_url=site.base_url)),
    "digests": Sweep(30, lambda actor, site: notices.send_digests(actor, base_url=site.base_url)),
    "outbox": Sweep(5, lambda actor, site: outbox.deliver_due(actor, site.channels, secret_key=site.secret_key)),
    "announcements": Sweep(15, lambda actor, _site: inbox.announce_new(actor)),
    # Reminders, escalations and automatic decisions: one look, because their order counts after a standstill.
    "late tasks": Sweep(60, lambda actor, _site: inbox.act_on_late(actor)),
    "days": Sweep(15, lambda actor, _site: clock.fire_days(actor, DAYS)),
}
