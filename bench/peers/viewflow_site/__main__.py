"""Prints, as JSON, milliseconds of processor time and SQL statements of every decision. FILE SHAPE REQUESTS."""

import importlib
import json
import sys

import django
from django.conf import settings
from django.core.management import call_command

PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-20000;"


def configure(file):
    """As on our side: WAL, synchronous=FULL, the write lock taken at BEGIN."""
    options = {"init_command": PRAGMAS, "transaction_mode": "IMMEDIATE"}
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "viewflow",
            "viewflow.workflow",
            "bench.peers.viewflow_site",
        ],
        MIGRATION_MODULES=dict.fromkeys(("contenttypes", "auth", "viewflow")),
        MIDDLEWARE=(),
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


if __name__ == "__main__":
    configure(sys.argv[1])
    # Django's models can be imported only now.
    driving = importlib.import_module("bench.peers.viewflow_site.driving")
    print(json.dumps(driving.measure(sys.argv[2], int(sys.argv[3]))))
