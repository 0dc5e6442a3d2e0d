"""Amounts in Chinese words (价税合计大写), as invoices print them: 圆, not 元; 整 after 圆 or 角, never after 分."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from models.errors import Invalid

WORDS_LIMIT = Decimal(10) ** 16  # exclusive, yuan
_CENT = Decimal("0.01")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_NEGATIVE = "（负数）"
_MAX_CHARACTERS = 80

# What other issuers write, onto the forms above.
_VARIANTS = str.maketrans(
    "元圓〇億萬千百十貳參陸两一二三四五六七八九正", "圆圆零亿万仟佰拾贰叁陆贰壹贰叁肆伍陆柒捌玖整"
)
_DIGIT_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_UNIT_VALUES = {unit: value for value, unit in _UNITS}
_AMOUNT = re.compile(
    r"(?:(?P<yuan>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)圆)?零?(?:(?P<jiao>[零壹贰叁肆伍陆柒捌玖])角)?零?(?:(?P<fen>[零壹贰叁肆伍陆柒捌玖])分)?整?"
)


def amount_in_words(amount: Decimal) -> str:
    """Words of an amount in yuan; raise Invalid for a fraction of a fen or an amount of 10^16 and more."""
    if not amount.is_finite() or abs(amount) >= WORDS_LIMIT or amount != amount.quantize(_CENT):
        raise Invalid("The amount {amount} cannot be written in words.", code="words.amount", amount=str(amount)[:40])
    yuan, cents = divmod(int(abs(amount) * 100), 100)
    sign = _NEGATIVE if amount < 0 else ""
    return sign + _join(yuan, *divmod(cents, 10))


def parse_amount_words(text: str) -> Decimal:
    """The amount that words mean, with two decimals; raise Invalid when they mean none.

    Accepts what issuers really print: 元, 正, a left-out or an added 零, a left-out 整, simple digits, a leading 拾,
    人民币 in front, and each way of marking a negative amount.
    """
    words, negative = _simplify(text)
    match = _AMOUNT.fullmatch(words) if len(words) <= _MAX_CHARACTERS else None
    if match is None or not any(match.groups()):
        raise _not_words(text)
    yuan, jiao, fen = match["yuan"] or "", match["jiao"] or "零", match["fen"] or "零"
    value = _evaluate(yuan)
    # The evaluation takes units in any order; only words that the amount itself would give, zeros aside, are words.
    if value >= WORDS_LIMIT or _skeleton(_integer_words(value)) != _skeleton(yuan):
        raise _not_words(text)
    amount = Decimal(value) + Decimal(_DIGIT_VALUES[jiao] * 10 + _DIGIT_VALUES[fen]) / 100
    return (-amount if negative else amount).quantize(_CENT)


def _join(yuan: int, jiao: int, fen: int) -> str:
    words = _integer_words(yuan) + "圆" if yuan or not (jiao or fen) else ""
    # 零 stands for a missing 角, and before a 角 that follows a whole number ending in zero.
    if yuan and ((jiao and yuan % 10 == 0) or (fen and not jiao)):
        words += "零"
    words += f"{_DIGITS[jiao]}角" if jiao else ""
    return words + (f"{_DIGITS[fen]}分" if fen else "整")


def _integer_words(number: int) -> str:
    for value, unit in _UNITS:
        if number >= value:
            high, low = divmod(number, value)
            gap = "零" if 0 < low < value // 10 else ""
            return _integer_words(high) + unit + gap + (_integer_words(low) if low else "")
    return _DIGITS[number]


def _simplify(text: str) -> tuple[str, bool]:
    words = "".join(unicodedata.normalize("NFKC", text[: 2 * _MAX_CHARACTERS]).split()).translate(_VARIANTS)
    words = words.removeprefix("人民币").removeprefix(":")
    negative = re.match(r"\(负数?\)|负数?", words)
    words = words[negative.end() :] if negative else words
    return re.sub(r"^拾", "壹拾", words), negative is not None


def _evaluate(words: str) -> int:
    """Value of a whole number's words, read left to right; assumes nothing about their order."""
    total = section = digit = 0
    for character in words:
        unit = _UNIT_VALUES.get(character)
        if unit is None:
            digit = _DIGIT_VALUES[character]
        elif unit < 10**4:
            section, digit = section + digit * unit, 0
        elif unit == 10**4:
            total, section, digit = total + (section + digit) * unit, 0, 0
        else:
            total, section, digit = (total + section + digit) * unit, 0, 0
    return total + section + digit


def _skeleton(words: str) -> str:
    return words.replace("零", "")


def _not_words(text: str) -> Invalid:
    return Invalid("“{text}” is not an amount in Chinese words.", code="words.unreadable", text=text[:_MAX_CHARACTERS])
