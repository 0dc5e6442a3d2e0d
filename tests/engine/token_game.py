"""The rules of BPMN 2.0 for gateways, played with tokens on paper: what an engine may do, whatever order it takes.

Written from the standard (13.4 and table 13.3) without a look at the engine, to hold the engine against it.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.engine.diagrams import end, exclusive, flow, inclusive, parallel, process, start, user

Tokens = tuple[tuple[str, str], ...]  # where tokens are: on a flow (source, target), or inside a task (task, "")


@dataclass
class Net:
    """A process: `kinds` of nodes by name, `flows` in the order of the file, and those whose condition is true."""

    kinds: dict[str, str] = field(default_factory=dict)
    flows: list[tuple[str, str]] = field(default_factory=list)
    true: set[tuple[str, str]] = field(default_factory=set)

    def leaving(self, node: str) -> list[tuple[str, str]]:
        return [flow for flow in self.flows if flow[0] == node]

    def entering(self, node: str) -> list[tuple[str, str]]:
        return [flow for flow in self.flows if flow[1] == node]

    def bpmn(self) -> bytes:
        """The diagram. The last flow that leaves a choice is its default."""
        make = {"task": lambda name, _: user(name), "parallel": lambda name, _: parallel(name)}
        make |= {"exclusive": exclusive, "inclusive": inclusive, "start": lambda *_: start(), "end": lambda *_: end()}
        body = []
        for name, kind in self.kinds.items():
            ways = self.leaving(name)
            body.append(make[kind](name, "_to_".join(ways[-1]) if len(ways) > 1 else ""))
            is_choice = kind in ("exclusive", "inclusive") and len(ways) > 1
            for way in ways:
                condition = str(way in self.true).lower() if is_choice and way is not ways[-1] else ""
                body.append(flow(*way, condition))
        return process("".join(body))


def rests(net: Net, tokens: Tokens, *, limit: int = 20_000) -> set[Tokens]:
    """Every way in which the tokens can come to rest. Raises OverflowError past `limit` positions."""
    found, seen, ahead = set(), {tokens}, [tokens]
    while ahead:
        position = ahead.pop()
        moves = list(_moves(net, position))
        if not moves:
            found.add(position)
        for move in moves:
            if move not in seen:
                seen.add(move)
                ahead.append(move)
        if len(seen) > limit:
            raise OverflowError
    return found


def answered(net: Net, tokens: Tokens, task: str) -> Tokens:
    """The tokens after a person has done `task`."""
    return _replaced(tokens, [(task, "")], net.leaving(task))


def open_tasks(tokens: Tokens) -> list[str]:
    return sorted(place for place, target in tokens if not target)


def _moves(net: Net, tokens: Tokens) -> Iterator[Tokens]:
    """What can happen next: one token passes a node, or one gateway fires."""
    for token in dict.fromkeys(tokens):
        kind = net.kinds[token[1]] if token[1] else ""
        if kind == "end":
            yield _replaced(tokens, [token], [])
        elif kind == "task":
            yield _replaced(tokens, [token], [(token[1], "")])
        elif kind == "exclusive":
            yield _replaced(tokens, [token], _chosen(net, token[1])[:1])
    for node, kind in net.kinds.items():
        filled = [flow for flow in net.entering(node) if flow in tokens]
        if kind == "parallel" and filled and len(filled) == len(net.entering(node)):
            yield _replaced(tokens, filled, net.leaving(node))
        elif kind == "inclusive" and filled and not _must_wait(net, node, tokens):
            yield _replaced(tokens, filled, _chosen(net, node))


def _chosen(net: Net, node: str) -> list[tuple[str, str]]:
    ways = net.leaving(node)
    return [way for way in ways[:-1] if way in net.true] or ways[-1:]


def _must_wait(net: Net, join: str, tokens: Tokens) -> bool:
    empty = [flow for flow in net.entering(join) if flow not in tokens]
    filled = [flow for flow in net.entering(join) if flow in tokens]
    for token in tokens:
        reached = _reached(net, token, join)
        if reached & set(empty) and not reached & set(filled):
            return True
    return False


def _reached(net: Net, token: tuple[str, str], join: str) -> set[tuple[str, str]]:
    """The flows to which a path leads from a token without a visit to `join`."""
    reached: set[tuple[str, str]] = set()
    ahead = [token[1] or token[0]]
    while ahead:
        node = ahead.pop()
        if node != join:
            new = [flow for flow in net.leaving(node) if flow not in reached]
            reached.update(new)
            ahead.extend(flow[1] for flow in new)
    return reached


def _replaced(tokens: Tokens, taken: list[tuple[str, str]], put: list[tuple[str, str]]) -> Tokens:
    left = list(tokens)
    for token in taken:
        left.remove(token)
    return tuple(sorted(left + put))


def random_net(seed: int, kinds: Mapping[str, int]) -> Net:
    """A net whose gateways lead forwards; only tasks lead back, so that every circle waits for somebody."""
    chance = random.Random(seed)
    while True:
        net = _try_net(chance, kinds)
        if "end" in net.kinds:
            return net


def _try_net(chance: random.Random, kinds: Mapping[str, int]) -> Net:
    names = ["start", *(f"n{number}" for number in range(chance.randint(5, 11))), "end"]
    chosen = chance.choices(list(kinds), list(kinds.values()), k=len(names) - 2)
    net = Net(dict(zip(names, ["start", *chosen, "end"], strict=True)))
    for place, name in enumerate(names[:-1]):
        ahead = names[place + 1 : place + 5]
        if net.kinds[name] == "task":
            targets = chance.sample(names[1:-1] if chance.random() < 0.15 else ahead, 1)
        else:
            most = 1 if name == "start" else chance.choice((1, 2, 2, 3))
            targets = chance.sample(ahead, min(most, len(ahead)))
        net.flows += [(name, target) for target in targets]
    _drop_unreached(net)
    net.true = {way for way in net.flows if chance.random() < 0.6}
    return net


def _drop_unreached(net: Net) -> None:
    reached = {"start"}
    for _ in net.kinds:
        reached |= {target for source, target in net.flows if source in reached}
    net.kinds = {name: kind for name, kind in net.kinds.items() if name in reached}
    net.flows = [way for way in net.flows if way[0] in reached]
