"""Backups: taken means verified, damage is named, and what comes back is what was saved."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer
from models.db import db
from models.errors import Conflict, Invalid
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import backups
from tasks.backups import BackupFailed, parse_rule, surplus
from tasks.backups import taking as backup_taking
from tasks.files import FileStore
from tasks.site import Site
from web import migrations

OPERATOR = Actor(None, is_system=True, origin="test")
KEY = "the key that seals"
RULE = "24h,7d,5w,12m,10y"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    FileStore(tmp_path / "attachments").put(b"a scanned contract")
    return Site(
        attachments_dir=tmp_path / "attachments",
        backups_dir=tmp_path / "backups",
        secret_key=KEY,
        backup_keep=RULE,
        channels={},
    )


@pytest.fixture
def take(app: Flask, people: dict[str, Actor], site: Site) -> Callable[[], Path]:
    """Take a backup of Acme and Other; the path of the archive."""

    def take_one() -> Path:
        with app.app_context():
            return site.backups_dir / backups.take(OPERATOR, site).file_name

    return take_one


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def add_customer(app: Flask, people: dict[str, Actor], name: str = "后来的客户") -> None:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.add(Customer(company_id=people["alice"].company_id, code=name, name=name))
        db.session.commit()


def problems(path: Path, key: str | None = KEY) -> list[str]:
    return [str(problem) for problem in backups.verify(path, key).problems]


def test_a_backup_is_whole_and_says_what_it_holds(app: Flask, take: Callable[[], Path]) -> None:
    path = take()
    verdict = backups.verify(path, KEY)
    assert verdict.problems == []
    assert verdict.manifest is not None
    assert verdict.manifest.counts["audit_entry"] == count(app, AuditEntry) > 0
    assert len(verdict.manifest.heads) == 4
    assert any(name.startswith("attachments/") for name in verdict.manifest.members)


def test_a_backup_is_noted_with_its_hash_and_time(app: Flask, take: Callable[[], Path]) -> None:
    path = take()
    with app.app_context():
        (run,) = backups.list_runs(OPERATOR)
        assert run.file_name == path.name
        assert run.size == path.stat().st_size
        assert run.verified_at is not None
        assert run.counts["user"] == 9


def test_what_happens_after_a_backup_is_not_in_it(
    app: Flask, people: dict[str, Actor], take: Callable[[], Path], tmp_path: Path
) -> None:
    path = take()
    add_customer(app, people)
    assert backups.restore(path, tmp_path / "restored", KEY).counts["customer"] == count(app, Customer) - 1


def test_a_restored_folder_holds_the_same_attachments(take: Callable[[], Path], site: Site, tmp_path: Path) -> None:
    backups.restore(take(), tmp_path / "restored", KEY)
    (restored,) = (path for path in (tmp_path / "restored" / "attachments").rglob("*") if path.is_file())
    assert FileStore(tmp_path / "restored" / "attachments").get(restored.name) == b"a scanned contract"


def test_a_folder_that_holds_something_is_left_alone(take: Callable[[], Path], tmp_path: Path) -> None:
    path = take()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(Conflict, match="not empty"):
        backups.restore(path, tmp_path / "full", KEY)
    assert [child.name for child in (tmp_path / "full").iterdir()] == ["mine"]


def test_a_damaged_archive_is_not_restored(take: Callable[[], Path], tmp_path: Path) -> None:
    path = take()
    flip(path, path.stat().st_size // 3)
    with pytest.raises(Invalid, match="not whole"):
        backups.restore(path, tmp_path / "restored", KEY)
    assert not (tmp_path / "restored").exists()


def test_a_cut_archive_is_recognised(take: Callable[[], Path]) -> None:
    path = take()
    data = path.read_bytes()
    for length in (0, 10, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        assert problems(path)


def test_an_archive_sealed_with_another_key_is_recognised_and_is_whole_all_the_same(take: Callable[[], Path]) -> None:
    path = take()
    assert problems(path, "another key") == [
        "archive: the seal does not fit: the archive was changed, or made with another secret key"
    ]
    assert problems(path, None) == []


def test_the_damaged_member_is_named(take: Callable[[], Path]) -> None:
    path = take()
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info.header_offset for info in archive.infolist() if info.file_size}
    original = path.read_bytes()
    for name, offset in members.items():
        path.write_bytes(original)
        flip(path, offset + 30 + len(name) + 24)
        assert problems(path)[0].startswith(name), name


def test_a_member_that_was_exchanged_is_named_also_without_a_key(take: Callable[[], Path], tmp_path: Path) -> None:
    path = take()
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        for info in old.infolist():
            is_file = info.filename.startswith("attachments/")
            new.writestr(info.filename, b"another contract" if is_file else old.read(info.filename))
    (problem,) = problems(forged, None)
    assert problem.startswith("attachments/")
    assert problem.endswith("is not what was saved")


def test_an_archive_put_together_by_somebody_else_is_recognised(take: Callable[[], Path], tmp_path: Path) -> None:
    """Members and manifest agree with each other, but who has no key can make no seal."""
    path = take()
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info.filename))
        new.comment = old.comment
    assert "seal" in problems(forged)[0]


def test_a_member_that_was_slipped_in_is_recognised(take: Callable[[], Path]) -> None:
    path = take()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../etc/cron.d/evil", "boo")
    assert any("evil" in problem for problem in problems(path, None))


def test_a_broken_chain_makes_no_good_backup(app: Flask, people: dict[str, Actor], site: Site) -> None:
    tamper(app)
    with app.app_context():
        with pytest.raises(BackupFailed, match="chain “audit” of company 1 is broken at 1"):
            backups.take(OPERATOR, site)
        (run,) = backups.list_runs(OPERATOR)
        assert "broken" in run.error
        assert run.verified_at is None
    assert list(site.backups_dir.glob("*.zip")) == []


def tamper(app: Flask) -> None:
    """Change an audit entry as somebody with the database's password could."""
    sqlite = [
        "DROP TRIGGER audit_entry_no_update",
        """UPDATE audit_entry SET body = replace(body, '"', '''') WHERE company_id = 1 AND sequence = 1""",
    ]
    postgres = ["ALTER TABLE audit_entry DISABLE TRIGGER USER", sqlite[1]]
    with app.app_context(), db.engine.begin() as connection:
        for statement in sqlite if db.engine.dialect.name == "sqlite" else postgres:
            connection.exec_driver_sql(statement)


