"""The import contracts of pyproject.toml hold, and each of them breaks when its rule is broken."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# One broken rule each, in the order of the contracts.
FAULTS = {
    "models/orders.py": "import tasks.inbox\n",
    "web/pages.py": "import models.db\n",
    "tasks/inbox.py": "import flask\n",
    "tasks/flows.py": "import SpiffWorkflow\n",
    "engine/rows.py": "import sqlalchemy\n",
    "web/sheets.py": "import openpyxl\n",
    "models/circle/one.py": "import models.ring.two\n",
    "models/ring/two.py": "import models.circle.one\n",
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINT_IMPORTS), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    wide = {**os.environ, "COLUMNS": "200"}  # so that no contract's name is broken over two lines
    return subprocess.run(command, cwd=root, env=wide, capture_output=True, text=True, check=False)


def test_the_floors_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_contract_breaks_with_its_rule(tmp_path: Path) -> None:
    for package in ("web", "tasks", "engine", "models", "workflows", "models/circle", "models/ring"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for name in ("models/db.py", "web/app.py"):
        (tmp_path / name).write_text("import models.db\n" if name == "web/app.py" else "")
    for name, source in FAULTS.items():
        (tmp_path / name).write_text(source)

    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", lint(tmp_path).stdout, re.MULTILINE))

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]
    assert verdicts == dict.fromkeys(contracts, "BROKEN")
