"""Conditions and other expressions: Python that reaches out, and bombs written in each engine's own language."""

from typing import Final

from tests.faults.hostile.attack import CANARY, SECRET_FILE, SECRET_VARIABLE, Attack

_TOUCH: Final = f'open("{CANARY}", "w").write("x")'

# Python, which is what the stock engine evaluates; a designer may type the same into ours.
_REACHING: Final = {
    "write a file": _TOUCH,
    "read a file": f'open("{SECRET_FILE}").read()',
    "read the environment": f'__import__("os").environ["{SECRET_VARIABLE}"]',
    "run a command": f'__import__("os").system("touch {CANARY}")',
    "run a subprocess": f'__import__("subprocess").check_output(["touch", "{CANARY}"])',
    "run a pipe": f'__import__("os").popen("touch {CANARY}").read()',
    "eval": f"eval('{_TOUCH}')",
    "exec": f"exec('{_TOUCH}')",
    "compile and eval": f"eval(compile('{_TOUCH}', 'x', 'eval'))",
    "import by importlib": f'__import__("importlib").import_module("pathlib").Path("{CANARY}").touch()',
    "builtins by subscript": f'__builtins__["open"]("{CANARY}", "w").write("x")',
    "walrus": f'(f := open("{CANARY}", "w")).write("x")',
    "comprehension": f'[open("{CANARY}", "w").write("x") for i in numbers]',
    "lambda": f'(lambda: open("{CANARY}", "w").write("x"))()',
    "sorted by key": f'sorted(numbers, key=lambda i: open("{CANARY}", "w").write("x"))',
    "map": f'list(map(lambda i: open("{CANARY}", "w").write("x"), numbers))',
    "print to a file": f'print("x", file=open("{CANARY}", "w"))',
    "setattr": f'setattr(__import__("os"), "x", open("{CANARY}", "w").write("x"))',
    "pathlib": f'__import__("pathlib").Path("{CANARY}").write_text("x")',
    "shutil": f'__import__("shutil").copy("{SECRET_FILE}", "{CANARY}")',
    "pickle": f'__import__("pickle").loads(b"cos\\nsystem\\n(S\'touch {CANARY}\'\\ntR.")',
    "subclasses": "().__class__.__base__.__subclasses__()",
    "method resolution order": '"".__class__.__mro__',
    "globals of a lambda": "(lambda: 0).__globals__",
    "code of a lambda": "(lambda: 0).__code__",
    "frame of a generator": "(i for i in numbers).gi_frame.f_globals",
    "globals": "globals()",
    "getattr": 'getattr((), "__cla" + "ss__")',
    "type of three": 'type("X", (), {})()',
    "class of a variable": "amount.__class__",
    "method of a variable": "numbers.append",
    "module": '__import__("sys")',
    "modules": '__import__("sys").modules["os"]',
    "socket": '__import__("socket").socket()',
    "loader": "__loader__",
    "builtins": "__builtins__",
    "object": "object()",
    "memoryview": 'memoryview(b"x")',
    "change a variable": f'[numbers.append(i) for i in [4]] and open("{CANARY}", "w")',
    "format string": '"{0.__class__.__mro__}".format(amount)',
    "f-string": 'f"{amount.__class__.__mro__}"',
    "exit": "exit(3)",
    "raise system exit": '__import__("sys").exit(3)',
    "kill the process": '__import__("os")._exit(3)',
    "abort the process": '__import__("os").abort()',
    "crash the interpreter": '__import__("ctypes").string_at(0)',
    "kill by signal": '__import__("os").kill(__import__("os").getpid(), 9)',
    "sleep": '__import__("time").sleep(60)',
    "wait for input": '__import__("threading").Event().wait()',
}

