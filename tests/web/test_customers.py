"""The customers' pages, as people of each role meet them."""

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask

from models.access import Actor
from tasks import customers
from tasks.customers import CustomerDraft, HeaderDraft
from tests.conftest import Browser
from tests.support.sheets import workbook

TENCENT, ALIBABA = "9144030071526726XG", "91330100799655058B"
FORM = {"name": "腾讯科技（深圳）有限公司", "grade": "B", "header.kind": "organization", "header.tax_id": TENCENT}
HEADERS = ["Customer name", "Tax number", "Customer code"]


def page(answer: Any) -> str:
    return answer.get_data(as_text=True)


def add(browser: Browser, **changes: Any) -> str:
    """Add a customer through the form; the address of its page."""
    answer = browser.post("/customers/new", data=FORM | changes)
    assert answer.status_code == 303, page(answer)
    return answer.location


def test_a_newcomer_is_told_what_to_do_next(as_user: Callable[[str], Browser]) -> None:
    shown = page(as_user("alice").get("/customers"))
    assert "No customer yet" in shown
    assert "/customers/new" in shown
    assert "/customers/import" in shown


@pytest.mark.parametrize("path", ["/customers/new", "/customers/import"])
def test_every_form_shows(as_user: Callable[[str], Browser], path: str) -> None:
    assert as_user("alice").get(path).status_code == 200


def test_a_customer_is_added_found_shown_and_edited(as_user: Callable[[str], Browser]) -> None:
    alice = as_user("alice")
    address = add(alice)
    shown = page(alice.get(address))
    assert "C00001" in shown
    assert "Default" in shown
    assert "腾讯" in page(alice.get("/customers?q=txkj"))
    assert "No customer fits" in page(alice.get("/customers?q=nobody"))
    revision = re.search(r'name="revision" value="(\d+)"', page(alice.get(f"{address}/edit")))
    assert revision
    assert alice.post(f"{address}/edit", data={"name": "New", "revision": revision[1]}).status_code == 303
    stale = alice.post(f"{address}/edit", data={"name": "Newer", "revision": revision[1]})
    assert stale.status_code == 409
    assert "Newer" in page(stale)
    assert "Somebody else has changed New" in page(stale)
