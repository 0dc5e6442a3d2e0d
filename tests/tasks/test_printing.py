"""What comes out of the printer: read back from the PDF, as its reader would."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest

from models.errors import Invalid
from tasks.printing import (
    ApprovalSheet,
    FontsMissing,
    InvoicePreview,
    PrintLine,
    SheetStep,
    TypesettingFailed,
    approval_sheet_pdf,
    invoice_preview_pdf,
)
from tasks.printing import typesetting as typesetting_module
from tasks.printing.glyphs import spell_out_missing
from tasks.printing.labels import INVOICE_GLOSS, INVOICE_LABELS, SHEET_LABELS
from tasks.printing.text import breakable, clean, money, number
from tasks.printing.typesetting import DEFAULT_FONTS_DIR, typeset

WORDS = "壹拾叁万陆仟叁佰壹拾陆圆整"
MARKUP = '#let x = 1 $a^2$ *bold* _it_ <label> @ref [y] `c` // \\n "q"'


def a_line(**changes: object) -> PrintLine:
    values: dict[str, object] = {
        "name": "*信息技术服务*技术服务费",
        "spec": "SLA-24×7",
        "unit": "项",
        "quantity": Decimal(2),
        "unit_price": Decimal("42500.00"),
        "net": Decimal("85000.00"),
        "rate_label": "6%",
        "tax": Decimal("5100.00"),
    }
    return PrintLine(**{**values, **changes})  # type: ignore[arg-type]


def an_invoice(**changes: object) -> InvoicePreview:
    values: dict[str, object] = {
        "type_name": "电子发票（增值税专用发票）",
        "number": "25442000000123456789",
        "issued_on": date(2025, 11, 4),
        "seller_name": "广州示例软件有限公司",
        "seller_tax_id": "91440101MA9XXXXX8P",
        "buyer_name": "深圳市星河科技有限公司",
        "buyer_tax_id": "91440300MA5G7X2K3N",
        "lines": (a_line(),),
        "net": Decimal("128600.00"),
        "tax": Decimal("7716.00"),
        "gross": Decimal("136316.00"),
        "gross_in_words": WORDS,
        "remark": "合同编号 HT-2025-0871",
        "drawer": "赵会计",
        "qr_text": "01,31,,25442000000123456789,136316.00,20251104,,A1B2",
        "is_sample": False,
    }
    return InvoicePreview(**{**values, **changes})  # type: ignore[arg-type]


def a_sheet(**changes: object) -> ApprovalSheet:
    values: dict[str, object] = {
        "request_number": "KP-202511-0042",
        "title": "九月技术服务费",
        "company": "广州示例软件有限公司",
        "applicant": "Alice",
        "department": "华南销售部",
        "status": "已批准",
        "customer": "深圳市星河科技有限公司",
        "buyer_tax_id": "91440300MA5G7X2K3N",
        "invoice_type": "电子发票（增值税专用发票）",
        "lines": (a_line(),),
        "net": Decimal("128600.00"),
        "tax": Decimal("7716.00"),
        "gross": Decimal("136316.00"),
        "gross_in_words": WORDS,
        "reason": "客户已验收",
        "steps": (
            SheetStep(title="部门审批", person="Bob", decision="同意", comment="价格一致", at="2025-11-24 09:31"),
            SheetStep(title="财务复核", person="Carol", acted_for="Dave", decision="退回", at="2025-11-24 10:02"),
        ),
        "attachments": ("合同.pdf",),
        "printed_at": "2025-11-26 08:00",
        "verify_url": "https://example.com/v/1",
    }
    return ApprovalSheet(**{**values, **changes})  # type: ignore[arg-type]


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def squeezed(text: str) -> str:
    """Without any blank: wrapping and column gaps are layout, not content."""
    return "".join(text.replace("\u200b", "").split())


def page_size_mm(pdf: bytes) -> tuple[int, int]:
    box = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    return round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)


# --- the invoice -----------------------------------------------------------------------------------------------------


def test_an_invoice_shows_its_totals_words_and_parties_exactly():
    text = text_of(invoice_preview_pdf(an_invoice()))
    for expected in (
        "¥128600.00",
        "¥7716.00",
        "¥136316.00",
        WORDS,
        "25442000000123456789",
        "2025年11月04日",
        "深圳市星河科技有限公司",
        "91440300MA5G7X2K3N",
        "广州示例软件有限公司",
        "合同编号 HT-2025-0871",
        "赵会计",
    ):
        assert expected in text


def test_a_short_invoice_has_the_size_of_the_real_one():
    pdf = invoice_preview_pdf(an_invoice())
    assert page_size_mm(pdf) == (210, 140)
    assert len(pages_of(pdf)) == 1


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (9, 1), (60, 2), (500, 10)])
def test_a_long_invoice_continues_on_more_pages_each_with_its_head(count: int, pages: int):
    lines = tuple(a_line(name=f"第{n}行") for n in range(count))
    printed = pages_of(invoice_preview_pdf(an_invoice(lines=lines)))
    assert len(printed) == pages
    for text in printed:
        assert "25442000000123456789" in text
        assert "项目名称" in text
    assert f"第{count - 1}行" in printed[-1]
    assert "¥136316.00" in printed[-1]
    assert sum(text.count("¥136316.00") for text in printed) == 1


def test_two_thousand_lines_can_be_printed_and_one_more_is_refused():
    lines = tuple(a_line(name=f"第{n}行") for n in range(2_000))
    last_page = pypdf.PdfReader(io.BytesIO(invoice_preview_pdf(an_invoice(lines=lines)))).pages[-1]
    assert "第1999行" in last_page.extract_text()
    with pytest.raises(Invalid) as refusal:
        invoice_preview_pdf(an_invoice(lines=(*lines, a_line())))
    assert refusal.value.code == "printing.too_many_lines"


def test_a_sample_says_on_every_page_that_it_is_no_tax_invoice():
    lines = tuple(a_line() for _ in range(60))
    for text in pages_of(invoice_preview_pdf(an_invoice(lines=lines, is_sample=True))):
        assert "样张SAMPLE" in squeezed(text)
        assert "NOTATAXINVOICE" in squeezed(text)


def test_an_invoice_without_a_number_is_marked_as_a_preview():
    text = squeezed(text_of(invoice_preview_pdf(an_invoice(number=None, issued_on=None))))
    assert "预览PREVIEW" in text
    assert "尚未开具" in text


def test_an_issued_invoice_carries_no_watermark():
    text = squeezed(text_of(invoice_preview_pdf(an_invoice())))
    assert "SAMPLE" not in text
    assert "PREVIEW" not in text


def test_an_english_reader_gets_a_gloss_beside_the_chinese_words():
    english = text_of(invoice_preview_pdf(an_invoice(language="en")))
    assert "购" in english
    assert "项目名称" in english
    assert "Unit price" in english
    assert "Unit price" not in text_of(invoice_preview_pdf(an_invoice()))


def test_a_line_free_of_tax_prints_three_stars():
    text = text_of(invoice_preview_pdf(an_invoice(lines=(a_line(rate_label="免税", tax=None),))))
    assert "免税" in text
    assert "***" in text


def test_thirteen_digit_figures_stay_whole():
    big = Decimal("-1234567890123.45")
    line = a_line(quantity=Decimal("1234567890123"), unit_price=Decimal("0.1234567890123"), net=big, tax=big)
    text = text_of(invoice_preview_pdf(an_invoice(lines=(line,), net=big, tax=big, gross=big)))
    for expected in ("1234567890123", "0.1234567890123", "-1234567890123.45", "¥-1234567890123.45"):
        assert expected in text


# --- the approval sheet ----------------------------------------------------------------------------------------------


def test_a_sheet_shows_the_request_its_totals_and_every_decision():
    text = text_of(approval_sheet_pdf(a_sheet()))
    for expected in (
        "开票申请审批单",
        "KP-202511-0042",
        "Alice",
        "华南销售部",
        "128,600.00",
        "7,716.00",
        "¥136,316.00",
        WORDS,
        "客户已验收",
        "合同.pdf",
        "Bob",
        "价格一致",
        "代 Dave",
        "退回",
        "2025-11-24 10:02",
        "https://example.com/v/1",
    ):
        assert expected in text


def test_an_english_sheet_has_no_chinese_label():
    text = squeezed(text_of(approval_sheet_pdf(a_sheet(language="en"))))
    for label in ("Invoicerequest:approvalsheet", "Totalincl.tax", "Decisions", "forDave", "Page1of1"):
        assert label in text
    for chinese in SHEET_LABELS["zh"].values():
        if len(chinese) > 2:
            assert chinese not in text


def test_a_long_sheet_names_its_request_on_every_page():
    printed = pages_of(approval_sheet_pdf(a_sheet(lines=tuple(a_line() for _ in range(200)))))
    assert len(printed) > 3
    assert all("KP-202511-0042" in text for text in printed)


def test_a_sheet_without_decisions_says_so():
    assert "尚无审批记录" in text_of(approval_sheet_pdf(a_sheet(steps=())))


# --- what users type -------------------------------------------------------------------------------------------------


def test_markup_in_user_text_is_printed_as_typed():
    invoice = an_invoice(buyer_name=MARKUP, remark=MARKUP, lines=(a_line(name=MARKUP),))
    assert squeezed(text_of(invoice_preview_pdf(invoice))).count(squeezed(MARKUP)) == 3
    sheet = a_sheet(title=MARKUP, customer=MARKUP, reason=MARKUP, attachments=(MARKUP,), department="{page}{0}")
    text = squeezed(text_of(approval_sheet_pdf(sheet)))
    assert text.count(squeezed(MARKUP)) == 4
    assert "{page}{0}" in text


def test_names_of_a_hundred_characters_are_printed_in_full():
    chinese, latin = "超" * 100, "Ab" * 50
    invoice = an_invoice(buyer_name=chinese, seller_name=latin, lines=(a_line(name=chinese, spec=latin, unit=latin),))
    text = squeezed(text_of(invoice_preview_pdf(invoice)))
    assert text.count("超") == 200
    assert latin in text
    assert text.count("Ab") >= 150


def test_the_longest_texts_allowed_still_fit():
    invoice = an_invoice(
        type_name="票" * 40, buyer_name="超" * 300, seller_name="W" * 300, buyer_tax_id="9" * 100, remark="注" * 2_000
    )
    text = squeezed(text_of(invoice_preview_pdf(invoice)))
    assert text.count("超") == 300
    assert "W" * 300 in text
    assert text.count("注") == 2_000 + text.count("备")


def test_rare_characters_of_names_are_drawn():
    assert "㛃𬭎喆堃" in text_of(approval_sheet_pdf(a_sheet(applicant="㛃𬭎喆堃")))


def test_a_character_of_the_fallback_fonts_is_drawn_where_they_are_installed():
    text = text_of(approval_sheet_pdf(a_sheet(applicant="𠮷田")))
    installed = any(DEFAULT_FONTS_DIR.glob("NotoSansJP*.ttf"))
    assert ("𠮷田" if installed else "〔U+20BB7〕田") in text


def test_a_character_that_no_font_has_is_printed_as_its_code():
    assert "〔U+1F600〕" in text_of(invoice_preview_pdf(an_invoice(remark="好\U0001f600")))
    assert spell_out_missing("a中\u200b\ufe0f", DEFAULT_FONTS_DIR) == "a中\u200b\ufe0f"


def test_marks_that_reverse_the_reading_order_are_dropped():
    assert clean("付款\u202e00.1\x00\r\n次\ud800") == "付款00.1\n次"


def test_only_long_latin_runs_may_break():
    assert breakable("91440300MA5G7X2K3N") == "91440300MA5G7X2K3N"
    assert breakable("abc", run=2) == "a\u200bb\u200bc"


@pytest.mark.parametrize("overlong", [{"remark": "长" * 2_001}, {"buyer_name": "长" * 301}, {"type_name": "长" * 41}])
def test_an_overlong_text_is_refused(overlong: dict[str, str]):
    with pytest.raises(Invalid) as refusal:
        invoice_preview_pdf(an_invoice(**overlong))
    assert refusal.value.code == "printing.text_too_long"


def test_an_overlong_qr_code_is_refused():
    with pytest.raises(Invalid) as refusal:
        invoice_preview_pdf(an_invoice(qr_text="长" * 400))
    assert refusal.value.code == "printing.qr_too_long"


def test_figures_are_written_without_exponents_or_padding():
    assert [number(Decimal(value)) for value in ("2.00", "1E+3", "0E-8", "0.500")] == ["2", "1000", "0", "0.5"]
    assert number(None) == ""
    assert money(Decimal("1234.5"), grouped=True) == "1,234.50"


# --- the machinery ---------------------------------------------------------------------------------------------------


def test_printing_twice_gives_the_same_bytes():
    pdf = invoice_preview_pdf(an_invoice())
    assert pdf == invoice_preview_pdf(an_invoice())
    assert "/CreationDate" not in (pypdf.PdfReader(io.BytesIO(pdf)).metadata or {})


def test_two_threads_print_at_once():
    invoices = [an_invoice(number=f"2544200000012345678{n}") for n in range(4)]
    with ThreadPoolExecutor(2) as pool:
        texts = [text_of(pdf) for pdf in pool.map(invoice_preview_pdf, invoices)]
    assert all(invoice.number in text for invoice, text in zip(invoices, texts, strict=True) if invoice.number)


def test_without_fonts_the_operator_is_told_what_to_run(tmp_path: Path):
    with pytest.raises(FontsMissing, match="make setup"):
        invoice_preview_pdf(an_invoice(), fonts_dir=tmp_path)


def test_a_document_that_takes_too_long_is_stopped():
    with pytest.raises(Invalid) as refusal:
        typeset("invoice.typ", {}, time_limit_seconds=0.001)
    assert refusal.value.code == "printing.too_slow"


def test_a_document_with_too_much_text_is_refused():
    lines = tuple(a_line(name="名" * 1_000) for _ in range(1_000))
    with pytest.raises(Invalid) as refusal:
        invoice_preview_pdf(an_invoice(lines=lines))
    assert refusal.value.code == "printing.too_large"


def test_a_faulty_template_is_reported_as_our_bug():
    with pytest.raises(TypesettingFailed):
        typeset("invoice.typ", {})


def test_a_template_cannot_read_outside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    inside = tmp_path / "templates"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (inside / "nosy.typ").write_text('#read("../secret.txt")')
    monkeypatch.setattr(typesetting_module, "TEMPLATES_DIR", inside)
    with pytest.raises(TypesettingFailed):
        typeset("nosy.typ", {})


def test_both_languages_name_the_same_things():
    assert SHEET_LABELS["zh"].keys() == SHEET_LABELS["en"].keys()
    bilingual = {"sample", "preview", "not_a_tax_invoice"}
    assert INVOICE_GLOSS.keys() == INVOICE_LABELS.keys() - bilingual
