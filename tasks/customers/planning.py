"""What an import would do, row by row: make a customer, add a header, change what is there, or refuse with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from models.access import Actor, Permission, can
from models.customers import Customer, Grade, Header, HeaderKind
from models.errors import Invalid
from models.taxid import check_tax_id, normalize_tax_id
from tasks.customers.checks import TaxIdCheck, check_customer_values, check_header_values, judge, tax_id_verdict
from tasks.customers.columns import ACTIVE, CUSTOMER_FIELDS, HEADER_FIELDS
from tasks.customers.existing import Existing
from tasks.customers.values import CustomerDraft, HeaderDraft, customer_draft, header_draft, values_of
from tasks.exchange import Row

Change = Literal["new", "header", "updated", "unchanged"]
_CUSTOMER_COLUMNS = (*CUSTOMER_FIELDS, "grade", "owner", "state")
_COLUMN_OF_CUSTOMER = {field: column for column, field in CUSTOMER_FIELDS.items()} | {
    "owner_id": "owner",
    "is_active": "state",
}
_COLUMN_OF_HEADER = {field: column for column, field in HEADER_FIELDS.items()}


@dataclass(frozen=True)
class Difference:
    """What an update changes: the key of the column, and what stood there before."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class PlannedRow:
    """A good row. `key` is shared by the rows of one customer; what is yet to be made is None."""

    number: int
    change: Change
    key: str
    customer: Customer | None
    customer_values: Mapping[str, Any]
    header: Header | None
    header_values: Mapping[str, Any]

    @property
    def differences(self) -> list[Difference]:
        """What the row changes in rows of the database; nothing for what is yet to be made."""
        of_customer = _differences(self.customer, self.customer_values, _COLUMN_OF_CUSTOMER)
        return of_customer + _differences(self.header, self.header_values, _COLUMN_OF_HEADER)


@dataclass(frozen=True)
class RowFault:
    """A refused row as it stands in the sheet; each problem has the key of its column as `field`."""

    number: int
    values: Mapping[str, str]
    problems: tuple[Invalid, ...]


