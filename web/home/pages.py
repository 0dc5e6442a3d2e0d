"""``/`` leads each person to where their day begins."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from web.navigation import start_url

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    return redirect(start_url())
