"""The marks themselves: append-only, the last one in force, whoever said it kept on each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from bot.domain.attendance import Mark, Outcome, leave_words, outcome
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.wording import clock_words
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import AttendanceMark
from bot.storage.prepared import Prepared

SELF, PROXY, ORGANISER = "self", "proxy", "organiser"
CHAIN, PAPER, CODE = "chain", "paper", "code"
OWN_WORD = frozenset({SELF, CODE})
"""Sources of what a member has said himself."""


class AskFirst(DomainError):
    """The new mark would overturn an earlier one the other way round."""


class ChangedSince(DomainError):
    """What is to be taken back does not stand any more."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whose mark it is and who says so.

    Attributes:
        source: `SELF`, `CODE` (himself, by the code of the session), `PROXY` (another member says
            so), `ORGANISER` (by right), `PAPER` (a sheet he has signed).
        decided_by_id: Who granted or refused what was asked for.
    """

    member_id: MemberId
    name: str
    reporter_id: MemberId
    source: str = SELF
    decided_by_id: MemberId | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A mark to be appended.

    Attributes:
        said_at: When it was said, which decides what it counts as.
        reason_kind, reason: Of a leave; no words are kept with 病.
        left_at: Of who left early; `said_at` then is that of the check-in it goes on from.
    """

    mark: Mark
    said_at: datetime
    reason_kind: str = ""
    reason: str = ""
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands at a meeting.

    Attributes:
        seq: Number of the last mark, 0 where there is none.
        mark: The one in force, None where there is none (any more).
        said_at: When that was said.
    """

    seq: int = 0
    mark: Mark | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of a check-in or a leave.

    Attributes:
        member_id, name: Whose mark it is.
        new: False when it was on record already, since `at`.
        late: Minutes after the start.
        pending: It waits for approval.
        reason: Of a leave: the words kept, 病假 alone for illness.
        before: Number of the mark that stood until then; 0 where none did.
        seq: Number of the new mark.
    """

    meeting: MeetingView
    mark: Mark
    at: datetime
    new: bool
    member_id: MemberId
    name: str
    late: int = 0
    pending: bool = False
    reason: str = ""
    before: int = 0
    seq: int = 0


def record(
    session: Session,
    meeting: MeetingView,
    author: Author,
    entry: Entry,
    *,
    now: datetime,
    standing: Standing | None = None,
) -> Marked:
    """Append a mark unless it repeats the one in force; two at once meet on the unique key.

    A leave asked for again is new where it says why, and not what is on record already.

    Args:
        standing: How the member stands, if that was read already.

    Raises:
        AskFirst: Who is there already is said to be on leave.
    """
    found = standing or find_standing(session, meeting, author.member_id)
    verdict = outcome(found.mark, entry.mark)
    repeats = verdict is Outcome.REPEAT and not _adds_reason(session, meeting, author, entry, found)
    if repeats and found.mark is not None and found.said_at is not None:
        if author.source == SELF and _is_of_chain(session, meeting, author.member_id, found.seq):
            own = Entry(found.mark, entry.said_at, entry.reason_kind, entry.reason)
            _insert(session, meeting, author, own, found.seq + 1, now)
        return _repeated(meeting, author, found.mark, found.said_at)
    if verdict is Outcome.ASK:
        raise AskFirst(_ask_first(meeting, author, found.said_at or now))
    return append(session, meeting, author, entry, now=now, standing=found)


def append(
    session: Session,
    meeting: MeetingView,
    author: Author,
    entry: Entry,
    *,
    now: datetime,
    standing: Standing,
) -> Marked:
    """Append a mark after the one that stands; if another one got in first, return that."""
    seq = standing.seq + 1
    if not _insert(session, meeting, author, entry, seq, now):
        other = find_standing(session, meeting, author.member_id)
        said_at = other.said_at or entry.said_at
        return _repeated(meeting, author, other.mark or entry.mark, said_at)
    return Marked(
        meeting,
        entry.mark,
        entry.said_at,
        new=True,
        member_id=author.member_id,
        name=author.name,
        reason=leave_words(entry.reason_kind, entry.reason),
        before=0 if standing.mark is None else standing.seq,
        seq=seq,
    )


def set_back(
    session: Session,
    meeting: MeetingView,
    author: Author,
    *,
    before: int,
    seq: int,
    now: datetime,
) -> None:
    """Let an earlier mark stand again, or none if there was none or the meeting moved.

    Args:
        before: Number of the mark that is to stand again; 0 for none.
        seq: Number of the mark that is taken back.

    Raises:
        ChangedSince: Another mark has been recorded over it.
    """
    found = find_standing(session, meeting, author.member_id)
    rows = {
        row.seq: row
        for row in session.execute(
            select(
                AttendanceMark.seq,
                AttendanceMark.mark,
                AttendanceMark.said_at,
                AttendanceMark.reason_kind,
                AttendanceMark.reason,
                AttendanceMark.revision,
                AttendanceMark.source,
                AttendanceMark.reporter_id,
                AttendanceMark.decided_by_id,
                AttendanceMark.left_at,
            ).where(
                AttendanceMark.meeting_id == meeting.id,
                AttendanceMark.member_id == author.member_id,
                AttendanceMark.seq.in_((before, seq)),
            )
        )
    }
    taken = rows[seq]
    if found.mark is not None and (found.mark, found.said_at) != (taken.mark, taken.said_at):
        raise ChangedSince(f"{meeting.title}的登记后来又变了，没有撤销。要更正请告诉组织委员。")
    stood = rows.get(before)
    if stood is None or stood.revision != meeting.revision:
        entry = Entry(Mark.WITHDRAWN, now)
    else:
        entry = Entry(
            stood.mark, stood.said_at, stood.reason_kind, stood.reason, left_at=stood.left_at
        )
        author = Author(
            author.member_id, author.name, stood.reporter_id, stood.source, stood.decided_by_id
        )
    _insert(session, meeting, author, entry, found.seq + 1, now)


