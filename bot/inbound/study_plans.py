"""A plan of study as it is written: its name in the first line, then one class a line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import at
from bot.inbound.read import read
from bot.inbound.utterance import Utterance

_HOURS = re.compile(r"(?:^|[\s，,])(?P<n>\d{1,3}(?:\.\d{1,2})?)个?学时(?=$|[\s，,])")
_SEATS = re.compile(
    r"(?:^|[\s，,])(?:(?:名额|限额?)\s?(?P<a>\d{1,4})人?|(?P<b>\d{1,4})(?:个?名额|人))(?=$|[\s，,])"
)
_CLOSES = re.compile(
    r"(?:^|[\s，,])(?:报名截止(?:到)?[:：\s]?(?P<a>[^\s，,]+)|(?P<b>[^\s，,]+?)(?:报名截止|截止报名|截止|前报名))(?=$|[\s，,])"
)
_LEAD = "开会 "  # chatter without a word of ours is not read
_OWN_WORD = re.compile(r"自学(?:也)?算(?:学时)?")
_LINK = re.compile(r"(?:资料[:：\s]*)?(?P<title>[^\s:：]{2,40})[\s:：]+(?P<link>https?://\S+)")


@dataclass(frozen=True, slots=True)
class LessonWords:
    """One line of a plan, read; what is None was not said.

    Attributes:
        hours: As written.
        closes: End of the sign-ups, exclusive.
    """

    line: str
    title: str = ""
    starts_at: datetime | None = None
    place: str = ""
    seats: int | None = None
    hours: str = ""
    closes: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanWords:
    """The lines below the name of a plan.

    Attributes:
        links: (title, link) of what there is to read.
        own_word: Studying it by oneself counts as well.
    """

    lessons: tuple[LessonWords, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    own_word: bool = False


def read_plan(lines: str, now: datetime) -> PlanWords:
    """Read the lines of a plan; every one that is not empty is a class, a link or 自学算学时."""
    lessons: list[LessonWords] = []
    links: list[tuple[str, str]] = []
    own_word = False
    for written in lines.splitlines():
        line = re.sub(r"^\s*(?:\d{1,2}[.、．)）]\s*|[-·•]\s*)?", "", written).strip()
        link = _LINK.fullmatch(line)
        if link is not None:
            links.append((link["title"], link["link"]))
        elif _OWN_WORD.fullmatch(line):
            own_word = True
        elif line:
            lessons.append(_lesson(unicodedata.normalize("NFKC", line), now))
    return PlanWords(tuple(lessons), tuple(links), own_word)


def _lesson(line: str, now: datetime) -> LessonWords:
    rest = line
    hours = _HOURS.search(rest)
    if hours:
        rest = _without(rest, hours)
    closes = _CLOSES.search(rest)
    if closes:
        rest = _without(rest, closes)
    seats = _SEATS.search(rest)
    if seats:
        rest = _without(rest, seats)
    said = _read(rest, now)
    words, starts_at = _without_moment(said)
    title, *places = [piece for piece in re.split(r"[\s，,]+", words) if piece] or [""]
    return LessonWords(
        line=line,
        title=title,
        starts_at=starts_at,
        place=" ".join(places),
        seats=int(seats["a"] or seats["b"]) if seats else None,
        hours=hours["n"] if hours else "",
        closes=_end_of(closes["a"] or closes["b"], now) if closes else None,
    )


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _without_moment(said: Utterance) -> tuple[str, datetime | None]:
    """Return the words without day and time, and the moment they tell."""
    text = said.text.removeprefix(_LEAD)
    lead = len(said.text) - len(text)
    day = next((span for span in said.dates if isinstance(span.value, date)), None)
    clock = next((span for span in said.times if isinstance(span.value, time)), None)
    spans = sorted((s for s in (day, clock) if s is not None), key=lambda span: -span.start)
    for span in spans:
        text = f"{text[: span.start - lead]} {text[span.end - lead :]}"
    if day is None or clock is None:
        return text, None
    assert isinstance(day.value, date)
    assert isinstance(clock.value, time)
    return text, at(day.value, clock.value.hour, clock.value.minute)


def _end_of(words: str, now: datetime) -> datetime | None:
    """Return when a deadline ends: a day with its last minute, a time to the minute."""
    said = _read(words, now)
    day = next((span.value for span in said.dates if isinstance(span.value, date)), None)
    clock = next((span.value for span in said.times if isinstance(span.value, time)), None)
    if day is None:
        return None
    if clock is None:
        return at(day + timedelta(days=1))
    return at(day, clock.hour, clock.minute)


def _read(words: str, now: datetime) -> Utterance:
    return read(_LEAD + words, quoted=None, private=True, addressed=True, now=now)
