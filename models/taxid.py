"""Tax numbers: what a buyer's number is and what is wrong with it. The one check behind form, import, API and console.

Sources: GB 32100-2015 (unified social credit code), GB 11714 (organisation code), GB 11643 (identity card).
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.language import N_

Kind = Literal["uscc", "org15", "idcard", "idcard+2", "other", "empty"]
Level = Literal["ok", "warning", "error"]

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_IDCARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDCARD_CHECKS = "10X98765432"
_LOOKALIKES = {"O": "0", "I": "1", "Z": "2", "S": "5"}
_SHOWN_CHARACTERS = 30  # a pasted novel must not come back inside a message

# First two characters of a code, or the first alone where the standard leaves the second open: key, English, Chinese.
_CATEGORIES: dict[str, tuple[str, str, str]] = {
    "11": ("government", "government body", "机关"),
    "12": ("public_institution", "public institution", "事业单位"),
    "13": ("mass_organisation", "mass organisation", "群众团体"),
    "19": ("staffing_other", "other body under the staffing office", "机构编制其他"),
    "2": ("foreign_affairs", "foreign-affairs body", "外交机构"),
    "3": ("legal_services", "law firm or other legal body", "司法行政机构"),
    "4": ("culture", "cultural body", "文化机构"),
    "51": ("association", "social association", "社会团体"),
    "52": ("private_non_enterprise", "private non-enterprise unit", "民办非企业单位"),
    "53": ("foundation", "foundation", "基金会"),
    "59": ("civil_affairs_other", "other civil-affairs body", "民政其他"),
    "6": ("tourism", "tourism body", "旅游机构"),
    "7": ("religion", "religious body", "宗教机构"),
    "8": ("trade_union", "trade union", "工会"),
    "91": ("enterprise", "enterprise", "企业"),
    "92": ("sole_trader", "sole trader", "个体工商户"),
    "93": ("farmers_cooperative", "farmers' cooperative", "农民专业合作社"),
    "99": ("market_other", "other body under market supervision", "市场监管其他"),
    "A": ("military", "military body", "军队机构"),
    "N": ("rural_collective", "rural collective", "农村集体经济组织"),
    "Y": ("other", "other body", "其他机构"),
}
# GB/T 2260, first two digits; 10 stands for bodies registered nationally (100000).
_PROVINCES = {
    "10": "国家", "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省",
    "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省",
    "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省",
    "52": "贵州省", "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
    "64": "宁夏回族自治区", "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip

_OK = N_("The tax number {number} is valid.")
_NORMALISED = N_("The tax number was read as {number}.")
_PERSONAL = N_("{number} is a natural person's number: personal data, shown masked.")
_UNCHECKED = N_("The tax number {number} has no check digit; compare it with the certificate.")
_EMPTY = N_("The tax number is empty; enter its 15, 18 or 20 characters.")
_LENGTH = N_("The tax number {number} has {count} characters; a tax number has 15, 18 or 20.")
_CHARACTERS = N_("The tax number {number} holds “{characters}”; only digits and capital letters are used.")
_USCC_CHARSET = N_("The tax number {number} holds “{characters}”; the letters I, O, S, V and Z are not used.")
_LOOKALIKE = N_("The tax number {number} holds the letter {letter}, which is not used; did you mean {digit}?")
_CHECKSUM = N_("The tax number {number} does not match its check character; compare it with the certificate.")
_ORG_CHECK = N_("The organisation code inside the tax number {number} does not match its own check character.")
_CATEGORY = N_("The tax number {number} starts with “{prefix}”, which names no known kind of organisation.")
_REGION = N_("The tax number {number} names the region {region}, which is not known.")

CHINESE: dict[str, str] = {
    _OK: "税号 {number} 有效。",
    _NORMALISED: "税号已按 {number} 识别。",
    _PERSONAL: "{number} 是自然人号码，属于个人信息，只作脱敏显示。",
    _UNCHECKED: "税号 {number} 没有校验位，请与证件核对。",
    _EMPTY: "税号为空，请填写 15、18 或 20 位号码。",
    _LENGTH: "税号 {number} 共 {count} 位；税号应为 15、18 或 20 位。",
    _CHARACTERS: "税号 {number} 含有“{characters}”；只能使用数字和大写字母。",
    _USCC_CHARSET: "税号 {number} 含有“{characters}”；统一社会信用代码不使用字母 I、O、S、V、Z。",
    _LOOKALIKE: "税号 {number} 含有不使用的字母 {letter}，是否应为数字 {digit}？",
    _CHECKSUM: "税号 {number} 的校验位不正确，请与证件核对。",
    _ORG_CHECK: "税号 {number} 中组织机构代码的校验位不正确。",
    _CATEGORY: "税号 {number} 以“{prefix}”开头，不是已知的机构类别。",
    _REGION: "税号 {number} 中的行政区划 {region} 未知。",
}


@dataclass(frozen=True)
class Verdict:
    """What a tax number is. `message` is an English template filled by `fields`; `CHINESE` holds its translation.

    `code` is one of ok, normalise, personal, unchecked, length, charset, checksum, org_check, category, region.
    `suggestion` is a whole number that does pass, offered where a letter was typed for a digit.
    """

    normalized: str
    kind: Kind
    level: Level
    code: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)
    region: str | None = None
    category: str | None = None
    suggestion: str | None = None
    is_personal: bool = False

    @property
    def text(self) -> str:
        """The English sentence, filled in."""
        return self.message.format(**self.fields)


def normalize_tax_id(text: str) -> str:
    """Half-width, upper case, without blanks and hyphens. A letter O stays a letter O: a guess is only ever offered."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(
        character for character in folded if not character.isspace() and character not in "-‐‑‒–—−\u200b\ufeff"
    )


