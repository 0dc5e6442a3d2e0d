"""One Chromium and one running product with demo data for all browser tests of a worker; a window of its own per test.

They end with the last of these tests, not with the session: Playwright keeps an event loop running in the thread.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium

from tests.browser.plays import Windows, windows_on
from tests.support import browser
from tests.support.backstage import Backstage, backstage
from tests.support.incidents import stop_a_flow
from tests.support.server import ProductServer
from tests.support.visitors import Visitors, visitors

# The browser's tests are about pages: they run on SQLite, whatever the environment names, and without the clock.
ENVIRONMENT = {"DATABASE_URL": "", "PIAOFLOW_CLOCK": "0", "PIAOFLOW_LANGUAGE": "zh", "PIAOFLOW_LOG_LEVEL": "WARNING"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests together, in whatever order they are: they share what is dear to start."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Chromium]:
    with browser.launched() as launched:
        yield launched


@pytest.fixture(scope="package")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `piaoflow demo` leaves it. Copy it: nobody may change it."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    product = ProductServer(folder, ENVIRONMENT)
    product.run("db", "upgrade")
    product.run("demo")
    return folder


@pytest.fixture(scope="package")
def shared_product(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductServer]:
    """The product with demo data, for tests that leave others' requests and the company's settings alone."""
    folder = shutil.copytree(demo_data, tmp_path_factory.mktemp("shared") / "data")
    stop_a_flow(folder)
    with ProductServer(folder, ENVIRONMENT) as server:
        yield server


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    return {}


@pytest.fixture
def visit(chromium: Chromium, shared_product: ProductServer, sessions: dict[str, Any]) -> Iterator[Visitors]:
    """Windows on the product that all tests share."""
    with visitors(chromium, shared_product.url, sessions) as opened:
        yield opened


@pytest.fixture
def visit_own(chromium: Chromium, demo_data: Path, tmp_path: Path) -> Iterator[Visitors]:
    """Windows on a demo company of the test's own, where it may change whatever it likes."""
    folder = shutil.copytree(demo_data, tmp_path / "data")
    with ProductServer(folder, ENVIRONMENT) as server, visitors(chromium, server.url) as opened:
        yield opened


@pytest.fixture
def visit_empty(chromium: Chromium, tmp_path: Path) -> Iterator[Visitors]:
    """Windows on a product that knows nobody yet."""
    product = ProductServer(tmp_path / "data", ENVIRONMENT)
    product.run("db", "upgrade")
    with product as server, visitors(chromium, server.url) as opened:
        yield opened


@pytest.fixture(scope="package")
def stage_product(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductServer]:
    """The product with demo data, for tests that set the stage behind its pages, each with chains of its own."""
    folder = shutil.copytree(demo_data, tmp_path_factory.mktemp("stage") / "data")
    with ProductServer(folder, ENVIRONMENT) as server:
        yield server


@pytest.fixture(scope="package")
def stage(stage_product: ProductServer) -> Iterator[Backstage]:
    """Its company, in which nobody sits in for anybody."""
    with backstage(stage_product.data) as opened:
        opened.end_delegations()
        yield opened


@pytest.fixture(scope="package")
def windows(chromium: Chromium, stage_product: ProductServer, stage: Backstage) -> Iterator[Windows]:
    with windows_on(chromium, stage_product.url, stage) as opened:
        yield opened