# A bomb, and its like in Python.
_BOMBS: Final = {
    "tower of powers": ("9**9**9", "9**9**9"),
    "higher tower of powers": ("9**9**9**9", "9**9**9**9"),
    "power of a power": ("(10**10)**(10**10)", "(10**10)**(10**10)"),
    "shift": ("2**99999999999", "1 << 99999999999"),
    "long list": ("for i in 1..9999999999 return i", "list(range(9999999999))"),
    "long text": ('string join(for i in 1..9999999999 return "aaaaaaaaaa", "")', '"aaaaaaaaaa" * 9999999999'),
    "padded text": ('string join(for i in 1..999999999 return " ", "")', '"{:>9999999999}".format(1)'),
    "list of lists": (
        "for i in 1..99999999 return for j in 1..100000 return 0",
        "[[0] * 100000 for i in range(99999999)]",
    ),
    "counting": ("count(for i in 1..9999999999 return i)", "sum(1 for i in range(9999999999))"),
    "summing": ("sum(for i in 1..9999999999 return i)", "sum(range(9999999999))"),
    "searching": ("some i in 1..9999999999 satisfies i < 0", "any(i < 0 for i in range(9999999999))"),
    "checking all": ("every i in 1..9999999999 satisfies i > 0", "all(i > 0 for i in range(1, 9999999999))"),
    "filtering": ("(1..9999999999)[item < 0]", "[i for i in range(9999999999) if i < 0]"),
    "four loops": (
        "for a in 1..999, b in 1..999, c in 1..999, d in 1..999 return 1",
        "[1 for a in range(999) for b in range(999) for c in range(999) for d in range(999)]",
    ),
    "sorting": ("sort(for i in 1..99999999 return -i, function(x, y) x < y)", "sorted(-i for i in range(999999999))"),
    "pattern": (
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a+)+$")',
        '__import__("re").match("^(a+)+$", "a" * 40 + "b")',
    ),
    "pattern of alternatives": (
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a|aa)+$")',
        '__import__("re").match("^(a|aa)+$", "a" * 60 + "b")',
    ),
    "replacing pattern": (
        'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a+)+b", "")',
        '__import__("re").sub("(a+)+b", "", "a" * 40)',
    ),
    "splitting pattern": (
        'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a+)+b")',
        '__import__("re").split("(a+)+b", "a" * 40)',
    ),
    "product": ("product(for i in 1..9999999 return i)", '__import__("math").factorial(9999999)'),
    "calling itself": ("{f: function(x) f(x), r: f(1)}.r", "(lambda f: f(f))(lambda f: f(f))"),
    "calling itself twice": (
        "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(48)}.r",
        "(lambda f: f(f, 48))(lambda f, n: 1 if n == 0 else f(f, n - 1) + f(f, n - 1))",
    ),
    "doubling": (
        "{f: function(l, n) if n = 0 then l else f(concatenate(l, l), n - 1), r: f([1], 45)}.r",
        "(lambda f: f(f, [1], 45))(lambda f, l, n: l if n == 0 else f(f, l + l, n - 1))",
    ),
    "doubling text": (
        '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f("ab", 45)}.r',
        '(lambda f: f(f, "ab", 45))(lambda f, s, n: s if n == 0 else f(f, s + s, n - 1))',
    ),
    "digits of a number": ("string(9**9**8)", "len(str(9**9**8))"),
    "days of all years": (
        'count(for d in @"0001-01-01"..@"9999-12-31" return for e in @"0001-01-01"..@"9999-12-31" return d)',
        "sum(1 for d in range(3652059) for e in range(3652059))",
    ),
    "every pair": (
        "every a in 1..99999, b in 1..99999 satisfies a != -b",
        "all(a != -b for a in range(1, 99999) for b in range(1, 99999))",
    ),
    "decimal places": ("decimal(1/3, 999999999)", "round(1/3, 999999999) and [0] * 9999999999"),
    "growing partial": ("for i in 1..99999999 return partial", "[list(range(i)) for i in range(99999999)]"),
    "exponents": ("for i in 1..99999999 return exp(i)", "[2.5 ** (i % 9) for i in range(9999999999)]"),
}

# Refused as they are read: too deep, too long, not the language.
_TEXTS: Final = {
    "brackets": "(" * 4000 + "1" + ")" * 4000,
    "list in list": "[" * 3000 + "]" * 3000,
    "context in context": "{a:" * 2000 + "1" + "}" * 2000,
    "minus minus": "-" * 5000 + "1",
    "not of not": "not(" * 1500 + "true" + ")" * 1500,
    "long sum": "1" + "+1" * 200_000,
    "long comparison": "1" + "=1" * 4900,
    "long path": "x" + ".y" * 200_000,
    "long name": "x" * 2_000_000,
    "long number": "9" * 1_000_000,
    "huge exponent": "1e999999999999999",
    "long text": '"' + "a" * 2_000_000 + '"',
    "if without else": "if true then " * 500 + "1",
    "calls of calls": "x" + "()" * 4000,
    "filters of filters": "numbers" + "[1]" * 3000,
    "null character": "1 + \x00 1",
    "lone surrogate": "\ud800",
    "direction override": "amount \u202e> 5",
    "statement": "import os",
    "assignment": "amount = 5; text",
    "template": "${amount}",
    "shell": "$(id)",
    "backticks": "`id`",
    "javascript": "amount => require('fs')",
    "groovy": 'execution.setVariable("x", 1)',
    "external java": 'function(a) external {java: {class: "java.lang.Runtime", method signature: "exec(String)"}}',
    "external pmml": 'function(a) external {pmml: {document: "http://example.invalid/a", model: "m"}}',
}

ATTACKS: Final = [
    *(Attack("expression", name, text, text) for name, text in _REACHING.items()),
    *(Attack("expression", f"bomb: {name}", feel, python) for name, (feel, python) in _BOMBS.items()),
    *(Attack("expression", f"text: {name}", text, text) for name, text in _TEXTS.items()),
]
