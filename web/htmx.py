"""What differs when htmx asks: a fragment instead of a page, and how it is told to go elsewhere."""

from __future__ import annotations

from flask import Response, make_response, redirect, request


def wants_fragment() -> bool:
    """Whether part of a page was asked for. (A boosted link or form asks for a whole page.)"""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def see_other(url: str) -> Response:
    """Lead to `url` after a write: 303, or for a fragment request the header that makes the browser go there."""
    if not wants_fragment():
        return make_response(redirect(url, code=303))
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def safe_target(target: str | None, default: str = "/") -> str:
    """`target` if it is a path of this site, else `default`: no address elsewhere can be smuggled into ``next``.

    Browsers read two slashes, or a backslash for a slash, as the beginning of a host, and drop control characters.
    """
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or not target.isprintable()
    ):
        return default
    return target
