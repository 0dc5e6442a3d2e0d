"""The command line: `piaoflow`. One group of commands per noun; each module is loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from models.errors import AppError, Invalid
from web.settings import SettingsInvalid

COMMANDS: Mapping[str, str] = {
    "backup": "web.cli.backups:backup",
    "clock": "web.cli.server:clock",
    "db": "web.cli.database:db",
    "demo": "web.cli.demo:demo",
    "process": "web.cli.processes:process",
    "serve": "web.cli.server:serve",
    "taxid": "web.cli.taxid:taxid",
    "token": "web.cli.tokens:token",
    "user": "web.cli.users:user",
    "worker": "web.cli.server:worker",
}


class Refusal(click.ClickException):
    """One line on standard error that names the cause, and exit status 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"piaoflow: {self.message}", file=file or sys.stderr)


class Commands(click.Group):
    """Finds a command in `COMMANDS`, and says a refusal of the business in one line instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as error:
            problems = "".join(
                f"\n  {problem} {problem.remedy.format(**problem.fields)}".rstrip() for problem in error.problems
            )
            raise Refusal(f"{error}{problems}") from error
        except (AppError, SettingsInvalid) as error:
            raise Refusal(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="piaoflow", prog_name="piaoflow")
def main() -> None:
    """Piaoflow 票流: invoice requests, approvals, issuing and register."""
