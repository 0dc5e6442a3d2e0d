"""One table from refusals to responses, and two faces: problem details (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from tasks.accounts import TooManyAttempts
from tasks.health import DATABASE_ERRORS
from web.forms import flatten, sentence
from web.htmx import wants_fragment
from web.i18n import stranger_language
from web.logs import request_id
from web.security import is_api

# The first kind that fits decides.
STATUS: tuple[tuple[type[AppError], int], ...] = (
    (TooManyAttempts, 429),
    (Invalid, 422),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
)
_TITLES = {
    400: lazy_gettext("That could not be read"),
    401: lazy_gettext("You are not logged in"),
    403: lazy_gettext("Not allowed"),
    404: lazy_gettext("Not found"),
    405: lazy_gettext("Not possible here"),
    409: lazy_gettext("Changed in the meantime"),
    413: lazy_gettext("Too large"),
    422: lazy_gettext("Not accepted"),
    429: lazy_gettext("Too many attempts"),
    500: lazy_gettext("Something went wrong"),
    503: lazy_gettext("Not available right now"),
}
_SENTENCES = {
    400: lazy_gettext("The request could not be read. Go back and try again."),
    401: lazy_gettext(
        "You are not logged in, or your session has ended. Log in in another tab, then go back: your entries are "
        "still there."
    ),
    403: lazy_gettext("You may not do this. Nothing was changed."),
    404: lazy_gettext("There is nothing at this address, or it is not yours to see."),
    405: lazy_gettext("This address does not take such a request."),
    413: lazy_gettext("What you sent is too large: at most 12 MB in all, and 10 MB a file. Nothing was saved."),
    422: lazy_gettext("Some entries cannot be accepted. Nothing was saved."),
    500: lazy_gettext("This is a fault of ours, and it was noted. Nothing was saved."),
    503: lazy_gettext("The database does not answer. Nothing was saved; try again in a moment."),
}
_logger = logging.getLogger("piaoflow.errors")


def init_app(app: Flask) -> None:
    app.register_error_handler(AppError, _refuse)
    app.register_error_handler(ValidationError, _refuse_entries)
    app.register_error_handler(CSRFError, _refuse_csrf)
    app.register_error_handler(HTTPException, _show)
    for kind in DATABASE_ERRORS:
        app.register_error_handler(kind, _database_down)


def status_of(error: AppError) -> int:
    """The status that answers `error`."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def form_status(error: AppError | ValidationError) -> int:
    """The status of a form that is shown again with `error` in it."""
    return 422 if isinstance(error, ValidationError) else status_of(error)


def _refuse(error: AppError) -> Response:
    response = _answer(status_of(error), sentence(error), code=error.code, field=error.field, errors=_problems(error))
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.fields["seconds"])
    return response


def _refuse_entries(error: ValidationError) -> Response:
    return _answer(422, str(_SENTENCES[422]), code="invalid", errors=_entries(error.messages))


def _refuse_csrf(_error: CSRFError) -> Response:
    message = _("This page was open for too long. Go back, reload it and send again: your entries are still there.")
    return _answer(400, message, code="csrf.expired")


def _show(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    if status >= 500:
        return _fault(status)
    message = str(_SENTENCES.get(status) or error.description or "")
    response = _answer(status, message, code=_code(status))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _database_down(error: Exception) -> Response:
    if current_app.testing:
        raise error
    _logger.error("the database does not answer: %s", type(error).__name__)
    return _fault(503)


def _fault(status: int) -> Response:
    """A face that asks neither the database nor who is there: either may be what has failed."""
    with force_locale(stranger_language()):
        message = str(_SENTENCES.get(status, _SENTENCES[500]))
        return _answer(status, message, code=_code(status), current_user=AnonymousUserMixin())


def _answer(
    status: int,
    message: str,
    *,
    code: str,
    field: str | None = None,
    errors: list[dict[str, str]] | None = None,
    **variables: object,
) -> Response:
    """The face for whoever asks. `variables` are for the page."""
    if is_api() or _prefers_json():
        return _problem(status, message, code=code, field=field, errors=errors)
    context = {
        "status": status,
        "title": str(_TITLES.get(status, _TITLES[400])),
        "message": message,
        "request_id": request_id() if status >= 500 else "",
        **variables,
    }
    if not wants_fragment():
        return make_response(render_template("error.html", **context), status)
    response = make_response(render_template("components/error_fragment.html", **context), status)
    # Beside the form, not in its place: what was typed must not go.
    response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
    return response


def _problem(status: int, message: str, **members: Any) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": message}
    body |= {name: value for name, value in members.items() if value}
    response = jsonify(body | {"request_id": request_id()})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _problems(error: AppError) -> list[dict[str, str]] | None:
    if not isinstance(error, Invalid) or not error.problems:
        return None
    return [
        {"field": problem.field or "", "code": problem.code, "detail": sentence(problem)} for problem in error.problems
    ]


def _entries(messages: Any) -> list[dict[str, str]]:
    """marshmallow's messages, each beside its field."""
    return [
        {"field": path, "code": "invalid", "detail": text}
        for path, texts in flatten(messages).items()
        for text in texts
    ]


def _prefers_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json" and not accepted.accept_html


def _code(status: int) -> str:
    return HTTPStatus(status).name.lower()
