"""Entering a past meeting in the books (补录：11月10日党员大会，礼堂，到会27人).

Example:
    李建国: 补录：3月10日支委会，二楼，参会：李建国、王敏
    » 预览（未登记）：3月支部委员会会议，3月10日（周二） 二楼。
    | 到会2人：李建国、王敏
    | 回复 确认2 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from bot.clock import day_of
from bot.domain.cadence import KIND_ALIASES, KIND_NAMES, MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, say
from bot.domain.rights import Action
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import read_names
from bot.inbound.numerals import SMALL, read_int
from bot.inbound.places import find_place
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply
from bot.inbound.scope import elsewhere, politely
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.whom import whom
from bot.services import meeting_record
from bot.services.meeting_record import Draft, Past, WhichCell, WhichOfTheDay
from bot.services.naming import Named
from bot.services.people import Person

PREVIEW = "预览（未登记）：{cell}{title}，{when}。"
TAKEN_UP = "这次会已经建过，登记在它上面。"
PRESENT = "到会{n}人：{names}"
ON_LEAVE = "请假{n}人：{names}"
COUNTED = "写明到会{n}人（只记人数，不记名字）"
NOBODY_SAID = "没有写到会的人，只登记开过这次会。"
CONFIRM = "回复 {confirm} 登记，回复 取消 作罢"
DONE = "✓ 已登记：{title}，{when}，{attendance}。打错了回复 撤销"
DONE_PLAIN = "✓ 已登记：{title}，{when}。打错了回复 撤销"
DONE_COUNTED = "到会{n}人（只记人数）"
DONE_NAMED = "到会{n}人"
WRITE_SO = "没看出是什么会。请这样写：补录 11月10日 支部党员大会 社区二楼 到会27人"
WHICH_CELL = "是哪个党小组的会？{choices}。回复数字就行。"
WHICH_MEETING = "那天有几次这样的会：{choices}。回复数字就行。"


@dataclass(frozen=True, slots=True)
class MeetingRecordSlots:
    """A past meeting to enter.

    Attributes:
        title: The meeting as named; None where it was not.
        day: The Shanghai day it was held on; None for today.
        at: The Shanghai wall time of its start, None where it was not said.
        place: Where.
        count: How many were there, as stated.
        names: Who was there, as written.
        on_leave: Who was on leave, as written.
        everyone: All were there (全体到会), but for `but`.
        but: Who was not, of everyone.
        period: The month it counts for, where one is said besides the day.
    """

    title: str | None = None
    day: date | None = None
    at: time | None = None
    place: str | None = None
    count: int | None = None
    names: tuple[str, ...] = ()
    on_leave: tuple[str, ...] = ()
    everyone: bool = False
    but: tuple[str, ...] = ()
    period: Month | None = None


EXAMPLES = (
    "补录：10月20日支部党员大会，社区礼堂，到会23人",
    "登记会议 党小组会 10月22日14:30 二楼 参会：张三、李四",
    "登记会议：前天开了支委会，实到4人",
    "上周三的党课记一下，16人参加",
    "补登10月16日主题党日，全体到会",
)
SILENT = (
    "昨天的会登记了吗",
    "会议记录谁来写",
    "补录签到：王建国",
    "登记一下大家的手机号",
    "明天的党课大家记一下",
    "建会 支部党员大会 3月12日 10:00 社区二楼",
    "怎么补录会议",
)

_ORDER = re.compile(
    r"补录|补登记?|补记|补(?:一?笔|进|齐)|补个会|补一?下|存一?下|记个账|做个?记录|录入|登记|录了|录一?下(?!来)|录[进上]|登一?下|登上|(?:记录|记)(?:一?[下笔]|[上到进入个])|记录(?=[:\s，])"
    r"|[入存]个?档|归档|备案|入(?:台账|账)|写[进入]|上台账|补(?:一?[个条份下]|上).{0,8}(?:记录|台账|会)|会议记录(?=[:\s，])"
)
_PLAINLY = re.compile(
    r"补录|补登|补记|录入|登记会议|会议登记|会议补[录登]|会议记录[:\s，]|记录会议|登记一?[次个场]"
)
_KINDS = sorted(
    {
        word
        for kind in MeetingKind
        if kind is not MeetingKind.OTHER
        for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
        if word not in ("学习", "谈话", "选举", "换届", "培训")
    },
    key=lambda word: (-len(word), word),
)
_KIND = re.compile(rf"(?:第?[一二三四五六七八九十\d]+)?(?:{'|'.join(_KINDS)})(?:扩大)?(?:会议|会)?")
_NOUN = re.compile(
    r"(?<![社机误体工就学协宴聚约才都不一也开误理领])(?P<any>[\u4e00-\u9fa5]{0,8}?(?:会议|座谈会|例会|动员会|读书会|专题会|学习会|工作会"
    r"|培训会|培训班|学习|活动|大会|会))(?!员|计|场|费|长|不|展|议室|谈|面|议记录|中心|室|群)"
)
_HELD = re.compile(
    r"召开|开了|开过|开完|举行|举办|到会|参会|参加|出席|实到|与会|列席|到场|到了?\d|人员|开的|都到|到齐|缺席|全勤"
)
_NOT_ORDER = re.compile(
    r"签到(?!\d|人)|登记(?:了|过|好|完|表|册|处|本|簿|在|照|信息|手机|号码|电话|身份|车辆|疫苗|体温|报名|时间|台)"
    r"|记录(?:员|本|仪|片|了|过|好|谁|怎|呢|发|交|整理|在|有|是|要|写)|[补录登]录?了(?!\d)|做好记录|记得|记住"
    r"|[谁你您他她]|大家记|各位|同志们|自己|我[来去会]|我[^，]{0,4}[补学看听]完|登记.{0,6}(?:手机|信息|电话|住址|车牌|姓名|身份|号)"
    r"|不[用必要]|再[登记补录存]|[以之]后|笔记|报名|党费|学时|学分|怎么|如何|有没有|需要|必须|要求|说|先|明天|后天|下周|下个?月|将要?|准备|打算|计划"
    r"|建会|通知|(?:书记|委员|组长)(?:登|补|记|录)|已经?(?:登|补|记|录)"
)
_ENTERS = re.compile(
    r"(?:[记录存登]|补(?!签|学|交|缴|课|假|报)|入账|归档)[^，]{0,4}(?:$|[，。:\s吧])|开完|到齐|实到|到会\d|参会\d"
)
_TO_BOT = re.compile(
    r"(?:请|麻烦)?你(?:给|帮我?|来)?(?=我?(?:记|补|录|登|存|入|上))|忘[记了]?[登补记录]了|还?没[入登录记]账?|漏[登录记]了|让把|我们(?=在|去了|支部|村)"
)
_TRIMMED = re.compile(r"^(?:的|开了|召开|开|了|昨天|上次|那次|我们|支部|一下|个|次)+")
_GENERIC = frozenset(("会", "会议", "学习", "活动"))
_N = rf"\d{{1,4}}|[{SMALL}]{{1,4}}"
_PRESENT = re.compile(
    rf"(?:实到|到会|实际到会|到场|出席|参加|参会|与会|来了?|到了?|共|总共|一共|人数)(?:人数|人员|党员|的?有)?(?:共|了|是)?\s?:?\s?"
    rf"(?P<n>{_N})\s?(?:个?人|名|位|个)?(?![\d月号日:点周时])"
    rf"|(?P<m>{_N})\s?(?:个?(?:人|党员|同志)|名|位)(?:党员|同志|委员)?(?:都|全|均)?(?:实到|到会|到场|参加|出席|参会|来了?|到了?)"
)
_HEADS = re.compile(rf"(?<![\d限{SMALL}])(?P<n>{_N})\s?(?:个?人|名)(?![次民物大员])")
_EXPECTED = re.compile(rf"应到(?:会|人数)?\s?:?\s?(?:{_N})\s?(?:个?人|名|位)?")
_ABSENT = re.compile(
    rf"(?:请假|缺席|缺勤|迟到|病假|事假|列席|未到)(?:人员|的)?\s?:?\s?(?:{_N})\s?(?:个?人|名|位)"
    rf"|(?:{_N})\s?(?:个?人|名|位)(?:请假|缺席|没来|未到|列席)"
)
_THERE = re.compile(
    r"(?:参会|参加|到会|出席|与会|实到|到场)(?:人员|同志|党员|的?人|名单|者)*(?:的|有|是|为)*\s?[:，]?\s?@?"
    r"|(?<![持录])人员(?:有|是|为)?\s?:\s?@?"
)
_CAME = re.compile(r"(?:等)?(?:\S{1,2}人)?(?:都|均|全)?(?:参加|到会|出席|参会|到了|到场|在场)")
_LEAVE = re.compile(r"(?:请假|病假|事假)(?:人员|的|同志)*(?:有|是)?\s?[:，]?\s?@?")
_ON_LEAVE = re.compile(r"(?:\S{1,2}人)?(?:因[^，]{1,8}|都|均)?(?:请了?假|事假|病假|公假)")
_EVERYONE = re.compile(
    r"全体(?:党员|成员|委员|同志|人员)*(?:都|均|全部)?(?:到会|参加|到齐|出席|到场|参会)|全(?:部|都|员)?到(?:齐|会|场|了)?(?!\d)"
    r"|人?都到[齐了]|(?:无人?|没有人?)缺席|(?:其他|其余)(?:人|同志|党员)?(?:都|全|均)(?:到|参加|出席)|都到[齐了会]?$|全勤"
)
_BUT = re.compile(r"除(?:了|去)?\s?@?")
_PLACE_LEFT = re.compile(r"[^\s，。；、:！]{2,12}")
_NOISE = re.compile(
    r"(?:应到|实到|主持|记录人?|议题|内容|主题|学习了?|传达|讨论|[上中下]午|晚上|早上|人员|参加|到会)"
)
_AROUND = re.compile(r"^(?:地点|地址|在|到|于)[:\s]*|(?:召开|举行|举办|开的?|开了|里|的)+$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to enter a meeting that is over; its words belong to it (`EXACT`)."""
    text = utterance.text
    order = _ORDER.search(text) or (utterance.addressed and _ENTERS.search(text))
    if not order or not utterance.clauses or _NOT_ORDER.search(_TO_BOT.sub("", text)):
        return []
    if any(
        clause.mood is Mood.QUESTION and not politely(clause.text) for clause in utterance.clauses
    ):
        return []
    title = _title(text)
    plainly = _PLAINLY.search(text)
    whole = utterance.stretch(utterance.clauses)
    day = utterance.date_in(whole, past=True)
    over = day is not None and day < day_of(utterance.now)
    told = plainly or over or _HELD.search(text)
    if not told or not (title or (plainly and "会" in plainly[0])) or elsewhere(text):
        return []
    if day is not None and day > day_of(utterance.now):
        return []
    return [Reading(_slots(utterance, whole, title, day), Strength.EXACT, (0, len(text)))]


