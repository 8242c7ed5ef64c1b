"""Attendance of a period (出勤率 一季度): one's own, a branch's, for officers the branches'.

Example:
    王敏: 出勤率 一季度
    » 第三党支部1–3月：开会3次，应到24人次，实到20，请假3，缺席1，出勤率83%。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.roll_call import Tally
from bot.domain.wording import month_ranges
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.inbound.whom_asked import find_asked
from bot.services import attendance_rates, scopes, survey
from bot.services.attendance_rates import Days, Rate
from bot.services.reads import Read

UNIT = "{unit}{period}：开会{meetings}次，应到{expected}人次，实到{present}，请假{leave}，缺席{absent}。{rate}{more}"
PERSON = (
    "{name}{period}：应到{expected}次，实到{present}次，请假{leave}次，缺席{absent}次。{rate}{more}"
)
RATE = "出勤率{percent}%"
REACHED = "，加上补学{reached}%"
EXCUSED = "（不作硬性要求的{n}人次不算在内）"
BROKE_WORD = "答应了没来{n}{unit}。"
LATE = "迟到{n}{unit}。"
LEFT_EARLY = "早退{n}{unit}。"
OPEN = "未定{n}{unit}。"
UNFINISHED = "还没点名完毕、没算进去的：{titles}。"
NONE = "{who}{period}没有开完、点过名的会。{more}"
BRANCHES = "{period}各支部（按组织顺序，不排名）：\n{lines}"
BRANCH = "{unit}：开会{meetings}次，应到{expected}人次，实到{present}，出勤率{percent}"
NO_RATE = "—"
WHOSE_UNIT = "出勤率 一季度 {unit}"


@dataclass(frozen=True, slots=True)
class RateSlots:
    """A question about attendance.

    Attributes:
        months: The months named, none for the current quarter.
        name: Whose, as written.
        unit: The branch or cell named.
        branches: Every branch by itself.
    """

    months: tuple[Month, ...] = ()
    name: str = ""
    unit: str | None = None
    branches: bool = False


EXAMPLES = (
    "出勤率 一季度",
    "出勤率",
    "出勤率 3月 张三",
    "出勤率 上半年 三支部",
    "出勤率 一季度 各支部",
    "一季度出勤率",
    "帮我查下王五今年来了几次",
)
SILENT = (
    "出勤率怎么算",
    "出勤率最低的是谁",
    "公司出勤率",
    "出勤率统计",
    "我的出勤率",
    "帮我查下我今年来了几次",
)

_ORDER = re.compile(
    r"(?P<before>[^\s，。？]{0,12}?)的?(?:出勤率|到会率)(?:[\s:，]+(?P<rest>[^，。？]{1,40}))?"
)
_NOT_ASKED = re.compile(r"怎么|最|谁|公司|我|多少|[吗呢]$|统计|不")
_BRANCHES = re.compile(r"(?:各|每个?|所有|全部)(?:党?支部|党组织)")
_WORDED = {
    "上半年": (1, 6),
    "下半年": (7, 12),
    "今年": (1, 12),
    "本年": (1, 12),
    "全年": (1, 12),
}
_PERIOD = re.compile(
    r"(?:\d{4}年|今年|去年|本年|全年|上半年|下半年|第?[一二三四1-4]季度?|[本这上]个?季度?|"
    r"[本这上]个?月|\d{1,2}(?:[-–到至~]\d{1,2})?月份?|[一二三四五六七八九十]{1,3}月份?|[qQ][1-4]){1,3}"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 出勤率, with a period and a branch or a person (`EXACT`)."""
    text = utterance.text
    if asked := _of_somebody(utterance):
        return [asked]
    match = _ORDER.fullmatch(text) if "率" in text else None
    if match is None or _NOT_ASKED.search(text):
        return []
    before = match["before"]
    if before and not _PERIOD.fullmatch(before):
        return []
    rest, unit = split_unit(f" {match['rest'] or ''}")
    branches = bool(_BRANCHES.search(f"{rest}{unit or ''}"))
    unit = None if branches else unit
    said = _BRANCHES.sub("", rest)
    left = _PERIOD.sub("", said).strip()
    months = _months(utterance, f"{before} {said}")
    if left and (not re.fullmatch(r"[\u4e00-\u9fa5·]{2,8}", left) or branches):
        return []
    slots = RateSlots(months, left, unit, branches)
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def _of_somebody(utterance: Utterance) -> Reading | None:
    """Read 帮我查下王五今年来了几次: asked of the bot about one who is named, never of the writer."""
    text = utterance.text
    if not utterance.addressed or not _HOW_OFTEN.search(text):
        return None
    names, end = find_asked(utterance)
    asked = _ASKED.fullmatch(text, end)
    if len(names) != 1 or asked is None:
        return None
    slots = RateSlots(_months(utterance, asked["period"]), names[0])
    return Reading(slots, Strength.CLEAR, (0, len(text)))


_HOW_OFTEN = re.compile(r"[几多][次回场少个]|出勤|考勤|到会")
_ASKED = re.compile(
    r"(?:同志)?(?:的)?(?P<period>.{0,8}?)(?:的|一共|总共|都|共|\s)*"
    r"(?:(?:来|到|参加|出席|开)(?:了|过)*(?:几|多少)[次回场个](?:会|活动)*|(?:出勤|考勤|到会)(?:率|情况|次数)?(?:怎么样|咋样|如何|多少)?"
    r"|(?:缺(?:席|勤)?|请)(?:了|过)*(?:几|多少)[次回场]假?)(?:了|呢|啊|呀|的|？)*"
)


