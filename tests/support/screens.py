"""Pictures of pages for people to look at, and what a picture would show wrong: things wider than the screen."""

import os
from pathlib import Path

from playwright.sync_api import Page

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

WIDER_THAN_SCREEN = """() => {
  const scrolls = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement)
      if (/(auto|scroll|hidden|clip)/.test(getComputedStyle(box).overflowX) && box !== document.body
          && box !== document.documentElement) return true;
    return false;
  };
  return [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element))
    .map((element) => element.tagName.toLowerCase() + (element.id ? '#' + element.id : '')
      + [...element.classList].map((name) => '.' + name).join(''));
}"""


def take(page: Page, name: str) -> None:
    """Save a full-page picture as ``name.png`` in the folder PIAOFLOW_SCREENS; do nothing when that is not set."""
    folder = os.environ.get("PIAOFLOW_SCREENS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="disabled")


def wider_than_screen(page: Page) -> list[str]:
    """Return the elements that stick out of the right edge, but for those inside a box that scrolls."""
    found: list[str] = page.evaluate(WIDER_THAN_SCREEN)
    return found
