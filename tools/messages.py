"""Collect the texts to translate into ``locale/`` (``update``), or say which are not translated (``check``)."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "locale"
TRANSLATED = ["zh"]  # English is the text in the source itself
SOURCES = ["web", "tasks", "models", "engine"]
REFUSALS = ["Invalid", "NotAllowed", "NotFound", "Conflict"]
# engine/errors.py, and the functions that make its errors: some take where and what is wrong before the sentence
ENGINE_REFUSALS = ["EngineError", "ExpressionInvalid", "DefinitionInvalid", "TaskNotOpen", "AnswerInvalid"]
ENGINE_REFUSALS += ["RunawayProcess", "ServiceUnknown", "StateInvalid", "MessageNotExpected", "BpmnErrorUncaught"]
ENGINE_REFUSALS += ["IncidentNotOpen", "MigrationUnsafe"]
ENGINE_PROBLEMS = ["error:3", "warning:3", "_report:3", "_refused:2", "Problem:4", "single:2"]
ENGINE_PROBLEMS += ["refuse", "_parameter:6", "invalid_at:3", "_broken:4", "change:3", "why_null"]
ENGINE_PROBLEMS += ["_refuse:3", "_map_refused:2"]
KEYWORDS = [
    *REFUSALS,
    *ENGINE_REFUSALS,
    *ENGINE_PROBLEMS,
    "N_",
    "lazy_gettext",
    "lazy_ngettext:1,2",
    "lazy_pgettext:1c,2",
]
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w+)[^{}]*\}(?!\})")


def main(step: str) -> None:
    """Run ``update`` or ``check``; the latter exits with 1 when a catalogue has gaps."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        extract(template)
        if step == "update":
            update(template)
            return
        found = read(template)
    problems = [problem for language in TRANSLATED for problem in gaps(found, read(catalogue(language)), language)]
    print("\n".join(problems) or f"{len(found)} texts translated")
    sys.exit(1 if problems else 0)


def extract(template: Path) -> None:
    """Write every marked text of the sources to ``template``."""
    keywords = [f"--keyword={keyword}" for keyword in KEYWORDS]
    options = ["--mapping=babel.cfg", "--project=Piaoflow", "--sort-by-file", "--add-location=file", "--no-wrap"]
    pybabel("extract", *options, *keywords, f"--output={template}", *SOURCES)


def update(template: Path) -> None:
    """Bring each catalogue up to date; a changed text is left untranslated rather than guessed."""
    for language in TRANSLATED:
        target = catalogue(language)
        target.parent.mkdir(parents=True, exist_ok=True)
        options = [f"--input-file={template}", f"--output-file={target}", f"--locale={language}", "--no-wrap"]
        if target.exists():
            pybabel("update", *options, "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
        else:
            pybabel("init", *options)


def gaps(found: Catalog, translated: Catalog, language: str) -> list[str]:
    """Return one sentence for each text of ``found`` that ``translated`` lacks or has wrong."""
    return [problem for message in found if message.id for problem in faults(message, translated, language)]


def faults(message: Message, translated: Catalog, language: str) -> Iterator[str]:
    """Yield what is wrong with one text in ``translated``."""
    where = f"{language}: {texts(message)[0]!r} ({', '.join(sorted({path for path, _ in message.locations}))})"
    entry = translated.get(message.id, message.context)
    if entry is None:
        yield f"{where} is missing: run make messages"
        return
    forms = [entry.string] if isinstance(entry.string, str) else list(entry.string or [""])
    if not all(forms):
        yield f"{where} is not translated"
    elif entry.fuzzy:
        yield f"{where} is fuzzy"
    else:
        expected = placeholders(texts(message)[-1])
        if any(placeholders(form) != expected for form in forms):
            yield f"{where} must hold the placeholders {sorted(expected)}"


def texts(message: Message) -> list[str]:
    """Return the one text of a message, or its singular and plural."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def placeholders(text: str) -> set[str]:
    """Return the names in ``%(name)s`` and ``{name}``."""
    return {percent or brace for percent, brace in PLACEHOLDER.findall(text)}


def catalogue(language: str) -> Path:
    """Return where the translations of a language are kept."""
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


def read(path: Path) -> Catalog:
    """Read a catalogue; one that does not exist is empty."""
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def pybabel(*arguments: str) -> None:
    """Run pybabel quietly; its own complaint is shown when it fails."""
    subprocess.run([Path(sys.executable).with_name("pybabel"), "--quiet", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
