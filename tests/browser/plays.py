"""Requests on their way through a chain: people in windows of their own, what they press, and who is asked then."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.support.backstage import Backstage
from tests.support.visitors import Visitors, log_in, speak, visitors

DECIDERS = ("approver", "legal", "finance", "admin", "applicant")


class Windows:
    """A window for each person, opened and logged in once, who reads English."""

    def __init__(self, stage: Backstage, visit: Visitors) -> None:
        self._stage, self._visit = stage, visit
        self._pages: dict[str, Page] = {}

    def of(self, name: str) -> Page:
        if name not in self._pages:
            page = self._visit.stranger()
            log_in(page, self._stage.emails[name])
            speak(page, "en")
            self._pages[name] = page
        return self._pages[name]

    def are_content(self) -> None:
        """No script and no policy has complained in one since they were asked last."""
        complaints, self._visit.complaints[:] = self._visit.complaints[:], []
        assert complaints == []


@contextmanager
def windows_on(chromium: Chromium, url: str, stage: Backstage) -> Iterator[Windows]:
    """Windows on a product for all tests of a module."""
    with visitors(chromium, url) as visit:
        yield Windows(stage, visit)


class Play:
    """One request, the windows of its people, and what they press."""

    def __init__(self, stage: Backstage, windows: Windows, amount: str) -> None:
        self.stage, self._windows = stage, windows
        self.request_id, self.number = stage.submit(amount)

    def page(self, name: str) -> Page:
        return self._windows.of(name)

    def opens(self, name: str, task_id: int | None = None) -> Page:
        """Somebody opens the task that waits for them, or another one."""
        page = self.page(name)
        page.goto(f"/inbox/{task_id or self.stage.task_of(name, self.request_id)}")
        expect(page.locator("html[data-app=ready]")).to_be_attached()
        expect(page.locator("#document")).to_contain_text(self.number)
        return page

    def presses(self, name: str, decision: str, comment: str = "") -> None:
        """Somebody opens their task and decides it."""
        page = self.opens(name)
        page.locator("#field-comment").fill(comment)
        page.locator(f"button[name=decision][value={decision}]").click()
        self.is_told(page)

    def asks(self, name: str, verb: str) -> Page:
        """Somebody opens their task and chooses a verb from the menu."""
        page = self.opens(name)
        page.locator("details.menu-up summary").click()
        page.locator(f"a.menu-item[href*='/{verb}']").click()
        expect(page.locator("#verb-form")).to_be_visible()
        return page

    def sends(self, page: Page) -> None:
        page.locator("#verb-form button[type=submit]").click()
        expect(page.locator("#verb-form")).to_have_count(0)
        self.is_told(page)

    def is_told(self, page: Page) -> None:
        """The page says what was done, naming the request."""
        expect(page.locator(".notice.tone-green, .toast").filter(has_text=self.number).first).to_be_attached()

    def waits_for(self, *names: str) -> None:
        """Nobody else is asked now."""
        asked = {name for name in DECIDERS if self.stage.task_of(name, self.request_id)}
        assert asked == set(names)

    def says(self, *texts: str, reader: str = "applicant") -> Page:
        """The timeline of the request, as somebody reads it."""
        page = self.page(reader)
        page.goto(f"/requests/{self.request_id}")
        for text in texts:
            expect(page.locator(".steps-line")).to_contain_text(text)
        return page


def choose(page: Page, field: str, stage: Backstage, name: str) -> None:
    """Choose a person in a picker."""
    person = str(stage.people[name].user_id)
    page.locator(field).evaluate("(select, person) => select.tomselect.addItem(person)", person)
