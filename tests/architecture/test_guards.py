"""Each rule of `rules.py` fails on a house with that one fault, and is silent about what is right."""

from pathlib import Path

import pytest

from tests.architecture import rules

NONE: frozenset[str] = frozenset()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for folder in ("web/templates", "tasks/room", "engine", "models/migrations", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_a_commit_is_found_everywhere_but_in_the_gate_and_in_migrations(house: Path) -> None:
    for name in ("tasks/boundary.py", "models/migrations/env.py", "tasks/invoices.py"):
        (house / name).write_text("session.add(row)\nsession.commit()\n")
    (house / "web" / "app.py").write_text("db.session.rollback()\n")
    assert rules.commits_outside_the_gate(house) == ["web/app.py:1", "tasks/invoices.py:2"]


def test_an_operation_without_a_gate_is_found_by_its_full_name(house: Path) -> None:
    (house / "tasks" / "room" / "__init__.py").write_text("from tasks.room.inner import void, find\n")
    (house / "tasks" / "room" / "inner.py").write_text(
        "@command(Permission.ISSUE)\ndef issue(actor): ...\n"
        "@public\ndef log_in(): ...\n"
        "@cache\ndef void(actor): ...\n"
        "def find(actor): ...\n"
        "def _within(actor): ...\n"
    )
    assert rules.ungated_functions(house) == {"tasks.room.inner.void", "tasks.room.inner.find"}


@pytest.mark.parametrize("listed", ["tasks.room.inner.find", "tasks.room.inner", "tasks.room"])
def test_a_function_is_listed_by_its_name_its_module_or_its_package(listed: str) -> None:
    assert rules.is_listed("tasks.room.inner.find", frozenset({listed}))
    assert not rules.is_listed("tasks.rooms.inner.find", frozenset({listed}))


@pytest.mark.parametrize(
    "source",
    [
        "from tasks import room\nroom.find(actor)\n",
        "from tasks.room import find\n",
        "from tasks.room.inner import find as look\n",
        "from tasks.room import inner as within\nwithin.find(actor)\n",
    ],
)
def test_what_the_web_calls_is_traced_to_where_it_is_written(house: Path, source: str) -> None:
    (house / "tasks" / "room" / "__init__.py").write_text("from tasks.room.inner import find\n")
    (house / "web" / "pages.py").write_text(source)
    assert "tasks.room.inner.find" in rules.functions_the_web_uses(house)


def test_a_look_at_the_environment_is_found_but_in_the_settings(house: Path) -> None:
    (house / "web" / "settings.py").write_text("import os\nos.environ['PORT']\n")
    (house / "tasks" / "mail.py").write_text("import os\nos.getenv('SMTP')\n")
    assert rules.reads_of_the_environment(house) == ["tasks/mail.py:2"]


@pytest.mark.parametrize(
    "call",
    ['_(f"Hello {name}")', '_("Hello " + name)', 'Invalid("No %s" % name)', 'errors.NotFound("{}".format(name))'],
)
def test_a_text_that_is_put_together_is_found(house: Path, call: str) -> None:
    (house / "tasks" / "mail.py").write_text(f"{call}\n")
    assert rules.built_messages(house) == ["tasks/mail.py:1"]


def test_a_text_with_named_places_is_right(house: Path) -> None:
    (house / "tasks" / "mail.py").write_text('Invalid("No customer has the number {number}.", number=number)\n')
    assert rules.built_messages(house) == []


def test_a_sentence_that_no_catalogue_holds_is_found(house: Path) -> None:
    (house / "engine" / "feel.py").write_text(
        '"""This module reads."""\n'
        'fail("The text has no end.")\n'
        'fail("The text is known.")\n'
        'raise ValueError("Only a programmer sees this.")\n'
    )
    assert rules.unmarked_sentences(house, {"The text is known."}, "engine") == [
        "engine/feel.py:2: The text has no end."
    ]


def test_a_long_file_is_found_but_not_a_migration(house: Path) -> None:
    for name in ("models/migrations/0001.py", "models/invoices.py"):
        (house / name).write_text("x = 1\n" * 401)
    (house / "models" / "customers.py").write_text("x = 1\n" * 400)
    assert rules.long_files(house, "models") == ["models/invoices.py: 401 lines"]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<p>\n  Hello {{ name }}</p>", "Hello"),
        ("{% if late %}逾期{% endif %}", "逾期"),
        ('<button aria-label="Close">{{ icon("x") }}</button>', "Close"),
        ('<input placeholder="Name"{% if error %} required{% endif %}>', "Name"),
    ],
)
def test_an_unmarked_text_of_a_template_is_found(house: Path, template: str, text: str) -> None:
    (house / "web" / "templates" / "page.html").write_text(template)
    assert [found.rpartition(": ")[2] for found in rules.unmarked_texts(house, NONE)] == [text]


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ _('Hello %(name)s', name=name) }}</p>",
        "{% block body_class %}app-inbox {{ 'wide' if wide }}{% endblock %}",
        "{% trans %}Hello{% endtrans %}{# a note #}",
        "<script>const a = 1</script><style>p { color: red }</style><kbd>Enter</kbd>",
        '<p class="lead" data-kind="{{ kind }}">{{ total }} × 3 %</p>',
    ],
)
def test_a_marked_text_and_what_is_no_text_are_right(house: Path, template: str) -> None:
    (house / "web" / "templates" / "page.html").write_text(template)
    assert rules.unmarked_texts(house, NONE) == []


def test_a_comma_of_one_language_between_names_is_found(house: Path) -> None:
    lines = ["{{ names|join(', ') }}", "{{ ', ' if not loop.last }}", "{{ names|join(_(', ')) }}", "{{ f('a', 'b') }}"]
    (house / "web" / "templates" / "page.html").write_text("\n".join(lines))
    assert [found.rpartition(":")[2] for found in rules.bare_commas(house)] == ["1", "2"]


def test_a_setting_that_no_page_explains_is_found(house: Path) -> None:
    (house / "web" / "settings.py").write_text('read("PORT")\nread("PIAOFLOW_DATA")\nread("DATABASE_URL")\n')
    (house / "docs" / "settings.md").write_text("`PORT` is the port, `PIAOFLOW_DATABASE` is nothing.\n")
    assert rules.undocumented_settings(house) == ["DATABASE_URL", "PIAOFLOW_DATA"]
