"""A Chromium for the browser tests: the machine's, else one installed here. In CI its absence is a failure.

``python -m tests.support.browser`` gets it ready before the tests start.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
DOWNLOADED = ["chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"]
FLAGS = [
    "--no-sandbox",  # Chromium's sandbox does not start as root or in most containers; it only ever sees our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DEBIAN_PACKAGES = ["chromium", "fonts-noto-cjk"]
LOCK = Path(tempfile.gettempdir()) / "piaoflow-chromium.lock"


class BrowserMissing(Exception):
    """There is no Chromium, and none could be installed; the text says what to do."""


@contextmanager
def launched() -> Iterator[Browser]:
    """Run a headless Chromium; skip the test where there is none, but in CI fail."""
    try:
        program = ensure()
    except BrowserMissing as missing:
        if in_ci():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def ensure() -> Path:
    """Return the path of a Chromium, installing one (and a Chinese font) first if need be."""
    with LOCK.open("w") as lock:  # parallel test workers must not install it twice
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = find() or _install()
        if not has_chinese_font():
            _install_from_debian("fonts-noto-cjk")
    return found


def find() -> Path | None:
    """Return the Chromium of PIAOFLOW_CHROMIUM, of the PATH, or of Playwright's own downloads."""
    named = os.environ.get("PIAOFLOW_CHROMIUM")
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    if named or on_path:
        return Path(named or on_path or "")
    return next(
        (path for folder in _download_folders() for glob in DOWNLOADED for path in sorted(folder.glob(glob))), None
    )


def has_chinese_font() -> bool:
    """Return whether Chinese text shows as text; true where fontconfig cannot be asked."""
    fc_list = shutil.which("fc-list")
    return not fc_list or bool(subprocess.run([fc_list, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def in_ci() -> bool:
    """Return whether this is a CI run, where browser tests are never skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _download_folders() -> list[Path]:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    caches = [Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright"]
    return [Path(named), *caches] if named else caches


def _install() -> Path:
    print("No Chromium on this machine: installing one for the browser tests", flush=True)
    if not _install_from_debian(*DEBIAN_PACKAGES):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    found = find()
    if found is None:
        raise BrowserMissing(
            "The browser tests need Chromium, and installing one failed. Install the package chromium, "
            "or set PIAOFLOW_CHROMIUM to the path of Chromium or Chrome."
        )
    return found


def _install_from_debian(*packages: str) -> bool:
    """Install packages as root on Debian or Ubuntu; elsewhere do nothing and return False."""
    apt_get = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt_get:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = [["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]]
    return all(
        subprocess.run([apt_get, *step], env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for step in steps
    )


if __name__ == "__main__":
    try:
        ensure()
    except BrowserMissing as missing:
        print(missing)
        sys.exit(1 if in_ci() else 0)
