"""`piaoflow demo`: fill an empty database with a company to try things out."""

from __future__ import annotations

import click

from tasks import accounts
from tasks import demo as demo_tasks
from web.cli import Refusal
from web.cli.application import in_app


@click.command
@click.option("--if-empty", is_flag=True, help="Make nothing where there is a company already, instead of refusing.")
@in_app
def demo(if_empty: bool) -> None:
    """Fill an empty database with a demo company, its people, customers and requests; print the log-ins."""
    if not accounts.has_any_company():
        for line in demo_tasks.fill():
            click.echo(line)
    elif not if_empty:
        raise Refusal("there is a company already: demo data goes into an empty database only")
    elif demo_tasks.is_here():
        for line in demo_tasks.log_ins():
            click.echo(line)
