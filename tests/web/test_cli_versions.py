"""`piaoflow process diff` and `migrate`: JSON lines about two versions of a flow."""

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from models.access import Actor
from tests.support.flows import IN_A_LOOP, OTHER_IDS, SOONER, publish, running
from tests.web.test_cli import Run, piaoflow, refused

__all__ = ["piaoflow"]

ACME = ("--company", "Acme")


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def sooner(app: Flask, people: dict[str, Actor]) -> None:
    """A request that waits for its approval on version 1, and a version 2 with an earlier reminder."""
    running(app, people["alice"])
    publish(app, people["dora"], SOONER)


@pytest.mark.usefixtures("sooner")
def test_diff_tells_each_change_in_a_line(piaoflow: Run) -> None:
    result = piaoflow("process", "diff", "invoice_request", "--from", 1, "--to", 2, *ACME)
    assert result.exit_code == 0
    assert lines(result) == [
        {
            "effect": "changed",
            "code": "element.timer",
            "element": "waiting_long",
            "message": "The timer of “Waiting 5 days” (timeDuration) is “P3D” instead of “P5D”.",
            "fields": {"detail": "timeDuration", "old": "P5D", "new": "P3D"},
        }
    ]
    assert piaoflow("process", "diff", "invoice_request", "--from", 1, "--to", 1, *ACME).stdout == ""


@pytest.mark.usefixtures("sooner")
def test_a_dry_run_moves_nothing_and_a_run_moves(piaoflow: Run) -> None:
    migrate = ("process", "migrate", "invoice_request", "--to", 2, *ACME)
    for _ in range(2):
        result = piaoflow(*migrate, "--dry-run")
        assert (result.exit_code, result.stderr) == (0, "1 would move, 0 cannot.\n")
        (told,) = lines(result)
        assert (told["version"], told["safe"], told["reasons"]) == (1, True, [])
        assert {"effect": "kept", "element": "approve", "target": "approve", "kind": "userTask"} in told["moves"]
    assert piaoflow(*migrate).stderr == "1 moved, 0 cannot.\n"
    assert piaoflow(*migrate).stderr == "0 moved, 0 cannot.\n"


def test_what_cannot_move_is_told_and_fails(app: Flask, people: dict[str, Actor], piaoflow: Run) -> None:
    running(app, people["alice"])
    publish(app, people["dora"], IN_A_LOOP)
    result = piaoflow("process", "migrate", "invoice_request", "--to", 2, *ACME)
    assert (result.exit_code, result.stderr) == (1, "0 moved, 1 cannot.\n")
    (told,) = lines(result)
    assert (told["safe"], told["reasons"][0]["code"], told["reasons"][0]["element"]) == (
        False,
        "migration.loop",
        "approve",
    )


def test_a_map_is_given_pair_by_pair(app: Flask, people: dict[str, Actor], piaoflow: Run) -> None:
    running(app, people["alice"])
    publish(app, people["dora"], OTHER_IDS)
    migrate = ("process", "migrate", "invoice_request", "--to", 2, *ACME, "--dry-run")
    assert piaoflow(*migrate, "--map", "approve=assess").exit_code == 0
    refused(piaoflow(*migrate, "--map", "approve=asses"), "asses")
    assert "OLD=NEW" in piaoflow(*migrate, "--map", "approve").stderr


@pytest.mark.usefixtures("sooner")
def test_a_person_needs_the_right_and_the_operator_a_company(piaoflow: Run) -> None:
    migrate = ("process", "migrate", "invoice_request", "--to", 2)
    refused(piaoflow(*migrate), "several companies: Acme, Other")
    refused(piaoflow(*migrate, "--user", "alice@acme.example"), "role")
    refused(piaoflow(*migrate, "--company", "Nowhere"), "Nowhere")
    refused(piaoflow("process", "diff", "invoice_request", "--from", 1, "--to", 7, *ACME), "no version 7")
    assert piaoflow(*migrate, "--user", "dora@acme.example").exit_code == 0
