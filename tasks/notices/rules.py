"""When a person is told, by their choices: which channels, which quiet hours, which digest. Rules only, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.notices import Digest
from tasks.notices.topics import Topic

BELL, MAIL, CHAT = CHANNELS = ("bell", "mail", "chat")


@dataclass(frozen=True)
class Rules:
    """A person's choices. `unwanted` holds ``group:channel``; a quiet time from 22 until 8 goes past midnight."""

    zone: ZoneInfo
    unwanted: frozenset[str] = frozenset()
    digest: Digest = Digest.OFF
    digest_at: time = time(9)
    quiet_from: time | None = None
    quiet_until: time | None = None
    urgent_passes: bool = True

    def wants(self, topic: Topic, channel: str) -> bool:
        return f"{topic.group}:{channel}" not in self.unwanted

    def send_at(self, topic: Topic, now: datetime) -> datetime:
        """When mail and chat about `topic` may leave: now, or when the quiet hours end."""
        if topic.is_urgent and self.urgent_passes:
            return now
        return self._after_quiet(now)

    def digest_due(self, topic: Topic, now: datetime) -> datetime | None:
        """When the mail with the list is due that a notice on `topic` goes into; None: it is a mail of its own."""
        if self.digest is Digest.OFF or (topic.is_urgent and self.urgent_passes):
            return None
        if self.digest is Digest.HOURLY:
            full_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            return self._after_quiet(full_hour)
        return self._next(self.digest_at, now)

    def _after_quiet(self, moment: datetime) -> datetime:
        if self.quiet_from is None or self.quiet_until is None:
            return moment
        at = moment.astimezone(self.zone).time()
        is_quiet = (
            self.quiet_from <= at < self.quiet_until
            if self.quiet_from <= self.quiet_until
            else at >= self.quiet_from or at < self.quiet_until
        )
        return self._next(self.quiet_until, moment) if is_quiet else moment

    def _next(self, at: time, now: datetime) -> datetime:
        """The next moment after `now` at which it is `at` on the person's clock; in UTC."""
        today = now.astimezone(self.zone).date()
        moment = self._moment(today, at)
        return moment if moment > now else self._moment(today + timedelta(days=1), at)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)
