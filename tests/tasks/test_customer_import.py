"""Customers from a sheet: a thousand rows with every kind of fault, and what an import does to what is there."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer, Grade, Header, HeaderKind
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.exchange import ImportJob, ImportStatus
from tasks import customers
from tasks.customers import CustomerDraft, CustomerFilter, HeaderDraft
from tasks.customers.columns import COLUMNS
from tasks.exchange import read_workbook
from tasks.files import FileStore
from tests.support.customers import ALIBABA, HUAWEI, PERSON, TENCENT, WRONG_CHECK
from tests.support.databases import believed_customers
from tests.support.sheets import opened, saved, workbook

KEYS = [column.key for column in COLUMNS]
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture
def alice(people: dict[str, Actor], session: None) -> Actor:
    return people["alice"]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def numbers() -> Iterator[str]:
    """Sound tax numbers without end, none of them a real company's."""
    count = 0
    while True:
        count += 1
        body = f"MA{count:06}"
        inner = -sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        code = f"91110108{body}{'0123456789X'[inner]}"
        outer = -sum(CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(code)) % 31
        yield code + CHARACTERS[outer]


def sheet(*rows: dict[str, Any]) -> bytes:
    return workbook([column.title_en for column in COLUMNS], *([row.get(key) for key in KEYS] for row in rows))


def upload(actor: Actor, store: FileStore, *rows: dict[str, Any]) -> ImportJob:
    return customers.upload_import(actor, store=store, name="customers.xlsx", data=sheet(*rows))


def plan_of(actor: Actor, store: FileStore, *rows: dict[str, Any]) -> customers.ImportPlan:
    return customers.preview_import(actor, store=store, job_id=upload(actor, store, *rows).id)


def bring_in(actor: Actor, store: FileStore, *rows: dict[str, Any]) -> dict[str, int]:
    job = upload(actor, store, *rows)
    return customers.run_import(actor, store=store, job_id=job.id, only_if_all_good=True).counts


def faults(plan: customers.ImportPlan) -> list[tuple[int, str | None, str]]:
    return [(fault.number, problem.field, problem.code) for fault in plan.faults for problem in fault.problems]


def make(actor: Actor, name: str, tax_id: str, **changes: Any) -> Customer:
    return customers.create_customer(
        actor, CustomerDraft(name=name, **changes), HeaderDraft(title=name, tax_id=tax_id, bank_account="6222")
    )


def names() -> list[str]:
    return list(db.session.scalars(select(Customer.name).order_by(Customer.code)))


def test_the_database_looks_at_what_an_import_has_written(app: Flask, alice: Actor, store: FileStore) -> None:
    bring_in(alice, store, *({"name": f"Customer {tax_id}", "tax_id": tax_id} for tax_id in islice(numbers(), 300)))
    assert believed_customers(app) == 300


# The thousand rows

# Row of the sheet → what is put there instead, and the column and code of the fault.
PLANTED: dict[int, tuple[dict[str, Any], str, str]] = {
    40: ({"name": ""}, "name", "exchange.required"),
    80: ({"name": "名" * 101}, "name", "customer.too_long"),
    120: ({"tax_id": ""}, "tax_id", "taxid.length"),
    160: ({"tax_id": "9133010079965505"}, "tax_id", "taxid.length"),
    200: ({"tax_id": "91330100799655058C"}, "tax_id", "taxid.checksum"),
    240: ({"tax_id": "9133O100799655058B"}, "tax_id", "taxid.charset"),
    280: ({"tax_id": "91330100#99655058B"}, "tax_id", "taxid.charset"),
    320: ({"tax_id": 913301007996550580}, "tax_id", "exchange.shortened_number"),
    360: ({"tax_id": '=CONCAT("9133","01")'}, "tax_id", "exchange.formula"),
    400: ({"code": "N1", "tax_id": TENCENT}, "tax_id", "customer.tax_id_taken"),
    440: ({"tax_id": HUAWEI}, "tax_id", "import.same_number"),
    480: ({"name": "客户0001有限公司"}, "name", "import.same_customer"),
    520: ({"name": "两家同名公司"}, "name", "import.ambiguous"),
    560: ({"code": "K9", "title": "x"}, "name", "import.other_words"),
    600: ({"code": "K8"}, "code", "import.same_header"),
    640: ({"kind": "Alien"}, "kind", "exchange.choice"),
    680: ({"grade": "Z"}, "grade", "exchange.choice"),
    720: ({"owner": "nobody@acme.example"}, "owner", "import.owner"),
    760: ({"email": "not an address"}, "email", "customer.email"),
    800: ({"bank_account": "6" * 51}, "bank_account", "customer.too_long"),
}


