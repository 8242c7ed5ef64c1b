"""Signs that an activity was only on paper: facts for whoever looks into it, never a verdict."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.domain.ids import MeetingId, UnitId

LEAST_COPIED = 12  # characters; shorter lines are alike by chance
LEAST_MARKS = 5
AT_ONCE = timedelta(minutes=1)
_PUNCTUATION = re.compile(r"[\s，。、；：！？“”‘’（）,.;:!?\"'()\-—]")


class Signal(Enum):
    """What stands out; the value names it to people."""

    COPIED = "记录文字相同"
    AT_ONCE = "到会一分钟内登记完"
    NO_MINUTES = "没有确认的记录"


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of the minutes of a meeting."""

    unit_id: UnitId
    meeting_id: MeetingId
    text: str


@dataclass(frozen=True, slots=True)
class MarkedAt:
    """When somebody was marked present at a meeting."""

    meeting_id: MeetingId
    at: datetime


def copied(lines: Iterable[WrittenLine]) -> dict[str, list[WrittenLine]]:
    """Return texts that stand in the minutes of more than one branch, with where they stand.

    Marks and spaces do not count; short lines are alike by chance and are left out.

    Source:
        supervision.formality
    """
    found: dict[str, list[WrittenLine]] = defaultdict(list)
    for line in lines:
        bare = _PUNCTUATION.sub("", line.text)
        if len(bare) >= LEAST_COPIED:
            found[bare].append(line)
    return {text: own for text, own in found.items() if len({line.unit_id for line in own}) > 1}


def entered_at_once(marks: Iterable[MarkedAt]) -> dict[MeetingId, int]:
    """Return the meetings at which everybody present was written down within a minute, with how many.

    A list copied from paper or a chain looks the same, and is as good: it is a fact and no more.

    Source:
        supervision.formality
    """
    times: dict[MeetingId, list[datetime]] = defaultdict(list)
    for mark in marks:
        times[mark.meeting_id].append(mark.at)
    return {
        meeting: len(own)
        for meeting, own in times.items()
        if len(own) >= LEAST_MARKS and max(own) - min(own) < AT_ONCE
    }
