"""Customers: made, changed, put aside, found; by whom."""

import json

import pytest
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.customers import Grade, HeaderKind
from models.db import db
from models.errors import NotAllowed, NotFound
from tasks import customers
from tasks.customers import CustomerDraft, HeaderDraft
from tests.support.customers import ALIBABA, HUAWEI, TENCENT, actions, found, make, refusals


@pytest.fixture
def alice(people: dict[str, Actor], session: None) -> Actor:
    return people["alice"]


def test_a_customer_comes_with_its_first_header_and_the_next_code(alice: Actor) -> None:
    first, second = make(alice), make(alice, "阿里巴巴（中国）有限公司", ALIBABA)
    assert (first.code, second.code) == ("C00001", "C00002")
    assert (first.initials, first.default_header.tax_id, first.default_header.is_default) == (
        "txkjszyxgs",
        TENCENT,
        True,
    )
    assert first.default_header.created_by_id == alice.user_id
    assert actions() == ["customer.create", "customer.create"]


def test_an_automatic_code_steps_over_one_that_was_given(alice: Actor) -> None:
    make(alice, code="C00001")
    assert make(alice, "华为", HUAWEI).code == "C00002"


def test_every_fault_is_named_at_once_with_its_field(alice: Actor) -> None:
    make(alice, code="K1")
    assert refusals(make, alice, "", ALIBABA[:-1], code="K1", email="nobody", title="", bank_name="x" * 101) == {
        "name": "customer.name",
        "code": "customer.code_taken",
        "email": "customer.email",
        "header.title": "header.title",
        "header.bank_name": "customer.too_long",
        "header.tax_id": "taxid.length",
    }
    assert len(customers.list_customers(alice).customers) == 1


def test_an_owner_works_in_the_company(alice: Actor, people: dict[str, Actor]) -> None:
    assert refusals(make, alice, owner_id=people["carol"].user_id) == {"owner_id": "customer.owner"}
    assert make(alice, owner_id=people["bob"].user_id).owner_id == people["bob"].user_id


@pytest.mark.parametrize("kind", [HeaderKind.PERSON, HeaderKind.GOVERNMENT, HeaderKind.FOREIGN])
def test_only_an_organization_needs_a_tax_number(alice: Actor, kind: HeaderKind) -> None:
    assert make(alice, "张三", "", kind=kind).default_header.tax_id == ""
    assert refusals(make, alice, "李四", "") == {"header.tax_id": "taxid.length"}


def test_a_tax_number_is_stored_as_it_is_read(alice: Actor) -> None:
    assert make(alice, tax_id=" 9144 0300-7152 6726 xg").default_header.tax_id == TENCENT


def test_a_rename_rebuilds_the_pinyin_and_is_written_down(alice: Actor) -> None:
    customer = make(alice, "重庆长安")
    customers.edit_customer(alice, CustomerDraft(name="厦门银行", grade=Grade.A), customer_id=customer.id)
    assert (customer.initials, customer.pinyin, customer.code, customer.grade) == (
        "xmyh",
        "xiamenyinhang",
        "C00001",
        "A",
    )
    body = db.session.scalars(select(AuditEntry.body).where(AuditEntry.action == "customer.edit")).one()
    assert json.loads(body)["facts"] == {
        "before": {"name": "重庆长安", "grade": "B"},
        "after": {"name": "厦门银行", "grade": "A"},
    }


def test_an_edit_without_a_difference_writes_nothing(alice: Actor) -> None:
    customer = make(alice)
    customers.edit_customer(alice, customers.customer_draft(customer), customer_id=customer.id)
    assert actions() == ["customer.create"]


def test_who_saves_over_another_s_change_is_told(alice: Actor) -> None:
    customer = make(alice)
    seen = customer.revision
    customers.edit_customer(alice, CustomerDraft(name="One"), customer_id=customer.id, revision=seen)
    late = refusals(customers.edit_customer, alice, CustomerDraft(name="Two"), customer_id=customer.id, revision=seen)
    assert late == {None: "customer.stale"}
    assert customers.get_customer(alice, customer.id).name == "One"


def test_a_customer_put_aside_is_not_offered_but_found(alice: Actor) -> None:
    customer = make(alice)
    for _ in range(2):
        customers.deactivate_customer(alice, customer_id=customer.id)
    assert (found(alice, ""), found(alice, "", state="inactive")) == ([], [customer.name])
    assert list(customers.find_customers(alice, "腾讯")) == []
    customers.reactivate_customer(alice, customer_id=customer.id)
    assert found(alice, "") == [customer.name]
    assert actions() == ["customer.create", "customer.deactivate", "customer.reactivate"]


def test_a_name_that_differs_only_in_writing_is_similar(alice: Actor) -> None:
    customer = make(alice)
    for same in (
        "腾讯科技(深圳)有限公司",
        "腾讯科技 深圳 有限责任公司",
        "腾讯科技（深圳）股份有限公司",
        "腾讯科技（深圳）",
    ):
        assert [row.id for row in customers.find_similar(alice, same)] == [customer.id], same
    assert list(customers.find_similar(alice, customer.name, except_id=customer.id)) == []
    for other in ("腾讯科技（北京）有限公司", "腾讯", "", "（）"):
        assert list(customers.find_similar(alice, other)) == [], other


