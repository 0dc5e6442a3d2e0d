"""Amounts in Chinese words, and pinyin of names."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from models.pinyin import full_pinyin, initials
from models.words import amount_in_words, parse_amount_words

VECTORS = Path(__file__).parent.parent / "data" / "amount_cn_vectors.csv"


def vectors():
    with VECTORS.open(encoding="utf-8-sig", newline="") as lines:
        return [(row["amount"], row["upper"]) for row in csv.DictReader(lines)]


@pytest.mark.parametrize(("amount", "words"), vectors())
def test_known_amounts_are_written_and_read_exactly(amount, words):
    assert amount_in_words(Decimal(amount)) == words
    assert parse_amount_words(words) == Decimal(amount)


@given(st.decimals("-9999999999999999", "9999999999999999", places=2))
def test_words_read_back_give_the_amount(amount):
    assert parse_amount_words(amount_in_words(amount)) == amount


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("壹拾万零柒仟圆零伍角叁分", "107000.53"),
        ("壹仟陆佰捌拾圆叁角贰分", "1680.32"),
        ("壹拾壹圆贰角", "11.20"),
        ("肆佰圆零伍角", "400.50"),
        ("人民币壹万元正", "10000"),
        ("拾元整", "10"),
        ("一千二百元", "1200"),
        ("壹佰圆零角伍分", "100.05"),
        ("零圆伍角整", "0.50"),
        ("负捌拾捌圆捌角整", "-88.80"),
        ("(负数)捌拾捌圆捌角", "-88.80"),
        ("壹 萬 圓 整", "10000"),
    ],
)
def test_forms_of_other_issuers_are_read(words, amount):
    assert parse_amount_words(words) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "整", "圆", "角", "拾拾圆", "壹万万圆", "亿圆", "壹贰圆", "玖圆玖", "伍分贰角", "100元", "壹万", "壹圆" * 100],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        parse_amount_words(text)
    assert refusal.value.code == "words.unreadable"


@pytest.mark.parametrize("amount", ["0.001", "1E+16", "NaN", "Infinity"])
def test_what_cannot_be_written_is_refused(amount):
    with pytest.raises(Invalid):
        amount_in_words(Decimal(amount))


@pytest.mark.parametrize(
    ("name", "letters", "syllables"),
    [
        ("重庆长安", "cqca", "chongqingchangan"),
        ("厦门银行", "xmyh", "xiamenyinhang"),
        ("单于", "cy", "chanyu"),
        ("阿里巴巴（中国）有限公司", "albbzgyxgs", "alibabazhongguoyouxiangongsi"),
        ("ＡＢ-12 公司", "ab12gs", "ab12gongsi"),
        ("女旅", "nl", "nvlv"),
        ("", "", ""),
        ("（）", "", ""),
    ],
)
def test_names_are_found_by_letters(name, letters, syllables):
    assert (initials(name), full_pinyin(name)) == (letters, syllables)
