"""Who is asking, and may this request in at all: sessions, bearer tokens, CSRF, headers. Closed unless listed here."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect

from models.access import Actor
from tasks import accounts
from tasks.accounts import CompanyChoice, Identity
from web.settings import Settings

# Every other endpoint asks for a login first. An entry here is a decision: say no more than a stranger may know.
OPEN_ENDPOINTS = frozenset(
    {
        "static",
        "health.check",
        "accounts.log_in",
        "accounts.sign_up",
        "accounts.accept_invitation",
        "accounts.set_language",
        "api_docs.openapi",
        "api_docs.show",
        "mail_links.show",
        "mail_links.decide",
    }
)
# A page that asks by itself is no sign of a person: it keeps no session alive.
_UNATTENDED_ENDPOINTS = frozenset({"notices.counts"})
_UNTOUCHED_ENDPOINTS = frozenset({"static", "health.check"})  # they know nobody and need no database
# What is sent from pages that name no referrer: browsers then name no origin either. At the one what stands in its
# address decides and no cookie does; the other changes the language. Both want the token of their page all the same.
_ORIGINLESS_ENDPOINTS = frozenset({"mail_links.decide", "accounts.set_language"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CSRF_SECONDS = 12 * 3600
_YEAR_SECONDS = 365 * 24 * 3600

_csrf = CSRFProtect()


class Person(UserMixin):
    """What Flask-Login and the templates know as `current_user`."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.id = str(identity.actor.user_id)
        self.name = identity.name
        self.email = identity.email


def init_app(app: Flask, settings: Settings) -> None:
    prefix = "__Host-" if settings.cookie_secure else ""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"{prefix}piaoflow_form",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        LOGIN_COOKIE_NAME=f"{prefix}piaoflow_session",
        WTF_CSRF_CHECK_DEFAULT=False,  # `_guard` asks, in its own order
        WTF_CSRF_TIME_LIMIT=_CSRF_SECONDS,
        WTF_CSRF_SSL_STRICT=False,  # `_refuse_other_sites` looks at Origin, which browsers do not leave out
    )
    _csrf.init_app(app)
    logins = LoginManager()
    logins.init_app(app, add_context_processor=False)  # it would ask who is there for pages about faults too
    logins.session_protection = None
    logins.request_loader(lambda _request: _identify())
    app.before_request(_guard)
    app.after_request(_set_headers)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, companies=companies, current_user=current_user)


def current_identity() -> Identity:
    """Who is asking. Answers 401 where nobody is."""
    if not current_user.is_authenticated:
        abort(401)
    return current_user.identity


def current_actor() -> Actor:
    return current_identity().actor


def companies() -> list[dict[str, object]]:
    """Where the person may work, for the menu: id, name, is_current."""
    if not current_user.is_authenticated:
        return []
    here = current_actor().company_id
    return [{"id": choice.id, "name": choice.name, "is_current": choice.id == here} for choice in _choices()]


def csp_nonce() -> str:
    """The nonce of this response's own scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def remember(response: Response, session_secret: str) -> Response:
    """Sign the browser in. The form session starts anew, so that nothing planted before the log-in lives on."""
    session.clear()
    response.set_cookie(
        current_app.config["LOGIN_COOKIE_NAME"],
        session_secret,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def forget(response: Response) -> Response:
    """Sign the browser out."""
    session.clear()
    response.delete_cookie(
        current_app.config["LOGIN_COOKIE_NAME"], secure=current_app.config["SESSION_COOKIE_SECURE"], path="/"
    )
    return response


def allow_style_attributes() -> None:
    """Let the page of this response place what it draws by style attributes, as the editors of bpmn.io do."""
    g.has_style_attributes = True


def is_api() -> bool:
    return request.path.startswith("/api/")


def _choices() -> tuple[CompanyChoice, ...]:
    return current_identity().companies


def _guard() -> ResponseReturnValue | None:
    """1. Who is it? 2. Does the request come from our own pages? 3. Is a login needed, and there?"""
    if request.endpoint in _UNTOUCHED_ENDPOINTS:
        return None
    is_known = current_user.is_authenticated
    if request.method not in _SAFE_METHODS and not _has_bearer():
        _refuse_other_sites()
        if request.endpoint and (is_known or request.endpoint in OPEN_ENDPOINTS):
            _csrf.protect()
    if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS or is_known:
        return None
    return _ask_to_log_in()


def _identify() -> Person | None:
    """The person behind the bearer token of a program, else behind the browser's cookie."""
    if request.endpoint in _UNTOUCHED_ENDPOINTS:
        return None
    if _has_bearer():
        identity = accounts.identify_token(request.headers["Authorization"].removeprefix("Bearer ").strip())
    else:
        cookie = request.cookies.get(current_app.config["LOGIN_COOKIE_NAME"], "")
        identity = accounts.identify_session(cookie, address=request.remote_addr or "") if cookie else None
    if identity is None:
        return None
    if identity.is_stale and request.endpoint not in _UNATTENDED_ENDPOINTS:
        accounts.touch_session(identity)
    return Person(identity)


def _has_bearer() -> bool:
    return is_api() and request.headers.get("Authorization", "").startswith("Bearer ")


def _refuse_other_sites() -> None:
    """A second wall beside the CSRF token: browsers say where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin == "null" and request.endpoint in _ORIGINLESS_ENDPOINTS:
        return
    if origin is not None and urlsplit(origin).netloc not in _own_hosts():
        abort(403)


def _own_hosts() -> set[str]:
    return {request.host, urlsplit(current_app.config["BASE_URL"]).netloc} - {""}


def _ask_to_log_in() -> ResponseReturnValue:
    """A page leads to the log-in and back. What was being sent is refused instead, so that it stays in the form."""
    if is_api() or request.method not in _SAFE_METHODS or request.headers.get("HX-Request") == "true":
        abort(401)
    return redirect(url_for("accounts.log_in", next=request.full_path.rstrip("?")))


def _set_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _content_security_policy())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    elif request.path.startswith("/static/dist/") and response.status_code == 200:
        headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"  # the name holds a hash
    return response


def _content_security_policy() -> str:
    nonce = csp_nonce()
    attributes = "; style-src-attr 'unsafe-inline'" if g.get("has_style_attributes") else ""
    return (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'"
        f"{attributes}"
    )
