"""The page on which people choose what they are told."""

import re
from collections.abc import Callable

from tests.conftest import Browser

AsUser = Callable[[str], Browser]
URL = "/notices/preferences"


def ticked(page: str) -> set[str]:
    return set(re.findall(r'name="wanted" value="([a-z:]+)" checked', page))


def test_what_was_chosen_is_there_the_next_time(as_user: AsUser) -> None:
    bob = as_user("bob")
    assert "waiting:mail" in ticked(bob.get(URL).text)
    assert "copies:mail" not in ticked(bob.get(URL).text)
    choices = {
        "wanted": ["waiting:bell", "urgent:mail"],
        "digest": "daily",
        "digest_at": "08:15",
        "quiet_from": "22:00",
        "quiet_until": "07:30",
        "time_zone": "Europe/Berlin",
    }
    assert bob.post(URL, data=choices).status_code == 303
    page = bob.get(URL).text
    assert ticked(page) == {"waiting:bell", "urgent:mail"}
    for value in ("08:15", "22:00", "07:30", "Europe/Berlin"):
        assert f'value="{value}"' in page
    assert '<option value="daily" selected>' in page
    assert 'name="urgent_passes" value="true" checked' not in page


def test_one_persons_choices_are_not_anothers(as_user: AsUser) -> None:
    as_user("bob").post(URL, data={"wanted": []})
    assert ticked(as_user("bob").get(URL).text) == set()
    assert "waiting:mail" in ticked(as_user("bea").get(URL).text)


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(as_user: AsUser) -> None:
    bob = as_user("bob")
    answer = bob.post(URL, data={"wanted": ["waiting:bell"], "quiet_from": "22:00", "time_zone": "Europe/Berlin"})
    assert answer.status_code == 422
    assert "a beginning and an end" in answer.text
    assert 'value="Europe/Berlin"' in answer.text
    assert ticked(answer.text) == {"waiting:bell"}
    answer = bob.post(URL, data={"quiet_from": "late", "quiet_until": "8"})
    assert answer.status_code == 422
    assert "such as 08:30" in answer.text
    assert bob.post(URL, data={"digest": "never"}).status_code == 422
    assert "copies:bell" in ticked(bob.get(URL).text), "nothing was saved"
