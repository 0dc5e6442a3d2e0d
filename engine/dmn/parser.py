"""Reads DMN files. Elements are matched by local name, so every DMN version from 1.1 to 1.5 is read alike."""

from collections.abc import Callable, Iterator
from typing import Any

from engine.bpmn.xml import local_name, parse_xml
from engine.dmn.decisions import Decision
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from engine.errors import DefinitionInvalid, ExpressionInvalid, Problem
from engine.feel import Expression, UnaryTests, compile_expression, compile_unary_tests


def parse_decisions(source: bytes) -> dict[str, Decision]:
    """Every decision of a DMN file by id. Raises `DefinitionInvalid` with all problems found."""
    reader = _Reader(parse_xml(source))
    decisions = reader.read()
    if reader.problems:
        first = reader.problems[0]
        raise DefinitionInvalid(first.message, code=first.code, problems=reader.problems, **first.fields)
    return decisions


def parse_decision(source: bytes, key: str) -> Decision:
    """One decision of a DMN file. Raises `DefinitionInvalid`."""
    try:
        return parse_decisions(source)[key]
    except KeyError:
        unknown = DefinitionInvalid("The file has no decision “{key}”.", code="dmn.unknown_decision", key=key)
        unknown.problems.append(Problem(key, "error", unknown.code, unknown.message, unknown.fields))
        raise unknown from None


def check_decisions(source: bytes) -> list[Problem]:
    """Everything that is wrong with a DMN file."""
    try:
        parse_decisions(source)
    except DefinitionInvalid as error:
        return error.problems
    return []


class _Reader:
    """Reads one file and collects problems instead of stopping at the first."""

    def __init__(self, root: Any) -> None:
        self.problems: list[Problem] = []
        self._elements = {item.get("id", ""): item for item in _children(root, "decision")}
        self._done: dict[str, Decision] = {}
        self._open: set[str] = set()

    def read(self) -> dict[str, Decision]:
        if not self._elements:
            self._report("", "dmn.no_decision", "The file has no decision.")
        if "" in self._elements:
            self._report("", "dmn.no_id", "A decision has no id.")
        for key in self._elements:
            self._decision(key)
        return self._done

    def _decision(self, key: str) -> Decision | None:
        if key in self._done:
            return self._done[key]
        if key in self._open:
            self._report(key, "dmn.circle", "The decision “{key}” requires itself.", key=key)
            return None
        self._open.add(key)
        element = self._elements[key]
        required = tuple(item for name in _required(element) if (item := self._required(key, name)) is not None)
        logic = self._logic(key, element)
        self._open.discard(key)
        if logic is None:
            return None
        variable = _child(element, "variable")
        name = element.get("name", key)
        called = variable.get("name", name) if variable is not None else name
        self._done[key] = Decision(key, name, called, logic, required)
        return self._done[key]

    def _required(self, key: str, name: str) -> Decision | None:
        if name not in self._elements:
            self._report(key, "dmn.unknown_decision", "The file has no decision “{key}”.", key=name)
            return None
        return self._decision(name)

    def _logic(self, key: str, element: Any) -> DecisionTable | Expression | None:
        table, literal = _child(element, "decisionTable"), _child(element, "literalExpression")
        if table is not None:
            return self._table(element.get("name", key), table, key)
        if literal is not None:
            expression: Expression | None = self._compile(compile_expression, _text(literal), literal.get("id") or key)
            return expression
        self._report(key, "dmn.no_logic", "The decision “{key}” has neither a table nor an expression.", key=key)
        return None

    def _table(self, name: str, element: Any, key: str) -> DecisionTable | None:
        policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation", "")
        if policy not in HIT_POLICIES or aggregation not in AGGREGATIONS:
            self._report(
                key,
                "dmn.hit_policy",
                "The hit policy “{policy}” is not known.",
                policy=f"{policy} {aggregation}".strip(),
            )
            return None
        inputs = tuple(self._input(item) for item in _children(element, "input"))
        outputs = tuple(self._output(item, name) for item in _children(element, "output"))
        rows = enumerate(_children(element, "rule"), start=1)
        rules = tuple(self._rule(number, row, len(inputs), len(outputs)) for number, row in rows)
        if not outputs:
            self._report(key, "dmn.no_output", "The table “{name}” has no output.", name=name)
        return DecisionTable(name, policy, aggregation, inputs, outputs, rules)

    def _input(self, element: Any) -> Input:
        expression = _child(element, "inputExpression")
        text = _text(expression) if expression is not None else ""
        allowed = _child(element, "inputValues")
        return Input(
            label=element.get("label") or text,
            expression=self._compile(compile_expression, text, element.get("id", "")),
            allowed=self._tests(_text(allowed), element.get("id", "")) if allowed is not None else None,
        )

    def _output(self, element: Any, table: str) -> Output:
        order, default = _child(element, "outputValues"), _child(element, "defaultOutputEntry")
        where = element.get("id", "")
        return Output(
            name=element.get("name") or table,
            order=self._compile(compile_expression, f"[{_text(order)}]", where) if order is not None else None,
            default=self._compile(compile_expression, _text(default), where) if default is not None else None,
        )

    def _rule(self, number: int, element: Any, inputs: int, outputs: int) -> Rule:
        tests, cells = list(_children(element, "inputEntry")), list(_children(element, "outputEntry"))
        if (len(tests), len(cells)) != (inputs, outputs):
            self._report(
                element.get("id", ""), "dmn.cells", "Rule {number} has not one cell for every column.", number=number
            )
        note = _child(element, "description")
        return Rule(
            id=element.get("id") or str(number),
            number=number,
            note=(note.text or "").strip() if note is not None else "",
            tests=tuple(self._tests(_text(cell), cell.get("id") or element.get("id", "")) for cell in tests),
            outputs=tuple(
                self._compile(compile_expression, _text(cell), cell.get("id") or element.get("id", ""))
                for cell in cells
            ),
        )

    def _tests(self, text: str, where: str) -> UnaryTests | None:
        """None stands for a cell that matches everything: empty, or `-`."""
        if text in {"", "-"}:
            return None
        tests: UnaryTests | None = self._compile(compile_unary_tests, text, where)
        return tests

    def _compile(self, compiler: Callable[[str], Any], text: str, where: str) -> Any:
        try:
            return compiler(text or "null")
        except ExpressionInvalid as error:
            self._report(
                where,
                "expression.invalid",
                "The expression “{expression}” is wrong at line {line}, column {column}: {reason}",
                expression=text,
                line=error.line,
                column=error.column,
                reason=str(error),
            )
            return None

    def _report(self, element_id: str, code: str, message: str, **fields: Any) -> None:
        self.problems.append(Problem(element_id, "error", code, message, fields))


def _children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if local_name(child) == name)


def _child(element: Any, name: str) -> Any | None:
    return next(_children(element, name), None)


def _text(element: Any) -> str:
    text = _child(element, "text")
    return (text.text or "").strip() if text is not None else ""


def _required(element: Any) -> list[str]:
    """The ids of the decisions that `element` requires."""
    links = (_child(item, "requiredDecision") for item in _children(element, "informationRequirement"))
    return [link.get("href", "").removeprefix("#") for link in links if link is not None]
