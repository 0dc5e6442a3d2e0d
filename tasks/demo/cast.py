"""Who plays in the demo: the company, its seven people, its wares. Invented, but for customers' names and numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

from models.access import Role
from tasks.accounts import CompanyDraft

PASSWORD = "demo tide lantern 42"  # noqa: S105 - printed at every start, and refused nowhere but in the demo
COMPANY = CompanyDraft(
    name="蓝潮数字科技（杭州）有限公司",
    tax_id="91330100MADEMQ004D",
    address="杭州市西湖区文三路 90 号",
    phone="0571-88000000",
    bank_name="招商银行杭州分行",
    bank_account="571900000010108",
    drawer="李娜",
    payee="李娜",
    reviewer="周岚",
)


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role
    department: str
    is_head: bool = True

    @property
    def key(self) -> str:
        """What the story calls them: the first part of their address."""
        return self.email.partition("@")[0]


# One for each role, and who is asked beside them.
PEOPLE = (
    Person("周岚", "admin@piaoflow.example", Role.ADMIN, "总经办"),
    Person("沈舟", "designer@piaoflow.example", Role.DESIGNER, "流程管理部"),
    Person("陈立", "approver@piaoflow.example", Role.APPROVER, "销售部"),
    Person("李娜", "finance@piaoflow.example", Role.FINANCE, "财务部"),
    Person("王强", "applicant@piaoflow.example", Role.APPLICANT, "销售部", is_head=False),
    Person("赵敏", "auditor@piaoflow.example", Role.AUDITOR, "内审部"),
)
LAWYER = Person("孙悦", "legal@piaoflow.example", Role.APPROVER, "法务部")
EVERYBODY = (*PEOPLE, LAWYER)


@dataclass(frozen=True)
class Ware:
    """Something that is sold: its tax code and short name are those of the tax authority's table."""

    name: str
    tax_code: str
    short_name: str
    unit: str
    rate: str
    price: int


WARES = (
    Ware("软件开发服务", "3040201010000000000", "信息技术服务", "项", "0.06", 42500),
    Ware("系统集成服务", "3040203000000000000", "信息技术服务", "项", "0.06", 28000),
    Ware("软件维护服务", "3040201030000000000", "信息技术服务", "年", "0.06", 9800),
    Ware("企业咨询服务", "3040603000000000000", "鉴证咨询服务", "人天", "0.06", 2400),
    Ware("激光打印机", "1090511030000000000", "计算机外部设备", "台", "0.13", 1899),
    Ware("服务器", "1090509010000000000", "电子计算机", "台", "0.13", 36800),
)

# The list names those whose name it does not know by place and kind, in brackets.
_NO_BRACKETS = str.maketrans("", "", "()")


def customers() -> list[tuple[str, str]]:
    """Tax number and name of each customer."""
    text = files("tasks.demo").joinpath("companies.csv").read_text(encoding="utf-8")
    return [(row["code"], row["name"].translate(_NO_BRACKETS)) for row in csv.DictReader(text.splitlines())]
