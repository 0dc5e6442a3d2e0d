"""The command line: promised commands, refusals in one line, never a traceback."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from models.access import Actor
from tasks.accounts import identify_token
from tests.conftest import PASSWORD, SECRET_KEY
from web import migrations
from web.cli import COMMANDS, main

DATA = Path(__file__).parents[1] / "data"
FLOWS = Path(__file__).parents[2] / "workflows"
Run = Callable[..., Result]


@pytest.fixture
def piaoflow(app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the test's database."""

    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PIAOFLOW_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PIAOFLOW_SECRET_KEY", SECRET_KEY)
    monkeypatch.setattr(migrations, "is_current", lambda _app: True)  # made by create_all; see test_migrations

    def run(*arguments: object, text: str | None = None) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=text)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2
    assert result.stdout == "" or "…" in result.stdout
    assert result.stderr.startswith("piaoflow: ")
    for word in words:
        assert word in result.stderr


def test_help_lists_every_command() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout
    assert all(name in listed for name in COMMANDS)


def test_every_command_explains_itself() -> None:
    for name in COMMANDS:
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0
        assert len(result.stdout) > 80


def test_taxid_judges_the_published_numbers_as_listed() -> None:
    for name in ("uscc_valid.csv", "uscc_synthetic_valid.csv"):
        assert all(verdict["level"] == "ok" for verdict in taxid(_numbers(name)))


def test_taxid_answers_one_line_for_each_line_whatever_stands_there() -> None:
    lines = ["", "x", "91350211M000100Y43", "９１", "a" * 500, '"']
    assert [verdict["input"] for verdict in taxid(lines)] == lines


def taxid(numbers: list[str]) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["taxid"], input="\n".join(numbers) + "\n")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def _numbers(name: str) -> list[str]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        column = next(name for name in rows.fieldnames or [] if name in ("uscc", "code", "number", "tax_id", "input"))
        return [row[column] for row in rows]


def test_taxid_starts_fast_because_it_loads_neither_database_nor_web() -> None:
    program = "import sys; from web.cli import main; main(['taxid'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], input="x\n", capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"sqlalchemy", "flask", "SpiffWorkflow", "lxml"}


