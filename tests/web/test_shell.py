"""What every page and every answer has, whatever the room."""

from tests.conftest import Browser


def test_health_names_version_and_database_and_needs_no_login(client: Browser) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert answer.json["database"]["kind"] in ("sqlite", "postgresql")
