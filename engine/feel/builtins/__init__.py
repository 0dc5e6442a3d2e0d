"""The built-in functions, one literal table per family."""

from engine.feel.builtins.contexts import CONTEXT_FUNCTIONS
from engine.feel.builtins.lists import LIST_FUNCTIONS
from engine.feel.builtins.numbers import NUMBER_FUNCTIONS
from engine.feel.builtins.ranges import RANGE_FUNCTIONS
from engine.feel.builtins.statistics import STATISTICS_FUNCTIONS
from engine.feel.builtins.strings import STRING_FUNCTIONS
from engine.feel.builtins.temporal import TEMPORAL_FUNCTIONS
from engine.feel.values import Function

BUILTINS: dict[str, Function] = {
    function.name: function
    for function in (
        *CONTEXT_FUNCTIONS,
        *LIST_FUNCTIONS,
        *NUMBER_FUNCTIONS,
        *RANGE_FUNCTIONS,
        *STATISTICS_FUNCTIONS,
        *STRING_FUNCTIONS,
        *TEMPORAL_FUNCTIONS,
    )
}