@dataclass(frozen=True)
class ImportPlan:
    rows: Sequence[PlannedRow]
    faults: Sequence[RowFault]
    unknown_headers: Sequence[str] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what becomes of them: new, header, updated, unchanged, faulty."""
        counted = Counter[str](row.change for row in self.rows)
        return {change: counted[change] for change in ("new", "header", "updated", "unchanged")} | {
            "faulty": len(self.faults)
        }


def plan_rows(actor: Actor, rows: Sequence[Row], existing: Existing) -> ImportPlan:
    """Look at every row of a sheet, in order. Nothing is changed."""
    planner = _Planner(actor, existing)
    looked = [planner.look(row) for row in rows]
    return ImportPlan(
        rows=[row for row in looked if isinstance(row, PlannedRow)],
        faults=[row for row in looked if isinstance(row, RowFault)],
    )


@dataclass
class _Group:
    """The rows of one customer so far, by the first of them."""

    row: Row
    titles: set[str] = field(default_factory=set)


class _Planner:
    """Remembers the rows seen, so that a later one can be held against them."""

    def __init__(self, actor: Actor, existing: Existing) -> None:
        self._actor = actor
        self._existing = existing
        self._may_override = can(actor, Permission.CUSTOMER_OVERRIDE)
        self._numbers: dict[str, int] = {}
        self._groups: dict[str, _Group] = {}
        self._made: set[str] = set()
        self._headers: dict[int, int] = {}

    def look(self, row: Row) -> PlannedRow | RowFault:
        broken = {problem.field for problem in row.problems}
        values = {column: "" if column in broken else value for column, value in row.values.items()}
        found: list[Invalid] = []
        customer = self._customer(values, found)
        key = _key(values, customer, row.number)
        is_first = key not in self._groups
        found += self._compare_with_earlier(row, values, key)
        header = _header(values, customer, is_first=is_first)
        found += self._same_header(row, header)
        customer_values = self._customer_values(values, customer, found)
        header_values = self._header_values(values, header, found)
        problems = (*row.problems, *(problem for problem in found if problem.field not in broken))
        if problems:
            return RowFault(row.number, row.values, problems)
        change = self._change(key, customer, customer_values, header, header_values)
        return PlannedRow(row.number, change, key, customer, customer_values, header, header_values)

    def _customer(self, values: Mapping[str, str], found: list[Invalid]) -> Customer | None:
        """By code, else by tax number, else by the exact name."""
        if values["code"]:
            return self._existing.by_code.get(values["code"])
        if twins := self._existing.by_number.get(normalize_tax_id(values["tax_id"]), []):
            found += _refuse_renaming(twins[0], values["name"])
            return twins[0].customer
        namesakes = self._existing.by_name.get(values["name"], [])
        if len(namesakes) > 1:
            codes = ", ".join(customer.code for customer in namesakes[:5])
            found.append(
                Invalid(
                    "Several customers are named “{name}” ({codes}); enter the code of the one that is meant.",
                    code="import.ambiguous",
                    field="name",
                    name=values["name"],
                    codes=codes,
                )
            )
        return namesakes[0] if namesakes else None

    def _compare_with_earlier(self, row: Row, values: Mapping[str, str], key: str) -> list[Invalid]:
        problems = self._same_number(row, values)
        title = values["title"] or values["name"]
        if (group := self._groups.get(key)) is None:
            self._groups[key] = _Group(row, {title})
        else:
            problems += _other_words(group, values, title)
            group.titles.add(title)
        return problems

    def _same_number(self, row: Row, values: Mapping[str, str]) -> list[Invalid]:
        number = normalize_tax_id(values["tax_id"])
        earlier = self._numbers.setdefault(number, row.number) if number else row.number
        if earlier == row.number or (values["override_reason"] and self._may_override):
            return []
        return [
            Invalid(
                "Row {other} has the same tax number {number}; keep one of them.",
                code="import.same_number",
                field="tax_id",
                other=earlier,
                number=number[:30],
            )
        ]

    def _same_header(self, row: Row, header: Header | None) -> list[Invalid]:
        earlier = self._headers.setdefault(header.id, row.number) if header else row.number
        return [] if earlier == row.number else [_same_header(earlier)]

    def _customer_values(
        self, values: Mapping[str, str], customer: Customer | None, found: list[Invalid]
    ) -> dict[str, Any]:
        """The customer as it is, or a new one, with what the row says; an empty cell changes nothing."""
        merged = values_of(customer_draft(customer) if customer else CustomerDraft(name=""))
        merged |= {field: values[column] for column, field in CUSTOMER_FIELDS.items() if values[column]}
        merged["is_active"] = customer.is_active if customer else True
        if values["state"]:
            merged["is_active"] = values["state"] == ACTIVE
        if values["grade"]:
            merged["grade"] = Grade(values["grade"])
        if values["owner"]:
            merged["owner_id"] = self._owner(values["owner"], found)
        found += [_at_column(problem, _COLUMN_OF_CUSTOMER) for problem in check_customer_values(merged)]
        return merged

    def _owner(self, email: str, found: list[Invalid]) -> int | None:
        owner_id = self._existing.owners.get(email.lower())
        if owner_id is None:
            found.append(
                Invalid(
                    "Nobody in this company logs in as “{email}”.",
                    code="import.owner",
                    field="owner",
                    email=email[:60],
                )
            )
        return owner_id

    def _header_values(self, values: Mapping[str, str], header: Header | None, found: list[Invalid]) -> dict[str, Any]:
        given = {field: values[column] for column, field in HEADER_FIELDS.items() if values[column]}
        merged = values_of(header_draft(header) if header else HeaderDraft(title=values["name"])) | given
        if header is not None and not values["title"] and header.title == header.customer.name:
            merged["title"] = values["name"]  # it was the customer's name, and still is
        merged["kind"] = _kind(values, header)
        merged["tax_id"] = normalize_tax_id(merged["tax_id"])
        twins = [twin for twin in self._existing.by_number.get(merged["tax_id"], []) if twin is not header]
        check = TaxIdCheck(tax_id_verdict(merged["tax_id"], merged["kind"]), twins[0] if twins else None)
        refusal, merged["override_reason"] = judge(self._actor, check, merged["override_reason"], own=header)
        problems = [*check_header_values(merged), *([refusal] if refusal else [])]
        if not values["title"]:  # then the title is the name, whose faults are said there
            problems = [problem for problem in problems if problem.field != "title"]
        found += [_at_column(problem, _COLUMN_OF_HEADER) for problem in problems]
        return merged

    def _change(
        self,
        key: str,
        customer: Customer | None,
        customer_values: Mapping[str, Any],
        header: Header | None,
        header_values: Mapping[str, Any],
    ) -> Change:
        if customer is None:
            change: Change = "header" if key in self._made else "new"
            self._made.add(key)
            return change
        if header is None:
            return "header"
        return "updated" if differs(customer, customer_values) or differs(header, header_values) else "unchanged"


def differs(row: Customer | Header, values: Mapping[str, Any]) -> bool:
    """Whether a row of the database says something else than `values`."""
    return any(getattr(row, field) != value for field, value in values.items())


def _differences(
    row: Customer | Header | None, values: Mapping[str, Any], columns: Mapping[str, str]
) -> list[Difference]:
    if row is None:
        return []
    return [
        Difference(columns.get(field, field), str(getattr(row, field)), str(value))
        for field, value in values.items()
        if getattr(row, field) != value
    ]


def _refuse_renaming(header: Header, name: str) -> list[Invalid]:
    """A number names a customer by its default header; that of another header may come with that header's own name."""
    customer = header.customer
    if header is customer.default_header or name in ("", customer.name):
        return []
    return [
        Invalid(
            "The tax number is that of a further header of {customer}; enter the code {customer_code} and that name.",
            code="import.other_name",
            field="name",
            customer=customer.name,
            customer_code=customer.code,
        )
    ]


