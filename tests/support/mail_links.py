"""A link as a mail about an approval carries it, made for a product that runs."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from models.db import utc_now
from models.notices import MailLink
from tasks.notices.links import sign_link

OPEN = """SELECT task.id, task.company_id, person.user_id FROM human_task AS task
JOIN task_signer AS person ON person.task_id = task.id
WHERE task.status = 'open' AND task.form_key = 'approval' ORDER BY task.id"""


def link_into(data: Path) -> str:
    """The address of a link to the first approval that waits, as a mail would carry it."""
    expires_at = (utc_now() + timedelta(hours=72)).replace(microsecond=0)
    with closing(sqlite3.connect(data / "piaoflow.db")) as connection:
        task_id, company_id, user_id = connection.execute(OPEN).fetchone()
        row = (company_id, user_id, task_id, f"{utc_now():%Y-%m-%d %H:%M:%S.%f}", f"{expires_at:%Y-%m-%d %H:%M:%S.%f}")
        added = "INSERT INTO mail_link (company_id, user_id, task_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)"
        link_id = connection.execute(added, row).lastrowid
        connection.commit()
    link = MailLink(id=link_id, company_id=company_id, user_id=user_id, task_id=task_id, expires_at=expires_at)
    token = sign_link(link, (data / "secret.key").read_text(encoding="ascii").strip())
    return f"/decide/{token}?decision=approve"
