"""How far ahead the members of a branch may pay, as their branch decided, dated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.dues_allocation import DEFAULT_POLICY, PayingPolicy
from bot.domain.ids import MemberId, UnitId
from bot.domain.policies import FURTHEST_AHEAD, PREPAYMENT, BadPolicy
from bot.domain.rights import Action, Actor
from bot.services import audit, policies, scopes
from bot.storage.models import Membership, Unit

EXAMPLE = "预交规定 最多3个月 3月12日支部党员大会同意 {unit}"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a branch has decided.

    Attributes:
        ahead: Months; None for the end of the present quarter.
    """

    unit: str
    ahead: int | None


def of_members(
    session: Session, members: Collection[MemberId], on: date
) -> dict[MemberId, PayingPolicy]:
    """Return how far ahead each member may pay on a day.

    Source:
        dues.prepayment
    """
    rows = session.execute(
        select(Membership.member_id, Unit.id, Unit.path)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Membership.member_id.in_(members),
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
    ).all()
    paths = {UnitId(row.id): row.path for row in rows}
    settings = policies.load(session, paths, on, (PREPAYMENT,)) if paths else {}
    found = dict.fromkeys(members, DEFAULT_POLICY)
    for row in rows:
        value = settings.get(UnitId(row.id), {}).get(PREPAYMENT)
        if value is not None:
            found[MemberId(row.member_id)] = PayingPolicy(value.get("ahead"))
    return found


def decide(
    session: Session,
    *,
    ahead: int | None,
    decided_by: str,
    unit: str | None,
    by: Actor,
    today: date,
    now: datetime,
) -> Decided:
    """Write down how far ahead the members of a branch may pay, from today on.

    Args:
        ahead: Months; 0 for none, None for the end of the present quarter.
        decided_by: Who agreed, and when.
        unit: The branch, as written; None for the actor's.

    Raises:
        BadPolicy: Further ahead than anywhere, or nobody is named who agreed.
        Forbidden, NotFound, WhichBranch
    """
    if ahead is not None and ahead > FURTHEST_AHEAD:
        raise BadPolicy(f"最多可以预交{FURTHEST_AHEAD}个月，请写{FURTHEST_AHEAD}以内的数。")
    if not decided_by.strip():
        raise BadPolicy(
            "预交要支部同意，请写上是哪次会定的，例如：预交规定 最多3个月 3月12日支部党员大会同意"
        )
    branch = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, EXAMPLE)
    policies.set_policy(
        session,
        unit_id=branch,
        key=PREPAYMENT,
        value={"ahead": ahead},
        effective_from=today,
        decided_by=decided_by.strip()[:60],
        now=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.prepayment",
        subject=f"unit:{branch}",
        after={"ahead": ahead},
        reason=decided_by.strip()[:60],
    )
    name = session.scalar(select(Unit.name).where(Unit.id == branch)) or ""
    return Decided(name, ahead)