def _key(values: Mapping[str, str], customer: Customer | None, number: int) -> str:
    if customer is not None:
        return f"id:{customer.id}"
    if values["code"]:
        return f"code:{values['code']}"
    return f"name:{values['name']}" if values["name"] else f"row:{number}"


def _other_words(group: _Group, values: Mapping[str, str], title: str) -> list[Invalid]:
    """Two rows may be about one customer if both give its code, say the same of it, and each has its own title."""
    first = group.row
    if not values["code"] or values["code"] != first.values["code"]:
        return [
            Invalid(
                "Row {other} is about the same customer; keep one, or give both its code and each a title of its own.",
                code="import.same_customer",
                field="name",
                other=first.number,
            )
        ]
    if title in group.titles:
        return [_same_header(first.number)]
    for column in _CUSTOMER_COLUMNS:
        if values[column] and values[column] != first.values[column]:
            return [
                Invalid(
                    "Row {other} has the same code but says something else of the customer; make the two agree.",
                    code="import.other_words",
                    field=column,
                    other=first.number,
                )
            ]
    return []


def _same_header(earlier: int) -> Invalid:
    return Invalid(
        "Row {other} is about the same header of this customer; keep one of them.",
        code="import.same_header",
        field="code",
        other=earlier,
    )


def _header(values: Mapping[str, str], customer: Customer | None, *, is_first: bool) -> Header | None:
    """The header that a row means: by number, else by title, else the default one for the customer's first row."""
    if customer is None:
        return None
    number = normalize_tax_id(values["tax_id"])
    for header in customer.current_headers:
        if number and header.tax_id == number:
            return header
    for header in customer.current_headers:
        if values["title"] and header.title == values["title"]:
            return header
    return customer.default_header if is_first else None


def _kind(values: Mapping[str, str], header: Header | None) -> HeaderKind:
    if values["kind"]:
        return HeaderKind(values["kind"])
    if header is not None:
        return header.kind
    is_person = values["tax_id"] and check_tax_id(values["tax_id"]).is_personal
    return HeaderKind.PERSON if is_person else HeaderKind.ORGANIZATION


def _at_column(problem: Invalid, columns: Mapping[str, str]) -> Invalid:
    """The same refusal, at the column of the sheet instead of the field of the form."""
    field_ = columns.get(problem.field or "", problem.field)
    return Invalid.of(problem.message, problem.fields, code=problem.code, field=field_)
