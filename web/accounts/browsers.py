"""A browser's long name in words that its owner recognises."""

from __future__ import annotations

# The first that occurs decides: Edge and Opera say Chrome as well, and Chrome says Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """``Chrome · Windows``; "" for what is not known."""
    parts = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return " · ".join(part for part in parts if part)


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
