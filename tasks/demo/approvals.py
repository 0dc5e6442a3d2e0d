"""What approvals can do, told by the demo: a countersigned chain, a stand-in, a second round, opinions and copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from models.access import Actor
from tasks import chains, delegations, inbox, requests
from tasks.boundary import separate
from tasks.chains import ChainDraft
from tasks.delegations import DelegationDraft
from tasks.demo.cast import WARES
from tasks.demo.story import Stage, decide, draft_request, line_of, submit, task_id_of
from tasks.requests.drafts import person

_SHIPPED = ("simple", "standard", "extended")
_CONTRACT = "key_contract"
_SERVER = WARES[-1]
_FORTNIGHT = timedelta(days=14)


def make_chains(stage: Stage) -> None:
    """The shipped chains ask the head of the applicant's department; key contracts have a chain of their own."""
    for shipped in _SHIPPED:
        with separate():
            _ask_the_head(stage.admin, shipped)
    with separate():
        chains.add_chain(stage.admin, _contract_chain(stage), key=_CONTRACT)
    for _above in _SHIPPED:
        with separate():
            chains.move_chain(stage.admin, key=_CONTRACT, up=True)


def play(stage: Stage) -> Iterator[str]:
    """Tell the tales one after the other; yields what each is about."""
    for name, tell in _TALES:
        tell(stage)
        yield name


def _ask_the_head(admin: Actor, key: str) -> None:
    chain = chains.get_chain(admin, key)
    first, *others = chain.newest.steps
    chains.save_chain(
        admin,
        ChainDraft(
            name=chain.name,
            name_zh=chain.name_zh,
            steps=[{**first, "approvers": {"kind": "department_head"}}, *others],
            note="经理即申请人的部门负责人。",
        ),
        key=key,
        revision=chain.revision,
    )


def _contract_chain(stage: Stage) -> ChainDraft:
    signers = [stage.legal.user_id, stage.finance.user_id]
    return ChainDraft(
        name="Key contract countersign",
        name_zh="重点合同会签",
        steps=(
            _step("head", "Head of department", "部门负责人审批", {"kind": "department_head"}, due_hours=16),
            _step(
                "countersign",
                "Legal and finance",
                "法务财务会签",
                {"kind": "people", "people": signers},
                mode="all",
                due_hours=24,
                remind_hours=8,
                escalate_hours=8,
                escalate_to="admins",
            ),
            _step(
                "company",
                "Company approval",
                "公司负责人审批",
                {"kind": "role", "role": "admin"},
                condition="amount >= 500000",
                due_hours=24,
                copies=[stage.auditor.user_id],
            ),
        ),
        binding={"kinds": ["request"], "min_amount": "250000"},
        note="25 万元及以上须法务、财务会签；50 万元及以上须公司负责人审批。",
    )


def _step(key: str, title: str, title_zh: str, approvers: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    return {"key": key, "title": title, "title_zh": title_zh, "approvers": approvers, **rest}


def _countersign(stage: Stage) -> None:
    """The lawyer has signed, finance has not."""
    request_id = _ask_for_servers(stage, 16)
    decide(stage.approver, request_id, "approve", comment="合同原件已核对，同意开票。")
    decide(stage.legal, request_id, "approve", comment="付款条件与合同第 7 条一致。")


def _second_round(stage: Stage) -> None:
    """What the applicant changed stands on the document when it comes back."""
    request_id = _ask_for_servers(stage, 2)
    decide(stage.approver, request_id, "return", comment="合同约定数量为 3 台，合同编号也请核对。")
    with separate():
        request = requests.get_editable(stage.applicant, request_id)
        draft = requests.as_draft(request)
        mended = replace(
            draft,
            contract_number=f"HT-{stage.today.year}-0316",
            lines=tuple(replace(line, quantity=Decimal(3), amount=None) for line in draft.lines),
        )
        requests.update_draft(stage.applicant, mended, request_id=request_id)
    submit(stage, request_id)


def _twin(stage: Stage) -> None:
    """The same total for the same customer again: a warning for whoever decides."""
    request_id = _ask_for_servers(stage, 1)
    with separate():
        twin_id = requests.copy_request(stage.applicant, request_id=request_id).id
    submit(stage, twin_id)


def _opinion(stage: Stage) -> None:
    """The head asks the lawyer, who answers without a vote; then it waits for the head again."""
    request_id = _ask_for_servers(stage, 4)
    with separate():
        inbox.delegate(
            stage.approver,
            task_id=task_id_of(stage.approver, request_id),
            user_id=person(stage.legal),
            comment="补充协议还没盖章，能先开票吗？",
        )
    decide(stage.legal, request_id, "approve", comment="补充协议不影响开票义务，可以开。")


def _talk(stage: Stage) -> None:
    """A comment that names somebody, a copy, an urge."""
    request_id = _ask_for_servers(stage, 3)
    with separate():
        inbox.comment_on(
            stage.applicant,
            request_id=request_id,
            text="@陈立 客户月底前要做账，麻烦优先。",
            mentions=[person(stage.approver)],
        )
    with separate():
        inbox.copy_to(
            stage.approver, request_id=request_id, user_ids=[person(stage.auditor)], comment="本季度抽查范围内。"
        )
    with separate():
        inbox.urge(stage.applicant, request_id=request_id)


def _stand_in(stage: Stage) -> None:
    """While the lawyer is away, the head of sales signs in her place."""
    with separate():
        delegations.create_delegation(
            stage.legal,
            DelegationDraft(to_user_id=person(stage.approver), last_day=stage.today + _FORTNIGHT, note="外出培训"),
        )
    with separate():
        delegations.create_delegation(
            stage.approver,
            DelegationDraft(
                to_user_id=person(stage.finance),
                first_day=stage.today + timedelta(days=30),
                last_day=stage.today + timedelta(days=40),
                max_amount=Decimal(50000),
                note="年假",
            ),
        )
    request_id = _ask_for_servers(stage, 8)
    decide(stage.approver, request_id, "approve", comment="按里程碑开票。")


def _order_the_inbox(stage: Stage) -> None:
    """One task is put off, and a view has a name that everybody sees."""
    request_id = _ask_for_servers(stage, 2)
    with separate():
        inbox.snooze(stage.approver, task_id=task_id_of(stage.approver, request_id), until="week")
    with separate():
        inbox.save_view(stage.approver, name="五万元以上", address="view=open&min_amount=50000", is_shared=True)


def _ask_for_servers(stage: Stage, quantity: int) -> int:
    """Submit a request for so many servers; returns its id."""
    with separate():
        draft = replace(draft_request(stage), lines=(line_of(_SERVER, Decimal(quantity)),))
        request_id = requests.create_draft(stage.applicant, draft).id
    submit(stage, request_id)
    return request_id


_TALES: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("countersign", _countersign),
    ("second round", _second_round),
    ("possible duplicate", _twin),
    ("opinion", _opinion),
    ("comment, copy and urge", _talk),
    ("stand-in", _stand_in),
    ("put off, and a shared view", _order_the_inbox),
)
