"""The OpenAPI document of the REST resources, in English. Made when it is first asked for: it takes a while."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from models.language import N_
from web.rest.blueprint import ApiBlueprint
from web.rest.fields import describe_codes
from web.rest.schemas import ProblemSchema

ABOUT = N_(
    "Customers, invoice requests, the task inbox and the register of invoices, for programs. Send a token as "
    "`Authorization: Bearer …`; it acts for its owner, with the owner's roles, in one company. Money is text with two "
    "decimals, a time is ISO 8601 in UTC, a list is continued with the `next` of the page before. A refusal is "
    "`application/problem+json` with a `code` that never changes and a sentence in the language of the token's owner."
)
_PROBLEM = "application/problem+json"
_KEY = "piaoflow-openapi"


class _Describer(Api):
    """Describes resources that are open already: it adds neither addresses nor error handlers to the application."""

    ERROR_SCHEMA = ProblemSchema

    def _register_doc_blueprint(self) -> None:
        pass

    def _register_error_handlers(self) -> None:
        pass

    def _register_etag_headers(self) -> None:
        pass

    def _register_pagination_header(self) -> None:
        pass

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            self._register_problem(status.name, status.phrase)
        self._register_problem(self.DEFAULT_ERROR_RESPONSE_NAME, "Any other refusal")

    def _register_problem(self, name: str, description: str) -> None:
        response = {"description": description, "schema": self.ERROR_SCHEMA}
        prepare_response(response, self.spec, _PROBLEM)
        self.spec.components.response(name, response, lazy=True)


def read_document() -> dict[str, Any]:
    """The document of the running application."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    if _KEY not in app.extensions:
        with force_locale("en"):
            app.extensions[_KEY] = _describe(app)
    document: dict[str, Any] = app.extensions[_KEY]
    return document


def _describe(app: Flask) -> dict[str, Any]:
    api = _Describer(
        app,
        spec_kwargs={
            "title": "Piaoflow",
            "version": "v1",
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api.ma_plugin.converter.add_attribute_function(describe_codes)
    for room in app.iter_blueprints():
        if isinstance(room, ApiBlueprint):
            room.register_views_in_doc(api, app, api.spec, name=room.name, parameters=None)
            api.spec.tag({"name": room.name, "description": room.description})
    document: dict[str, Any] = api.spec.to_dict()
    return document
