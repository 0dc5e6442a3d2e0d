"""Customers from a sheet: a thousand rows with every kind of fault, and what an import does to what is there."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer, Grade, Header, HeaderKind
from models.db import db
from models.errors import AppError, Conflict, Invalid, NotFound
from models.exchange import ImportJob, ImportStatus
from tasks import customers
from tasks.accounts import CompanyDraft, create_company
from tasks.customers import CustomerDraft, CustomerFilter, HeaderDraft
from tasks.customers.columns import COLUMNS
from tasks.exchange import read_workbook
from tasks.files import FileStore
from tests.support.sheets import opened, workbook

KEYS = [column.key for column in COLUMNS]
TENCENT, ALIBABA, HUAWEI = "9144030071526726XG", "91330100799655058B", "914403001922038216"
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
