"""The register: filters find exactly their rows, sums and pages agree, the workbook is the list, tampering shows."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import Connection, text

from models.access import Actor
from models.db import db
from models.errors import Invalid, NotAllowed
from models.invoices import Invoice
from models.tenancy import serve_company
from tasks import invoices, register
from tasks.invoices import InvoiceFilter, export
from tests.support.invoices import ALIBABA, CHANGAN, FORMULA, SET, TAX_IDS, add_invoice, add_set, names

People = dict[str, Actor]
Find = Callable[..., str]
# Per kind of database: what an attacker with all rights does first.
DISARM = {
    "sqlite": [
        "DROP TRIGGER register_entry_no_update",
        "DROP TRIGGER register_entry_no_delete",
        "DROP TRIGGER invoice_frozen",
    ],
    "postgresql": [
        "ALTER TABLE register_entry DISABLE TRIGGER register_entry_append_only",
        "ALTER TABLE invoice DISABLE TRIGGER invoice_frozen",
    ],
}
# The next test gets the same tables on PostgreSQL, and a new file on SQLite.
REARM = {
    "sqlite": [],
    "postgresql": [statement.replace("DISABLE", "ENABLE") for statement in DISARM["postgresql"]],
}


@pytest.fixture
def ids(app: Flask, people: People) -> dict[str, int]:
    """The seeded set, by letter. Carl's company has an invoice of its own, which nobody here may find."""
    with app.app_context():
        add_invoice(people["carl"], SET[1])
    with app.app_context():
        return add_set(people["fiona"])


@pytest.fixture
def find(app: Flask, people: People, ids: dict[str, int]) -> Find:
    """`find(text="x")`: the letters of what the list shows."""

    def search(actor: str = "fiona", **wanted: object) -> str:
        with app.app_context():
            page = invoices.list_invoices(people[actor], InvoiceFilter(**wanted))
            return names(ids)([invoice.id for invoice in page.invoices])

    return search


CONDITIONS: list[tuple[dict[str, object], str]] = [
    ({}, "ABCDEF"),
    ({"since": date(2026, 10, 1)}, "BCDEF"),
    ({"until": date(2026, 10, 1)}, "ABC"),
    ({"since": date(2026, 10, 1), "until": date(2026, 10, 31)}, "BCD"),
    ({"text": "长安"}, "AB"),
    ({"text": "cqca"}, "AB"),
    ({"text": "alibaba"}, "CD"),
    ({"text": "Ali ba"}, "CD"),
    ({"text": TAX_IDS[ALIBABA]}, "CD"),
    ({"text": "9133 0100 7161 0585 2f"}, "CD"),
    ({"text": "9150"}, "AB"),
    ({"text": "KP-C"}, "C"),
    ({"text": "kp-c"}, "C"),
    ({"text": "=cmd"}, "EF"),
    ({"text": "00777"}, "DE"),
    ({"text": "%"}, ""),
    ({"text": "_"}, ""),
    ({"number": "777"}, "DE"),
    ({"number": " 0000777 "}, "DE"),
    ({"number": "26112000000000000001"}, "A"),
    ({"least": Decimal("250.55")}, "BCDF"),
    ({"most": Decimal("250.55")}, "ABEF"),
    ({"least": Decimal("250.55"), "most": Decimal("250.55")}, "BF"),
    ({"invoice_type": "digital_ordinary"}, "BF"),
    ({"invoice_type": "paper_ordinary"}, "E"),
    ({"invoice_type": "nonsense"}, ""),
    ({"status": "issued"}, "ABCEF"),
    ({"status": "voided"}, "D"),
    ({"status": "nonsense"}, ""),
    ({"channel": "simulator"}, "C"),
    ({"channel": "manual"}, "ABDEF"),
    # pairs
    ({"since": date(2026, 10, 1), "text": "长安"}, "B"),
    ({"status": "issued", "text": "alibaba"}, "C"),
    ({"invoice_type": "digital_ordinary", "until": date(2026, 10, 31)}, "B"),
    ({"number": "777", "least": Decimal("1.00")}, "D"),
    ({"channel": "simulator", "status": "voided"}, ""),
]


def test_each_filter_finds_exactly_its_invoices(find: Find) -> None:
    found = [(wanted, find(**wanted)) for wanted, _expected in CONDITIONS]
    assert found == CONDITIONS


