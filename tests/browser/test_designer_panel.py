"""The panel of the flow editor: what the engine reads, in the product's words, and each change one step of undo."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.browser.test_designer import open_draft
from tests.support.visitors import Visitors

FILE = "/files/invoice_request.bpmn"
KINDS = ["start", "pick_chain", "resolve_chain", "any_step_left", "approve", "waiting_long", "approve_together",
         "step_left", "to_pick", "end_escalated"]  # fmt: skip
LONGEST_TRANSFER = 650_000


def choose(page: Page, element: str) -> None:
    """Click an element on the canvas, and wait until the panel is about it."""
    page.locator(".djs-container > svg").click(position={"x": 600, "y": 60})  # what was chosen covers others
    page.locator(f"[data-element-id={element}] .djs-hit").first.click(force=True)
    expect(page.locator("[data-entry-id=id] input")).to_have_value(element)


def write_feel(page: Page, name: str, text: str) -> None:
    page.locator(f"[data-entry-id='{name}'] .cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def block(text: str, element: str) -> str:
    """What a file says of one element."""
    found = re.search(rf'<bpmn:(\w+) id="{element}"[^>]*>.*?</bpmn:\1>', text, re.DOTALL)
    assert found
    return found.group()


def settings(text: str) -> list[tuple[str, str]]:
    return re.findall(r'property name="(\w+)" value="([^"]*)"', text)


def saved(page: Page, address: str, element: str, is_so: Callable[[str], bool]) -> str:
    """What the server has of an element, as soon as it is so."""
    text = ""
    for _ in range(40):
        text = block(page.request.get(address + FILE).json()["text"], element)
        if is_so(text):
            return text
        page.wait_for_timeout(250)
    raise AssertionError(text)


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()


def test_who_is_asked_is_one_choice_that_sets_all_of_it_and_one_step_takes_it_back(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    choose(page, "approve")
    who = page.locator("[data-entry-id=flow-who] select")
    expect(who).to_have_value("chain")
    before = block(page.request.get(address + FILE).json()["text"], "approve")
    who.select_option("role:finance")
    changed = saved(page, address, "approve", lambda text: 'name="role" value="finance"' in text)
    assert "chain.steps" not in changed
    assert 'value=""' not in changed
    undo(page)
    assert settings(saved(page, address, "approve", lambda text: "chain.steps" in text)) == settings(before)
    expect(who).to_have_value("chain")


def test_a_form_brings_its_fields(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    choose(page, "issue")
    page.locator("[data-entry-id=flow-form_key] select").select_option("approval")
    changed = saved(page, address, "issue", lambda text: 'value="approval"' in text)
    assert re.search(r'name="fields" value="[^"]*decision', changed)


def test_a_service_shows_its_parameters_and_keeps_those_of_the_same_name(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    choose(page, "escalate")
    page.locator("[data-entry-id=flow-service] select").select_option("request.mark_returned")
    changed = saved(page, address, "escalate", lambda text: "request.mark_returned" in text)
    assert 'id="request_id" type="integer" value="request_id"' in changed
    assert 'id="comment"' not in changed  # nothing was said yet
    write_feel(page, "flow-parameter-comment", '"late"')
    saved(page, address, "escalate", lambda text: 'id="comment" type="string" value="&#34;late&#34;"' in text
          or 'id="comment" type="string" value="&quot;late&quot;"' in text)  # fmt: skip
    undo(page)
    saved(page, address, "escalate", lambda text: 'id="comment"' not in text and "mark_returned" in text)
    undo(page)
    saved(page, address, "escalate", lambda text: "request.escalate" in text)


def test_a_condition_is_written_with_the_variables_that_are_known_there(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    with page.expect_response("**/variables"):
        choose(page, "step_left")
    write_feel(page, "flow-condition", "")
    page.keyboard.type("customer_gr")
    suggestion = page.locator(".cm-tooltip-autocomplete")
    expect(suggestion).to_contain_text("customer_grade")
    page.keyboard.press("Escape")
    write_feel(page, "flow-condition", "amount > 5")
    saved(page, address, "step_left", lambda text: "amount &gt; 5" in text or "amount > 5" in text)


def test_a_time_is_a_number_and_a_unit(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    choose(page, "waiting_long")
    expect(page.locator("[data-entry-id=flow-timer-amount] input")).to_have_value("5")
    page.locator("[data-entry-id=flow-timer-unit] select").select_option("hours")
    saved(page, address, "waiting_long", lambda text: ">PT5H<" in text)
    undo(page)
    saved(page, address, "waiting_long", lambda text: ">P5D<" in text)


def test_a_loop_keeps_the_expression_that_it_goes_over(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    choose(page, "approve_together")
    expect(page.locator("[data-entry-id=flow-loop-collection] .cm-content")).to_have_text("chain.together")
    page.locator("[data-entry-id=flow-loop-sequential] input").check()
    changed = saved(page, address, "approve_together", lambda text: 'isSequential="true"' in text)
    assert "<bpmn:loopDataInputRef>chain.together</bpmn:loopDataInputRef>" in changed
    assert 'id="step_place"' in changed


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whoever_reads_chinese_finds_no_english_in_the_panel(theme: str, visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER, language="zh", theme=theme)
    page.add_init_script("window.untranslated = new Set()")
    open_draft(page, "zh")
    for kind in KINDS:
        choose(page, kind)
    assert page.evaluate("[...window.untranslated]") == []


def test_the_page_of_the_editor_is_no_larger_than_its_budget(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    open_draft(page)
    page.wait_for_load_state("networkidle")
    assert 200_000 < sum(sizes) <= LONGEST_TRANSFER