def find_standing(session: Session, meeting: MeetingView, member_id: MemberId) -> Standing:
    """Return how one member stands at a meeting."""
    row = _CURRENT.row(session, {"meeting_id": meeting.id, "member_id": member_id})
    return Standing() if row is None else _standing(meeting, *row)


def list_standings(
    session: Session, meetings: Sequence[MeetingView], members: Collection[MemberId] | None = None
) -> dict[tuple[MeetingId, MemberId], Standing]:
    """Return how members stand at some meetings, one query for all; those without a mark miss."""
    of = {meeting.id: meeting for meeting in meetings}
    wanted = [AttendanceMark.meeting_id.in_(of)]
    if members is not None:
        wanted.append(AttendanceMark.member_id.in_(members))
    last = (
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            func.max(AttendanceMark.seq).label("seq"),
        )
        .where(*wanted)
        .group_by(AttendanceMark.meeting_id, AttendanceMark.member_id)
        .subquery()
    )
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.seq,
            AttendanceMark.mark,
            AttendanceMark.said_at,
            AttendanceMark.revision,
        ).join(
            last,
            and_(
                AttendanceMark.meeting_id == last.c.meeting_id,
                AttendanceMark.member_id == last.c.member_id,
                AttendanceMark.seq == last.c.seq,
            ),
        )
    )
    return {
        (MeetingId(row.meeting_id), MemberId(row.member_id)): _standing(
            of[MeetingId(row.meeting_id)], row.seq, row.mark, row.said_at, row.revision
        )
        for row in rows
    }


_CURRENT = Prepared(
    select(AttendanceMark.seq, AttendanceMark.mark, AttendanceMark.said_at, AttendanceMark.revision)
    .where(
        AttendanceMark.meeting_id == bindparam("meeting_id"),
        AttendanceMark.member_id == bindparam("member_id"),
    )
    .order_by(AttendanceMark.seq.desc())
    .limit(1)
)


def _standing(
    meeting: MeetingView, seq: int, mark: Mark, said_at: datetime, revision: int
) -> Standing:
    if mark is Mark.WITHDRAWN or revision != meeting.revision:
        return Standing(seq)
    return Standing(seq, mark, said_at)


def _adds_reason(
    session: Session, meeting: MeetingView, author: Author, entry: Entry, standing: Standing
) -> bool:
    if standing.mark is not entry.mark or not leave_words(entry.reason_kind, entry.reason):
        return False
    known = session.execute(
        select(AttendanceMark.reason_kind, AttendanceMark.reason).where(
            AttendanceMark.meeting_id == meeting.id,
            AttendanceMark.member_id == author.member_id,
            AttendanceMark.seq == standing.seq,
        )
    ).one()
    return (known.reason_kind, known.reason) != (entry.reason_kind, entry.reason)


def _insert(
    session: Session,
    meeting: MeetingView,
    author: Author,
    entry: Entry,
    seq: int,
    now: datetime,
) -> bool:
    row: int | None = insert_once(
        session,
        AttendanceMark,
        {
            "meeting_id": meeting.id,
            "member_id": author.member_id,
            "seq": seq,
            "revision": meeting.revision,
            "mark": entry.mark,
            "said_at": entry.said_at,
            "recorded_at": now,
            "source": author.source,
            "reporter_id": author.reporter_id,
            "reason_kind": entry.reason_kind,
            "reason": entry.reason,
            "decided_by_id": author.decided_by_id,
            "left_at": entry.left_at,
        },
    )
    return row is not None


def _is_of_chain(session: Session, meeting: MeetingView, member_id: MemberId, seq: int) -> bool:
    """Tell whether a mark came from a pasted chain: the member's own word then stands by itself.

    Otherwise taking the chain back would take his word back with it.
    """
    source = select(AttendanceMark.source).where(
        AttendanceMark.meeting_id == meeting.id,
        AttendanceMark.member_id == member_id,
        AttendanceMark.seq == seq,
    )
    return session.scalar(source) == CHAIN


def _repeated(meeting: MeetingView, author: Author, mark: Mark, at: datetime) -> Marked:
    return Marked(meeting, mark, at, new=False, member_id=author.member_id, name=author.name)


def _ask_first(meeting: MeetingView, author: Author, at: datetime) -> str:
    if author.source == SELF:
        return (
            f"您{clock_words(at)}已签到{meeting.title}。"
            "如果是提前离开，请直接告诉组织委员；如果签错了，先回复 撤销。"
        )
    return (
        f"{author.name}{clock_words(at)}已签到{meeting.title}，没有改成请假。"
        "如果是提前离开，请告诉组织委员。"
    )


def is_in_force() -> ColumnElement[bool]:
    """Return the condition that no later mark of the same member at the same meeting stands."""
    later = aliased(AttendanceMark)
    return ~(
        select(later.id)
        .where(
            later.meeting_id == AttendanceMark.meeting_id,
            later.member_id == AttendanceMark.member_id,
            later.seq > AttendanceMark.seq,
        )
        .exists()
    )
