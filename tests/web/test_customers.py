"""The customers' pages, as people of each role meet them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Browser
from tests.support.customers import ALIBABA, HUAWEI, PERSON, TENCENT, WRONG_CHECK

LogIn = Callable[[str], Browser]
NAME = "腾讯科技（深圳）有限公司"
FORM = {"name": NAME, "grade": "B", "header.kind": "organization", "header.tax_id": TENCENT}


def page(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def add(browser: Browser, **changes: Any) -> str:
    """Add a customer through the form; the address of its page."""
    answer = browser.post("/customers/new", data=FORM | changes)
    assert answer.status_code == 303, page(answer)
    return str(answer.location)


def header_address(browser: Browser, customer: str) -> str:
    """The address of the first header that can be changed."""
    found = re.search(r'href="(/customers/headers/\d+)"', page(browser.get(customer)))
    assert found
    return found[1]


def test_a_newcomer_is_told_what_to_do_next(as_user: LogIn) -> None:
    shown = page(as_user("alice").get("/customers"))
    assert "No customer yet" in shown
    assert "/customers/new" in shown
    assert "/customers/import" in shown
    assert "/customers/new" not in page(as_user("bob").get("/customers"))


def test_a_customer_is_added_found_shown_and_edited(as_user: LogIn) -> None:
    alice = as_user("alice")
    address = add(alice)
    shown = page(alice.get(address))
    assert "C00001" in shown
    assert "Default" in shown
    assert NAME in page(alice.get("/customers?q=txkj&grade=B&state=all"))
    assert "No customer fits" in page(alice.get("/customers?q=nobody"))
    revision = re.search(r'name="revision" value="(\d+)"', page(alice.get(f"{address}/edit")))
    assert revision
    assert alice.post(f"{address}/edit", data={"name": "New", "revision": revision[1]}).status_code == 303
    stale = alice.post(f"{address}/edit", data={"name": "Newer", "revision": revision[1]})
    assert stale.status_code == 409
    assert 'value="Newer"' in page(stale)
    assert "Somebody else has changed New" in page(stale)


def test_a_refused_form_comes_back_filled_with_each_error_at_its_field(as_user: LogIn) -> None:
    alice = as_user("alice")
    refused = alice.post("/customers/new", data=FORM | {"header.tax_id": WRONG_CHECK, "email": "nobody"})
    assert refused.status_code == 422
    shown = page(refused)
    assert f'value="{NAME}"' in shown
    assert 'id="field-email-error"' in shown
    assert 'id="field-header-tax-id-error"' in shown
    too_long = alice.post("/customers/new", data=FORM | {"name": "", "header.title": "x" * 101})
    assert too_long.status_code == 422
    assert 'id="field-name-error"' in page(too_long)
    assert 'id="field-header-title-error"' in page(too_long)


def test_a_taken_number_names_the_other_customer(as_user: LogIn) -> None:
    alice = as_user("alice")
    add(alice)
    refused = alice.post("/customers/new", data=FORM | {"name": "Somebody else"})
    assert refused.status_code == 422
    assert f"already belongs to {NAME} (C00001)" in page(refused)


def test_a_doubtful_number_and_a_similar_name_are_said_after_saving(as_user: LogIn) -> None:
    alice = as_user("alice")
    add(alice)
    similar = add(alice, **{"name": "腾讯科技(深圳)有限责任公司", "header.tax_id": "121000009999999996"})
    shown = page(alice.get(similar))
    assert f"the same company as {NAME} (C00001)" in shown
    assert "does not match its own check character" in shown


def test_headers_are_added_changed_made_default_and_retired(as_user: LogIn) -> None:
    alice = as_user("alice")
    customer = add(alice)
    assert NAME in page(alice.get(f"{customer}/headers/new"))
    refused = alice.post(f"{customer}/headers/new", data={"header.title": "Second", "header.tax_id": "1"})
    assert refused.status_code == 422
    assert 'id="field-header-tax-id-error"' in page(refused)
    done = alice.post(f"{customer}/headers/new", data={"header.title": "Second", "header.tax_id": ALIBABA})
    assert done.status_code == 303
    first = header_address(alice, customer)
    assert TENCENT in page(alice.get(first))
    change = {"header.title": NAME, "header.tax_id": TENCENT, "header.bank_name": "ICBC"}
    assert alice.post(first, data=change).status_code == 303
    assert "ICBC" in page(alice.get(customer))
    assert "History" in page(alice.get(customer))
    assert "not in force" in page(alice.get(first))
    assert alice.post(first, data=change).status_code == 409
    changed = header_address(alice, customer)
    assert alice.post(changed, data=change).status_code == 303
    assert "Nothing was different" in page(alice.get(customer))
    (second,) = re.findall(r'action="(/customers/headers/\d+)/default"', page(alice.get(customer)))
    assert alice.post(f"{second}/default").status_code == 303
    assert "Second is the default header now" in page(alice.get(customer))
    assert alice.post(f"{second}/retire").status_code == 303
    assert "Out of use" in page(alice.get(customer))


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (TENCENT, "organization", "is valid"),
        ("9144 0300 7152 6726 xg", "organization", "was read as"),
        ("9144O30071526726XG", "organization", f"Use {TENCENT}"),
        (WRONG_CHECK, "organization", "check character"),
        (HUAWEI, "organization", "already belongs to"),
        ("", "person", ""),
        ("AB123456789012345", "foreign", "is valid"),
    ],
)
def test_a_number_is_judged_while_it_is_typed(as_user: LogIn, number: str, kind: str, says: str) -> None:
    alice = as_user("alice")
    add(alice, **{"name": "华为", "header.tax_id": HUAWEI})
    answer = alice.get("/customers/tax-number", query_string={"header.tax_id": number, "header.kind": kind})
    assert answer.status_code == 200
    assert says in page(answer)
    assert "<html" not in page(answer)


def test_a_suggestion_fills_the_field(as_user: LogIn) -> None:
    shown = page(as_user("alice").get("/customers/tax-number", query_string={"fill": TENCENT}))
    assert f'value="{TENCENT}"' in shown
    assert "is valid" in shown


def test_a_similar_name_is_shown_while_it_is_typed(as_user: LogIn) -> None:
    alice = as_user("alice")
    add(alice)
    assert NAME in page(alice.get("/customers/similar", query_string={"name": "腾讯科技（深圳）"}))
    assert page(alice.get("/customers/similar", query_string={"name": "别的"})).strip() == ""


def test_a_type_ahead_answers_with_value_text_and_second_line(as_user: LogIn) -> None:
    alice = as_user("alice")
    add(alice)
    add(alice, **{"name": "张三", "header.kind": "person", "header.tax_id": PERSON})
    assert alice.get("/customers/find?q=txkj").json == [{"value": 1, "text": NAME, "sub": f"C00001 · {TENCENT}"}]
    (person,) = as_user("bob").get("/customers/find", query_string={"q": "zs"}).json
    assert PERSON not in person["sub"]
    assert "********" in person["sub"]


def test_a_person_s_number_is_masked_on_every_page_for_who_only_reads(as_user: LogIn) -> None:
    alice, bob = as_user("alice"), as_user("bob")
    address = add(alice, **{"name": "张三", "header.kind": "person", "header.tax_id": PERSON})
    assert PERSON[6:14] not in page(bob.get("/customers")) + page(bob.get(address))
    assert f'data-copy="{PERSON}"' in page(alice.get(address))


def test_a_customer_put_aside_leaves_the_list(as_user: LogIn) -> None:
    alice = as_user("alice")
    address = add(alice)
    assert alice.post(f"{address}/deactivate").status_code == 303
    alice.get(address)
    assert NAME not in page(alice.get("/customers"))
    assert NAME in page(alice.get("/customers?state=inactive"))
    assert alice.post(f"{address}/reactivate").status_code == 303
    assert NAME in page(alice.get("/customers"))


def test_the_list_goes_on_where_the_page_ends(as_user: LogIn) -> None:
    alice = as_user("alice")
    for number in range(51):
        add(alice, **{"name": f"客户{number:02}", "header.kind": "person", "header.tax_id": ""})
    first = page(alice.get("/customers?state=all"))
    onward = re.search(r'href="(/customers\?[^"]*after=\d+)" rel="next"', first)
    assert onward
    assert "50 of 51" in first
    assert "客户50" in page(alice.get(onward[1].replace("&amp;", "&")))


def test_finance_sees_the_customer_s_invoices_and_others_do_not(as_user: LogIn) -> None:
    address = add(as_user("alice"))
    assert "Recent invoices" in page(as_user("fiona").get(address))
    assert "Recent invoices" not in page(as_user("alice").get(address))


@pytest.mark.parametrize("path", ["", "/edit", "/headers/new"])
def test_a_customer_of_another_company_is_not_there(as_user: LogIn, path: str) -> None:
    address = add(as_user("alice"))
    assert as_user("carol").get(address + path).status_code == 404
    assert as_user("carol").get("/customers/headers/1").status_code == 404


@pytest.mark.parametrize("who", ["bob", "otto"])
def test_who_only_reads_is_offered_nothing_to_change_and_refused(as_user: LogIn, who: str) -> None:
    address = add(as_user("alice"))
    reader = as_user(who)
    assert "Edit" not in page(reader.get(address))
    for path in ("/customers/new", f"{address}/edit", f"{address}/headers/new", "/customers/import"):
        assert reader.get(path).status_code == 403, path
    for path in ("/customers/new", f"{address}/edit", f"{address}/deactivate", "/customers/headers/1/default"):
        assert reader.post(path, data=FORM | {"header.title": "x"}).status_code == 403, path


def test_a_filter_that_cannot_be_read_is_refused_politely(as_user: LogIn) -> None:
    for filter_ in ("grade=Z", "state=gone", "after=x", f"owner_id={10**12}"):
        assert as_user("alice").get(f"/customers?{filter_}").status_code == 422, filter_
