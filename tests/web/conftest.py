"""What the tests of the doors share."""

import pytest
from flask import Flask

from models.access import Actor
from tests.support.api import As, Program, token_of


@pytest.fixture
def program(app: Flask, people: dict[str, Actor]) -> As:
    """`program("alice")`: a program that acts for Alice."""
    return lambda name: Program(app, token_of(app, people[name]))