def _title(text: str) -> str | None:
    kind = _KIND.search(text)
    if kind:
        return kind[0]
    rest = _ORDER.sub("，", _PLAINLY.sub("，", text))
    titles = [_TRIMMED.sub("", found["any"]) for found in _NOUN.finditer(rest)]
    named = [title for title in titles if title and title not in _GENERIC]
    return next(iter(named or filter(None, titles)), None)


def _slots(
    utterance: Utterance, whole: Clause, title: str | None, day: date | None
) -> MeetingRecordSlots:
    text = utterance.text
    names, spans = _people(utterance, _THERE, _CAME)
    on_leave, more = _people(utterance, _LEAVE, _ON_LEAVE)
    but, except_for = _but(utterance)
    if except_for and _ON_LEAVE.match(text, except_for[0][1]):
        on_leave = tuple(dict.fromkeys((*on_leave, *but)))
    rest = _blank(text, [*spans, *more, *except_for])
    count = _count(rest)
    months = utterance.months_in(whole)
    return MeetingRecordSlots(
        title=title,
        day=day,
        at=utterance.time_in(whole),
        place=_place(utterance, rest, title),
        count=count,
        names=tuple(name for name in names if name not in (*on_leave, *but)),
        on_leave=on_leave,
        everyone=bool(_EVERYONE.search(text)) and not names,
        but=but,
        period=months[0] if len(months) == 1 and day is not None else None,
    )


