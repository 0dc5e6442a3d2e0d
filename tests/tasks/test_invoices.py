"""Issuing: what is refused, what is kept for ever, who may see it, and what stands on paper."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from models.access import Actor
from models.accounts import Company
from models.customers import Header
from models.db import db
from models.errors import Conflict, Invalid, NotFound
from models.invoices import Invoice
from models.requests import Approval, IssueState
from models.tenancy import serve_company
from tasks import invoices, issuing, printing
from tasks.invoices import issue
from tasks.issuing.qr import crc16
from tests.support.invoices import SET, add_invoice, add_request

People = dict[str, Actor]
NUMBER = "26112000000000000001"
REAL_CODES = [
    "01,31,,24112000000048542163,4449.00,20240528,,B2B6",
    "01,10,050001700111,99999951,300.00,20201010,14754822929856772523,E400",
    "01,10,033002000211,83089647,510.68,20200723,16197833567414507415,0941",
    "01,10,031001900511,04875996,57,20200420,77669856890717802165,64CF",
    "01,32,,26427000000375586818,10.70,20260430,,FAFB",
    "01,32,,24312000000136634917,0.01,20240514,,1DD6",
]


def issue_one(app: Flask, actor: Actor, request_id: int, **answer: object) -> int:
    with app.app_context():
        entries = {"channel": "manual", "number": NUMBER, **answer}
        return invoices.issue_invoice(actor, request_id=request_id, **entries).id


@pytest.fixture
def approve(app: Flask, people: People) -> Callable[..., int]:
    """`approve(number)`: a request of Alice's that waits to be issued; returns its id."""

    def add(number: str = "KP-1", **facts: object) -> int:
        with app.app_context():
            return add_request(people["alice"], number=number, **facts).id

    return add


@pytest.fixture
def today(app: Flask, people: People) -> date:
    with app.app_context():
        return db.session.get_one(Company, people["fiona"].company_id).today()


def test_of_those_who_register_one_number_at_once_one_wins(
    app: Flask, people: People, approve: Callable[..., int]
) -> None:
    request_ids = [approve(f"KP-{position}") for position in range(4)]

    def register(request_id: int) -> str:
        try:
            issue_one(app, people["fiona"], request_id)
        except Conflict as refusal:
            return refusal.code
        return "won"

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(register, request_ids))
    assert results == ["invoice.number_taken"] * 3 + ["won"]
    with app.app_context():
        serve_company(people["fiona"].company_id)
        assert db.session.scalar(select(func.count(Invoice.id))) == 1