# Finding


def test_a_customer_is_found_by_name_pinyin_number_code_and_header(alice: Actor) -> None:
    customer = make(alice, code="K7")
    make(alice, "阿里巴巴（中国）有限公司", ALIBABA)
    customers.add_header(alice, HeaderDraft(title="Rechnungsabteilung", tax_id=HUAWEI), customer_id=customer.id)
    by_name = ["腾讯", "（深圳）", "Rechnung", "k7"]
    by_pinyin = ["txkj", "TXKJ", "szyx", "tengxun", "teng xun ke ji", "xunkeji"]
    by_number = ["9144", "9144 0300-7152", TENCENT.lower()]
    for text in [*by_name, *by_pinyin, *by_number]:
        assert found(alice, text) == [customer.name], text
        assert [row.name for row in customers.find_customers(alice, text)] == [customer.name], text
    for text in ["914", "30071526726XG", "%", "_", "百度", "zzz"]:
        assert found(alice, text) == [], text


def test_the_number_of_a_retired_header_finds_nothing(alice: Actor) -> None:
    customers.retire_header(alice, header_id=make(alice).default_header.id)
    assert found(alice, TENCENT) == []


def test_the_closest_is_offered_first(alice: Actor) -> None:
    make(alice, "新华为民服务", ALIBABA)
    make(alice, "华为技术有限公司", HUAWEI)
    assert [row.name for row in customers.find_customers(alice, "华为")] == ["华为技术有限公司", "新华为民服务"]
    assert [row.name for row in customers.find_customers(alice, "", limit=1)] == ["华为技术有限公司"]


def test_filters_hold_together(alice: Actor, people: dict[str, Actor]) -> None:
    bob = people["bob"].user_id
    make(alice, "甲", grade=Grade.A, owner_id=bob)
    make(alice, "乙", ALIBABA, grade=Grade.A)
    make(alice, "丙", HUAWEI, owner_id=bob)
    assert found(alice, "", grade=Grade.A, owner_id=bob) == ["甲"]
    assert found(alice, "", grade=Grade.A) == ["甲", "乙"]
    assert found(alice, "", owner_id=bob) == ["丙", "甲"], "in the order of the pinyin"


def test_pages_follow_each_other_without_gap_or_repetition(alice: Actor) -> None:
    for name in ("乙", "甲", "丙", "甲", "丁"):
        make(alice, name, "", kind=HeaderKind.PERSON)
    seen: list[str] = []
    after = None
    while True:
        page = customers.list_customers(alice, after=after, limit=2)
        seen += [f"{customer.name}{customer.id}" for customer in page.customers]
        assert page.total == 5
        after = page.next_after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert [name[0] for name in seen] == ["丙", "丁", "甲", "甲", "乙"]


# Who may


def test_another_company_neither_sees_nor_touches_it(alice: Actor, people: dict[str, Actor]) -> None:
    customer = make(alice)
    header_id = customer.default_header.id
    db.session.remove()
    carol = people["carol"]
    assert found(carol, "", state="all") == []
    draft, header = CustomerDraft(name="hers"), HeaderDraft(title="hers", tax_id=ALIBABA)
    for call in (
        lambda: customers.get_customer(carol, customer.id),
        lambda: customers.edit_customer(carol, draft, customer_id=customer.id),
        lambda: customers.deactivate_customer(carol, customer_id=customer.id),
        lambda: customers.add_header(carol, header, customer_id=customer.id),
        lambda: customers.change_header(carol, header, header_id=header_id),
        lambda: customers.set_default_header(carol, header_id=header_id),
        lambda: customers.retire_header(carol, header_id=header_id),
        lambda: customers.list_headers(carol, customer.id),
    ):
        with pytest.raises(NotFound):
            call()
    assert make(carol).default_header.tax_id == TENCENT, "a number is unique within a company only"


@pytest.mark.parametrize("who", ["bob", "otto", "dora"])
def test_who_only_reads_changes_nothing(alice: Actor, people: dict[str, Actor], who: str) -> None:
    customer = make(alice)
    header_id = customer.default_header.id
    reader = people[who]
    assert customers.get_customer(reader, customer.id).name == customer.name
    draft, header = CustomerDraft(name="x"), HeaderDraft(title="x", tax_id=ALIBABA)
    for call in (
        lambda: customers.create_customer(reader, draft, header),
        lambda: customers.edit_customer(reader, draft, customer_id=customer.id),
        lambda: customers.deactivate_customer(reader, customer_id=customer.id),
        lambda: customers.reactivate_customer(reader, customer_id=customer.id),
        lambda: customers.add_header(reader, header, customer_id=customer.id),
        lambda: customers.change_header(reader, header, header_id=header_id),
        lambda: customers.set_default_header(reader, header_id=header_id),
        lambda: customers.retire_header(reader, header_id=header_id),
        lambda: customers.check_tax_number(reader, TENCENT, kind=HeaderKind.ORGANIZATION),
    ):
        with pytest.raises(NotAllowed):
            call()