Stretch = tuple[int, int]


def _people(
    utterance: Utterance, before: re.Pattern[str], after: re.Pattern[str]
) -> tuple[tuple[str, ...], list[Stretch]]:
    """Read the names behind a word (参会：…) or before one (… 参加), with the stretches they take."""
    text = utterance.text
    found: list[str] = []
    spans: list[Stretch] = []
    for match in before.finditer(text):
        names, end = read_names(text, match.end(), utterance.lexicon)
        if names:
            found += names
            spans.append((match.start(), end))
    if not found:
        for clause in utterance.clauses:
            names, end = read_names(clause.text, 0, utterance.lexicon)
            if names and after.match(clause.text, end):
                found += names
                spans.append((clause.start, clause.start + end))
    return tuple(dict.fromkeys(_without_etc(name) for name in found)), spans


def _without_etc(name: str) -> str:
    """Drop the 等 of 刘红梅、周涛等9人."""
    return name.removesuffix("等") if len(name) > 2 else name


def _but(utterance: Utterance) -> tuple[tuple[str, ...], list[Stretch]]:
    match = _BUT.search(utterance.text)
    if not match:
        return (), []
    names, end = read_names(utterance.text, match.end(), utterance.lexicon)
    return names, [(match.start(), end)] if names else []


def _count(text: str) -> int | None:
    text = _ABSENT.sub("，", _EXPECTED.sub("，", text))
    match = _PRESENT.search(text)
    if match:
        return read_int(match["n"] or match["m"])
    heads = _HEADS.search(text)
    return read_int(heads["n"]) if heads else None


