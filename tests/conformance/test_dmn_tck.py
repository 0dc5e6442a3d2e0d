"""The DMN conformance suite (TCK), where a copy of it lies beside the project, and the runner on folders of our own."""

import os
from pathlib import Path

import pytest

from tests.conformance import dmn_tck

ROOT = Path(__file__).parents[2]
SUITE = Path(os.environ.get("PIAOFLOW_CONFORMANCE") or ROOT.parent / "shared" / "conformance") / "dmn-tck"
# Ten cases call functions of Java, which are refused (docs/conformance.md).
REFUSED_FOLDER, REFUSED_CASES = "compliance-level-3/0076-feel-external-java", 10
CASES = 1494

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="ours" name="m">
<inputData id="i" name="amount"><variable name="amount" typeRef="number"/></inputData>
<decision id="d" name="double"><variable name="double"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>amount * 2</text></literalExpression></decision>
<decision id="b" name="broken"><variable name="broken"/>
<literalExpression><text>1 +</text></literalExpression></decision>
<businessKnowledgeModel id="f" name="twice"><variable name="twice"/><encapsulatedLogic>
<formalParameter name="x"/><literalExpression><text>[x, x]</text></literalExpression></encapsulatedLogic>
</businessKnowledgeModel>
<decisionService id="s" name="both"><variable name="both"/><outputDecision href="#d"/><outputDecision href="#b"/>
<inputData href="#i"/></decisionService>
</definitions>"""
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
NUMBER = f'<value {XSI} xsi:type="xsd:decimal">{{}}</value>'
CASE = """<testCase id="{id}" {attributes}><inputNode name="{input}">{given}</inputNode>
<resultNode name="{node}" {error}><expected>{expected}</expected></resultNode></testCase>"""


def case(node: str, expected: str, *, attributes: str = "", error: str = "", name: str = "amount") -> str:
    given = NUMBER.format(21)
    return CASE.format(
        id=node, attributes=attributes, input=name, given=given, node=node, error=error, expected=expected
    )


def suite(folder: Path, *cases: str, model: str = MODEL, name: str = "m.dmn") -> Path:
    place = folder / "level" / "0001-ours"
    place.mkdir(parents=True)
    (place / "m.dmn").write_text(model, "utf-8")
    namespace = "http://www.omg.org/spec/DMN/20160719/testcase"
    text = f'<testCases xmlns="{namespace}"><modelName>{name}</modelName>{"".join(cases)}</testCases>'
    (place / "0001-ours-test-01.xml").write_text(text, "utf-8")
    return folder


def output(capsys: pytest.CaptureFixture[str], folder: Path) -> tuple[int, list[str]]:
    code = dmn_tck.main([str(folder)])
    return code, capsys.readouterr().out.splitlines()


@pytest.fixture(scope="module")
def results() -> list[dmn_tck.Result]:
    if not SUITE.is_dir():
        pytest.skip("the conformance suite is not here")
    return list(dmn_tck.run(SUITE))


def test_every_case_of_the_suite_passes_but_those_that_call_java(results: list[dmn_tck.Result]) -> None:
    failed = [result for result in results if result.faults]
    assert {result.folder for result in failed} <= {REFUSED_FOLDER}
    assert len(failed) <= REFUSED_CASES
    assert len(results) - len(failed) >= CASES - REFUSED_CASES


def test_the_manual_shows_the_result_of_every_folder_and_explains_every_failure(results: list[dmn_tck.Result]) -> None:
    manual = (ROOT / "docs" / "conformance.md").read_text("utf-8")

    assert "\n".join(dmn_tck.table(results)) in manual
    assert all(f"{result.case}" in manual for result in results if result.faults)
    assert f"**{len(results):,}**" in manual
    assert f"**{sum(not result.faults for result in results):,}**" in manual


def test_a_suite_that_passes_ends_with_its_number(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    answers = f"<list><item>{NUMBER.format(21)}</item><item>{NUMBER.format(21)}</item></list>"
    folder = suite(
        tmp_path,
        case("double", NUMBER.format("42.000000000001")),
        case("twice", answers, attributes='type="bkm" invocableName="twice"', name="x"),
        case("double", NUMBER.format(42), attributes='type="decisionService" invocableName="both"'),
        case("broken", NUMBER.format(1), error='errorResult="true"'),
    )

    assert output(capsys, folder) == (0, ["4 passed, 0 failed"])


def test_a_failure_names_case_node_expected_and_got(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = suite(tmp_path, case("double", NUMBER.format(43)), case("double", NUMBER.format(42)))

    code, lines = output(capsys, folder)

    assert code == 1
    assert lines == [
        "FAILED level/0001-ours/0001-ours-test-01.xml case double, node double: expected 43, got 42",
        "1 passed, 1 failed",
    ]


@pytest.mark.parametrize(
    ("model", "name"),
    [("<definitions", "m.dmn"), (MODEL, "other.dmn"), ("<!DOCTYPE a><a/>", "m.dmn"), ("<a/>", "m.dmn")],
)
def test_a_model_that_cannot_be_read_is_a_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str, name: str
) -> None:
    folder = suite(tmp_path, case("double", NUMBER.format(42)), model=model, name=name)

    code, lines = output(capsys, folder)

    assert (code, lines[-1]) == (1, "0 passed, 1 failed")
    assert lines[0].startswith("FAILED level/0001-ours/0001-ours-test-01.xml case double, node")


def test_a_case_ends_when_its_time_is_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr(dmn_tck, "CASE_SECONDS", 0.05)
    monkeypatch.setattr(dmn_tck, "answer", hang)

    code, lines = output(capsys, suite(tmp_path, case("double", NUMBER.format(42))))

    assert (code, lines[-1]) == (1, "0 passed, 1 failed")
    assert "got nothing within" in lines[0]


def test_a_folder_without_a_case_passes_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert output(capsys, tmp_path) == (0, ["0 passed, 0 failed"])
    assert output(capsys, tmp_path / "nowhere")[0] == 1
