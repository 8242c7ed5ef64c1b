"""Less dues, or none, in hardship: from the month after the superior approved, until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import dues_assessing
from bot.domain.corrections import check_reason
from bot.domain.dues_assessing import AssessmentRefused
from bot.domain.ids import MemberId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import day_words, month_words
from bot.services import audit, dues, dues_assessed, people
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_ledger import take_turns
from bot.storage.insert import insert_once
from bot.storage.models import DuesExemption


@dataclass(frozen=True, slots=True)
class Exempted:
    """Less dues, or none, as the superior approved.

    Attributes:
        monthly_fen: 0 where nothing is due.
        last: The last month, inclusive.
    """

    member_id: MemberId
    name: str
    monthly_fen: Fen
    first: Month
    last: Month
    superior: str
    approved_on: date
    reason: str


def draft(
    session: Session,
    *,
    member_id: MemberId,
    monthly_fen: Fen,
    last: Month,
    superior: str,
    approved_on: date,
    reason: str,
    by: Actor,
    now: datetime,
) -> Exempted:
    """Return from when to when a member in hardship would pay less, or nothing.

    It begins with the month after the superior approved, and never in one that is over.

    Args:
        monthly_fen: What is due instead; 0 for nothing.
        last: Until when, inclusive.
        superior: Which committee approved.

    Raises:
        Forbidden, ReasonMissing
        AssessmentRefused: Not approved yet, over already, or not less than what is due.

    Source:
        dues.hardship
    """
    today = day_of(now)
    kept = check_reason(reason)
    dues.require_for(session, [member_id], by, today)
    [person] = people.list_by_ids(session, [member_id], today)
    first = max(dues_assessing.exemption_starts(approved_on), Month.of(today))
    _check(person.name, approved_on, first, last, today)
    due = dues_assessed.amounts(session, [member_id], [first]).get((member_id, first))
    if due is None:
        raise AssessmentRefused(
            f"{person.name}的月缴党费还没有核定，请先核定，例如：核定 {person.name} 30"
        )
    if monthly_fen >= due:
        raise AssessmentRefused(f"{person.name}现在就是这个数或更少，不用减。")
    return Exempted(member_id, person.name, monthly_fen, first, last, superior, approved_on, kept)


def write(session: Session, drafted: Exempted, *, by: Actor, now: datetime) -> None:
    """Write an exemption down as it was shown.

    Raises:
        Forbidden
        ChangedMeanwhile: Somebody else wrote one at the same moment.
    """
    dues.require_for(session, [drafted.member_id], by, day_of(now))
    take_turns(session, [drafted.member_id])
    _append(session, drafted, drafted.monthly_fen, by=by, now=now)


def end(
    session: Session, *, member_id: MemberId, reason: str, by: Actor, now: datetime
) -> Exempted:
    """Let the assessed amount count again from next month on; months exempted before stay so.

    Raises:
        Forbidden
        AssessmentRefused: Nothing of the kind is in force.
    """
    today = day_of(now)
    dues.require_for(session, [member_id], by, today)
    take_turns(session, [member_id])
    [person] = people.list_by_ids(session, [member_id], today)
    first = Month.of(today).shift(1)
    row = session.execute(
        select(DuesExemption)
        .where(DuesExemption.member_id == member_id)
        .order_by(DuesExemption.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    if row is None or row.monthly_fen is None or row.until_month < first:
        raise AssessmentRefused(f"{person.name}下个月起没有减免，不用恢复。")
    kept = check_reason(reason)
    ended = Exempted(
        member_id,
        person.name,
        0,
        first,
        row.until_month,
        row.superior,
        row.approved_on,
        kept,
    )
    _append(session, ended, None, by=by, now=now)
    return ended


def _append(
    session: Session, drafted: Exempted, fen: Fen | None, *, by: Actor, now: datetime
) -> None:
    taken = session.scalar(
        select(func.count(DuesExemption.id)).where(DuesExemption.member_id == drafted.member_id)
    )
    values = {
        "member_id": drafted.member_id,
        "seq": (taken or 0) + 1,
        "from_month": drafted.first,
        "until_month": drafted.last,
        "monthly_fen": fen,
        "superior": drafted.superior[:60],
        "approved_on": drafted.approved_on,
        "reason": drafted.reason,
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, DuesExemption, values) is None:
        raise ChangedMeanwhile("刚刚有人办过减免，这次没有记。请看一下再办。")
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.exempt",
        subject=f"member:{drafted.member_id}:{drafted.first}",
        after={"fen": fen, "until": str(drafted.last), "superior": drafted.superior[:60]},
        reason=drafted.reason,
    )


def _check(name: str, approved_on: date, first: Month, last: Month, today: date) -> None:
    if approved_on > today:
        raise AssessmentRefused(f"{day_words(approved_on)}还没有到。上级批准以后再办，批准前照交。")
    if last < first:
        raise AssessmentRefused(
            f"减免从批准的下个月起，这次是{month_words(first, today.year)}起，"
            f"已经过去的月份照交。请写以后的月份，例如：免交党费 {name} 到{first.number}月"
            f" 街道党工委{approved_on.month}月{approved_on.day}日批准 家庭困难"
        )
    if last > first.shift(11):
        raise AssessmentRefused(
            f"一次最多办12个月，到期再批。请写{month_words(first.shift(11), today.year)}以前的月份。"
        )