def _place(utterance: Utterance, rest: str, title: str | None) -> str | None:
    """Return where, among what is left besides day, time, title and people."""
    values = (*utterance.past_dates, *utterance.times, *utterance.months)
    rest = _blank(rest, [(span.start, span.end) for span in values])
    for pattern in (_EXPECTED, _ABSENT, _PRESENT, _ORDER, _EVERYONE):
        rest = pattern.sub("，", rest)
    if title:
        rest = rest.replace(title, "，")
    place = find_place(rest)
    return _AROUND.sub("", place).strip() or None if place else None


def _blank(text: str, spans: list[Stretch]) -> str:
    marked = list(text)
    for start, end in spans:
        marked[start:end] = "，" * (end - start)
    return "".join(marked)


def handle(slots: MeetingRecordSlots, context: Context) -> Reply:
    """Show what would be entered; nothing is written yet."""
    if slots.title is None or slots.title in _GENERIC:
        raise DomainError(WRITE_SO)
    return _show({"said": _plain(slots)}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Enter what was shown; after a question, show it with the answer."""
    if "past" not in kept:
        return _show(kept, context)
    past = _past(kept["past"])
    meeting = meeting_record.record(context.session, past, by=context.actor, now=context.arrived_at)
    words = say(DONE_COUNTED, n=count(past.count)) if past.count is not None else Text("")
    if past.present and past.count is None:
        words = say(DONE_NAMED, n=count(len(past.present)))
    template = DONE if words.words else DONE_PLAIN
    text = say(
        template, title=event(meeting.title), when=event(meeting.when), attendance=words.words
    )
    return Reply(text)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show the draft, or put the one question that is open.

    Args:
        kept: The slots in plain values under `said`, and the answers so far: people by name as
            written under `settled`, `unit_id`, `meeting_id`.
    """
    members: dict[str, tuple[MemberId, ...]] = {}
    for role in ("names", "on_leave", "but"):
        people = _people_of(kept["said"][role], kept, context)
        if isinstance(people, Reply):
            return people
        members[role] = tuple(person.id for person in people)
    past = _of_people(kept, members, context)
    try:
        draft = meeting_record.prepare(
            context.session, past, by=context.actor, now=context.arrived_at
        )
    except WhichCell as several:
        cells = [(name, {**kept, "unit_id": unit}) for unit, name in several.choices]
        return _ask(WHICH_CELL, cells, context)
    except WhichOfTheDay as several:
        held = [(m.when, {**kept, "meeting_id": m.id}) for m in several.choices]
        return _ask(WHICH_MEETING, held, context)
    return preview(
        context,
        "meeting_record",
        draft.headcount,
        {"past": _stored(draft.past)},
        _preview(draft),
    )


def _people_of(
    names: Sequence[str], kept: Mapping[str, Any], context: Context
) -> list[Named] | Reply:
    if not names:
        return []
    return whom(
        context,
        "meeting_record",
        names,
        kept,
        action=Action.RECORD_ATTENDANCE,
        own_branch=False,
    )


def _ask(template: str, options: Sequence[Option], context: Context) -> Reply:
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, start=1))
    question = say(template, choices=Fact(FactKind.ROLL, choices))
    return ask(context, "meeting_record", "{choices}", options, question)


