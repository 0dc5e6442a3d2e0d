"""Log lines: one a request, each with the id that the answer carries too. No bodies, no query strings, no secrets."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, has_request_context, request

_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
_SENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_access = logging.getLogger("piaoflow.access")


def init_app(app: Flask, level: str) -> None:
    _configure(level)
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of the request that is being answered; "-" outside of one."""
    return g.get("request_id", "-") if has_request_context() else "-"


class _RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id()
        return True


def _configure(level: str) -> None:
    """Send everything to standard error, once per process however many apps it makes."""
    root = logging.getLogger()
    root.setLevel(level)
    # SpiffWorkflow writes a line for every state of every task: hundreds a decision, and none says what happened.
    logging.getLogger("spiff").setLevel(logging.WARNING)
    if any(isinstance(known, _RequestIdFilter) for handler in root.handlers for known in handler.filters):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_RequestIdFilter())
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)


def _begin() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _SENT_ID.fullmatch(sent) else secrets.token_hex(8)
    g.request_started = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    milliseconds = (time.perf_counter() - g.get("request_started", time.perf_counter())) * 1000
    _access.info("%s %s %d %.0fms", request.method, _shown_path(), response.status_code, milliseconds)
    return response


def _shown_path() -> str:
    """The path; the pattern instead where the path holds a secret."""
    holds_secret = request.url_rule is not None and "token" in (request.view_args or {})
    return request.url_rule.rule if holds_secret and request.url_rule else request.path
