"""Clocks of the roll (预备期, 失联, 停止党籍): people decide, the earliest day is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.domain import regulations
from bot.domain.periods import months_after
from bot.domain.regulations import Regulation
from bot.domain.roll import Change, ChangeKind, Code
from bot.domain.wording import day_words


@dataclass(frozen=True, slots=True)
class Since:
    """From when clocks run for a member.

    Attributes:
        joined_on: The day of the general meeting's vote (接收); None where not known.
        lost_on: Since when contact has been lost; None where no loss is on record.
        suspended_on: Since when the membership is suspended; None where it is not.
    """

    joined_on: date | None = None
    lost_on: date | None = None
    suspended_on: date | None = None


def since(joined_on: date | None, changes: Iterable[Change], on: date) -> Since:
    """Return from when the clocks run, by what is on record up to a day."""
    begun: dict[ChangeKind, date | None] = {}
    for change in sorted((c for c in changes if c.on <= on), key=lambda change: change.on):
        if change.kind in (ChangeKind.LOST, ChangeKind.SUSPENDED):
            begun[change.kind] = change.on
        elif change.kind in _ENDS:
            begun[_ENDS[change.kind]] = None
    return Since(joined_on, begun.get(ChangeKind.LOST), begun.get(ChangeKind.SUSPENDED))


def too_early(name: str, kind: ChangeKind, code: Code | None, on: date, runs: Since) -> str:
    """Return what to warn of where a change comes before its earliest day; "" where nothing.

    Source:
        development.probation, roll.lost, roll.removal
    """
    if kind is ChangeKind.FULL and runs.joined_on is not None:
        rule = regulations.on("development.probation", runs.joined_on)
        ends = _end(rule, runs.joined_on)
        began = _day(runs.joined_on)
        words = f"{name}{began}接收，预备期到{_day(ends)}才满（{rule.citation}）。"
        return words if on < ends else ""
    if kind is ChangeKind.SUSPENDED and code is Code.NO_CONTACT:
        rule = regulations.on("roll.lost", on)
        if runs.lost_on is None:
            return f"名册里没有登记过{name}失联；{rule.text}（{rule.citation}）。"
        ends = _end(rule, runs.lost_on)
        words = f"{name}{_day(runs.lost_on)}起失联，{_day(ends)}才满{rule.value}个月（{rule.citation}）。"
        return words if on < ends else ""
    removal = regulations.find_on("roll.removal", on)
    if code is Code.REMOVED and runs.suspended_on is not None and removal is not None:
        ends = _end(removal, runs.suspended_on)
        words = f"{name}停止党籍到{_day(ends)}才满2年（{removal.citation}），因别的原因除名的除外。"
        return words if on < ends else ""
    return ""


_ENDS = {ChangeKind.FOUND: ChangeKind.LOST, ChangeKind.RESUMED: ChangeKind.SUSPENDED}


def _end(rule: Regulation, begun: date) -> date:
    assert isinstance(rule.value, int)
    return months_after(begun, rule.value)


def _day(day: date) -> str:
    return f"{day.year}年{day_words(day)}"
