"""The guides: every picture that one names is there and is named, and both languages tell the same."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LARGEST = 80_000  # bytes: a guide must open on a phone
IN_BOTH = sorted(path.name for path in (DOCS / "zh").glob("*.md"))


def pictures(path: Path) -> list[tuple[str, Path]]:
    """Text and file of each picture of a guide."""
    return [(text, (path.parent / target).resolve()) for text, target in PICTURE.findall(path.read_text("utf-8"))]


def headings(path: Path) -> list[str]:
    """The level of each heading, in their order."""
    return re.findall(r"^(#+) ", path.read_text("utf-8"), re.MULTILINE)


def test_every_picture_is_named_by_a_guide_and_each_name_leads_to_one() -> None:
    named = {target for path in DOCS.rglob("*.md") for _text, target in pictures(path)}
    assert named == {path.resolve() for path in (DOCS / "pictures").rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", IN_BOTH)
def test_a_guide_has_the_same_headings_and_pictures_in_both_languages(name: str) -> None:
    english, chinese = DOCS / name, DOCS / "zh" / name
    assert headings(english) == headings(chinese)
    assert [path.name for _text, path in pictures(english)] == [path.name for _text, path in pictures(chinese)]
    for guide, language in ((english, "en"), (chinese, "zh")):
        assert {path.parent for _text, path in pictures(guide)} <= {DOCS / "pictures" / language}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_picture_is_small_and_is_told_in_the_language_of_its_page(language: str) -> None:
    folder = DOCS if language == "en" else DOCS / "zh"
    for guide in folder.glob("*.md"):
        for text, path in pictures(guide):
            has_chinese = re.search(r"[\u4e00-\u9fff，。：]{3}", re.sub("李娜|孙悦", "", text)) is not None
            assert len(text) > 5
            assert has_chinese == (language == "zh"), text
            assert path.stat().st_size <= LARGEST, path.name
