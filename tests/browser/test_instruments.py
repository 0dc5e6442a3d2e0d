"""The browser tests' own instruments see the faults they are for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.support import axe, screens

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    page = chromium.new_page(viewport=screens.PHONE)  # type: ignore[arg-type]
    yield page
    page.close()


def test_instruments_see_a_picture_without_words_and_a_line_wider_than_the_phone(page: Page) -> None:
    page.set_content(
        "<html lang=en><title>A page</title><main><h1>票流</h1><img src=x>"
        "<p class=wide style='width: 700px'>far too wide</p>"
        "<div tabindex=0 style='overflow-x: auto'><p style='width: 900px'>this one scrolls</p></div></main>"
    )
    assert axe.faults(page) == ["image-alt: Images must have alternative text: img"]
    assert axe.faults(page, without_rules=["image-alt"]) == []
    assert screens.wider_than_screen(page) == ["p.wide"]
