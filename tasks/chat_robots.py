"""Messages to the group robots of chat tools: WeCom, DingTalk, Feishu, and whoever takes plain JSON."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from models.crypto import Unreadable, unseal
from models.notices import ChatKind
from tasks.channels import Letter, Undeliverable
from tasks.outgoing import AddressRefused, Answer, Outgoing

PURPOSE = "chat-channel"
_TEXT_BYTES = 2000  # WeCom takes 2,048
_TOO_FAST = frozenset({45009, 130101, 11232, 9499})  # each tool's word for "slower, please"
_RETRIED = frozenset({408, 425, 429})


@dataclass(frozen=True)
class ChatRobots:
    """The channel ``chat``. `secret_key` opens the sealed address of the robot."""

    secret_key: str
    outgoing: Outgoing = field(default_factory=Outgoing)

    def send(self, letter: Letter) -> None:
        robot = letter.robot
        if robot is None:
            raise Undeliverable("the chat channel was switched off or removed")
        try:
            url = unseal(robot.url, self.secret_key, PURPOSE)
            secret = unseal(robot.secret, self.secret_key, PURPOSE) if robot.secret else ""
        except Unreadable as error:
            raise Undeliverable("the address cannot be decrypted: enter it again") from error
        url, payload = compose(robot.kind, url, secret, letter, now=time.time())
        body = json.dumps(payload, ensure_ascii=False).encode()
        try:
            answer = self.outgoing.post(url, body, _headers(robot.kind, body, secret))
        except AddressRefused as error:
            raise Undeliverable(f"the address is not used: {error}") from error
        _check(robot.kind, answer)


def compose(kind: str, url: str, secret: str, letter: Letter, *, now: float) -> tuple[str, dict[str, Any]]:
    """Address and JSON of one message. Plain text, not Markdown: what people typed must not become a link."""
    text = _cut(f"{letter.title}\n{letter.body}".strip())
    if kind == ChatKind.WECOM:
        return url, {"msgtype": "text", "text": {"content": text}}
    if kind == ChatKind.DINGTALK:
        return _signed_url(url, secret, now), {"msgtype": "text", "text": {"content": text}}
    if kind == ChatKind.FEISHU:
        # Feishu reads tags also in plain text: <at user_id="all"> would call everybody.
        payload: dict[str, Any] = {"msg_type": "text", "content": {"text": text.replace("<", "＜")}}
        return url, payload | _feishu_signature(secret, now)
    return url, {"key": letter.key, "title": letter.title, "text": letter.body, "at": letter.created_at.isoformat()}


def _signed_url(url: str, secret: str, now: float) -> str:
    if not secret:
        return url
    milliseconds = str(int(now * 1000))
    signature = _mac(secret.encode(), f"{milliseconds}\n{secret}".encode())
    return f"{url}{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={quote_plus(signature)}"


def _feishu_signature(secret: str, now: float) -> dict[str, str]:
    if not secret:
        return {}
    seconds = str(int(now))
    return {"timestamp": seconds, "sign": _mac(f"{seconds}\n{secret}".encode(), b"")}


def _headers(kind: str, body: bytes, secret: str) -> Mapping[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Piaoflow"}
    if kind == ChatKind.JSON and secret:
        headers["X-Piaoflow-Signature"] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return headers


def _check(kind: str, answer: Answer) -> None:
    """Raise unless the message has arrived: chat tools say most of their refusals in a 200."""
    if answer.status >= 500 or answer.status in _RETRIED:
        raise ConnectionError(f"the chat tool answered {answer.status}")
    if not 200 <= answer.status < 300:
        raise Undeliverable(f"the chat tool answered {answer.status}")
    if kind == ChatKind.JSON:
        return
    code, said = _verdict(answer.body)
    if code in _TOO_FAST:
        raise ConnectionError(f"the chat tool wants fewer messages ({code})")
    if code != 0:
        raise Undeliverable(f"the chat tool refused the message ({code}): {said}")


def _verdict(body: bytes) -> tuple[int, str]:
    try:
        said = json.loads(body)
        code = said.get("errcode", said.get("code", said.get("StatusCode", -1)))
        return int(code), str(said.get("errmsg", said.get("msg", "")))[:200]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return -1, "its answer cannot be read"


def _mac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _cut(text: str) -> str:
    raw = text.encode()
    return text if len(raw) <= _TEXT_BYTES else raw[:_TEXT_BYTES].decode(errors="ignore") + "…"
