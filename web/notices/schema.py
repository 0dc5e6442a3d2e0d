"""The shape of choices about notices on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from models.notices import ChatKind, Digest
from tasks.notices import ChatDraft, PreferenceDraft
from web.forms import FormSchema, text


class PreferenceSchema(FormSchema):
    wanted = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    digest = fields.Enum(Digest, by_value=True, load_default=Digest.OFF)
    digest_at = fields.Time(load_default=PreferenceDraft.digest_at)
    quiet_from = fields.Time(load_default=None)
    quiet_until = fields.Time(load_default=None)
    time_zone = text(60)
    urgent_passes = fields.Boolean(load_default=False)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> PreferenceDraft:
        return PreferenceDraft(**data | {"wanted": frozenset(data["wanted"])})


class ChatSchema(FormSchema):
    name = text(60, required=True)
    kind = fields.Enum(ChatKind, by_value=True, required=True)
    url = text(500, required=True)
    secret = text(200)
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    groups = fields.List(fields.String(validate=validate.Length(max=20)), load_default=list)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> ChatDraft:
        return ChatDraft(**data)