def thousand_rows() -> list[dict[str, Any]]:
    """Rows 2 to 1001 of a sheet, with the planted faults and what some of them collide with."""
    number = numbers()
    rows = [{"name": f"客户{row:04}有限公司", "tax_id": next(number)} for row in range(2, 1002)]
    rows[1]["name"] = "客户0001有限公司"
    rows[2]["tax_id"] = HUAWEI
    rows[3] |= {"code": "K9"}
    rows[4] |= {"code": "K8", "name": "同码公司"}
    for row, (change, _field, _code) in PLANTED.items():
        rows[row - 2] |= change
    rows[600 - 2]["name"] = "同码公司"
    return rows


@pytest.fixture
def known(alice: Actor) -> None:
    """Customers that some of the planted rows collide with."""
    make(alice, "腾讯科技（深圳）有限公司", TENCENT, code="T1")
    for code, tax_id in (("T2", ALIBABA), ("T3", "91110000710925462X")):
        make(alice, "两家同名公司", tax_id, code=code)


@pytest.mark.usefixtures("known")
def test_of_a_thousand_rows_with_twenty_faults_the_others_come_in(alice: Actor, store: FileStore) -> None:
    started = time.perf_counter()
    job = customers.upload_import(alice, store=store, name="thousand.xlsx", data=sheet(*thousand_rows()))
    plan = customers.preview_import(alice, store=store, job_id=job.id)
    assert {number: (field, code) for number, field, code in faults(plan)} == {
        row: (field, code) for row, (_change, field, code) in PLANTED.items()
    }
    assert len(names()) == 3, "a dry run changes nothing"
    job = customers.run_import(alice, store=store, job_id=job.id, only_if_all_good=False)
    seconds = time.perf_counter() - started
    print(f"1,000 rows in {seconds:.1f} s")
    assert seconds < 10
    assert job.counts == {"new": 980, "header": 0, "updated": 0, "unchanged": 0, "faulty": 20}
    assert len(names()) == 983
    refused = read_workbook(customers.import_errors(alice, store=store, job_id=job.id, language="en"), COLUMNS)
    assert len(refused.rows) == 20
    assert refused.unknown_headers == ["Reason"]


@pytest.mark.usefixtures("known")
def test_only_if_all_are_good_means_nothing_while_a_row_is_faulty(alice: Actor, store: FileStore) -> None:
    job = upload(alice, store, {"name": "好公司", "tax_id": HUAWEI}, {"name": "坏公司", "tax_id": "1"})
    with pytest.raises(Invalid, match="1 rows are at fault"):
        customers.run_import(alice, store=store, job_id=job.id, only_if_all_good=True)
    assert len(names()) == 3
    assert customers.get_import(alice, job.id).status is ImportStatus.UPLOADED
    customers.run_import(alice, store=store, job_id=job.id, only_if_all_good=False)
    assert names()[0] == "好公司"


# What becomes of a row


