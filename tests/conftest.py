"""People, companies and databases for the tests: Alice applies, Bob and Bea approve, Carol works elsewhere.

Nothing here is made before a test asks for it. A context stays open in `session` only: each request, like each
job, must have a session of its own, and Flask would share an open one.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from models.access import Actor, Role
from tests.support import databases, postgres
from tests.support.snapshots import Snapshot

SECRET_KEY = "the tests' own key, which signs nothing that matters"
PASSWORD = "violet tractor seldom naps"
ACME = {
    "alice": Role.APPLICANT,
    "bob": Role.APPROVER,
    "bea": Role.APPROVER,
    "fiona": Role.FINANCE,
    "dora": Role.DESIGNER,
    "ada": Role.ADMIN,
    "otto": Role.AUDITOR,
}
OTHER = {"carol": Role.APPLICANT, "carl": Role.ADMIN}


class Browser(FlaskClient):
    """A client that sends the CSRF token with every form, as the pages' scripts do. `csrf=False` leaves it out."""

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token(), **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)

    def csrf_token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", "a token")
        return str(URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token").dumps(raw))


class CompiledTemplates(BytecodeCache):
    """Every test has an application of its own; they need not each compile the same pages."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()


@dataclass(frozen=True)
class Databases:
    """How a test gets a database, empty or with everybody of `actors` in it. A file goes into the folder given."""

    empty: Callable[[Path], str]
    peopled: Callable[[Path], str]
    actors: dict[str, Actor]


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    folder = tmp_path_factory.mktemp("template")
    empty, peopled = folder / "empty.db", folder / "peopled.db"
    _make_tables(f"sqlite:///{empty}", folder)
    shutil.copy(empty, peopled)
    actors = _settle(f"sqlite:///{peopled}", folder)

    def copy_of(template: Path) -> Callable[[Path], str]:
        return lambda folder: f"sqlite:///{shutil.copy(template, folder / 'piaoflow.db')}"

    return Databases(copy_of(empty), copy_of(peopled), actors)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("template")
    server = postgres.server()
    template = server.create_template(lambda url: _make_tables(url, folder))
    empty, peopled = server.create_database(template), server.create_database(template)
    actors = _settle(peopled, folder)

    with closing(Snapshot(server, empty)) as first, closing(Snapshot(server, peopled)) as second:
        yield Databases(lambda _folder: first.restore(), lambda _folder: second.restore(), actors)


@pytest.fixture(params=databases.selected())
def available(request: pytest.FixtureRequest) -> Databases:
    """Once for each kind of database."""
    found: Databases = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def database_url(request: pytest.FixtureRequest, available: Databases, tmp_path: Path) -> str:
    """A database of the test's own, with the people in it if the test asks for them."""
    make = available.peopled if "people" in request.fixturenames else available.empty
    return make(tmp_path)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(database_url, tmp_path / "data")
    yield app
    dispose(app)


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """For tests that call operations or touch tables directly. Not together with a client: see above."""
    with app.app_context():
        yield


@pytest.fixture
def people(available: Databases) -> dict[str, Actor]:
    """Everybody by name: those of `ACME` and those of `OTHER`."""
    return dict(available.actors)


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser in which nobody is logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def as_user(app: Flask, people: dict[str, Actor]) -> Callable[[str], Browser]:
    """`as_user("alice")`: a browser of her own in which Alice is logged in."""
    from tasks.accounts.login import begin_session

    def log_in(name: str) -> Browser:
        user_id = people[name].user_id
        assert user_id is not None
        with app.app_context():
            secret = begin_session(user_id)
        browser = app.test_client()
        browser.set_cookie(app.config["LOGIN_COOKIE_NAME"], secret)
        assert isinstance(browser, Browser)
        return browser

    return log_in


def make_app(url: str, data_dir: Path, **settings: Any) -> Flask:
    """The application on a database, for tests: with English as its first language and without the clock."""
    from web.app import create_app
    from web.settings import Settings

    data_dir.mkdir(exist_ok=True)
    given = {"default_language": "en", "clock": False, "log_level": "WARNING", **settings}
    app = create_app(Settings(data_dir=data_dir, database_url=url, secret_key=SECRET_KEY, **given))
    app.testing = True
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = _COMPILED
    return app


def _make_tables(url: str, folder: Path) -> None:
    from web import migrations

    app = make_app(url, folder)
    migrations.upgrade(app)
    dispose(app)


def _settle(url: str, folder: Path) -> dict[str, Actor]:
    """Found both companies through the operations; the people besides the administrators are plain rows."""
    from tasks import accounts
    from tasks.accounts import CompanyDraft, passwords

    app = make_app(url, folder)
    with app.app_context():
        ada = accounts.sign_up_company("Acme", name="Ada", email="ada@acme.example", password=PASSWORD, language="en")
        acme = _company_of(ada)
        password_hash = passwords.hash_password(PASSWORD)
        carl = _add_user("carl", "other", password_hash)
        other = accounts.create_company(Actor(acme, carl, frozenset({Role.ADMIN})), CompanyDraft("Other"))
        for name, role in ACME.items():
            if name != "ada":
                _add_member(_add_user(name, "acme", password_hash), acme, role)
        _add_member(_add_user("carol", "other", password_hash), other, Role.APPLICANT)
        actors = _actors()
    dispose(app)
    return actors


def _company_of(user_id: int) -> int:
    from models.accounts import User
    from models.db import db

    return db.session.get_one(User, user_id).memberships[0].company_id


def _add_user(name: str, company: str, password_hash: str) -> int:
    from models.accounts import User
    from models.db import db

    user = User(name=name.title(), email=f"{name}@{company}.example", password_hash=password_hash, language="en")
    db.session.add(user)
    db.session.commit()
    return user.id


def _add_member(user_id: int, company_id: int, role: Role) -> None:
    from models.accounts import Membership
    from models.db import db

    db.session.add(Membership(user_id=user_id, company_id=company_id, roles=[role.value]))
    db.session.commit()


def _actors() -> dict[str, Actor]:
    from models.accounts import Membership
    from models.db import db

    return {row.user.name.lower(): row.as_actor() for row in db.session.query(Membership)}


def dispose(app: Flask) -> None:
    """Close every connection of the application."""
    from models.db import db

    with app.app_context():
        db.session.remove()
        db.engine.dispose()
