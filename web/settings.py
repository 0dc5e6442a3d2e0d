"""What the environment says: one frozen value, read and checked once at start. Documented in `docs/settings.md`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsInvalid(Exception):
    """A variable of the environment has a value that cannot be used. The text names the variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path
    database_url: str
    secret_key: str
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    base_url: str = ""
    default_language: str = "zh"
    smtp_url: str = ""
    mail_from: str = "piaoflow@localhost"
    cookie_secure: bool = False
    log_level: str = "INFO"
    clock: bool = True
    backup_keep: str = "24h,7d,5w,12m,10y"

    @property
    def attachments_dir(self) -> Path:
        return self.data_dir / "attachments"

    @property
    def backups_dir(self) -> Path:
        return self.data_dir / "backups"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment. `NAME_FILE` names a file that holds the value, for secrets.

    Creates the data directory and, on the first start, the secret key in it. Raises `SettingsInvalid`.
    """
    data_dir = Path(_text(environ, "PIAOFLOW_DATA", "var")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(_text(environ, "DATABASE_URL", f"sqlite:///{data_dir / 'piaoflow.db'}")),
        secret_key=_text(environ, "PIAOFLOW_SECRET_KEY", "") or _kept_secret(data_dir / "secret.key"),
        host=_text(environ, "HOST", "127.0.0.1"),
        port=_number(environ, "PORT", 8000, 1, 65535),
        threads=_number(environ, "PIAOFLOW_THREADS", 8, 1, 64),
        base_url=_text(environ, "PIAOFLOW_BASE_URL", "").rstrip("/"),
        default_language=_choice(environ, "PIAOFLOW_LANGUAGE", "zh", ("zh", "en")),
        smtp_url=_text(environ, "PIAOFLOW_SMTP_URL", ""),
        mail_from=_text(environ, "PIAOFLOW_MAIL_FROM", "piaoflow@localhost"),
        cookie_secure=_flag(environ, "PIAOFLOW_COOKIE_SECURE", default=False),
        log_level=_choice(environ, "PIAOFLOW_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        clock=_flag(environ, "PIAOFLOW_CLOCK", default=True),
        backup_keep=_text(environ, "PIAOFLOW_BACKUP_KEEP", "24h,7d,5w,12m,10y"),
    )


def _text(environ: Mapping[str, str], name: str, default: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsInvalid(f"{name}_FILE: cannot read {path}: {error.strerror}") from error
    return environ.get(name, "").strip() or default


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = _text(environ, name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsInvalid(f"{name}: {text!r} is not a whole number from {low} to {high}")
    return int(text)


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = _choice(environ, name, "1" if default else "0", ("0", "1", "false", "true", "no", "yes"))
    return text in ("1", "true", "yes")


def _choice(environ: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = _text(environ, name, default)
    if text not in allowed:
        raise SettingsInvalid(f"{name}: {text!r} is not one of {', '.join(allowed)}")
    return text


def _database_url(url: str) -> str:
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsInvalid("DATABASE_URL: only sqlite:///FILE and postgresql://… are supported")
    return url


def _kept_secret(path: Path) -> str:
    """The key that signs cookies: made on the first start, then kept, readable by its owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
