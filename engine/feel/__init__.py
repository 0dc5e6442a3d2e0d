"""FEEL, the expression language of the DMN standard: text in, plain data out, bounded whoever wrote the text.

Nothing here runs Python code from the text or touches an attribute of a Python object by a name from it.
"""

from engine.feel.convert import to_json, to_python
from engine.feel.expression import Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.variables import Variables, variables_of

__all__ = [
    "Expression",
    "UnaryTests",
    "Variables",
    "compile_expression",
    "compile_unary_tests",
    "to_json",
    "to_python",
    "variables_of",
]
