"""Who is told what: occasions become notes, mails and chat messages after the commit, as each person wants them."""

from tasks.notices.bell import Bell, count_unread, mark_all_read, open_notice, read_bell
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
    "PreferenceDraft",
    "Topic",
    "count_unread",
    "expand_new",
    "mark_all_read",
    "notify",
    "open_notice",
    "read_bell",
    "read_preferences",
    "save_preferences",
    "send_digests",
    "sentence",
]