def test_a_number_that_is_taken_after_the_look_is_refused_by_the_database(
    app: Flask, people: People, approve: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = approve("KP-1"), approve("KP-2")
    issue_one(app, people["fiona"], first)
    looks, look = [], issue._refuse_taken

    def look_too_early(number: str, code: str) -> None:
        looks.append(number)
        if len(looks) > 1:
            look(number, code)

    monkeypatch.setattr(issue, "_refuse_taken", look_too_early)
    with pytest.raises(Conflict, match="already registered, for request KP-1"):
        issue_one(app, people["fiona"], second)


@pytest.mark.parametrize("channel", ["manual", "simulator"])
def test_no_invoice_is_dated_tomorrow(
    app: Flask, people: People, approve: Callable[..., int], today: date, channel: str
) -> None:
    request_id = approve()
    with pytest.raises(Invalid, match="future") as refusal:
        issue_one(app, people["fiona"], request_id, channel=channel, issued_on=today + timedelta(days=1))
    assert refusal.value.field == "issued_on"


@pytest.mark.parametrize(
    ("kind", "entries", "field"),
    [
        ("digital_special", {"number": "2611200000000000000"}, "number"),
        ("digital_special", {"number": "2.6112E+19"}, "number"),
        ("digital_special", {"number": ""}, "number"),
        ("digital_special", {"code": "1100153350"}, "code"),
        ("paper_special", {"number": "00000777"}, "code"),
        ("digital_special", {"channel": "pigeon"}, "channel"),
    ],
)
def test_a_wrong_number_is_refused_beside_its_field(
    app: Flask, people: People, approve: Callable[..., int], kind: str, entries: dict[str, str], field: str
) -> None:
    request_id = approve(kind=kind)
    with pytest.raises(Invalid) as refusal:
        issue_one(app, people["fiona"], request_id, **entries)
    assert refusal.value.field == field


def test_a_date_before_the_approval_is_kept_with_a_warning(
    app: Flask, people: People, approve: Callable[..., int], today: date
) -> None:
    early = issue_one(app, people["fiona"], approve("KP-1"), issued_on=date(2026, 11, 19))
    on_the_day = issue_one(
        app, people["fiona"], approve("KP-2"), number=NUMBER[:-1] + "2", issued_on=date(2026, 11, 20)
    )
    with app.app_context():
        fiona = people["fiona"]
        codes = [
            [problem.code for problem in invoices.list_warnings(fiona, invoices.get_invoice(fiona, invoice_id))]
            for invoice_id in (early, on_the_day)
        ]
    assert codes == [["invoice.before_approval"], []]


def test_the_serial_follows_from_the_request_and_so_does_a_sample(
    app: Flask, people: People, approve: Callable[..., int]
) -> None:
    request_id = approve()
    invoice_id = issue_one(app, people["fiona"], request_id, channel="simulator")
    with app.app_context():
        sample = invoices.get_invoice(people["fiona"], invoice_id)
        assert sample.serial == f"R{request_id}N1"
        assert len(sample.serial) <= 20
        order = issuing.IssueOrder(sample.serial, sample.invoice_type, "", "", sample.issued_on)
        assert issuing.CHANNELS[sample.channel].issue(order).number == sample.number
        assert sample.is_sample


@pytest.mark.parametrize("state", [state for state in Approval if state is not Approval.APPROVED])
def test_only_what_is_approved_is_issued(
    app: Flask, people: People, approve: Callable[..., int], state: Approval
) -> None:
    request_id = approve(approval=state)
    with pytest.raises(Conflict, match="not waiting to be issued"):
        issue_one(app, people["fiona"], request_id)
    with app.app_context():
        serve_company(people["fiona"].company_id)
        assert db.session.scalar(select(func.count(Invoice.id))) == 0


def test_nothing_is_issued_twice_and_what_is_issued_goes_back_nowhere(
    app: Flask, people: People, approve: Callable[..., int]
) -> None:
    request_id = approve()
    issue_one(app, people["fiona"], request_id)
    with pytest.raises(Conflict, match="not waiting to be issued"):
        issue_one(app, people["fiona"], request_id, number=NUMBER[:-1] + "2")
    with app.app_context():
        request = add_request(people["alice"], number="KP-2")
        request.mark_issued()
        for state in Approval:
            with pytest.raises(Conflict):
                request.move_to(state)
        assert (request.approval, request.issue) == (Approval.APPROVED, IssueState.FULL)


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"UPDATE invoice SET {change}"
            for change in (
                "number = '1'",
                "gross = gross + 1, net = net + 1",
                "issued_on = '2020-01-01'",
                "buyer_name = 'x'",
                "buyer_bank_account = '6222'",
                "is_sample = NOT is_sample",
            )
        ),
        "DELETE FROM invoice",
        "UPDATE invoice_line SET name = 'x'",
        "DELETE FROM invoice_line",
        "UPDATE register_entry SET body = '{}'",
        "DELETE FROM register_entry",
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_itself_keeps_what_was_issued(app: Flask, people: People, statement: str) -> None:
    with app.app_context():
        add_invoice(people["fiona"], SET[0])
    with app.app_context(), pytest.raises(DBAPIError, match=r"does not change|append-only"), db.engine.begin() as raw:
        raw.execute(text(statement))


def test_the_status_of_an_invoice_may_still_move(app: Flask, people: People) -> None:
    with app.app_context():
        add_invoice(people["fiona"], SET[0])
        with db.engine.begin() as raw:
            assert raw.execute(text("UPDATE invoice SET status = 'voided'")).rowcount == 1


