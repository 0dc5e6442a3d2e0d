"""Each rule for approvers in the browser: built in the editor, previewed with its reason, and asked as promised."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from models.access import Actor
from tests.browser.components_app import serving
from tests.browser.steps import document, press_decision, submit
from tests.conftest import Browser
from tests.support import axe, screens
from tests.support.approver_rules import (
    CHAIN,
    COUNTERSIGN,
    KEY,
    OUTSIDE,
    OUTSIDE_COUNTERSIGN,
    PLAIN,
    STEP,
    Rule,
    found_company,
    save_rule,
)
from tests.support.outsiders import MING, link_to
from tests.support.pages import text_of
from tests.support.screens import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("available", ["sqlite"], indirect=True)]
AsUser = Callable[[str], Browser]
WindowOf = Callable[[str], Page]
STRANGER = ""  # logged in nowhere, on a phone


@pytest.fixture
def window_of(app: Flask, people: dict[str, Actor], as_user: AsUser, chromium: Chromium) -> Iterator[WindowOf]:
    """`window_of("bob")`: a window in which Bob is logged in, in the company of the rules."""
    with app.app_context():
        found_company(people)
    opened: list[BrowserContext] = []
    name = app.config["LOGIN_COOKIE_NAME"]
    with serving(app) as url:

        def open_window(person: str) -> Page:
            if person == STRANGER:
                opened.append(chromium.new_context(base_url=url, viewport=PHONE, locale="en-US"))
                return opened[-1].new_page()
            cookie = as_user(person).get_cookie(name)
            assert cookie is not None
            opened.append(chromium.new_context(base_url=url, viewport=DESK, locale="en-US"))
            opened[-1].add_cookies([{"name": name, "value": cookie.value, "url": url}])
            return opened[-1].new_page()

        yield open_window
        for context in opened:
            context.close()


def _build(page: Page, rule: Rule) -> None:
    """Change the one step of the chain in the editor, and save."""
    page.goto(f"/chains/{CHAIN}")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.locator("#field-lines-0-kind").select_option(rule.kind)
    for name, value in rule.entries.items():
        entry = page.locator(f"#field-lines-0-{name}")
        if name == "people":
            _pick(page, f"#field-lines-0-{name}", value)
        elif entry.evaluate("entry => entry.tagName") == "SELECT":
            entry.select_option(value)
        else:
            entry.fill(value)
    assert axe.faults(page) == []
    page.locator("button.btn-primary[name=action][value=save]").click()
    page.wait_for_url("**/chains")


def _pick(page: Page, field: str, names: Sequence[str]) -> None:
    """Choose people in a picker, by name."""
    expect(page.locator(f"{field}.tomselected")).to_be_attached()
    page.locator(field).evaluate(
        "(select, names) => select.tomselect.setValue([...select.options]"
        ".filter((option) => names.includes(option.text.trim())).map((option) => option.value))",
        [name.title() for name in names],
    )


def _apply(page: Page, rule: Rule) -> str:
    """Fill in a request, read who will approve it and why, submit it; the number."""
    page.goto("/requests/new?customer_id=1")
    expect(page.locator(".ts-wrapper").first).to_be_attached()
    page.locator("#field-lines-0-name").fill("软件开发服务")
    page.locator("#field-lines-0-amount").fill("50.00")
    page.locator("#field-reason").fill("Contract 7")
    page.locator("#field-remark").fill(rule.remark)
    if rule.chosen:
        expect(page.locator("#request-approvers")).to_contain_text("You choose who approves")
        _pick(page, f"#field-choices-{KEY}", rule.chosen)
    panel = page.locator("#request-approvers li").filter(has_text=STEP)
    for name in (*rule.people, *rule.outside):
        expect(panel).to_contain_text(name.title())
    expect(panel.locator("div")).to_have_count(len(rule.people) + len(rule.outside))
    expect(panel).to_contain_text(rule.reason)
    return submit(page)


def _approve(page: Page, number: str) -> None:
    page.goto("/inbox")
    page.locator("[data-row-open]").first.click()
    expect(document(page)).to_contain_text(number)
    press_decision(page, "approve")
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)


def _sees_nothing(browser: Browser, number: str) -> None:
    page = browser.get("/inbox")
    assert page.status_code == 200
    assert number not in text_of(page)


def _strangers(rule: Rule) -> list[str]:
    return [name for name in ("bob", "bea", "fiona", "otto", "carl") if name not in rule.people]


@pytest.mark.parametrize("rule", PLAIN, ids=str)
def test_a_rule_built_in_the_editor_asks_its_people_and_nobody_else(
    window_of: WindowOf, as_user: AsUser, rule: Rule
) -> None:
    _build(window_of("ada"), rule)
    alice = window_of("alice")
    number = _apply(alice, rule)
    for stranger in _strangers(rule):
        _sees_nothing(as_user(stranger), number)
    _approve(window_of(rule.people[0]), number)
    alice.reload()
    expect(alice.locator("main")).to_contain_text("Approved")


@pytest.mark.parametrize("rule", COUNTERSIGN, ids=str)
def test_a_countersign_by_a_rule_waits_for_each_of_its_people(
    app: Flask, people: dict[str, Actor], window_of: WindowOf, as_user: AsUser, rule: Rule
) -> None:
    with app.app_context():
        save_rule(people, rule, mode="all")
    alice = window_of("alice")
    number = _apply(alice, rule)
    for stranger in _strangers(rule):
        _sees_nothing(as_user(stranger), number)
    for name in rule.people:
        alice.reload()
        expect(alice.locator("main")).to_contain_text("In approval")
        _approve(window_of(name), number)
        if name != rule.people[-1]:  # whoever is of finance may be asked to issue it next
            _sees_nothing(as_user(name), number)
    alice.reload()
    expect(alice.locator("main")).to_contain_text("Approved")


def _looks_sound(page: Page, link: str) -> None:
    """Look at the page behind a link in both themes and both languages, on a phone and at a desk."""
    for scheme, viewport in (("dark", DESK), ("light", PHONE)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(viewport)
        for language, other in (("en", "中文"), ("zh-CN", "English")):
            page.goto(link)
            expect(page.locator("html[data-app=ready]")).to_have_attribute("lang", language)
            assert axe.faults(page) == []
            assert screens.wider_than_screen(page) == []
            page.get_by_role("button", name=other).click()
            expect(page.locator("html[data-app=ready]")).not_to_have_attribute("lang", language)


def _decide_outside(page: Page, link: str, decision: str, comment: str = "") -> None:
    """Follow the link of a mail, look at the page, and decide."""
    page.goto(link)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    assert axe.faults(page) == []
    assert screens.wider_than_screen(page) == []
    expect(page.locator("input[name=decision]:checked")).to_have_count(0)
    page.locator(f"input[name=decision][value={decision}]").check()
    page.locator("#field-comment").fill(comment)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("Nothing more is needed from you")
    assert axe.faults(page) == []


def test_somebody_from_outside_decides_by_the_link_in_their_mail_and_logs_in_nowhere(
    app: Flask, window_of: WindowOf, as_user: AsUser
) -> None:
    _build(window_of("ada"), OUTSIDE)
    alice = window_of("alice")
    number = _apply(alice, OUTSIDE)
    for colleague in _strangers(OUTSIDE):
        _sees_nothing(as_user(colleague), number)
    alice.reload()
    expect(alice.locator("main")).to_contain_text("Ming <ming@auditors.example>")
    link, stranger = link_to(app, MING["mail"]), window_of(STRANGER)
    _looks_sound(stranger, link)
    _decide_outside(stranger, link, "approve", "In order")
    alice.reload()
    expect(alice.locator("main")).to_contain_text("External: Ming <ming@auditors.example>, by link")
    expect(alice.locator("main")).to_contain_text("Approved")
    stranger.goto(link)
    expect(stranger.locator(".notice")).to_contain_text("You approved this request")


def test_a_countersign_waits_for_the_colleague_and_for_the_one_outside(app: Flask, window_of: WindowOf) -> None:
    _build(window_of("ada"), OUTSIDE_COUNTERSIGN)
    alice, bob = window_of("alice"), window_of("bob")
    number = _apply(alice, OUTSIDE_COUNTERSIGN)
    _approve(bob, number)
    alice.reload()
    expect(alice.locator("main")).to_contain_text("In approval")
    _decide_outside(window_of(STRANGER), link_to(app, MING["mail"]), "return", "Wrong header")
    alice.reload()
    expect(alice.locator("main")).to_contain_text("Returned")
    expect(alice.locator("main")).to_contain_text("Wrong header")
