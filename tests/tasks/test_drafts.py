"""A flow is edited in a draft: nothing that was saved is lost, and the version that runs stays as it is."""

import pytest
from flask import Flask

from models.access import Actor
from models.db import db
from models.drafts import DraftEdit, DraftFile, DraftState, EditKind
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import drafts, processes
from tasks.drafts import files
from tests.support.flows import publish

People = dict[str, Actor]
DIAGRAM = "invoice_request.bpmn"
TABLE = "approval_chain.dmn"


def begin(app: Flask, actor: Actor) -> int:
    with app.app_context():
        return drafts.open_draft(actor, key="invoice_request").id


def text_of(app: Flask, actor: Actor, draft: int, name: str = DIAGRAM) -> str:
    with app.app_context():
        return drafts.read_file(actor, draft_id=draft, name=name).text


def save(app: Flask, actor: Actor, draft: int, text: str, based_on: int, name: str = DIAGRAM) -> drafts.Saved:
    with app.app_context():
        return drafts.save_file(actor, draft_id=draft, name=name, text=text, based_on=based_on)


def renamed(text: str, title: str) -> str:
    return text.replace('name="Approve request"', f'name="{title}"')


def test_a_draft_begins_with_the_files_of_the_newest_version(app: Flask, people: People) -> None:
    draft = begin(app, people["dora"])
    with app.app_context():
        (published,) = processes.list_versions(people["dora"], key="invoice_request")
        bpmn, decisions = published.bpmn, published.decisions
    assert text_of(app, people["dora"], draft) == bpmn
    assert text_of(app, people["dora"], draft, TABLE) == decisions["approval_chain"]


def test_two_designers_meet_in_the_same_draft(app: Flask, people: People) -> None:
    assert begin(app, people["dora"]) == begin(app, people["ada"])


def test_only_designers_may_edit_and_other_companies_see_nothing(app: Flask, people: People) -> None:
    draft = begin(app, people["dora"])
    with app.app_context(), pytest.raises(NotAllowed):
        drafts.open_draft(people["alice"], key="invoice_request")
    with app.app_context(), pytest.raises(NotFound):
        drafts.get_draft(people["carl"], draft)
    with app.app_context(), pytest.raises(NotFound):
        drafts.open_draft(people["dora"], key="no_such_flow")


