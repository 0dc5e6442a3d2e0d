"""Runs one attack in a process of its own, with a limit of time and memory, and says what became of it."""

import contextlib
import json
import logging
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.errors import EngineError
from tests.faults.hostile.attack import CANARY, SECRET, SECRET_FILE, SECRET_VARIABLE, Attack

# Processor time, and time on the wall for what sleeps or waits for input: other work on the machine counts there.
Seconds = tuple[int, int]
OUR_SECONDS: Final[Seconds] = (2, 30)
MEMORY_BYTES: Final = 300 * 2**20
_PLAIN: Final = (dict, list, tuple, str, int, float, bool, type(None))
# What the attacks on answers put in themselves: to get it back is no escape.
_KEPT: Final = (bytes, set, complex, datetime)
_FAULTS: Final = {"Unloadable", "Overwritten", "Different"}
# What is broken, by the words of a verdict. Whether time or memory ends first depends on the machine.
BREAKS: Final = {
    "escaped": "escapes",
    "ended the process": "dies",
    "killed the process": "dies",
    "hung": "exhausts",
    "out of memory": "exhausts",
    "grew": "exhausts",
    "unloadable": "is lost",
    "overwritten": "overwrites",
    "different": "differs",
}


@dataclass(frozen=True)
class Verdict:
    """`what` is one word or a few; `detail` says more. Seconds of processor time, bytes more than before."""

    what: str
    detail: str
    seconds: float
    grown: int

    @property
    def breaks(self) -> str:
        """What is broken, or "": an ordinary exception is a refusal, if a rough one."""
        return BREAKS.get(self.what, "")

    @property
    def holds(self) -> bool:
        """It was refused with a code, or gave a bounded value; within time and memory."""
        return self.what in {"refused", "value"} and self.seconds <= OUR_SECONDS[0] and self.grown <= MEMORY_BYTES


def attempt(run: Callable[[Attack], Any], attack: Attack, *, seconds: Seconds) -> Verdict:
    """Fork, limit, run, judge. The caller must be single-threaded."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, SECRET_FILE).write_text(SECRET)
        answer = Path(folder, "answer.json")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        child = os.fork()
        if child == 0:
            _inside(run, attack, folder, answer, seconds)
        _, status, used = os.wait4(child, 0)
        what, detail = _judge(status, answer)
        if Path(folder, CANARY).exists():
            what = "escaped"
        took = used.ru_utime + used.ru_stime
        return Verdict(what, detail, took, max(used.ru_maxrss - before, 0) * 1024)


def _inside(run: Callable[[Attack], Any], attack: Attack, folder: str, answer: Path, seconds: Seconds) -> None:
    """The child: never returns."""
    with contextlib.suppress(BaseException):
        os.chdir(folder)
        os.environ[SECRET_VARIABLE] = SECRET
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        logging.disable(logging.CRITICAL)
        _limit(*seconds)
        verdict = _run(run, attack)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        answer.write_text(json.dumps(verdict))
    os._exit(0)


def _limit(cpu_seconds: int, wall_seconds: int) -> None:
    virtual = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (virtual + MEMORY_BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(wall_seconds)


def _run(run: Callable[[Attack], Any], attack: Attack) -> tuple[str, str]:
    try:
        result = run(attack)
    except EngineError as refused:
        return "refused", refused.code
    except SpiffWorkflowException as refused:
        return (
            ("out of memory", "") if isinstance(refused.__cause__, MemoryError) else ("refused", type(refused).__name__)
        )
    except MemoryError:
        return "out of memory", ""
    except SystemExit:
        return "ended the process", ""
    except Exception as error:
        name = type(error).__name__
        return (name.lower(), str(error)[:200]) if name in _FAULTS else ("crashed", f"{name}: {error}"[:200])
    return _value(result)


def _value(result: Any) -> tuple[str, str]:
    if not _is_plain(result) or SECRET in repr(result):
        return "escaped", f"it gave {type(result).__name__}"
    size = sys.getsizeof(result) if isinstance(result, str) else len(repr(result))
    return ("value", str(result)[:80]) if size < 20_000_000 else ("grew", f"{size} bytes")


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Data, and nothing that leads anywhere. A cycle is data."""
    if isinstance(value, dict) and depth < 100:
        return all(_is_plain(key, depth + 1) and _is_plain(item, depth + 1) for key, item in value.items())
    if isinstance(value, list | tuple) and depth < 100:
        return all(_is_plain(item, depth + 1) for item in value)
    return isinstance(value, (*_PLAIN, *_KEPT))


def _judge(status: int, answer: Path) -> tuple[str, str]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        hung = number in {signal.SIGXCPU, signal.SIGALRM}
        return ("hung", "") if hung else ("killed the process", signal.Signals(number).name)
    if not answer.exists():
        return "ended the process", ""
    what, detail = json.loads(answer.read_text())
    return what, detail
