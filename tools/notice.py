"""Third-party licences: ``write`` them into NOTICE, or ``check`` that NOTICE names every locked package and version."""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
NOTICE = ROOT / "NOTICE"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
LONGEST_NAME = 40  # some distributions put the whole text of the licence where its name belongs
NOT_SAID = {"pysqlite3": "Zlib", "spiffworkflow": "LGPL-3.0"}  # absent or misspelt in the package's own metadata

HEAD = """\
Piaoflow 票流
Copyright the Piaoflow authors

This product is licensed under the Apache License, Version 2.0 (see LICENSE).

It runs with the packages below, each under its own licence, none of them changed. SpiffWorkflow and psycopg are under
the LGPL: both are installed as separate Python packages and can be replaced by other versions of themselves.
The bpmn.io watermark on diagrams must stay visible: bpmn-js's licence asks for it.
"""


class Package(NamedTuple):
    """One package the product is delivered with."""

    name: str
    version: str
    licence: str


def main(step: str) -> None:
    """Run ``write`` or ``check``; the latter exits with 1 when NOTICE is behind the lock files."""
    if step == "write":
        NOTICE.write_text(render())
        return
    said = NOTICE.read_text()
    behind = [f"{name} {version}" for name, version in pinned() if f"{name} {version} " not in said]
    print(f"NOTICE lacks {', '.join(behind)}: run make notice" if behind else "NOTICE is complete")
    sys.exit(1 if behind else 0)


def render() -> str:
    """Return the text of NOTICE: what is ours, then a list for Python and one for the browser."""
    python = [Package(name, version, python_licence(name)) for name, version in python_packages()]
    parts = {"Python packages": python, "Packages in the browser's bundle": list(npm_packages())}
    lists = [f"{title}\n{'-' * len(title)}\n" + "\n".join(map(line, rows)) + "\n" for title, rows in parts.items()]
    return "\n".join([HEAD, *lists])


def line(package: Package) -> str:
    """Return one row of NOTICE."""
    return f"{package.name} {package.version} ({package.licence})"


def pinned() -> Iterator[tuple[str, str]]:
    """Yield name and version of every locked package."""
    yield from python_packages()
    yield from ((package.name, package.version) for package in npm_packages())


def python_packages() -> list[tuple[str, str]]:
    """Return name and version of each package in the runtime's lock file."""
    return PINNED.findall((ROOT / "requirements.lock").read_text())


def npm_packages() -> Iterator[Package]:
    """Yield the locked npm packages that end up in the bundle, without the tools that build it."""
    lock = json.loads((ROOT / "web" / "frontend" / "package-lock.json").read_text())
    for path, entry in sorted(lock["packages"].items()):
        if path and not entry.get("dev") and not entry.get("optional"):
            name = path.rpartition("node_modules/")[2]
            yield Package(name, entry["version"], entry.get("license", "see package"))


def python_licence(name: str) -> str:
    """Return the licence an installed distribution declares: expression, else short name, else classifier."""
    if name in NOT_SAID:
        return NOT_SAID[name]
    try:
        declared = metadata(name)
    except PackageNotFoundError:
        return "another platform's package"
    short = first(declared.get_all("License"))
    named = short if len(short) <= LONGEST_NAME and "\n" not in short else ""
    classifiers = [entry for entry in declared.get_all("Classifier") or [] if entry.startswith("License ::")]
    return first(declared.get_all("License-Expression")) or named or first(classifiers).rpartition(" :: ")[2]


def first(values: list[str] | None) -> str:
    """Return the first of some values, or nothing."""
    return values[0] if values else ""


if __name__ == "__main__":
    main(sys.argv[1])
