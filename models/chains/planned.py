"""What a plan says: the approvals that will be asked for, each with its people, and why they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.chains.outsiders import Outsider
from models.chains.rules import StepRule
from models.signing import VERBS

# A user by id, or somebody from outside by mail address.
Person = int | str


@dataclass(frozen=True)
class PlannedSigner:
    """Somebody who is asked; `acts_for` is the person whose stand-in they are. `reason` says why it is that person.

    An `outsider` has no `user_id`; everybody else has one.
    """

    user_id: int | None
    acts_for: int | None
    weight: int
    has_veto: bool
    reason: str
    outsider: Outsider | None = None

    @property
    def person(self) -> Person:
        return self.outsider.mail if self.outsider else self.user_id or 0

    def as_data(self) -> dict[str, Any]:
        if self.outsider is not None:
            asked = {"name": self.outsider.name, "mail": self.outsider.mail}
            return {"outsider": asked, "weight": self.weight, "veto": self.has_veto}
        return {"user": self.user_id, "for": self.acts_for, "weight": self.weight, "veto": self.has_veto}


@dataclass(frozen=True)
class PlannedStep:
    """One approval as it will be asked for. `mode` and `threshold` differ from the rule's where people dropped out.

    `reason` is how its people were found: a value of `ApproverKind`, or what took their place. Steps that follow each
    other with the same `stage` are asked at the same time; None is a step alone.
    """

    rule: StepRule
    signers: tuple[PlannedSigner, ...]
    mode: str
    threshold: int | None
    reason: str
    reason_fields: Mapping[str, Any] = field(default_factory=dict)
    stage: int | None = None

    @property
    def title(self) -> str:
        return self.rule.title

    @property
    def title_zh(self) -> str:
        return self.rule.title_zh

    @property
    def due_hours(self) -> int:
        return self.rule.due_hours

    @property
    def candidates(self) -> tuple[int, ...]:
        """Every user who is asked, by id."""
        return tuple(signer.user_id for signer in self.signers if signer.user_id is not None)

    @property
    def role(self) -> str:
        """The role that is asked, where the step asks one."""
        return str(self.reason_fields.get("role", ""))

    @property
    def sure_of(self) -> frozenset[Person]:
        """Those who must have approved once the step is approved."""
        asks_everybody = self.mode in ("all", "order") or len(self.signers) == 1
        return frozenset(signer.person for signer in self.signers if asks_everybody)

    def as_data(self) -> dict[str, Any]:
        """What the process keeps of it."""
        rule = self.rule
        beside = {} if self.stage is None else {"stage": self.stage}
        return {
            "key": rule.key,
            "title": rule.title,
            "title_zh": rule.title_zh,
            "signers": [signer.as_data() for signer in self.signers],
            "mode": self.mode,
            "threshold": self.threshold,
            "verbs": [verb for verb in VERBS if verb in rule.verbs],
            "due_hours": rule.due_hours,
            "remind_hours": rule.remind_hours,
            "escalate_hours": rule.escalate_hours,
            "escalate_to": rule.escalate_to,
            "auto": rule.auto,
            "auto_hours": rule.auto_hours,
            "copies": list(rule.copies),
            "editable": list(rule.editable),
            "reason": self.reason,
            "reason_fields": dict(self.reason_fields),
            **beside,
        }
