"""Languages, time zone, and how figures and moments are written for the reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, has_request_context, request
from flask_babel import Babel, format_decimal, format_timedelta, get_locale
from flask_babel import gettext as _
from flask_login import current_user

from models.invoice_types import get_tax_rate
from models.taxid import normalize_tax_id
from web.settings import Settings

LANGUAGES = {"zh": "中文", "en": "English"}
_COOKIE = "piaoflow_language"
_YEAR_SECONDS = 365 * 24 * 3600
_LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
_DEFAULT_TIME_ZONE = "Asia/Shanghai"
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def init_app(app: Flask, settings: Settings) -> None:
    app.config["DEFAULT_LANGUAGE"] = settings.default_language
    Babel(
        app,
        default_locale=settings.default_language,
        default_timezone=_DEFAULT_TIME_ZONE,
        default_translation_directories=str(_LOCALE_DIR),
        locale_selector=_choose_language,
        timezone_selector=time_zone,
    )
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
    app.jinja_env.filters.update(
        money=money,
        day=day,
        moment=exact,
        exact=exact,
        ago=ago,
        figure=format_decimal,
        tax_id=group_tax_id,
        rate_label=rate_label,
        time_span=time_span,
    )


def language() -> str:
    """The reader's language: ``zh`` or ``en``."""
    return str(get_locale() or current_app.config["DEFAULT_LANGUAGE"])


def time_zone() -> str:
    """The time zone of the company in which the reader works."""
    return current_user.identity.time_zone if _is_known() else _DEFAULT_TIME_ZONE


def remember_language(response: Response, chosen: str) -> Response:
    """Keep a choice in the browser, for pages before the log-in."""
    response.set_cookie(
        _COOKIE,
        chosen,
        max_age=_YEAR_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def money(amount: Decimal | None, currency: str = "¥") -> str:
    """``¥ 1,234.50``: two decimals, grouped, with a real minus; "–" for none."""
    if amount is None:
        return "–"
    sign = "−" if amount < 0 else ""
    return f"{sign}{currency}{_NO_BREAK_SPACE}{format_decimal(abs(amount), '#,##0.00')}"


def day(value: date | datetime | None) -> str:
    """``2026-03-31``, as it is where the company is."""
    if value is None:
        return "–"
    return (_local(value) if isinstance(value, datetime) else value).isoformat()[:10]


def exact(value: datetime | None) -> str:
    """``2026-03-31 15:04:05``, where the company is."""
    return "–" if value is None else f"{_local(value):%Y-%m-%d %H:%M:%S}"


def ago(value: datetime | None) -> str:
    """How long ago, or in how long, in words."""
    return "–" if value is None else format_timedelta(value - datetime.now(UTC), add_direction=True)


def time_span(value: timedelta | None) -> str:
    """How long something took, in its two largest units: ``2 d 5 h``, ``3 h 20 min``, ``12 s``; "–" for none."""
    if value is None:
        return "–"
    seconds = max(round(value.total_seconds()), 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return _("%(days)d d %(hours)d h", days=days, hours=hours % 24)
    if hours:
        return _("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes % 60)
    return _("%(minutes)d min", minutes=minutes) if minutes else _("%(seconds)d s", seconds=seconds)


def group_tax_id(number: str) -> str:
    """A tax number in groups of four, for reading. (To be copied, it stands in the `tax_id` macro.)"""
    plain = normalize_tax_id(number)
    return _NO_BREAK_SPACE.join(plain[start : start + 4] for start in range(0, len(plain), 4)) or "–"


def rate_label(key: str) -> str:
    """How a line's tax rate is shown: ``13%``, 免税."""
    rate = get_tax_rate(key)
    return rate.name_zh if language() == "zh" else rate.name_en


def _choose_language() -> str:
    """The person's own setting, else the browser's cookie, else what the browser asks for, else the default."""
    if _is_known() and current_user.identity.language in LANGUAGES:
        return current_user.identity.language
    return stranger_language()


def stranger_language() -> str:
    """The language that the browser alone decides, whoever sits before it."""
    if not has_request_context():
        return current_app.config["DEFAULT_LANGUAGE"]
    chosen = request.cookies.get(_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or current_app.config["DEFAULT_LANGUAGE"]


def _is_known() -> bool:
    return has_request_context() and current_user.is_authenticated


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(time_zone()))
