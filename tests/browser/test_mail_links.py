"""The page behind a link in a mail: sound on a phone, for somebody who is not logged in, and it decides."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import axe, screens
from tests.support.mail_links import link_into
from tests.support.screens import PHONE
from tests.support.visitors import Language, Visitors

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_stranger_with_the_link_looks_and_confirms(visit_own: Visitors, tmp_path: Path, language: Language) -> None:
    page = visit_own.stranger(language=language, viewport=PHONE)
    address = link_into(tmp_path / "data")
    page.goto(address)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    screens.take(page, f"mail-link-{language}-phone")
    assert axe.faults(page) == []
    assert screens.wider_than_screen(page) == []
    expect(page.locator("input[name=decision][value=approve]")).to_be_checked()
    page.locator("main button[type=submit]").click()
    expect(page.locator(".notice.tone-green")).to_be_visible()
    page.goto(address)
    expect(page.locator(".notice.tone-red")).to_be_visible()
