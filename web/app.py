"""The composition root: the one place where the parts are put together."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_migrate import Migrate

# All of them: a table must be known before the first query, whoever asks first.
from models import (  # noqa: F401
    accounts,
    audit,
    backups,
    calendars,
    chains,
    customers,
    delegations,
    departments,
    drafts,
    exchange,
    inbox,
    invoices,
    jobs,
    ledger,
    moves,
    notices,
    processes,
    register,
    requests,
    setup,
)
from models.db import db
from tasks import accounts as account_tasks
from tasks import chains as chain_tasks
from tasks import processes as process_tasks
from tasks import requests as request_tasks
from tasks import service_tasks
from web import assets, converters, errors, i18n, labels, logs, navigation, security
from web import settings as environment
from web.accounts import api as account_api
from web.accounts import company_pages, leaving_pages, people_pages, profile_pages
from web.accounts import pages as account_pages
from web.api_docs import pages as api_docs_pages
from web.audit import pages as audit_pages
from web.calendars import pages as calendars_pages
from web.chains import pages as chains_pages
from web.customers import api as customer_api
from web.customers import pages as customer_pages
from web.delegations import api as delegation_api
from web.delegations import pages as delegations_pages
from web.departments import api as department_api
from web.departments import pages as departments_pages
from web.drafts import pages as drafts_pages
from web.health import pages as health_pages
from web.home import pages as home_pages
from web.inbox import api as inbox_api
from web.inbox import pages as inbox_pages
from web.inbox import verb_pages, verbs_api
from web.incidents import pages as incidents_pages
from web.invoices import api as invoice_api
from web.invoices import pages as invoice_pages
from web.issuing import pages as issuing_pages
from web.mail_links import pages as mail_links_pages
from web.migrations import DIRECTORY as MIGRATIONS
from web.monitor import pages as monitor_pages
from web.notices import company_pages as company_notices_pages
from web.notices import pages as notices_pages
from web.notices import preference_pages as notice_preferences_pages
from web.processes import pages as processes_pages
from web.register import api as register_api
from web.register import pages as register_pages
from web.replays import pages as replays_pages
from web.requests import api as request_api
from web.requests import pages as request_pages
from web.rest.blueprint import ApiBlueprint
from web.settings import Settings

_MAX_REQUEST_BYTES = 12 * 1024 * 1024
# A request form with 2,000 lines of ten fields, also when it comes with a file.
_MAX_FORM_BYTES = 4 * 1024 * 1024
_MAX_FORM_PARTS = 25_000
_POOL_SIZE = 20

# Every room that has pages.
ROOMS: tuple[Blueprint, ...] = (
    health_pages.bp,
    api_docs_pages.bp,
    home_pages.bp,
    account_pages.bp,
    inbox_pages.bp,
    verb_pages.bp,
    processes_pages.bp,
    replays_pages.bp,
    drafts_pages.bp,
    incidents_pages.bp,
    monitor_pages.bp,
    notices_pages.bp,
    notice_preferences_pages.bp,
    company_notices_pages.bp,
    mail_links_pages.bp,
    chains_pages.bp,
    calendars_pages.bp,
    audit_pages.bp,
    profile_pages.bp,
    people_pages.bp,
    leaving_pages.bp,
    departments_pages.bp,
    delegations_pages.bp,
    company_pages.bp,
    request_pages.bp,
    customer_pages.bp,
    issuing_pages.bp,
    register_pages.bp,
    invoice_pages.bp,
)

# Every room's REST resources: flask-smorest blueprints with addresses under /api/v1.
APIS: tuple[ApiBlueprint, ...] = (
    account_api.bp,
    delegation_api.bp,
    department_api.bp,
    customer_api.bp,
    request_api.bp,
    inbox_api.bp,
    verbs_api.bp,
    register_api.bp,
    invoice_api.bp,
)


# What every new company has from its first day.
_NEW_COMPANY_STEPS = (
    chain_tasks.make_default_chains,
    process_tasks.publish_shipped_flow,
    request_tasks.make_default_items,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application, set up by `settings` (from the environment if None). It touches no database yet."""
    settings = settings or environment.read()
    app = Flask("web")
    _configure(app, settings)
    service_tasks.register_all()
    account_tasks.NEW_COMPANY_STEPS[:] = _NEW_COMPANY_STEPS
    logs.init_app(app, settings.log_level)
    converters.init_app(app)
    assets.init_app(app)
    i18n.init_app(app, settings)
    labels.init_app(app)
    security.init_app(app, settings)
    navigation.init_app(app)
    notices_pages.init_app(app)
    for room in ROOMS:
        app.register_blueprint(room)
    for api in APIS:
        app.register_blueprint(api)
    errors.init_app(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        BASE_URL=settings.base_url,
        MAX_CONTENT_LENGTH=_MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MAX_FORM_BYTES,
        MAX_FORM_PARTS=_MAX_FORM_PARTS,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": _POOL_SIZE, "max_overflow": _POOL_SIZE, "pool_pre_ping": True},
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
