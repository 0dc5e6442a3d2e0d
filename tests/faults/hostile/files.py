"""BPMN files: hostile XML, diagrams that hang or deceive a reader, and processes that never come to rest."""

import gzip
from typing import Final

from tests.engine.diagrams import chain, end, exclusive, flow, process, service, start, timer, user
from tests.faults.hostile.attack import CANARY, SECRET_FILE, Attack

_PLAIN: Final = start() + user("ask") + end() + chain("start", "ask", "end")
_TOUCH: Final = f'open("{CANARY}", "w").write("x")'


def _with_doctype(doctype: str, text: str = "&x;") -> bytes:
    body = process(f"<bpmn:documentation>{text}</bpmn:documentation>{_PLAIN}").decode()
    return f'<?xml version="1.0"?>{doctype}{body}'.encode()


def _laughs(levels: int) -> str:
    entities = '<!ENTITY x0 "ha">' + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, levels))
    return f"<!DOCTYPE d [{entities}]>"


def _tasks(count: int) -> bytes:
    names = [f"t{number}" for number in range(count)]
    return process(
        start() + "".join(f'<bpmn:task id="{name}"/>' for name in names) + end() + chain("start", *names, "end")
    )


def _ladder(rungs: int, gateway: str) -> bytes:
    """Splits and joins in a row: 2^rungs ways from start to end."""
    body, flows, last = "", "", "start"
    for n in range(rungs):
        default = f' default="a{n}"' if gateway == "inclusiveGateway" else ""
        body += f'<bpmn:{gateway} id="s{n}"{default}/><bpmn:{gateway} id="j{n}"/>'
        body += f'<bpmn:task id="x{n}"/><bpmn:task id="y{n}"/>'
        condition = "true" if gateway == "inclusiveGateway" else ""
        flows += flow(last, f"s{n}") + flow(f"s{n}", f"x{n}", flow_id=f"a{n}") + flow(f"s{n}", f"y{n}", condition)
        flows += flow(f"x{n}", f"j{n}") + flow(f"y{n}", f"j{n}")
        last = f"j{n}"
    return process(start() + body + end() + flows + flow(last, "end"))


def _nested(levels: int) -> bytes:
    inner = "<bpmn:task id='deepest'/>"
    for n in range(levels):
        entry = f"<bpmn:startEvent id='s{n}'/><bpmn:endEvent id='e{n}'/>"
        name = "deepest" if n == 0 else f"sub{n - 1}"
        inner = f"<bpmn:subProcess id='sub{n}'>{entry}{inner}{chain(f's{n}', name, f'e{n}')}</bpmn:subProcess>"
    return process(start() + inner + end() + chain("start", f"sub{levels - 1}", "end"))


def _nested_data() -> bytes:
    """A data object used two subprocesses down: the stock parser seeks it for ever."""
    task = (
        '<bpmn:userTask id="ask"><bpmn:dataInputAssociation id="a"><bpmn:sourceRef>r</bpmn:sourceRef>'
        "</bpmn:dataInputAssociation></bpmn:userTask>"
    )
    deep = f'<bpmn:subProcess id="two">{start("s2")}{task}{end("e2")}{chain("s2", "ask", "e2")}</bpmn:subProcess>'
    middle = f'<bpmn:subProcess id="one">{start("s1")}{deep}{end("e1")}{chain("s1", "two", "e1")}</bpmn:subProcess>'
    data = '<bpmn:dataObject id="o"/><bpmn:dataObjectReference id="r" dataObjectRef="o"/>'
    return process(data + start() + middle + end() + chain("start", "one", "end"))


def _circle(body: str = "") -> bytes:
    """Round and round without anybody."""
    gateway = exclusive("again", default="again_to_turn")
    flows = flow("start", "turn") + flow("turn", "again") + flow("again", "turn") + flow("again", "end", "amount = 0")
    return process(start() + (body or '<bpmn:task id="turn"/>') + gateway + end() + flows)


def _loop(items: str, *, sequential: bool = False) -> bytes:
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>out</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="item"/><bpmn:outputDataItem id="answer"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    return process(start() + user("ask", inner=loop) + end() + chain("start", "ask", "end"))


