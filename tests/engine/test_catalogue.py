"""The list of services a diagram may call."""

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import ServiceUnknown


def _task(name: str = "a", **params: str) -> ServiceTask:
    return ServiceTask(name, lambda _context: None, params)


def test_services_are_found_by_name_in_the_order_given() -> None:
    catalogue = Catalogue(_task("b"), _task("a"))
    assert [task.name for task in catalogue] == ["b", "a"]
    assert len(catalogue) == 2
    assert "a" in catalogue
    assert "c" not in catalogue
    assert catalogue["a"].name == "a"


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(ServiceUnknown) as refusal:
        Catalogue()["os.system"]
    assert refusal.value.fields == {"service": "os.system"}


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Catalogue(_task(), _task())


def test_a_parameter_has_a_known_type() -> None:
    with pytest.raises(ValueError, match="unknown parameter types"):
        Catalogue(_task(x="float"))
