"""The built front end: its addresses, how it is sent, and that nothing is asked for which it does not have."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web import assets
from web.assets import DIST, FrontEndMissing, asset, asset_path

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.fixture
def browser() -> FlaskClient:
    app = Flask("web")
    assets.init_app(app)
    return app.test_client()


def test_a_file_is_addressed_by_the_hash_of_its_content() -> None:
    assert re.fullmatch(r"/static/dist/app-[0-9A-Z]{8}\.css", asset("app.css"))


def test_the_fonts_of_the_documents_are_there() -> None:
    for weight in ("400Regular", "700Bold"):
        assert asset_path(f"fonts/NotoSansSC_{weight}.ttf").stat().st_size > 1_000_000


def test_a_file_that_the_build_does_not_make_is_refused_by_name() -> None:
    with pytest.raises(FrontEndMissing, match=r"no file named app\.less"):
        asset("app.less")


def test_every_file_of_the_manifest_exists() -> None:
    names = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    assert names
    assert [name for name in names.values() if not (DIST / name).is_file()] == []


@pytest.mark.parametrize(("accepted", "sent"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)])
def test_a_file_is_sent_as_small_as_the_browser_can_read_it(
    browser: FlaskClient, accepted: str, sent: str | None
) -> None:
    answer = browser.get(asset("app.js"), headers={"Accept-Encoding": accepted}, buffered=True)
    assert answer.status_code == 200
    assert answer.content_encoding == sent
    assert answer.mimetype == "text/javascript"
    assert "Accept-Encoding" in answer.vary


def test_a_path_outside_the_static_folder_is_not_found(browser: FlaskClient) -> None:
    assert browser.get("/static/../assets.py").status_code == 404


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', asset_path("icons.svg").read_text(encoding="utf-8")))
    named = {
        (page.name, icon)
        for page in (WEB / "templates").rglob("*.html")
        for icon in re.findall(r"\b(?:icon|empty_state)\('([a-z0-9-]+)'", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    missing = {(page, icon) for page, icon in named if icon not in sprite}
    assert missing == set(), "build the front end again: node web/frontend/build.mjs"


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEB / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    assert len(lock["packages"]) > 20
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
