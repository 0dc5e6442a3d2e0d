"""Variables as people type them: what they left alone stays as it is, what is no value is told by name."""

from decimal import Decimal
from typing import Any

import pytest

from models.errors import Invalid
from tasks.processes import as_texts, from_texts

VARIABLES: dict[str, Any] = {"id": 7, "amount": Decimal("1.50"), "people": [{"name": "Ann"}], "none": None}


def test_only_what_was_changed_is_a_change() -> None:
    assert from_texts(as_texts(VARIABLES), VARIABLES) == {}
    changed = from_texts({**as_texts(VARIABLES), "amount": "amount * 2"}, VARIABLES)
    assert changed == {"amount": Decimal("3.00")}


@pytest.mark.parametrize(
    ("text", "value"),
    [("null", None), (' "x" ', "x"), ("[1, true]", [Decimal(1), True]), ("count(people)", Decimal(1))],
)
def test_a_text_is_read_as_feel(text: str, value: Any) -> None:
    assert from_texts({"id": text}, VARIABLES) == {"id": value}


@pytest.mark.parametrize("text", ["", " ", "1 +", "unknown", "1 + null", "function(x) x", 'duration("P1M")', "[" * 500])
def test_what_is_no_value_is_told_with_its_name(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        from_texts({"id": text, "amount": "2"}, VARIABLES)
    assert [problem.field for problem in refusal.value.problems] == ["variables.id"]


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_new_variable_needs_a_name(name: str) -> None:
    with pytest.raises(Invalid):
        from_texts({name: "1"}, VARIABLES)
