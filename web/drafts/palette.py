"""What an editor offers for the flow at hand, in the reader's language: roles, forms, decisions, service tasks."""

from __future__ import annotations

from typing import Any

from models.access import Actor
from tasks import drafts, processes
from web.labels import local_title, options


def palette(actor: Actor, draft_id: int) -> dict[str, list[dict[str, Any]]]:
    """Each offer with its id and label; decisions are those of the draft's own files.

    Forms come with the names that their answers set, services with their parameters.
    """
    return {
        "roles": [{"id": role, "label": words} for role, words in options("role")],
        "forms": [
            {"id": form.key, "label": local_title(form.title, form.title_zh), "fields": form.fields}
            for form in processes.list_forms()
        ],
        "decisions": [{"id": key, "label": key} for key in drafts.list_decisions(actor, draft_id=draft_id)],
        "services": [
            {
                "id": service.name,
                "label": local_title(service.title, service.title_zh),
                "params": [{"id": name, "type": kind} for name, kind in service.params.items()],
            }
            for service in processes.list_services()
        ],
    }
