"""Files beside comments and decisions by real clicks: chosen, dropped, pasted, refused and opened."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from models.access import Role
from tests.browser.steps import make_request, open_task, press_decision
from tests.support import axe, screens
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.7 contract"
# A picture in the clipboard, as a browser hands it to whoever pastes it; with `text`, as copied cells come.
PASTE = """(field, text) => {
  const data = new DataTransfer();
  const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
  data.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
  if (text) data.setData('text/plain', text);
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""
DROP = """(form, name) => {
  const data = new DataTransfer();
  data.items.add(new File(['%PDF-1.7 dropped'], name, { type: 'application/pdf' }));
  for (const type of ['dragover', 'drop']) {
    form.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


def a_file(name: str, data: bytes = PDF) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def choose(page: Page, field: str, *files: dict[str, object]) -> None:
    page.locator(field).set_input_files(list(files))  # type: ignore[arg-type]


def expect_attached(page: Page, form: str, *names: str | re.Pattern[str]) -> None:
    """The list of the form holds these files."""
    expect(page.locator(f"{form} [data-attached] [data-file-name]")).to_have_text(list(names))


def open_comment(page: Page) -> None:
    page.locator("details.menu-up summary").click()
    page.locator("a[href*='/comment']").click()
    expect(page.locator("#verb-comment")).to_be_visible()


def test_files_are_chosen_dropped_and_pasted_and_the_reader_of_the_comment_opens_them(visit: Visitors) -> None:
    applicant = visit.person(Role.APPLICANT)
    number = make_request(applicant, price="15730.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    open_comment(page)
    page.locator("#verb-comment").fill("As agreed")
    page.locator("#verb-form summary").click()
    choose(page, "#verb-files", a_file("合同.pdf"))
    expect_attached(page, "#verb-form", "合同.pdf")
    page.locator("#verb-form").evaluate(DROP, "dropped.pdf")
    expect_attached(page, "#verb-form", "合同.pdf", "dropped.pdf")
    page.locator("#verb-comment").evaluate(PASTE, "")
    expect_attached(page, "#verb-form", "合同.pdf", "dropped.pdf", re.compile(r"^picture-\d{14}\.png$"))
    page.locator("#verb-comment").evaluate(PASTE, "copied cells")
    assert axe.faults(page) == []
    screens.take(page, "comment-files")
    page.get_by_label("dropped.pdf").uncheck()
    expect(page.locator("#verb-comment")).to_have_value("As agreed")
    page.locator("#verb-form button[type=submit]").click()
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)
    applicant.reload()
    files = applicant.locator(".steps-line .file-list a")
    expect(files).to_have_text(["合同.pdf", re.compile(r"\.png$")])
    with applicant.expect_download() as download:
        files.first.click()
    assert download.value.suggested_filename == "合同.pdf"
    assert download.value.path().read_bytes() == PDF


def test_a_file_that_is_refused_is_named_and_the_decision_waits_for_those_on_their_way(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15731.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    page.keyboard.press("c")
    page.keyboard.type("With care")
    page.locator("#decide .comment-files summary").click()
    choose(page, "#field-files", a_file("good.pdf"), a_file("bad.exe", b"MZ"), a_file("large.pdf", b"x" * 10_485_761))
    problem = page.locator("#decide [data-attach-problems]")
    expect(problem).to_contain_text("“bad.exe” is not a PDF")
    expect(problem).to_contain_text("large.pdf is 10.5 MB")
    expect_attached(page, "#decide", "good.pdf")
    page.set_viewport_size(screens.PHONE)  # type: ignore[arg-type]
    assert screens.wider_than_screen(page) == []
    screens.take(page, "decision-files-phone")
    expect(page.locator("#field-comment")).to_have_value("With care")
    on_their_way: list[Route] = []

    def hold(route: Route) -> None:
        on_their_way.append(route)

    page.route("**/files", hold)
    choose(page, "#field-files", a_file("late.pdf"))
    expect(page.locator("#field-files-files")).to_have_text("Sending late.pdf …")
    press_decision(page, "approve")
    on_their_way[0].continue_()
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)
    page.goto(f"/inbox?view=done&q={number}")
    page.locator("[data-row-open]").first.click()
    expect(page.locator(".steps-line .file-list a")).to_have_text(["good.pdf", "late.pdf"])