def test_a_backup_that_does_not_read_back_is_thrown_away(
    app: Flask, people: dict[str, Actor], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup_taking.archive.write

    def write_badly(path: Path, *arguments: Any) -> Any:
        written = real(path, *arguments)
        flip(path, path.stat().st_size // 3)
        return written

    monkeypatch.setattr(backup_taking.archive, "write", write_badly)
    with app.app_context(), pytest.raises(BackupFailed):
        backups.take(OPERATOR, site)
    assert [path.name for path in site.backups_dir.iterdir()] == []


def test_a_backup_can_be_taken_while_others_write(
    app: Flask, people: dict[str, Actor], take: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup_taking.save_database

    def write_meanwhile(folder: Path) -> None:
        add_customer(app, people, "before")
        real(folder)
        add_customer(app, people, "after")

    monkeypatch.setattr(backup_taking, "save_database", write_meanwhile)
    manifest = backups.verify(take(), KEY).manifest
    assert manifest is not None
    assert manifest.counts["customer"] == 1


def test_old_backups_go_by_the_rule_and_are_noted_as_gone(app: Flask, take: Callable[[], Path], site: Site) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 1, tzinfo=UTC), tick=False) as traveller:
        for _ in range(3):
            last = take()
            traveller.shift(timedelta(minutes=10))
    assert list(site.backups_dir.glob("*.zip")) == [last]
    with app.app_context():
        assert [bool(run.removed_at) for run in backups.list_runs(OPERATOR)] == [False, True, True]


class TestOnSqlite:
    @pytest.fixture
    def available(self, sqlite: Any) -> Any:
        return sqlite

    def test_every_flipped_byte_is_detected(self, take: Callable[[], Path]) -> None:
        path = take()
        original = bytearray(path.read_bytes())
        size = len(original)
        # The structure of the archive, byte by byte; of the compressed data, each 97th byte.
        places = {*range(200), *range(size - 1500, size), *range(0, size, 97)}
        for place in sorted(places):
            damaged = bytearray(original)
            damaged[place] ^= 0x04
            path.write_bytes(damaged)
            assert problems(path), f"byte {place} of {size}"

    def test_a_restored_database_has_the_same_rows_and_answers(
        self, app: Flask, take: Callable[[], Path], tmp_path: Path
    ) -> None:
        manifest = backups.restore(take(), tmp_path / "restored", KEY)
        with closing(sqlite3.connect(tmp_path / "restored" / "piaoflow.db")) as restored:
            for table, rows in manifest.counts.items():
                assert restored.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] == rows
        assert not (tmp_path / "restored" / "database").exists()