def test_an_invoice_keeps_the_header_it_was_issued_to(app: Flask, people: People, approve: Callable[..., int]) -> None:
    invoice_id = issue_one(app, people["fiona"], approve())
    with app.app_context():
        serve_company(people["fiona"].company_id)
        header = db.session.scalars(select(Header)).one()
        title, header.title = header.title, "Another"
        db.session.commit()
        assert invoices.get_invoice(people["fiona"], invoice_id).buyer_name == title


def test_an_invoice_is_seen_by_finance_and_by_whoever_sees_its_request(
    app: Flask, people: People, approve: Callable[..., int]
) -> None:
    invoice_id = issue_one(app, people["fiona"], approve())
    for name in ("alice", "fiona", "otto", "ada"):
        with app.app_context():
            assert invoices.get_invoice(people[name], invoice_id).number == NUMBER
    for name in ("bob", "dora", "carol", "carl"):
        with app.app_context(), pytest.raises(NotFound):
            invoices.get_invoice(people[name], invoice_id)


def printed(app: Flask, actor: Actor, invoice_id: int) -> str:
    with app.app_context():
        pdf = printing.invoice_preview_pdf(invoices.build_preview(actor, invoice_id=invoice_id, language="zh"))
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


def test_the_preview_shows_totals_words_and_number(app: Flask, people: People) -> None:
    with app.app_context():
        invoice_id = add_invoice(people["fiona"], SET[1])
    page = printed(app, people["fiona"], invoice_id)
    for part in (SET[1].number, "¥236.37", "¥14.18", "¥250.55", "贰佰伍拾圆零伍角伍分", "重庆长安汽车股份有限公司"):
        assert part in page
    assert "SAMPLE" not in page


def test_the_preview_of_a_sample_says_so(app: Flask, people: People) -> None:
    with app.app_context():
        invoice_id = add_invoice(people["fiona"], SET[2])
    assert "SAMPLE" in printed(app, people["fiona"], invoice_id)


def test_the_code_of_the_preview_is_read_back(app: Flask, people: People) -> None:
    with app.app_context():
        digital, paper = add_invoice(people["fiona"], SET[1]), add_invoice(people["fiona"], SET[4])
        codes = [
            invoices.build_preview(people["fiona"], invoice_id=invoice_id, language="zh").qr_text
            for invoice_id in (digital, paper)
        ]
    assert codes[0].startswith("01,32,,26112000000000000002,250.55,20261001,,")
    assert codes[1].startswith("01,04,1100153350,00000777,0.01,20261101,,")
    assert [issuing.read_qr(code).is_verified for code in codes] == [True, True]


@pytest.mark.parametrize("code", REAL_CODES)
def test_the_codes_of_real_invoices_are_read(code: str) -> None:
    found = issuing.read_qr(f"  {code.lower()}\n")
    _, _, invoice_code, number, amount, day, *_ = code.split(",")
    assert (found.code, found.number, f"{found.issued_on:%Y%m%d}") == (invoice_code, number, day)
    assert found.amount == Decimal(amount)
    assert found.is_verified
    assert crc16(code[: code.rindex(",") + 1]) == code[-4:]


def test_a_code_with_another_check_sum_or_none_is_read_all_the_same() -> None:
    plain = REAL_CODES[0].removesuffix("B2B6")
    assert issuing.read_qr(plain + "0000").is_verified is False
    assert issuing.read_qr(plain).is_verified is None
    assert issuing.read_qr(plain + "B2B6,").is_verified


@pytest.mark.parametrize(
    "scanned",
    [
        "",
        "hello",
        "https://example.com/?01,32",
        "01,32,,2642,10.70,20260430,,FAFB",
        "01,32,,26427000000375586818,10.70,20261340,,",
        "1" * 5000,
    ],
)
def test_what_is_no_code_of_an_invoice_is_refused(scanned: str) -> None:
    with pytest.raises(Invalid, match="QR code") as refusal:
        issuing.read_qr(scanned)
    assert refusal.value.field == "scan"
