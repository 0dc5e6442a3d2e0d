"""What a step of a chain asks: of whom, under which condition, how many must agree, and what happens if nobody does.

`from_data` reads what a form or a version holds and refuses what makes no sense, naming step and field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any, Final, NoReturn

from models.access import Role
from models.chains.approvers import FACTS, ApproverKind, Approvers, Repeat, WhenEmpty, WhenSelf
from models.chains.outsiders import Outsider, read_mail, read_name
from models.errors import Invalid
from models.language import N_
from models.processes import StepMode
from models.requests import EDITS
from models.signing import AUTOMATIC, VERBS

MODES: Final = tuple(mode.value for mode in StepMode)
WITH_THRESHOLD: Final = frozenset({"count", "percent", "weight"})
MOST_STEPS: Final = 20
MOST_OUTSIDERS: Final = 20
LONGEST_HOURS: Final = 24 * 90
_NAMING: Final = frozenset({ApproverKind.PEOPLE, ApproverKind.EXTERNAL})


@dataclass(frozen=True, kw_only=True)
class StepRule:
    """One approval. Hours are working hours; reminders count back from the due time, escalation counts on from it.

    `editable` is what its approvers may change (`models.requests.EDITS`).
    `weights` and `vetoes` are by user id; whoever is not named weighs 1 and has no veto. `escalate_to` is "head",
    "admins", a user id or None. A step `alongside` is asked at the same time as the one before it.
    """

    key: str
    title: str
    title_zh: str = ""
    alongside: bool = False
    condition: str = ""
    approvers: Approvers
    mode: str = "any"
    threshold: int | None = None
    weights: Mapping[int, int] = field(default_factory=dict)
    vetoes: frozenset[int] = frozenset()
    when_empty: WhenEmpty = WhenEmpty.ADMINS
    empty_person: int | None = None
    when_self: WhenSelf = WhenSelf.ADMINS
    repeat: Repeat = Repeat.EVERY
    verbs: frozenset[str] = frozenset(VERBS)
    due_hours: int = 24
    remind_hours: int | None = None
    escalate_hours: int | None = None
    escalate_to: str | int | None = None
    auto: str | None = None
    auto_hours: int | None = None
    copies: tuple[int, ...] = ()
    editable: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any], position: int) -> StepRule:
        """Raises `Invalid` naming the step, which is the `position`th (from 1), and the field."""
        return _Reader(data, position).rule()

    def as_data(self) -> dict[str, Any]:
        """As a version keeps it: what differs from the defaults."""
        data = asdict(self) | {
            "approvers": _given(asdict(self.approvers), Approvers(kind=self.approvers.kind)),
            "weights": {str(person): weight for person, weight in self.weights.items()},
            "vetoes": sorted(self.vetoes),
            "verbs": [verb for verb in VERBS if verb in self.verbs],
        }
        plain = _given(data, StepRule(key="", title="", approvers=self.approvers))
        return plain | {"approvers": data["approvers"] | {"kind": self.approvers.kind.value}, "title": self.title}

    @property
    def named(self) -> dict[str, frozenset[int]]:
        """Everybody whom the step names, by the field that names them."""
        return {
            "approvers.people": frozenset(self.approvers.people),
            "empty_person": frozenset({self.empty_person} - {None}),  # type: ignore[arg-type]
            "escalate_to": frozenset({self.escalate_to} if isinstance(self.escalate_to, int) else ()),
            "copies": frozenset(self.copies),
            "weights": frozenset(self.weights),
            "vetoes": self.vetoes,
        }


def read_steps(steps: Sequence[Mapping[str, Any]]) -> tuple[StepRule, ...]:
    """The steps of a chain in their order; one without a key gets one. Raises `Invalid` naming step and field."""
    if len(steps) > MOST_STEPS:
        raise Invalid("A chain has at most {most} steps.", code="chain.steps", field="steps", most=MOST_STEPS)
    taken = {str(step.get("key") or "") for step in steps}
    free = (key for number in range(1, 2 * MOST_STEPS + 1) if (key := f"s{number}") not in taken)
    rules = tuple(
        StepRule.from_data(step if step.get("key") else {**step, "key": next(free)}, position)
        for position, step in enumerate(steps, start=1)
    )
    seen: set[str] = set()
    for position, rule in enumerate(rules, start=1):
        if rule.key in seen:
            fault_in(
                rule.title,
                position,
                "key",
                N_("Step {position} “{title}”: another step has the key “{key}”. Give it one of its own."),
                key=rule.key,
            )
        seen.add(rule.key)
    return rules


def stage_numbers(rules: Sequence[StepRule]) -> tuple[int, ...]:
    """By step, the number of its stage: steps of the same time have the same, later ones a higher number."""
    return tuple(accumulate(int(not rule.alongside) for rule in rules))


def stages_of(rules: Sequence[StepRule]) -> tuple[int | None, ...]:
    """By step, the number of its stage, which it shares with the steps of the same time; None for a step alone."""
    numbers = stage_numbers(rules)
    return tuple(number if numbers.count(number) > 1 else None for number in numbers)


def fault_in(title: str, position: int, name: str, message: str, **fields: Any) -> NoReturn:
    """Raise `Invalid` about one field of a step; `message` begins with the step."""
    raise Invalid(
        message,
        code=f"chain.{name.rpartition('.')[2]}",
        field=f"steps.{position - 1}.{name}",
        position=position,
        title=title,
        **fields,
    )


def _given(data: Mapping[str, Any], default: Any) -> dict[str, Any]:
    """What is not as it would be anyway."""
    usual = asdict(default) | {"vetoes": [], "verbs": list(VERBS)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in data.items()
        if name not in usual or value != usual[name]
    }


class _Reader:
    """Reads the fields of one step."""

    def __init__(self, data: Mapping[str, Any], position: int) -> None:
        self._data = data
        self._position = position
        self._title = str(data.get("title") or "").strip()[:80]

    def rule(self) -> StepRule:
        if not self._title:
            self._fault("title", N_("Step {position}: give it a title."))
        approvers, mode = self._approvers(), self._choice("mode", MODES, "any")
        rule = StepRule(
            key=self._text("key", 40),
            title=self._title,
            title_zh=self._text("title_zh", 80),
            alongside=self._alongside(),
            condition=self._text("condition", 500),
            approvers=approvers,
            mode=mode,
            threshold=self._threshold(mode),
            weights=self._weights(),
            vetoes=frozenset(self._ids("vetoes")),
            when_empty=WhenEmpty(self._choice("when_empty", tuple(WhenEmpty), WhenEmpty.ADMINS)),
            empty_person=self._id("empty_person"),
            when_self=WhenSelf(self._choice("when_self", tuple(WhenSelf), WhenSelf.ADMINS)),
            repeat=Repeat(self._choice("repeat", tuple(Repeat), Repeat.EVERY)),
            verbs=self._verbs(),
            due_hours=self._hours("due_hours", 24) or 24,
            remind_hours=self._hours("remind_hours", None, least=0),
            escalate_hours=self._hours("escalate_hours", None, least=0),
            escalate_to=self._escalate_to(),
            auto=self._choice("auto", AUTOMATIC, "") if self._data.get("auto") else None,
            auto_hours=self._hours("auto_hours", None, least=0),
            copies=self._ids("copies"),
            editable=self._names("editable", EDITS),
        )
        self._check_together(rule)
        return rule

    def _check_together(self, rule: StepRule) -> None:
        if rule.when_empty is WhenEmpty.PERSON and rule.empty_person is None:
            self._fault("empty_person", N_("Step {position} “{title}”: choose who is asked when nobody is found."))
        if rule.escalate_hours is not None and rule.escalate_to is None:
            self._fault("escalate_to", N_("Step {position} “{title}”: choose to whom it is escalated."))
        if rule.auto is not None and rule.auto_hours is None:
            self._fault(
                "auto_hours", N_("Step {position} “{title}”: say after how many hours it is decided by itself.")
            )
        if rule.approvers.kind in _NAMING:
            self._check_reach(rule)

    def _check_reach(self, rule: StepRule) -> None:
        """The threshold must be within reach of the people, where the step names them."""
        if rule.threshold is None or rule.mode == "percent":
            return
        weights = [rule.weights.get(person, 1) for person in rule.approvers.people]
        weights += [outsider.weight for outsider in rule.approvers.outsiders]
        reach = sum(weights) if rule.mode == "weight" else len(weights)
        if rule.threshold > reach:
            self._fault(
                "threshold",
                N_("Step {position} “{title}”: {threshold} can never be reached; its people make {reach}."),
                threshold=rule.threshold,
                reach=reach,
            )

    def _approvers(self) -> Approvers:
        data = self._data.get("approvers") or {}
        kind = ApproverKind(self._choice_of(data.get("kind"), "approvers.kind", tuple(ApproverKind)))
        found = Approvers(
            kind=kind,
            people=self._ids_of(data.get("people"), "approvers.people") if kind in _NAMING else (),
            outsiders=self._outsiders(data.get("outsiders") or ()) if kind is ApproverKind.EXTERNAL else (),
            role=str(data.get("role") or "") if kind is ApproverKind.ROLE else "",
            levels=self._levels(data) if kind in {ApproverKind.HEAD_UP, ApproverKind.HEADS} else 1,
            field=str(data.get("field") or "") if kind is ApproverKind.FORM_FIELD else "",
            expression=str(data.get("expression") or "").strip()[:500] if kind is ApproverKind.FEEL else "",
            several=kind is ApproverKind.INITIATOR_CHOICE and data.get("several") not in (None, "", False),
        )
        if kind is ApproverKind.PEOPLE and not found.people:
            self._fault(
                "approvers.people", N_("Step {position} “{title}”: nobody is chosen. Choose at least one person.")
            )
        if kind is ApproverKind.ROLE and found.role not in set(Role):
            self._fault("approvers.role", N_("Step {position} “{title}”: choose a role."))
        if kind is ApproverKind.FORM_FIELD and found.field not in FACTS:
            self._fault("approvers.field", N_("Step {position} “{title}”: choose a field of the request."))
        if kind is ApproverKind.FEEL and not found.expression:
            self._fault(
                "approvers.expression", N_("Step {position} “{title}”: write the expression that names people.")
            )
        return found

    def _outsiders(self, rows: Iterable[Mapping[str, Any]]) -> tuple[Outsider, ...]:
        found = tuple(self._outsider(row) for row in rows)
        if not found:
            self._fault(
                "approvers.outsiders",
                N_(
                    "Step {position} “{title}”: nobody from outside is named. Write a line for each: Name "
                    "<name@example.com>."
                ),
            )
        if len(found) > MOST_OUTSIDERS:
            self._fault(
                "approvers.outsiders",
                N_("Step {position} “{title}”: name at most {most} people from outside."),
                most=MOST_OUTSIDERS,
            )
        for place, outsider in enumerate(found):
            if outsider.mail in [other.mail for other in found[:place]]:
                self._fault(
                    "approvers.outsiders",
                    N_("Step {position} “{title}”: {mail} is named twice. Leave one of them out."),
                    mail=outsider.mail,
                )
        return found

    def _outsider(self, row: Mapping[str, Any]) -> Outsider:
        name, written = read_name(str(row.get("name") or "")), str(row.get("mail") or "").strip()
        mail = read_mail(written)
        if not written:
            self._fault(
                "approvers.outsiders",
                N_(
                    "Step {position} “{title}”: “{person}” has no mail address. Write it behind the name: Name "
                    "<name@example.com>."
                ),
                person=name or "–",
            )
        if mail is None:
            self._fault(
                "approvers.outsiders",
                N_("Step {position} “{title}”: “{mail}” is not a mail address; write it like name@example.com."),
                mail=written[:80],
            )
        if not name:
            self._fault(
                "approvers.outsiders",
                N_("Step {position} “{title}”: {mail} has no name. Write one before the address."),
                mail=mail,
            )
        return Outsider(name, mail, self._whole(row.get("weight"), "approvers.outsiders", 1, 1000) or 1)

    def _alongside(self) -> bool:
        """A form sends what stands in its box, a version a truth. The first step has none before it."""
        return self._position > 1 and self._data.get("alongside") not in (None, "", False)

    def _levels(self, data: Mapping[str, Any]) -> int:
        return self._whole(data.get("levels", 1), "approvers.levels", 1, 10) or 1

    def _threshold(self, mode: str) -> int | None:
        if mode not in WITH_THRESHOLD:
            return None
        most = 100 if mode == "percent" else 10_000
        found = self._whole(self._data.get("threshold"), "threshold", 1, most)
        if found is None:
            self._fault("threshold", N_("Step {position} “{title}”: say how many it takes."))
        return found

    def _weights(self) -> dict[int, int]:
        given = self._data.get("weights") or {}
        people = self._ids_of(list(given), "weights")
        weights = [self._whole(weight, "weights", 1, 1000) or 1 for weight in given.values()]
        return dict(zip(people, weights, strict=True))

    def _verbs(self) -> frozenset[str]:
        """Nobody can be kept from approving; everything else may be left out."""
        if "verbs" not in self._data:
            return frozenset(VERBS)
        return frozenset(self._names("verbs", VERBS)) | {"approve"}

    def _escalate_to(self) -> str | int | None:
        value = self._data.get("escalate_to") or None
        return value if value in (None, "head", "admins") else self._id("escalate_to")

    def _hours(self, name: str, default: int | None, *, least: int = 1) -> int | None:
        value = self._data.get(name)
        return default if value in (None, "") else self._whole(value, name, least, LONGEST_HOURS)

    def _names(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        given = {str(value) for value in self._data.get(name) or ()}
        if unknown := given - set(known):
            self._unknown(name, sorted(unknown)[0])
        return tuple(value for value in known if value in given)

    def _choice(self, name: str, known: Sequence[str], default: str) -> str:
        return self._choice_of(self._data.get(name) or default, name, known)

    def _choice_of(self, value: Any, name: str, known: Sequence[str]) -> str:
        if value not in known:
            self._unknown(name, str(value or "–"))
        return str(value)

    def _id(self, name: str) -> int | None:
        value = self._data.get(name)
        return None if value in (None, "") else self._ids_of([value], name)[0]

    def _ids(self, name: str) -> tuple[int, ...]:
        return self._ids_of(self._data.get(name), name)

    def _ids_of(self, values: Iterable[Any] | None, name: str) -> tuple[int, ...]:
        try:
            return tuple(dict.fromkeys(int(value) for value in values or ()))
        except (TypeError, ValueError):
            self._fault(name, N_("Step {position} “{title}”: choose a person who is active in this company."))

    def _whole(self, value: Any, name: str, least: int, most: int) -> int | None:
        if value in (None, ""):
            return None
        try:
            number = int(str(value))
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            self._fault(
                name,
                N_("Step {position} “{title}”: “{value}” is not a whole number from {least} to {most}."),
                value=str(value)[:40],
                least=least,
                most=most,
            )
        return number

    def _text(self, name: str, longest: int) -> str:
        return str(self._data.get(name) or "").strip()[:longest]

    def _unknown(self, name: str, value: str) -> NoReturn:
        self._fault(
            name, N_("Step {position} “{title}”: “{value}” is not known here. Choose from the list."), value=value[:40]
        )

    def _fault(self, name: str, message: str, **fields: object) -> NoReturn:
        fault_in(self._title, self._position, name, message, **fields)
