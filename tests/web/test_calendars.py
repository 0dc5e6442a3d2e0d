"""The working calendar in the browser: look at a year, set a day, import a year, change the hours."""

from collections.abc import Callable
from io import BytesIO

from tests.conftest import Browser

AsUser = Callable[[str], Browser]
HOURS = {"opens.0": "08:00", "closes.0": "12:00", "weekdays": ["0", "5"], "opens.1": "", "closes.1": ""}


def upload(browser: Browser, text: str, year: int = 2027) -> tuple[int, str]:
    form = {"file": (BytesIO(text.encode()), "days.csv")}
    answer = browser.post(f"/calendar/{year}/import", data=form, content_type="multipart/form-data")
    return answer.status_code, answer.text


def test_everybody_sees_the_year_and_which_days_are_not_worked(as_user: AsUser) -> None:
    page = as_user("alice").get("/calendar/2026").text
    assert page.count("<caption>") == 12
    assert ("holiday, National Day" in page, "day of rest that is worked, National Day" in page) == (True, True)
    assert ("No holidays are known" in page, "Save the working hours" in page) == (False, False)
    assert as_user("alice").get("/calendar").status_code == 303
    assert as_user("alice").get("/calendar/1066").status_code == 404


def test_a_year_without_data_says_so_until_it_is_imported(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert "No holidays are known for 2027" in ada.get("/calendar/2027").text
    assert upload(ada, "date,kind,name\n2027-01-01,holiday,New Year\n")[0] == 303
    assert "No holidays are known for 2027" not in ada.get("/calendar/2027").text
    assert ada.post("/calendar/2027/import/remove").status_code == 303
    assert "No holidays are known for 2027" in ada.get("/calendar/2027").text


def test_a_faulty_file_is_refused_with_every_row(as_user: AsUser) -> None:
    status, page = upload(as_user("ada"), "date,kind,name\n2026-01-01,holiday,x\n2027-01-01,party,x\n")
    assert (status, "Row 2" in page, "B3" in page) == (422, True, True)
    assert as_user("ada").post("/calendar/2027/import").status_code == 422


def test_a_day_is_set_and_taken_back(as_user: AsUser) -> None:
    ada = as_user("ada")
    form = {"day": "2026-10-01", "is_workday": "true", "name": "Stocktaking <b>"}
    assert ada.post("/calendar/2026/day", data=form).status_code == 303
    page = ada.get("/calendar/2026").text
    assert ("Stocktaking &lt;b&gt;" in page, "set by your company" in page) == (True, True)
    assert ada.post("/calendar/2026/day/remove", data={"day": "2026-10-01"}).status_code == 303
    assert "Stocktaking" not in ada.get("/calendar/2026").text
    assert ada.post("/calendar/2026/day", data={"day": "soon", "is_workday": "true"}).status_code == 422
    assert ada.post("/calendar/2026/day", data={"day": "1900-01-01", "is_workday": "true"}).status_code == 422


def test_hours_are_changed_and_nonsense_is_shown_beside_them(as_user: AsUser) -> None:
    ada = as_user("ada")
    assert ada.post("/calendar/2026/hours", data=HOURS).status_code == 303
    assert 'value="08:00"' in ada.get("/calendar/2026").text
    for entry, said in (
        ({"closes.0": "07:00"}, "must come after"),
        ({"opens.0": "early"}, "as clock times"),
        ({"weekdays": []}, "at least one working day"),
    ):
        answer = ada.post("/calendar/2026/hours", data={**HOURS, **entry})
        assert (answer.status_code, said in answer.text) == (422, True), entry


def test_who_may_not_edit_the_company_changes_nothing(as_user: AsUser) -> None:
    alice = as_user("alice")
    assert alice.post("/calendar/2026/hours", data=HOURS).status_code == 403
    assert alice.post("/calendar/2026/day/remove", data={"day": "2026-10-01"}).status_code == 403
