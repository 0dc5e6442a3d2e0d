"""The main job by newcomers, zh and en, desk and phone: a real customer's request becomes a registered invoice."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from models.access import Role
from tests.browser.steps import (
    CUSTOMER,
    approve_by_key,
    fill_in_request,
    make_request,
    open_task,
    press_decision,
    submit,
)
from tests.support import screens
from tests.support.visitors import EMAILS, LANG, NAMES, Language, Visitors, log_in, speak

pytestmark = pytest.mark.browser
TOTALS = {"en": ("31,408.22", "叁万壹仟肆佰零捌圆贰角贰分"), "zh": ("31,410.46", "叁万壹仟肆佰壹拾圆零肆角陆分")}
PRICES = {"en": "15704.11", "zh": "15705.23"}
OUTSIDE_NUMBERS = {"en": "26332000000000090071", "zh": "26332000000000090072"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_request_becomes_an_invoice_with_its_number_from_outside(
    language: Language, visit: Visitors, tmp_path: Path
) -> None:
    applicant = visit.stranger(language=language, viewport=screens.DESK)
    log_in(applicant, EMAILS[Role.APPLICANT])
    speak(applicant, language)
    fill_in_request(applicant, price=PRICES[language])
    gross, words = TOTALS[language]
    expect(applicant.locator("#lines-totals")).to_contain_text(words)
    approvers = applicant.locator("#request-approvers li")
    expect(approvers).to_have_count(3)  # two who approve, then finance issues
    expect(approvers.nth(0)).to_contain_text(NAMES[Role.APPROVER])
    expect(approvers.nth(1)).to_contain_text(NAMES[Role.FINANCE])
    screens.take(applicant, f"path-form-{language}")
    number = submit(applicant)

    approve_by_key(visit.person(Role.APPROVER, language=language), number)
    finance = visit.person(Role.FINANCE, language=language)
    approve_by_key(finance, number)
    open_task(finance, number)
    finance.locator("#field-number").fill(OUTSIDE_NUMBERS[language])
    press_decision(finance, "issue")
    expect(finance.locator("#document .notice.tone-green").first).to_contain_text(number)

    _find_in_register(finance, OUTSIDE_NUMBERS[language])
    _read_workbook(finance, OUTSIDE_NUMBERS[language], gross, tmp_path)
    _read_prints(finance, number, OUTSIDE_NUMBERS[language], gross, words)
    applicant.reload()
    expect(applicant.locator("main")).to_contain_text(OUTSIDE_NUMBERS[language])


def test_the_simulator_issues_a_sample_that_is_marked_as_one(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15706.05")
    approve_by_key(visit.person(Role.APPROVER), number)
    finance = visit.person(Role.FINANCE)
    approve_by_key(finance, number)
    open_task(finance, number)
    finance.locator("[name=channel][value=simulator]").check()
    press_decision(finance, "issue")
    expect(finance.locator("#document .notice.tone-green").first).to_contain_text(number)
    finance.goto("/register?since=" + _today())
    row = finance.locator("[data-row]", has_text=number)
    expect(row).to_contain_text("Sample")
    row.locator("[data-row-open]").click()
    expect(finance.locator("main")).to_contain_text("It is not a tax invoice")


def test_an_approval_on_a_phone(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15707.15")
    phone = visit.person(Role.APPROVER, viewport=screens.PHONE, has_touch=True, is_mobile=True)
    phone.goto(f"/inbox?q={number}")
    assert screens.wider_than_screen(phone) == []
    phone.locator("[data-row-open]").tap()
    expect(phone.locator("#document")).to_contain_text(number)
    approve = phone.locator("button[name=decision][value=approve]")
    expect(approve).to_be_in_viewport()
    phone.locator("#timeline-heading").scroll_into_view_if_needed()
    expect(approve).to_be_in_viewport()
    assert screens.wider_than_screen(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    screens.take(phone, "path-phone-decision")
    approve.tap()
    expect(phone.locator("#document .notice.tone-green").first).to_contain_text(number)


def test_language_and_theme_are_kept_over_a_reload(visit: Visitors) -> None:
    page = visit.person(Role.AUDITOR, language="en")
    page.locator("[data-theme-toggle]").click()
    speak(page, "zh")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", LANG["zh"])
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def _find_in_register(page: Page, invoice_number: str) -> None:
    """By customer, by number and by date; each alone finds it, and another date does not."""
    today = _today()
    for entries in ({"q": CUSTOMER}, {"number": invoice_number}, {"since": today, "until": today}):
        page.goto("/register")
        if "number" in entries:
            page.locator(".register-more summary").click()
        for name, text in entries.items():
            page.locator(f"#field-{name}").fill(text)
        page.locator(".register-filter button.btn-primary").click()
        expect(page.locator("[data-row]", has_text=invoice_number)).to_have_count(1)
    page.goto(f"/register?number={invoice_number}&until=2020-01-01")
    expect(page.locator("[data-row]")).to_have_count(0)


def _read_workbook(page: Page, invoice_number: str, gross: str, folder: Path) -> None:
    page.goto(f"/register?number={invoice_number}")
    with page.expect_download() as download:
        page.locator("a[href*='export.xlsx']").click()
    path = folder / "register.xlsx"
    download.value.save_as(path)
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert invoice_number in cells
    assert CUSTOMER in cells
    assert any(str(cell) == gross.replace(",", "") for cell in cells)


def _read_prints(page: Page, number: str, invoice_number: str, gross: str, words: str) -> None:
    """The preview of the invoice and the approval sheet say what was approved, and by whom."""
    page.locator("[data-row-open]").click()
    preview = _read_pdf(page, "a[href*='preview.pdf'][href*='download']")
    for text in (invoice_number, CUSTOMER, words, gross.replace(",", "")):
        assert text in preview
    page.locator("main a[href*='/requests/']").last.click()
    sheet = _read_pdf(page, "a[href$='sheet.pdf']")
    for text in (number, CUSTOMER, words, NAMES[Role.APPROVER], NAMES[Role.FINANCE]):
        assert text in sheet


def _read_pdf(page: Page, link: str) -> str:
    """The text of the PDF behind a link; fetched with the person's cookies, for Chromium would open it."""
    answer = page.request.get(page.locator(link).first.get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(part.extract_text() for part in PdfReader(BytesIO(answer.body())).pages)
    return text.translate({ord(blank): None for blank in " \n,"})


def _today() -> str:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
