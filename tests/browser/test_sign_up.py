"""The first visit of all, the people who follow by invitation, and what strangers are refused."""

import pytest
from playwright.sync_api import Page, expect

from tests.support import axe, screens
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser
PASSWORD = "kettle orbit maple 91"
ADMIN = {"company_name": "北辰测试有限公司", "name": "Ning", "email": "ning@beichen.example", "password": PASSWORD}


def test_the_first_visitor_founds_the_company_and_the_next_is_refused(visit_empty: Visitors) -> None:
    first = _found_company(visit_empty)
    expect(first.locator(".topbar-name")).to_have_text("Ning")
    second = visit_empty.stranger()
    second.goto("/signup")
    expect(second.locator("form [name=company_name]")).to_have_count(0)
    expect(second.locator(".notice")).to_contain_text("This system has a company already")
    second.goto("/requests")
    expect(second.locator("#field-password")).to_be_visible()


def test_a_weak_password_is_refused_beside_its_field_and_the_rest_stays(visit_empty: Visitors) -> None:
    page = visit_empty.stranger()
    page.goto("/")
    _fill(page, ADMIN | {"password": "password1234"})
    page.locator("main form button.btn-primary").click()
    field = page.locator("#field-password")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[-1]}")).to_be_visible()
    expect(page.locator("#field-company-name")).to_have_value(ADMIN["company_name"])
    expect(field).to_have_value("")


def test_an_invited_person_joins_by_a_link_that_works_once_and_gets_another_role(visit_empty: Visitors) -> None:
    admin = _found_company(visit_empty)
    admin.goto("/people")
    admin.locator("form[action$='/invitations'] #field-name").fill("Lu")
    admin.locator("form[action$='/invitations'] #field-email").fill("lu@beichen.example")
    admin.locator("[name=roles][value=applicant]").check()
    admin.locator("form[action$='/invitations'] button[type=submit]").click()
    link = admin.locator("#invitation-link").inner_text()
    screens.take(admin, "sign-up-invitation")

    lu = visit_empty.stranger()
    lu.goto(link)
    assert axe.faults(lu) == []
    lu.locator("#field-password").fill(PASSWORD + " lu")
    lu.locator("main form button.btn-primary").click()
    expect(lu.locator(".topbar-name")).to_have_text("Lu")
    expect(lu.locator("nav.rail [href='/issuing']")).to_have_count(0)

    again = visit_empty.stranger().goto(link)
    assert again is not None
    assert again.status == 404

    admin.goto("/people")
    admin.get_by_role("link", name="Lu", exact=True).click()
    admin.locator("[name=roles][value=applicant]").uncheck()
    admin.locator("[name=roles][value=finance]").check()
    admin.locator("form:has([name=roles]) button[type=submit]").click()
    expect(admin.locator(".notice.tone-green").first).to_be_visible()
    lu.goto("/")
    expect(lu.locator("nav.rail [href='/issuing']")).to_have_count(1)


def _found_company(visit: Visitors) -> Page:
    """The first visit leads to the sign-up by itself."""
    page = visit.stranger()
    page.goto("/")
    expect(page).to_have_url(f"{visit.url}/signup")
    _fill(page, ADMIN)
    page.locator("main form button.btn-primary").click()
    expect(page.locator("nav.rail")).to_be_visible()
    return page


def _fill(page: Page, entries: dict[str, str]) -> None:
    for name, text in entries.items():
        page.locator(f"form [name={name}]").fill(text)
