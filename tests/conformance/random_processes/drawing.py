"""Draws blocks as BPMN: names elements and variables, and knows which variables an expression may read where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.engine import diagrams

if TYPE_CHECKING:
    from tests.conformance.random_processes.world import World

LISTS = ("none", "one", "three")
NUMBERS = ("small", "large")


class Drawing:
    """A diagram in the making. `known` are the variables that are set wherever the next element is reached."""

    def __init__(self) -> None:
        self.known: list[str] = list(NUMBERS)
        self._elements: list[str] = []
        self._roots: list[str] = []
        self._processes: list[str] = []
        self._loops: list[str] = []
        self._count = 0

    def fresh(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"

    def pick(self, number: int) -> str:
        """One of the known variables; the newest for 0."""
        return self.known[-1 - number % len(self.known)]

    def pick_list(self, number: int) -> str:
        return LISTS[number % len(LISTS)]

    @contextmanager
    def forgetting(self) -> Iterator[list[str]]:
        """What is learned inside may not be read after it."""
        before = list(self.known)
        yield before
        self.known = before

    @contextmanager
    def inside_loop(self, item: str) -> Iterator[None]:
        self._loops.append(item)
        self.known.append(item)
        yield
        self._loops.pop()

    def title(self, element: str) -> Callable[[World], str]:
        """How an element is called in a run: its id and the entries of the loops around it."""
        loops = list(self._loops)
        return lambda world: " ".join([element, *(str(world.read(item)) for item in loops)])

    def _title_expression(self, element: str) -> str:
        return "=" + " + ".join([f'"{element}"', *(f'" " + string({item})' for item in self._loops)])

    def user_task(self, element: str) -> None:
        self._elements.append(diagrams.user(element, fields=element, title=self._title_expression(element)))

    def script_task(self, element: str, expression: str, variable: str) -> None:
        extensions = diagrams.settings(result_variable=variable)
        self._elements.append(
            f'<bpmn:scriptTask id="{element}" scriptFormat="application/feel"><bpmn:extensionElements>{extensions}'
            f"</bpmn:extensionElements><bpmn:script>{expression}</bpmn:script></bpmn:scriptTask>"
        )

    def timer(self, element: str, hours: int) -> None:
        self._elements.append(
            f'<bpmn:intermediateCatchEvent id="{element}">{_duration(hours)}</bpmn:intermediateCatchEvent>'
        )

    def message(self, element: str) -> None:
        self._elements.append(
            f'<bpmn:intermediateCatchEvent id="{element}">{self._message(element)}</bpmn:intermediateCatchEvent>'
        )

    def boundary_message(self, element: str, host: str) -> None:
        self._elements.append(
            f'<bpmn:boundaryEvent id="{element}" attachedToRef="{host}">{self._message(element)}</bpmn:boundaryEvent>'
        )

    def boundary_timer(self, element: str, host: str, hours: int, *, interrupts: bool) -> None:
        self._elements.append(
            f'<bpmn:boundaryEvent id="{element}" attachedToRef="{host}" cancelActivity="{str(interrupts).lower()}">'
            f"{_duration(hours)}</bpmn:boundaryEvent>"
        )

    def boundary_error(self, element: str, host: str, *, code: str) -> None:
        self._roots.append(f'<bpmn:error id="error_{code}" errorCode="{code}"/>')
        self._elements.append(
            f'<bpmn:boundaryEvent id="{element}" attachedToRef="{host}">{_error(code)}</bpmn:boundaryEvent>'
        )

    def error_end(self, element: str, *, code: str) -> None:
        self._elements.append(f'<bpmn:endEvent id="{element}">{_error(code)}</bpmn:endEvent>')

    def gateway(self, kind: str, element: str, *, default: str = "") -> None:
        attribute = f' default="{element}_to_{default}"' if default else ""
        self._elements.append(f'<bpmn:{kind}Gateway id="{element}"{attribute}/>')

    def leave(self, gateway: str, condition: str) -> str:
        """A way out of `gateway`, by an event that does nothing; its id."""
        out = f"{gateway}_out"
        self._elements.append(f'<bpmn:intermediateThrowEvent id="{out}"/>')
        self.flow(gateway, out, condition)
        return out

    def end(self, element: str) -> None:
        self._elements.append(diagrams.end(element))

    def flow(self, source: str, target: str, condition: str = "") -> None:
        self._elements.append(diagrams.flow(source, target, condition))

    def subprocess(
        self,
        element: str,
        body: Callable[[Drawing], tuple[str, str]],
        *,
        loop: tuple[str, str, str, str, bool] | None = None,
        is_called: bool = False,
    ) -> None:
        outside, self._elements = self._elements, []
        first, last = body(self)
        inside = self._framed(element, first, last)
        if is_called:
            called = f"{element}_process"
            self._processes.append(f'<bpmn:process id="{called}" isExecutable="false">{inside}</bpmn:process>')
            drawn = f'<bpmn:callActivity id="{element}" calledElement="{called}"/>'
        else:
            drawn = f'<bpmn:subProcess id="{element}">{_loop(loop)}{inside}</bpmn:subProcess>'
        self._elements = [*outside, drawn]

    def process(self, first: str, last: str) -> bytes:
        """The file, once everything between `first` and `last` is drawn."""
        return diagrams.process(self._framed("process", first, last), extra="".join(self._roots + self._processes))

    def _framed(self, name: str, first: str, last: str) -> str:
        begin, finish = f"{name}_start", f"{name}_end"
        ends = diagrams.start(begin) + diagrams.end(finish) + diagrams.flow(begin, first) + diagrams.flow(last, finish)
        return "".join(self._elements) + ends

    def _message(self, element: str) -> str:
        """A message that only the instance of the loops around it catches that has its correlation."""
        self._roots.append(f'<bpmn:message id="message_{element}" name="{element}"/>')
        extensions = diagrams.settings(correlation=self._title_expression(element))
        return (
            f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>"
            f'<bpmn:messageEventDefinition messageRef="message_{element}"/>'
        )


def _duration(hours: int) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeDuration>PT{hours}H</bpmn:timeDuration></bpmn:timerEventDefinition>"


def _error(code: str) -> str:
    return f'<bpmn:errorEventDefinition errorRef="error_{code}"/>'


def _loop(loop: tuple[str, str, str, str, bool] | None) -> str:
    if loop is None:
        return ""
    items, item, results, result, sequential = loop
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>"
        f'<bpmn:inputDataItem id="{item}"/><bpmn:outputDataItem id="{result}"/></bpmn:multiInstanceLoopCharacteristics>'
    )
