"""What a comparison gives: changes, each with a stable code and a sentence, and the ids that stand for each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from engine.language import N_

Effect = Literal["added", "removed", "changed", "moved", "renamed"]

NOTHING: Final = "–"
# By code without its prefix; `detail` names the setting, parameter, column … that the code is about.
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "element.added": N_("“{element}” ({kind}) is new."),
        "element.removed": N_("“{element}” ({kind}) is gone."),
        "element.renamed": N_("“{element}” has the id {new} instead of {old}."),
        "element.flow_order": N_("After “{element}” the conditions are tried in the order {new} instead of {old}."),
        "flow.added": N_("A flow leads from “{source}” to “{target}”."),
        "flow.removed": N_("No flow leads from “{source}” to “{target}” any more."),
        "flow.moved": N_("The flow “{element}” leads {new} instead of {old}."),
        "name": N_("“{old}” is now called “{new}”."),
        "kind": N_("“{element}” is a {new} instead of a {old}."),
        "scope": N_("“{element}” stands in “{new}” instead of “{old}”."),
        "attached": N_("“{element}” is attached to “{new}” instead of “{old}”."),
        "interrupting": N_("“{element}” interrupts its activity now."),
        "not_interrupting": N_("“{element}” lets its activity go on now."),
        "default": N_("The default flow of “{element}” is “{new}” instead of “{old}”."),
        "condition": N_("The condition of “{element}” is “{new}” instead of “{old}”."),
        "form": N_("“{element}” shows the form “{new}” instead of “{old}”."),
        "candidates": N_("The candidates of “{element}” are “{new}” instead of “{old}”."),
        "setting": N_("The setting {detail} of “{element}” is “{new}” instead of “{old}”."),
        "service": N_("“{element}” calls the service “{new}” instead of “{old}”."),
        "parameter": N_("“{element}” gives its service “{new}” instead of “{old}” as {detail}."),
        "result": N_("“{element}” keeps its result in “{new}” instead of “{old}”."),
        "decision": N_("“{element}” asks the decision “{new}” instead of “{old}”."),
        "called": N_("“{element}” calls the process “{new}” instead of “{old}”."),
        "script": N_("The script of “{element}” is “{new}” instead of “{old}”."),
        "loop": N_("The repetition of “{element}” ({detail}) is “{new}” instead of “{old}”."),
        "timer": N_("The timer of “{element}” ({detail}) is “{new}” instead of “{old}”."),
        "message": N_("The message of “{element}” is “{new}” instead of “{old}”."),
        "signal": N_("The signal of “{element}” is “{new}” instead of “{old}”."),
        "error": N_("The error of “{element}” is “{new}” instead of “{old}”."),
        "escalation": N_("The escalation of “{element}” is “{new}” instead of “{old}”."),
        "event": N_("The event of “{element}” ({detail}) is “{new}” instead of “{old}”."),
        "documentation": N_("The documentation of “{element}” has changed."),
        "other": N_("In “{element}”, {detail} is “{new}” instead of “{old}”."),
        "decision.added": N_("The decision “{element}” is new."),
        "decision.removed": N_("The decision “{element}” is gone."),
        "decision.hit_policy": N_("The hit policy of “{element}” is {new} instead of {old}."),
        "decision.input_added": N_("The decision “{element}” has a new input “{detail}”."),
        "decision.input_removed": N_("The decision “{element}” has no input “{detail}” any more."),
        "decision.input_changed": N_("The input “{detail}” of the decision “{element}” is “{new}” instead of “{old}”."),
        "decision.output_added": N_("The decision “{element}” has a new output “{detail}”."),
        "decision.output_removed": N_("The decision “{element}” has no output “{detail}” any more."),
        "decision.output_changed": N_(
            "The output “{detail}” of the decision “{element}” is “{new}” instead of “{old}”."
        ),
        "decision.rule_added": N_("The decision “{element}” has a new rule {rule}: {new}"),
        "decision.rule_removed": N_("The decision “{element}” has lost its rule {rule}: {old}"),
        "decision.rule_changed": N_(
            "Rule {rule} of the decision “{element}” has “{new}” instead of “{old}” in the column “{detail}”."
        ),
        "decision.rule_order": N_("The rules of the decision “{element}” stand in another order: {new}"),
        "form.added": N_("The form “{element}” is new."),
        "form.removed": N_("The form “{element}” is gone."),
        "form.field_added": N_("The form “{element}” asks for “{detail}” now."),
        "form.field_removed": N_("The form “{element}” asks for “{detail}” no more."),
        "form.field_changed": N_("The field “{detail}” of the form “{element}” has changed."),
        "form.changed": N_("The form “{element}” has changed."),
    }
)


@dataclass(frozen=True)
class Change:
    """One difference. `element_id` is the newer version's, or the older one's for what was removed."""

    effect: Effect
    code: str
    element_id: str
    title: str
    title_zh: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence as a template; `fields` and the title, as `element`, fill it."""
        return SENTENCES.get(self.code) or SENTENCES[self.code.partition(".")[2]]

    def __str__(self) -> str:
        return self.message.format(element=self.title, **self.fields)

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON data, its sentence in English."""
        return {
            "effect": self.effect,
            "code": self.code,
            "element": self.element_id,
            "message": str(self),
            "fields": dict(self.fields),
        }


@dataclass(frozen=True)
class Difference:
    """Every change between two versions, in a stable order. `renamed` has old ids of elements with their new ones."""

    changes: tuple[Change, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON data."""
        return {"changes": [change.as_dict() for change in self.changes], "renamed": dict(self.renamed)}


def effect_of(old: object, new: object) -> Effect:
    """A value that came, went or became another."""
    return "added" if old is None else "removed" if new is None else "changed"


def was_and_is(old: str | None, new: str | None) -> dict[str, str]:
    """The two values as a sentence shows them."""
    return {"old": NOTHING if old is None else old, "new": NOTHING if new is None else new}
