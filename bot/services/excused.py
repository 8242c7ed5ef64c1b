"""Of whom attendance is not asked (old, ill, disabled): the one place that knows, by day.

Only that somebody is excused and its kind are on record, never why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.services import policies
from bot.services.meetings import MeetingView
from bot.services.policies import History
from bot.storage.models import Unit

EXCUSED = "excused"  # {"members": {"<id>": "old" | "ill" | "disabled"}}, all there are
_NOBODY: frozenset[MemberId] = frozenset()


def excused(session: Session, branch_id: UnitId, on: date) -> frozenset[MemberId]:
    """Return the members of a branch of whom attendance is not asked on a day.

    Source:
        attendance.rate
    """
    paths = _paths(session, [branch_id])
    history = policies.load_history(session, list(paths.values()), EXCUSED)
    return _members(history, paths.get(branch_id, ""), on)


def excused_at(
    session: Session, meetings: Sequence[MeetingView]
) -> Mapping[MeetingId, frozenset[MemberId]]:
    """Return the same for some meetings, each on its day; as many queries as for one."""
    paths = _paths(session, [meeting.branch_id for meeting in meetings])
    history = policies.load_history(session, list(paths.values()), EXCUSED)
    return {
        meeting.id: _members(history, paths.get(meeting.branch_id, ""), meeting.day)
        for meeting in meetings
    }


def _paths(session: Session, branches: Sequence[UnitId]) -> dict[UnitId, str]:
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(set(branches))))
    return {UnitId(unit): path for unit, path in rows}


def _members(history: History, path: str, on: date) -> frozenset[MemberId]:
    value = history.on(path, on)
    return frozenset(MemberId(int(member)) for member in value["members"]) if value else _NOBODY
