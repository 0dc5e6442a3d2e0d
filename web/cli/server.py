"""`piaoflow serve`, `clock`, `worker`: the processes that keep running."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

import click

from web import server
from web.cli import Refusal
from web.cli.application import open_app, read_settings

_FINISH_SECONDS = 3.0


@click.command
def serve() -> None:
    """Answer requests. With PIAOFLOW_CLOCK=1 (as it is by default) clock and jobs run in the same process."""
    settings = read_settings()
    app = open_app()
    try:
        running = server.Server(app, settings)
    except OSError as error:
        raise Refusal(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error
    click.echo(f"Piaoflow answers at {server.address(settings)}  (Ctrl-C stops it)")
    _stop_on_signal(running.stop)
    running.run()
    _leave()


@click.command
def clock() -> None:
    """Be the clock, or wait to become it: for installations where `serve` runs with PIAOFLOW_CLOCK=0."""
    settings = read_settings()
    running = server.make_clock(open_app(), settings)
    running.start()
    click.echo("The clock runs.")
    _wait_for_signal()
    running.stop(_FINISH_SECONDS)
    _leave()


@click.command
def worker() -> None:
    """Do the jobs of a PostgreSQL installation; may run many times, on many machines."""
    settings = read_settings()
    if settings.database_url.startswith("sqlite"):
        click.echo("piaoflow: on SQLite the server itself does the jobs: run `piaoflow serve`", err=True)
        raise SystemExit(1)
    running = server.make_worker(open_app(), settings)
    running.start()
    click.echo("The worker runs.")
    _wait_for_signal()
    running.stop(_FINISH_SECONDS)
    _leave()


def _leave() -> None:
    """End at once, with success. Python would wait for threads, and one may hang at a mail server that says nothing;

    what it had begun is done again after the next start, as after a crash.
    """
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _wait_for_signal() -> None:
    stopping = threading.Event()
    _stop_on_signal(stopping.set)
    stopping.wait()


def _stop_on_signal(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
