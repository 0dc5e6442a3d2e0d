"""Diagrams of other tools in the editor: opened and saved, they keep everything that they came with.

The reference diagrams of the BPMN Model Interchange Working Group, from the folder that `PIAOFLOW_CONFORMANCE` names.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from models.access import Role
from tests.browser.test_designer import open_draft
from tests.support.visitors import Visitors

ROOT = Path(__file__).parents[2]
SUITE = Path(os.environ.get("PIAOFLOW_CONFORMANCE") or ROOT.parent / "shared" / "conformance") / "miwg"
FILE = "files/invoice_request.bpmn"
# What the schemas of BPMN say of an attribute that is left out: writing it or not says the same.
DEFAULTS = {
    "associationDirection": "None",
    "behavior": "All",
    "cancelActivity": "true",
    "completionQuantity": "1",
    "eventGatewayType": "Exclusive",
    "expressionLanguage": "http://www.w3.org/1999/XPath",
    "gatewayDirection": "Unspecified",
    "instantiate": "false",
    "isClosed": "false",
    "isCollection": "false",
    "isExecutable": "false",
    "isForCompensation": "false",
    "isImmediate": "true",
    "isInterrupting": "true",
    "isMarkerVisible": "true",
    "isSequential": "false",
    "messageVisibleKind": "initiating",
    "parallelMultiple": "false",
    "processType": "None",
    "startQuantity": "1",
    "testBefore": "false",
    "textFormat": "text/plain",
    "triggeredByEvent": "false",
    "typeLanguage": "http://www.w3.org/2001/XMLSchema",
}
SAVE = """async ([url, text]) => {
  const { number } = await (await fetch(url)).json();
  const headers = {
    'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content, 'Content-Type': 'application/json',
  };
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ text, based_on: number }) });
  return answer.status;
}"""
READ = "async (url) => (await (await fetch(url)).json()).text"


@pytest.mark.skipif(not SUITE.is_dir(), reason="the reference diagrams are not here")
def test_every_reference_diagram_opens_is_checked_and_is_saved_whole(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER, language="zh")
    address = open_draft(page, "zh")
    lost = {path.name: missing for path in sorted(SUITE.glob("*.bpmn")) if (missing := lost_of(page, address, path))}
    assert lost == {}


def lost_of(page: Page, address: str, path: Path) -> list[str]:
    """What a file has no more when the editor has opened and saved it."""
    written = path.read_bytes()
    text = etree.tostring(etree.fromstring(written), encoding="unicode")
    page.goto(f"{address}/publish")  # a page without the editor, which would save its own text meanwhile
    assert page.evaluate(SAVE, [f"{address}/{FILE}", text]) == 200
    page.goto(address)
    expect(page.locator("[data-draft][data-ready]")).to_be_attached()
    page.locator("[data-status]").evaluate("status => { status.dataset.state = ''; }")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator("[data-status]")).to_have_attribute("data-state", "saved")
    saved = str(page.evaluate(READ, f"{address}/{FILE}"))
    return [" ".join(row) for row in contents(written) - contents(saved.encode())]


def contents(xml: bytes) -> Counter[tuple[str, str, str]]:
    """Every element, attribute and text of a file: where it stands, what it is called, what it says."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, remove_blank_text=True)
    found: Counter[tuple[str, str, str]] = Counter()
    _gather(etree.fromstring(xml, parser), "", found)
    return found


def _gather(element: Any, above: str, found: Counter[tuple[str, str, str]]) -> None:
    identity = element.get("id", "")
    # Another name of the same element stands for its type, and so does an `xsi:type` that the schema implies.
    place = f"{above}/{etree.QName(element).localname.replace('formalExpression', 'expression')} {identity}"
    found[place, "", " ".join((element.text or "").split())] += 1
    for key, value in element.attrib.items():
        name = etree.QName(key).localname
        is_implied = DEFAULTS.get(name) == value or (name == "type" and value.endswith(("FormalExpression", ":Point")))
        if not is_implied:
            found.setdefault((place, name, _plain(value)), 1)
    for child in element:
        _gather(child, identity or place, found)


def _plain(value: str) -> str:
    try:
        return str(float(value))
    except ValueError:
        return " ".join(value.split())
