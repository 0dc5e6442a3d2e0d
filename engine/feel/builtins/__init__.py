"""The built-in functions, one literal table per family."""

from engine.feel.builtins.lists import LIST_FUNCTIONS
from engine.feel.builtins.numbers import NUMBER_FUNCTIONS
from engine.feel.builtins.strings import STRING_FUNCTIONS
from engine.feel.builtins.temporals import TEMPORAL_FUNCTIONS
from engine.feel.values import Function

BUILTINS: dict[str, Function] = {
    function.name: function for function in (*NUMBER_FUNCTIONS, *STRING_FUNCTIONS, *LIST_FUNCTIONS, *TEMPORAL_FUNCTIONS)
}
