"""What the answers of signers amount to, held against every way in which the missing answers could still come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Conflict
from models.processes import HumanTask, SignerKind, SignerStatus, StepMode, TaskSigner, TaskStatus
from models.signing import answer, as_it_was, move, open_turns, put_in, remove, take_back, tally_of, verdict_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
A, R, P = SignerStatus.APPROVED, SignerStatus.REJECTED, SignerStatus.OPEN


def task_of(
    mode: StepMode,
    count: int,
    *,
    threshold: int | None = None,
    weights: list[int] | None = None,
    veto: set[int] | None = None,
) -> HumanTask:
    """A task whose signers are people 1, 2, 3 …, with whom it begins."""
    task = HumanTask(mode=mode, threshold=threshold, status=TaskStatus.OPEN, signers=[])
    for place in range(count):
        task.signers.append(
            TaskSigner(
                user_id=place + 1,
                kind=SignerKind.ASKED,
                status=SignerStatus.WAITING,
                place=place,
                weight=(weights or [1] * count)[place],
                has_veto=place in (veto or set()),
            )
        )
    open_turns(task, NOW)
    return task


def asked(task: HumanTask) -> list[int]:
    return [signer.user_id for signer in task.signers if signer.status is SignerStatus.OPEN]


def signer(task: HumanTask, user_id: int) -> TaskSigner:
    return next(s for s in reversed(task.signers) if s.user_id == user_id and s.has_say)


def say(task: HumanTask, user_id: int, status: SignerStatus, now: datetime = NOW) -> None:
    answer(signer(task, user_id), status=status, comment="", now=now)
    open_turns(task, now)


def test_in_order_one_is_asked_after_the_other() -> None:
    task = task_of(StepMode.ORDER, 3)
    assert asked(task) == [1]
    say(task, 1, A)
    assert asked(task) == [2]
    with pytest.raises(Conflict) as refused:
        answer(signer(task, 3), status=A, comment="", now=NOW)
    assert refused.value.code == "task.not_your_turn"


@pytest.mark.parametrize(
    ("mode", "threshold", "answers", "verdict"),
    [
        (StepMode.ANY, None, [P, A, P], "approve"),
        (StepMode.ANY, None, [P, R, P], "reject"),
        (StepMode.ALL, None, [A, A, P], None),
        (StepMode.ALL, None, [A, A, A], "approve"),
        (StepMode.ALL, None, [P, R, P], "reject"),
        (StepMode.COUNT, 2, [A, R, P], None),
        (StepMode.COUNT, 2, [A, R, A], "approve"),
        (StepMode.COUNT, 2, [R, R, P], "reject"),
        (StepMode.COUNT, 9, [A, A, A], "approve"),
        (StepMode.PERCENT, 60, [A, P, P], None),
        (StepMode.PERCENT, 60, [A, A, P], "approve"),
        (StepMode.PERCENT, 60, [R, R, P], "reject"),
    ],
)
def test_a_mode_weighs_the_answers(
    mode: StepMode, threshold: int | None, answers: list[SignerStatus], verdict: str | None
) -> None:
    task = task_of(mode, 3, threshold=threshold)
    for signed, status in zip(task.signers, answers, strict=True):
        signed.status = status
    assert verdict_of(task) == verdict


@pytest.mark.parametrize(
    ("mode", "threshold", "weights", "tally"),
    [
        (StepMode.ALL, None, None, (1, 3, 2)),
        (StepMode.ORDER, None, None, (1, 3, 2)),
        (StepMode.COUNT, 2, None, (1, 2, 2)),
        (StepMode.PERCENT, 60, None, (1, 2, 2)),
        (StepMode.PERCENT, 67, None, (1, 3, 2)),
        (StepMode.WEIGHT, 4, [3, 2, 1], (3, 4, 4)),
        (StepMode.VETO, None, None, (1, 2, 2)),
    ],
)
def test_a_tally_says_what_is_there_what_it_takes_and_what_can_still_be_reached(
    mode: StepMode, threshold: int | None, weights: list[int] | None, tally: tuple[int, int, int]
) -> None:
    task = task_of(mode, 3, threshold=threshold, weights=weights)
    for signed, status in zip(task.signers, [A, R, P], strict=True):
        signed.status = status
    found = tally_of(task)
    assert (found.approved, found.needed, found.reachable) == tally


def test_who_was_put_in_is_no_part_of_the_tally() -> None:
    task = task_of(StepMode.ALL, 2)
    put_in(signer(task, 1), SignerKind.PARALLEL, 9, by=1)
    assert tally_of(task).needed == 2


def test_weights_count_instead_of_heads() -> None:
    task = task_of(StepMode.WEIGHT, 3, threshold=5, weights=[4, 2, 1])
    say(task, 1, A)
    assert verdict_of(task) is None
    say(task, 3, A)
    assert verdict_of(task) == "approve"


def test_a_veto_ends_a_step_that_has_its_majority_and_is_waited_for() -> None:
    task = task_of(StepMode.VETO, 3, veto={2})
    say(task, 1, A)
    say(task, 2, A)
    assert verdict_of(task) is None
    say(task, 3, R)
    assert verdict_of(task) == "reject"


COUNTED = st.sampled_from([StepMode.ALL, StepMode.COUNT, StepMode.PERCENT, StepMode.WEIGHT, StepMode.VETO])


@given(
    mode=COUNTED,
    statuses=st.lists(st.sampled_from([A, R, P]), min_size=1, max_size=6),
    threshold=st.integers(1, 120),
    weights=st.lists(st.integers(1, 9), min_size=6, max_size=6),
    veto=st.sets(st.integers(0, 5)),
)
@settings(max_examples=2000, derandomize=True, deadline=None)
def test_a_step_is_decided_exactly_when_no_missing_answer_could_change_it(
    mode: StepMode, statuses: list[SignerStatus], threshold: int, weights: list[int], veto: set[int]
) -> None:
    task = task_of(mode, len(statuses), threshold=threshold, weights=weights[: len(statuses)], veto=veto)
    for signed, status in zip(task.signers, statuses, strict=True):
        signed.status = status
    outcomes = {_outcome(task, ways) for ways in _completions(statuses)}
    assert verdict_of(task) == (outcomes.pop() if len(outcomes) == 1 else None)


def _completions(statuses: list[SignerStatus]) -> Iterator[list[bool]]:
    for ways in product(*([True, False] if status is P else [status is A] for status in statuses)):
        yield list(ways)


def _outcome(task: HumanTask, approves: list[bool]) -> str:
    """The rules in words, for answers that are all there."""
    people = list(zip(task.signers, approves, strict=True))
    size, share = len(people), task.threshold or 0
    total = sum(s.weight for s, _ in people)
    yes, weight = sum(a for _, a in people), sum(s.weight for s, a in people if a)
    if task.mode is StepMode.VETO and any(s.has_veto and not a for s, a in people):
        return "reject"
    enough = {
        StepMode.ALL: yes == size,
        StepMode.COUNT: yes >= min(share, size),
        StepMode.VETO: yes >= min(share, size),
        StepMode.PERCENT: yes * 100 >= min(share, 100) * size,
        StepMode.WEIGHT: weight >= min(share, total),
    }
    return "approve" if enough[task.mode] else "reject"


def test_who_is_put_in_before_answers_first_and_must_agree() -> None:
    task = task_of(StepMode.ANY, 2)
    put_in(signer(task, 1), SignerKind.BEFORE, 9, by=1)
    open_turns(task, NOW)
    assert asked(task) == [2, 9]
    say(task, 2, A)
    assert verdict_of(task) is None
    say(task, 9, A)
    assert verdict_of(task) == "approve"
    assert 1 in asked(task)


def test_who_is_put_in_and_rejects_ends_the_step() -> None:
    task = task_of(StepMode.ALL, 2)
    put_in(signer(task, 1), SignerKind.PARALLEL, 9, by=1)
    open_turns(task, NOW)
    say(task, 9, R)
    assert verdict_of(task) == "reject"


def test_who_is_put_in_behind_is_asked_before_the_next_in_order() -> None:
    task = task_of(StepMode.ORDER, 2)
    put_in(signer(task, 1), SignerKind.AFTER, 9, by=1)
    say(task, 1, A)
    assert asked(task) == [9]
    say(task, 9, A)
    assert asked(task) == [2]


def test_an_adviser_has_no_vote_and_the_task_comes_back() -> None:
    task = task_of(StepMode.ALL, 1)
    put_in(signer(task, 1), SignerKind.ADVISER, 9, by=1)
    open_turns(task, NOW)
    assert asked(task) == [9]
    say(task, 9, SignerStatus.ADVISED)
    assert (verdict_of(task), asked(task)) == (None, [1])


def test_a_turn_handed_on_keeps_its_place_and_weight() -> None:
    task = task_of(StepMode.ORDER, 2, weights=[3, 1])
    moved = move(signer(task, 1), 9, by=1, now=NOW)
    open_turns(task, NOW)
    assert (asked(task), moved.place, moved.weight) == ([9], 0, 3)


def test_nobody_is_taken_out_who_has_answered_nor_the_last() -> None:
    task = task_of(StepMode.ALL, 2)
    say(task, 1, A)
    with pytest.raises(Conflict) as refused:
        remove(signer(task, 1), now=NOW)
    assert refused.value.code == "task.signer_answered"
    alone = task_of(StepMode.ALL, 1)
    with pytest.raises(Conflict) as refused:
        remove(signer(alone, 1), now=NOW)
    assert refused.value.code == "task.last_signer"


def test_an_answer_is_taken_back_until_the_next_has_looked() -> None:
    task = task_of(StepMode.ORDER, 2)
    say(task, 1, A, NOW + timedelta(minutes=1))
    take_back(signer(task, 1))
    open_turns(task, NOW)
    assert asked(task) == [1]
    say(task, 1, A, NOW + timedelta(minutes=2))
    signer(task, 2).seen_at = NOW + timedelta(minutes=3)
    with pytest.raises(Conflict) as refused:
        take_back(signer(task, 1))
    assert refused.value.code == "task.seen"


def test_whom_others_have_put_in_meanwhile_is_not_asked_because_of_ones_answer() -> None:
    task = task_of(StepMode.ALL, 2)
    say(task, 1, A, NOW + timedelta(minutes=1))
    added = put_in(signer(task, 2), SignerKind.PARALLEL, 3, by=2)
    open_turns(task, NOW + timedelta(minutes=2))
    added.seen_at = NOW + timedelta(minutes=3)
    take_back(signer(task, 1))
    assert asked(task) == [1, 2, 3]


def test_whom_one_has_put_in_behind_oneself_stands_in_the_way_once_they_have_looked() -> None:
    task = task_of(StepMode.ALL, 2)
    added = put_in(signer(task, 1), SignerKind.AFTER, 3, by=1)
    say(task, 1, A, NOW + timedelta(minutes=1))
    added.seen_at = NOW + timedelta(minutes=2)
    with pytest.raises(Conflict) as refused:
        take_back(signer(task, 1))
    assert refused.value.code == "task.seen"
    remove(added, now=NOW + timedelta(minutes=3))
    take_back(signer(task, 1))
    assert asked(task) == [1, 2]


def test_who_is_put_in_behind_somebody_who_then_rejects_is_not_waited_for() -> None:
    task = task_of(StepMode.COUNT, 3, threshold=2)
    put_in(signer(task, 1), SignerKind.AFTER, 4, by=1)
    say(task, 1, A)
    take_back(signer(task, 1))
    say(task, 1, R)
    say(task, 2, A)
    say(task, 3, A)
    assert verdict_of(task) == "approve"


def test_whoever_is_taken_out_takes_along_all_who_were_put_in_through_them() -> None:
    task = task_of(StepMode.ANY, 2)
    outer = put_in(signer(task, 1), SignerKind.BEFORE, 3, by=1)
    open_turns(task, NOW)
    middle = put_in(outer, SignerKind.BEFORE, 4, by=3)
    open_turns(task, NOW)
    put_in(middle, SignerKind.BEFORE, 5, by=4)
    open_turns(task, NOW)
    remove(outer, now=NOW)
    open_turns(task, NOW)
    assert asked(task) == [1, 2]


def test_who_waits_for_an_earlier_answer_again_waits_also_for_whom_they_asked_first() -> None:
    task = task_of(StepMode.ORDER, 2)
    say(task, 1, A)
    put_in(signer(task, 2), SignerKind.BEFORE, 3, by=2)
    open_turns(task, NOW)
    take_back(signer(task, 1))
    say(task, 1, A)
    assert asked(task) == [3]
    say(task, 3, A)
    assert asked(task) == [2]


def test_a_settled_step_is_asked_again_as_it_was() -> None:
    task = task_of(StepMode.ANY, 2)
    put_in(signer(task, 1), SignerKind.AFTER, 3, by=1)
    put_in(signer(task, 2), SignerKind.ADVISER, 4, by=2)
    open_turns(task, NOW)
    say(task, 1, A)
    say(task, 3, A)
    task.close(TaskStatus.DONE, by=3, outcome="approve", at=NOW)
    again = HumanTask(mode=task.mode, status=TaskStatus.OPEN, signers=as_it_was(task, mine=signer(task, 3)))
    open_turns(again, NOW)
    assert asked(again) == [3, 4]
    say(again, 4, SignerStatus.ADVISED)
    assert asked(again) == [2, 3]


@given(
    seed=st.integers(0, 2**32),
    mode=st.sampled_from(list(StepMode)),
    count=st.integers(1, 5),
    threshold=st.integers(1, 100),
)
@settings(max_examples=2000, derandomize=True, deadline=None)
def test_whatever_signers_do_a_step_waits_for_somebody_until_it_is_decided(
    seed: int, mode: StepMode, count: int, threshold: int
) -> None:
    """Up to fifty verbs of random people: nobody is asked twice at once, and a step never waits for nobody."""
    random, task = Random(seed), task_of(mode, count, threshold=threshold, veto={0})
    for minute in range(50):
        if verdict_of(task) is not None:
            break
        _do_something(task, random, NOW + timedelta(minutes=minute))
        open_turns(task, NOW + timedelta(minutes=minute))
        people = asked(task)
        assert verdict_of(task) is not None or people, [(s.user_id, s.kind, s.status) for s in task.signers]
        assert len(people) == len(set(people))
    while verdict_of(task) is None:  # everybody agrees from here on: it ends
        say(task, asked(task)[0], _agreeing(signer(task, asked(task)[0])), NOW + timedelta(hours=1))
    task.close(TaskStatus.DONE, by=1, outcome="approve", at=NOW)
    assert not any(s.is_pending for s in task.signers)


def _agreeing(who: TaskSigner) -> SignerStatus:
    return SignerStatus.ADVISED if who.kind is SignerKind.ADVISER else A


def _do_something(task: HumanTask, random: Random, now: datetime) -> None:
    who = random.choice([s for s in task.signers if s.status is SignerStatus.OPEN])
    new = max(s.user_id for s in task.signers) + 1
    kind = random.choice([SignerKind.BEFORE, SignerKind.AFTER, SignerKind.PARALLEL, SignerKind.ADVISER])
    may_add = who.kind is not SignerKind.ADVISER and len(task.signers) < 30
    try:
        match random.choice(["answer", "answer", "add", "move", "remove", "take_back"]):
            case "add" if may_add:
                put_in(who, kind, new, by=who.user_id)
                if kind is SignerKind.AFTER:
                    answer(who, status=A, comment="", now=now)
            case "move":
                move(who, new, by=who.user_id, now=now)
            case "remove":
                remove(random.choice(task.signers), now=now)
            case "take_back":
                take_back(random.choice(task.signers))
            case _:
                answer(
                    who,
                    status=random.choice([_agreeing(who), _agreeing(who), A, R])
                    if who.kind is not SignerKind.ADVISER
                    else SignerStatus.ADVISED,
                    comment="",
                    now=now,
                )
    except Conflict:
        pass  # what is refused changes nothing