def test_a_wrong_setting_is_named(piaoflow: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    refused(piaoflow("serve"), "PORT", "eighty")


def test_a_new_installation_gets_its_tables(tmp_path: Path) -> None:
    environment = {**os.environ, "PIAOFLOW_DATA": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    program = "from web.cli import main; main(['user', 'list'])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_of_another_version_is_refused(piaoflow: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "is_current", lambda _app: False)
    refused(piaoflow("serve"), "piaoflow db upgrade")


def test_a_database_that_cannot_be_opened_is_named_in_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "PIAOFLOW_DATA": str(tmp_path), "DATABASE_URL": "sqlite:////nowhere/at/all.db"}
    program = "from web.cli import main; main(['user', 'list'])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the database cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_worker_says_that_on_sqlite_the_server_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIAOFLOW_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    result = CliRunner().invoke(main, ["worker"])
    assert result.exit_code == 1
    assert "piaoflow serve" in result.stderr


def test_a_token_is_printed_alone_and_lets_its_person_in(piaoflow: Run, app: Flask, people: dict[str, Actor]) -> None:
    result = piaoflow("token", "create", "--user", "alice@acme.example")
    assert result.exit_code == 0
    (secret,) = result.stdout.splitlines()
    with app.app_context():
        identity = identify_token(secret)
    assert identity is not None
    assert identity.actor.user_id == people["alice"].user_id
    assert identity.actor.roles == people["alice"].roles


def test_a_token_for_several_companies_needs_one_named(piaoflow: Run, people: dict[str, Actor]) -> None:
    add = ("user", "add", "--email", "alice@acme.example", "--name", "Alice", "--role", "auditor")
    assert piaoflow(*add, "--company", "Other", text="\n").exit_code == 0
    refused(piaoflow("token", "create", "--user", "alice@acme.example"), "several companies", "Acme", "Other")
    chosen = piaoflow("token", "create", "--user", "alice@acme.example", "--company", "Other")
    assert chosen.exit_code == 0


def test_nobody_gets_no_token(piaoflow: Run, people: dict[str, Actor]) -> None:
    refused(piaoflow("token", "create", "--user", "nobody@acme.example"), "nobody@acme.example")


def test_a_person_is_added_listed_and_shut_out(piaoflow: Run, app: Flask, people: dict[str, Actor]) -> None:
    add = ("user", "add", "--email", "Eva@acme.example", "--name", "Eva", "--company", "Acme", "--role", "finance")
    assert piaoflow(*add, text=f"{PASSWORD}\n").exit_code == 0
    assert "eva@acme.example\tEva\tAcme\tfinance\n" in piaoflow("user", "list").stdout
    secret = piaoflow("token", "create", "--user", "eva@acme.example").stdout.strip()
    assert piaoflow("user", "deactivate", "eva@acme.example").exit_code == 0
    assert "eva@acme.example\tEva\tAcme\tfinance\t(inactive)" in piaoflow("user", "list").stdout
    with app.app_context():
        assert identify_token(secret) is None


def test_a_weak_password_and_a_second_account_are_refused(piaoflow: Run, people: dict[str, Actor]) -> None:
    add = ("user", "add", "--name", "Eva", "--company", "Acme", "--role", "finance", "--email")
    refused(piaoflow(*add, "eva@acme.example", text="short\n"))
    refused(piaoflow(*add, "bob@acme.example", text=f"{PASSWORD}\n"), "bob@acme.example", "already")
    refused(piaoflow("user", "password", "bob@acme.example", text="short\n"))


def test_a_new_password_works_and_the_old_one_no_longer(piaoflow: Run, app: Flask, people: dict[str, Actor]) -> None:
    from models.errors import AppError
    from tasks.accounts import log_in

    assert piaoflow("user", "password", "bob@acme.example", text="quiet river under glass\n").exit_code == 0
    with app.app_context():
        assert log_in("bob@acme.example", "quiet river under glass")
        with pytest.raises(AppError):
            log_in("bob@acme.example", PASSWORD)


def test_the_shipped_flow_has_no_fault() -> None:
    files = [*FLOWS.glob("bpmn/*.bpmn"), *FLOWS.glob("dmn/*.dmn")]
    result = CliRunner().invoke(main, ["process", "check", *map(str, files)])
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("not xml at all", ""),
        ('<!DOCTYPE x [<!ENTITY e "boo">]><definitions/>', "DOCTYPE"),
        ('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', ""),
    ],
)
def test_a_faulty_diagram_is_told_in_json_lines(text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "faulty.bpmn"
    path.write_text(text)
    result = CliRunner().invoke(main, ["process", "check", str(path)])
    assert result.exit_code == 1
    faults = [json.loads(line) for line in result.stdout.splitlines()]
    assert faults
    assert all(fault["severity"] == "error" and fault["file"] == str(path) for fault in faults)
    assert word in faults[0]["message"]


BROKEN = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="https://example.invalid">
  <process id="p" isExecutable="true">
    <startEvent id="start"/>
    <exclusiveGateway id="which"/>
    <endEvent id="good"/>
    <endEvent id="bad"/>
    <sequenceFlow id="to_which" sourceRef="start" targetRef="which"/>
    <sequenceFlow id="to_good" sourceRef="which" targetRef="good">
      <conditionExpression>amount &gt;</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="to_bad" sourceRef="which" targetRef="bad"/>
  </process>
</definitions>"""


def test_each_fault_names_its_element_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "broken.bpmn"
    path.write_text(BROKEN)
    result = CliRunner().invoke(main, ["process", "check", str(path)])
    assert result.exit_code == 1
    faults = {(fault["element"], fault["code"]): fault for fault in map(json.loads, result.stdout.splitlines())}
    assert faults["which", "gateway.no_default"]["fix"] == "Mark one of its flows as the default flow."
    assert "“which”" in faults["which", "gateway.no_default"]["message"]
    assert "line 1, column 9" in faults["to_good", "expression.invalid"]["message"]
    assert ("to_bad", "gateway.no_condition") in faults
    assert all(fault.keys() == {"file", "severity", "code", "element", "message", "fix"} for fault in faults.values())


def test_the_faults_are_told_in_the_chosen_language(tmp_path: Path) -> None:
    path = tmp_path / "broken.bpmn"
    path.write_text(BROKEN)
    result = CliRunner().invoke(main, ["process", "check", "--language", "zh", str(path)])
    (wrong,) = [fault for fault in map(json.loads, result.stdout.splitlines()) if fault["code"] == "expression.invalid"]
    assert "有误" in wrong["message"]
    reason = wrong["message"].rpartition("：")[2]
    assert any("一" <= character <= "鿿" for character in reason)  # the reason inside it too


def test_a_warning_alone_is_no_failure(tmp_path: Path) -> None:
    source = (
        (FLOWS / "bpmn" / "invoice_request.bpmn")
        .read_text()
        .replace('name="role" value="finance"', 'name="x" value=""')
    )
    path = tmp_path / "warned.bpmn"
    path.write_text(source)
    result = CliRunner().invoke(main, ["process", "check", str(path), *map(str, FLOWS.glob("dmn/*.dmn"))])
    assert result.exit_code == 0
    assert [json.loads(line)["code"] for line in result.stdout.splitlines()] == ["task.nobody"]


def test_a_diagram_of_another_system_is_imported(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "engine" / "imports" / "camunda7.bpmn"
    target = tmp_path / "ours.bpmn"
    result = CliRunner().invoke(main, ["process", "import", str(source), "--output", str(target)])
    assert result.exit_code == 0
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert {item["kind"] for item in said} == {"change", "open"}
    order = next(item for item in said if item["code"] == "import.service")
    assert (order["element"], order["severity"], order["fix"][:7]) == ("order", "error", "Choose ")
    assert b"spiffworkflow:" in target.read_bytes()
    assert b"camunda" not in target.read_bytes()
    assert "from camunda7" in result.stderr


def test_the_result_of_an_import_lies_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "flow.bpmn"
    path.write_bytes((FLOWS / "bpmn" / "invoice_request.bpmn").read_bytes())
    result = CliRunner().invoke(main, ["process", "import", str(path), "--language", "zh"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "flow.imported.bpmn").read_bytes() == path.read_bytes()


def test_what_cannot_be_imported_or_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.bpmn"
    path.write_text("<!DOCTYPE a><a/>")
    refused(CliRunner().invoke(main, ["process", "import", str(path)]), "DOCTYPE")
    assert not (tmp_path / "bad.imported.bpmn").exists()
    path.write_text(BROKEN)
    result = CliRunner().invoke(main, ["process", "import", str(path), "--output", str(tmp_path / "no" / "where.bpmn")])
    assert (result.exit_code, "where.bpmn" in result.stderr) == (1, True)


def test_a_diagram_is_published_as_the_next_version(piaoflow: Run, people: dict[str, Actor]) -> None:
    publish = ["process", "publish", FLOWS / "bpmn" / "invoice_request.bpmn", "--company", "Acme"]
    decisions = [part for path in FLOWS.glob("dmn/*.dmn") for part in ("--decision", path)]
    first = piaoflow(*publish, *decisions, "--user", "dora@acme.example")
    assert "is published as version" in first.stdout
    second = piaoflow(*publish, "--user", "dora@acme.example")
    assert _version(second) == _version(first) + 1
    refused(piaoflow(*publish, "--user", "alice@acme.example"), "role")


def _version(result: Result) -> int:
    return int(result.stdout.rstrip(".\n").rsplit(" ", 1)[1])


def test_a_faulty_diagram_is_not_published(piaoflow: Run, people: dict[str, Actor], tmp_path: Path) -> None:
    path = tmp_path / "faulty.bpmn"
    path.write_text("<definitions/>")
    refused(piaoflow("process", "publish", path, "--user", "dora@acme.example"))


def test_a_backup_is_taken_listed_verified_and_restored(
    piaoflow: Run, people: dict[str, Actor], database_url: str, tmp_path: Path, empty_postgres: str
) -> None:
    taken = piaoflow("backup", "take")
    path = Path(next(line for line in taken.stdout.splitlines() if line.endswith(".zip")))
    assert path.exists()
    assert path.name in piaoflow("backup", "list").stdout
    assert "audit_entry" in piaoflow("backup", "verify", path).stdout
    target = [] if database_url.startswith("sqlite") else ["--database", empty_postgres]
    restored = piaoflow("backup", "restore", path, "--into", tmp_path / "restored", *target)
    assert restored.exit_code == 0, restored.stderr
    assert "every hash as saved" in restored.stdout
    refused(piaoflow("backup", "restore", path, "--into", tmp_path, *target), "not empty")


@pytest.fixture
def empty_postgres(database_url: str) -> Iterator[str]:
    """A PostgreSQL database without tables, where the test runs on PostgreSQL."""
    from tests.support import postgres

    if database_url.startswith("sqlite"):
        yield ""
        return
    url = postgres.server().create_database()
    yield url
    postgres.server().drop_database(url)


def test_flipped_bytes_are_told_and_the_member_named(piaoflow: Run, people: dict[str, Actor]) -> None:
    path = Path(piaoflow("backup", "take").stdout.splitlines()[1])
    with zipfile.ZipFile(path) as archive:
        member = max(archive.infolist(), key=lambda info: info.compress_size)
    data = bytearray(path.read_bytes())
    # Inside the compressed bytes, whatever the archive's other members and its headers weigh today. A single bit may
    # stand in a code that nothing uses, and change nothing; sixteen bytes do not.
    middle = member.header_offset + 30 + len(member.filename) + member.compress_size // 2
    for place in range(middle, middle + 16):
        data[place] ^= 0xFF
    path.write_bytes(data)
    refused(piaoflow("backup", "verify", path), "is damaged", member.filename)


def test_a_wrong_rule_for_keeping_backups_is_named(
    piaoflow: Run, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIAOFLOW_BACKUP_KEEP", "for ever")
    refused(piaoflow("backup", "take"), "PIAOFLOW_BACKUP_KEEP")


def test_demo_refuses_a_database_in_use_unless_told_not_to_mind(piaoflow: Run, people: dict[str, Actor]) -> None:
    refused(piaoflow("demo"), "empty database")
    assert piaoflow("demo", "--if-empty").exit_code == 0
