"""Decisions of a meeting: announced, voted on with the totals typed in, never ballots."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.decisions import (
    Ballot,
    Stage,
    Verdict,
    check_ballot,
    check_one_person,
    judge,
    kind_of_decision,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import Decision, has_quorum
from bot.domain.minutes import Act, Line, Part, check_line
from bot.domain.rights import Action, Actor
from bot.services import (
    audit,
    meetings,
    minutes_entries,
    survey,
    undo,
    vote_presence,
)
from bot.services.attendance_marks import ChangedSince
from bot.services.meetings import MeetingView
from bot.services.vote_presence import Deciding
from bot.storage.insert import insert_once
from bot.storage.models import MeetingDecision

STEM = "decisions"
CALL_AGAIN = "到会人数不够，另定时间再开会表决：{title}"
MAX_TITLE = 40


class NotHeldYet(DomainError):
    """Votes are counted at a meeting, not before it."""

    may_be_overheard = True


class NobodyThere(DomainError):
    """Nobody is marked present, so that no quorum can be told."""

    may_be_overheard = True


class VotedAlready(DomainError):
    """The totals of this decision are on record; changing them needs a reason."""


@dataclass(frozen=True, slots=True)
class Voted:
    """A decision of a meeting as it stands.

    Attributes:
        verdict: None while it is only announced.
        ballot: None while there are no totals.
        not_counted: Of those marked as present (实到), who were not in the room at the vote as
            far as is known: 补签, corrected afterwards, left before, came later.
        gone: Who was counted as in the room and, by what is on record now, was not.
        due_now: From how many the quorum is counted now, where that is another number.
    """

    meeting_id: MeetingId
    title: str
    kind: Decision
    stage: Stage
    ballot: Ballot | None
    verdict: Verdict | None
    not_counted: int = 0
    gone: tuple[str, ...] = ()
    due_now: int | None = None

    @property
    def is_shaken(self) -> bool:
        """Whether something the verdict rested on has been corrected since."""
        return bool(self.gone) or self.due_now is not None


def announce(
    session: Session, *, meeting_id: MeetingId, title: str, by: Actor, now: datetime
) -> Voted:
    """Announce that a meeting is to vote on something; the forecast of its quorum goes by it.

    Raises:
        Forbidden, SeveralCandidates, UnfitLine, TooPrivate
        VotedAlready: It was voted on.
    """
    meeting = _get_for(session, meeting_id, by)
    title = check_title(title)
    kind = kind_of_decision(title, meeting.kind)
    check_one_person(kind, title)
    last = _last(session, meeting.id, title)
    if last is not None and last.stage is Stage.VOTED:
        raise VotedAlready(f"“{title}”已经表决过了，不用再安排。")
    if last is None or last.stage is not Stage.ANNOUNCED:
        seq = _append(session, meeting, title, last, by, now, kind=kind, stage=Stage.ANNOUNCED)
        _remember(session, meeting, title, seq, by, now)
    return Voted(meeting.id, title, kind, Stage.ANNOUNCED, None, None)


def record_vote(
    session: Session,
    *,
    meeting_id: MeetingId,
    title: str,
    ballot: Ballot,
    by: Actor,
    now: datetime,
    away: Collection[MemberId] = (),
    voted_at: datetime | None = None,
    reason: str = "",
) -> Voted:
    """Record the totals of a vote, as the secretary counted them.

    Without a quorum nothing was decided: that is recorded, and the totals are not.

    Args:
        away: Who was at the meeting and not in the room at the vote.
        voted_at: When it was voted, where that was said; else now, or the end once it is over.
        reason: Why totals on record are changed.

    Raises:
        Forbidden, SeveralCandidates, BadBallot, UnfitLine, TooPrivate
        NotHeldYet, NobodyThere
        VotedAlready: Without a reason.

    Source:
        quorum
    """
    meeting = _get_for(session, meeting_id, by)
    title = check_title(title)
    if meeting.starts_at > now:
        raise NotHeldYet(
            f"{meeting.title}还没有开（{meeting.when}），票数等会上投完再登记。"
            f"要先说明会上表决什么，请回复：安排表决 {title}"
        )
    kind = kind_of_decision(title, meeting.kind)
    check_one_person(kind, title)
    deciding = vote_presence.load(session, meeting)
    _require_anybody(meeting, deciding)
    last = _last(session, meeting.id, title)
    before = last.voted_at if last is not None and reason else None
    moment = _moment(meeting, voted_at, before, now)
    voters = deciding.in_room(moment) - set(away)
    due, present = len(deciding.due), len(voters)
    if last is not None and last.stage is Stage.VOTED and not reason:
        raise VotedAlready(
            f"“{title}”的票数已经登记过了。登错了请写原因再登一次，"
            f"例如：表决 {title} 赞成20 反对0 弃权1 原因 记错了"
        )
    minutes_entries.check_open(session, meeting, now=now, reason=reason)
    valid = has_quorum(kind, present, due, meeting.day)
    if valid:
        check_ballot(kind, ballot, due=due, present=present)
    stage = Stage.VOTED if valid else Stage.BLOCKED
    counted = _counted(ballot) if valid else {}
    seq = _append(
        session,
        meeting,
        title,
        last,
        by,
        now,
        kind=kind,
        stage=stage,
        present=present,
        due=due,
        voted_at=moment,
        voters=sorted(voters),
        reason=reason,
        **counted,
    )
    _remember(session, meeting, title, seq, by, now)
    _call_again(session, meeting, title, by, now, again=not valid)
    cast = ballot if valid else Ballot(0)
    verdict = judge(kind, cast, due=due, present=present, on=meeting.day)
    left_out = len(deciding.marked - voters - set(away))
    return Voted(meeting.id, title, kind, stage, ballot if valid else None, verdict, left_out)


def _counted(ballot: Ballot) -> dict[str, int]:
    return {
        "yes": ballot.yes,
        "no": ballot.no,
        "abstain": ballot.abstain,
        "written_yes": ballot.written_yes,
        "written_no": ballot.written_no,
        "written_abstain": ballot.written_abstain,
    }


def _call_again(
    session: Session, meeting: MeetingView, title: str, by: Actor, now: datetime, *, again: bool
) -> None:
    """Keep the follow-up that a meeting has to be called again for a vote, as long as it has to."""
    text = CALL_AGAIN.format(title=title)
    found = minutes_entries.load(session, meeting.id)
    there = [entry.seq for entry in found.of(Part.FOLLOW_UP) if entry.text == text]
    if again and not there:
        line = Line(Part.FOLLOW_UP, text)
        minutes_entries.write(session, meeting.id, [line], by=by, now=now)
    elif there and not again:
        rows = [{"act": Act.TAKE_BACK, "refers_to": seq} for seq in there]
        minutes_entries.append(session, meeting.id, rows, by=by, now=now)


def list_of(session: Session, meeting: MeetingView, *, frozen: bool = False) -> list[Voted]:
    """Return the decisions of a meeting as they stand, in the order they came up.

    Args:
        frozen: The record is confirmed: what their verdicts rested on is not looked at again.
    """
    rows = session.execute(
        select(MeetingDecision)
        .where(MeetingDecision.meeting_id == meeting.id)
        .order_by(MeetingDecision.id)
    ).scalars()
    last: dict[str, MeetingDecision] = {}
    for row in rows:
        last[row.title] = row
    kept = [row for row in last.values() if row.stage is not Stage.VOID]
    voted = [_voted(row, meeting) for row in kept]
    counted = [row.stage is not Stage.ANNOUNCED and row.voters is not None for row in kept]
    if frozen or not any(counted):
        return voted
    deciding = vote_presence.load(session, meeting)
    return [
        _looked_at_again(session, one, row, deciding) if has_facts else one
        for one, row, has_facts in zip(voted, kept, counted, strict=True)
    ]


def _looked_at_again(
    session: Session, voted: Voted, row: MeetingDecision, deciding: Deciding
) -> Voted:
    """Return a decision with what of the facts it rested on has been corrected since."""
    now_there = deciding.in_room(row.voted_at or deciding.meeting.ends_at)
    gone = [MemberId(member) for member in row.voters or () if member not in now_there]
    names = survey.names_of(session, gone) if gone else {}
    due = len(deciding.due)
    return replace(
        voted,
        gone=tuple(names[member] for member in gone if member in names),
        due_now=None if due == row.due else due,
    )


def _voted(row: MeetingDecision, meeting: MeetingView) -> Voted:
    ballot = None
    verdict = None
    if row.stage is Stage.VOTED:
        ballot = Ballot(
            row.yes or 0,
            row.no or 0,
            row.abstain or 0,
            row.written_yes,
            row.written_no,
            row.written_abstain,
        )
    if row.stage is not Stage.ANNOUNCED:
        verdict = judge(
            row.kind,
            ballot or Ballot(0),
            due=row.due or 0,
            present=row.present or 0,
            on=meeting.day,
        )
    return Voted(meeting.id, row.title, row.kind, row.stage, ballot, verdict)


def _moment(meeting: MeetingView, said: datetime | None, last: Any, now: datetime) -> datetime:
    """Return at which moment presence counts: as said, as before, else now, at latest the end."""
    return said or last or min(now, meeting.ends_at)


def _require_anybody(meeting: MeetingView, deciding: Deciding) -> None:
    if not deciding.marked:
        raise NobodyThere(
            f"{meeting.title}还没有到会登记，算不出到会人数够不够。请先登记，例如："
            f"补录 {meeting.day.month}月{meeting.day.day}日 {meeting.short_title} 全体到会"
        )


def check_title(title: str) -> str:
    """Return the title of a decision as it is kept.

    Raises:
        UnfitLine, TooPrivate, SensitiveNumber
        DomainError: It is too long.
    """
    title = check_line(title)
    if len(title) > MAX_TITLE:
        raise DomainError(f"表决的题目太长（{len(title)}字），请缩到{MAX_TITLE}字以内。")
    return title


def _get_for(session: Session, meeting_id: MeetingId, by: Actor) -> MeetingView:
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, Action.WRITE_MINUTES, meetings.path_of(session, meeting.unit_id))
    return meeting


def _last(session: Session, meeting_id: MeetingId, title: str) -> Any:
    return session.execute(
        select(MeetingDecision.seq, MeetingDecision.stage, MeetingDecision.voted_at)
        .where(MeetingDecision.meeting_id == meeting_id, MeetingDecision.title == title)
        .order_by(MeetingDecision.seq.desc())
        .limit(1)
    ).one_or_none()


def _append(
    session: Session,
    meeting: MeetingView,
    title: str,
    last: Any,
    by: Actor,
    now: datetime,
    **values: Any,
) -> int:
    seq = 1 if last is None else last.seq + 1
    row = {"meeting_id": meeting.id, "title": title, "seq": seq, "by_id": by.member_id, "at": now}
    counted = {"yes": None, "no": None, "abstain": None, "present": None, "due": None}
    counted |= {"voted_at": None, "voters": None}
    zero = {"written_yes": 0, "written_no": 0, "written_abstain": 0, "reason": ""}
    if insert_once(session, MeetingDecision, {**row, **counted, **zero, **values}) is None:
        raise DomainError(f"刚刚有别人在登记“{title}”，请看一下再登。")
    audit.record(
        session,
        by=by,
        at=now,
        action=f"decision.{values['stage'].value}",
        subject=meeting.subject,
        after={"title": title},
        reason=values.get("reason", ""),
    )
    return seq


def undo_vote(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back what was recorded of a decision (its inverse); what stood before stands again.

    Raises:
        ChangedSince: Something else was recorded of it since.
    """
    meeting = _get_for(session, MeetingId(inverse["meeting"]), by)
    title = inverse["title"]
    rows = session.scalars(
        select(MeetingDecision)
        .where(MeetingDecision.meeting_id == meeting.id, MeetingDecision.title == title)
        .order_by(MeetingDecision.seq.desc())
        .limit(2)
    ).all()
    if rows[0].seq != inverse["seq"]:
        raise ChangedSince(f"“{title}”后来又登记过，没有撤销。")
    before = rows[1] if len(rows) > 1 else None
    kept = {name: getattr(before, name) for name in _KEPT} if before else {"stage": Stage.VOID}
    _append(session, meeting, title, rows[0], by, now, kind=rows[0].kind, **kept)


_KEPT = (
    *("stage", "yes", "no", "abstain", "present", "due", "voted_at", "voters"),
    *("written_yes", "written_no", "written_abstain"),
)


def _remember(
    session: Session, meeting: MeetingView, title: str, seq: int, by: Actor, now: datetime
) -> None:
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "title": title, "seq": seq},
        title=f"{meeting.title}“{title}”的登记"[:80],
        at=now,
    )
