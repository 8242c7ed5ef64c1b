"""Who was in the room at a moment of a meeting, from what was said of him in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.attendance import CORRECTED, Mark

_CAME = (Mark.PRESENT, Mark.LATE)
_NOT_IN_TIME = (Mark.MAKEUP_REQUESTED, Mark.MAKEUP_GRANTED, Mark.MAKEUP_REFUSED)


@dataclass(frozen=True, slots=True)
class Said:
    """One mark of a member at a meeting, as far as his presence goes by it.

    Attributes:
        said_at: When it was said; of who left early, when he had checked in, if he had.
        recorded_at: When it was written down.
        left_at: When somebody left early, if that is known.
    """

    mark: Mark
    source: str
    said_at: datetime
    recorded_at: datetime
    left_at: datetime | None = None


def was_in_room(trail: Sequence[Said], *, start: datetime, end: datetime, moment: datetime) -> bool:
    """Tell whether a member is on record as in the room at a moment, by marks made in time.

    His own check-in, a proxy that was granted, the roll call and the signed list count; a 补签 and
    a later 更正 to his favour never do. What says otherwise counts, whenever it was said.

    Args:
        trail: His marks of the meeting as it was held, in order, those of an older time left out.
        start, end: Of the meeting. moment: Of the vote.

    Source:
        quorum.presence
    """
    if not trail:
        return False
    last = trail[-1]
    came = _came(trail, start, end) if last.mark in (*_CAME, Mark.LEFT_EARLY) else None
    if came is None or came.replace(second=0, microsecond=0) > moment:
        return False
    if last.mark is Mark.LEFT_EARLY:
        return last.left_at is not None and last.left_at > moment
    return True


def _came(trail: Sequence[Said], start: datetime, end: datetime) -> datetime | None:
    """Return since when somebody was there by a mark made in time; None where none says so.

    Who is put down as present by somebody else, or was on time, was there from the start on.
    """
    left_in_time = False
    for said in reversed(trail):
        if said.source == CORRECTED:
            continue
        if said.mark is Mark.LEFT_EARLY:  # what stood before it tells when he had come
            left_in_time = left_in_time or said.recorded_at < end
        elif said.mark in _CAME:
            return start if said.mark is Mark.PRESENT else said.said_at
        else:
            return start if left_in_time and said.mark not in _NOT_IN_TIME else None
    return start if left_in_time else None
