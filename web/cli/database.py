"""`piaoflow db`: bring the tables to the version this program needs."""

from __future__ import annotations

import click

from web import migrations
from web.app import create_app
from web.cli import Refusal
from web.cli.application import read_settings


@click.group
def db() -> None:
    """The tables of the database."""


@db.command
def upgrade() -> None:
    """Make the tables, or bring them to the newest version."""
    migrations.upgrade(create_app(read_settings()))
    click.echo("The database is at the newest version.")


@db.command
def check() -> None:
    """Say whether tables and program agree."""
    if difference := migrations.find_difference(create_app(read_settings())):
        raise Refusal(difference)
    click.echo("The database is at the newest version and agrees with the program.")
