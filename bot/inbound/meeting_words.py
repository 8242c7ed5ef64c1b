"""Which meeting an organiser's command names (党员大会, 3月16日, 16日主题党日), and what follows."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bot.domain.cadence import KIND_ALIASES, KIND_NAMES, MeetingKind
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services.meeting_meant import Meant

_VAGUE = frozenset(("学习", "谈话", "选举", "换届", "培训"))
_KINDS = sorted(
    {
        word
        for kind in MeetingKind
        if kind is not MeetingKind.OTHER
        for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
        if word not in _VAGUE
    },
    key=lambda word: (-len(word), word),
)
_DAY = r"(?:(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]|\d{1,2}[日号]|今天|昨天|前天|上周[一二三四五六日天])"
_MONTH = r"(?:\d{1,2}月份?)"
KIND = rf"(?:{'|'.join(_KINDS)})(?:会议|会)?"
_HEAD = re.compile(
    rf"(?P<day>{_DAY})?(?:的|\s)?"
    rf"(?P<title>{_MONTH}?(?:第?[一二三四五六七八九十]+)?{KIND}(?![^\s，。:]{{0,4}}班)|(?!补|登记|录|建|改|取消|发)[^\s，。、:]{{2,18}}?(?:会|活动|党日|党课|班)(?=$|[\s:，]))?"
    r"(?P<gap>[\s:，]*)"
)


def read_meeting(utterance: Utterance, text: str) -> tuple[Meant, str]:
    """Read the meeting that a text begins with; return it with what is left of the text.

    Args:
        text: A part of `utterance.text`, behind the words of the command; a unit named anywhere
            in it is the one the meeting is of.
    """
    text, unit = split_unit(f" {text}")
    text = text.strip()
    match = _HEAD.match(text)
    if match is None or not (match["day"] or match["title"]):
        return Meant(unit=unit), text
    day, coming = _days(utterance, match["day"])
    title = match["title"]
    return Meant(title, day, unit, coming), text[match.end() :]


def stored(meant: Meant) -> dict[str, Any]:
    """Return the form in which a question keeps it."""
    day, coming = (d and d.isoformat() for d in (meant.day, meant.coming))
    return {"title": meant.title, "day": day, "coming": coming, "unit": meant.unit}


def loaded(kept: dict[str, Any]) -> Meant:
    """Return it from that form."""
    day, coming = (date.fromisoformat(d) if d else None for d in (kept["day"], kept["coming"]))
    return Meant(kept["title"], day, kept["unit"], coming)


def _days(utterance: Utterance, said: str | None) -> tuple[date | None, date | None]:
    """Return a day read as one that was, and as one to come."""
    if said is None:
        return None, None
    at = utterance.text.find(said)
    for past, ahead in zip(utterance.past_dates, utterance.dates, strict=False):
        if past.start == at:
            found = [v if isinstance(v, date) else None for v in (past.value, ahead.value)]
            return found[0], found[1]
    return None, None
