"""``GET /healthz``: version, database, clock. Open to everybody, so it names no company and no person."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from tasks import health

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def check() -> ResponseReturnValue:
    database = _database()
    body = {
        "status": "ok" if database["ok"] else "unavailable",
        "version": version("piaoflow"),
        "database": database,
        "clock": _clock(),
    }
    return jsonify(body), 200 if database["ok"] else 503


def _database() -> dict[str, object]:
    try:
        return {"ok": True, "kind": health.ping_database()}
    except health.DATABASE_ERRORS:
        return {"ok": False, "kind": "unknown"}


def _clock() -> dict[str, str | None]:
    """What the clock in this process is doing; ``off`` where it runs in another one, or not at all."""
    clock = current_app.extensions.get("piaoflow.clock")
    return clock.state() if clock else {"role": "off", "looked_at": None}
