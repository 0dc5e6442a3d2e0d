"""The service tasks that a diagram may call, by name. Palette, linter and runtime read the same list."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.errors import AnswerInvalid, ServiceUnknown
from engine.feel.literals import as_text

PARAMETER_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, Decimal),
    "decimal": (Decimal, int),
    "boolean": (bool,),
    "date": (date,),
    "datetime": (datetime,),
    "list": (list, tuple),
    "context": (dict,),
    "any": (object,),
}


@dataclass(frozen=True)
class ServiceTask:
    """One operation offered to diagrams.

    `run(context, **params)` receives whatever the caller of the engine passed as `context`, and parameters already
    evaluated and converted to `params` (name to a key of `PARAMETER_TYPES`); it returns plain data or None. What it
    cannot do and the diagram should know of it raises as `BpmnError`; any other exception fails the step. With
    `checks_first` it writes nothing to the database itself, and changes nothing before it knows that it will not
    fail: then nothing would have to be undone. `foresee(**params)` says without doing anything what it will probably
    return; without one, that is not known before it is called.
    """

    name: str
    run: Callable[..., dict[str, Any] | None]
    params: dict[str, str] = field(default_factory=dict)
    title: str = ""
    title_zh: str = ""
    checks_first: bool = False
    foresee: Callable[..., dict[str, Any]] | None = None


class Catalogue:
    """An explicit list of service tasks. Nothing is found by scanning.

    Every call of a service, with the check of its result, happens inside `guard(service)`: whoever offers the
    services undoes there what one that fails has done so far.
    """

    def __init__(
        self, *tasks: ServiceTask, guard: Callable[[ServiceTask], AbstractContextManager[Any]] = nullcontext
    ) -> None:
        self.guard = guard
        self._tasks: dict[str, ServiceTask] = {}
        self.add(*tasks)

    def add(self, *tasks: ServiceTask) -> None:
        """Offer `tasks` to diagrams. Raises ValueError for a name given twice or an unknown parameter type."""
        for task in tasks:
            if task.name in self._tasks:
                raise ValueError(f"service task {task.name!r} is registered twice")
            if unknown := set(task.params.values()) - PARAMETER_TYPES.keys():
                raise ValueError(f"service task {task.name!r} has unknown parameter types {sorted(unknown)}")
            self._tasks[task.name] = task

    def __delitem__(self, name: str) -> None:
        """Offer a service no longer."""
        del self._tasks[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tasks

    def __getitem__(self, name: str) -> ServiceTask:
        try:
            return self._tasks[name]
        except KeyError:
            raise ServiceUnknown("There is no service task “{service}”.", service=name) from None

    def __iter__(self) -> Iterator[ServiceTask]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)


def convert_parameter(service: str, name: str, type_name: str, value: Any) -> Any:
    """`value` as the declared type; null stays null. Raises `AnswerInvalid` when it is something else."""
    if value is None or type_name == "any":
        return value
    if type_name == "integer" and _is_whole(value):
        return int(value)
    if type_name == "decimal" and _is_number(value):
        return Decimal(value)
    if _fits(type_name, value):
        return value
    raise AnswerInvalid(
        "The service task “{service}” needs {type} for its parameter “{parameter}”, not {value}.",
        code="service.parameter_type",
        service=service,
        parameter=name,
        type=type_name,
        value=as_text(value)[:80],
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _fits(type_name: str, value: Any) -> bool:
    if type_name in {"integer", "decimal"}:
        return False
    if type_name == "date" and isinstance(value, datetime):
        return False
    return isinstance(value, PARAMETER_TYPES[type_name])
