"""What a member pays a month is settled here: the amount and why, never the income behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import dues_assessing
from bot.domain.corrections import check_reason
from bot.domain.dues import CATEGORY_NAMES, Category
from bot.domain.dues_assessing import Asked, AssessmentRefused
from bot.domain.ids import MemberId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_words
from bot.services import audit, dues, dues_assessed
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_ledger import take_turns
from bot.storage.insert import insert_once
from bot.storage.models import DuesAssessment, Member


@dataclass(frozen=True, slots=True)
class Draft:
    """An amount as it would be settled; nothing is written yet.

    Attributes:
        working: How it came about, in words; the base is not in it.
        before_fen: What was due for that month so far; None where nothing was.
    """

    member_id: MemberId
    name: str
    category: Category
    monthly_fen: Fen
    month: Month
    reason: str
    working: str
    before_fen: Fen | None


def draft(
    session: Session,
    asked: Asked,
    *,
    member_id: MemberId,
    month: Month | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Draft:
    """Work an amount out and check that it may be settled.

    Args:
        month: From which it holds; None for this month, or the first of the year where nothing
            was settled before.
        reason: Why; needed for a change within the year, unless the category says it.

    Raises:
        Forbidden: The member's dues are not the actor's to settle.
        AssessmentRefused
    """
    today = day_of(now)
    dues.require_for(session, [member_id], by, today)
    known = session.scalar(select(Member.category).where(Member.id == member_id))
    rows = session.execute(
        select(DuesAssessment.effective_month, DuesAssessment.category)
        .where(DuesAssessment.member_id == member_id)
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    ).all()
    start = month or (Month.of(today) if rows else Month(today.year, 1))
    held = [row for row in rows if row.effective_month <= start]
    category, worked = dues_assessing.work_out(
        asked, known or (held[-1].category if held else None), start.first
    )
    kept = check_reason(reason) if reason.strip() else ""
    if not kept and held and asked.category not in (None, held[-1].category):
        kept = f"改为{CATEGORY_NAMES[category]}"
    dues_assessing.check_month(
        asked.name,
        start,
        Month.of(today),
        in_force=bool(held),
        changed=any(row.effective_month.year == start.year for row in held),
        reason=kept,
    )
    _check_later(asked.name, start, [row.effective_month for row in rows])
    before = dues_assessed.amounts(session, [member_id], [start]).get((member_id, start))
    words = dues_assessing.working_words(category, worked, start.first)
    return Draft(member_id, asked.name, category, worked.fen, start, kept, words, before)


def settle(session: Session, draft: Draft, *, by: Actor, now: datetime) -> None:
    """Settle what a draft showed; earlier months stay as they were.

    Raises:
        Forbidden: The member's dues are not the actor's to settle (any more).
        ChangedMeanwhile: Somebody else has settled it since.
    """
    dues.require_for(session, [draft.member_id], by, day_of(now))
    take_turns(session, [draft.member_id])
    current = dues_assessed.amounts(session, [draft.member_id], [draft.month])
    if current.get((draft.member_id, draft.month)) != draft.before_fen:
        raise ChangedMeanwhile(
            f"{draft.name}的党费刚刚有人核定过，这次没有记。请重新发一次 核定 {draft.name} 30"
        )
    taken = session.scalar(
        select(func.count(DuesAssessment.id)).where(
            DuesAssessment.member_id == draft.member_id,
            DuesAssessment.effective_month == draft.month,
        )
    )
    insert_once(
        session,
        DuesAssessment,
        {
            "member_id": draft.member_id,
            "effective_month": draft.month,
            "seq": (taken or 0) + 1,
            "monthly_fen": draft.monthly_fen,
            "category": draft.category,
            "reason": draft.reason,
            "approved_by": by.member_id,
            "recorded_at": now,
        },
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.assess",
        subject=f"member:{draft.member_id}:{draft.month}",
        before={"fen": draft.before_fen},
        after={"fen": draft.monthly_fen, "category": draft.category.value},
        reason=draft.reason,
    )


def _check_later(name: str, start: Month, settled: list[Month]) -> None:
    """Refuse an amount that a later one, settled already, would make short-lived."""
    later = [month for month in settled if month > start]
    if later:
        raise AssessmentRefused(
            f"{name}{month_words(min(later), start.year)}起另有核定。"
            f"请从{month_words(min(later), start.year)}写起，例如：核定 {name} 30 {min(later).number}月起 原因"
        )
