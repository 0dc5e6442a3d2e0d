"""Script tasks: foreign languages, and FEEL that does not end."""

from typing import Final
from xml.sax.saxutils import escape

from tests.engine.diagrams import chain, end, process, settings, start
from tests.faults.hostile.attack import CANARY, SECRET_FILE, Attack

_TOUCH: Final = f'open("{CANARY}", "w").write("x")'
_FOREIGN: Final = {
    "no language": ("", _TOUCH),
    "python": ("python", f"import os\nos.system('touch {CANARY}')"),
    "python with a function": ("text/x-python", f"def f():\n    {_TOUCH}\nf()"),
    "python with a class": ("python", f"class C:\n    x = {_TOUCH}\n"),
    "python that reads": ("python", f'text = open("{SECRET_FILE}").read()'),
    "python that loops": ("python", "while True:\n    pass"),
    "python that grows": ("python", "x = [0]\nwhile True:\n    x += x"),
    "python that exits": ("python", "raise SystemExit(3)"),
    "python that kills": ("python", "import os\nos._exit(3)"),
    "python that catches all": ("python", f"try:\n    {_TOUCH}\nexcept BaseException:\n    pass"),
    "python that patches": ("python", f"import SpiffWorkflow\nSpiffWorkflow.x = {_TOUCH}"),
    "python that starts a thread": (
        "python",
        f"import threading\nt = threading.Thread(target=lambda: {_TOUCH})\nt.start()\nt.join()",
    ),
    "python that decorates": ("python", f"@(lambda f: {_TOUCH})\ndef g(): pass"),
    "javascript": ("application/javascript", "require('child_process').exec('id')"),
    "groovy": ("groovy", '"id".execute()'),
    "juel": ("juel", '${execution.setVariable("x", 1)}'),
    "unknown language": ("brainfuck", "+[]"),
}
_FEEL: Final = {
    "feel that counts": "for i in 1..9999999999 return i",
    "feel that grows": "{f: function(l, n) if n = 0 then l else f(concatenate(l, l), n - 1), r: f([1], 45)}.r",
    "feel that calls itself": "{f: function(x) f(x), r: f(1)}.r",
    "feel that keeps a function": "function(x) x",
    "feel that keeps a range of its own": "[1..99999999999]",
    "feel that reaches out": '__import__("os").system("id")',
    "feel with a broken text": "1 +",
}


def _script(language: str, script: str) -> bytes:
    kind = f' scriptFormat="{language}"' if language else ""
    task = (
        f'<bpmn:scriptTask id="script"{kind}><bpmn:extensionElements>{settings(result_variable="kept")}'
        f"</bpmn:extensionElements><bpmn:script>{escape(script)}</bpmn:script></bpmn:scriptTask>"
    )
    return process(start() + task + end() + chain("start", "script", "end"))


def _hook(kind: str) -> bytes:
    """A script of the `spiffworkflow:` extensions, which the stock library runs before or after a task."""
    hook = f"<spiffworkflow:{kind}>{escape(_TOUCH)}</spiffworkflow:{kind}>"
    task = f'<bpmn:manualTask id="ask"><bpmn:extensionElements>{hook}</bpmn:extensionElements></bpmn:manualTask>'
    return process(start() + task + end() + chain("start", "ask", "end"))


ATTACKS: Final = [
    *(Attack("script", name, file, file) for name, (kind, text) in _FOREIGN.items() if (file := _script(kind, text))),
    *(Attack("script", name, _script("feel", text)) for name, text in _FEEL.items()),
    *(Attack("script", kind, file, file) for kind in ("preScript", "postScript") if (file := _hook(kind))),
]
