"""The REST API described: the OpenAPI document, and the same as a page."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from web.api_docs.reference import read_reference
from web.rest.document import read_document

bp = Blueprint("api_docs", __name__, url_prefix="/api")

_TONES = {"GET": "blue", "POST": "green", "PUT": "amber", "PATCH": "amber", "DELETE": "red"}
_REFUSALS = (
    (401, lazy_gettext("The token is missing, has expired or was revoked.")),
    (403, lazy_gettext("The token's owner may not do this.")),
    (404, lazy_gettext("There is no such thing, or it is not the owner's to see.")),
    (409, lazy_gettext("It has changed in the meantime. Read it again, then decide.")),
    (415, lazy_gettext("The body is not JSON, or its Content-Type does not say so.")),
    (422, lazy_gettext("Something in it cannot be accepted. Each fault is named with its entry; nothing was saved.")),
)


@bp.get("/v1/openapi.json")
def openapi() -> ResponseReturnValue:
    return jsonify(read_document())


@bp.get("/docs")
def show() -> ResponseReturnValue:
    base_url = current_app.config["BASE_URL"] or request.host_url.rstrip("/")
    reference = read_reference(read_document(), base_url)
    return render_template("api_docs/show.html", reference=reference, tones=_TONES, refusals=_REFUSALS)
