"""The diagram in the reader's language."""

from lxml import etree

from engine.bpmn.localize import localized
from engine.bpmn.xml import BPMN, parse_xml
from tests.engine.diagrams import one_task
from workflows import BPMN_DIR

SHIPPED = (BPMN_DIR / "invoice_request.bpmn").read_bytes()


def _names(xml: bytes) -> dict[str, str]:
    return {item.get("id"): item.get("name") for item in parse_xml(xml).iter(f"{BPMN}*") if item.get("name")}


def test_every_name_of_the_shipped_diagram_exists_in_both_languages() -> None:
    english, chinese = _names(SHIPPED), _names(localized(SHIPPED, "zh"))
    assert english["approve"] == "Approve request"
    assert chinese["approve"] == "审批申请"
    assert english.keys() == chinese.keys()
    assert all(name.isascii() for name in english.values())
    assert not any(name.isascii() for name in chinese.values())


def test_nothing_but_names_changes() -> None:
    original, translated = parse_xml(SHIPPED), parse_xml(localized(SHIPPED, "zh_Hans_CN"))
    for root in (original, translated):
        for element in root.iter(f"{BPMN}*"):
            element.attrib.pop("name", None)
    assert etree.tostring(original, method="c14n") == etree.tostring(translated, method="c14n")


def test_another_language_reads_the_original() -> None:
    assert localized(SHIPPED, "en") == SHIPPED
    assert localized(SHIPPED, "de") == SHIPPED


def test_an_element_without_a_translation_keeps_its_name() -> None:
    xml = one_task().replace(b'<bpmn:userTask id="ask"', b'<bpmn:userTask id="ask" name="Ask"')
    assert _names(localized(xml, "zh")) == {"ask": "Ask"}
