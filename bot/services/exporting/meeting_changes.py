"""The ledger `meeting_changes` as rows: whatever was changed about a meeting, in order of time.

Meetings that were cancelled stand only here: the sheet of meetings is what was or will be held.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.meetings import STATE_NAMES, MeetingState
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import Meeting, MeetingChange

ACTIONS = {
    "move": "改期",
    "cancel": "取消",
    "restore": "恢复",
    "record": "补录",
    "confirm": "确认",
    "period": "改计入",
    "hand_over": "转给别的支部",
    "take_back": "收回",
}
_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield the changes written down on the days asked for, in order."""
    names = names_in_order(session, request)
    found = session.execute(
        select(
            MeetingChange.action,
            MeetingChange.before,
            MeetingChange.after,
            MeetingChange.reason,
            MeetingChange.by_id,
            MeetingChange.at,
            Meeting.unit_id,
            Meeting.title,
            Meeting.starts_at,
        )
        .join(Meeting, Meeting.id == MeetingChange.meeting_id)
        .where(*request.on_days(MeetingChange.at))
        .order_by(MeetingChange.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for part in found.partitions():
        labels = labels_of(session, {change.by_id for change in part})
        for change in part:
            if change.unit_id in names:
                yield (
                    names[change.unit_id],
                    change.title,
                    f"{local(change.starts_at):%Y-%m-%d %H:%M}",
                    ACTIONS.get(change.action, change.action),
                    _words(change.before, change.after, names),
                    _words(change.after, change.before, names),
                    change.reason,
                    labels[change.by_id],
                    moment_words(change.at),
                )


def _words(state: Mapping[str, Any], other: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Return what stood on one side of a change, of what the other side says differently."""
    said: list[str] = []
    for key, value in state.items():
        if value != other.get(key, value):
            said.extend(_word(key, value, names))
    return "，".join(said)


def _word(key: str, value: Any, names: Mapping[int, str]) -> list[str]:
    if key == "starts_at":
        return [f"{local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"]
    if key == "state":
        return [STATE_NAMES[MeetingState(value)]]
    if key == "for_period":
        return [f"计入{value}"]
    if key == "unit_id":
        return [names[value]] if value in names else []
    return [str(value)] if key == "place" and value else []


EXPORT = Export(rows, dated=True, shows=())
