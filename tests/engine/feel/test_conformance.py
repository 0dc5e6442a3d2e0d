"""The literal expressions of the DMN conformance suite (TCK), where a copy of the suite lies beside the project."""

from pathlib import Path

import pytest

from tests.engine.feel.tck import agrees, cases, evaluate

SUITE = Path(__file__).parents[4] / "shared" / "conformance" / "dmn-tck"


@pytest.mark.skipif(not SUITE.is_dir(), reason="the conformance suite is not here")
def test_every_literal_expression_of_the_suite_gives_its_value() -> None:
    checked = list(cases(SUITE))

    wrong = [
        f"{case.folder} {case.case_id}: {case.text}"
        for case in checked
        if not agrees(evaluate(case.text, case.inputs), case.expected)
    ]

    assert not wrong
    assert len(checked) > 1000
