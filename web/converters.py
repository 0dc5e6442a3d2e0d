"""What may stand in an address in the place of an id."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

MAX_ID = 2**31 - 1  # what the databases can hold


class RowIdConverter(IntegerConverter):
    """A whole number that a row can have: a larger one is simply not found, before any database is asked."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name is werkzeug's
        super().__init__(map, *args, **{"max": MAX_ID} | kwargs)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowIdConverter
