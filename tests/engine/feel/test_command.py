"""`python -m engine.feel` answers in JSON, and a fault is JSON too, with its place and exit code 1."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.feel import __main__ as command
from engine.feel.__main__ import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(list(arguments))
    return code, json.loads(capsys.readouterr().out)


def test_an_expression_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, '{total: 0.1 + 0.2, due: @"2026-01-31" + @"P1M"}') == (
        0,
        {"total": 0.3, "due": "2026-02-28"},
    )


def test_the_context_is_read_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    context = tmp_path / "context.json"
    context.write_text('{"net-amount": 100.10, "order": {"tax rate": 0.06}}', "utf-8")

    assert run(capsys, "net-amount * order.tax rate", "--context", str(context)) == (0, 6.006)


def test_an_expression_may_start_with_a_minus(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "-(1 + 2)") == (0, -3)
    assert run(capsys, "--5") == (0, 5)


def test_a_fault_is_shown_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    code, fault = run(capsys, "1 +\n+ 2")

    assert code == 1
    assert fault == {
        "error": "A value is expected here.",
        "code": "expression.invalid",
        "position": 4,
        "line": 2,
        "column": 1,
    }


@pytest.mark.parametrize("content", ["not json", "[1]", "[" * 5000, None])
def test_a_context_that_cannot_be_used_is_a_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None
) -> None:
    context = tmp_path / "context.json"
    if content is not None:
        context.write_text(content, "utf-8")

    code, fault = run(capsys, "a", "--context", str(context))

    assert code == 1
    assert fault["code"] == "expression.data"


def test_a_context_that_is_too_big_is_a_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    context = tmp_path / "context.json"
    context.write_text(json.dumps({"a": "x" * 2_000_001}), "utf-8")

    assert run(capsys, "a", "--context", str(context))[1]["code"] == "expression.data"


ROOT = Path(__file__).parents[3]
MAX_SECONDS, MAX_KILOBYTES = 2.0, 300_000
DOUBLING = ", ".join(
    f"{new}: [{old}, {old}]" for old, new in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
)
TEXT = '{s: string join(for i in 1..20000 return "abcdefghijklmnopqrstuvwxyz", ""), r: %s}.r'
HOSTILE = [
    "9**9**9",
    "9**9**9**9**9",
    "10**6144 * 10",
    "1e6144 * 1e6144",
    "exp(exp(exp(10)))",
    "for i in 1..99999999 return i",
    "for i in 1..99999999999999999999 return i",
    "for a in 1..999, b in 1..999, c in 1..999 return a * b * c",
    "count([1..9999999999])",
    "every x in 1..1000000 satisfies some y in 1..1000000 satisfies x = y",
    "for i in 1..3000 return partial",
    "{a: [1, 1], " + DOUBLING + "}",
    "{a: [1, 1], " + DOUBLING + ", r: flatten(z)}.r",
    "{f: function(x) f(f(x)), r: f(1)}.r",
    "{f: function(n) if n < 2 then 1 else f(n - 1) + f(n - 2), r: f(45)}.r",
    TEXT % "s + s + s + s",
    TEXT % 'replace(s, "[a-z]", "$0$0$0$0$0$0$0$0$0$0")',
    TEXT % "for i in 1..10000 return s",
    TEXT % "for i in 1..10000 return s + string(i)",
    TEXT % 'matches(s, "(a|b|ab|c)*(a|b|ab|c)*(a|b|ab|c)*!")',
    TEXT % 'split(s, "")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "((a*)*)*b")',
    'matches("a", "((a{1000}){1000}){1000}")',
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 9000,
    "-" * 9000 + "1",
    "not(" * 2000 + "true" + ")" * 2000,
    "{a:" * 3000 + "1" + "}" * 3000,
    "1" + "+1" * 4990,
    "a" + ".a" * 4990,
    "if true then " * 700 + "1",
    'date("999999999-12-31") + duration("P999999999Y")',
    'for d in date("-999999999-01-01")..date("999999999-12-31") return d',
    '"' + "x" * 9_990 + '"',
    "x" * 100_000,
    '"',
    "/*",
    "\x01",
    "\udcff",
    "",
]


# Of a child, the system tells the most memory that its parent ever had as well; only the child knows its own.
MEASURED = """
import atexit, pathlib, runpy, sys
lines = lambda: pathlib.Path("/proc/self/status").read_text().splitlines()
atexit.register(lambda: sys.stderr.write(next(line for line in lines() if line.startswith("VmHWM"))))
runpy.run_module("engine.feel", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell what a process has used")
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:40]))
def test_the_command_stays_small_and_quick_and_never_shows_a_traceback(text: str) -> None:
    command = [sys.executable, "-c", MEASURED, text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed, complaint = process.stdout.read(), process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)

    answer = json.loads(printed)
    assert process.returncode == (1 if isinstance(answer, dict) and "error" in answer else 0)
    assert used.ru_utime + used.ru_stime < MAX_SECONDS
    name, kilobytes, *rest = complaint.split()
    assert (name, rest) == ("VmHWM:", ["kB"])
    assert int(kilobytes) < MAX_KILOBYTES


def test_an_expression_that_takes_too_long_all_the_same_is_a_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object) -> None:
        command._stop()

    monkeypatch.setattr(command, "compile_expression", hang)

    assert run(capsys, "1")[1]["code"] == "expression.fuel"
