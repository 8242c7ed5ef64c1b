"""Who may do what: role × action, within a subtree of units. By id, never by wording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId


class Role(Enum):
    """A post somebody holds in a unit, from a date to a date."""

    SECRETARY = "secretary"  # 书记
    DEPUTY = "deputy"  # 副书记
    ORGANISER = "organiser"  # 组织委员
    PUBLICITY = "publicity"  # 宣传委员
    DISCIPLINE = "discipline"  # 纪检委员
    CELL_LEADER = "cell_leader"  # 党小组长
    OFFICER = "officer"  # 街道党务专干
    LEADER = "leader"  # 班子成员 of a street or community, besides those above
    STAFF = "staff"  # 干部职工 there, members or not


ROLE_NAMES: dict[Role, str] = {
    Role.SECRETARY: "书记",
    Role.DEPUTY: "副书记",
    Role.ORGANISER: "组织委员",
    Role.PUBLICITY: "宣传委员",
    Role.DISCIPLINE: "纪检委员",
    Role.CELL_LEADER: "党小组长",
    Role.OFFICER: "党务专干",
    Role.LEADER: "班子成员",
    Role.STAFF: "干部职工",
}

COMMITTEE = frozenset(
    {Role.SECRETARY, Role.DEPUTY, Role.ORGANISER, Role.PUBLICITY, Role.DISCIPLINE}
)

ABOVE_ONLY = frozenset({Role.OFFICER, Role.LEADER, Role.STAFF})
"""Posts that only a street or community has; who holds them need not be on its roll."""


class Action(Enum):
    """Something that needs a right; the value names it to people."""

    SEND_NOTICE = "发通知"
    CALL_MEETING = "建会"
    RECORD_ATTENDANCE = "登记到会"
    WRITE_MINUTES = "写会议纪要"
    CONFIRM_MINUTES = "确认会议纪要"
    VIEW_LISTS = "看名单"
    VIEW_REASONS = "看请假原因"
    CONFIRM_DUES = "核对党费"
    BIND_GROUP = "绑定群"
    MANAGE_ROLL = "管理名册"
    TEACH_WORDINGS = "教说法"
    MANAGE_UNITS = "管理组织"
    VIEW_READS = "看查阅记录"
    ANONYMISE = "匿名处理"
    VIEW_REPORT = "看年报"
    SETTLE_REPORT = "年报定稿"


_BRANCH_WORK = frozenset(
    {
        Action.SEND_NOTICE,
        Action.CALL_MEETING,
        Action.RECORD_ATTENDANCE,
        Action.WRITE_MINUTES,
        Action.VIEW_LISTS,
        Action.VIEW_REASONS,
        Action.CONFIRM_DUES,
        Action.BIND_GROUP,
        Action.MANAGE_ROLL,
        Action.TEACH_WORDINGS,
        Action.VIEW_REPORT,
    }
)
RIGHTS: dict[Role, frozenset[Action]] = {
    Role.SECRETARY: _BRANCH_WORK | {Action.CONFIRM_MINUTES, Action.SETTLE_REPORT},
    Role.DEPUTY: _BRANCH_WORK | {Action.CONFIRM_MINUTES, Action.SETTLE_REPORT},
    Role.ORGANISER: _BRANCH_WORK,
    Role.PUBLICITY: frozenset({Action.SEND_NOTICE, Action.CALL_MEETING}),
    Role.DISCIPLINE: frozenset({Action.VIEW_LISTS}),
    Role.CELL_LEADER: frozenset(
        {
            Action.CALL_MEETING,
            Action.RECORD_ATTENDANCE,
            Action.WRITE_MINUTES,
            Action.CONFIRM_MINUTES,
            Action.VIEW_LISTS,
            Action.SEND_NOTICE,
        }
    ),
    Role.OFFICER: _BRANCH_WORK
    | {
        Action.CONFIRM_MINUTES,
        Action.MANAGE_UNITS,
        Action.VIEW_READS,
        Action.ANONYMISE,
        Action.SETTLE_REPORT,
    },
    Role.LEADER: frozenset(),
    Role.STAFF: frozenset(),
}


_OFFICERS_OWN = frozenset({Action.MANAGE_UNITS, Action.VIEW_READS, Action.ANONYMISE})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a unit; it reaches the unit and everything under it.

    Attributes:
        unit_path: Ids from the root down, `/1/4/`; a unit lies under it if its path starts so.
    """

    role: Role
    unit_id: UnitId
    unit_path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something, with the roles held at that moment.

    Attributes:
        member_id: None for a stranger.
        branch_id: The branch the actor belongs to; None for strangers and street staff.
        cell_id: The cell within the branch, if any.
        seats: Posts without any right, in the team or on the staff of a unit above: they say to what
            the actor belongs, never what he may do or read.
        how: What the actor used: `chat`, `console`, `command` or `scheduler`.
    """

    member_id: MemberId | None
    name: str = ""
    branch_id: UnitId | None = None
    branch_path: str = ""
    cell_id: UnitId | None = None
    grants: tuple[Grant, ...] = field(default=())
    how: str = "chat"
    seats: tuple[Grant, ...] = field(default=())


def split_posts(held: Iterable[Grant]) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
    """Return (posts with rights, seats without any), each in the order of units and roles."""
    ordered = sorted(held, key=lambda grant: (grant.unit_path, grant.role.value))
    grants = tuple(grant for grant in ordered if RIGHTS[grant.role])
    return grants, tuple(grant for grant in ordered if not RIGHTS[grant.role])


SYSTEM = Actor(member_id=None, name="系统", how="scheduler")


def may(actor: Actor, action: Action, unit_path: str) -> bool:
    """Tell whether an actor may do something in a unit.

    Args:
        unit_path: Path of the unit it is done in or to.
    """
    return any(
        action in RIGHTS[grant.role] and unit_path.startswith(grant.unit_path)
        for grant in actor.grants
    )


def holds(actor: Actor, action: Action) -> bool:
    """Tell whether an actor may do something anywhere at all."""
    return any(action in RIGHTS[grant.role] for grant in actor.grants)


def require(actor: Actor, action: Action, unit_path: str) -> None:
    """Refuse unless the actor may do something in a unit.

    Raises:
        Forbidden: With a sentence that names what is missing and whom to ask.
    """
    if not may(actor, action, unit_path):
        raise refusal(action)


def refusal(action: Action, asked: str = "") -> Forbidden:
    """Return the refusal to raise when somebody lacks a right.

    Args:
        asked: What was asked for, where that is not the action's own name.
    """
    if action in _OFFICERS_OWN:
        return Forbidden(f"“{asked or action.value}”要由街道党务专干来做，请告诉他。")
    return Forbidden(f"“{asked or action.value}”要由本支部书记或组织委员来做，请告诉他们。")