def test_a_new_customer_has_what_the_row_says_and_defaults_for_the_rest(alice: Actor, store: FileStore) -> None:
    row = {
        "name": "华为技术有限公司",
        "tax_id": HUAWEI,
        "address": "深圳",
        "header_phone": "0755",
        "phone": "138",
        "owner": "BOB@acme.example",
    }
    assert bring_in(alice, store, row)["new"] == 1
    customer = db.session.scalars(select(Customer)).one()
    header = customer.default_header
    assert (customer.code, customer.grade, customer.initials, customer.phone) == ("C00001", "B", "hwjsyxgs", "138")
    assert customer.owner_id is not None
    assert (header.title, header.kind, header.phone, header.source) == (customer.name, "organization", "0755", "import")
    assert (header.is_default, header.initials, header.created_by_id) == (True, "hwjsyxgs", alice.user_id)


def test_a_person_is_told_by_the_number(alice: Actor, store: FileStore) -> None:
    bring_in(alice, store, {"name": "张三", "tax_id": PERSON}, {"name": "教育局", "kind": "政府机关"})
    kinds = db.session.scalars(select(Header.kind).order_by(Header.id)).all()
    assert kinds == [HeaderKind.PERSON, HeaderKind.GOVERNMENT]


@pytest.mark.parametrize(
    ("row", "change"),
    [
        ({"code": "T1", "name": "腾讯改名", "address": "新址"}, "updated"),
        ({"name": "腾讯改名", "tax_id": TENCENT, "address": "新址"}, "updated"),
        ({"name": "腾讯", "address": "新址"}, "updated"),
        ({"name": "腾讯", "tax_id": TENCENT}, "unchanged"),
        ({"name": "腾讯", "tax_id": TENCENT, "code": "T1"}, "unchanged"),
        ({"name": "腾讯二", "tax_id": HUAWEI}, "new"),
        ({"name": "腾讯", "code": "T2", "tax_id": HUAWEI}, "new"),
    ],
)
def test_a_customer_is_known_by_code_then_number_then_name(
    alice: Actor, store: FileStore, row: dict[str, Any], change: str
) -> None:
    old = make(alice, "腾讯", TENCENT, code="T1").default_header
    assert [planned.change for planned in plan_of(alice, store, row).rows] == [change]
    bring_in(alice, store, row)
    customer = db.session.scalars(select(Customer).where(Customer.code == "T1")).one()
    header = customer.default_header
    assert header.bank_account == "6222", "an empty cell changes nothing"
    if change == "updated":
        assert (customer.name, header.title) == (row["name"], row["name"])
        assert (header.address, header.supersedes_id) == ("新址", old.id)
        assert len(customer.current_headers) == 1
    else:
        assert header is old


def test_two_rows_with_one_code_are_two_headers_of_one_customer(alice: Actor, store: FileStore) -> None:
    counts = bring_in(
        alice,
        store,
        {"code": "K1", "name": "集团", "tax_id": TENCENT, "grade": "A"},
        {"code": "K1", "name": "集团", "tax_id": ALIBABA, "title": "集团二部"},
    )
    assert counts == {"new": 1, "header": 1, "updated": 0, "unchanged": 0, "faulty": 0}
    customer = db.session.scalars(select(Customer)).one()
    assert [(header.title, header.is_default) for header in customer.headers] == [("集团", True), ("集团二部", False)]
    assert bring_in(alice, store, {"code": "K1", "name": "集团", "tax_id": HUAWEI, "title": "集团三部"})["updated"] == 1
    assert len(customer.current_headers) == 2, "the first row of a customer without its number or title is the default"


def test_a_number_of_a_further_header_does_not_rename_the_customer(alice: Actor, store: FileStore) -> None:
    customer = make(alice, "集团", TENCENT, code="K1")
    customers.add_header(alice, HeaderDraft(title="二部", tax_id=ALIBABA), customer_id=customer.id)
    assert faults(plan_of(alice, store, {"name": "二部", "tax_id": ALIBABA})) == [(2, "name", "import.other_name")]


