"""The chat groups of a company: kept by its administrators, told what concerns their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select

from models.access import Actor, Permission
from models.accounts import Membership
from models.crypto import seal
from models.db import db, utc_now
from models.errors import Invalid, NotFound
from models.language import N_
from models.notices import ChatChannel, ChatKind, NoticeEvent, OutboxMessage
from tasks import audit
from tasks.boundary import command, query
from tasks.chat_robots import PURPOSE
from tasks.language import translate
from tasks.notices.letters import see_in_product
from tasks.notices.rules import CHAT, Rules
from tasks.notices.topics import GROUPS, TOPICS, sentence
from tasks.outgoing import AddressRefused, check_url

_MOST_CHANNELS = 20


@dataclass(frozen=True)
class ChatDraft:
    """A chat channel as typed. `groups` are the groups of topics that it is told."""

    name: str
    kind: ChatKind
    url: str
    secret: str = ""
    language: str = "zh"
    groups: Sequence[str] = ("waiting", "urgent")


@query(Permission.COMPANY_EDIT)
def list_chat_channels(actor: Actor) -> Sequence[ChatChannel]:
    """The chat channels of the actor's company, by name."""
    return db.session.scalars(select(ChatChannel).order_by(ChatChannel.name, ChatChannel.id)).all()


@query(Permission.COMPANY_EDIT)
def last_chat_messages(actor: Actor) -> Mapping[int, OutboxMessage]:
    """The newest message of each chat channel, by the channel's id: whether it arrived."""
    newest = select(func.max(OutboxMessage.id)).where(OutboxMessage.channel == CHAT).group_by(OutboxMessage.recipient)
    messages = db.session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(newest)))
    return {int(message.recipient): message for message in messages}


@command(Permission.COMPANY_EDIT)
def add_chat_channel(actor: Actor, draft: ChatDraft, *, secret_key: str) -> ChatChannel:
    """Keep a new chat channel; its address and secret are sealed with `secret_key`. Raises `Invalid`."""
    _check(draft)
    if len(list_chat_channels(actor)) >= _MOST_CHANNELS:
        raise Invalid("A company has at most {limit} chat channels.", code="chat.limit", limit=_MOST_CHANNELS)
    channel = ChatChannel(
        name=draft.name,
        kind=draft.kind,
        url=seal(draft.url, secret_key, PURPOSE),
        shown_url=f"{urlsplit(draft.url).hostname}/…{draft.url[-4:]}",
        secret=seal(draft.secret, secret_key, PURPOSE) if draft.secret else "",
        language=draft.language,
        groups=[group for group in GROUPS if group in draft.groups],
    )
    db.session.add(channel)
    db.session.flush()
    audit.record(actor, "chat.add", f"chat:{channel.id}", name=channel.name, kind=channel.kind.value)
    return channel


@command(Permission.COMPANY_EDIT)
def switch_chat_channel(actor: Actor, *, channel_id: int, is_on: bool) -> ChatChannel:
    """Switch a chat channel on or off; what waits for one that is off is not sent."""
    channel = _get(channel_id)
    channel.is_active = is_on
    audit.record(actor, "chat.switch", f"chat:{channel.id}", name=channel.name, is_on=is_on)
    return channel


@command(Permission.COMPANY_EDIT)
def remove_chat_channel(actor: Actor, *, channel_id: int) -> None:
    """Forget a chat channel with its address."""
    channel = _get(channel_id)
    audit.record(actor, "chat.remove", f"chat:{channel.id}", name=channel.name)
    db.session.delete(channel)


@command(Permission.COMPANY_EDIT)
def try_chat_channel(actor: Actor, *, channel_id: int) -> None:
    """Put a trial message into the outbox; the list says later whether it arrived."""
    channel = _get(channel_id)
    now = utc_now()
    message = _message(channel, f"chat.test:{channel.id}:{now.timestamp()}")
    message.title = translate(N_("Piaoflow can write to this group."), channel.language)
    message.body = ""
    db.session.add(message)


def tell_chat(event: NoticeEvent, members: Sequence[Membership], rules: Mapping[int, Rules], base_url: str) -> None:
    """A message to each chat group of the company that hears of such events, naming those whom it concerns."""
    topic = TOPICS[event.topic]
    named = [member for member in members if rules[member.user_id].wants(topic, CHAT)]
    if not named:
        return
    wanted = select(ChatChannel).where(ChatChannel.company_id == event.company_id, ChatChannel.is_active)
    for channel in db.session.scalars(wanted):
        if topic.group in channel.groups:
            message = _message(channel, f"{event.key}:chat:{channel.id}")
            names = ", ".join(member.user.name for member in named)
            message.title = f"{names}: {sentence(event.topic, event.fields, channel.language)}"
            message.body = see_in_product(event.subject, base_url, channel.language)
            message.due_at = min(rules[member.user_id].send_at(topic, utc_now()) for member in named)
            db.session.add(message)


def _message(channel: ChatChannel, key: str) -> OutboxMessage:
    return OutboxMessage(company_id=channel.company_id, key=key, channel=CHAT, recipient=str(channel.id))


def _get(channel_id: int) -> ChatChannel:
    channel = db.session.scalars(select(ChatChannel).where(ChatChannel.id == channel_id)).one_or_none()
    if channel is None:
        raise NotFound("There is no such chat channel.", code="chat.not_found")
    return channel


def _check(draft: ChatDraft) -> None:
    if not draft.name:
        raise Invalid("Enter a name for the chat channel.", code="chat.name", field="name")
    try:
        check_url(draft.url)
    except AddressRefused as error:
        raise Invalid(
            "The address must begin with https:// and hold no user name. Copy it from the robot's page.",
            code="chat.url",
            field="url",
        ) from error
    if not set(draft.groups) & set(GROUPS):
        raise Invalid("Choose at least one kind of notice for this group.", code="chat.groups", field="groups")
