"""Diagrams with a story for each, and instances that move to another version on their way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine.process import MigrationPlan, Outcome
from tests.engine.diagrams import (
    call,
    chain,
    end,
    exclusive,
    flow,
    inclusive,
    parallel,
    process,
    service,
    start,
    timer,
    user,
)
from tests.engine.runs import LOOP, Run, engine_with

MESSAGES = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in ("paid", "stop"))
_NODE = re.compile(r'\b(id|sourceRef|targetRef|attachedToRef)="([^"]+)"')


def receive(node_id: str, message: str = "paid") -> str:
    return f'<bpmn:receiveTask id="{node_id}" messageRef="m_{message}"/>'


def catch_timer(node_id: str, text: str, kind: str = "timeDuration") -> str:
    definition = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return f'<bpmn:intermediateCatchEvent id="{node_id}">{definition}</bpmn:intermediateCatchEvent>'


def sub(node_id: str, body: str, inner: str = "") -> str:
    return f'<bpmn:subProcess id="{node_id}">{inner}{body}</bpmn:subProcess>'


def loop(*, sequential: bool) -> str:
    return LOOP.format(sequential=str(sequential).lower())


def line(*nodes: str, ids: tuple[str, ...], extra: str = "") -> bytes:
    """start → the nodes in a row → end."""
    return process(start() + "".join(nodes) + end() + chain("start", *ids, "end"), extra=MESSAGES + extra)


class MovingRun(Run):
    """An instance that can go on under another version."""

    def move(self, source: bytes, **ids: str) -> Outcome:
        new = self.engine.load(source, {})
        self.outcome = self.engine.migrate(
            self.definition, new, self.outcome.state, id_map=ids, context=None, now=self.now
        )
        self.definition = new
        return self.outcome

    def plan(self, source: bytes, **ids: str) -> MigrationPlan:
        new = self.engine.load(source, {})
        return self.engine.plan_migration(self.definition, new, self.outcome.state, id_map=ids)

    def refusals(self, source: bytes, **ids: str) -> list[tuple[str, str]]:
        return [(problem.code, problem.element_id) for problem in self.plan(source, **ids).reasons]

    @property
    def due(self) -> list[tuple[str, timedelta]]:
        """Timers that wait, with the time from now."""
        return [(item.element_id, item.due_at - self.now) for item in self.outcome.timers]


def run(source: bytes, **data: Any) -> MovingRun:
    return MovingRun(engine_with(note=lambda _context: None), source, data)


@dataclass(frozen=True)
class Story:
    """A diagram and what happens to an instance of it until it ends."""

    source: bytes
    script: tuple[tuple[str, Any, Mapping[str, Any]], ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def answer(element: str, **given: Any) -> tuple[str, Any, Mapping[str, Any]]:
    return ("answer", element, {"answer": "yes", **given})


def wake(**after: float) -> tuple[str, Any, Mapping[str, Any]]:
    return ("wake", timedelta(**after), {})


def deliver(message: str) -> tuple[str, Any, Mapping[str, Any]]:
    return ("deliver", message, {})


def tell(run: Run, step: tuple[str, Any, Mapping[str, Any]], names: Mapping[str, str]) -> Outcome:
    """Let one step of a script happen; `names` has the ids of the version that the instance is on."""
    what, whom, given = step
    if what == "answer":
        return run.answer(names.get(whom, whom), **given)
    if what == "wake":
        return run.wake(run.now + whom)
    return run.deliver(whom)


def renamed(source: bytes, prefix: str = "new_") -> tuple[bytes, dict[str, str]]:
    """The same diagram with other ids for all its elements, and the map to them."""
    from engine.bpmn.diagram import read_diagram
    from engine.bpmn.xml import parse_xml

    nodes = read_diagram(parse_xml(source)).nodes

    def other(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f'{name}="{prefix}{value}"' if value in nodes else found[0]

    return _NODE.sub(other, source.decode()).encode(), {node_id: f"{prefix}{node_id}" for node_id in nodes}


REMINDED = line(
    user("ask")
    + timer("late", "ask", "timeDuration", "P1D")
    + user("told")
    + end("told_end")
    + chain("late", "told", "told_end")
    + timer("over", "ask", "timeDuration", "P9D", interrupting=True)
    + service("give_up", "note")
    + end("over_end")
    + chain("over", "give_up", "over_end"),
    user("pay"),
    ids=("ask", "pay"),
)
BRANCHES = process(
    start()
    + parallel("fork", "join")
    + user("a")
    + user("b")
    + receive("c")
    + user("last")
    + end()
    + chain("start", "fork", "a", "join", "last", "end")
    + chain("fork", "b", "join")
    + chain("fork", "c", "join"),
    extra=MESSAGES,
)
OVERTAKEN = process(
    start()
    + parallel("fork", "join")
    + user("a")
    + timer("over", "a", "timeDuration", "P1D", interrupting=True)
    + user("instead")
    + exclusive("either")
    + user("b")
    + end()
    + chain("start", "fork", "a", "either", "join", "end")
    + chain("over", "instead", "either")
    + chain("fork", "b", "join")
)
OFTEN = line(
    user("ask")
    + timer("often", "ask", "timeCycle", "R3/P1D")
    + user("told")
    + end("told_end")
    + chain("often", "told", "told_end"),
    ids=("ask",),
)
CHOSEN = process(
    start()
    + inclusive("fork", default="fork_to_b")
    + inclusive("join")
    + user("a")
    + user("b")
    + user("c")
    + end()
    + chain("start", "fork")
    + flow("fork", "a", "x > 1")
    + flow("fork", "b")
    + flow("fork", "c", "x > 2")
    + chain("a", "join", "end")
    + chain("b", "join")
    + chain("c", "join"),
)
AGAIN = process(
    start()
    + exclusive("merge")
    + user("ask")
    + exclusive("choose", default="choose_to_end")
    + end()
    + chain("start", "merge", "ask", "choose")
    + flow("choose", "merge", 'answer = "again"')
    + flow("choose", "end")
)
RACE = process(
    start()
    + '<bpmn:eventBasedGateway id="race"/>'
    + receive("paid")
    + receive("stop", "stop")
    + catch_timer("tired", "P3D")
    + user("thanks")
    + end()
    + chain("start", "race", "paid", "thanks", "end")
    + chain("race", "stop", "end")
    + chain("race", "tired", "end"),
    extra=MESSAGES,
)
NESTED = line(
    sub(
        "outer",
        start("s1")
        + user("first")
        + sub("inner", start("s2") + user("deep") + end("e2") + chain("s2", "deep", "e2"))
        + end("e1")
        + chain("s1", "first", "inner", "e1"),
    )
    + timer("slow", "outer", "timeDuration", "P2D")
    + service("hurry", "note")
    + end("slow_end")
    + chain("slow", "hurry", "slow_end"),
    user("after"),
    ids=("outer", "after"),
)
EACH = sub("each", start("s") + user("sign") + receive("wait") + end("e") + chain("s", "sign", "wait", "e"), "{loop}")
CALLED = line(
    call("invoke", "other"),
    user("after"),
    ids=("invoke", "after"),
    extra=(
        '<bpmn:process id="other" isExecutable="false">'
        + start("o1")
        + user("asked")
        + end("o2")
        + chain("o1", "asked", "o2")
        + "</bpmn:process>"
    ),
)
ROW = line(user("a"), receive("w"), user("b"), ids=("a", "w", "b"))
VOTES = {"people": [1, 2, 3]}
STORIES = {
    "a row": Story(ROW, (answer("a"), deliver("paid"), answer("b"))),
    "nobody reminded": Story(REMINDED, (answer("ask"), answer("pay"))),
    "reminded": Story(REMINDED, (wake(days=2), answer("told"), answer("ask"), answer("pay"))),
    "reminded late": Story(REMINDED, (wake(days=2), answer("ask"), answer("pay"), answer("told"))),
    "given up": Story(REMINDED, (wake(days=2), wake(days=8), answer("told"))),
    "branches": Story(BRANCHES, (answer("a"), deliver("paid"), answer("b"), answer("last"))),
    "branches in another order": Story(BRANCHES, (answer("b"), answer("a"), deliver("paid"), answer("last"))),
    "a branch overtaken": Story(OVERTAKEN, (wake(days=1), answer("instead"), answer("b"))),
    "told twice": Story(OFTEN, (wake(days=1), wake(days=1), answer("told"), answer("told"), answer("ask"))),
    "two chosen": Story(CHOSEN, (answer("c"), answer("a")), {"x": 5}),
    "one chosen": Story(CHOSEN, (answer("b"),), {"x": 0}),
    "again and again": Story(AGAIN, (answer("ask", answer="again"), answer("ask", answer="again"), answer("ask"))),
    "a race": Story(RACE, (deliver("paid"), answer("thanks"))),
    "a race lost": Story(RACE, (wake(days=1), wake(days=3))),
    "nested": Story(NESTED, (answer("first"), wake(days=3), answer("deep"), answer("after"))),
    "one after another": Story(line(user("a", inner=loop(sequential=True)), ids=("a",)), (answer("a"),) * 3, VOTES),
    "side by side": Story(line(user("a", inner=loop(sequential=False)), ids=("a",)), (answer("a"),) * 3, VOTES),
    "a subprocess for each": Story(
        line(EACH.replace("{loop}", loop(sequential=True)), ids=("each",)),
        (answer("sign"), deliver("paid")) * 3,
        VOTES,
    ),
    "subprocesses side by side": Story(
        line(EACH.replace("{loop}", loop(sequential=False)).replace(receive("wait"), user("wait")), ids=("each",)),
        (answer("sign"), answer("sign"), answer("wait"), answer("sign"), answer("wait"), answer("wait")),
        VOTES,
    ),
    "a called process": Story(CALLED, (answer("asked"), answer("after"))),
    "a cycle": Story(
        line(
            user("ask")
            + timer("often", "ask", "timeCycle", "R3/P1D")
            + service("remind", "note")
            + end("reminded")
            + chain("often", "remind", "reminded"),
            ids=("ask",),
        ),
        (wake(days=1, hours=1), wake(days=1), answer("ask")),
    ),
}
