"""Which backups are kept: the newest of each of the last so many hours, days, weeks, months and years."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

# What makes two moments fall into the same hour, day, ISO week, month, year.
_PERIODS: Mapping[str, Callable[[datetime], tuple[int, ...]]] = {
    "h": lambda at: (at.year, at.month, at.day, at.hour),
    "d": lambda at: (at.year, at.month, at.day),
    "w": lambda at: tuple(at.isocalendar())[:2],
    "m": lambda at: (at.year, at.month),
    "y": lambda at: (at.year,),
}


def parse_rule(text: str) -> dict[str, int]:
    """``24h,7d,5w,12m,10y`` as numbers per period. Raises `ValueError`."""
    rule = {}
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,4})([hdwmy])", part.strip())
        if not match or match[2] in rule:
            raise ValueError(f"{text!r} is not a rule like 24h,7d,5w,12m,10y")
        rule[match[2]] = int(match[1])
    return rule


def surplus(moments: Collection[datetime], rule: Mapping[str, int]) -> list[datetime]:
    """The moments (UTC) whose backup may go. The newest never does."""
    newest_first = sorted(moments, reverse=True)
    kept = set(newest_first[:1])
    for unit, number in rule.items():
        newest_of_period: dict[tuple[int, ...], datetime] = {}
        for moment in newest_first:
            newest_of_period.setdefault(_PERIODS[unit](moment), moment)
        kept.update(list(newest_of_period.values())[:number])
    return [moment for moment in newest_first if moment not in kept]
