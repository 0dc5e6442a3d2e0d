"""Random processes with gateways do what the token rules of the standard allow, step by step, saved and loaded."""

import random

import pytest

from tests.engine.runs import Run, engine_with
from tests.engine.token_game import answered, open_tasks, random_net, rests

MIXES = {
    "inclusive": {"task": 4, "inclusive": 5, "exclusive": 1, "parallel": 1},
    "mixed": {"task": 4, "inclusive": 2, "exclusive": 2, "parallel": 2},
    "parallel": {"task": 4, "exclusive": 1, "parallel": 5},
}
ANSWERS = 8


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("seed", range(25))
def test_gateways_do_what_the_token_rules_allow(mix: str, seed: int) -> None:
    net = random_net(seed, MIXES[mix])
    run = Run(engine_with(), net.bpmn())
    possible = rests(net, tuple(net.leaving("start")))
    chance = random.Random(seed)
    for _ in range(ANSWERS):
        possible = {tokens for tokens in possible if open_tasks(tokens) == sorted(run.open)}
        assert possible, (sorted(run.open), net)
        if not run.open:
            break
        task = chance.choice(sorted(run.open))
        run.answer(task, answer=1)
        possible = {rest for tokens in possible for rest in rests(net, answered(net, tokens, task))}
    if not run.open:
        assert any(run.outcome.is_complete is not bool(tokens) for tokens in possible)
