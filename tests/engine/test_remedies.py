"""Every finding has advice, and the advice is about that finding."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import engine
from engine.errors import Problem
from engine.remedies import REMEDIES, remedy_of

ROOT = Path(engine.__file__).parent
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def found_codes() -> Iterator[tuple[str, frozenset[str]]]:
    """Codes that the linter and the importer write, with the fields of each: calls of `error` and `warning`."""
    for folder in ("bpmn/lint", "bpmn/imports"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("error", "warning"):
                    code = node.args[1] if len(node.args) > 1 else None
                    if isinstance(code, ast.Constant) and CODE.fullmatch(str(code.value)):
                        yield str(code.value), frozenset(str(keyword.arg) for keyword in node.keywords) | {"element"}


CODES = sorted(set(found_codes()), key=str)


def test_codes_were_found() -> None:
    assert {"gateway.no_default", "import.service", "flow.runaway", "loop.no_item"} <= {code for code, _ in CODES}


@pytest.mark.parametrize(("code", "fields"), CODES, ids=[code for code, _ in CODES])
def test_each_finding_has_advice_that_its_fields_can_fill(code: str, fields: frozenset[str]) -> None:
    remedy = REMEDIES.get(code, "")
    assert remedy.endswith(".")
    assert {name for _, name, _, _ in Formatter().parse(remedy) if name} <= fields


def test_a_code_without_advice_of_its_own_takes_that_of_its_family() -> None:
    assert remedy_of("dmn.anything") == REMEDIES["dmn"]
    assert remedy_of("nobody.knows") == ""
    assert Problem("x", "error", "gateway.no_default", "").fix == REMEDIES["gateway.no_default"]
