"""What a tax number is, and each way of getting it wrong."""

import csv
import json
import string
from pathlib import Path

import pytest
from stdnum.cn import ric, uscc

from models.taxid import CHINESE, USCC_CHARACTERS, check_tax_id, mask_tax_id, verdict_as_json

DATA = Path(__file__).parent.parent / "data"
ALIBABA = "91330100799655058B"
CARD = "11010519491231002X"  # the example of the identity card standard
CARD_15 = "130503670401001"


def rows(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


VALID = [row["code"] for row in rows("uscc_valid.csv")]
SYNTHETIC = [row["code"] for row in rows("uscc_synthetic_valid.csv")]


@pytest.mark.parametrize("code", VALID + SYNTHETIC)
def test_valid_code_is_accepted_with_region_and_category(code):
    verdict = check_tax_id(code)
    assert (verdict.level, verdict.kind, verdict.normalized, verdict.is_personal) == ("ok", "uscc", code, False)
    assert verdict.region
    assert verdict.category


@pytest.mark.parametrize("row", rows("uscc_invalid.csv"), ids=lambda row: row["why"][:40])
def test_wrong_input_gets_the_listed_verdict(row):
    verdict = check_tax_id(row["code"])
    assert verdict.code == row["expected_error"]
    assert verdict.level == {"normalise": "ok", "org_check": "warning"}.get(verdict.code, "error")


@pytest.mark.parametrize("code", VALID)
def test_valid_codes_agree_with_an_independent_implementation(code):
    assert uscc.is_valid(code)


def test_every_single_character_change_of_a_valid_code_is_caught():
    for code in VALID + SYNTHETIC:
        for place in range(18):
            for character in string.digits + string.ascii_uppercase:
                if character != code[place]:
                    changed = code[:place] + character + code[place + 1 :]
                    assert check_tax_id(changed).level == "error", changed


def test_every_swap_of_unequal_neighbours_in_a_valid_code_is_caught():
    for code in VALID + SYNTHETIC:
        for place in range(17):
            left, right = code[place], code[place + 1]
            if left != right:
                swapped = code[:place] + right + left + code[place + 2 :]
                assert check_tax_id(swapped).level == "error", swapped


@pytest.mark.parametrize(
    "typed", [f"{ALIBABA}\t", "９１３３０１００７９９６５５０５８Ｂ", "9133\u30000100-799655058b", f"\ufeff{ALIBABA}"]
)
def test_typing_noise_is_removed_before_the_check(typed):
    verdict = check_tax_id(typed)
    assert (verdict.normalized, verdict.level, verdict.code) == (ALIBABA, "ok", "normalise")


def test_letter_o_for_zero_is_offered_but_never_replaced():
    verdict = check_tax_id(ALIBABA.replace("0", "O", 1))
    assert (verdict.level, verdict.code, verdict.suggestion) == ("error", "charset", ALIBABA)
    assert "did you mean 0?" in verdict.text


def test_no_suggestion_is_made_that_would_not_pass():
    assert check_tax_id("91330100799655058O").suggestion is None


def test_made_up_inner_code_is_a_warning_only():
    assert check_tax_id("121000009999999996").level == "warning"


def test_unknown_kind_of_organisation_is_a_warning():
    assert check_tax_id(with_check_character("01" + ALIBABA[2:17])).code == "category"


def test_unknown_region_is_a_warning():
    assert check_tax_id(with_check_character("91990100" + ALIBABA[8:17])).code == "region"


def with_check_character(body):
    return next(body + character for character in USCC_CHARACTERS if uscc.is_valid(body + character))


@pytest.mark.parametrize(
    ("number", "kind"), [(CARD, "idcard"), (CARD_15, "idcard"), (CARD + "01", "idcard+2"), (CARD_15 + "01", "idcard+2")]
)
def test_identity_card_is_a_natural_person(number, kind):
    verdict = check_tax_id(number)
    assert (verdict.kind, verdict.level, verdict.is_personal) == (kind, "ok", True)


def test_identity_cards_agree_with_an_independent_implementation():
    assert ric.is_valid(CARD)


@pytest.mark.parametrize("number", [CARD[:17] + "1", CARD[:17] + "101"])
def test_mistyped_identity_card_is_an_error_and_still_personal(number):
    verdict = check_tax_id(number)
    assert (verdict.level, verdict.code, verdict.is_personal) == ("error", "checksum", True)
    assert "19491231" not in verdict.text


def test_organisation_code_that_holds_a_birthday_is_not_taken_for_a_person():
    assert check_tax_id("121101194912310219").kind == "uscc"
    assert not check_tax_id("121101194912310219").is_personal


def test_number_that_passes_as_both_is_treated_as_a_person():
    assert uscc.is_valid("121101194912310481")
    assert check_tax_id("121101194912310481").kind == "idcard"
    assert check_tax_id("121101194912310481").is_personal


def test_legacy_number_of_15_characters_is_checked_by_its_organisation_code():
    assert check_tax_id("330100799655058").level == "ok"
    assert check_tax_id("330100799655059").code == "org_check"
    assert check_tax_id("330100799655059").level == "warning"


@pytest.mark.parametrize("number", ["AB12345678901234567X", "ABCDEF123456789"])
def test_number_without_check_digit_is_a_warning(number):
    assert (check_tax_id(number).level, check_tax_id(number).kind) == ("warning", "other")


def test_foreign_number_is_accepted_when_said_to_be_one():
    assert check_tax_id("ABC1234567890123").code == "length"
    assert check_tax_id("ABC1234567890123", kind="other").level == "ok"
    assert check_tax_id("ABC123", kind="other").code == "length"


@pytest.mark.parametrize("text", ["税号91330100799655058", "91330100799655058*", "<script>alert(1)</script>"])
def test_other_characters_are_refused_by_name(text):
    assert check_tax_id(text).code == "charset"


def test_endless_input_is_not_repeated_in_the_message():
    assert len(check_tax_id("9" * 100_000).text) < 120


def test_mask_hides_the_birthday_of_a_person_and_leaves_an_organisation():
    assert mask_tax_id("320404199001010813") == "320404********0813"
    assert mask_tax_id(ALIBABA) == ALIBABA


def test_json_verdict_speaks_both_languages():
    verdict = verdict_as_json(check_tax_id(ALIBABA + "B"), text=" x ")
    assert verdict["input"] == " x "
    assert verdict["message_en"].startswith(f"The tax number {ALIBABA}B has 19 characters")
    assert verdict["message_zh"] == f"税号 {ALIBABA}B 共 19 位；税号应为 15、18 或 20 位。"
    assert json.loads(json.dumps(verdict)) == verdict


def test_both_languages_name_the_same_fields():
    for english, chinese in CHINESE.items():
        assert placeholders(english) == placeholders(chinese), english


def placeholders(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
