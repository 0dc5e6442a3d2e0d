"""The three chains that every company has from its first day; the shipped decision table names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.access import Role
from models.language import N_

Steps = tuple[Mapping[str, Any], ...]


def _step(key: str, title: str, title_zh: str, role: Role, hours: int) -> Mapping[str, Any]:
    return {
        "key": key,
        "title": title,
        "title_zh": title_zh,
        "approvers": {"kind": "role", "role": role.value},
        "due_hours": hours,
    }


_MANAGER = _step("manager", "Manager approval", "经理审批", Role.APPROVER, 16)
_FINANCE = _step("finance", "Finance review", "财务复核", Role.FINANCE, 16)
_COMPANY = _step("company", "Company approval", "公司负责人审批", Role.ADMIN, 24)
DEFAULT_CHAINS: tuple[tuple[str, str, str, Steps], ...] = (
    ("simple", N_("Simple"), "简易审批", (_MANAGER,)),
    ("standard", N_("Standard"), "标准审批", (_MANAGER, _FINANCE)),
    ("extended", N_("Extended"), "加强审批", (_MANAGER, _FINANCE, _COMPANY)),
)
