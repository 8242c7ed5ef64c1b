"""A rehearsal as a page shows it: who is there, and two chats as rows of bubbles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import local
from bot.services.ports import CastMember, ChatLine, Stage

GROUP = "group"
PRIVATE = "private"
BOT = "小助手"
SHOWN = 300  # bubbles of one chat; a page with thousands is no help to anybody

_PAUSE = timedelta(minutes=5)
_TINTS = 6
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Face:
    """A cast member to choose.

    Attributes:
        initial: Last character of the name, for the coloured square.
        tint: Which of the six colours.
        fresh: Lines the bot wrote to this person since the last look.
    """

    key: str
    name: str
    post: str
    initial: str
    tint: int
    is_me: bool
    fresh: int


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing said.

    Attributes:
        when: Shown above it; "" when the line before was just now.
        side: `me`, `bot` or `other`.
    """

    seq: int
    when: str
    speaker: str
    initial: str
    tint: int
    side: str
    text: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One of the two chats.

    Attributes:
        kind: `group` or `private`.
        hidden: Earlier bubbles that are not shown.
        fresh: Lines of others since the last look.
    """

    kind: str
    title: str
    bubbles: tuple[Bubble, ...]
    hidden: int
    fresh: int


def faces(stage: Stage, me: CastMember, since: int) -> tuple[Face, ...]:
    """Return the cast, with how many private lines each got after line `since`."""
    fresh = count_fresh(stage.lines, since)
    return tuple(
        Face(
            each.key,
            each.name,
            each.post,
            _initial(each.name),
            place % _TINTS,
            each == me,
            fresh[each.key],
        )
        for place, each in enumerate(stage.cast)
    )


def panes(stage: Stage, me: CastMember, since: int) -> tuple[Pane, Pane]:
    """Return the branch group and the private chat of a cast member with the bot."""
    return (
        _pane(stage, GROUP, stage.group, GROUP, me, since),
        _pane(stage, PRIVATE, f"与{BOT}私聊", me.key, me, since),
    )


def count_fresh(lines: Iterable[ChatLine], since: int) -> Counter[str]:
    """Count what the bot said after line `since`, by chat."""
    return Counter(line.chat for line in lines if line.seq > since and line.from_bot)


def day_text(moment: datetime) -> str:
    """Return `2026年3月12日 星期四` for an aware moment."""
    wall = local(moment)
    return f"{wall.year}年{wall.month}月{wall.day}日 星期{_WEEKDAYS[wall.weekday()]}"


def _pane(stage: Stage, kind: str, title: str, chat: str, me: CastMember, since: int) -> Pane:
    lines = [line for line in stage.lines if line.chat == chat]
    tints = {each.name: place % _TINTS for place, each in enumerate(stage.cast)}
    bubbles = tuple(
        _bubble(line, me, tints.get(line.speaker, 0), _when(line.at, before))
        for line, before in zip(lines, [None, *(line.at for line in lines)], strict=False)
    )
    fresh = count_fresh(lines, since)[chat]
    return Pane(kind, title, bubbles[-SHOWN:], max(0, len(bubbles) - SHOWN), fresh)


def _bubble(line: ChatLine, me: CastMember, tint: int, when: str) -> Bubble:
    if line.from_bot:
        return Bubble(line.seq, when, BOT, BOT[-2], 0, "bot", line.text)
    side = "me" if line.speaker == me.name else "other"
    return Bubble(line.seq, when, line.speaker, _initial(line.speaker), tint, side, line.text)


def _when(at: datetime, before: datetime | None) -> str:
    """Return the time to show above a line, or "" when it follows closely."""
    wall = local(at)
    if before is not None and local(before).date() == wall.date():
        return f"{wall:%H:%M}" if abs(at - before) >= _PAUSE else ""
    return f"{wall.month}月{wall.day}日 周{_WEEKDAYS[wall.weekday()]} {wall:%H:%M}"


def _initial(name: str) -> str:
    return name[-1:] or "？"