class TestOnPostgres:
    @pytest.fixture
    def available(self, postgresql: Any) -> Any:
        return postgresql

    @pytest.fixture
    def other(self, tmp_path: Path) -> Iterator[Flask]:
        """An application on an empty database."""
        from tests.conftest import make_app
        from tests.support import postgres

        url = postgres.server().create_database()
        app = make_app(url, tmp_path / "other")
        migrations.upgrade(app)
        yield app
        with app.app_context():
            db.engine.dispose()
        postgres.server().drop_database(url)

    def test_a_restored_database_has_the_same_rows_and_goes_on_numbering(
        self, app: Flask, other: Flask, people: dict[str, Actor], take: Callable[[], Path], tmp_path: Path
    ) -> None:
        add_customer(app, people, "before")
        manifest = backups.restore(take(), tmp_path / "restored", KEY)
        with other.app_context():
            loaded = backups.load_tables(OPERATOR, tmp_path / "restored" / "database")
        assert loaded == {name: rows for name, rows in manifest.counts.items() if name != "alembic_version"}
        add_customer(other, people)
        assert count(other, Customer) == 2
        assert count(other, AuditEntry) == count(app, AuditEntry)

    def test_a_database_that_holds_something_is_left_alone(
        self, app: Flask, take: Callable[[], Path], tmp_path: Path
    ) -> None:
        backups.restore(take(), tmp_path / "restored", KEY)
        with app.app_context(), pytest.raises(Conflict, match="holds data already"):
            backups.load_tables(OPERATOR, tmp_path / "restored" / "database")


class TestRetention:
    def test_the_rule_is_read(self) -> None:
        assert parse_rule(RULE) == {"h": 24, "d": 7, "w": 5, "m": 12, "y": 10}

    @pytest.mark.parametrize("text", ["", "24", "h24", "24h,7x", "24h 7d", "7d,7d", "-1d", "99999d"])
    def test_a_rule_that_makes_no_sense_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a rule"):
            parse_rule(text)

    def test_the_newest_of_each_period_is_kept(self) -> None:
        newest = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
        hourly = [newest - timedelta(hours=hours) for hours in range(24 * 800)]
        kept = set(hourly) - set(surplus(hourly, parse_rule(RULE)))
        assert {newest - timedelta(hours=hours) for hours in range(24)} <= kept
        last_of_days = {datetime(2026, 11, day, 23, 30, tzinfo=UTC) for day in range(18, 24)}
        assert last_of_days <= kept
        last_of_months = {datetime(2026, 10, 31, 23, 30, tzinfo=UTC), datetime(2026, 2, 28, 23, 30, tzinfo=UTC)}
        assert last_of_months <= kept
        assert datetime(2025, 12, 31, 23, 30, tzinfo=UTC) in kept
        assert len(kept) <= 24 + 7 + 5 + 12 + 10

    def test_what_is_kept_stays_kept_when_the_rule_is_applied_again(self) -> None:
        newest = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
        moments = [newest - timedelta(hours=5 * number) for number in range(2000)]
        kept = set(moments) - set(surplus(moments, parse_rule(RULE)))
        assert surplus(kept, parse_rule(RULE)) == []

    def test_the_newest_is_kept_under_every_rule(self) -> None:
        moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
        assert surplus(moments, parse_rule("0d")) == moments[:1]

    def test_a_backup_a_day_for_twelve_years_leaves_about_thirty(self) -> None:
        kept: set[datetime] = set()
        for number in range(365 * 12):
            kept.add(datetime(2026, 1, 1, 18, 30, tzinfo=UTC) + timedelta(days=number))
            kept -= set(surplus(kept, parse_rule("7d,5w,12m,10y")))
        assert 25 <= len(kept) <= 34
        assert min(kept).year == 2026 + 12 - 10


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x01
    path.write_bytes(data)
