"""What the scripts of the components do, in a real Chromium, under the product's own content security policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.components_app import make_app, serving
from tests.support import axe, screens

pytestmark = pytest.mark.browser
DESK = {"width": 1440, "height": 900}
SAVED = "[data-autosave-status][data-state=saved]"


Posted = list[tuple[str, dict[str, str]]]


@pytest.fixture(scope="module")
def all_posted() -> Posted:
    return []


@pytest.fixture
def posted(all_posted: Posted) -> Posted:
    """Path and form of every POST of this test."""
    all_posted.clear()
    return all_posted


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of: blocked by the policy, failed, thrown."""
    return []


@pytest.fixture(scope="module")
def context(all_posted: Posted, chromium: Chromium) -> Iterator[BrowserContext]:
    """One address and one cache for all tests: the scripts are loaded once."""
    with serving(make_app(all_posted)) as url:
        context = chromium.new_context(base_url=url)
        yield context
        context.close()


@pytest.fixture
def page(context: BrowserContext, posted: Posted, complaints: list[str]) -> Iterator[Page]:
    page = context.new_page()
    page.set_viewport_size(DESK)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    expect(page.locator("bpmn-view[data-ready]")).to_be_attached()
    expect(page.locator(".ts-wrapper")).to_be_attached()
    yield page
    page.evaluate("localStorage.clear()")
    context.clear_cookies()
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, screens.PHONE])
def test_a_page_is_accessible_in_both_themes_and_breaks_no_policy(
    page: Page, complaints: list[str], theme: str, viewport: dict[str, int]
) -> None:
    page.set_viewport_size(viewport)
    page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
    assert axe.faults(page) == []
    assert screens.wider_than_screen(page) == []
    assert complaints == []


def test_lines_are_added_duplicated_and_removed_and_the_totals_follow(page: Page, posted: Posted) -> None:
    lines = page.locator("[data-line]")
    page.locator('[name="lines.1.item"]').press("Enter")
    expect(page.locator('[name="lines.2.item"]')).to_be_focused()
    lines.first.get_by_role("button", name="Duplicate this line").click()
    expect(page.locator('[name="lines.3.item"]')).to_have_value("Training")
    lines.nth(2).get_by_role("button", name="Remove this line").click()
    expect(lines).to_have_count(3)
    expect(page.locator("#answer")).to_be_visible()
    form = next(form for path, form in posted if path == "/preview")
    assert [key for key in form if key.endswith(".item")] == ["lines.0.item", "lines.3.item", "lines.2.item"]


def test_enter_that_ends_a_composition_adds_no_line(page: Page) -> None:
    taken = "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true})"
    assert page.locator('[name="lines.1.item"]').evaluate(f"field => field.dispatchEvent({taken})")
    expect(page.locator("[data-line]")).to_have_count(2)


def test_more_lines_than_allowed_are_refused_with_a_sentence(page: Page) -> None:
    add = page.get_by_role("button", name="Add a line")
    for _ in range(4):
        add.click()
    expect(page.locator("[data-line]")).to_have_count(5)
    expect(page.get_by_text("An invoice has at most 5 lines.")).to_be_visible()


def test_a_draft_saves_itself_but_not_while_a_character_is_being_composed(page: Page, posted: Posted) -> None:
    page.clock.install()
    remark = page.get_by_label("Remark")
    remark.dispatch_event("compositionstart")
    remark.fill("ni")
    page.clock.run_for(5000)
    remark.fill("你")
    remark.dispatch_event("compositionend")
    page.clock.run_for(1000)
    expect(page.locator(SAVED)).to_contain_text("Draft saved at")
    assert [form["remark"] for path, form in posted if path == "/autosave"] == ["你"]


def test_a_draft_that_could_not_be_saved_says_so_and_tries_again(page: Page) -> None:
    page.clock.install()
    page.route("**/autosave", lambda route: route.abort())
    page.get_by_label("Remark").fill("for the third quarter")
    page.clock.run_for(1000)
    expect(page.get_by_text("Not saved: no connection. Trying again.")).to_be_visible()
    page.unroute("**/autosave")
    page.clock.run_for(6000)
    expect(page.locator(SAVED)).to_be_attached()


def test_what_cannot_be_undone_is_asked_first_and_the_button_names_it(page: Page, posted: Posted) -> None:
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Two lines are lost.")
    dialog.get_by_role("button", name="Cancel").click()
    assert posted == []
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("#answer")).to_be_visible()
    assert [path for path, _ in posted] == ["/delete"]


def test_keys_walk_and_select_rows_and_stay_quiet_in_a_field(page: Page) -> None:
    for key in ("j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    page.get_by_label("Remark").press_sequentially("jxr?")
    expect(page.get_by_label("Remark")).to_have_value("jxr?")
    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_label("Remark").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_a_picker_asks_the_server_and_the_choice_is_sent(page: Page) -> None:
    page.get_by_role("combobox", name="Customer").fill("xh")
    page.get_by_role("option", name="深圳市星河科技有限公司").click()
    expect(page.locator("select[name=customer]")).to_have_value("1")


def test_a_late_answer_to_an_earlier_question_does_not_fill_the_picker_again(page: Page) -> None:
    held: list[Route] = []
    early, late = [{"value": "8", "text": "Early"}, {"value": "1", "text": "Both"}], [{"value": "1", "text": "Both"}]

    def answer(route: Route) -> None:
        if route.request.url.endswith("q=late"):
            route.fulfill(json=late)
        else:
            held.append(route)

    page.route("**/companies?q=*", answer)
    customer = page.get_by_role("combobox", name="Customer")
    with page.expect_request("**/companies?q="):
        customer.focus()
    with page.expect_response("**/companies?q=late"):
        customer.fill("late")
    with page.expect_response("**/companies?q="):
        held.pop().fulfill(json=early)
    expect(page.get_by_role("option")).to_have_text(["Both"])
    expect(page.locator(".ts-wrapper.loading")).to_have_count(0)


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page) -> None:
    chosen = {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": b"x" * 5000}
    page.get_by_label("File").set_input_files(files=[chosen])
    expect(page.get_by_text("contract.pdf is 5 kB; at most 1 kB are accepted.")).to_be_visible()
    assert not page.evaluate("document.querySelector('[type=file]').checkValidity()")


def test_a_theme_is_kept_where_the_server_can_see_it(page: Page) -> None:
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.locator("html").get_attribute("data-theme-chosen") == "true"


def test_a_tax_number_is_copied_without_the_gaps_it_is_shown_with(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the tax number").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "91440300MA5G7X2K3N"


def test_a_diagram_opens_large_and_keeps_its_watermark(page: Page) -> None:
    page.get_by_role("button", name="Enlarge").click()
    expect(page.get_by_role("dialog", name="Flow diagram").locator("bpmn-view[data-ready]")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_title("Powered by bpmn.io")).to_be_visible()