def test_two_rows_for_one_header_are_refused(alice: Actor, store: FileStore) -> None:
    make(alice, "集团", TENCENT, code="K1")
    plan = plan_of(
        alice, store, {"code": "K1", "name": "集团", "title": "一"}, {"code": "K1", "name": "集团", "tax_id": TENCENT}
    )
    assert faults(plan) == [(3, "code", "import.same_header")]


def test_the_dry_run_says_what_an_update_changes(alice: Actor, store: FileStore) -> None:
    make(alice, "腾讯", TENCENT, code="T1")
    (row,) = plan_of(alice, store, {"code": "T1", "name": "腾讯公司", "state": "Inactive", "bank_account": "1"}).rows
    assert [(change.column, change.before, change.after) for change in row.differences] == [
        ("name", "腾讯", "腾讯公司"),
        ("state", "True", "False"),
        ("title", "腾讯", "腾讯公司"),
        ("bank_account", "6222", "1"),
    ]


def test_a_reason_keeps_a_number_only_for_those_who_may_decide(
    alice: Actor, people: dict[str, Actor], store: FileStore
) -> None:
    row = {"name": "老公司", "tax_id": WRONG_CHECK, "override_reason": "so on the certificate"}
    assert faults(plan_of(alice, store, row)) == [(2, "override_reason", "customer.override")]
    twin = {"name": "分公司", "tax_id": WRONG_CHECK, "override_reason": "a branch"}
    assert bring_in(people["fiona"], store, row, twin)["new"] == 2


def test_automatic_codes_step_over_those_that_are_given(alice: Actor, store: FileStore) -> None:
    make(alice, "甲", TENCENT, code="C00001")
    bring_in(alice, store, {"name": "乙", "tax_id": ALIBABA}, {"name": "丙", "tax_id": HUAWEI, "code": "C00003"})
    assert names() == ["甲", "乙", "丙"]


def test_one_import_is_one_entry_of_the_audit_log(alice: Actor, store: FileStore) -> None:
    customer = make(alice, "腾讯", TENCENT, code="T1")
    bring_in(alice, store, {"code": "T1", "name": "腾讯公司"}, {"name": "阿里", "tax_id": ALIBABA})
    (body,) = db.session.scalars(select(AuditEntry.body).where(AuditEntry.action == "customer.import"))
    entry = json.loads(body)["facts"]
    assert (entry["new"], entry["updated"], entry["file"]) == (1, 1, "customers.xlsx")
    assert entry["changed"] == [[2, customer.id, {"name": "腾讯"}]]
    assert entry["made"][0][0] == "C00001"


# The way of an import


def test_a_file_is_imported_once(alice: Actor, store: FileStore) -> None:
    job = upload(alice, store, {"name": "腾讯", "tax_id": TENCENT})
    customers.run_import(alice, store=store, job_id=job.id, only_if_all_good=True)
    with pytest.raises(Conflict) as refusal:
        customers.run_import(alice, store=store, job_id=job.id, only_if_all_good=True)
    assert refusal.value.code == "import.done"


def test_an_import_is_its_owner_s_own(alice: Actor, people: dict[str, Actor], store: FileStore) -> None:
    job_id = upload(alice, store, {"name": "腾讯", "tax_id": TENCENT}).id
    for who in ("fiona", "carol"):
        db.session.remove()
        with pytest.raises(NotFound):
            customers.run_import(people[who], store=store, job_id=job_id, only_if_all_good=True)


