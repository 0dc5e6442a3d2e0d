"""`piaoflow demo`: fill an empty database with a company to try things out."""

from __future__ import annotations

import importlib
from typing import Any

import click

from tasks import accounts
from web.cli import Refusal
from web.cli.application import in_app, read_settings


@click.command
@click.option("--if-empty", is_flag=True, help="Do nothing where there is a company already, instead of refusing.")
@in_app
def demo(if_empty: bool) -> None:
    """Fill an empty database with a demo company, its people, customers and requests."""
    if accounts.has_any_company():
        if if_empty:
            return
        raise Refusal("there is a company already: demo data goes into an empty database only")
    for line in _demo_data().fill(read_settings().attachments_dir):
        click.echo(line)


def _demo_data() -> Any:
    try:
        return importlib.import_module("tasks.demo")
    except ModuleNotFoundError as error:
        raise Refusal("this version brings no demo data") from error
