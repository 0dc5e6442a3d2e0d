"""Bringing things in: customers from a workbook, a changed flow, a changed chain; and what is wrong with them."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import FilePayload, Page, expect

from models.access import Role
from tests.browser.steps import approve_by_key, fill_in_request, find_in_inbox, make_request, open_task
from tests.support import axe, screens
from tests.support.visitors import NAMES, Visitors

pytestmark = pytest.mark.browser
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FLOW = Path(__file__).parents[2] / "workflows" / "bpmn" / "invoice_request.bpmn"
ROWS = [
    ["北京京东世纪贸易有限公司", "911103026605015136"],
    ["没有税号校验的公司", "911103026605015137"],
    ["=1+1", "91110108717743469K"],
    ["", "914403001922038216"],
]


def test_customers_come_from_a_workbook_and_the_faulty_rows_go_back(visit_own: Visitors) -> None:
    page = visit_own.person(Role.FINANCE)
    page.goto("/customers/import")
    titles = _template_titles(page)
    workbook: FilePayload = {"name": "customers.xlsx", "mimeType": XLSX, "buffer": _workbook(titles, ROWS)}
    page.locator("#field-file").set_input_files([workbook])
    page.locator("form[data-upload] button").click()
    expect(page).to_have_url(re.compile(r"/customers/import/\d+$"))
    faults = page.locator("section[aria-labelledby=faults-heading] tbody tr")
    expect(faults.first).to_be_visible()
    assert axe.faults(page) == []
    screens.take(page, "import-preview")
    page.locator("input[name=which][value=good]").check()
    page.locator("section[aria-labelledby=decide-heading] button.btn-primary").click()
    link = page.locator("a[href$='errors.xlsx']")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    text = _text_of(download.value.path())
    assert "没有税号校验的公司" in text
    assert ROWS[0][0] not in text
    page.goto("/customers?q=" + ROWS[0][0])
    expect(page.locator("main")).to_contain_text(ROWS[0][0])


def test_a_broken_flow_is_refused_with_the_element_at_fault_and_nothing_is_published(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    broken = FLOW.read_text(encoding="utf-8").replace("<bpmn:userTask", "<bpmn:scriptTask", 1)
    broken = re.sub(r"</bpmn:userTask>", "</bpmn:scriptTask>", broken, count=1)
    _upload(page, broken, "publish")
    refusal = page.locator(".notice.tone-red")
    expect(refusal.locator("code").first).to_be_visible()
    assert axe.faults(page) == []
    screens.take(page, "flow-refused")
    page.goto("/flows")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_changed_flow_is_a_new_version_that_only_new_requests_take(visit_own: Visitors) -> None:
    applicant, approver = visit_own.person(Role.APPLICANT), visit_own.person(Role.APPROVER)
    earlier = make_request(applicant, price="15720.11")
    designer = visit_own.person(Role.DESIGNER)
    changed = FLOW.read_text(encoding="utf-8").replace('name="Issue invoice"', 'name="Issue it now"')
    assert "Issue it now" in changed
    _upload(designer, changed, "publish")
    expect(designer).to_have_url(re.compile(r"/flows/2$"))

    later = make_request(applicant, price="15721.21")
    finance = visit_own.person(Role.FINANCE)
    for number in (earlier, later):
        approve_by_key(approver, number)
        approve_by_key(finance, number)
    expect(find_in_inbox(finance, earlier)).not_to_contain_text("Issue it now")
    open_task(finance, later)
    expect(finance.locator("bpmn-view")).to_contain_text("Issue it now")
    open_task(finance, earlier)
    expect(finance.locator("bpmn-view")).to_contain_text("Issue invoice")


def test_a_step_more_in_a_chain_is_seen_in_the_preview(visit_own: Visitors) -> None:
    admin, applicant = visit_own.person(Role.ADMIN), visit_own.person(Role.APPLICANT)
    fill_in_request(applicant, price="15722.31")
    expect(applicant.locator("#request-approvers li")).to_have_count(3)
    admin.goto("/chains/standard")
    expect(admin.locator("html[data-app=ready]")).to_be_attached()
    admin.locator("[data-line-action=add]").click()
    admin.locator("[data-line-action=add]").click()
    ids = admin.locator("[data-line] [id]").evaluate_all("fields => fields.map(field => field.id)")
    assert len(ids) == len(set(ids))
    admin.locator("[data-line-action=remove]").last.click()
    added = admin.locator("[data-line]").nth(2)
    added.locator("[name$='.title']").fill("Second look")
    added.locator("[name$='.role']").select_option("admin")
    added.locator("[name$='.due_hours']").fill("8")
    screens.take(admin, "chain-edit")
    admin.locator("button[name=action][value=save].btn-primary").click()
    expect(admin).to_have_url(re.compile(r"/chains$"))
    fill_in_request(applicant, price="15723.41")
    steps = applicant.locator("#request-approvers li")
    expect(steps).to_have_count(4)
    expect(steps.nth(2)).to_contain_text(NAMES[Role.ADMIN])


def _upload(page: Page, diagram: str, action: str) -> None:
    page.goto("/flows")
    file: FilePayload = {"name": "invoice_request.bpmn", "mimeType": "application/xml", "buffer": diagram.encode()}
    page.locator("#field-files").set_input_files([file])
    page.locator(f"button[name=action][value={action}]").click()


def _template_titles(page: Page) -> list[str]:
    book = load_workbook(BytesIO(page.request.get("/customers/import/template.xlsx?language=en").body()))
    return [str(cell) for cell in next(book.worksheets[0].iter_rows(values_only=True)) if cell]


def _workbook(titles: list[str], rows: list[list[str]]) -> bytes:
    """Rows of name and tax number; what the template has besides stays empty."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(titles)
    name, tax_id = (
        next(i for i, title in enumerate(titles) if word in title) for word in ("Customer name", "Tax number")
    )
    for row in rows:
        cells = [""] * len(titles)
        cells[name], cells[tax_id] = row
        sheet.append(cells)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _text_of(path: Path) -> str:
    sheet = load_workbook(BytesIO(path.read_bytes())).worksheets[0]
    return " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
