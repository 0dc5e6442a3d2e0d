"""Import customers from a sheet: upload, dry run, then all good rows in one transaction, or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.access import Actor, Permission, require
from models.customers import Customer, Header
from models.db import db, refresh_statistics
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.exchange import ImportJob
from models.pinyin import initials
from tasks import audit
from tasks.boundary import command, query, steps
from tasks.customers.columns import COLUMNS
from tasks.customers.details import draw_codes, name_letters
from tasks.customers.existing import load_existing
from tasks.customers.headers import close_headers
from tasks.customers.planning import ImportPlan, PlannedRow, differs, plan_rows
from tasks.exchange import SheetRows, build_template, read_workbook, write_error_workbook
from tasks.files import FileStore
from tasks.language import translate

KIND = "customers"


@query(Permission.CUSTOMER_EDIT)
def import_template(actor: Actor, language: str) -> bytes:
    """An empty workbook to fill in, with instructions in `language`."""
    return build_template(COLUMNS, language, title=translate("Customers", language))


@steps
def upload_import(actor: Actor, *, store: FileStore, name: str, data: bytes) -> ImportJob:
    """Read a file and keep it for the dry run. Raises `Invalid` when it cannot be read; then nothing is kept."""
    require(actor, Permission.CUSTOMER_EDIT)
    _read(data)
    return _note_upload(actor, name=PurePath(name.replace("\\", "/")).name[:200], sha256=store.put(data))


@query(Permission.CUSTOMER_EDIT)
def get_import(actor: Actor, job_id: int) -> ImportJob:
    """One's own import. Raises `NotFound`."""
    job = db.session.scalars(
        select(ImportJob).where(
            ImportJob.id == job_id, ImportJob.kind == KIND, ImportJob.created_by_id == actor.user_id
        )
    ).one_or_none()
    if job is None:
        raise NotFound("There is no such import, or it is not yours.", code="import.not_found")
    return job


@query(Permission.CUSTOMER_EDIT)
def preview_import(actor: Actor, *, store: FileStore, job_id: int) -> ImportPlan:
    """What the import would do now. Nothing is changed."""
    sheet = _read(store.get(get_import(actor, job_id).sha256))
    plan = plan_rows(actor, sheet.rows, load_existing(actor, sheet.rows, lock=False))
    return ImportPlan(plan.rows, plan.faults, sheet.unknown_headers)


@query(Permission.CUSTOMER_EDIT)
def import_errors(actor: Actor, *, store: FileStore, job_id: int, language: str) -> bytes:
    """A workbook of the refused rows, with the reasons in `language` beside them, to be mended and uploaded again."""
    faults = preview_import(actor, store=store, job_id=job_id).faults
    rows = [(fault.values, " ".join(_sentence(problem, language) for problem in fault.problems)) for fault in faults]
    return write_error_workbook(COLUMNS, rows, language)


@steps
def run_import(actor: Actor, *, store: FileStore, job_id: int, only_if_all_good: bool) -> ImportJob:
    """Import the good rows, or with `only_if_all_good` nothing while a row is at fault.

    The file is read before the transaction opens, so that nobody waits for a slow one. Raises `Conflict` when it was
    imported already.
    """
    require(actor, Permission.CUSTOMER_EDIT)
    sheet = _read(store.get(get_import(actor, job_id).sha256))
    return _import_rows(actor, sheet=sheet, job_id=job_id, only_if_all_good=only_if_all_good)


@command(Permission.CUSTOMER_EDIT)
def _note_upload(actor: Actor, *, name: str, sha256: str) -> ImportJob:
    if actor.user_id is None:
        raise NotAllowed("Only a person can import a file.", code="import.no_person")
    job = ImportJob(kind=KIND, file_name=name, sha256=sha256, created_by_id=actor.user_id)
    db.session.add(job)
    db.session.flush()
    audit.record(actor, "customer.upload", f"import:{job.id}", file=name, sha256=sha256)
    return job


