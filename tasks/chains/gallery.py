"""Eight chains to begin with: copy one, then name the people. Every company can use them as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.language import N_

Step = Mapping[str, Any]


@dataclass(frozen=True)
class GalleryChain:
    """`about` says in a sentence what it is for.

    `picture` draws it: how many people each step has, one after the other; several at the same time are a tuple.
    """

    key: str
    name: str
    name_zh: str
    about: str
    steps: tuple[Step, ...]
    picture: tuple[int | tuple[int, ...], ...]


def _step(key: str, title: str, title_zh: str, hours: int = 16, **rest: Any) -> Step:
    return {"key": key, "title": title, "title_zh": title_zh, "due_hours": hours, **rest}


def _role(role: str) -> Mapping[str, Any]:
    return {"kind": "role", "role": role}


_HEAD: Mapping[str, Any] = {"kind": "department_head"}
_MANAGER = _step("manager", "Manager approval", "经理审批", approvers=_HEAD)
_FINANCE = _step("finance", "Finance review", "财务复核", approvers=_role("finance"))
_COMPANY = _step("company", "Company approval", "公司负责人审批", 24, approvers=_role("admin"))

GALLERY: tuple[GalleryChain, ...] = (
    GalleryChain(
        "one_manager",
        N_("One manager"),
        "主管一级审批",
        N_("The head of the department says yes or no."),
        (_MANAGER,),
        (1,),
    ),
    GalleryChain(
        "manager_finance",
        N_("Manager and finance"),
        "主管＋财务",
        N_("First the head of the department, then finance."),
        (_MANAGER, _FINANCE),
        (1, 1),
    ),
    GalleryChain(
        "three_levels",
        N_("Three levels"),
        "三级审批",
        N_("Head of the department, finance, and the company's administrators."),
        (_MANAGER, _FINANCE, _COMPANY),
        (1, 1, 1),
    ),
    GalleryChain(
        "countersign",
        N_("Countersign of legal and finance"),
        "法务财务会签",
        N_("Legal and finance are asked at the same time, and all of both must agree. Choose your lawyers."),
        (
            _step("legal", "Legal review", "法务会签", 24, approvers=_role("approver"), mode="all"),
            _step(
                "finance",
                "Finance countersign",
                "财务会签",
                24,
                approvers=_role("finance"),
                mode="all",
                alongside=True,
            ),
        ),
        ((2, 2),),
    ),
    GalleryChain(
        "or_sign",
        N_("Or-sign"),
        "或签",
        N_("Any one approver is enough: whoever is there first."),
        (_step("any", "Approval by anyone", "任一人审批", 8, approvers=_role("approver"), mode="any"),),
        (3,),
    ),
    GalleryChain(
        "heads",
        N_("Heads, one after the other"),
        "逐级上级审批",
        N_("The heads of up to three departments above the applicant, from the bottom up."),
        (
            _step(
                "heads",
                "Heads",
                "逐级审批",
                24,
                approvers={"kind": "heads", "levels": 3},
                mode="order",
                when_self="skip",
            ),
        ),
        (1, 1, 1),
    ),
    GalleryChain(
        "ladder",
        N_("Ladder by amount"),
        "按金额逐级增加",
        N_("The larger the amount, the more people: from 10,000 finance, from 100,000 the administrators too."),
        (
            _MANAGER,
            {**_FINANCE, "condition": "amount >= 10000"},
            {**_COMPANY, "condition": "amount >= 100000", "repeat": "first"},
        ),
        (1, 1, 1),
    ),
    GalleryChain(
        "committee",
        N_("Committee, two of them"),
        "委员会 N 选 M",
        N_("Two of the approvers must agree, whichever they are."),
        (_step("committee", "Committee", "委员会审批", 24, approvers=_role("approver"), mode="count", threshold=2),),
        (3,),
    ),
)
