"""Accessibility faults of a page, as axe-core sees them (WCAG 2.2, levels A and AA)."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def faults(page: Page, *, without_rules: list[str] | None = None, outside: list[str] | None = None) -> list[str]:
    """Return one line for each fault on the page: rule, what it asks for, the elements. No fault, empty list.

    What the selectors `outside` find is left out: the canvas of a library, say.
    """
    # evaluate() comes through the debugger, so it works under a strict content security policy; a script tag would not.
    page.evaluate(_source())
    options = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {rule: {"enabled": False} for rule in without_rules or []},
        "resultTypes": ["violations"],
    }
    result: dict[str, Any] = page.evaluate(
        "([outside, options]) => axe.run({ exclude: outside.map((one) => [one]) }, options)", [outside or [], options]
    )
    return [
        f"{fault['id']}: {fault['help']}: {', '.join(str(node['target'][0]) for node in fault['nodes'])}"
        for fault in result["violations"]
    ]


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
