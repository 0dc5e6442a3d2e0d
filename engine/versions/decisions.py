"""Compares the decisions of two versions: tables by column and rule, other logic by what it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from engine.bpmn.xml import local_name, parse_xml
from engine.dmn.elements import child
from engine.versions.changes import Change, effect_of, was_and_is
from engine.versions.facets import flatten, tidy

# With these the order of the rules decides what the answer is.
_ORDERED: Final = frozenset({"FIRST", "RULE ORDER", "COLLECT"})
_LAYOUT: Final = ("@preferredOrientation", "@outputLabel", "@hitPolicy", "@aggregation")
_CELLS: Final = ("input", "output", "rule", "annotation")
_PARTS: Final = frozenset({"decision", "businessKnowledgeModel", "decisionService", "inputData", "itemDefinition"})


def compare_decisions(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[Change]:
    """Every change of decisions and of what they rest on, by key. Raises `DefinitionInvalid`."""
    before, after = _elements(old), _elements(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            effect = effect_of(was, now)
            yield Change(effect, f"decision.{effect}", key, (after | before)[key].get("name", key))
        else:
            yield from _decision_changes(key, was, now)


def _elements(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The decisions that are called and the other parts of their files, by id."""
    roots = {source: parse_xml(source) for source in dict.fromkeys(files[key] for key in sorted(files))}
    found: dict[str, Any] = {}
    for key, source in sorted(files.items()):
        for element in roots[source]:
            name, element_id = local_name(element), element.get("id", "")
            if name in _PARTS and (element_id == key or (name != "decision" and element_id)):
                found.setdefault(element_id, element)
    return found


def _decision_changes(key: str, old: Any, new: Any) -> Iterator[Change]:
    title = new.get("name", key)
    was, now = dict(_texts(old)), dict(_texts(new))
    for path in sorted(was.keys() | now.keys()):
        if was.get(path) != now.get(path):
            code = "decision.name" if path == "@name" else "decision.other"
            yield _change(code, key, title, was.get(path), now.get(path), path)
    before, after = _table(old), _table(new)
    if before is not None and after is not None:
        yield from _table_changes(key, title, before, after)


def _texts(element: Any) -> Iterator[tuple[str, str]]:
    """Everything a decision says outside the columns and rules of its table."""
    for path, value in flatten(element):
        step, _, rest = path.partition("/")
        column = rest.partition("/")[0].partition("[")[0]
        if step != "decisionTable" or (rest not in _LAYOUT and column not in _CELLS):
            yield path, value
    if child(element, "decisionTable") is not None:
        yield "decisionTable", "yes"


@dataclass(frozen=True)
class _Column:
    id: str
    label: str
    means: str
    text: str


@dataclass(frozen=True)
class _Rule:
    id: str
    number: int
    cells: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        return " · ".join(cell or "–" for cell in self.cells)


@dataclass(frozen=True)
class _Table:
    policy: str
    inputs: tuple[_Column, ...]
    outputs: tuple[_Column, ...]
    rules: tuple[_Rule, ...]

    @property
    def columns(self) -> tuple[_Column, ...]:
        return (*self.inputs, *self.outputs)


def _table(element: Any) -> _Table | None:
    table = child(element, "decisionTable")
    if table is None:
        return None
    numbers = count(1)
    return _Table(
        policy=" ".join(filter(None, (table.get("hitPolicy", "UNIQUE"), table.get("aggregation")))),
        inputs=tuple(_input(item) for item in table if local_name(item) == "input"),
        outputs=tuple(_output(item) for item in table if local_name(item) == "output"),
        rules=tuple(_rule(next(numbers), item) for item in table if local_name(item) == "rule"),
    )


def _input(element: Any) -> _Column:
    expression = _text(child(element, "inputExpression"))
    label = element.get("label") or expression
    return _Column(element.get("id", ""), label, expression, _said(element, expression))


def _output(element: Any) -> _Column:
    name = element.get("name", "")
    return _Column(element.get("id", ""), element.get("label") or name, name, _said(element, name))


def _said(element: Any, first: str) -> str:
    """All that a column says, its expression or name first."""
    paths = (f"{path} {value}" for path, value in flatten(element) if value != first)
    return "; ".join((first, *paths))


def _rule(number: int, element: Any) -> _Rule:
    inputs = [_text(cell) for cell in element if local_name(cell) == "inputEntry"]
    outputs = [_text(cell) for cell in element if local_name(cell) == "outputEntry"]
    note = child(element, "description")
    cells = ("" if text == "-" else text for text in inputs)
    return _Rule(element.get("id", ""), number, (*cells, *outputs), tidy(note.text) if note is not None else "")


