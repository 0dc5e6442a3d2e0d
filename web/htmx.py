"""What differs when htmx asks: a fragment instead of a page, and how it is told to go elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

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
    """`target` if it is a path of this site, else `default`: no address elsewhere can be smuggled into ``next``."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return default
    if any(ord(character) < 32 for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
