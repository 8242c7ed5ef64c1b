"""What a pasted #接龙 is about: its title, its tail and its notes against what is open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.chains import About, Chain, NoteKind

_TOPICS = (
    (About.DUES, re.compile(r"党费|缴费|交费(?!用)|黨費")),
    (About.RECEIPT, re.compile(r"收到|已阅|知悉|阅知|收悉|回执")),
    (About.LEAVE, re.compile(r"请假")),
    (About.SIGNUP, re.compile(r"报名|报一?下名|志愿|参加(?!情况)|名额")),
    (
        About.ATTENDANCE,
        re.compile(
            r"签到|报到|到会|参会|与会|出席|到场|开会|会议|党日|大会|党课|组织生活|支委会|小组会|评议|打卡"
        ),
    ),
)
_WORDLESS = re.compile(
    r"\d+|[年月日号点时分:：./\-~–—、，,。！!？?#【】\[\]（）()“”\"'\s]|[上下]午|[早晚]上|周[一二三四五六日天末]"
    r"|星期[一二三四五六日天]|今天|明天|后天|本次|这次|本月|本周|第[一二三四五六七八九十]+(?=[党支小])"
)
_GENERAL = re.compile(
    r"接[龙龍]|报名|报一?下名|签到|报到|打卡|到会|参会|与会|出席|到场|参加|人员|名单|情况|统计|登记|请假|来不了|不能"
    r"|各位|大家|党员|同志们?|我?支部|的|收到|回复|通知|已阅|知悉|活动|会议|开会|确认|名额|准时|一下|尽快|及时|谢谢|请"
)
_MANY = 0.5
_LONG, _SHORT = 3, 2


@dataclass(frozen=True, slots=True)
class Target:
    """Something open that a chain may be about.

    Attributes:
        subject: `meeting:12`, `notice:3`, `dues:2026-03`.
        title: What people call it.
        words: All that may be written of it (title, kind, first words of a notice).
        day: The Shanghai day it is on, if it has one.
        is_now: Check-in is open this very moment.
    """

    about: About
    subject: str
    title: str
    words: str = ""
    day: date | None = None
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a chain says about itself.

    Attributes:
        topics: Read from the title, else from tail and example, else from most of the notes.
        days: Named in the title.
        content: The title without dates and words that fit anything.
    """

    topics: frozenset[About]
    days: frozenset[date]
    content: str

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing at all of itself."""
        return not (self.topics or self.days or self.content)


def hear(chain: Chain, days: Sequence[date] = ()) -> Said:
    """Return what a chain says it is about.

    Args:
        days: The days named in its title.
    """
    topics = (
        _topics_in(chain.title)
        or _topics_in(" ".join((*chain.examples, chain.tail)))
        or _topics_of_notes(chain)
    )
    if len(topics) > 1:
        topics -= {About.LEAVE}  # 参会接龙，请假的注明: leave is one of the answers
    content = _GENERAL.sub("", _WORDLESS.sub("", chain.title.casefold()))
    return Said(frozenset(topics), frozenset(days), content if len(content) > 1 else "")


def fitting(said: Said, targets: Sequence[Target]) -> list[Target]:
    """Return what a chain may be about, in the order given; one is taken, several are asked.

    What is open this moment wins over what is not, where the title names no day.
    """
    found = [target for target in targets if _fits(said, target)]
    now = [target for target in found if target.is_now]
    return now if now and not said.days else found


def _fits(said: Said, target: Target) -> bool:
    if said.days and target.day is not None and target.day not in said.days:
        return False
    if target.about is About.DUES:
        return About.DUES in said.topics
    if not said.topics:
        return target.about is not About.RECEIPT and _names(said, target)
    if target.about not in said.topics and not _goes_with(said, target):
        return False
    return not said.content or _names(said, target)


def _goes_with(said: Said, target: Target) -> bool:
    """Tell whether a sign-up or a leave is for this meeting, or a 签到 for this class."""
    meetings = {About.ATTENDANCE, About.LEAVE, About.SIGNUP}
    if target.about is About.SIGNUP:
        return bool(said.topics & meetings) and _names(said, target)
    return target.about in meetings and bool(said.topics & meetings)


def _names(said: Said, target: Target) -> bool:
    dated = bool(said.days) and target.day in said.days
    return bool(said.content) and _common(said.content, target.words) >= (
        _SHORT if dated or said.topics else _LONG
    )


def _common(one: str, other: str) -> int:
    """Return the length of the longest piece both texts hold, up to three."""
    other = other.casefold()
    for size in (_LONG, _SHORT):
        if any(one[at : at + size] in other for at in range(len(one) - size + 1)):
            return size
    return 0


def _topics_in(text: str) -> set[About]:
    return {about for about, pattern in _TOPICS if pattern.search(text)}


def _topics_of_notes(chain: Chain) -> set[About]:
    """Return what most lines say themselves, where the title says nothing (1. 张三 收到)."""
    said = Counter(topic for entry in chain.entries for topic in _topics_in(entry.note))
    said[About.LEAVE] += sum(entry.kind is NoteKind.LEAVE for entry in chain.entries)
    return {about for about, lines in said.items() if lines > _MANY * len(chain.entries)}
