"""What was settled about a session of study: its programme, hours, deadline, own word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.rights import Action, Actor
from bot.services import audit, meetings, undo
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import StudyTerms

STEM = "study_terms"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is in force for one session.

    Attributes:
        seq: 0 where nothing was ever settled.
        tenths: Class hours in tenths; None leaves them to the rule.
        closes_at: End of the sign-ups, exclusive; None for the start.
        own_word: Whether 已学 gives its hours.
    """

    seq: int = 0
    programme_id: int | None = None
    tenths: int | None = None
    closes_at: datetime | None = None
    own_word: bool = False

    @property
    def kept(self) -> dict[str, Any]:
        """The form in which an inverse and the audit trail keep it."""
        values = asdict(self)
        values.pop("seq")
        closes_at = self.closes_at
        return {**values, "closes_at": closes_at.isoformat() if closes_at else None}


NO_TERMS = Terms()


def terms_of(session: Session, meeting_id: MeetingId) -> Terms:
    """Return what is in force for a session."""
    return load(session, [meeting_id]).get(meeting_id, NO_TERMS)


def load(session: Session, ids: Collection[MeetingId]) -> dict[MeetingId, Terms]:
    """Return what is in force for some sessions, one query for all; those without are left out."""
    if not ids:
        return {}
    last = (
        select(StudyTerms.meeting_id, func.max(StudyTerms.seq).label("seq"))
        .where(StudyTerms.meeting_id.in_(ids))
        .group_by(StudyTerms.meeting_id)
        .subquery()
    )
    rows = session.execute(
        select(
            StudyTerms.meeting_id,
            StudyTerms.seq,
            StudyTerms.programme_id,
            StudyTerms.tenths,
            StudyTerms.closes_at,
            StudyTerms.own_word,
        ).join(
            last,
            and_(
                StudyTerms.meeting_id == last.c.meeting_id,
                StudyTerms.seq == last.c.seq,
            ),
        )
    )
    return {MeetingId(row[0]): Terms(row[1], row[2], row[3], row[4], row[5]) for row in rows}


def append(
    session: Session, meeting_id: MeetingId, new: Terms, *, by: Actor, now: datetime
) -> None:
    """Write down what is in force from now on; `new.seq` is that of what it follows.

    Raises:
        DomainError: Somebody else has just changed it.
    """
    row = insert_once(
        session,
        StudyTerms,
        {
            "meeting_id": meeting_id,
            "seq": new.seq + 1,
            "programme_id": new.programme_id,
            "tenths": new.tenths,
            "closes_at": new.closes_at,
            "own_word": new.own_word,
            "by_id": by.member_id,
            "at": now,
        },
    )
    if row is None:
        raise DomainError("这堂课的设置刚刚被别人改过，请看一下再改。")


def change(
    session: Session,
    meeting: MeetingView,
    *,
    by: Actor,
    now: datetime,
    **values: Any,
) -> Terms:
    """Change what is in force for a session, and let 撤销 put it back.

    Args:
        values: Attributes of `Terms`.

    Raises:
        Forbidden
    """
    assert by.member_id is not None
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    old = terms_of(session, meeting.id)
    new = replace(old, **values)
    if new == old:
        return old
    append(session, meeting.id, new, by=by, now=now)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "seq": old.seq + 1, "before": old.kept},
        title=f"{meeting.title}的学时设置",
        at=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="study.terms",
        subject=meeting.subject,
        before=old.kept,
        after=new.kept,
    )
    return replace(new, seq=old.seq + 1)


def undo_change(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Let what was in force before stand again (the inverse)."""
    before = dict(inverse["before"])
    closes_at = before.pop("closes_at")
    old = Terms(
        seq=inverse["seq"],
        closes_at=datetime.fromisoformat(closes_at) if closes_at else None,
        **before,
    )
    append(session, MeetingId(inverse["meeting"]), old, by=by, now=now)
