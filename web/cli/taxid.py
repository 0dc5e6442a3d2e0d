"""`piaoflow taxid`: check tax numbers from standard input, without a database."""

from __future__ import annotations

import json
import sys

import click

from models.taxid import check_tax_id, verdict_as_json


@click.command
def taxid() -> None:
    """Check the tax numbers on standard input, one a line; print one JSON verdict a line."""
    for line in sys.stdin:
        number = line.rstrip("\r\n")
        click.echo(json.dumps(verdict_as_json(check_tax_id(number), text=number), ensure_ascii=False))
