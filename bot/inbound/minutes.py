"""The record of a meeting, read from what was written: which meeting, and its labelled parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.cadence import KIND_ALIASES, KIND_NAMES, MeetingKind
from bot.domain.minutes import SINGLE, Line, Part
from bot.inbound.utterance import Utterance

_WORDS: dict[str, Part] = {
    "主持": Part.CHAIR,
    "主持人": Part.CHAIR,
    "记录": Part.RECORDER,
    "记录人": Part.RECORDER,
    "主讲": Part.LECTURER,
    "主讲人": Part.LECTURER,
    "讲课人": Part.LECTURER,
    "列席": Part.OBSERVER,
    "列席人员": Part.OBSERVER,
    "议题": Part.AGENDA,
    "议程": Part.AGENDA,
    "要点": Part.POINT,
    "发言": Part.POINT,
    "决议": Part.RESOLUTION,
    "决定": Part.RESOLUTION,
    "待办": Part.FOLLOW_UP,
    "后续": Part.FOLLOW_UP,
    "材料": Part.MATERIAL,
}
_LABEL_WORDS = "|".join(sorted(_WORDS, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?:^|(?<=[\s，,。；;、]))(?P<label>{_LABEL_WORDS})(?P<number>\d{{0,2}})\s?(?:[:：]|(?=\s)|$)"
)
_LINE = re.compile(rf"(?P<label>{_LABEL_WORDS})(?P<mark>\s?[:：]\s?|\s)(?P<rest>\S.*)", re.DOTALL)
_LOOSE = frozenset({Part.RESOLUTION, Part.POINT, Part.MATERIAL, Part.FOLLOW_UP, Part.OBSERVER})
"""Labels that are everyday words too: a line of its own needs the colon."""
_KIND = re.compile(
    r"(?:第?[一二三四五六七八九十\d]+)?(?:"
    + "|".join(
        sorted(
            {
                word
                for kind in MeetingKind
                if kind not in (MeetingKind.OTHER, MeetingKind.TALK)
                for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
            },
            key=lambda word: (-len(word), word),
        )
    )
    + r")(?:会议|会)?"
)
_HEAD = re.compile(r"(?:会议)?(?:记录|纪要)\s?[:：]?\s?(?P<rest>.+)", re.DOTALL)
_ITEMS = re.compile(r"\s*[;；\n]\s*|\s+(?=\d{1,2}[.、．]\s?\D)")
_NUMBERED = re.compile(r"^\s*\d{1,2}\s?[.、．)）]\s?")
_ORDERED = re.compile(r"(?:更正|确认|定稿)(?:一下)?(?:会议)?(?:纪要|记录)")
_NAME = re.compile(r"[\u4e00-\u9fa5·]{2,5}")
_REASON = re.compile(r"(?:^|[\s，,])原因\s?[:：]?\s?(?P<reason>\S.*)$", re.DOTALL)
_OF_WHOM = re.compile(r"[吗？?]|怎么|谁|什么|写好|发到|发给|整理|看完|不用|没写")


@dataclass(frozen=True, slots=True)
class Which:
    """Which meeting is meant.

    Attributes:
        title: As named; None where it was not.
        day, coming: The Shanghai day named, read as one over and as one to come.
    """

    title: str | None = None
    day: date | None = None
    coming: date | None = None

    @property
    def days(self) -> frozenset[date]:
        """The days it may be held on; empty where none was named."""
        return frozenset(day for day in (self.day, self.coming) if day is not None)


@dataclass(frozen=True, slots=True)
class Written:
    """Lines of a record, in the order written."""

    which: Which
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """One part of a record that is put right.

    Attributes:
        part, text: None and "" where that was not understood.
        number: Which line of several, from 1.
    """

    which: Which
    part: Part | None = None
    number: int | None = None
    text: str = ""
    reason: str = ""


def find_written(utterance: Utterance) -> Written | None:
    """Read `记录 3月12日党员大会 主持 李建国 议题 …`, or, said to the bot, lines such as `主持 李建国`."""
    raw = utterance.raw.strip()
    head = _HEAD.match(raw)
    if head is not None:
        written = _under_head(utterance, head["rest"])
        if written is not None:
            return written
    if not utterance.addressed:
        return None
    lines = _lines(utterance, raw)
    first = _LINE.match(raw)
    if not lines or first is None or _OF_WHOM.search(first["rest"][:20]):
        return None
    part = _WORDS[first["label"]]
    colon = first["mark"].strip() != ""
    if part in _LOOSE and not colon and len(lines) == 1:
        return None
    if any(line.part in SINGLE and not _NAME.fullmatch(line.text) for line in lines):
        return None
    return Written(Which(), lines)


def is_written(utterance: Utterance) -> bool:
    """Tell whether a message is the record of a meeting rather than an entry of one in the books."""
    return _ORDERED.match(utterance.text) is not None or find_written(utterance) is not None


def find_which(utterance: Utterance, words: str) -> Which | None:
    """Read the meeting that words name (3月12日党员大会); None where they are something else."""
    left = _without_days(utterance, words)
    bare = left.strip(" 的，,:：")
    if bare and not _names_meeting(bare):
        return None
    day, coming = _days_in(utterance, words)
    return Which(bare or None, day, coming)


def find_corrected(utterance: Utterance, words: str) -> Corrected:
    """Read `3月支部党员大会 主持 王敏 原因 记错了` behind 更正纪要."""
    found = _REASON.search(words)
    reason = found["reason"].strip() if found else ""
    words = words[: found.start()] if found else words
    label = _LABEL.search(words)
    which = find_which(utterance, words[: label.start()] if label else words) or Which()
    if label is None:
        return Corrected(which, reason=reason)
    number = int(label["number"]) if label["number"] else None
    text = words[label.end() :].strip(" :：，,").removeprefix("改为").removeprefix("改成").strip()
    return Corrected(which, _WORDS[label["label"]], number, text, reason)


def _under_head(utterance: Utterance, rest: str) -> Written | None:
    label = _LABEL.search(rest)
    if label is None or label.start() == 0:
        return None
    which = find_which(utterance, rest[: label.start()])
    lines = _lines(utterance, rest[label.start() :])
    if which is None or which.title is None or not lines:
        return None
    return Written(which, lines)


def _lines(utterance: Utterance, text: str) -> tuple[Line, ...]:
    labels = list(_LABEL.finditer(text))
    if not labels:
        return ()
    ends = [label.start() for label in labels[1:]] + [len(text)]
    found: list[Line] = []
    for label, end in zip(labels, ends, strict=True):
        part = _WORDS[label["label"]]
        words = text[label.end() : end].strip(" \n，,。；;、:：")
        items = [words] if part in SINGLE else _ITEMS.split(words)
        for item in items:
            kept = _NUMBERED.sub("", item).strip()
            if kept:
                due_on = _days_in(utterance, kept)[1] if part is Part.FOLLOW_UP else None
                found.append(Line(part, kept, due_on=due_on))
    return tuple(found)


def _names_meeting(words: str) -> bool:
    kind = _KIND.search(words)
    return kind is not None and len(words) <= len(kind[0]) + 6


def _days_in(utterance: Utterance, words: str) -> tuple[date | None, date | None]:
    """Return the first day named within words, read as over and as to come."""
    for past, coming in zip(utterance.past_dates, utterance.dates, strict=False):
        if utterance.text[past.start : past.end] in words:
            over = past.value if isinstance(past.value, date) else None
            ahead = coming.value if isinstance(coming.value, date) else None
            return over, ahead
    return None, None


def _without_days(utterance: Utterance, words: str) -> str:
    for span in utterance.past_dates:
        words = words.replace(utterance.text[span.start : span.end], " ")
    return words
