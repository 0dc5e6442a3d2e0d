"""Marks the engine's sentences for translation where no refusal or problem is built on the spot."""


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """`text` itself; the catalogues of translations list it."""
    return text
