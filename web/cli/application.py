"""The application as the command line uses it: made from the environment, with its database looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask

from models.access import Actor
from tasks.health import DATABASE_ERRORS
from web import migrations, settings
from web.app import create_app
from web.cli import Refusal
from web.settings import Settings

OPERATOR = Actor(None, is_system=True, origin="cli")
_TALKATIVE = ("alembic", "apscheduler", "procrastinate")  # they tell each step at level INFO
P = ParamSpec("P")
R = TypeVar("R")


def read_settings() -> Settings:
    """The settings of the environment. Raises `SettingsInvalid`."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return settings.read()


def open_app() -> Flask:
    """The application on a database of the right version; a new database gets its tables."""
    app = create_app(read_settings())
    try:
        if migrations.is_new(app):
            migrations.upgrade(app)
        is_current = migrations.is_current(app)
    except DATABASE_ERRORS as error:
        raise Refusal(f"the database cannot be opened: {str(error).splitlines()[0]}") from error
    if not is_current:
        raise Refusal("the database is not at this program's version: run `piaoflow db upgrade`")
    return app


@contextmanager
def context(app: Flask) -> Iterator[None]:
    """The application's context; no connection to its database stays open behind it."""
    with app.app_context():
        try:
            yield
        finally:
            app.extensions["sqlalchemy"].session.remove()
            app.extensions["sqlalchemy"].engine.dispose()


def in_app(run: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application's context."""

    @wraps(run)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with context(open_app()):
            return run(*args, **kwargs)

    return wrapped
