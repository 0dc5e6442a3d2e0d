"""`python -m engine.feel` answers in JSON, and a fault is JSON too, with its place and exit code 1."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


def test_the_command_never_shows_a_traceback() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "engine.feel", "for i in 1..99999999 return i"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        cwd=Path(__file__).parents[3],
    )

    assert process.returncode == 1
    assert json.loads(process.stdout)["code"] == "expression.fuel"
    assert process.stderr == ""
