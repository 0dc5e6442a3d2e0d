"""The services and the form of the conformance cases, as a part of the product for one test."""

import pytest
from flask import Flask

from tasks.processes import CATALOGUE, definitions
from tests.conformance.stubs import FORMS, STUBS


@pytest.fixture
def stubs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CATALOGUE, "_tasks", {**CATALOGUE._tasks, **{stub.name: stub for stub in STUBS}})
    monkeypatch.setattr(definitions, "FORMS", definitions.FORMS | FORMS)