def test_the_filter_by_customer_follows_the_customer_not_the_name(
    app: Flask, people: People, find: Find, ids: dict[str, int]
) -> None:
    with app.app_context():
        customer_id = invoices.get_invoice(people["fiona"], ids["C"]).customer_id
    assert find(customer_id=customer_id) == "CD"
    assert find(customer_id=customer_id, status="voided") == "D"


def test_the_sums_are_those_of_the_invoices_found(app: Flask, people: People, ids: dict[str, int]) -> None:
    for wanted, expected in CONDITIONS:
        found = [sold for sold in SET if sold.name in expected]
        net, gross = sum(sold.net for sold in found), sum(sold.gross for sold in found)
        with app.app_context():
            sums = invoices.sum_invoices(people["fiona"], InvoiceFilter(**wanted))
        assert (sums.count, sums.net, sums.tax, sums.gross) == (len(found), net, gross - net, gross), wanted


def test_the_counts_of_the_tabs_follow_the_rest_of_the_filter(app: Flask, people: People, ids: dict[str, int]) -> None:
    with app.app_context():
        counts = invoices.count_statuses(people["fiona"], InvoiceFilter(text="alibaba", status="issued"))
    assert counts == {"issued": 1, "voided": 1, "partly_reversed": 0, "reversed": 0}


def test_the_pages_show_every_invoice_once_newest_first(app: Flask, people: People, ids: dict[str, int]) -> None:
    for limit in (1, 2, 5, 6, 7):
        with app.app_context():
            assert walk(people["fiona"], limit) == [ids[name] for name in "FEDCBA"]


def walk(actor: Actor, limit: int) -> list[int]:
    """The ids that one sees who follows the pages to the last."""
    page = invoices.list_invoices(actor, InvoiceFilter(), limit=limit)
    seen = [invoice.id for invoice in page.invoices]
    while page.next_before is not None and len(seen) <= len(SET):
        page = invoices.list_invoices(actor, InvoiceFilter(), before=page.next_before, limit=limit)
        seen += [invoice.id for invoice in page.invoices]
    return seen


def test_another_company_finds_its_own_and_no_more(app: Flask, people: People, ids: dict[str, int]) -> None:
    with app.app_context():
        page = invoices.list_invoices(people["carl"], InvoiceFilter())
        assert [invoice.request.number for invoice in page.invoices] == ["KP-B"]
        assert invoices.sum_invoices(people["carl"], InvoiceFilter()).count == 1


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "carol"])
def test_the_register_is_read_by_those_whose_work_it_is(
    app: Flask, people: People, ids: dict[str, int], name: str
) -> None:
    for read in (invoices.list_invoices, invoices.sum_invoices, invoices.count_statuses):
        with app.app_context(), pytest.raises(NotAllowed):
            read(people[name], InvoiceFilter())
    with app.app_context(), pytest.raises(NotAllowed):
        invoices.export_invoices(people[name], InvoiceFilter(), language="en", title="x")
    with app.app_context(), pytest.raises(NotAllowed):
        register.check_register(people[name])


def exported(app: Flask, actor: Actor, **wanted: object) -> list[tuple[object, ...]]:
    with app.app_context():
        book = invoices.export_invoices(
            actor, InvoiceFilter(**wanted), language="en", title="Register", notes=["A note", "=1+1"]
        )
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet["A2"].data_type == "s"
    return list(sheet.iter_rows(values_only=True))


def test_the_workbook_is_the_list(app: Flask, people: People, ids: dict[str, int]) -> None:
    note, _formula, headings, *rows, totals = exported(app, people["otto"])
    assert note[0] == "A note"
    at = {heading: position for position, heading in enumerate(headings)}
    assert [row[at["Request"]] for row in rows] == [f"KP-{name}" for name in "FEDCBA"]
    for row, sold in zip(rows, reversed(SET), strict=True):
        assert row[at["Invoice number"]] == sold.number
        assert row[at["Buyer"]] == sold.buyer
        assert row[at["Issued on"]].date() == sold.day
        assert Decimal(str(row[at["Total with tax"]])) == sold.gross
        assert row[at["Sample"]] == ("Sample" if sold.name == "C" else None)
    assert Decimal(str(totals[at["Total with tax"]])) == sum(sold.gross for sold in SET)