def _cardinality(text: str) -> bytes:
    loop = (
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{text}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    return process(start() + user("ask", inner=loop) + end() + chain("start", "ask", "end"))


def _timer(kind: str, text: str) -> bytes:
    tasks = user("ask") + timer("late", "ask", kind, text) + end("gone")
    return process(start() + tasks + end() + chain("start", "ask", "end") + flow("late", "gone"))


def _condition(text: str) -> bytes:
    gateway = exclusive("choose", default="choose_to_end")
    flows = flow("start", "choose") + flow("choose", "ask", text) + flow("choose", "end") + flow("ask", "end")
    return process(start() + gateway + user("ask") + end() + flows)


def _renamed(name: str, node: str = "ask") -> bytes:
    return process(_PLAIN).replace(f'"{node}'.encode(), f'"{name}'.encode())


_XML: Final = {
    "billion laughs": _with_doctype(_laughs(10), "&x9;"),
    "quadratic blow-up": _with_doctype(f'<!DOCTYPE d [<!ENTITY x "{"a" * 100_000}">]>', "&x;" * 20_000),
    "external entity": _with_doctype(f'<!DOCTYPE d [<!ENTITY x SYSTEM "{SECRET_FILE}">]>'),
    "external entity over the network": _with_doctype('<!DOCTYPE d [<!ENTITY x SYSTEM "http://example.invalid/x">]>'),
    "external doctype": _with_doctype('<!DOCTYPE d SYSTEM "http://example.invalid/x.dtd">', "x"),
    "parameter entity": _with_doctype('<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>', "x"),
    "entity in an attribute": _with_doctype('<!DOCTYPE d [<!ENTITY x "y">]>', "x").replace(b'id="ask"', b'id="&x;"'),
    "doctype alone": _with_doctype("<!DOCTYPE d>", "x"),
    "include": _with_doctype(
        "", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{SECRET_FILE}" parse="text"/>'
    ),
    "stylesheet": _with_doctype('<?xml-stylesheet href="http://example.invalid/x.xsl"?>', "x"),
    "empty": b"",
    "blanks": b" \n ",
    "zeros": b"\x00" * 1000,
    "binary": bytes(range(256)) * 10,
    "compressed": gzip.compress(process(_PLAIN)),
    "html": b"<!doctype html><title>x</title>",
    "another root": b"<a/>",
    "cut off": process(_PLAIN)[:-20],
    "two roots": process(_PLAIN) * 2,
    "utf-16": process(_PLAIN).decode().encode("utf-16"),
    "another encoding": b'<?xml version="1.0" encoding="iso-8859-1"?>' + process(_PLAIN),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?>' + process(_PLAIN),
    "ten thousand levels": b"<a>" * 10_000 + b"</a>" * 10_000,
    "levels in a process": process("<bpmn:subProcess>" * 500 + "</bpmn:subProcess>" * 500),
    "three megabytes": process(_PLAIN + f"<!-- {'x' * 3_000_000} -->"),
    "one attribute of two megabytes": process(_PLAIN).replace(b'"ask"', b'"' + b"a" * 2_000_000 + b'"'),
    "a hundred thousand attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/>",
    "a hundred thousand elements": process("<bpmn:documentation/>" * 60_000 + _PLAIN),
}
_DIAGRAMS: Final = {
    "id Start": _renamed("Start"),
    "id End": _renamed("End"),
    "id Root": _renamed("Root"),
    "id with a quote": _renamed("a&apos;]"),
    "id with a path": _renamed("../../x"),
    "id with a tag": _renamed("&lt;script&gt;"),
    "id that is another's": _renamed("start"),
    "id of a join of the library": _renamed("x.BoundaryEventJoin"),
    "empty id": _renamed(""),
    "id of ten thousand letters": _renamed("a" * 10_000),
    "no process": b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    "no start": process(user("ask") + end() + chain("ask", "end")),
    "two starts": process(start("s2") + _PLAIN + flow("s2", "ask")),
    "an island": process(_PLAIN + user("alone")),
    "a dead end": process(start() + user("ask") + chain("start", "ask")),
    "a flow from nowhere": process(_PLAIN + flow("nowhere", "ask")),
    "a flow to nowhere": process(_PLAIN + flow("ask", "nowhere")),
    "a flow to itself": process(_PLAIN + flow("ask", "ask")),
    "a flow into the start": process(_PLAIN + flow("ask", "start")),
    "six hundred tasks in a row": _tasks(600),
    "three thousand tasks in a row": _tasks(3000),
    "a ladder of parallel gateways": _ladder(60, "parallelGateway"),
    "a ladder of inclusive gateways": _ladder(60, "inclusiveGateway"),
    "fifty subprocesses in each other": _nested(50),
    "a data object two subprocesses down": _nested_data(),
    "a boundary event on itself": process(_PLAIN + timer("late", "late", "timeDuration", "PT1S") + flow("late", "end")),
    "a boundary event on nothing": process(
        _PLAIN + timer("late", "gone", "timeDuration", "PT1S") + flow("late", "end")
    ),
    "a property without a value": process(_PLAIN).replace(b'value="answer"', b""),
    "a service without an operator": process(
        start() + '<bpmn:serviceTask id="call"/>' + end() + chain("start", "call", "end")
    ),
    "an unknown service": process(start() + service("call", "os.system") + end() + chain("start", "call", "end")),
    "a parameter without a type": process(
        start() + service("call", "echo", value="1") + end() + chain("start", "call", "end")
    ).replace(b' type="any"', b""),
    "an unknown decision": process(
        start() + '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements><spiffworkflow:calledDecisionId>x'
        "</spiffworkflow:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>"
        + end()
        + chain("start", "rule", "end")
    ),
    "an event subprocess": process(
        _PLAIN
        + '<bpmn:subProcess id="sub" triggeredByEvent="true"><bpmn:startEvent id="s"><bpmn:signalEventDefinition/>'
        f"</bpmn:startEvent>{end('e')}{flow('s', 'e')}</bpmn:subProcess>"
    ),
    "a complex gateway": process(_PLAIN).replace(b"bpmn:userTask", b"bpmn:complexGateway"),
    "a transaction": process(_PLAIN).replace(b"bpmn:userTask", b"bpmn:transaction"),
    "an ad-hoc subprocess": process(_PLAIN).replace(b"bpmn:userTask", b"bpmn:adHocSubProcess"),
    "a call of itself": process(
        start() + '<bpmn:callActivity id="call" calledElement="p"/>' + end() + chain("start", "call", "end")
    ),
    "a call of nothing": process(
        start() + '<bpmn:callActivity id="call" calledElement="q"/>' + end() + chain("start", "call", "end")
    ),
    "a condition that writes a file": _condition(_TOUCH),
    "a condition that sleeps": _condition('__import__("time").sleep(60)'),
    "a condition that explodes": _condition("9**9**9 > 1"),
    "a condition of nothing": _condition("1 +"),
    "a user task of a class": process(_PLAIN).replace(b'value="answer"', b'value="=().__class__"'),
}
_RUNS: Final = {
    "a circle without anybody": _circle(),
    "a circle of gateways": _circle(exclusive("turn")),
    "items that are a text": _loop("text"),
    "items that are a number": _loop("amount"),
    "items that are not there": _loop("missing"),
    "items that are a context": _loop("x"),
    "a hundred thousand items": _loop("many"),
    "a hundred thousand items in turn": _loop("many", sequential=True),
    "cardinality of a billion": _cardinality("1000000000"),
    "cardinality below nothing": _cardinality("-1"),
    "cardinality that is a text": _cardinality('"many"'),
    "cardinality that explodes": _cardinality("9**9**9"),
    "a timer that writes a file": _timer("timeDuration", _TOUCH),
    "a timer of no time": _timer("timeCycle", "R/PT0S"),
    "a timer of every microsecond": _timer("timeCycle", "R/PT0.000001S"),
    "a timer of a billion rounds": _timer("timeCycle", "R1000000000/PT0.1S"),
    "a timer of a billion years": _timer("timeDuration", "P1000000000Y"),
    "a timer of a huge number": _timer("timeDuration", f"P{'9' * 5000}D"),
    "a timer in the year 99999": _timer("timeDate", "99999-01-01T00:00:00Z"),
    "a timer in the year zero": _timer("timeDate", "0000-01-01T00:00:00Z"),
    "a timer that is a text": _timer("timeDuration", '"tomorrow"'),
    "a timer below nothing": _timer("timeDuration", "-P1D"),
}

ATTACKS: Final = [
    *(Attack("file", f"xml: {name}", source, source) for name, source in _XML.items()),
    *(Attack("file", name, source, source) for name, source in _DIAGRAMS.items()),
    *(Attack("file", f"run: {name}", source, source) for name, source in _RUNS.items()),
]
