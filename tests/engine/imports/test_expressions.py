"""JUEL becomes FEEL that means the same, or is refused with the place; hostile texts end quickly."""

import time
from typing import Any

import pytest

from engine.bpmn.imports.juel import translate
from engine.errors import ExpressionInvalid
from engine.feel import compile_expression

MEANINGS = [
    ("${amount > 1000}", {"amount": 1001}, True),
    ("${amount gt 1000 and not vip}", {"amount": 1001, "vip": False}, True),
    ("${!approved}", {}, True),  # JUEL takes what is not set for false
    ("${!(amount > 5)}", {}, True),
    ("${!approved}", {"approved": True}, False),
    ("${a.b == 'x' || c != null}", {"a": {"b": "x"}}, True),
    ("#{empty list}", {"list": []}, True),
    ("${empty text}", {"text": "full"}, False),
    ("${!empty text}", {"text": "full"}, True),
    ("${empty nothing}", {}, True),
    ("${not empty list and list[0].name eq 'A'}", {"list": [{"name": "A"}]}, True),
    ("${map['a key']}", {"map": {"a key": 7}}, 7),
    ("${x ? 'yes' : y ? 'maybe' : 'no'}", {"y": True}, "maybe"),
    ("${a - (b - c)}", {"a": 5, "b": 3, "c": 1}, 3),
    ("${a - b - c}", {"a": 5, "b": 3, "c": 1}, 1),
    ("${-a * 2 + 7 / 2}", {"a": 1}, 1.5),
    ("${a % 3}", {"a": -7}, -1),  # the sign of the dividend, as in Java
    ("${7 mod 4 == 3}", {}, True),
    ("${(a == b) == true}", {"a": 1, "b": 1}, True),
    ("${'it\\'s \"so\"'}", {}, 'it\'s "so"'),
    ("${true && (false || a >= 1.5e1)}", {"a": 15}, True),
    ("Order ${number} of ${customer.name}", {"number": 5, "customer": {"name": "Ann"}}, "Order 5 of Ann"),
    ("${'}'}", {}, "}"),
    ("${loopCounter == 0 && nrOfInstances > 1}", {"loopCounter": 1, "numberOfInstances": 2}, True),
    ("${金额 > 5}", {"金额": 6}, True),
]


@pytest.mark.parametrize(("text", "data", "value"), MEANINGS)
def test_the_translation_means_the_same(text: str, data: dict[str, Any], value: Any) -> None:
    assert compile_expression(translate(text)).evaluate(data) == value


REFUSED = [
    ("${name.startsWith('x')}", 17),
    ("${execution.getVariable('x')}", 2),
    ("${fn:length(x)}", 4),
    ("${bean(1)}", 6),
    ("${list[i]}", 7),
    ("${a", 3),
    ("${}", 2),
    ("${a b}", 4),
    ("${a +}", 5),
    ("${if}", 2),
    ("${a.1}", 4),
    ("${'open}", 2),
    ("${a ? b}", 7),
    ("${$price}", 2),
]


@pytest.mark.parametrize(("text", "position"), REFUSED)
def test_what_has_no_counterpart_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(ExpressionInvalid) as refusal:
        translate(text)
    assert (refusal.value.code, refusal.value.position) == ("expression.untranslated", position)
    assert str(refusal.value).endswith(".")


HOSTILE = [
    "${" + "(" * 5000 + "}",
    "${" + "!" * 3000 + "a}",
    "${" + "-" * 3000 + "a}",
    "${" + "a?" * 1500 + "}",
    "${" + "(a % " * 24 + "b" + ")" * 24 + "}",
    "${" * 2000,
    "${'" + "\\" * 3999,
    "${" + "a" * 100_000 + "}",
    "#{" + "empty " * 600 + "x}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_ends_at_once(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ExpressionInvalid):
        translate(text)
    assert time.perf_counter() - began < 1