def check_tax_id(text: str, *, kind: Kind | None = None) -> Verdict:
    """Classify and check a number as typed.

    `kind="other"` says that the buyer is a foreigner or holds a temporary registration: any 15 to 20 letters and
    digits are then accepted. Otherwise the number itself decides.
    """
    number = normalize_tax_id(text)
    verdict = _check_normalized(number, accept_other=kind == "other")
    if verdict.code == "ok" and number != text:
        return _verdict(number, verdict.kind, "ok", "normalise", _NORMALISED)
    return verdict


def mask_tax_id(text: str) -> str:
    """Hide the middle of a natural person's number (320404********0813); an organisation's is public and stays."""
    number = normalize_tax_id(text)
    if not _is_personal(number):
        return text
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def verdict_as_json(verdict: Verdict, *, text: str | None = None) -> dict[str, object]:
    """The verdict for programs and the console, with both languages; `text` is the number as it was typed."""
    prefix = _category_prefix(verdict.normalized) if verdict.kind == "uscc" and verdict.category else None
    return {
        "input": verdict.normalized if text is None else text,
        "normalized": verdict.normalized,
        "kind": verdict.kind,
        "level": verdict.level,
        "code": verdict.code,
        "message_en": verdict.text,
        "message_zh": CHINESE[verdict.message].format(**verdict.fields),
        "region": verdict.region,
        "category": verdict.category,
        "category_zh": _CATEGORIES[prefix][2] if prefix else None,
        "suggestion": verdict.suggestion,
        "is_personal": verdict.is_personal,
    }


def _check_normalized(number: str, *, accept_other: bool) -> Verdict:
    if not number:
        return Verdict(number, "empty", "error", "length", _EMPTY)
    if wrong := _distinct(number, r"[0-9A-Z]"):
        return _verdict(number, "other", "error", "charset", _CHARACTERS, characters=wrong)
    if accept_other and 15 <= len(number) <= 20:
        return _verdict(number, "other", "ok", "ok", _OK)
    match len(number):
        case 15:
            return _check_15(number)
        case 17 if _is_idcard_15(number[:15]) and number.isdigit():
            return _verdict(number, "idcard+2", "ok", "personal", _PERSONAL)
        case 18:
            return _check_18(number)
        case 20:
            return _check_20(number)
        case count:
            return _verdict(number, "other", "error", "length", _LENGTH, count=count)


def _check_15(number: str) -> Verdict:
    """A legacy national number (region and organisation code), else an old identity card, else unknown."""
    if not re.fullmatch(r"\d{6}[0-9A-Z]{8}[0-9X]", number):
        return _verdict(number, "other", "warning", "unchecked", _UNCHECKED)
    if _organisation_check(number[6:14]) == number[14]:
        return _verdict(number, "org15", "ok", "ok", _OK)
    if _is_idcard_15(number):
        return _verdict(number, "idcard", "ok", "personal", _PERSONAL)
    return _verdict(number, "org15", "warning", "org_check", _ORG_CHECK)


def _check_18(number: str) -> Verdict:
    """A unified social credit code or an identity card: where both shapes fit, the check characters decide."""
    if _is_idcard_18(number):
        return _check_idcard(number, number, "idcard")
    if wrong := _distinct(number, f"[{USCC_CHARACTERS}]"):
        return _refuse_letters(number, wrong)
    if _uscc_check(number) != number[17]:
        return _verdict(number, "uscc", "error", "checksum", _CHECKSUM)
    if _organisation_check(number[8:16]) != number[16]:
        return _verdict(number, "uscc", "warning", "org_check", _ORG_CHECK)
    if _category_prefix(number) is None:
        return _verdict(number, "uscc", "warning", "category", _CATEGORY, prefix=number[:2])
    if _region(number) is None:
        return _verdict(number, "uscc", "warning", "region", _REGION, region=number[2:8])
    return _verdict(number, "uscc", "ok", "ok", _OK)


