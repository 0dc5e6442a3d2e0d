"""Which databases the tests run on: both, unless PIAOFLOW_TEST_DATABASES names one (``make test-sqlite``)."""

import os

ALL = ("sqlite", "postgresql")


def selected() -> list[str]:
    """Return the chosen databases, to parametrise a fixture with."""
    chosen = [name.strip() for name in os.environ.get("PIAOFLOW_TEST_DATABASES", ",".join(ALL)).split(",")]
    unknown = set(chosen) - set(ALL)
    if unknown:
        raise ValueError(f"PIAOFLOW_TEST_DATABASES knows {', '.join(ALL)}, not {', '.join(sorted(unknown))}")
    return chosen
