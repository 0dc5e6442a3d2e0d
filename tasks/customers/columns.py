"""The columns of the customer sheet: the same for template, import, error workbook and export."""

from __future__ import annotations

from models.customers import Grade, HeaderKind
from tasks.exchange import Choice, Column

ACTIVE, INACTIVE = "active", "inactive"

COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        "Customer code",
        "客户编码",
        hint_en="Finds the customer to update. Empty: found by tax number, then by name; a new one gets the next code.",
        hint_zh="用于查找要更新的客户。留空时先按税号、再按名称查找；新客户自动编码。",
        aliases=("客户编号", "Code"),
    ),
    Column(
        "name",
        "Customer name",
        "客户名称",
        required=True,
        hint_en="The full legal name, at most 100 characters.",
        hint_zh="营业执照上的全称，最多 100 个字符。",
        width=36,
        aliases=("Customer", "Name", "单位名称", "公司名称"),
    ),
    Column(
        "kind",
        "Kind of buyer",
        "购方类型",
        hint_en="Empty: an organization, or a person if the tax number is a person's.",
        hint_zh="留空按单位处理；税号为身份证号时按个人处理。",
        kind="choice",
        choices=(
            Choice(HeaderKind.ORGANIZATION.value, "Organization", "单位"),
            Choice(HeaderKind.PERSON.value, "Person", "个人"),
            Choice(HeaderKind.GOVERNMENT.value, "Government body", "政府机关"),
            Choice(HeaderKind.FOREIGN.value, "Foreign organization", "境外单位"),
        ),
    ),
    Column(
        "tax_id",
        "Tax number",
        "税号",
        hint_en="15, 18 or 20 characters; an organization needs it. Enter it as text.",
        hint_zh="15、18 或 20 位；单位必填。请按文本格式填写。",
        width=24,
        aliases=("纳税人识别号", "统一社会信用代码", "Tax ID", "TIN"),
    ),
    Column(
        "title",
        "Invoice title",
        "发票抬头",
        hint_en="What stands on the invoice. Empty: the customer's name.",
        hint_zh="发票上的购买方名称。留空时与客户名称相同。",
        width=36,
        aliases=("抬头",),
    ),
    Column("address", "Registered address", "注册地址", width=36, aliases=("地址", "Address")),
    Column("header_phone", "Registered phone", "注册电话", aliases=("电话",)),
    Column("bank_name", "Bank", "开户银行", width=28, aliases=("开户行",)),
    Column(
        "bank_account",
        "Bank account",
        "银行账号",
        hint_en="Digits as text, at most 50 characters.",
        hint_zh="按文本格式填写，最多 50 个字符。",
        width=26,
        aliases=("账号",),
    ),
    Column("header_email", "E-mail for invoices", "收票邮箱", width=28),
    Column(
        "grade",
        "Grade",
        "客户等级",
        hint_en="A well known, B known, C new. Empty: B.",
        hint_zh="A 熟悉，B 一般，C 新客户。留空为 B。",
        kind="choice",
        choices=tuple(Choice(grade.value, grade.value, grade.value) for grade in Grade),
        aliases=("等级",),
    ),
    Column(
        "owner",
        "Owner (e-mail)",
        "负责人邮箱",
        hint_en="The e-mail address with which the colleague logs in.",
        hint_zh="同事登录所用的邮箱。",
        width=28,
    ),
    Column("contact", "Contact", "联系人"),
    Column("phone", "Contact phone", "联系电话"),
    Column("email", "Contact e-mail", "联系邮箱", width=28),
    Column("notes", "Notes", "备注", width=36),
    Column(
        "state",
        "State",
        "状态",
        kind="choice",
        choices=(Choice(ACTIVE, "Active", "启用"), Choice(INACTIVE, "Inactive", "停用")),
    ),
    Column(
        "override_reason",
        "Reason for an exception",
        "例外原因",
        hint_en="Why a tax number stays although a check objects. Only for those who may decide that.",
        hint_zh="税号未通过校验但仍要保留的原因；需要相应权限。",
        width=30,
    ),
)

# Column → field, where a sheet needs two names for what customer and header both have.
CUSTOMER_FIELDS = {field: field for field in ("code", "name", "contact", "phone", "email", "notes")}
HEADER_FIELDS = {
    "title": "title",
    "tax_id": "tax_id",
    "address": "address",
    "header_phone": "phone",
    "bank_name": "bank_name",
    "bank_account": "bank_account",
    "header_email": "email",
    "override_reason": "override_reason",
}
