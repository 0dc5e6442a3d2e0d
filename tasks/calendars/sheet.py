"""The file that holds the holidays of a year: its columns, and its rows as days."""

from __future__ import annotations

from datetime import date

from models.calendars import DaySource, SpecialDay
from models.errors import Invalid
from tasks.exchange import Choice, Column, Limits, Row, read_workbook

COLUMNS: tuple[Column, ...] = (
    Column("date", "Date", "日期", required=True, kind="date"),
    Column(
        "kind",
        "Kind",
        "类型",
        required=True,
        kind="choice",
        choices=(Choice("holiday", "Holiday", "放假"), Choice("workday", "Workday", "上班")),
    ),
    Column("name", "Name", "名称", aliases=("节日", "Holiday name")),
)
_LONGEST_NAME = 60


def read_days(year: int, data: bytes) -> list[SpecialDay]:
    """The days of a file. Raises `Invalid`, whose `problems` name each row at fault."""
    sheet = read_workbook(data, COLUMNS, limits=Limits(file_bytes=1 << 20, rows=1_000))
    if sheet.missing_headers or not sheet.rows:
        raise Invalid(
            "The file needs a first row with the titles date, kind and name, and a row for each day.",
            code="calendar.headers",
            field="file",
        )
    seen: set[str] = set()
    problems = [problem for row in sheet.rows for problem in _problems(year, row, seen)]
    if problems:
        raise Invalid(
            "The file was not imported; nothing has changed. Rows with a fault: {count}.",
            code="calendar.import",
            field="file",
            problems=tuple(problems),
            count=len(problems),
        )
    return [_day(row) for row in sheet.rows]


def _day(row: Row) -> SpecialDay:
    day, is_workday = date.fromisoformat(row.values["date"]), row.values["kind"] == "workday"
    return SpecialDay(day, is_workday, row.values["name"], DaySource.IMPORTED)


def _problems(year: int, row: Row, seen: set[str]) -> list[Invalid]:
    if row.problems:
        return list(row.problems)
    day = row.values["date"]
    is_double = day in seen
    seen.add(day)
    if not day.startswith(f"{year:04}-"):
        return [
            Invalid(
                "Row {row}: {day} is not in {year}.",
                code="calendar.row",
                field="file",
                row=row.number,
                day=day,
                year=year,
            )
        ]
    if is_double:
        return [
            Invalid(
                "Row {row}: {day} appears twice; keep one of them.",
                code="calendar.row",
                field="file",
                row=row.number,
                day=day,
            )
        ]
    if len(row.values["name"]) > _LONGEST_NAME:
        return [
            Invalid(
                "Row {row}: the name is longer than {most} characters.",
                code="calendar.row",
                field="file",
                row=row.number,
                most=_LONGEST_NAME,
            )
        ]
    return []
