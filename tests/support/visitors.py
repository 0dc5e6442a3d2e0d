"""People in browsers: each with a window, cookies and downloads of their own, looking at the real product."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from models.access import Role
from tasks.demo.cast import PASSWORD, PEOPLE
from tests.support.screens import DESK

Language = Literal["en", "zh"]
LANG = {"en": "en", "zh": "zh-CN"}
EMAILS = {person.role: person.email for person in PEOPLE}
NAMES = {person.role: person.name for person in PEOPLE}
PATIENCE_MS = 10_000
expect.set_options(timeout=PATIENCE_MS)  # what is looked for may take as long as what is pressed
# Chromium writes a line for every answer that is not 2xx; the tests say themselves which answer they expect.

ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


class Visitors:
    """Opens windows on the product at `url`. What their consoles complain of is gathered in `complaints`."""

    def __init__(self, chromium: Chromium, url: str, sessions: dict[str, Any]) -> None:
        self.url = url
        self.complaints: list[str] = []
        self._chromium = chromium
        self._sessions = sessions
        self._contexts: list[BrowserContext] = []

    def stranger(self, *, language: Language = "en", viewport: Any = DESK, **options: Any) -> Page:
        """Return the window of somebody who is not logged in and whose browser asks for `language`."""
        context = self._chromium.new_context(base_url=self.url, viewport=viewport, locale=LANG[language], **options)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        context.on("console", self._listen)
        context.on(
            "weberror", lambda error: self.complaints.append(f"{error.page.url if error.page else ''}: {error.error}")
        )
        return context.new_page()

    def person(
        self, role: Role, *, language: Language = "en", viewport: Any = DESK, theme: str = "light", **options: Any
    ) -> Page:
        """Return the window of the demo's person with `role`, who is logged in and reads `language`."""
        options["storage_state"] = self._session(EMAILS[role])
        page = self.stranger(language=language, viewport=viewport, **options)
        page.context.add_cookies([{"name": "theme", "value": theme, "url": self.url}])
        speak(page, language)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _session(self, email: str) -> Any:
        if email not in self._sessions:
            page = self.stranger()
            log_in(page, email)
            self._sessions[email] = page.context.storage_state()
        return self._sessions[email]

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not ANSWERED.match(message.text):
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")


@contextmanager
def visitors(chromium: Chromium, url: str, sessions: dict[str, Any] | None = None) -> Iterator[Visitors]:
    """Open windows for a test, and fail it when a script or the content security policy complained in one.

    `sessions` keeps the log-ins (e-mail address to cookies) of a product that serves several tests.
    """
    opened = Visitors(chromium, url, {} if sessions is None else sessions)
    try:
        yield opened
        assert opened.complaints == []
    finally:
        opened.close()


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Log in by the form, and wait until the first page is there."""
    page.goto("/login")
    page.locator("#field-email").fill(email)
    page.locator("#field-password").fill(password)
    page.locator("#field-password").press("Enter")
    expect(page.locator("nav.rail")).to_be_visible()


def speak(page: Page, language: Language) -> None:
    """Change the person's language where it is another one, by the switch in the top bar."""
    page.goto("/account")
    if page.locator("html").get_attribute("lang") != LANG[language]:
        page.locator("form[action$='/language'] button").click()
        expect(page.locator("html")).to_have_attribute("lang", LANG[language])
