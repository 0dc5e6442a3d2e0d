"""A sentence inside a sentence keeps what a translation of it needs."""

import copy
import json
import pickle

from engine.errors import Problem
from engine.language import Sentence
from tests.engine.diagrams import one_task
from tests.engine.runs import engine_with


def test_a_sentence_is_its_english_and_knows_its_parts() -> None:
    sentence = Sentence("The word {word} is wrong.", {"word": "if"})
    assert (sentence, sentence.message, sentence.fields) == (
        "The word if is wrong.", "The word {word} is wrong.", {"word": "if"},
    )  # fmt: skip
    assert json.dumps(sentence) == '"The word if is wrong."'
    assert Sentence("Only {braces}.", {}) == "Only {braces}."
    for twin in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
        assert (twin, twin.message, twin.fields) == (sentence, sentence.message, sentence.fields)


def test_the_reason_of_a_wrong_expression_can_be_translated() -> None:
    problems: list[Problem] = engine_with().check(one_task(candidates="=if"), decisions=(), forms={"form"})
    reason = next(problem.fields["reason"] for problem in problems if problem.code == "expression.invalid")
    assert isinstance(reason, Sentence)
    assert reason.message.format(**reason.fields) == str(reason)