@command(Permission.CUSTOMER_EDIT)
def _import_rows(actor: Actor, *, sheet: SheetRows, job_id: int, only_if_all_good: bool) -> ImportJob:
    job = get_import(actor, job_id)
    db.session.refresh(job, with_for_update=True)
    plan = plan_rows(actor, sheet.rows, load_existing(actor, sheet.rows, lock=True))
    if only_if_all_good and plan.faults:
        raise Invalid("{count} rows are at fault. Nothing was imported.", code="import.faults", count=len(plan.faults))
    job.finish(plan.counts)
    try:
        with db.session.begin_nested():
            facts = _apply(actor, plan)
    except IntegrityError as error:
        raise Conflict(
            "Somebody else has changed customers during the import. Nothing was imported; try again.",
            code="import.race",
        ) from error
    refresh_statistics(db.session(), "customer", "header")
    audit.record(
        actor, "customer.import", f"import:{job.id}", file=job.file_name, sha256=job.sha256, **plan.counts, **facts
    )
    return job


def _apply(actor: Actor, plan: ImportPlan) -> dict[str, Any]:
    """1. Close the versions that change. 2. Write customers and headers. 3. Say which rows became what."""
    changing = [row for row in plan.rows if row.header is not None and differs(row.header, row.header_values)]
    was_default = {row.header.id: row.header.is_default for row in changing if row.header is not None}
    close_headers([row.header for row in changing if row.header is not None])
    codes = iter(draw_codes(actor, len({row.key for row in plan.rows if _needs_code(row)})))
    made: dict[str, Customer] = {}
    changed: list[list[Any]] = []
    for row in plan.rows:
        if row.customer is None and row.key not in made:
            made[row.key] = _make_customer(row, codes)
        customer = row.customer or made[row.key]
        before = _change_customer(customer, row.customer_values) if row.customer is not None else {}
        is_default = was_default.get(row.header.id, False) if row.header else not customer.current_headers
        if row.header is None or row.header.id in was_default:
            customer.headers.append(_make_header(actor, row, is_default=is_default))
        if row.customer is not None and row.change != "unchanged":
            changed.append([row.number, customer.id, before])
    db.session.add_all(made.values())
    db.session.flush()
    return {"made": [[customer.code, customer.id] for customer in made.values()], "changed": changed}


def _needs_code(row: PlannedRow) -> bool:
    return row.customer is None and not row.customer_values["code"]


def _make_customer(row: PlannedRow, codes: Any) -> Customer:
    values = dict(row.customer_values)
    values["code"] = values["code"] or next(codes)
    return Customer(**values, **name_letters(values["name"]), headers=[])


def _change_customer(customer: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write the values that are different; returns what stood there before."""
    before = {field: getattr(customer, field) for field, value in values.items() if getattr(customer, field) != value}
    for field in before:
        setattr(customer, field, values[field])
    if "name" in before:
        letters = name_letters(customer.name)
        customer.initials, customer.pinyin = letters["initials"], letters["pinyin"]
    return before


def _make_header(actor: Actor, row: PlannedRow, *, is_default: bool) -> Header:
    return Header(
        **dict(row.header_values) | {"is_default": is_default},
        initials=initials(row.header_values["title"]),
        source="import",
        supersedes_id=row.header.id if row.header else None,
        created_by_id=actor.user_id,
    )


def _read(data: bytes) -> SheetRows:
    sheet = read_workbook(data, COLUMNS)
    if sheet.missing_headers:
        titles = [f"{column.title_en} ({column.title_zh})" for column in COLUMNS if column.key in sheet.missing_headers]
        raise Invalid(
            "The column “{columns}” is missing; the headers must stand in the first rows. Download the template to see "
            "them all.",
            code="import.missing_column",
            columns=", ".join(titles),
        )
    if not sheet.rows:
        raise Invalid("The file has headers but no rows.", code="import.no_rows")
    return sheet


def _sentence(problem: Invalid, language: str) -> str:
    return translate(problem.message, language, **problem.fields)
