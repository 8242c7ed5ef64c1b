"""The ledger `stated_counts`: how many were at a meeting, where nobody wrote down names.

A number other than the one on record is stated anew; the older one stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action
from bot.services import officers
from bot.services.importing import bulk, held
from bot.services.importing.cells import Cells
from bot.services.importing.held import Held
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.services.meetings import MeetingView
from bot.storage.models import StatedCount

PRESENT = "人数"
COLUMNS = (
    *held.COLUMNS,
    Column(PRESENT, "到会几个人；有名单的请用出勤", required=True, aliases=("到会人数", "到会")),
    *SIGNED,
)
_MOST = 9999


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    meeting: MeetingView
    present: int
    signed: Signed


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """State the numbers of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入到会人数"):
        there, others = Held.of(session, lines), Others.of(session, lines, BY)
        read = [_read(line, there, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({there.path(row.meeting) for row in rows}):
            officers.require(source.by, Action.RECORD_ATTENDANCE, path)
        known = load(session, [row.meeting.id for row in rows])
        new = [row for row in rows if known.get(row.meeting.id, (0, None))[1] != row.present]
        for row in new:
            _check(row, source)
        if not staged.problems:
            _write(session, new, known, source)
        again = sum(row.meeting.id in known for row in new)
        added, changed = added + len(new) - again, changed + again
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def load(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int | None]]:
    """Return (seq, number) in force by meeting; None where it was taken back."""
    found: dict[int, tuple[int, int | None]] = {}
    for some in bulk.chunks(sorted(set(ids))):
        rows = session.execute(
            select(StatedCount.meeting_id, StatedCount.seq, StatedCount.present)
            .where(StatedCount.meeting_id.in_(some))
            .order_by(StatedCount.seq)
        )
        found.update({meeting: (seq, present) for meeting, seq, present in rows})
    return found


def _read(
    line: Line, there: Held, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    meeting = there.find(cells)
    cells.required(PRESENT)
    present = cells.whole(PRESENT, most=_MOST, unit="人")
    if meeting is None or present is None:
        return None
    first, times = staged.use(str(meeting.id), str(line.number))
    if times > 1:
        cells.wrong(held.TITLE, f"与第{first}行是同一个会，请留一行。")
        return None
    own = signed(cells, others, source, there.path(meeting))
    return _Wanted(cells, meeting, present, own)


def _check(row: _Wanted, source: Source) -> None:
    if row.meeting.starts_at > source.now:
        row.cells.wrong(held.DAY, "这个会还没有开。")
    elif row.meeting.state is MeetingState.CONFIRMED:
        row.cells.wrong(PRESENT, f"{row.meeting.title}的记录已经确认，不能再改，请作更正。")


def _write(
    session: Session,
    new: Sequence[_Wanted],
    known: Mapping[int, tuple[int, int | None]],
    source: Source,
) -> None:
    rows: list[Mapping[str, Any]] = [
        {
            "meeting_id": row.meeting.id,
            "seq": known.get(row.meeting.id, (0, None))[0] + 1,
            "present": row.present,
            "reporter_id": row.signed.by_id,
            "at": row.signed.at,
        }
        for row in new
    ]
    bulk.add(session, StatedCount, rows)
    audit = [
        bulk.audit_line(source.by, source.now, "stated.import", row.meeting.subject) for row in new
    ]
    bulk.add_audit(session, audit)


LEDGER = Ledger("stated_counts", "到会人数", COLUMNS, run, group=held.of_day)
