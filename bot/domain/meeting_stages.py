"""Where a meeting stands as people would say it: derived from facts, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.domain.meetings import MeetingState
from bot.domain.minutes import MinutesState


class MeetingStage(Enum):
    """What is true of a meeting at a moment."""

    PLANNED = "planned"
    MOVED = "moved"  # planned, for another time than it was called for
    RUNNING = "running"
    UNRECORDED = "unrecorded"  # its time is over and nobody is on record as having been there
    OVER = "over"  # it took place; the record waits for the secretary
    CONFIRMED = "confirmed"
    LOCKED = "locked"
    CANCELLED = "cancelled"


STAGE_NAMES: dict[MeetingStage, str] = {
    MeetingStage.PLANNED: "已安排",
    MeetingStage.MOVED: "已改期",
    MeetingStage.RUNNING: "进行中",
    MeetingStage.UNRECORDED: "还没有登记到会",
    MeetingStage.OVER: "已开完，记录未确认",
    MeetingStage.CONFIRMED: "记录已确认",
    MeetingStage.LOCKED: "记录已锁定",
    MeetingStage.CANCELLED: "已取消",
}
STORED_AS: dict[MeetingStage, MeetingState] = {
    MeetingStage.PLANNED: MeetingState.SCHEDULED,
    MeetingStage.MOVED: MeetingState.SCHEDULED,
    MeetingStage.RUNNING: MeetingState.SCHEDULED,
    MeetingStage.UNRECORDED: MeetingState.SCHEDULED,
    MeetingStage.OVER: MeetingState.HELD,
    MeetingStage.CONFIRMED: MeetingState.CONFIRMED,
    MeetingStage.LOCKED: MeetingState.CONFIRMED,
    MeetingStage.CANCELLED: MeetingState.CANCELLED,
}
"""What a file that names a stage asks to be written down."""
_OF_RECORD = {
    MinutesState.CONFIRMED: MeetingStage.CONFIRMED,
    MinutesState.LOCKED: MeetingStage.LOCKED,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about a meeting.

    Attributes:
        starts_at, ends_at: Aware; the end is exclusive.
        moved: Whether its time or place was ever changed.
        attended: Whether anybody is on record as having been there.
        closed: Whether its roll call is finished.
        record: Where its record stands.
    """

    state: MeetingState
    starts_at: datetime
    ends_at: datetime
    moved: bool = False
    attended: bool = False
    closed: bool = False
    record: MinutesState = MinutesState.EMPTY


def stage_of(facts: Facts, now: datetime) -> MeetingStage:
    """Return what is true of a meeting at a moment.

    A record opened again after its confirmation waits for the secretary once more.

    Source:
        meetings.stage
    """
    if facts.state is MeetingState.CANCELLED:
        return MeetingStage.CANCELLED
    if facts.record in _OF_RECORD:
        return _OF_RECORD[facts.record]
    if facts.closed or facts.state is not MeetingState.SCHEDULED:
        return MeetingStage.OVER
    if now < facts.starts_at:
        return MeetingStage.MOVED if facts.moved else MeetingStage.PLANNED
    if now < facts.ends_at:
        return MeetingStage.RUNNING
    return MeetingStage.OVER if facts.attended else MeetingStage.UNRECORDED
