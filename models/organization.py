"""Who works where, who heads whom, and who acts for whom: pure answers, from data that was read before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice


@dataclass(frozen=True)
class Member:
    """A person in the company. `department_id` is the primary department, `mail` the address with which they log in."""

    user_id: int
    name: str
    roles: frozenset[str]
    department_id: int | None
    is_active: bool
    mail: str = ""


@dataclass(frozen=True)
class Unit:
    """A department in the tree."""

    id: int
    name: str
    parent_id: int | None
    head_id: int | None


@dataclass(frozen=True)
class StandIn:
    """That one person acts for another, from `starts_at` until before `ends_at`. No kinds means every kind."""

    from_id: int
    to_id: int
    starts_at: datetime
    ends_at: datetime | None = None
    kinds: frozenset[str] = frozenset()
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    id: int = 0

    def covers(self, at: datetime, kind: str, amount: Decimal) -> bool:
        """Whether it holds then, for such a document."""
        return (
            self.starts_at <= at
            and (self.ends_at is None or at < self.ends_at)
            and (not self.kinds or kind in self.kinds)
            and (self.min_amount is None or self.min_amount <= amount)
            and (self.max_amount is None or amount <= self.max_amount)
        )

    @property
    def precedence(self) -> tuple[int, datetime, int]:
        """Of several that hold, the highest wins: more limits, then the later start, then the later row."""
        limits_amount = self.min_amount is not None or self.max_amount is not None
        return (bool(self.kinds) + limits_amount, self.starts_at, self.id)


@dataclass(frozen=True)
class Organization:
    """The company's people, departments and delegations at one moment. `members` is in the order of membership."""

    members: Mapping[int, Member]
    units: Mapping[int, Unit]
    stand_ins: tuple[StandIn, ...] = ()

    def is_active(self, user_id: int) -> bool:
        member = self.members.get(user_id)
        return member is not None and member.is_active

    def with_role(self, role: str) -> tuple[int, ...]:
        """The active people with this role, in the order in which they joined."""
        return tuple(user_id for user_id, member in self.members.items() if member.is_active and role in member.roles)

    def head_of(self, user_id: int) -> int | None:
        """Who heads this person: the nearest active head, from the own department upward, who is somebody else."""
        heads = (self._active_head(unit) for unit in self._upward(user_id))
        return next((head for head in heads if head is not None and head != user_id), None)

    def head_up(self, user_id: int, levels: int) -> int | None:
        """The head of the department `levels` up; 1 is the own department. It may be the person themselves.

        None where there is no such department, or it has no active head.
        """
        unit = next(islice(self._upward(user_id), levels - 1, None), None) if levels > 0 else None
        return None if unit is None else self._active_head(unit)

    def heads_up_to(self, user_id: int, levels: int) -> tuple[int, ...]:
        """The active heads of the own department and those above it, `levels` departments in all, each once.

        They may include the person themselves.
        """
        heads = (self._active_head(unit) for unit in islice(self._upward(user_id), max(levels, 0)))
        return tuple(dict.fromkeys(head for head in heads if head is not None))

    def stand_in_for(
        self, user_id: int, *, at: datetime, kind: str, amount: Decimal, never: frozenset[int] = frozenset()
    ) -> int:
        """Who acts for this person then, on such a document: themselves, if nobody does.

        A stand-in of a stand-in acts. One who is inactive or in `never` is passed over. Where delegations lead in a
        circle, the last person before it acts: nobody in a circle has anyone to hand to. So the answer is active and
        not in `never`, unless it is `user_id`, whom the caller has to look at.
        """
        path = [user_id]
        while (chosen := self._stand_in(path[-1], at, kind, amount, never)) is not None:
            if chosen in path:
                return path[max(path.index(chosen) - 1, 0)]
            path.append(chosen)
        return path[-1]

    def _stand_in(self, user_id: int, at: datetime, kind: str, amount: Decimal, never: frozenset[int]) -> int | None:
        held = [
            stand_in
            for stand_in in self.stand_ins
            if stand_in.from_id == user_id != stand_in.to_id
            and stand_in.covers(at, kind, amount)
            and self.is_active(stand_in.to_id)
            and stand_in.to_id not in never
        ]
        return max(held, key=lambda stand_in: stand_in.precedence).to_id if held else None

    def _active_head(self, unit: Unit) -> int | None:
        return unit.head_id if unit.head_id is not None and self.is_active(unit.head_id) else None

    def _upward(self, user_id: int) -> Iterator[Unit]:
        """The person's department and those above it. Ends where the tree is a circle."""
        member = self.members.get(user_id)
        unit = None if member is None else self.units.get(member.department_id or 0)
        seen: set[int] = set()
        while unit is not None and unit.id not in seen:
            seen.add(unit.id)
            yield unit
            unit = self.units.get(unit.parent_id or 0)
