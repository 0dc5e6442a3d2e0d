"""The rules of the house, held against the house itself. `test_guards.py` shows that each can fail."""

from pathlib import Path

from tests.architecture import rules
from tools import messages

ROOT = Path(__file__).parents[2]

# Public functions of tasks/ that pass no gate, by function, module or package. Everything else is an operation.
COMPUTATION = frozenset(
    {
        # the gate itself, and what sets off operations without being one
        "tasks.boundary",
        "tasks.clock.latest_slot",
        "tasks.demo",
        "tasks.jobs.threads",
        "tasks.jobs.work",
        "tasks.service_tasks.register_all",
        # files and texts in, files and texts out: no row is read
        "tasks.accounts.identity.hash_secret",
        "tasks.accounts.identity.new_secret",
        "tasks.accounts.login.normalize_email",
        "tasks.accounts.passwords",
        "tasks.accounts.people.check_roles",
        "tasks.accounts.throttle.account_key",
        "tasks.accounts.throttle.address_key",
        "tasks.backups",
        "tasks.channels",
        "tasks.chat_robots",
        "tasks.moves.reading.reasons_of",
        "tasks.outgoing",
        "tasks.calendars.sheet",
        "tasks.chains.conditions",
        "tasks.customers.details.name_letters",
        "tasks.customers.planning",
        "tasks.customers.similar",
        "tasks.customers.values",
        "tasks.departments.viewing.unknown",
        "tasks.exchange",
        "tasks.issuing.qr",
        "tasks.language",
        "tasks.monitor.heat.percentile",
        "tasks.notices.links",
        "tasks.notices.topics",
        "tasks.printing",
        "tasks.processes.bridge.translated",
        "tasks.processes.definitions.check_diagram",
        "tasks.processes.offers",
        "tasks.processes.painting.flow_state",
        "tasks.processes.texts",
        "tasks.processes.definitions.check_tables",
        "tasks.processes.definitions.decision_ids",
        "tasks.processes.definitions.findings_of",
        "tasks.processes.imports.normalise_diagram",
        "tasks.processes.definitions.decisions_of",
        "tasks.processes.definitions.keyed_tables",
        "tasks.processes.definitions.known_variables",
        "tasks.processes.definitions.loaded",
        "tasks.processes.definitions.picture",
        "tasks.processes.definitions.picture_of",
        "tasks.processes.definitions.shipped_flow",
        "tasks.processes.definitions.show_tables",
        "tasks.processes.definitions.source",
        "tasks.processes.versions.list_elements",
        "tasks.processes.versions.refusal_of",
        "tasks.replays.cases",
        "tasks.replays.comparing",
        "tasks.replays.trying.run_cases",
        "tasks.replays.trying.shipped_cases",
        "tasks.requests.attachments.check_file",
        "tasks.requests.checks.changed_header",
        "tasks.requests.checks.duplicate_of",
        "tasks.requests.checks.newest_twin",
        "tasks.requests.checks.refuse_blocks",
        "tasks.requests.choosing.check_choices",
        "tasks.requests.drafts.as_draft",
        "tasks.requests.drafts.compute_each",
        "tasks.requests.drafts.fill_lines",
        "tasks.requests.edits.rights_for",
        "tasks.requests.reading.facts",
        "tasks.requests.reading.matching",
    }
)
STEPS_OF_OPERATIONS = frozenset(
    {
        "tasks.accounts.sessions.end_sessions_of",
        "tasks.accounts.throttle.forgive",
        "tasks.accounts.throttle.take_turn",
        "tasks.audit.record",
        "tasks.calendars.loading",
        "tasks.customers.checks",
        "tasks.customers.details.draw_codes",
        "tasks.customers.existing",
        "tasks.customers.headers.close_headers",
        "tasks.customers.headers.insert_header",
        "tasks.customers.headers.prepare_header",
        "tasks.customers.search.filter_conditions",
        "tasks.customers.search.lock_customer",
        "tasks.departments.editing.require_open",
        "tasks.drafts.files.current_texts",
        "tasks.drafts.files.find_file",
        "tasks.drafts.files.split_texts",
        "tasks.drafts.opening.close_draft",
        "tasks.drafts.opening.files_of",
        "tasks.drafts.opening.lock_draft",
        "tasks.departments.editing.settle",
        "tasks.chains.editing.read_draft",
        "tasks.chains.planning.facts_read",
        "tasks.departments.organization.load_organization",
        "tasks.departments.organization.organization_of",
        "tasks.inbox.asking",
        "tasks.inbox.deciding.check_answer",
        "tasks.inbox.deciding.check_comment",
        "tasks.inbox.deciding.refuse_closed",
        "tasks.inbox.deciding.refuse_stranger",
        "tasks.inbox.editing",
        "tasks.inbox.reading.find_row",
        "tasks.inbox.reading.is_asked",
        "tasks.inbox.reading.signer_of",
        "tasks.inbox.reading.task_rows",
        "tasks.inbox.releasing.tell_released",
        "tasks.inbox.returning",
        "tasks.inbox.views",
        "tasks.jobs.queue.enqueue",
        "tasks.ledger",
        "tasks.mail_links.find",
        "tasks.monitor.filters",
        "tasks.monitor.listing.titles_of",
        "tasks.notices.chat.tell_chat",
        "tasks.notices.letters",
        "tasks.notices.preferences.rules_of",
        "tasks.notices.telling.notify",
        "tasks.numbering",
        "tasks.processes.definitions.latest",
        "tasks.processes.running.read_data",
        "tasks.processes.alarm",
        "tasks.processes.closing",
        "tasks.processes.incidents.is_stopped",
        "tasks.processes.locking",
        "tasks.processes.rows",
        "tasks.processes.standing",
        "tasks.processes.sending.send",
        "tasks.processes.steps",
        "tasks.replays.history",
        "tasks.requests.announce",
        "tasks.requests.drafts.fill",
        "tasks.requests.drafts.lock_editable",
        "tasks.requests.drafts.own_editable",
        "tasks.requests.drafts.person",
        "tasks.requests.drafts.require_own",
        "tasks.requests.edits.edit_in_approval",
        "tasks.requests.items.complete",
        "tasks.requests.reading.names_of",
        "tasks.requests.reading.preview_approvers_of",
        "tasks.requests.reading.visible_to",
        "tasks.requests.rounds",
        "tasks.requests.timeline.note",
        "tasks.requests.uploads.take_uploads",
    }
)

