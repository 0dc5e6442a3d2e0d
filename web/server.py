"""The server: waitress, and in the same process the clock and the jobs where the settings say so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel

from tasks.backups import parse_rule
from tasks.channels import open_channels
from tasks.chat_robots import ChatRobots
from tasks.clock import Clock
from tasks.handlers import HANDLERS
from tasks.jobs import JobThreads, JobWorker
from tasks.leader import FileLeader, Leader, PostgresLeader
from tasks.schedule import SWEEPS
from tasks.site import Site
from web.settings import Settings, SettingsInvalid

_FINISH_SECONDS = 1.5  # each for requests, clock and jobs: together less than the five that an operator waits


class Server:
    """Listens as soon as it is made. Raises `OSError` when the port is taken."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._sockets: dict[int, Any] = {}
        self._web = waitress.create_server(
            app, map=self._sockets, host=settings.host, port=settings.port, threads=settings.threads, ident=None
        )
        self._clock = make_clock(app, settings) if settings.clock else None
        self._jobs = make_jobs(app, settings) if settings.clock else None
        app.extensions["piaoflow.clock"] = self._clock
        self._stopping = False

    def run(self) -> None:
        """Serve until `stop` is called; then finish what is under way."""
        if self._clock and self._jobs:
            self._jobs.start()
            self._clock.start()
        while not self._stopping:
            self._turn(0.5)
        self._finish_requests()
        if self._clock and self._jobs:
            self._clock.stop(_FINISH_SECONDS)
            self._jobs.stop(_FINISH_SECONDS)

    def stop(self) -> None:
        """Let `run` come to its end; may be called from a signal."""
        self._stopping = True

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)

    def _finish_requests(self) -> None:
        """Waitress would drop answers that are not written yet: stop accepting, and turn until all are out."""
        for listener in [socket for socket in self._sockets.values() if socket.accepting]:
            listener.del_channel()
            listener.socket.close()
        deadline = time.monotonic() + _FINISH_SECONDS
        while time.monotonic() < deadline and any(map(_is_busy, self._sockets.values())):
            self._turn(0.1)
        self._web.task_dispatcher.shutdown(timeout=_FINISH_SECONDS / 3)
        wasyncore.close_all(self._sockets)


def _is_busy(socket: Any) -> bool:
    return isinstance(socket, HTTPChannel) and bool(socket.requests or socket.total_outbufs_len)


def address(settings: Settings) -> str:
    """Where a browser finds the server."""
    return settings.base_url or f"http://{settings.host}:{settings.port}/"


def make_clock(app: Flask, settings: Settings) -> Clock:
    return Clock(_leader(app, settings), site(settings), app.app_context, SWEEPS)


def make_jobs(app: Flask, settings: Settings) -> JobThreads | JobWorker:
    if settings.database_url.startswith("sqlite"):
        return JobThreads(HANDLERS, site(settings), app.app_context)
    return make_worker(app, settings)


def make_worker(app: Flask, settings: Settings) -> JobWorker:
    return JobWorker(HANDLERS, site(settings), app.app_context, database_url=settings.database_url)


def site(settings: Settings) -> Site:
    """What jobs and the clock need of the settings. Raises `SettingsInvalid`."""
    with _named("PIAOFLOW_BACKUP_KEEP"):
        parse_rule(settings.backup_keep)
    with _named("PIAOFLOW_SMTP_URL, PIAOFLOW_MAIL_FROM"):
        channels = open_channels(smtp_url=settings.smtp_url, mail_from=settings.mail_from, mail_dir=settings.mail_dir)
    return Site(
        attachments_dir=settings.attachments_dir,
        backups_dir=settings.backups_dir,
        secret_key=settings.secret_key,
        backup_keep=settings.backup_keep,
        channels={**channels, "chat": ChatRobots(settings.secret_key)},
        base_url=address(settings).rstrip("/"),
    )


@contextmanager
def _named(variables: str) -> Iterator[None]:
    """Say which variable holds the value that cannot be used."""
    try:
        yield
    except ValueError as error:
        raise SettingsInvalid(f"{variables}: {error}") from error


def _leader(app: Flask, settings: Settings) -> Leader:
    if settings.database_url.startswith("sqlite"):
        return FileLeader(Path(f"{settings.database_url.removeprefix('sqlite:///')}.clock"))
    with app.app_context():
        return PostgresLeader(app.extensions["sqlalchemy"].engine)
