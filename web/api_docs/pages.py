"""The REST API described: the OpenAPI document, and the same as a page."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from web.api_docs.reference import read_reference
from web.rest.document import read_document

bp = Blueprint("api_docs", __name__, url_prefix="/api")


@bp.get("/v1/openapi.json")
def openapi() -> ResponseReturnValue:
    return jsonify(read_document())


@bp.get("/docs")
def show() -> ResponseReturnValue:
    return render_template("api_docs/show.html", reference=read_reference(read_document()))