def test_saving_keeps_every_text_and_undo_and_redo_walk_through_them(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    first = text_of(app, dora, draft)
    second, third = renamed(first, "Second"), renamed(first, "Third")
    save(app, dora, draft, second, 1)
    save(app, dora, draft, third, 2)
    with app.app_context():
        assert drafts.undo_edit(dora, draft_id=draft, name=DIAGRAM).text == second
        assert drafts.undo_edit(dora, draft_id=draft, name=DIAGRAM).text == first
        with pytest.raises(Conflict, match="nothing left to undo"):
            drafts.undo_edit(dora, draft_id=draft, name=DIAGRAM)
        assert drafts.redo_edit(dora, draft_id=draft, name=DIAGRAM).text == second
        assert drafts.redo_edit(dora, draft_id=draft, name=DIAGRAM).text == third
        with pytest.raises(Conflict, match="nothing to do again"):
            drafts.redo_edit(dora, draft_id=draft, name=DIAGRAM)


def test_what_was_taken_back_stays_in_the_history_when_something_else_is_saved(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    first = text_of(app, dora, draft)
    save(app, dora, draft, renamed(first, "Second"), 1)
    with app.app_context():
        drafts.undo_edit(dora, draft_id=draft, name=DIAGRAM)
    save(app, dora, draft, renamed(first, "Another second"), 1)
    with app.app_context():
        history = [edit.number for edit in drafts.list_edits(dora, draft_id=draft, name=DIAGRAM)]
        back = drafts.restore_edit(dora, draft_id=draft, name=DIAGRAM, number=2).text
    assert history == [3, 2, 1]
    assert back == renamed(first, "Second")


def test_a_text_that_somebody_overtook_is_kept_aside_and_replaces_nothing(app: Flask, people: People) -> None:
    draft = begin(app, people["dora"])
    first = text_of(app, people["dora"], draft)
    theirs, mine = renamed(first, "Theirs"), renamed(first, "Mine")
    save(app, people["ada"], draft, theirs, 1)
    saved = save(app, people["dora"], draft, mine, 1)
    assert saved == drafts.Saved(number=3, current=2, is_aside=True)
    assert text_of(app, people["dora"], draft) == theirs
    with app.app_context():
        edit = drafts.read_edit(people["dora"], draft_id=draft, name=DIAGRAM, number=3)
        assert (edit.text, edit.kind, edit.parent) == (mine, EditKind.ASIDE, 1)
        drafts.undo_edit(people["dora"], draft_id=draft, name=DIAGRAM)
        assert drafts.redo_edit(people["dora"], draft_id=draft, name=DIAGRAM).text == theirs
        drafts.restore_edit(people["dora"], draft_id=draft, name=DIAGRAM, number=3)
    assert text_of(app, people["dora"], draft) == mine


def test_saving_the_same_text_again_adds_nothing(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    assert save(app, dora, draft, text_of(app, dora, draft), 1) == drafts.Saved(1, 1)


def test_a_text_that_cannot_be_kept_is_refused(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    with pytest.raises(Invalid, match="larger"):
        save(app, dora, draft, "x" * (drafts.MAX_BYTES + 1), 1)
    with pytest.raises(Invalid, match="characters"):
        save(app, dora, draft, "a\x00b", 1)
    with pytest.raises(NotFound):
        save(app, dora, draft, "text", 1, name="no.bpmn")


def test_only_so_many_texts_of_a_file_are_kept_and_the_first_always(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_EDITS", 3)
    dora, draft = people["dora"], begin(app, people["dora"])
    first = text_of(app, dora, draft)
    for number in range(1, 7):
        save(app, dora, draft, renamed(first, f"Number {number}"), number)
    with app.app_context():
        assert [edit.number for edit in drafts.list_edits(dora, draft_id=draft, name=DIAGRAM)] == [7, 6, 5, 1]


def test_a_broken_diagram_can_be_kept_but_not_published_and_nothing_else_changes(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    save(app, dora, draft, "<not a diagram", 1)
    with app.app_context():
        (finding,) = drafts.check_draft(dora, draft_id=draft)[DIAGRAM]
        assert finding.code == "xml.syntax"
        review = drafts.review_draft(dora, draft_id=draft)
        assert (review.is_publishable, review.changes) == (False, None)
        with pytest.raises(Invalid):
            drafts.publish_draft(dora, draft)
    with app.app_context():
        assert len(processes.list_versions(dora, key="invoice_request")) == 1
        assert drafts.get_draft(dora, draft).state is DraftState.OPEN


def test_a_draft_becomes_the_next_version_and_is_closed(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    save(app, dora, draft, renamed(text_of(app, dora, draft), "Sign off"), 1)
    with app.app_context():
        review = drafts.review_draft(dora, draft_id=draft)
        assert review.changes is not None
        assert [(change.code, change.element_id) for change in review.changes.changes] == [("element.name", "approve")]
        assert drafts.publish_draft(dora, draft, note="New name").version == 2
    with pytest.raises(Conflict, match="was published"):
        save(app, dora, draft, "text", 2)
    assert begin(app, dora) != draft


def test_a_decision_table_is_edited_and_published_with_its_diagram(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    table = text_of(app, dora, draft, TABLE)
    save(app, dora, draft, table.replace('"simple"', '"standard"'), 1, TABLE)
    with app.app_context():
        version = drafts.publish_draft(dora, draft)
        assert '"simple"' not in version.decisions["approval_chain"]


def test_a_version_published_meanwhile_is_not_overwritten_unseen(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    save(app, dora, draft, renamed(text_of(app, dora, draft), "Sign off"), 1)
    publish(app, dora, {'name="Escalate"': 'name="Hurry"'})
    with app.app_context():
        newer = drafts.review_draft(dora, draft_id=draft).newer
        assert newer is not None
        assert newer.version == 2
        with pytest.raises(Conflict, match="Version 2 was published"):
            drafts.publish_draft(dora, draft)
        assert drafts.publish_draft(dora, draft, over=2).version == 3


def test_a_discarded_draft_can_be_taken_up_again(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    with app.app_context():
        drafts.discard_draft(dora, draft)
    with pytest.raises(Conflict, match="discarded"):
        save(app, dora, draft, "text", 1)
    with app.app_context():
        drafts.reopen_draft(dora, draft)
    assert save(app, dora, draft, "text", 1).number == 2


def test_of_two_drafts_of_one_flow_only_one_is_open(app: Flask, people: People) -> None:
    dora, draft = people["dora"], begin(app, people["dora"])
    with app.app_context():
        drafts.discard_draft(dora, draft)
    begin(app, dora)
    with app.app_context(), pytest.raises(Conflict, match="Another draft"):
        drafts.reopen_draft(dora, draft)


def test_one_tab_edits_and_the_others_look_on_until_one_takes_over(app: Flask, people: People) -> None:
    draft = begin(app, people["dora"])

    def visit(name: str, tab: str, *, takes_over: bool = False) -> drafts.Presence:
        with app.app_context():
            return drafts.visit_draft(people[name], draft_id=draft, tab=tab, takes_over=takes_over)

    assert visit("dora", "first tab").may_edit
    seen = visit("ada", "second tab")
    assert not seen.may_edit
    assert [(row.is_editing, row.is_me) for row in seen.others] == [(True, False)]
    assert visit("ada", "second tab", takes_over=True).may_edit
    assert not visit("dora", "first tab").may_edit
    with app.app_context():
        drafts.leave_draft(people["ada"], draft_id=draft, tab="second tab")
    assert visit("dora", "first tab").may_edit


def test_a_tab_that_is_not_heard_of_any_more_holds_nobody_up(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin(app, people["dora"])
    with app.app_context():
        drafts.visit_draft(people["dora"], draft_id=draft, tab="first tab")
    monkeypatch.setattr("tasks.drafts.presence.AWAY_AFTER", -drafts.AWAY_AFTER)
    with app.app_context():
        seen = drafts.visit_draft(people["ada"], draft_id=draft, tab="second tab")
    assert seen.may_edit
    assert seen.others == ()


def test_texts_are_stored_compressed(app: Flask, people: People) -> None:
    begin(app, people["dora"])
    with app.app_context():
        serve_company(ALL_COMPANIES)
        row = db.session.execute(db.text("SELECT length(text) AS size FROM draft_edit ORDER BY size DESC")).first()
        assert row is not None
        assert row.size < 8_000
        assert db.session.query(DraftFile).count() == db.session.query(DraftEdit).count() == 2
