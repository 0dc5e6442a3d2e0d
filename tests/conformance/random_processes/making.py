"""Hypothesis strategies: processes of nested blocks, small enough to run by the thousand."""

from hypothesis import strategies as st

from tests.conformance.random_processes.activities import Failing, ForEach, Part
from tests.conformance.random_processes.blocks import (
    Ask,
    Block,
    Chain,
    Choice,
    Compute,
    Condition,
    Fork,
    Pause,
    Repeat,
    Selection,
)
from tests.conformance.random_processes.races import Guarded, Race, Withdrawable

_picks = st.integers(0, 3)
_hours = st.integers(1, 5)
_conditions = st.builds(Condition, pick=_picks, limit=st.integers(0, 3))
_leaves: st.SearchStrategy[Block] = st.one_of(
    st.builds(Ask),
    st.builds(Compute, pick=_picks, number=st.integers(0, 2)),
    st.builds(Pause, hours=_hours),
)
_racing_leaves = st.builds(Guarded, hours=_hours, interrupts=st.booleans())


def _chain(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    return st.lists(blocks, min_size=1, max_size=4).map(Chain)


def _nest(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    chain = _chain(blocks)
    return st.one_of(
        chain,
        st.lists(chain, min_size=2, max_size=3).map(Fork),
        *(
            st.integers(1, 2).flatmap(
                lambda count, split=split: st.builds(
                    split,
                    conditions=st.lists(_conditions, min_size=count, max_size=count),
                    ways=st.lists(chain, min_size=count, max_size=count),
                    other=chain,
                )
            )
            for split in (Choice, Selection)
        ),
        st.builds(Repeat, body=chain, times=st.integers(1, 3)),
        st.builds(Part, body=chain, is_called=st.booleans()),
        st.builds(Failing, body=chain, condition=_conditions),
        st.builds(ForEach, body=chain, sequential=st.booleans(), pick=_picks),
    )


def _nest_races(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    chain = _chain(blocks)
    return st.one_of(
        _nest(blocks),
        st.builds(Withdrawable, body=chain),
        st.builds(Race, hours=_hours, on_message=chain, on_timer=chain),
    )


calm_processes = _chain(st.recursive(_leaves, _nest, max_leaves=12))
"""Processes whose outcome does not depend on the order in which people act."""

racing_processes = _chain(st.recursive(st.one_of(_leaves, _racing_leaves), _nest_races, max_leaves=12))
"""Processes in which tasks, timers and messages may race."""
