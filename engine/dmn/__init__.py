"""Decisions: tables with every hit policy and literal expressions, all in FEEL, with an explanation of each result."""

from engine.dmn.decisions import Decision, Explanation
from engine.dmn.parser import check_decisions, parse_decision, parse_decisions

__all__ = ["Decision", "Explanation", "check_decisions", "parse_decision", "parse_decisions"]
