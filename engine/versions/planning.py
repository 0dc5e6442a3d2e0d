"""Says whether a running instance can go on under another version, element by element, and what moves where."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final, Literal

from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.xml import local_name
from engine.errors import Problem
from engine.versions.facets import Facets, read_facets
from engine.versions.paths import Paths
from engine.versions.tokens import Token, tokens_of

_JOINS: Final = frozenset({"parallelGateway", "inclusiveGateway"})
# What of a repetition may change while it is in progress: it is asked again after every instance.
_FREE: Final = ("loop", "completionCondition")


@dataclass(frozen=True)
class Move:
    """One open element: kept, or an event that is withdrawn from beside it or armed there."""

    effect: Literal["kept", "withdrawn", "armed"]
    element_id: str
    target_id: str
    kind: str
    title: str
    title_zh: str = ""

    def as_dict(self) -> dict[str, str]:
        """The move as JSON data."""
        return {"effect": self.effect, "element": self.element_id, "target": self.target_id, "kind": self.kind}


@dataclass(frozen=True)
class MigrationPlan:
    """What moving one instance would do, and every reason not to."""

    moves: tuple[Move, ...] = ()
    reasons: tuple[Problem, ...] = ()

    @property
    def is_safe(self) -> bool:
        return not self.reasons


@dataclass
class Planner:
    """Compares what is open in `instance` with the newer diagram. `ids` has new ids of elements by their old ones."""

    old: Diagram
    new: Diagram
    ids: Mapping[str, str]
    reasons: list[Problem] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def plan(self, instance: Any) -> MigrationPlan:
        """The plan. Changes nothing."""
        self._check_ids()
        tokens = tokens_of(instance, self.old)
        for token in tokens:
            if self._check_token(token):
                self._plan_token(token)
        if not self.reasons:
            self._check_positions(tokens)
        return MigrationPlan(tuple(self.moves), tuple(self.reasons))

    def target(self, element_id: str) -> str:
        """The id under which the newer diagram has an element."""
        return self.ids.get(element_id, self.new.process_id if element_id == self.old.process_id else element_id)

    def events_beside(self, token: Token) -> Iterator[tuple[Any, Node]]:
        """The events that wait beside a token and can go on waiting, with their new elements."""
        beside = {node.id for node in self._new_events(token)}
        for task in token.waits:
            was = self.old.nodes[task.task_spec.bpmn_id]
            now = self.new.nodes.get(self.target(was.id))
            if now is not None and now.id in beside and trigger(was) == trigger(now):
                yield task, now

    def events_to_arm(self, token: Token) -> list[Node]:
        """The events beside the new element that do not wait yet. One that has happened already is not armed again."""
        waiting = {now.id for _, now in self.events_beside(token)}
        happened = {
            self.target(node.id)
            for node in self._beside(self.old, token.node)
            if not any(task.task_spec.bpmn_id == node.id for task in token.waits)
        }
        return [node for node in self._new_events(token) if node.id not in waiting | happened]

    def _new_events(self, token: Token) -> list[Node]:
        node = self.new.nodes.get(self.target(token.node.id))
        return self._beside(self.new, node) if node is not None else []

    @staticmethod
    def _beside(diagram: Diagram, node: Node) -> list[Node]:
        if node.kind == "eventBasedGateway":
            return [diagram.nodes[flow.target] for flow in diagram.leaving(node.id)]
        return [event for event in diagram.nodes.values() if event.attached_to == node.id]

    def _plan_token(self, token: Token) -> None:
        target = self.new.nodes[self.target(token.node.id)]
        self._move("kept", token.node.id, target)
        kept = {task.id: now for task, now in self.events_beside(token)}
        for task in token.waits:
            was = self.old.nodes[task.task_spec.bpmn_id]
            if task.id in kept:
                self._move("kept", was.id, kept[task.id])
            else:
                self.moves.append(Move("withdrawn", was.id, "", was.kind, was.name or was.id, was.title_zh))
        for node in self.events_to_arm(token):
            self._move("armed", "", node)

    def _move(self, effect: Literal["kept", "armed"], element_id: str, node: Node) -> None:
        self.moves.append(Move(effect, element_id, node.id, node.kind, node.name or node.id, node.title_zh))

    def _check_ids(self) -> None:
        for old, new in sorted(self.ids.items()):
            if old not in self.old.nodes:
                self._map_refused(old, "The older version has no element “{element}” to map.")
            elif new not in self.new.nodes:
                self._map_refused(new, "The newer version has no element “{element}” to map to.")

    def _map_refused(self, element_id: str, message: str) -> None:
        self.reasons.append(Problem(element_id, "error", "migration.map", message, {"element": element_id}))

    def _check_token(self, token: Token) -> bool:
        """Can the element go on being open in the newer diagram?"""
        was, now = token.node, self.new.nodes.get(self.target(token.node.id))
        if now is None:
            self._refuse(
                was,
                "gone",
                "“{element}” is open, but the new version has no such element. Say which one stands for it.",
            )
        elif now.kind != was.kind:
            self._refuse(
                was,
                "kind",
                "“{element}” is open and was a {old}; in the new version it is a {new}.",
                old=was.kind,
                new=now.kind,
            )
        elif self.target(was.scope) != now.scope:
            self._refuse(was, "scope", "“{element}” is open and stands in another subprocess in the new version.")
        elif _loop(was) != _loop(now):
            self._refuse(was, "loop", "“{element}” is in progress and repeats in another way in the new version.")
        elif was.element.get("calledElement") != now.element.get("calledElement"):
            self._refuse(was, "called", "“{element}” is in progress and calls another process in the new version.")
        elif was.kind in _JOINS and self._sources(self.old, was) != Counter(
            flow.source for flow in self.new.entering(now.id)
        ):
            self._refuse(was, "join", "A branch waits at “{element}”, where other branches meet in the new version.")
        elif self._races(self.new, now) != (was.kind != "eventBasedGateway" and self._races(self.old, was)):
            self._refuse(was, "race", "“{element}” waits alone, but stands behind an event-based gateway now.")
        else:
            return True
        return False

    def _sources(self, diagram: Diagram, node: Node) -> Counter[str]:
        return Counter(self.target(flow.source) for flow in diagram.entering(node.id))

    @staticmethod
    def _races(diagram: Diagram, node: Node) -> bool:
        return any(diagram.nodes[flow.source].kind == "eventBasedGateway" for flow in diagram.entering(node.id))

    def _check_positions(self, tokens: list[Token]) -> None:
        """Could the newer diagram have brought the tokens of each scope where they are?"""
        by_scope: dict[Any, list[Token]] = {}
        for token in tokens:
            by_scope.setdefault(token.scope, []).append(token)
        paths = Paths(self.new)
        for group in by_scope.values():
            for one, other in combinations(group, 2):
                if not paths.may_be_open_together(self.target(one.node.id), self.target(other.node.id)):
                    self._refuse(
                        one.node,
                        "together",
                        "“{element}” and “{other}” are open, which the new version never has at the same time.",
                        other=other.node,
                    )
            self._check_joins(group, paths)

    def _check_joins(self, group: list[Token], paths: Paths) -> None:
        """No branch that meets others later may wait for one that can no longer come."""
        positions = [self.target(token.node.id) for token in group]
        joins = [self.new.nodes[name] for name in sorted(paths.reach(positions)) if self._is_join(name)]
        for join in joins:
            if join.id in positions:
                continue  # it has the same branches as before
            coming = paths.reach(positions, without=(join.id,))
            missing = [flow.source for flow in self.new.entering(join.id) if flow.source not in coming]
            if missing:
                source = self.new.nodes[missing[0]]
                self._refuse(
                    join,
                    "starved",
                    "“{element}” would wait for ever: no branch that is open can come there from “{source}”.",
                    source=source,
                )

    def _is_join(self, element_id: str) -> bool:
        return self.new.nodes[element_id].kind == "parallelGateway" and len(self.new.entering(element_id)) > 1

    def _refuse(self, node: Node, fault: str, message: str, **others: Node | str) -> None:
        """Elements are named by their titles, with the Chinese one under ``NAME_zh``."""
        fields: dict[str, str] = {}
        for name, value in {"element": node, **others}.items():
            if isinstance(value, Node):
                fields |= {name: value.name or value.id, f"{name}_zh": value.title_zh}
            else:
                fields[name] = value
        self.reasons.append(Problem(node.id, "error", f"migration.{fault}", message, fields))


def trigger(node: Node) -> tuple[str, str]:
    """What kind of thing an event waits for, and by what it is told from others of the kind.

    A timer that repeats keeps its time in a way of its own.
    """
    correlation = node.properties.get("correlation", "")
    for child in node.element:
        name = local_name(child)
        if name == "timerEventDefinition":
            return ("cycle" if any(local_name(item) == "timeCycle" for item in child) else "timer"), ""
        if name.endswith("EventDefinition"):
            return name, correlation
    return ("messageEventDefinition", correlation) if node.element.get("messageRef") else ("", "")


def _loop(node: Node) -> Facets:
    found = read_facets(node.element, {})
    return {facet: value for facet, value in found.items() if facet[0] == "loop" and facet != _FREE}
