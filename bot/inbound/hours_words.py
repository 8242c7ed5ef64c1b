"""A member's class hours in words: for himself, and never for a group."""

from __future__ import annotations

from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.study_hours import before_words, hours_words
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.services import study_hours
from bot.services.study_hours import Hours, Line

MINE = "{name}，{year}年{hours}。{lines}{asked}"
TOTAL = "{hours}学时{before}"
LINES = "\n{lines}\n"
LINE = "{title}（{day}）{hours}学时"
MORE = "还有{n}次"
ENOUGH = "全年一般不少于{target}学时（{source}），已经够了。"
SHORT = "全年一般不少于{target}学时（{source}），还差{short}学时。"
SINCE = "这里从{since}记起；以前的学时请告诉组织委员。"
HOW = "学时按实到计，报名和自己说学了的不算（写明自学算学时的课除外）。"
_SHOWN = 10


def my_hours(context: Context, year: int | None = None) -> Text:
    """Return the writer's class hours of a year."""
    found = study_hours.of_self(
        context.session, by=context.actor, year=year or context.today.year, now=context.now
    )
    return say(
        MINE,
        name=context.actor.name,
        year=found.year,
        hours=Fact(FactKind.PRESENCE, total_words(found)),
        lines=_lines(found),
        asked=asked_words(found),
    )


def total_words(found: Hours) -> str:
    """Return the hours of a year, and how much of them is from before: `26学时，其中启用前12学时`."""
    before = before_words(found.before, found.tenths)
    return TOTAL.format(hours=hours_words(found.tenths), before=before)


def asked_words(found: Hours) -> str:
    """Return what is asked of the year and what is missing; how hours come about where nothing is."""
    if found.since is not None:
        return SINCE.format(since=f"{found.since.year}年{day_words(found.since)}")
    if found.target is None or found.short is None:
        return HOW
    template = SHORT if found.short else ENOUGH
    return template.format(
        target=hours_words(found.target), source=found.source, short=hours_words(found.short)
    )


def _lines(found: Hours) -> str:
    if not found.lines:
        return ""
    shown = [_line(line) for line in found.lines[-_SHOWN:]]
    left = len(found.lines) - len(shown)
    return LINES.format(lines="\n".join([*([MORE.format(n=left)] if left else []), *shown]))


def _line(line: Line) -> str:
    return LINE.format(
        title=line.meeting.title, day=day_words(line.meeting.day), hours=hours_words(line.tenths)
    )
