"""Values as FEEL text: what is written is read back as the same value."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile_expression, to_python
from engine.feel.literals import as_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
    | st.dates() | st.timedeltas(timedelta(-10_000), timedelta(10_000)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@given(PLAIN)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert to_python(compile_expression(as_text(value)).evaluate({})) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+998"), "1E+998"),
        ('say "hi"\n', r'"say \"hi\"\n"'),
        (date(2026, 3, 1), 'date("2026-03-01")'),
        (datetime(2026, 3, 1, 8, tzinfo=UTC), 'date and time("2026-03-01T08:00:00+00:00")'),
        (time(8, 30, tzinfo=timezone(timedelta(hours=8))), 'time("08:30:00+08:00")'),
        (timedelta(hours=-36), 'duration("-P1DT43200S")'),
        ({"a b": [1, {}]}, '{"a b": [1, {}]}'),
    ],
)
def test_a_value_reads_as_a_person_would_write_it(value: Any, text: str) -> None:
    assert as_text(value) == text
    assert to_python(compile_expression(text).evaluate({})) == value


def test_what_is_no_plain_data_has_no_text() -> None:
    with pytest.raises(TypeError):
        as_text(object())
