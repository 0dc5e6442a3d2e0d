"""`piaoflow user`: people, where no browser is at hand."""

from __future__ import annotations

import sys

import click

from models.access import Role
from tasks import console
from web.cli.application import OPERATOR, in_app


def _read_password() -> str:
    """Asked for at a terminal, else the first line of standard input: never an argument, which others could see."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@click.group
def user() -> None:
    """People: add, list, deactivate, set a password."""


@user.command
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--company", required=True, help="The name of an existing company.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@in_app
def add(email: str, name: str, company: str, roles: tuple[str, ...], language: str) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    console.add_user(
        OPERATOR,
        email=email,
        name=name,
        company=company,
        roles=[Role(role) for role in roles],
        password=_read_password(),
        language=language,
    )
    click.echo(f"{email} can log in.")


@user.command("list")
@in_app
def list_people() -> None:
    """List everybody: address, name, company and roles, one membership a line."""
    for person in console.list_users(OPERATOR):
        for membership in person.memberships:
            state = "" if person.is_active and membership.is_active else "\t(inactive)"
            roles = ",".join(membership.roles)
            click.echo(f"{person.email}\t{person.name}\t{membership.company.name}\t{roles}{state}")


@user.command
@click.argument("email")
@in_app
def deactivate(email: str) -> None:
    """Shut a person out at once, in every company."""
    console.deactivate_user(OPERATOR, email=email)
    click.echo(f"{email} can no longer log in.")


@user.command
@click.argument("email")
@in_app
def password(email: str) -> None:
    """Set a person's password; it is asked for, or read from standard input."""
    console.set_password(OPERATOR, email=email, password=_read_password())
    click.echo(f"{email} has a new password.")
