"""Who is told what: occasions become notes, mails and chat messages after the commit, as each person wants them."""

from tasks.notices.bell import Bell, count_unread, mark_all_read, open_notice, read_bell
from tasks.notices.chat import (
    ChatDraft,
    add_chat_channel,
    last_chat_messages,
    list_chat_channels,
    remove_chat_channel,
    switch_chat_channel,
    try_chat_channel,
)
from tasks.notices.digests import send_digests
from tasks.notices.letters import LINK_MARK
from tasks.notices.preferences import PreferenceDraft, read_preferences, save_preferences
from tasks.notices.rules import CHANNELS
from tasks.notices.telling import expand_new, notify
from tasks.notices.topics import GROUPS, TOPICS, Topic, sentence

__all__ = [
    "CHANNELS",
    "GROUPS",
    "LINK_MARK",
    "TOPICS",
    "Bell",
    "ChatDraft",
    "PreferenceDraft",
    "Topic",
    "add_chat_channel",
    "count_unread",
    "expand_new",
    "last_chat_messages",
    "list_chat_channels",
    "mark_all_read",
    "notify",
    "open_notice",
    "read_bell",
    "read_preferences",
    "remove_chat_channel",
    "save_preferences",
    "send_digests",
    "sentence",
    "switch_chat_channel",
    "try_chat_channel",
]