# What reads the same in every language.
NAMES = frozenset({"Piaoflow", "票流", "field-"})  # "field-" begins an id


def test_only_the_gate_commits() -> None:
    assert rules.commits_outside_the_gate(ROOT) == []


def test_every_operation_passes_the_gate() -> None:
    ungated = rules.ungated_functions(ROOT)
    assert sorted(name for name in ungated if not rules.is_listed(name, COMPUTATION | STEPS_OF_OPERATIONS)) == []


def test_the_web_calls_no_step_of_an_operation() -> None:
    used = rules.functions_the_web_uses(ROOT) & rules.ungated_functions(ROOT)
    assert sorted(name for name in used if rules.is_listed(name, STEPS_OF_OPERATIONS)) == []


def test_the_lists_name_only_what_is_there() -> None:
    ungated = rules.ungated_functions(ROOT)
    listed = COMPUTATION | STEPS_OF_OPERATIONS
    assert (
        sorted(entry for entry in listed if not any(rules.is_listed(name, frozenset({entry})) for name in ungated))
        == []
    )


def test_only_the_settings_and_the_command_line_read_the_environment() -> None:
    assert rules.reads_of_the_environment(ROOT) == []


def test_texts_to_translate_are_written_whole() -> None:
    assert rules.built_messages(ROOT) == []


def test_every_sentence_of_the_lower_floors_is_marked_for_translation(tmp_path: Path) -> None:
    messages.extract(tmp_path / "messages.pot")
    marked = {text for message in messages.read(tmp_path / "messages.pot") for text in messages.texts(message)}
    assert rules.unmarked_sentences(ROOT, marked, "engine", "models") == []


def test_no_file_is_longer_than_one_can_read() -> None:
    assert rules.long_files(ROOT, "engine", "models", "tasks", "web", "tests", "tools", "bench") == []


def test_every_text_of_a_template_is_marked_for_translation() -> None:
    assert rules.unmarked_texts(ROOT, NAMES) == []


def test_names_are_joined_by_the_comma_of_the_readers_language() -> None:
    assert rules.bare_commas(ROOT) == []


def test_every_setting_is_documented() -> None:
    assert rules.undocumented_settings(ROOT) == []


def test_every_refusal_of_the_engine_is_translated() -> None:
    from engine.errors import EngineError
    from tasks.processes.bridge import _REFUSALS

    assert set(_REFUSALS) == set(EngineError.__subclasses__())


def test_the_shipped_flow_is_without_fault() -> None:
    from tasks.processes import check_diagram, shipped_flow
    from tasks.service_tasks import register_all

    register_all()
    assert check_diagram(*shipped_flow()) == []


def test_every_shipped_decision_is_without_fault() -> None:
    from engine.dmn.parser import check_decisions
    from workflows import DMN_DIR

    faults = {path.name: check_decisions(path.read_bytes()) for path in DMN_DIR.glob("*.dmn")}
    assert faults
    assert not any(faults.values())
