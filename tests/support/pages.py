"""The request form and its pages as a browser sends and a person reads them."""

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from tests.conftest import Browser
from tests.support.requests import form_of


def text_of(response: TestResponse) -> str:
    """The page as it is read: no tags, single blanks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def rows_in(response: TestResponse) -> int:
    """How many requests a list shows."""
    assert response.status_code == 200
    return response.text.count("<tr data-row")


def id_in(response: TestResponse) -> int:
    """The id of the request that an answer leads to."""
    found = re.search(r"/requests/(\d+)", response.location or "")
    assert found, response.location
    return int(found[1])


def send(browser: Browser, form: dict[str, Any], action: str = "save", url: str = "/requests/new") -> TestResponse:
    """Press a button of the form."""
    return browser.post(url, data=form | {"action": action})


def submitted(browser: Browser, buyer: dict[str, int]) -> int:
    """The id of a request that was just submitted."""
    return id_in(send(browser, form_of(buyer), "submit"))
