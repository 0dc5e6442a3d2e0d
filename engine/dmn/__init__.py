"""Decisions, complete (DMN 1.1 to 1.5): tables, boxed expressions, functions, services and the graph they form.

All in FEEL, with an explanation of each result.
"""

from engine.dmn.decisions import Decision, answer
from engine.dmn.explanation import Explanation
from engine.dmn.parser import check_decisions, parse_decision, parse_decisions, read_bundle

__all__ = [
    "Decision",
    "Explanation",
    "answer",
    "check_decisions",
    "parse_decision",
    "parse_decisions",
    "read_bundle",
]
