"""`piaoflow demo`: fill an empty database with a company to try things out."""

from __future__ import annotations

from collections.abc import Iterable

import click

from tasks import accounts, cleanup
from tasks import demo as demo_data
from web.cli import Refusal
from web.cli.application import OPERATOR, in_app, read_settings
from web.server import address


@click.command
@click.option("--if-empty", is_flag=True, help="Where there is a company already: change nothing, and do not refuse.")
@in_app
def demo(if_empty: bool) -> None:
    """Fill an empty database with a demo company, its people, customers and requests; print the log-ins."""
    for line in _make_or_find(if_empty):
        click.echo(line)
    cleanup.refresh_statistics(OPERATOR)


def _make_or_find(if_empty: bool) -> Iterable[str]:
    if not accounts.has_any_company():
        return demo_data.fill(base_url=address(read_settings()).rstrip("/"))
    if not if_empty:
        raise Refusal("there is a company already: demo data goes into an empty database only")
    return demo_data.log_ins() if demo_data.is_here() else []
