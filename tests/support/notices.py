"""What the clock does about notices, done at once: for tests that read the bell or the outbox."""

from flask import Flask

from models.access import Actor
from tasks import notices

CLOCK = Actor(None, is_system=True, origin="clock")
BASE_URL = "https://piaoflow.acme.example"


def tell_everybody(app: Flask) -> int:
    """Expand every notice that waits; how many there were. In a session of its own, as the clock does."""
    with app.app_context():
        return notices.expand_new(CLOCK, base_url=BASE_URL)
