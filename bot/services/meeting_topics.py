"""Whether a meeting had Party building on its agenda (党建议题): stated, never guessed from words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.meetings import MAX_TITLE, TooLong
from bot.domain.rights import Action, Actor
from bot.domain.sensitive import check_shareable
from bot.services import audit, meetings, undo
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import MeetingTopic

STEM = "meeting_topics"
ASKED_OF = frozenset({MeetingKind.WORKING_COMMITTEE})
"""Kinds of which it decides whether they count."""


class NotAsked(DomainError):
    """Party building on the agenda counts for the working committee's meetings alone."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView) -> None:
        names = "、".join(KIND_NAMES[kind] for kind in ASKED_OF)
        super().__init__(f"{meeting.title}不用写党建议题，只有{names}要写。")


class SameTopic(DomainError):
    """It is on record so already."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView, *, is_one: bool) -> None:
        words = "已经记为有党建议题" if is_one else "本来就没有记党建议题"
        super().__init__(f"{meeting.title}{words}，没有改动。")


def state(
    session: Session,
    *,
    meeting_id: MeetingId,
    party_building: bool,
    words: str = "",
    by: Actor,
    now: datetime,
) -> MeetingView:
    """State whether a meeting has Party building on its agenda.

    Args:
        words: The item of the agenda, where it was written.

    Raises:
        Forbidden, NotAsked, SameTopic, TooLong, SensitiveNumber

    Source:
        meetings.topic
    """
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, Action.WRITE_MINUTES, meetings.path_of(session, meeting.unit_id))
    if meeting.kind not in ASKED_OF:
        raise NotAsked(meeting)
    if len(words) > MAX_TITLE * 4:
        raise TooLong(f"议题太长（{len(words)}字），请缩到{MAX_TITLE * 4}字以内。")
    check_shareable(words)
    stands = load(session, [meeting_id]).get(meeting_id)
    if (stands is not None) is party_building and words in ("", stands or ""):
        raise SameTopic(meeting, is_one=party_building)
    _append(session, meeting_id, party_building, words, by, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="meeting.topic",
        subject=meeting.subject,
        after={"party_building": party_building},
    )
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"meeting": meeting_id, "was": stands},
            title=f"{meeting.title}的党建议题",
            at=now,
        )
    return meeting


def load(session: Session, ids: Collection[MeetingId]) -> dict[MeetingId, str]:
    """Return the item of those of some meetings that have Party building on the agenda."""
    rows = session.execute(
        select(MeetingTopic.meeting_id, MeetingTopic.party_building, MeetingTopic.words)
        .where(MeetingTopic.meeting_id.in_(ids))
        .order_by(MeetingTopic.seq)
    )
    last = {MeetingId(meeting): (is_one, words) for meeting, is_one, words in rows}
    return {meeting: words for meeting, (is_one, words) in last.items() if is_one}


def undo_topic(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Let stand what stood before (the inverse)."""
    was = inverse["was"]
    _append(session, MeetingId(inverse["meeting"]), was is not None, was or "", by, now)


def _append(
    session: Session, meeting_id: MeetingId, is_one: bool, words: str, by: Actor, now: datetime
) -> None:
    last = session.scalar(
        select(func.max(MeetingTopic.seq)).where(MeetingTopic.meeting_id == meeting_id)
    )
    values = {
        "meeting_id": meeting_id,
        "seq": (last or 0) + 1,
        "party_building": is_one,
        "words": words,
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, MeetingTopic, values) is None:
        raise DomainError("刚刚有别人在登记这次会的议题，请看一下再登。")
