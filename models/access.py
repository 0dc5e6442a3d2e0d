"""Who may do what. The only file that answers that question.

A permission is named ``<resource>:<action>``. A role grants permissions; row rules stand below.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from models.errors import NotAllowed


class Permission(StrEnum):
    ACCOUNT_SELF = "account:self"
    COMPANY_READ = "company:read"
    COMPANY_EDIT = "company:edit"
    PEOPLE_MANAGE = "people:manage"
    CUSTOMER_READ = "customer:read"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_OVERRIDE = "customer:override"
    REQUEST_READ = "request:read"
    REQUEST_READ_ALL = "request:read_all"
    REQUEST_SUBMIT = "request:submit"
    TASK_READ = "task:read"
    TASK_DECIDE = "task:decide"
    INVOICE_READ = "invoice:read"
    INVOICE_ISSUE = "invoice:issue"
    REGISTER_READ = "register:read"
    REGISTER_VERIFY = "register:verify"
    CHAIN_READ = "chain:read"
    CHAIN_EDIT = "chain:edit"
    PROCESS_READ = "process:read"
    PROCESS_PUBLISH = "process:publish"
    PROCESS_REPAIR = "process:repair"
    # To see every flow of the company: where it stands, since when and at whom. Everybody may read a diagram
    # (`PROCESS_READ`), but that shows nothing of the requests that run through it.
    PROCESS_MONITOR = "process:monitor"
    AUDIT_READ = "audit:read"
    # Never granted to a role: what diagrams, the clock and the operator's command line do.
    PROCESS_RUN = "process:run"
    CLOCK_RUN = "clock:run"
    OPERATE = "operator:operate"
    # Nor this: what somebody from outside may do by a signed link, in the one turn that the link is for.
    TASK_ANSWER = "task:answer"


class Role(StrEnum):
    ADMIN = "admin"
    DESIGNER = "designer"
    APPROVER = "approver"
    FINANCE = "finance"
    APPLICANT = "applicant"
    AUDITOR = "auditor"


_P = Permission
SYSTEM_ONLY = frozenset({_P.PROCESS_RUN, _P.CLOCK_RUN, _P.OPERATE})
FROM_OUTSIDE = frozenset({_P.TASK_ANSWER})
_EVERYONE = frozenset(
    {_P.ACCOUNT_SELF, _P.COMPANY_READ, _P.CUSTOMER_READ, _P.REQUEST_READ, _P.TASK_READ, _P.CHAIN_READ, _P.PROCESS_READ}
)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission) - SYSTEM_ONLY - FROM_OUTSIDE - {_P.INVOICE_ISSUE},
    Role.DESIGNER: _EVERYONE | {_P.PROCESS_PUBLISH, _P.PROCESS_REPAIR, _P.PROCESS_MONITOR, _P.CHAIN_EDIT},
    Role.APPROVER: _EVERYONE | {_P.TASK_DECIDE},
    Role.FINANCE: _EVERYONE
    | {
        _P.TASK_DECIDE,
        _P.REQUEST_READ_ALL,
        _P.CUSTOMER_EDIT,
        _P.CUSTOMER_OVERRIDE,
        _P.INVOICE_READ,
        _P.INVOICE_ISSUE,
        _P.REGISTER_READ,
        _P.REGISTER_VERIFY,
    },
    Role.APPLICANT: _EVERYONE | {_P.TASK_DECIDE, _P.CUSTOMER_EDIT, _P.REQUEST_SUBMIT},
    Role.AUDITOR: _EVERYONE
    | {_P.REQUEST_READ_ALL, _P.INVOICE_READ, _P.REGISTER_READ, _P.REGISTER_VERIFY, _P.AUDIT_READ, _P.PROCESS_MONITOR},
}


@dataclass(frozen=True)
class Actor:
    """Whoever acts: a person, a running process on a person's behalf, the clock, or the operator at the command line.

    `origin` says from where (an address, ``clock``, ``cli``); it is written to the audit log and decides nothing.
    Somebody from outside has no user and no roles, but the id of the one `turn` (`TaskSigner`) that they may answer,
    and is written down as `outsider`: ``Name <mail>``.
    """

    company_id: int | None
    user_id: int | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_system: bool = False
    origin: str = ""
    turn: int | None = None
    outsider: str = ""

    def as_process(self) -> Actor:
        """The same person, acting through a diagram: the diagram's author has allowed what it calls."""
        return replace(self, is_system=True)

    def at(self, company_id: int) -> Actor:
        """The same system actor, serving one company. Only the clock and the operator move between companies."""
        if not self.is_system:
            raise NotAllowed("Only the system serves more than one company.", code="company.rebound")
        return replace(self, company_id=company_id)


def can(actor: Actor, permission: Permission) -> bool:
    if actor.turn is not None and permission in FROM_OUTSIDE:
        return True
    return actor.is_system or any(permission in GRANTS[role] for role in actor.roles)


def require(actor: Actor, permission: Permission) -> None:
    """Raise `NotAllowed` unless `actor` holds `permission`."""
    if not can(actor, permission):
        raise NotAllowed(
            "Your role does not allow this ({permission}). Ask an administrator of your company.",
            code="permission.missing",
            permission=permission.value,
        )


def sees_all_requests(actor: Actor) -> bool:
    """Row rule: others see the requests they made, and those on which they have or had a task."""
    return can(actor, Permission.REQUEST_READ_ALL)


def sees_all_invoices(actor: Actor) -> bool:
    """Row rule: others see the invoices of requests that they may see."""
    return can(actor, Permission.INVOICE_READ)
