"""``GET /healthz``: version, database, clock. Open to everybody, so it names no company and no person."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from tasks import health
from web.health.clock import clock_facts

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def check() -> ResponseReturnValue:
    database = _database()
    body = {
        "status": "ok" if database["ok"] else "unavailable",
        "version": version("piaoflow"),
        "database": database,
        "clock": clock_facts() if database["ok"] else {"state": "unknown"},
    }
    return jsonify(body), 200 if database["ok"] else 503


def _database() -> dict[str, object]:
    try:
        return {"ok": True, "kind": health.ping_database()}
    except health.DATABASE_ERRORS:
        return {"ok": False, "kind": "unknown"}