def _table_changes(key: str, title: str, old: _Table, new: _Table) -> Iterator[Change]:
    if old.policy != new.policy:
        yield _change("decision.hit_policy", key, title, old.policy, new.policy)
    inputs, outputs = _match_columns(old.inputs, new.inputs), _match_columns(old.outputs, new.outputs)
    yield from _column_changes(key, title, "input", old.inputs, new.inputs, inputs)
    yield from _column_changes(key, title, "output", old.outputs, new.outputs, outputs)
    width, new_width = len(old.inputs), len(new.inputs)
    columns = inputs | {was + width: now + new_width for was, now in outputs.items()}
    yield from _rule_changes(key, title, old, new, columns)


def _match_columns(old: Sequence[_Column], new: Sequence[_Column]) -> dict[int, int]:
    """Positions of the old columns with their new ones: by what they mean, else by their ids."""
    found: dict[int, int] = {}
    for attribute in ("means", "id"):
        for position, column in enumerate(old):
            wanted = getattr(column, attribute)
            free = (
                at for at, other in enumerate(new) if at not in found.values() and getattr(other, attribute) == wanted
            )
            if position not in found and wanted and (at := next(free, None)) is not None:
                found[position] = at
    return found


def _column_changes(
    key: str, title: str, side: str, old: Sequence[_Column], new: Sequence[_Column], matched: Mapping[int, int]
) -> Iterator[Change]:
    was_of = {now: was for was, now in matched.items()}
    for position, column in enumerate(new):
        was = old[was_of[position]] if position in was_of else None
        if was is None:
            yield _change(f"decision.{side}_added", key, title, None, column.text, column.label)
        elif was.text != column.text:
            yield _change(f"decision.{side}_changed", key, title, was.text, column.text, column.label)
    for position, column in enumerate(old):
        if position not in matched:
            yield _change(f"decision.{side}_removed", key, title, column.text, None, column.label)


def _rule_changes(key: str, title: str, old: _Table, new: _Table, columns: Mapping[int, int]) -> Iterator[Change]:
    matched = _match_rules(old.rules, new.rules)
    was_of = {now: was for was, now in matched.items()}
    for at, rule in enumerate(new.rules):
        if at not in was_of:
            yield _change("decision.rule_added", key, title, None, str(rule), rule=rule.number)
            continue
        rule_before = old.rules[was_of[at]]
        before = _in_new_columns(rule_before, columns, len(new.columns))
        labels = [column.label for column in new.columns]
        pairs = zip([*labels, "description"], [*before, rule_before.note], [*rule.cells, rule.note], strict=False)
        for label, was, now in pairs:
            if was != now:
                yield _change("decision.rule_changed", key, title, was, now, label, rule=rule.number)
    for at, rule in enumerate(old.rules):
        if at not in matched:
            yield _change("decision.rule_removed", key, title, str(rule), None, rule=rule.number)
    kept = [matched[at] for at in range(len(old.rules)) if at in matched]
    if kept != sorted(kept) and new.policy in _ORDERED:
        order = ", ".join(str(old.rules[was_of[at]].number) for at in sorted(kept))
        yield _change("decision.rule_order", key, title, None, order)


def _match_rules(old: Sequence[_Rule], new: Sequence[_Rule]) -> dict[int, int]:
    """Positions of the old rules with their new ones: by their ids, else by their cells."""
    ids = {rule.id: at for at, rule in enumerate(new) if rule.id}
    found = {at: ids[rule.id] for at, rule in enumerate(old) if rule.id in ids}
    taken = set(found.values())
    by_cells: dict[tuple[str, ...], list[int]] = {}
    for at, rule in enumerate(new):
        if at not in taken:
            by_cells.setdefault(rule.cells, []).append(at)
    for at, rule in enumerate(old):
        if at not in found and by_cells.get(rule.cells):
            found[at] = by_cells[rule.cells].pop(0)
    return found


def _in_new_columns(rule: _Rule, columns: Mapping[int, int], width: int) -> list[str]:
    cells = [""] * width
    for was, now in columns.items():
        if was < len(rule.cells):
            cells[now] = rule.cells[was]
    return cells


def _change(
    code: str, key: str, title: str, old: str | None, new: str | None, detail: str = "", *, rule: int = 0
) -> Change:
    fields = {"detail": detail, "rule": str(rule), **was_and_is(old or None, new or None)}
    effect = effect_of(old, new) if code.endswith(("_added", "_removed")) else "changed"
    return Change(effect, code, key, title, fields=fields)


def _text(element: Any) -> str:
    text = child(element, "text") if element is not None else None
    return tidy(text.text) if text is not None else ""
