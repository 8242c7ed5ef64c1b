"""Which days somebody is away: one, a span, or several that are named beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from bot.clock import day_of
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Span, Utterance


@dataclass(frozen=True, slots=True)
class LeaveDays:
    """The days a message names.

    Attributes:
        first: The first day, None where none is named; `last`, inclusive, of a span.
        several: All the days, where they are more than one and no single span.
        title_counts: The meeting named belongs to all of them (18号和20号的党课).
        instead_of: A day said not to be meant (不是今天，是明天).
    """

    first: date | None = None
    last: date | None = None
    several: tuple[date, ...] = ()
    title_counts: bool = True
    instead_of: date | None = None


def find_days(utterance: Utterance, clauses: Sequence[Clause]) -> LeaveDays:
    """Return the days of the absence: those said with the meeting, else the first to come."""
    whole = utterance.stretch(clauses)
    within = [s for s in utterance.dates if whole.start <= s.start and s.end <= whole.end]
    turned = next((s for s in within if _NOT.search(utterance.text, 0, s.start)), None)
    meant = [s for s in within if not _is_denied(utterance, s)]
    today = day_of(utterance.now)
    if (through := _through(utterance, meant, today)) is not None:
        return LeaveDays(*through, instead_of=_first(turned))
    if (moved := _moved(utterance, meant)) is not None:
        return moved
    anchor = _anchor(clauses, meant, today)
    if anchor is None:
        return LeaveDays(instead_of=_first(turned))
    listed = _listed(utterance, meant, meant.index(anchor))
    days = sorted({day for span in listed for day in _days_of(span) if day >= today})
    if len(listed) > 1 and len(days) > 1:
        behind = _MEETING.search(utterance.text, listed[0].end, listed[-1].start)
        return LeaveDays(days[0], None, tuple(days), behind is None, _first(turned))
    first, last = _ends(anchor)
    return LeaveDays(first, last, (), True, _first(turned))


def _through(utterance: Utterance, meant: Sequence[Span], today: date) -> tuple[date, date] | None:
    """Return the days of 请假到20号, from today, and of 从18号请假到20号: the last day is no only one."""
    for index, span in enumerate(meant):
        last = span.value
        up_to = _UP_TO.search(utterance.text, 0, span.start)
        if not isinstance(last, date) or not up_to or (len(meant) > 1 and up_to["away"]):
            continue  # 住院到25号，18号请假: only that one day
        since = _first(meant[index - 1]) if index else None
        first = today if since is None else since
        return (first, last) if today <= first < last else None
    return None


def _moved(utterance: Utterance, meant: Sequence[Span]) -> LeaveDays | None:
    """Read 18号请假改成20号: leave of the later day, in place of the one before."""
    for wrong, right in pairwise(meant):
        between = _TO_ANOTHER.fullmatch(utterance.text, wrong.end, right.start)
        if between and isinstance(wrong.value, date):
            return LeaveDays(*_ends(right), instead_of=wrong.value)
    return None


_TO_ANOTHER = re.compile(
    r"(?:那天|的|我|会|[^，。]{0,6}假|，|请)*(?:改|换|挪|调|推)(?:请|成|到|为|在|至|了)*(?:请|的)*"
)
_UP_TO = re.compile(
    r"(?:假|请|一直|(?P<away>出差|外出|住院|休息|培训|不在家?))(?:请|要|得|都|了|在|一直)*[到至]\s?$"
)

_MEETING = re.compile(r"党日|党课|会|活动|学习|生活")
_MARKED = frozenset((Topic.LEAVE, Topic.MEETING, Topic.STUDY))


def _anchor(clauses: Sequence[Clause], meant: Sequence[Span], today: date) -> Span | None:
    """Return the day that is certainly meant: the first said in a clause on leave or a meeting."""
    marked = [clause for clause in clauses if clause.topics & _MARKED]
    stretches = [(clause.start, clause.end) for clause in marked]
    for start, end in (*stretches, (clauses[0].start, clauses[-1].end)):
        inside = [span for span in meant if start <= span.start and span.end <= end]
        if found := next((span for span in inside if _latest(span) >= today), None):
            return found
    return None


def _listed(utterance: Utterance, meant: Sequence[Span], at: int) -> list[Span]:
    """Return the span at a place with those named beside it (16号和18号都请假; 18号请假，20号也请)."""
    found = [meant[at]]
    for before in reversed(meant[:at]):
        if not _BESIDE.fullmatch(utterance.text, before.end, found[0].start):
            break
        found.insert(0, before)
    for after in meant[at + 1 :]:
        beside = _BESIDE.fullmatch(utterance.text, found[-1].end, after.start)
        if not beside and not _TOO.match(utterance.text, after.end):
            break
        found.append(after)
    return found


_BESIDE = re.compile(
    r"(?:那天|当天|这天|一天)?(?:[上下]午|晚上|早上|中午)?的?(?:那个|那场|那次)?"
    r"(?:主题党日|党日|组织生活会?|(?:支部)?(?:党员)?大会|支委会|党?小组会|党课|集中学习|学习|活动|会议?)?"
    r"(?:[、，；和跟与及/+\s]|以及|还有|连同|外加|加上|再加|另外|还加|连着|都|我|俺)*"
    r"|(?:我|俺)?请个?假[，、\s]*(?:还有|还加|再加|另外|外加|以及|和|跟)"
)
"""What stands between days that are listed; 18号请假，20号去医院 names a reason."""

_TOO = re.compile(
    r"(?:那天|当天|这天)?(?:的?(?:党课|大会|党日|会|活动|学习))?(?:我|俺|恐怕|可能)*(?:也|都|同样)(?:是|要|得|想|先)*"
    r"(?:请(?!人|客|大家)|一样|不(?:来|去|在|行|到)|[来去到参][^，]{0,2}不[了成到加]|没[空法]|有事|$|，|(?=的)|告假)"
)

_NOT = re.compile(r"(?:不是|并非|不在|不指|不说)(?:说|指|要请|请|在|是|的)*$")
_NOT_THEN = re.compile(
    r"(?:那天|当天|[上下]午)?的?(?:会|假|我)*(?:不(?:用)?请|不算|能[来去到参]|可以[来去参]|(?<!的)会[来去到]|[来去]得[了到成]"
    r"|照常|正常|没事|照去|照来|有空)"
)


def _is_denied(utterance: Utterance, span: Span) -> bool:
    """Tell whether a day is named only to say that it is not meant (今天不请，明天请假)."""
    text = utterance.text
    return bool(_NOT.search(text, 0, span.start) or _NOT_THEN.match(text, span.end))


def _ends(span: Span) -> tuple[date | None, date | None]:
    if isinstance(span.value, tuple):
        return span.value[0], span.value[1]
    return (span.value, None) if isinstance(span.value, date) else (None, None)


def _first(span: Span | None) -> date | None:
    return None if span is None else _ends(span)[0]


def _latest(span: Span) -> date:
    first, last = _ends(span)
    return last or first or date.min


_MOST_DAYS = 62
"""A span listed beside another day is counted out, but no longer than two months."""


def _days_of(span: Span) -> Iterator[date]:
    first = _first(span)
    if first is not None:
        for ahead in range(min((_latest(span) - first).days, _MOST_DAYS) + 1):
            yield first + timedelta(days=ahead)
