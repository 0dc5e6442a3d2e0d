"""The elements of a requirements graph: input data, decisions, business knowledge models, decision services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from engine.dmn.boxed_nodes import conforming
from engine.dmn.explanation import Explanation, result_of, shown
from engine.dmn.frame import Element, Frame
from engine.dmn.run import DecisionRun, Notes
from engine.dmn.tables import DecisionTable, explain_table
from engine.errors import ExpressionInvalid, Problem
from engine.feel import Expression
from engine.feel.convert import check_size
from engine.feel.functions import caller
from engine.feel.nodes import TypeName
from engine.feel.scope import MISSING, DataScope, Scope
from engine.feel.values import Function

_CALL_COST: Final = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class InputData(Element):
    """What the caller provides, by the name of the variable."""

    def value_in(self, frame: Frame) -> Any:
        """The value given, as its type wants it."""
        frame.run.element_id = self.id
        return conforming(frame.input(self), self.type_name, self.name, frame.data, self.types)


@dataclass(frozen=True, eq=False, kw_only=True)
class Decision(Element):
    """A decision without `logic` is null, unless a decision service is given its value."""

    logic: DecisionTable | Expression | None = field(default=None, repr=False)

    @property
    def required(self) -> tuple["Decision", ...]:
        """The decisions it requires directly."""
        return tuple(item.element for item in self.requirements if isinstance(item.element, Decision))

    def evaluate(self, data: Mapping[str, Any], *, now: datetime | None = None) -> Explanation:
        """The result over `data`, explained. Raises `EngineError` for a broken hit policy or an input not allowed."""
        frame = Frame(DataScope(data, DecisionRun(now, strict=True)))
        _bounded_value(frame, self)
        return frame.explanations[self]

    def value_in(self, frame: Frame) -> Any:
        """The result of its logic, as its type wants it; explained in the frame."""
        run, outer = frame.run, frame.run.notes
        run.notes, run.element_id = Notes(), self.id
        scope = frame.scope_of(self)
        told = self._run(scope, run)
        value = conforming(told.value, self.type_name, self.name, scope, self.types)
        check_size(value, run)
        frame.explanations[self] = Explanation(
            self.id,
            self.name,
            told.hit_policy,
            told.inputs,
            told.matched,
            result_of(value, self.name) if run.strict else shown(value),
            required=tuple(
                frame.explanations[item.element] for item in self.requirements if item.element in frame.explanations
            ),
            invoked=tuple(run.notes.invoked),
            faults=tuple(run.notes.faults),
        )
        run.notes = outer
        return value

    def _run(self, scope: Scope, run: DecisionRun) -> "_Told":
        if isinstance(self.logic, DecisionTable):
            found = self.logic.evaluate(scope)
            told = explain_table(self.id, self.logic, found, run)
            return _Told(found.result, told.hit_policy, told.inputs, told.matched)
        if self.logic is None:
            return _Told(None)
        value = self.logic.read(scope)
        return _Told(value, inputs=_inputs_of(self.logic, scope))


class _Told(NamedTuple):
    value: Any
    hit_policy: str = ""
    inputs: tuple[tuple[str, Any], ...] = ()
    matched: tuple[Mapping[str, Any], ...] = ()


def _inputs_of(logic: Expression, scope: Scope) -> tuple[tuple[str, Any], ...]:
    """The variables that the logic reads, with their values; functions are not told."""
    found = ((name, scope.get(name)) for name in sorted(logic.names))
    read = [(name, value) for name, value in found if value is not MISSING and not isinstance(value, Function)]
    for _, value in read:
        check_size(value, scope.run)
    return tuple((name, shown(value)) for name, value in read)


@dataclass(frozen=True, eq=False, kw_only=True)
class KnowledgeModel(Element):
    """A function that decisions call; it sees its parameters, what it requires, and itself.

    `type_name` is the type of its result.
    """

    parameters: tuple[tuple[str, TypeName | None], ...] = ()
    body: Expression | None = field(default=None, repr=False)

    def value_in(self, frame: Frame) -> Function:
        """The function."""
        visible = frame.visible(self)
        names = tuple(name for name, _ in self.parameters)
        types = tuple(kind for _, kind in self.parameters)
        scope = Scope(visible, None, frame.run)
        call = caller(names, types, self._answer, _CALL_COST, scope, self.types)
        function = Function(self.name, names, call, types, self.type_name)
        visible[self.variable] = function
        return function

    def _answer(self, scope: Scope) -> Any:
        value = self.body.read(scope) if self.body is not None else None
        return conforming(value, self.type_name, self.name, scope, self.types)


@dataclass(frozen=True, eq=False, kw_only=True)
class DecisionService(Element):
    """Decisions that are asked as one function: parameters are the input data, then the input decisions (10.4)."""

    outputs: tuple[Decision, ...] = ()
    parameters: tuple[Element, ...] = ()

    def value_in(self, frame: Frame) -> Function:
        """The function."""
        names = tuple(item.variable for item in self.parameters)
        types = tuple(item.type_name for item in self.parameters)
        call = caller(names, (None,) * len(names), self._answer, _CALL_COST, Scope({}, None, frame.run))
        return Function(self.name, names, call, types, self.type_name)

    def _answer(self, scope: Scope) -> Any:
        given = {
            item: conforming(scope.variables[item.variable], item.type_name, item.name, scope, item.types)
            for item in self.parameters
        }
        frame = Frame(DataScope({}, scope.run), given)
        results = {decision.variable: frame.value(decision) for decision in self.outputs}
        for decision in self.outputs:
            if decision in frame.explanations:
                frame.run.tell(frame.explanations[decision])
        value = results if len(results) > 1 else next(iter(results.values()), None)
        return conforming(value, self.type_name, self.name, scope, self.types)


class Answer(NamedTuple):
    """A FEEL value, and why it or a part of it became null."""

    value: Any
    faults: tuple[Problem, ...]


def answer(
    element: Element,
    data: Mapping[str, Any],
    *,
    now: datetime | None = None,
    qualified: Mapping[tuple[str, str], Any] | None = None,
) -> Answer:
    """The value of a decision, or of a function called with `data` as its parameters, as the standard has it.

    What is broken is null, with the reason. `qualified` has input data by namespace and name. Raises ExpressionInvalid
    when the work or the result is too much, or when the data is not plain.
    """
    run = DecisionRun(now, strict=False)
    frame = Frame(DataScope(data, run), qualified=qualified)
    value = _bounded_value(frame, element)
    if isinstance(element, KnowledgeModel | DecisionService) and isinstance(value, Function):
        given = {name: frame.data.get(name) for name in value.parameters}
        named = {name: None if item is MISSING else item for name, item in given.items()}
        value = value.call(frame.data, [], named)
        check_size(value, run)
    explained = frame.explanations.get(element)
    return Answer(value, explained.faults if explained is not None else tuple(run.notes.faults))


def _bounded_value(frame: Frame, element: Element) -> Any:
    try:
        return frame.value(element)
    except RecursionError:
        raise ExpressionInvalid("The expression is nested too deeply.", code="expression.too_deep") from None
