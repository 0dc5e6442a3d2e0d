"""Rules of the house that no linter knows, each as a function from a source tree to its offenders."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

PACKAGES = ("web", "tasks", "engine", "models")
GATES = {"command", "query", "job", "public", "public_query", "founding", "steps"}
MARKERS = {"_", "gettext", "ngettext", "lazy_gettext", "lazy_ngettext", "N_", "translate"}
REFUSALS = {"Invalid", "NotAllowed", "NotFound", "Conflict"}
LONGEST_FILE = 400
SOURCE_SUFFIXES = {".py", ".html", ".js", ".mjs", ".css"}
GENERATED = {"migrations", "node_modules", "dist", "data"}
SHOWN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
UNTRANSLATED_ELEMENTS = {"script", "style", "code", "kbd", "pre"}
PROGRAMMERS_ERRORS = {"ValueError", "TypeError", "RuntimeError", "KeyError", "AssertionError"}
SENTENCE = re.compile(r"[A-Z“][^\n]* [^\n]*[.?!]")
ATTRIBUTE = re.compile(r'([a-z-]+="[a-z -]*"\s*)+')  # a macro that writes attributes of its caller's element
LETTER = re.compile(r"[^\W\d_]")
TRANSLATED_BLOCK = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
CLASS_BLOCK = re.compile(r"\{%-?\s*block \w+_class\b.*?endblock\s*-?%\}", re.DOTALL)  # stands inside an attribute
BARE_COMMA = re.compile(r"""(?<!_\()(['"]), \1\s*(?:\)|~|if )""")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)


def python_files(root: Path, *packages: str) -> Iterator[tuple[Path, ast.Module]]:
    """Yield each module of some packages with its syntax tree, but for migrations."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if not GENERATED & set(path.relative_to(root).parts):
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def commits_outside_the_gate(root: Path) -> list[str]:
    """Return each call of commit() or rollback() that is not in tasks/boundary.py."""
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path, tree in python_files(root, *PACKAGES)
        if path != root / "tasks" / "boundary.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
    ]


def ungated_functions(root: Path) -> set[str]:
    """Return each public function of tasks/ that no gate decorates, by its full name."""
    return {
        f"{module_name(root, path)}.{node.name}"
        for path, tree in python_files(root, "tasks")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not GATES & decorators(node)
    }


def is_listed(name: str, listed: frozenset[str]) -> bool:
    """Return whether a function, its module or its package is in a list of full names."""
    return any(name == entry or name.startswith(f"{entry}.") for entry in listed)


def functions_the_web_uses(root: Path) -> set[str]:
    """Return what web/ takes from tasks/, by full name, wherever a package passes a name on from one of its modules."""
    origins = {
        f"{module_name(root, path)}.{alias}": full
        for path, tree in python_files(root, "tasks")
        if path.name == "__init__.py"
        for alias, full in imported_names(tree).items()
    }
    used = {name for _path, tree in python_files(root, "web") for name in names_used(tree) if name.startswith("tasks.")}
    return {origins.get(name, name) for name in used}


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each name of ``from … import …`` stands for, in full."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def names_used(tree: ast.Module) -> Iterator[str]:
    """Yield each imported name, and each attribute of one, in full."""
    imported = imported_names(tree)
    yield from imported.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


def module_name(root: Path, path: Path) -> str:
    """Return ``tasks.accounts.login`` for tasks/accounts/login.py, ``tasks.accounts`` for its __init__.py."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def decorators(function: ast.FunctionDef) -> set[str]:
    """Return the names of a function's decorators: ``command`` for ``@command(Permission.ISSUE)``."""
    called = [entry.func if isinstance(entry, ast.Call) else entry for entry in function.decorator_list]
    return {entry.id for entry in called if isinstance(entry, ast.Name)}


def reads_of_the_environment(root: Path) -> list[str]:
    """Return each mention of os.environ or os.getenv outside web/settings.py and the command line."""
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path, tree in python_files(root, *PACKAGES)
        if path != root / "web" / "settings.py" and root / "web" / "cli" not in path.parents
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]


def built_messages(root: Path) -> list[str]:
    """Return each text given to a translation that is put together first, so that no catalogue can hold it."""
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path, tree in python_files(root, *PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called_name(node) in MARKERS | REFUSALS
        if node.args and is_built(node.args[0])
    ]


def unmarked_sentences(root: Path, marked: set[str], *packages: str) -> list[str]:
    """Return each sentence of some packages that is not ``marked``, but for those that only programmers see."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: {node.value}"
        for path, tree in python_files(root, *packages)
        for node in set(constants(tree)) - set(not_for_people(tree))
        if SENTENCE.fullmatch(node.value) and node.value not in marked
    ]


def constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield each text of a syntax tree."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def not_for_people(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts of docstrings and of errors that only a programmer ever sees."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
            isinstance(node, ast.Call) and called_name(node) in PROGRAMMERS_ERRORS
        ):
            yield from constants(node)


def called_name(call: ast.Call) -> str:
    """Return the last name of what is called: ``Invalid`` for ``errors.Invalid(…)``."""
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def is_built(argument: ast.expr) -> bool:
    """Return whether a text is an f-string, a sum, a % or a format()."""
    if isinstance(argument, ast.Call):
        return called_name(argument) == "format"
    return isinstance(argument, ast.JoinedStr | ast.BinOp)


def long_files(root: Path, *folders: str) -> list[str]:
    """Return the source files of more than 400 lines, but for migrations, data and what is built or installed."""
    return [
        f"{path.relative_to(root)}: {lines} lines"
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in SOURCE_SUFFIXES and not GENERATED & set(path.relative_to(root).parts)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]


def unmarked_texts(root: Path, allowed: frozenset[str]) -> list[str]:
    """Return each text that the templates show as it is written there, in whatever language, but for ``allowed``."""
    return [
        f"{path.relative_to(root)}:{line}: {text}"
        for path in sorted((root / "web" / "templates").rglob("*.html"))
        for line, text in shown_texts(path.read_text(encoding="utf-8"))
        if text not in allowed and not ATTRIBUTE.fullmatch(text)
    ]


def bare_commas(root: Path) -> list[str]:
    """Return where a template joins names by the comma of one language; ``_(', ')`` is that of the reader's."""
    return [
        f"{path.relative_to(root)}:{number}"
        for path in sorted((root / "web" / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if BARE_COMMA.search(line)
    ]


def shown_texts(template: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the texts and labels of a template that hold letters and do not come from Jinja."""
    for jinja in (TRANSLATED_BLOCK, CLASS_BLOCK, COMMENT, EXPRESSION, STATEMENT):
        template = jinja.sub(lambda match: "\n" * match[0].count("\n"), template)
    reader = _ShownTexts()
    reader.feed(template)
    reader.close()
    yield from reader.found


class _ShownTexts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNTRANSLATED_ELEMENTS:
            self._inside.append(tag)
        for name, value in attrs:
            if name in SHOWN_ATTRIBUTES:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._note(data)

    def _note(self, text: str) -> None:
        for offset, line in enumerate(text.split("\n")):
            if LETTER.search(line):
                self.found.append((self.getpos()[0] + offset, line.strip()))


def undocumented_settings(root: Path) -> list[str]:
    """Return each environment variable of web/settings.py that docs/settings.md does not name."""
    variable = re.compile(r"PIAOFLOW_[A-Z_]+|[A-Z]+_URL|HOST|PORT")
    tree = ast.parse((root / "web" / "settings.py").read_text(encoding="utf-8"))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    documented = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    return sorted(name for name in strings if variable.fullmatch(name) and f"`{name}`" not in documented)