def test_no_cell_of_the_workbook_is_a_formula_and_no_number_loses_a_digit(
    app: Flask, people: People, ids: dict[str, int]
) -> None:
    with app.app_context():
        book = invoices.export_invoices(people["fiona"], InvoiceFilter(text="=cmd"), language="en", title="Register")
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {FORMULA, "26112000000000000006", "00000777", "1100153350"} <= texts


def test_the_workbook_holds_what_the_filter_finds(app: Flask, people: People, ids: dict[str, int]) -> None:
    _note, _formula, headings, *rows, _totals = exported(app, people["fiona"], text=CHANGAN, since=date(2026, 10, 1))
    assert [row[headings.index("Request")] for row in rows] == ["KP-B"]


def test_too_large_an_export_is_refused_before_it_begins(
    app: Flask, people: People, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_EXPORTED", 5)
    with pytest.raises(Invalid, match="finds 6 invoices; an export holds at most 5"):
        exported(app, people["fiona"])


def tamper(app: Flask, change: Callable[[Connection], object]) -> None:
    with app.app_context(), db.engine.begin() as raw:
        for statement in DISARM[db.engine.dialect.name]:
            raw.execute(text(statement))
        change(raw)
        for statement in REARM[db.engine.dialect.name]:
            raw.execute(text(statement))


def test_a_register_that_nobody_touched_is_whole(app: Flask, people: People, ids: dict[str, int]) -> None:
    for name, entries in (("fiona", 6), ("otto", 6), ("ada", 6), ("carl", 1)):
        with app.app_context():
            check = register.check_register(people[name])
            assert (check.is_whole, check.entries, check.head_hash) == (
                True,
                entries,
                register.read_head(people[name]).hash,
            )


SWAP = (
    "UPDATE register_entry SET body = CASE sequence "
    "WHEN 2 THEN (SELECT body FROM register_entry AS other WHERE other.sequence = 3 AND other.company_id = 1) "
    "ELSE (SELECT body FROM register_entry AS other WHERE other.sequence = 2 AND other.company_id = 1) END "
    "WHERE sequence IN (2, 3) AND company_id = 1"
)


@pytest.mark.parametrize(
    ("statement", "sequence", "reason"),
    [
        ("UPDATE register_entry SET body = replace(body, '250.55', '150.55') WHERE sequence = 2", 2, "changed"),
        ("UPDATE register_entry SET previous_hash = hash WHERE sequence = 5", 5, "changed"),
        ("DELETE FROM register_entry WHERE sequence = 3", 3, "missing"),
        ("DELETE FROM register_entry WHERE sequence = 1 AND company_id = 1", 1, "missing"),
        ("DELETE FROM register_entry WHERE sequence = 6", 6, "cut"),
        ("UPDATE ledger_head SET hash = 'ff' WHERE name = 'register'", 7, "cut"),
        (SWAP, 2, "changed"),
    ],
)
def test_a_changed_deleted_or_swapped_entry_is_named(
    app: Flask, people: People, ids: dict[str, int], statement: str, sequence: int, reason: str
) -> None:
    assert people["fiona"].company_id == 1
    tamper(app, lambda raw: raw.execute(text(statement)))
    with app.app_context():
        check = register.check_register(people["fiona"])
        assert (check.broken.sequence, check.broken.reason) == (sequence, reason)
        assert not check.is_whole
        assert register.verify_register(people["fiona"]) == check.broken


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET buyer_name = 'Somebody else' WHERE id = :id",
        "UPDATE invoice SET gross = gross + 100, net = net + 100 WHERE id = :id",
    ],
)
def test_an_invoice_that_no_longer_is_what_was_entered_is_named(
    app: Flask, people: People, ids: dict[str, int], statement: str
) -> None:
    tamper(app, lambda raw: raw.execute(text(statement), {"id": ids["D"]}))
    with app.app_context():
        check = register.check_register(people["fiona"])
        assert (check.broken, check.altered, check.invoice_id) == (None, 4, ids["D"])


def test_the_entries_of_an_invoice_are_bound_to_those_before(app: Flask, people: People, ids: dict[str, int]) -> None:
    with app.app_context():
        (third,) = register.list_entries(people["otto"], invoice_id=ids["C"])
        (second,) = register.list_entries(people["otto"], invoice_id=ids["B"])
        assert (third.sequence, third.previous_hash) == (3, second.hash)
        serve_company(people["otto"].company_id)
        assert db.session.get_one(Invoice, ids["C"]).number in third.body
