"""Regular expressions as XPath defines them, matched in time linear in text and pattern.

Python's `re` backtracks without bound and knows other syntax; here every step is charged to the evaluation's fuel.
"""

from engine.feel.regex.matcher import Match, Pattern, compile_pattern

__all__ = ["Match", "Pattern", "compile_pattern"]
