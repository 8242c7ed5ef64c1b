"""What follows on the roll when the superior approves: a probationary, then a full member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.development import Case, WrongStep, full_day
from bot.domain.development_steps import ADMITTED
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import Actor
from bot.domain.roll import ChangeKind
from bot.services import roll_changes, undo
from bot.services.namesakes import OnTheRoll
from bot.services.roll import STANDS
from bot.storage.models import Member, RollChange


@dataclass(frozen=True, slots=True)
class Followed:
    """A change of the roll that came of a step.

    Attributes:
        id: Of the change; None where the roll says so already.
        on: The day from which it counts.
    """

    id: int | None
    member_id: MemberId
    on: date


def admit(
    session: Session,
    name: str,
    unit_id: UnitId,
    case: Case,
    *,
    another: bool,
    by: Actor,
    now: datetime,
) -> Followed:
    """Enter a probationary member from the day of the general meeting's vote on.

    Whom the roll has already, admitted to this branch on that day, is the same person.

    Raises:
        OnTheRoll: Somebody else of this name is on a roll.
        WrongChange, Forbidden
    """
    on = case.steps[ADMITTED]
    try:
        done = roll_changes.admit(
            session, name=name, branch_id=unit_id, on=on, by=by, now=now, another=another
        )
    except OnTheRoll as problem:
        here = [one.id for one in problem.found if one.unit_id == unit_id]
        same = session.scalars(
            select(Member.id).where(Member.id.in_(here), Member.joined_on == on)
        ).all()
        if problem.repeated is None and len(same) != 1:
            raise
        return Followed(None, problem.repeated.id if problem.repeated else MemberId(same[0]), on)
    return Followed(done.id, done.member_id, on)


def confirm(
    session: Session,
    name: str,
    member_id: MemberId | None,
    case: Case,
    *,
    by: Actor,
    now: datetime,
) -> Followed:
    """Make a probationary member a full one, from the day probation was over.

    Raises:
        WrongStep: Nobody of the roll belongs to the case.
        WrongChange, Forbidden

    Source:
        development.party_age
    """
    on = case.probation_ends
    if member_id is None or on is None:
        raise WrongStep(
            f"名册里还没有和{name}对上的预备党员。请先登记上级审批接收，"
            f"或者直接发：转正 {name} 日期"
        )
    row = session.execute(
        select(Member.kind, Member.full_since).where(Member.id == member_id)
    ).one()
    if row.kind is MemberKind.FULL:
        if row.full_since not in (None, on):
            raise WrongStep(
                f"名册里{name}的转正日期是{full_day(row.full_since)}，"
                f"按预备期算是{full_day(on)}，请先核对。"
            )
        return Followed(None, member_id, on)
    done = roll_changes.record(
        session, member_id=member_id, kind=ChangeKind.FULL, on=on, by=by, now=now
    )
    return Followed(done.id, member_id, on)


def take_back(session: Session, change_id: int, *, by: Actor, now: datetime) -> None:
    """Take a change back that came of a step, unless the roll's keeper has done so.

    Raises:
        Forbidden, OlderChange
    """
    stands = session.scalar(select(RollChange.id).where(RollChange.id == change_id, STANDS))
    if stands is not None:
        roll_changes.take_back(session, change_id=change_id, reason="发展登记更正", by=by, now=now)


def one_undo(session: Session, by_id: MemberId, change_id: int | None, now: datetime) -> None:
    """Let 撤销 take back the step together with what followed, never that alone."""
    if change_id is not None:
        undo.forget_actions(
            session,
            member_id=by_id,
            stem=roll_changes.STEM,
            is_over=lambda inverse: inverse.get("change") == change_id,
            now=now,
        )