def _months(utterance: Utterance, said: str) -> tuple[Month, ...]:
    """Return the months of a period; those of the calendar words are of the year said, or this."""
    named = utterance.months_in(utterance.stretch(utterance.clauses)) if utterance.clauses else ()
    years = [cast("tuple[Month, ...]", span.value)[0].year for span in utterance.years]
    today = Month.of(utterance.now.date())
    for word, (first, last) in _WORDED.items():
        if word in said:
            year = years[0] if years else today.year
            return tuple(Month(year, number) for number in range(first, last + 1))
    if named:
        return named
    if re.search(r"[本这]个?季", said):
        return _quarter(today)
    if re.search(r"上个?季", said):
        return _quarter(_quarter(today)[0].shift(-1))
    return tuple(Month(years[0], number) for number in range(1, 13)) if years else ()


def _quarter(month: Month) -> tuple[Month, ...]:
    first = month.shift(-((month.number - 1) % 3))
    return (first, first.shift(1), first.shift(2))


def handle(slots: RateSlots, context: Context) -> Reply:
    """Tell the attendance asked about."""
    kept = {
        "months": [str(month) for month in slots.months],
        "name": slots.name,
        "unit": slots.unit,
    }
    if slots.branches:
        return Reply(_branches(kept, context))
    return resume(kept, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Tell it once it is clear who is meant."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    session, actor = context.session, context.actor
    days, period = _days(kept, context)
    if kept["name"]:
        action = Action.RECORD_ATTENDANCE
        people = whom(context, NAME, [kept["name"]], kept, action=action)
        if isinstance(people, Reply):
            return people
        person = people[0]
        found = attendance_rates.of_person(session, person, by=actor, days=days, now=context.now)
        seen = Read(Seen.ATTENDANCE, members=(person.id,))
        return Reply(_person_words(person.name, period, found), reads=(seen,))
    if kept["unit"] is None and not holds(actor, Action.VIEW_LISTS):
        context.branch_id  # noqa: B018 - refuses strangers with the way to bind
        found = attendance_rates.of_self(session, by=actor, days=days, now=context.now)
        return Reply(_person_words(actor.name, period, found))
    unit_id = scopes.unit_meant(session, actor, Action.VIEW_LISTS, kept["unit"])
    found = attendance_rates.of_unit(session, unit_id, by=actor, days=days, now=context.now)
    name = survey.names_and_paths(session, [unit_id])[unit_id][0]
    return Reply(_unit_words(name, period, found))


def _branches(kept: Mapping[str, Any], context: Context) -> Text:
    days, period = _days(kept, context)
    found = attendance_rates.of_branches(
        context.session, by=context.actor, days=days, now=context.now
    )
    lines = [
        BRANCH.format(
            unit=name,
            meetings=rate.meetings,
            expected=rate.tally.expected,
            present=rate.tally.present,
            percent=NO_RATE if rate.tally.percent is None else f"{rate.tally.percent}%",
        )
        for name, rate in found
    ]
    return say(BRANCHES, period=period, lines=missing("\n".join(lines)))


def _days(kept: Mapping[str, Any], context: Context) -> tuple[Days, str]:
    months = [Month.parse(month) for month in kept["months"]]
    months = months or list(_quarter(Month.of(context.today)))
    days = Days(months[0].first, months[-1].last)
    return days, month_ranges(months, context.today.year)


def _unit_words(unit: str, period: str, found: Rate) -> Text:
    more = _more(found, "人次")
    if not found.meetings:
        return say(NONE, who=event(unit), period=period, more=missing(more))
    tally = found.tally
    text = say(
        UNIT,
        unit=event(unit),
        period=period,
        meetings=found.meetings,
        expected=count(tally.expected),
        present=count(tally.present),
        leave=count(tally.leave),
        absent=count(tally.absent),
        rate=_rate(tally),
        more="",
    )
    return join(text, say("{more}", more=missing(more)), by="") if more else text


def _person_words(name: str, period: str, found: Rate) -> Text:
    more = _more(found, "次")
    if not found.meetings:
        return say(NONE, who=_own(name), period=period, more=_own(more))
    tally = found.tally
    return say(
        PERSON,
        name=_own(name),
        period=period,
        expected=_own(str(tally.expected)),
        present=tally.present,
        leave=tally.leave,
        absent=tally.absent,
        rate=_rate(tally),
        more=more,
    )


def _rate(tally: Tally) -> str:
    if tally.percent is None:
        return ""
    words = RATE.format(percent=tally.percent)
    if tally.studied_later:
        words += REACHED.format(reached=tally.percent_reached)
    if tally.excused:
        words += EXCUSED.format(n=tally.excused)
    return f"{words}。"


def _more(found: Rate, unit: str) -> str:
    tally = found.tally
    words = "".join(
        template.format(n=number, unit=unit)
        for template, number in (
            (LATE, tally.late),
            (LEFT_EARLY, tally.left_early),
            (BROKE_WORD, tally.broke_word),
            (OPEN, tally.open),
        )
        if number
    )
    if found.unfinished:
        words += UNFINISHED.format(titles="、".join(found.unfinished))
    return words


def _own(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)


NAME = "attendance_rate"
INTENT = Intent(
    name=NAME,
    title="看出勤率",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
