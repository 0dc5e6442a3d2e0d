"""`piaoflow token`: let a program in."""

from __future__ import annotations

import click

from tasks import accounts, console
from web.cli.application import OPERATOR, in_app


@click.group
def token() -> None:
    """Tokens for programs."""


@token.command
@click.option("--user", "email", required=True, help="The mail address of the person for whom the program acts.")
@click.option("--company", help="The company, if the person belongs to several.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it is good for.")
@in_app
def create(email: str, company: str | None, name: str, days: int) -> None:
    """Make a token and print it; it is shown this once."""
    actor = console.find_actor(OPERATOR, email=email, company=company)
    _token, secret = accounts.create_token(actor, name=name, days=days)
    click.echo(secret)