def _check_20(number: str) -> Verdict:
    """An identity card and two more digits (a sole trader's second registration), else unknown."""
    if _looks_like_idcard(number[:18]):
        return _check_idcard(number, number[:18], "idcard+2")
    return _verdict(number, "other", "warning", "unchecked", _UNCHECKED)


def _check_idcard(number: str, card: str, kind: Kind) -> Verdict:
    if _idcard_check(card) != card[17]:
        return _verdict(number, kind, "error", "checksum", _CHECKSUM)
    return _verdict(number, kind, "ok", "personal", _PERSONAL)


def _refuse_letters(number: str, wrong: str) -> Verdict:
    """Name the letters that the code never uses, and offer the digit that was meant if the whole number then passes."""
    candidate = "".join(_LOOKALIKES.get(character, character) for character in number)
    suggestion = candidate if _is_sound_uscc(candidate) else None
    if len(wrong) == 1 and wrong in _LOOKALIKES:
        fields = {"letter": wrong, "digit": _LOOKALIKES[wrong]}
        return _verdict(number, "uscc", "error", "charset", _LOOKALIKE, suggestion=suggestion, **fields)
    return _verdict(number, "uscc", "error", "charset", _USCC_CHARSET, suggestion=suggestion, characters=wrong)


def _verdict(
    number: str, kind: Kind, level: Level, code: str, message: str, *, suggestion: str | None = None, **fields: object
) -> Verdict:
    prefix = _category_prefix(number) if kind == "uscc" else None
    return Verdict(
        normalized=number,
        kind=kind,
        level=level,
        code=code,
        message=message,
        fields={"number": _shown(number), **fields},
        region=_region(number) if kind == "uscc" else _PROVINCES.get(number[:2]) if kind != "other" else None,
        category=_CATEGORIES[prefix][0] if prefix else None,
        suggestion=suggestion,
        is_personal=_is_personal(number),
    )


def _shown(number: str) -> str:
    masked = mask_tax_id(number)
    return masked if len(masked) <= _SHOWN_CHARACTERS else f"{masked[:_SHOWN_CHARACTERS]}…"


def _distinct(number: str, allowed: str) -> str:
    """The characters that do not match the class `allowed`, each once, in order; at most five."""
    return "".join(character for character in dict.fromkeys(number) if not re.fullmatch(allowed, character))[:5]


def _uscc_check(number: str) -> str:
    total = sum(USCC_CHARACTERS.index(c) * weight for c, weight in zip(number[:17], _USCC_WEIGHTS, strict=True))
    return USCC_CHARACTERS[-total % 31]


def _organisation_check(body: str) -> str:
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _idcard_check(card: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(card[:17], _IDCARD_WEIGHTS, strict=True))
    return _IDCARD_CHECKS[total % 11]


def _is_sound_uscc(number: str) -> bool:
    """Both check characters hold."""
    if _distinct(number, f"[{USCC_CHARACTERS}]"):
        return False
    return _uscc_check(number) == number[17] and _organisation_check(number[8:16]) == number[16]


def _looks_like_idcard(number: str) -> bool:
    return bool(re.fullmatch(r"[1-8]\d{16}[\dX]", number)) and _is_birthday(number[6:14])


def _is_idcard_18(number: str) -> bool:
    """A card, right or mistyped. If the checks of both kinds hold it is a card: few codes hold a birthday."""
    return _looks_like_idcard(number) and (_idcard_check(number) == number[17] or not _is_sound_uscc(number))


def _is_idcard_15(number: str) -> bool:
    return bool(re.fullmatch(r"[1-8]\d{14}", number)) and _is_birthday("19" + number[6:12])


def _is_birthday(digits: str) -> bool:
    try:
        return 1900 <= datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _is_personal(number: str) -> bool:
    """An identity card, also with a wrong check digit: a typing error does not make it less personal."""
    match len(number):
        case 15:
            return _is_idcard_15(number) and _organisation_check(number[6:14]) != number[14]
        case 17:
            return number.isdigit() and _is_idcard_15(number[:15])
        case 18:
            return _is_idcard_18(number)
        case 20:
            return _looks_like_idcard(number[:18])
        case _:
            return False


def _category_prefix(number: str) -> str | None:
    return next((prefix for prefix in (number[:2], number[:1]) if prefix in _CATEGORIES), None)


def _region(number: str) -> str | None:
    return _PROVINCES.get(number[2:4]) if number[2:8].isdigit() else None