@pytest.mark.parametrize("who", ["bob", "otto"])
def test_who_only_reads_imports_nothing(people: dict[str, Actor], session: None, store: FileStore, who: str) -> None:
    for call in (
        lambda: customers.upload_import(people[who], store=store, name="x.xlsx", data=sheet({"name": "x"})),
        lambda: customers.run_import(people[who], store=store, job_id=1, only_if_all_good=False),
        lambda: customers.preview_import(people[who], store=store, job_id=1),
        lambda: customers.import_template(people[who], "en"),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not store.root.exists()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_template_is_read_back_in_either_language(alice: Actor, store: FileStore, language: str) -> None:
    book = opened(customers.import_template(alice, language))
    (page, *_others) = book.worksheets
    by_key = dict(zip(KEYS, range(1, len(KEYS) + 1), strict=True))
    for key, text in {"name": "腾讯", "tax_id": TENCENT, "kind": "单位", "grade": "A"}.items():
        page.cell(2, by_key[key], text)
    data = saved(book)
    job = customers.upload_import(alice, store=store, name="t.xlsx", data=data)
    assert customers.preview_import(alice, store=store, job_id=job.id).counts["new"] == 1


def test_the_error_workbook_can_be_mended_and_uploaded_again(alice: Actor, store: FileStore) -> None:
    job = upload(alice, store, {"name": "腾讯", "tax_id": "1", "grade": "A"}, {"name": "阿里", "tax_id": ALIBABA})
    book = opened(customers.import_errors(alice, store=store, job_id=job.id, language="en"))
    page = book.worksheets[0]
    assert "has 1 characters" in page["A2"].value
    page.cell(2, 2 + KEYS.index("tax_id"), TENCENT)
    mended = customers.upload_import(alice, store=store, name="mended.xlsx", data=saved(book))
    plan = customers.preview_import(alice, store=store, job_id=mended.id)
    assert [(row.customer_values["name"], row.customer_values["grade"]) for row in plan.rows] == [("腾讯", Grade.A)]


def test_what_is_exported_makes_the_same_customers_in_an_empty_company(
    people: dict[str, Actor], session: None, store: FileStore
) -> None:
    fiona, carl = people["fiona"], people["carl"]
    group = make(fiona, "集团", TENCENT, code="K1", contact="王", phone="138", email="a@b.example", notes="一\n二")
    customers.add_header(fiona, HeaderDraft(title="二部", tax_id=ALIBABA, address="x"), customer_id=group.id)
    make(fiona, "=公式公司", HUAWEI, code="007", grade=Grade.A)
    customers.create_customer(
        fiona,
        CustomerDraft(name="老公司"),
        HeaderDraft(title="老公司", tax_id=WRONG_CHECK, override_reason="certificate"),
    )
    person = customers.create_customer(
        fiona, CustomerDraft(name="张三"), HeaderDraft(title="张三", tax_id=PERSON, kind=HeaderKind.PERSON)
    )
    customers.deactivate_customer(fiona, customer_id=person.id)
    everything = CustomerFilter(state="all")
    exported = customers.export_customers(fiona, everything, "zh")
    before = facts()
    db.session.remove()
    job = customers.upload_import(carl, store=store, name="export.xlsx", data=exported)
    assert customers.preview_import(carl, store=store, job_id=job.id).faults == []
    customers.run_import(carl, store=store, job_id=job.id, only_if_all_good=True)
    assert facts() == before
    assert cells(customers.export_customers(carl, everything, "zh")) == cells(exported)


def test_a_masked_number_leaves_masked(alice: Actor, people: dict[str, Actor]) -> None:
    bring = CustomerDraft(name="张三"), HeaderDraft(title="张三", tax_id=PERSON, kind=HeaderKind.PERSON)
    customers.create_customer(alice, *bring)
    for who, is_whole in (("alice", True), ("otto", False)):
        exported = cells(customers.export_customers(people[who], CustomerFilter(), "en"))
        assert any(PERSON in row for row in exported) is is_whole


def facts() -> list[tuple[Any, ...]]:
    """Everything that a sheet carries of the customers of the company served, headers in order."""
    rows = db.session.scalars(select(Customer).order_by(Customer.code)).all()
    return [
        (
            replace(customers.customer_draft(row), owner_id=None),
            row.is_active,
            row.pinyin,
            [customers.header_draft(header) for header in row.current_headers],
        )
        for row in rows
    ]


def cells(data: bytes) -> list[tuple[Any, ...]]:
    return list(opened(data).worksheets[0].iter_rows(values_only=True))
