"""Every page of the accounts room shows, for those who may see it."""

from collections.abc import Callable

import pytest

from tests.conftest import Browser


@pytest.mark.parametrize("path", ["/account", "/people", "/company", "/company/new", "/people/1"])
def test_an_administrator_sees_it(as_user: Callable[[str], Browser], path: str) -> None:
    assert as_user("ada").get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/account", 200), ("/company", 200), ("/people", 403), ("/people/1", 403), ("/company/new", 403)],
)
def test_an_applicant_sees_what_is_theirs(as_user: Callable[[str], Browser], path: str, status: int) -> None:
    assert as_user("alice").get(path).status_code == status
