"""Files that strangers wrote to do harm: each is refused with a sentence, none is ever run."""

from datetime import UTC, datetime

import pytest

from engine.bpmn.xml import MAX_BYTES, parse_xml
from engine.catalogue import Catalogue
from engine.errors import DefinitionInvalid
from engine.process import Engine
from tests.engine.diagrams import chain, end, exclusive, flow, one_task, process, start, user

NOTHING = b"<a/>"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><lolz>&d;</lolz>"""


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("xml.doctype", b"<!DOCTYPE a><a/>"),
        ("xml.doctype", BOMB),
        ("xml.doctype", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
        ("xml.doctype", b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>'),
        ("xml.doctype", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode("utf-16")),
        ("xml.doctype", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&nothere;</a"),
        ("xml.syntax", b""),
        ("xml.syntax", b"not xml"),
        ("xml.syntax", b"<a>"),
        ("xml.syntax", b"<a>&undefined;</a>"),
        ("xml.syntax", b"PK\x03\x04" + b"\x00" * 1000),
        ("xml.syntax", b"<a" + b" x='1'" * 2 + b"/>"),
        ("xml.too_large", b"<a>" + b" " * MAX_BYTES + b"</a>"),
        ("xml.too_deep", b"<a>" * 61 + b"</a>" * 61),
        ("xml.too_many", b"<a>" + b"<b/>" * 50_000 + b"</a>"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(code: str, source: bytes) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        parse_xml(source)
    assert refusal.value.code == code
    engine = Engine(Catalogue())
    (problem,) = engine.check(source, decisions=(), forms=())
    assert (problem.code, problem.severity, problem.element_id) == (code, "error", "")
    with pytest.raises(DefinitionInvalid):
        engine.load(source, {})


def test_a_very_deep_file_is_refused_before_it_costs_anything() -> None:
    with pytest.raises(DefinitionInvalid):
        parse_xml(b"<a>" * 100_000)


def test_comments_and_instructions_are_dropped() -> None:
    root = parse_xml(b"<?pi x?><a><!-- c --><?pi y?><b/></a>")
    assert [child.tag for child in root] == ["b"]


def test_a_plain_file_is_read() -> None:
    assert parse_xml(NOTHING).tag == "a"


PYTHON = [
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "open('/etc/passwd').read()",
    "lambda: 1",
    "exec('x = 1')",
    "[x for x in range(10**9)]",
]


@pytest.mark.parametrize("expression", PYTHON)
def test_python_in_a_condition_never_runs(expression: str) -> None:
    ways = chain("start", "x", "no") + flow("x", "yes", expression)
    source = process(start() + exclusive("x", "x_to_no") + end("yes") + end("no") + ways)
    engine = Engine(Catalogue())
    problems = engine.check(source, decisions=(), forms=())
    assert {problem.code for problem in problems} <= {"expression.invalid"}
    if not problems:  # it reads as FEEL, and there it means nothing
        outcome = engine.start(engine.load(source, {}), {}, context=None, now=datetime(2026, 1, 1, tzinfo=UTC))
        assert outcome.steps[-1].element_id == "no"


@pytest.mark.parametrize("expression", PYTHON)
def test_python_in_a_property_never_runs(expression: str) -> None:
    source = one_task(candidates="=" + expression)
    engine = Engine(Catalogue())
    problems = engine.check(source, decisions=(), forms={"form"})
    assert {problem.code for problem in problems} <= {"expression.invalid"}


def test_an_element_of_another_namespace_is_not_executable() -> None:
    source = one_task().replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"http://example.invalid/MODEL")
    (problem,) = Engine(Catalogue()).check(source, decisions=(), forms=())
    assert problem.code == "bpmn.no_process"


def test_a_file_with_broken_references_is_refused_and_nothing_escapes() -> None:
    source = process(user("x") + flow("x", "x") + flow("", "") + '<bpmn:boundaryEvent id="b" attachedToRef="b"/>')
    problems = Engine(Catalogue()).check(source, decisions=(), forms={"form"})
    assert {"flow.dangling", "boundary.unattached", "start.count", "end.missing"} <= {item.code for item in problems}
