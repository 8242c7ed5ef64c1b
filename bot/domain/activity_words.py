"""An activity day as people write it: 16 顺延, 第二个周五 就近."""

from __future__ import annotations

import re

from bot.domain.calendar import ShiftPolicy
from bot.domain.series import LAST, Recurrence

SHIFT_WORDS: dict[ShiftPolicy, str] = {
    ShiftPolicy.NEXT_WORKDAY: "顺延",
    ShiftPolicy.PREVIOUS_WORKDAY: "提前",
    ShiftPolicy.NEAREST: "就近",
    ShiftPolicy.KEEP: "不变",
}
ACTIVITY = (
    r"(?:每月)?(?:(?P<day>\d{1,2})[日号]?|第?(?P<nth>[一二三四1-4]|最后一?)个?(?:周|星期)"
    r"(?P<weekday>[一二三四五六日天]))\s?(?P<shift>顺延|提前|就近|不变)?"
)
_ACTIVITY = re.compile(ACTIVITY)
_SHIFTS = {word: shift for shift, word in SHIFT_WORDS.items()}
_NTH = {**dict.fromkeys(("最后", "最后一"), LAST), **{n: i for i, n in enumerate("一二三四", 1)}}
_WEEKDAYS = {**{name: i for i, name in enumerate("一二三四五六日")}, "天": 6}


def read_activity(text: str) -> tuple[Recurrence, ShiftPolicy | None] | None:
    """Return (usual day, what happens on rest days if said), or None for anything else."""
    found = _ACTIVITY.fullmatch(text)
    if found is None or not 1 <= int(found["day"] or 1) <= 31:
        return None
    shift = _SHIFTS.get(found["shift"])
    if found["day"]:
        return Recurrence(day=int(found["day"])), shift
    nth = _NTH.get(found["nth"]) or int(found["nth"])
    return Recurrence(nth, _WEEKDAYS[found["weekday"]]), shift
