"""What people are told of their requests (补签, 代签, 请假): in chat and on the pages alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.burden import Hours
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, event, say
from bot.domain.rights import Actor
from bot.services import outbox
from bot.services.attendance_requests import Request
from bot.services.outbox import Letter, Routes

GRANTED = "您的{kind}已经同意：{title}。"
REFUSED = "您的{kind}没有同意：{title}。{reason}有疑问请问组织委员。"
REPORTED_GRANTED = "您代报的{names}已经同意：{title}。"
REPORTED_REFUSED = "您代报的{names}没有同意：{title}。{reason}"
LEAVE_GRANTED = "您的请假已经同意：{title}。会后给您发补学材料。"
LEAVE_REFUSED = "您的请假没有同意：{title}。{reason}能来请来，有困难请直接找组织委员。"
WHY = "原因：{reason}。"
KINDS = {Mark.MAKEUP_REQUESTED: "补签", Mark.PROXY_REQUESTED: "代签"}
_ASIDE = "aside"  # no answer, and no reminder


@dataclass(frozen=True, slots=True)
class Told:
    """What one person is told.

    Attributes:
        key: Sets it apart from what others are told of the same decision.
    """

    member_id: MemberId
    text: Text
    key: str


def of_checkins(
    requests: Sequence[Request], *, granted: bool, by: Actor, reason: str = ""
) -> list[Told]:
    """Tell everybody what became of his own request, and of those he had made for others."""
    own, reported = (GRANTED, REPORTED_GRANTED) if granted else (REFUSED, REPORTED_REFUSED)
    why = WHY.format(reason=reason) if reason else ""
    said: list[Told] = []
    for request in requests:
        if request.member_id != by.member_id:
            kind = f"签到（{request.reporter}代报）" if request.reporter else KINDS[request.mark]
            text = say(own, kind=kind, title=event(request.title), reason=why)
            key = f"{request.meeting_id}:{request.member_id}"
            said.append(Told(request.member_id, text, key))
    for (reporter, meeting_id), group in _by_reporter(requests).items():
        names = "、".join(request.name for request in group)
        text = say(reported, names=names, title=event(group[0].title), reason=why)
        said.append(Told(reporter, text, f"{meeting_id}:by:{reporter}"))
    return said


def of_leaves(
    requests: Sequence[Request], *, granted: bool, by: Actor, reason: str = ""
) -> list[Told]:
    """Tell everybody what became of his leave, of all his meetings at once."""
    titles: dict[MemberId, list[str]] = {}
    for request in requests:
        if request.member_id != by.member_id:
            titles.setdefault(request.member_id, []).append(request.title)
    why = Fact(FactKind.PRESENCE, WHY.format(reason=reason) if reason else "")
    template = LEAVE_GRANTED if granted else LEAVE_REFUSED
    return [
        Told(member, say(template, title=event("、".join(own)), reason=why), f"{member}")
        for member, own in titles.items()
    ]


def post(
    session: Session,
    told: Sequence[Told],
    requests: Sequence[Request],
    *,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> None:
    """Queue what was decided on a page; of one decision nobody is told twice."""
    which = repr(sorted((r.meeting_id, r.member_id, r.seq) for r in requests))
    decision = hashlib.sha256(which.encode()).hexdigest()[:16]
    letters = []
    for one in told:
        key = f"decided:{decision}:{one.key}"
        at = hours.allow(now, key)
        letters.append(
            Letter(key=key, text=one.text, due_at=at, member_id=one.member_id, rule=_ASIDE)
        )
    if letters:
        outbox.enqueue(session, routes, letters, now)


def _by_reporter(requests: Sequence[Request]) -> dict[tuple[MemberId, MeetingId], list[Request]]:
    grouped: dict[tuple[MemberId, MeetingId], list[Request]] = {}
    for request in requests:
        if request.reporter_id is not None:
            grouped.setdefault((request.reporter_id, request.meeting_id), []).append(request)
    return grouped