def _preview(draft: Draft) -> Text:
    lines = [say(PREVIEW, cell=draft.cell, title=event(draft.title), when=event(draft.when))]
    if draft.taken_up:
        lines.append(Text(TAKEN_UP))
    if draft.present:
        lines.append(_named(PRESENT, draft.present))
    if draft.on_leave:
        lines.append(_named(ON_LEAVE, draft.on_leave))
    if draft.past.count is not None:
        lines.append(say(COUNTED, n=count(draft.past.count)))
    elif not draft.present:
        lines.append(Text(NOBODY_SAID))
    number = draft.headcount
    lines.append(Text(CONFIRM.format(confirm="确认" if number is None else f"确认{number}")))
    return join(*lines)


def _named(template: str, people: Sequence[Person]) -> Text:
    names = names_words([person.name for person in people])
    return say(template, n=count(len(people)), names=Fact(FactKind.PRESENCE, names))


def _of_people(
    kept: Mapping[str, Any], members: Mapping[str, tuple[MemberId, ...]], context: Context
) -> Past:
    """Return the meeting as said, with members instead of names."""
    said = kept["said"]
    unit_id, meeting_id = kept.get("unit_id"), kept.get("meeting_id")
    return Past(
        kind=find_kind(said["title"]) or MeetingKind.OTHER,
        title=said["title"],
        day=date.fromisoformat(said["day"]) if said["day"] else context.today,
        at=time.fromisoformat(said["at"]) if said["at"] else None,
        place=said["place"] or "",
        period=Month.parse(said["period"]) if said["period"] else None,
        present=members["names"],
        on_leave=members["on_leave"],
        count=said["count"],
        everyone=said["everyone"],
        but=members["but"],
        unit_id=None if unit_id is None else UnitId(unit_id),
        meeting_id=None if meeting_id is None else MeetingId(meeting_id),
    )


def _plain(slots: MeetingRecordSlots) -> dict[str, Any]:
    return {
        **{name: getattr(slots, name) for name in ("title", "place", "count", "everyone")},
        **{name: list(getattr(slots, name)) for name in ("names", "on_leave", "but")},
        "day": slots.day and slots.day.isoformat(),
        "at": slots.at and slots.at.isoformat(),
        "period": slots.period and str(slots.period),
    }


def _stored(past: Past) -> dict[str, Any]:
    return {
        **{
            name: getattr(past, name)
            for name in ("title", "place", "count", "unit_id", "meeting_id")
        },
        "kind": past.kind.value,
        "day": past.day.isoformat(),
        "at": past.at and past.at.isoformat(),
        "period": past.period and str(past.period),
        "present": list(past.present),
        "on_leave": list(past.on_leave),
    }


def _past(kept: Mapping[str, Any]) -> Past:
    return Past(
        **{name: kept[name] for name in ("title", "place", "count", "unit_id", "meeting_id")},
        kind=MeetingKind(kept["kind"]),
        day=date.fromisoformat(kept["day"]),
        at=time.fromisoformat(kept["at"]) if kept["at"] else None,
        period=Month.parse(kept["period"]) if kept["period"] else None,
        present=tuple(MemberId(member) for member in kept["present"]),
        on_leave=tuple(MemberId(member) for member in kept["on_leave"]),
    )


INTENT = Intent(
    name="meeting_record",
    title="登记开过的会",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
