"""Every page of the product: who may see it, and that it is sound in both themes, at a desk and on a phone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from models.access import Role
from tests.support import axe, screens
from tests.support.server import ProductServer
from tests.support.visitors import LANG, Language, Visitors

pytestmark = pytest.mark.browser

ADMIN, DESIGNER, APPROVER = Role.ADMIN, Role.DESIGNER, Role.APPROVER
FINANCE, APPLICANT, AUDITOR = Role.FINANCE, Role.APPLICANT, Role.AUDITOR
EVERYONE = frozenset(Role)
READS_ALL = frozenset({ADMIN, FINANCE, AUDITOR})
TAKES_PART = READS_ALL | {APPLICANT, APPROVER}  # they made the request, or were asked about it
WATCHES_FLOWS = frozenset({ADMIN, DESIGNER, AUDITOR})
KEEPS_CUSTOMERS = frozenset({ADMIN, FINANCE, APPLICANT})
SUBMITS = frozenset({ADMIN, APPLICANT})


@dataclass(frozen=True)
class Sample:
    """A page with example values, those who may see it, and the one who sees most of it."""

    endpoint: str
    shown_to: frozenset[Role]
    best_seen_by: Role
    values: dict[str, str] = field(default_factory=dict)  # of the address; "?…" is a query of `Product.ids`
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.endpoint


REQUEST = "SELECT min(id) FROM invoice_request WHERE approval = '{}'"
STOPPED = "SELECT subject_id FROM process_instance JOIN process_incident ON process_instance.id = instance_id"
RUNNING = "SELECT min(id) FROM process_instance WHERE status = 'running'"
STOPPED_FLOW = "SELECT max(instance_id) FROM process_incident"
INVOICE = "SELECT min(id) FROM invoice WHERE is_sample = {}"
TASK = "SELECT min(id) FROM human_task WHERE status = 'open' AND form_key = '{}'"
# What the demo has one of: a countersigned step that one has signed, and a second round with changes.
SIGNED = """SELECT min(task_id) FROM task_signer JOIN human_task AS task ON task.id = task_id
WHERE task.status = 'open' AND task.form_key = 'approval' AND task_signer.status = 'approved'"""
CHANGED = """SELECT min(task.id) FROM human_task AS task JOIN invoice_request AS request ON request.id = subject_id
WHERE task.status = 'open' AND task.form_key = 'approval' AND contract_number LIKE '%-0316'"""
INCIDENT = "SELECT min(id) FROM process_incident"
HEADER = "SELECT min(id) FROM header"
PAGES = (
    Sample("account.show", EVERYONE, ADMIN),
    Sample("audit.index", frozenset({ADMIN, AUDITOR}), AUDITOR),
    Sample("calendars.show", EVERYONE, ADMIN, {"year": "2026"}),
    Sample("calendars.show", EVERYONE, ADMIN, {"year": "2027"}, "calendars.show-unknown"),
    Sample("chains.index", EVERYONE, DESIGNER),
    Sample("chains.edit", EVERYONE, DESIGNER, {"key": "standard"}),
    Sample("chains.edit", EVERYONE, DESIGNER, {"key": "key_contract"}, "chains.edit-countersign"),
    Sample("chains.gallery", EVERYONE, DESIGNER),
    Sample("chains.new", EVERYONE, DESIGNER, {"copy": "ladder"}),
    Sample("company.edit", EVERYONE, ADMIN),
    Sample("company_notices.show", frozenset({ADMIN}), ADMIN),
    Sample("company.create", frozenset({ADMIN}), ADMIN),
    Sample("customers.index", EVERYONE, FINANCE),
    Sample("customers.show", EVERYONE, FINANCE, {"customer_id": "1"}),
    Sample("customers.edit", KEEPS_CUSTOMERS, FINANCE, {"customer_id": "1"}),
    Sample("customers.new", KEEPS_CUSTOMERS, FINANCE),
    Sample("customers.new_header", KEEPS_CUSTOMERS, FINANCE, {"customer_id": "1"}),
    Sample("customers.edit_header", KEEPS_CUSTOMERS, FINANCE, {"header_id": HEADER}),
    Sample("customers.start_import", KEEPS_CUSTOMERS, FINANCE),
    Sample("delegations.index", EVERYONE, ADMIN),
    Sample("departments.index", EVERYONE, ADMIN),
    Sample("departments.show", EVERYONE, ADMIN, {"department_id": "1"}),
    Sample("processes.index", EVERYONE, DESIGNER),
    Sample("processes.show", EVERYONE, DESIGNER, {"definition_id": "1"}),
    Sample("incidents.index", frozenset({ADMIN, DESIGNER}), DESIGNER),
    Sample("incidents.index", frozenset({ADMIN, DESIGNER}), ADMIN, {"state": "done"}, "incidents.index-done"),
    Sample("incidents.show", frozenset({ADMIN, DESIGNER}), ADMIN, {"incident_id": INCIDENT}),
    Sample("requests.show", TAKES_PART, APPLICANT, {"request_id": STOPPED}, "requests.show-stopped"),
    Sample("monitor.index", WATCHES_FLOWS, AUDITOR),
    Sample("monitor.index", WATCHES_FLOWS, ADMIN, {"state": "running", "person": "3"}, "monitor.index-asked"),
    Sample("monitor.heat", WATCHES_FLOWS, AUDITOR),
    Sample("monitor.figures", WATCHES_FLOWS, DESIGNER),
    Sample("monitor.heat", WATCHES_FLOWS, ADMIN, {"show": "count"}, "monitor.heat-count"),
    Sample("monitor.show", WATCHES_FLOWS, DESIGNER, {"instance_id": RUNNING}),
    Sample("monitor.show", WATCHES_FLOWS, ADMIN, {"instance_id": STOPPED_FLOW}, "monitor.show-stopped"),
    Sample("processes.changes", EVERYONE, DESIGNER, {"definition_id": "1"}),
    Sample("replays.show", frozenset({ADMIN, DESIGNER}), DESIGNER, {"definition_id": "1"}),
    Sample("replays.cases", frozenset({ADMIN, DESIGNER}), DESIGNER, {"definition_id": "1"}),
    Sample("processes.plan", frozenset({ADMIN, DESIGNER}), DESIGNER, {"definition_id": "1"}),
    Sample("inbox.index", EVERYONE, APPROVER),
    *(
        Sample("inbox.index", EVERYONE, role, {"view": view}, f"inbox.index-{view}")
        for view, role in (
            ("at_risk", APPROVER),
            ("snoozed", APPROVER),
            ("done", APPROVER),
            ("started", APPLICANT),
            ("copies", AUDITOR),
        )
    ),
    Sample("inbox.show", TAKES_PART, APPROVER, {"task_id": TASK.format("approval")}),
    Sample("inbox.show", TAKES_PART, FINANCE, {"task_id": SIGNED}, "inbox.show-countersigned"),
    Sample("inbox.show", TAKES_PART, APPROVER, {"task_id": CHANGED}, "inbox.show-second-round"),
    Sample("inbox.show", TAKES_PART, FINANCE, {"task_id": TASK.format("issuing")}, "inbox.show-issuing"),
    Sample("inbox.show", TAKES_PART, APPLICANT, {"task_id": TASK.format("revision")}, "inbox.show-returned"),
    *(
        Sample(
            "verbs.ask", TAKES_PART, APPROVER, {"task_id": TASK.format("approval"), "verb": verb}, f"verbs.ask-{verb}"
        )
        for verb in ("transfer", "delegate", "add", "return", "copy", "comment", "snooze")
    ),
    Sample("invoices.show", TAKES_PART, FINANCE, {"invoice_id": INVOICE.format(1)}),
    Sample("invoices.show", TAKES_PART, FINANCE, {"invoice_id": INVOICE.format(0)}, "invoices.show-outside"),
    Sample("issuing.index", frozenset({FINANCE}), FINANCE),
    Sample("notices.index", EVERYONE, APPLICANT),
    Sample("notice_preferences.edit", EVERYONE, APPROVER),
    Sample("people.index", frozenset({ADMIN}), ADMIN),
    Sample("people.show", frozenset({ADMIN}), ADMIN, {"membership_id": "2"}),
    Sample("leaving.show", frozenset({ADMIN}), ADMIN, {"membership_id": "3"}),
    Sample("register.index", READS_ALL, FINANCE),
    Sample("register.verify", READS_ALL, AUDITOR),
    Sample("requests.index", EVERYONE, APPLICANT),
    Sample("requests.new", SUBMITS, APPLICANT),
    Sample(
        "requests.show",
        READS_ALL | {APPLICANT},
        APPLICANT,
        {"request_id": REQUEST.format("draft")},
        "requests.show-draft",
    ),
    Sample("requests.show", TAKES_PART, APPLICANT, {"request_id": REQUEST.format("approved")}),
    Sample("requests.edit", frozenset({APPLICANT}), APPLICANT, {"request_id": REQUEST.format("returned")}),
    Sample("api_docs.show", EVERYONE, ADMIN),
)
MAIN_PAGES = ("inbox.index", "inbox.show", "requests.index", "requests.new", "requests.show", "register.index")
STRANGERS_PAGES = ("accounts.log_in", "accounts.sign_up")
# What is no page to look at, and the pages that need more than an address.
NOT_PAGES = {
    "static": "files",
    "calendars.index": "leads on to the year",
    "drafts.edit": "needs a draft: test_designer.py",
    "drafts.cases": "needs a draft: test_designer.py",
    "drafts.download": "a diagram",
    "drafts.files": "needs a draft: test_designer.py",
    "drafts.findings": "for the editor's script",
    "drafts.package": "a package",
    "drafts.picture": "a diagram",
    "drafts.read": "for the editor's script",
    "drafts.read_number": "for the editor's script",
    "drafts.replay": "needs a draft: test_designer.py",
    "drafts.variables": "for the editor's script",
    "drafts.review": "needs a draft: test_designer.py",
    "health.check": "for machines",
    "home.index": "leads on to the page where the day begins",
    "mail_links.show": "needs a mail: test_mail_links.py",
    "notices.counts": "figures for a script",
    "notices.follow": "leads on to the page that a notice is about",
    "notices.open_notice": "leads on to the page that a notice is about",
    "api_docs.openapi": "for machines",
    "accounts.accept_invitation": "needs an invitation: test_sign_up.py",
    "chains.condition": "a part of the form",
    "customers.find": "a list for the type-ahead",
    "customers.similar": "a part of the form",
    "customers.tax_number": "a part of the form",
    "customers.template": "a workbook",
    "customers.export": "a workbook",
    "customers.show_import": "needs an upload: test_import.py",
    "customers.import_errors": "a workbook: test_import.py",
    "inbox.find_applicants": "a list for the type-ahead",
    "invoices.preview": "a PDF: test_main_path.py",
    "monitor.figures_file": "a file: test_monitor_figures.py",
    "monitor.heat_file": "a file: test_monitor_heat.py",
    "processes.picture": "a diagram",
    "processes.show_move": "needs a move: test_versions.py",
    "processes.download": "a diagram",
    "register.export": "a workbook: test_main_path.py",
    "requests.comment_file": "a file of a comment: test_comment_files.py",
    "requests.download": "an attachment",
    "requests.flow": "a diagram",
    "requests.headers": "a part of the form",
    "requests.list_customers": "a list for the type-ahead",
    "requests.sheet": "a PDF: test_main_path.py",
}


@pytest.fixture
def address(app: Flask, shared_product: ProductServer) -> Callable[[Sample], str]:
    """The address of a sample in the product that runs."""

    def find(sample: Sample) -> str:
        database = f"file:{shared_product.data / 'piaoflow.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as connection:
            values: dict[str, Any] = {
                name: connection.execute(value).fetchone()[0] if value.startswith("SELECT") else value
                for name, value in sample.values.items()
            }
        with app.test_request_context():
            return str(app.url_for(sample.endpoint, **values))

    return find


@pytest.mark.parametrize("available", ["sqlite"], indirect=True)
def test_every_page_is_looked_at_here_or_is_listed_with_a_reason(app: Flask) -> None:
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {name for name in found if not name[0].isupper()}  # the API's resources are written as classes
    assert pages - {sample.endpoint for sample in PAGES} - set(STRANGERS_PAGES) == set(NOT_PAGES)


@pytest.mark.parametrize("available", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", Role)
def test_each_role_sees_its_pages_and_is_refused_the_others(
    role: Role, visit: Visitors, address: Callable[[Sample], str]
) -> None:
    page = visit.person(role)
    wrong = []
    for sample in PAGES:
        status = page.request.get(address(sample)).status
        if (status == 200) != (role in sample.shown_to) or status not in (200, 403, 404):
            wrong.append(f"{sample}: {status}")
    assert wrong == []


@pytest.mark.parametrize("available", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh"), ("light", "zh"), ("dark", "en")])
def test_every_page_is_sound(theme: str, language: Language, visit: Visitors, address: Callable[[Sample], str]) -> None:
    every = (theme, language) in {("light", "en"), ("dark", "zh")}
    windows: dict[Role, Page] = {}
    faults: list[str] = []
    for sample in PAGES:
        if every or str(sample) in MAIN_PAGES:
            role = sample.best_seen_by
            page = windows.get(role) or windows.setdefault(role, visit.person(role, language=language, theme=theme))
            faults += _faults_of(page, address(sample), f"{sample}-{theme}-{language}", language)
    assert faults == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_the_pages_before_the_log_in_are_sound(path: str, language: Language, visit: Visitors) -> None:
    page = visit.stranger(language=language)
    assert _faults_of(page, path, f"{path[1:]}-{language}", language) == []


@pytest.mark.parametrize(("path", "status"), [("/no-such-page", 404), ("/people", 403), ("/requests/99999", 404)])
def test_a_refusal_is_a_sound_page_too(path: str, status: int, visit: Visitors) -> None:
    page = visit.person(APPLICANT)
    assert _faults_of(page, path, f"refused-{status}", "en", status=status) == []
    expect(page.locator("main a").first).to_be_visible()


def _faults_of(page: Page, path: str, name: str, language: Language, *, status: int = 200) -> list[str]:
    """What is wrong with a page, a line each; looks at it at a desk and on a phone."""
    page.set_viewport_size(screens.DESK)  # type: ignore[arg-type]
    answer = page.goto(path)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    expect(page.locator("bpmn-view:not([data-ready]), chart-view:not([data-ready])")).to_have_count(0)
    screens.take(page, f"{name}-desk")
    found = [] if answer and answer.status == status else [f"answered {answer and answer.status}"]
    found += [f"axe: {fault}" for fault in axe.faults(page)]
    found += [f"wider than the desk: {element}" for element in screens.wider_than_screen(page)]
    if page.locator("html").get_attribute("lang") != LANG[language]:
        found.append("is in another language")
    if not page.title().removesuffix("Piaoflow").strip(" ·") or page.locator("h1").count() != 1:
        found.append("has no title, or not one heading")
    if page.evaluate("document.getAnimations().some((one) => one.effect.getTiming().iterations === Infinity)"):
        found.append("moves for ever, which distracts its reader and keeps the processor busy")
    page.set_viewport_size(screens.PHONE)  # type: ignore[arg-type]
    screens.take(page, f"{name}-phone")
    found += [f"wider than the phone: {element}" for element in screens.wider_than_screen(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways on the phone")
    return [f"{name}: {fault}" for fault in found]
