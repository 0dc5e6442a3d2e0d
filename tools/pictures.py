"""Take the pictures of the guides: the product with the demo company, seen in Chromium, in both languages.

``python tools/pictures.py [NAME…]`` writes docs/pictures/{en,zh}/NAME.webp; nothing else depends on them.
"""

from __future__ import annotations

import base64
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from models.access import Role
from tests.support import browser, screens
from tests.support.backstage import backstage
from tests.support.inboxes import fill_inbox
from tests.support.mail_links import link_into
from tests.support.server import ProductServer
from tests.support.visitors import Language, Visitors, visitors

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LARGEST = 80_000  # bytes
LOW = {"width": 1280, "height": 560}
ENVIRONMENT = {"DATABASE_URL": "", "PIAOFLOW_CLOCK": "0", "PIAOFLOW_LANGUAGE": "zh", "PIAOFLOW_LOG_LEVEL": "WARNING"}

OPEN = "SELECT max(id) FROM human_task AS task WHERE status = 'open' AND form_key = 'approval' AND "
SIGNED = OPEN + "EXISTS (SELECT 1 FROM task_signer WHERE task_id = task.id AND status = 'approved')"
ADVISED = OPEN + "EXISTS (SELECT 1 FROM task_signer WHERE task_id = task.id AND status = 'advised')"
CHANGED = OPEN + "subject_id = (SELECT id FROM invoice_request WHERE contract_number LIKE '%-0316')"
PARALLEL = "SELECT max(subject_id) FROM human_task WHERE title_zh = '法务审核'"
MANY = 50
WEBP = """async ([png, quality]) => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + png;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  canvas.getContext('2d').drawImage(picture, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""

Act = Callable[[Page], Locator | None]


def whole(_page: Page) -> None:
    """The window as it is."""


def part(selector: str) -> Act:
    """One part of the page."""
    return lambda page: page.locator(selector).first


def select_rows(page: Page) -> None:
    """Four rows, so that the bar below shows their sum."""
    for box in page.locator("[data-row] input[type=checkbox]").all()[:4]:
        box.check()


def open_menu(page: Page) -> Locator:
    """The document with everything else that can be done."""
    page.locator(".decision-bar .menu summary").click()
    return page.locator("#document")


def open_verb(verb: str) -> Act:
    """The dialog of a verb."""

    def act(page: Page) -> Locator:
        page.locator(".decision-bar .menu summary").click()
        page.locator(f".menu-panel a[href*='/{verb}']").click()
        expect(page.locator("#verb-dialog form")).to_be_visible()
        return page.locator("#verb-dialog")

    return act


def open_step(page: Page) -> Locator:
    """The third step of the chain, with its condition."""
    step = page.locator("tr.chain-step").nth(2)
    step.locator(".chain-details > summary").click()
    return step


def ask_who(page: Page) -> Locator:
    """The answer of the chain editor for a large request."""
    page.locator("#field-preview-amount").fill("588800")
    page.locator("#field-preview-person").select_option(label="王强")
    page.locator("button[name=action][value=preview]").click()
    expect(page.locator("#chain-preview-steps")).to_be_visible()
    return page.locator("section[aria-labelledby=chain-preview]")


def choose_approvers(page: Page) -> Locator:
    """A request in which the applicant has chosen two."""
    page.locator("#field-lines-0-name").fill("软件开发服务")
    page.locator("#field-lines-0-amount").fill("246000")
    picker = page.locator("#request-choices select")
    expect(picker).to_be_attached()
    picker.evaluate(
        "select => select.tomselect.setValue([...select.options].slice(1, 3).map((option) => option.value))"
    )
    expect(page.locator("#request-approvers li").first.locator("div")).to_have_count(2)
    return page.locator("#request-choices .card")


def approve_many(page: Page) -> None:
    """A bulk decision that has come to its second part."""
    parts: list[Route] = []

    def let_the_first_through(route: Route) -> None:
        parts.append(route)
        if len(parts) == 1:
            route.continue_()

    page.route("**/inbox/approve*", let_the_first_through)
    page.locator("[data-select-all]").check()
    page.locator("#bulk button[type=submit]").click()
    page.get_by_role("dialog").locator("[data-confirm-agree]").click()
    expect(page.locator("[data-result]")).to_have_count(10)


@dataclass(frozen=True)
class Picture:
    """Who looks at which page, after what; `{…}` in the path is a query for an id. A busy page waits for its server."""

    name: str
    role: Role | None
    path: str
    act: Act = whole
    query: str = "SELECT 0"
    size: dict[str, int] | None = None
    is_busy: bool = False


PICTURES = (
    Picture("inbox", Role.APPROVER, "/inbox/{id}", query=CHANGED),
    Picture("signers", Role.FINANCE, "/inbox/{id}", part("section[aria-labelledby=signers-heading]"), SIGNED),
    Picture("bulk", Role.APPROVER, "/inbox", select_rows, size=LOW),
    Picture("more", Role.APPROVER, "/inbox/{id}", open_menu, ADVISED),
    Picture("return", Role.FINANCE, "/inbox/{id}", open_verb("return"), SIGNED),
    Picture("add-signer", Role.APPROVER, "/inbox/{id}", open_verb("add"), CHANGED),
    Picture("inbox-phone", Role.APPROVER, "/inbox", size=screens.PHONE),
    Picture("task-phone", Role.APPROVER, "/inbox/{id}", query=CHANGED, size=screens.PHONE),
    Picture("mail-link", None, "{link}", size=screens.PHONE),
    Picture("notice-preferences", Role.APPROVER, "/notices/preferences", part("main form")),
    Picture("chains", Role.ADMIN, "/chains", size=LOW),
    Picture("gallery", Role.ADMIN, "/chains/-/gallery"),
    Picture("chain-editor", Role.ADMIN, "/chains/key_contract", part("section[aria-labelledby=chain-steps]")),
    Picture("condition", Role.ADMIN, "/chains/key_contract", open_step),
    Picture("who-approves", Role.ADMIN, "/chains/key_contract", ask_who),
    Picture("departments", Role.ADMIN, "/departments", size=LOW),
    Picture("delegations", Role.ADMIN, "/delegations", size=LOW),
    Picture("leaver", Role.ADMIN, "/people/7/leave"),
    Picture("calendar", Role.ADMIN, "/calendar/2026"),
)
# What the demo does not have, see `set_the_stage`. These are taken last, so that the others show the plain demo.
STAGED = (
    Picture("parallel-steps", Role.ADMIN, "/chains/tender", part("section[aria-labelledby=chain-steps]")),
    Picture("parallel-task", Role.ADMIN, "/requests/{id}", part("section[aria-labelledby=timeline-heading]"), PARALLEL),
    Picture("choice", Role.APPLICANT, "/requests/new?customer_id=1", choose_approvers),
    Picture(
        "bulk-progress",
        Role.APPROVER,
        f"/inbox?min_amount=100&max_amount={100 + MANY}",
        approve_many,
        size=LOW,
        is_busy=True,
    ),
)


def set_the_stage(data: Path) -> None:
    """A chain with steps at the same time and a request in it, one that the applicant chooses for, a full inbox."""
    with backstage(data) as stage:
        stage.end_delegations()
        law = stage.asks("Legal", ["legal"], title_zh="法务审核", key="law")
        money = stage.asks("Finance", ["finance"], title_zh="财务审核", key="money", alongside="yes")
        last = stage.asks("Company approval", ["admin"], title_zh="公司负责人审批", key="last")
        stage.claim("tender", [law, money, last], 236_000, name="Tender", name_zh="投标项目审批")
        choice = {"kind": "initiator_choice", "several": "true"}
        expert = {"title": "Experts", "title_zh": "专家审核", "approvers": choice, "mode": "all", "key": "experts"}
        stage.claim("experts", [expert], 246_000, name="With experts", name_zh="专家审核")
        stage.submit("236000.00")
    fill_inbox(data, [f"{100 + number}.00" for number in range(MANY)])


def main() -> None:
    """Take all pictures, or those that are named."""
    with tempfile.TemporaryDirectory() as folder:
        product = ProductServer(Path(folder) / "data", ENVIRONMENT)
        product.run("db", "upgrade")
        product.run("demo")
        with product as server, browser.launched() as chromium, visitors(chromium, server.url, {}) as opened:
            take_all(opened, PICTURES, product.data)
            set_the_stage(product.data)
            take_all(opened, STAGED, product.data)


def take_all(opened: Visitors, pictures: Sequence[Picture], data: Path) -> None:
    """Those of `pictures` that are wanted, in both languages."""
    wanted = [picture for picture in pictures if not sys.argv[1:] or picture.name in sys.argv[1:]]
    for language in LANGUAGES:
        windows: dict[Role | None, Page] = {}
        for picture in wanted:
            window = windows.get(picture.role) or windows.setdefault(picture.role, look(opened, picture.role, language))
            take(window, picture, language, address_of(picture, data))


def look(opened: Visitors, role: Role | None, language: Language) -> Page:
    """A window of somebody with `role`; of a stranger, where it is None."""
    return opened.person(role, language=language) if role else opened.stranger(language=language)


def take(window: Page, picture: Picture, language: Language, address: str) -> None:
    """Write one picture, and print how large it is."""
    page = window.context.new_page()
    page.set_viewport_size(picture.size or screens.DESK)  # type: ignore[arg-type]
    page.goto(address)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    expect(page.locator("bpmn-view:not([data-ready])")).to_have_count(0)
    shown = picture.act(page)
    if not picture.is_busy:
        page.wait_for_load_state("networkidle")
    written = smaller(window, (shown or page).screenshot(animations="disabled"))
    path = FOLDER / language / f"{picture.name}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)
    page.close()
    print(f"{language}/{picture.name}: {len(written):,} bytes", flush=True)


def address_of(picture: Picture, data: Path) -> str:
    """Where the picture is taken, with the ids of this demo."""
    if "{link}" in picture.path:
        return link_into(data)
    with closing(sqlite3.connect(data / "piaoflow.db")) as connection:
        return picture.path.format(id=connection.execute(picture.query).fetchone()[0])


def smaller(window: Page, png: bytes) -> bytes:
    """The picture as WebP of at most `LARGEST` bytes. `window` is any page of the product."""
    for quality in (0.9, 0.8, 0.7, 0.6, 0.5):
        found = base64.b64decode(window.evaluate(WEBP, [base64.b64encode(png).decode(), quality]))
        if len(found) <= LARGEST:
            return found
    raise SystemExit(f"A picture is larger than {LARGEST:,} bytes. Show a smaller part of the page.")


if __name__ == "__main__":
    main()
