"""How a benchmark measures: processor time, medians, and a row of the table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

_WHOLE = frozenset({"bytes", "SQL statements"})


@dataclass(frozen=True)
class Row:
    """One line of the table; all texts. A row without a goal is there for comparison."""

    what: str
    value: str
    floor: str
    ratio: str
    goal: str = ""
    met: str = ""


def cpu_milliseconds(run: Callable[[], object]) -> float:
    """Processor time of one call in this process, in milliseconds."""
    started = time.process_time()
    run()
    return (time.process_time() - started) * 1000


def wall_milliseconds(run: Callable[[], object]) -> float:
    """Time of one call as somebody who waits for it sees it, in milliseconds."""
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def median_of(samples: list[float]) -> float:
    return statistics.median(samples)


def median_call(run: Callable[[], object], *, samples: int = 15, calls: int = 100) -> float:
    """Processor time of one call, in milliseconds: the median of several series, for calls too short for the clock."""
    return median_of([cpu_milliseconds(lambda: [run() for _ in range(calls)]) / calls for _ in range(samples)])


def median_calls(*runs: Callable[[], object], samples: int = 25, calls: int = 100) -> list[float]:
    """As `median_call` for several things, in turn, so that a busy moment of the machine hits all of them alike."""
    series: list[list[float]] = [[] for _ in runs]
    for _ in range(samples):
        for run, spent in zip(runs, series, strict=True):
            spent.append(cpu_milliseconds(lambda run=run: [run() for _ in range(calls)]) / calls)
    return [median_of(spent) for spent in series]


def compared(what: str, value: float, floor_name: str, floor: float) -> Row:
    return Row(what, _ms(value), f"{_ms(floor)} ({floor_name})", _times(value / floor) if floor else "–")


def faster(what: str, value: float, other_name: str, other: float, *, at_least: float) -> Row:
    """`value` must be at least `at_least` times faster than `other`."""
    ratio = other / value
    return Row(what, _ms(value), _named(other, other_name), _times(ratio), f"≥ {at_least:g}×", _met(ratio >= at_least))


def beside(what: str, value: float, other_name: str, other: float) -> Row:
    """How many times faster than `other`, without a goal."""
    return Row(what, _ms(value), _named(other, other_name), _times(other / value))


def no_slower(what: str, value: float, other_name: str, other: float, *, at_most: float) -> Row:
    """`value` must be at most `at_most` times `other`."""
    ratio = value / other
    return Row(what, _ms(value), _named(other, other_name), _times(ratio), f"≤ {at_most:g}×", _met(ratio <= at_most))


def within(what: str, value: float, *, at_most: float, unit: str) -> Row:
    """`value` must not be more than `at_most`."""
    shown = f"{value:,.0f} {unit}" if unit in _WHOLE else f"{value:.3f} {unit}"
    return Row(what, shown, "", "", f"≤ {at_most:,g} {unit}", _met(value <= at_most))


def _named(value: float, name: str) -> str:
    return f"{_ms(value)} ({name})"


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"


def _ms(value: float) -> str:
    return f"{value:.3f} ms" if value < 0.1 else f"{value:.2f} ms"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}×" if ratio < 100 else f"{ratio:.0f}×"
