"""Character classes of XML Schema regular expressions: escapes, categories, blocks, groups and subtraction."""

import unicodedata
from collections.abc import Callable

Predicate = Callable[[str], bool]

_BLOCKS = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Thai": (0xE00, 0xE7F),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "MiscellaneousTechnical": (0x2300, 0x23FF),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKCompatibility": (0x3300, 0x33FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}
_CATEGORIES = frozenset(
    (
        *("C", "Cc", "Cf", "Cn", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn"),
        *("N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps"),
        *("S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs"),
    )
)


def _is_space(char: str) -> bool:
    return char in " \t\n\r"


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


def _starts_xml_name(char: str) -> bool:
    return char in "_:" or unicodedata.category(char)[0] == "L"


def _in_xml_name(char: str) -> bool:
    return _starts_xml_name(char) or char in "-.\u00b7" or unicodedata.category(char) in {"Nd", "Mn", "Mc"}


_ESCAPES: dict[str, Predicate] = {
    "s": _is_space,
    "d": _is_digit,
    "w": _is_word,
    "i": _starts_xml_name,
    "c": _in_xml_name,
}


def negated(predicate: Predicate) -> Predicate:
    """Every character the other does not match."""
    return lambda char: not predicate(char)


def class_escape(letter: str) -> Predicate | None:
    r"""The class of `\d`, `\W` and so on, None for any other letter."""
    predicate = _ESCAPES.get(letter.lower())
    if predicate is None:
        return None
    return negated(predicate) if letter.isupper() else predicate


def property_class(name: str) -> Predicate | None:
    r"""The class of `\p{name}`: a general category or, after "Is", a block. None if there is none."""
    if name.startswith("Is") and name[2:] in _BLOCKS:
        low, high = _BLOCKS[name[2:]]
        return lambda char: low <= ord(char) <= high
    if name in _CATEGORIES:
        return lambda char: unicodedata.category(char).startswith(name)
    return None


def case_variants(char: str) -> set[str]:
    """A character and those that differ from it only in case."""
    variants = {char, char.lower(), char.upper()}
    variants |= {variant.lower() for variant in variants} | {variant.upper() for variant in variants}
    return {variant for variant in variants if len(variant) == 1}


def single(char: str, *, ignore_case: bool) -> Predicate:
    """Exactly that character."""
    if not ignore_case:
        return lambda other: other == char
    variants = case_variants(char)
    return lambda other: other in variants or not variants.isdisjoint(case_variants(other))


def between(low: str, high: str, *, ignore_case: bool) -> Predicate:
    """Any character from low to high."""
    if not ignore_case:
        return lambda char: low <= char <= high
    return lambda char: any(low <= variant <= high for variant in case_variants(char))


def union(predicates: list[Predicate]) -> Predicate:
    """Any of several classes."""
    return lambda char: any(predicate(char) for predicate in predicates)


def difference(predicate: Predicate, excluded: Predicate) -> Predicate:
    """What the first matches and the second does not."""
    return lambda char: predicate(char) and not excluded(char)
