"""The blueprint of the REST resources. What cannot be read is refused here, never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from flask import Request, abort
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser

PREFIX = "/api/v1"
BINARY = {"type": "string", "format": "binary"}
# A request of 2,000 lines has about 600 kB.
_MAX_JSON_BYTES = 4 * 1024 * 1024
View = TypeVar("View", bound=Callable[..., Any])


class _Parser(FlaskParser):
    """Reads what a program sent, and refuses with the same words as the pages."""

    # The schemas say themselves what becomes of names that they do not know.
    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION)

    def load_json(self, req: Request, schema: Any) -> Any:
        if not req.is_json:
            abort(415, description=_("Send JSON, with the header Content-Type: application/json."))
        data = req.get_data()
        if len(data) > _MAX_JSON_BYTES:
            raise ValidationError(_("What you sent is larger than %(limit)s MB.", limit=_MAX_JSON_BYTES // 1024**2))
        try:
            return json.loads(data)
        # Also a number of thousands of digits, and brackets without end.
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("What you sent is not JSON.")) from error

    def handle_error(self, error: ValidationError, *_arguments: Any, **_named: Any) -> NoReturn:
        # webargs puts the messages under the place they were sent to, such as "json"; the entries' names say enough.
        (messages,) = error.messages_dict.values()
        raise ValidationError(messages) from error


class ApiBlueprint(Blueprint):
    """REST resources of one room. Its name is the heading under which they are described."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, description=description)

    def says(self, summary: str, description: str = "") -> Callable[[View], View]:
        """Describe an operation. Its function's name is the operation's id."""

        def decorate(view: View) -> View:
            words = {"summary": summary, "operationId": view.__name__} | (
                {"description": description} if description else {}
            )
            decorated: View = self.doc(**words)(view)
            return decorated

        return decorate

    def refuses(self, *statuses: int) -> Callable[[View], View]:
        """Document the refusals of an operation; every one may answer 401 and 403."""

        def decorate(view: View) -> View:
            for status in (401, 403, *statuses):
                view = self.alt_response(status, response=HTTPStatus(status).name)(view)
            return view

        return decorate
