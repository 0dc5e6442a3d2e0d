"""How a benchmark measures: processor time, medians, and a row of the table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table; all texts."""

    what: str
    value: str
    floor: str
    ratio: str


def cpu_milliseconds(run: Callable[[], object]) -> float:
    """Processor time of one call in this process, in milliseconds."""
    started = time.process_time()
    run()
    return (time.process_time() - started) * 1000


def median_of(samples: list[float]) -> float:
    return statistics.median(samples)


def compared(what: str, value: float, floor_name: str, floor: float) -> Row:
    return Row(what, f"{value:.2f} ms", f"{floor:.2f} ms ({floor_name})", f"{value / floor:.1f}×" if floor else "–")
