"""Every conformance case on the engine, straight and reloaded at every step; and that the judge can judge."""

import json
from pathlib import Path

import pytest
from lxml import etree
from SpiffWorkflow.bpmn import parser as schemas

from tests.conformance.bpmn import main, table
from tests.conformance.cases import CASES, Case, read_cases
from tests.conformance.playing import failures_of
from tests.conformance.traces import explain_mismatch, parse_trace

ALL = list(read_cases())
ROOT = Path(__file__).parents[2]
USER_TASK = CASES / "tasks" / "user_task.bpmn"


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_the_engine_does_what_the_case_expects(case: Case) -> None:
    assert failures_of(case) == []


def test_there_is_a_case_for_every_construct() -> None:
    assert len(ALL) >= 120


def test_every_diagram_follows_the_schema_of_the_standard() -> None:
    schema = etree.XMLSchema(etree.parse(Path(schemas.__file__).parent / "schema" / "BPMN20.xsd"))
    wrong = [case.name for case in ALL if not schema.validate(etree.fromstring(case.bpmn).getroottree())]
    assert wrong == []


def _write_case(folder: Path, **changes: object) -> None:
    script = json.loads(USER_TASK.with_suffix(".json").read_text()) | changes
    (folder / "one.bpmn").write_bytes(USER_TASK.read_bytes())
    (folder / "one.json").write_text(json.dumps(script))


def test_the_command_counts_what_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write_case(tmp_path)
    assert main([str(tmp_path), "--table"]) == 0
    assert capsys.readouterr().out == "| cases of | |\n|---|---|\n| `` | 1 |\n1 passed, 0 failed\n"


def test_a_folder_without_cases_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "0 passed, 0 failed\n"
    with pytest.raises(SystemExit):
        main([str(tmp_path / "nowhere")])


def test_the_manual_counts_the_cases_of_every_kind() -> None:
    manual = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    assert "\n".join(table(ALL)) in manual
    assert f"**{len(ALL)}** cases" in manual


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trace": "start end"}, "after 'start' expected end, but 'ask' was completed"),
        ({"trace": "start ask end more"}, "expected more next"),
        ({"final": {"answer": 6}}, "final data: expected {'answer': 6}, but found {'answer': 5}"),
        ({"cancelled": ["ask"]}, "cancelled: expected ['ask'], but found []"),
        ({"complete": False}, "complete: expected False, but found True"),
        ({"refused": ["element.unsupported"]}, "expected element.unsupported at any element, but found no fault"),
        ({"play": [{"open": ["other"]}]}, "step 0 (start): open: expected ['other'], but found ['ask']"),
        ({"play": [{}, {"answer": "other"}]}, "step 1 (answer other): AssertionError: there is no open task other"),
        ({"play": [{}, {"answer": "ask", "raises": "task.not_open"}]}, "but it was done"),
        ({"play": [{}, {"answer": "ask", "with": {"x": 1}, "raises": "other"}]}, "it was with 'answer.undeclared'"),
        ({"play": [{}, {"answer": "ask", "with": {"answer": 5}, "data": {"answer": 6}}]}, "expected answer to be 6"),
    ],
)
def test_what_goes_another_way_is_printed_with_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], said: str
) -> None:
    _write_case(tmp_path, **changes)
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert said in printed
    assert printed.startswith("FAILED one\n")
    assert printed.endswith("0 passed, 1 failed\n")


@pytest.mark.parametrize(
    ("trace", "fits", "fits_not"),
    [
        ("a b", ["a b"], ["a", "b a", "a b c", ""]),
        ("a (b | c) d", ["a b c d", "a c b d"], ["a b d", "a d b c", "a b c"]),
        ("(a b | c)", ["a b c", "a c b", "c a b"], ["b a c"]),
        ("(a | a b)", ["a a b", "a b a"], ["b a a", "a b"]),
        ("((a | b) c | d)", ["d b a c", "b d a c", "a b c d"], ["a c b d"]),
    ],
)
def test_a_trace_leaves_the_order_of_branches_open(trace: str, fits: list[str], fits_not: list[str]) -> None:
    expected = parse_trace(trace)
    assert [text for text in fits if explain_mismatch(expected, text.split())] == []
    assert [text for text in fits_not if not explain_mismatch(expected, text.split())] == []


@pytest.mark.parametrize("trace", ["(a", "a)", "a | b"])
def test_a_trace_with_loose_brackets_is_none(trace: str) -> None:
    with pytest.raises(ValueError, match=r"trace"):
        parse_trace(trace)
