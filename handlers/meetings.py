"""When and where meetings are, and setting them up (下次什么时候, 建会).

Example:
    李书记: 建会 支部党员大会 3月12日 10:00 社区二楼
    » 预览（未建）：支部党员大会，3月12日（周四）10:00，社区二楼。回复 确认 建立，取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.clock import at as moment_at
from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.privacy import Text, count, event, join, say
from bot.domain.wording import day_and_weekday
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.places import find_place
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, reply
from bot.inbound.scope import about_listener
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance
from bot.services import meetings

NEXT = "下次：{title}，{when}。"
NONE_CALLED = "近期还没有安排会。安排好了会提前通知您。"
NONE_THAT_DAY = "那天没有安排会。"
CALLED = (
    "✓ 已建：{title}，{when}。应到{expected}人，前一天提醒大家。"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_SEATS = "✓ 已建：{title}，{when}，{seats}个名额，编号{number}。大家回复 报名 {number} 就行。"
WRITE_SO = "{missing}没看懂。请这样写：建会 支部党员大会 3月12日 10:00 社区二楼"
CALLED_SOON = (
    "✓ 已建：{title}，{when}。应到{expected}人。会就在眼前，要告诉大家请回复 发通知 {title}，{when}"
)
FAR = "您写的是{day}，离现在半年多了。没写错请回复 1；写错了请再发一次。"
_YEAR = timedelta(days=366)
_UNUSUAL = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class MeetingQuerySlots:
    """A question about coming meetings and activities.

    Attributes:
        day: The day, or the first day of the span, asked about; None for the next one.
        until: The last day of the span, inclusive.
        title: The meeting named, if any.
    """

    day: date | None = None
    until: date | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class EventCreateSlots:
    """A meeting or activity to set up; what is None was not said and must be asked for.

    Attributes:
        title: What it is called.
        day: The Shanghai day.
        at: The Shanghai wall time of its start.
        place: Where.
        count: The limit of persons.
    """

    title: str | None = None
    day: date | None = None
    at: time | None = None
    place: str | None = None
    count: int | None = None


QUERY_EXAMPLES = (
    "下次什么时候",
    "什么时候开会",
    "几点开会",
    "在哪开会",
    "明天的会几点开始",
    "主题党日定在哪天",
    "下次会议什么时候",
)
QUERY_SILENT = ("几点下课", "我在开会", "你公司几点开会", "今天几点去上自习", "开会没意思")
CREATE_EXAMPLES = (
    "建会 支部党员大会 3月12日 10:00 社区二楼",
    "新建会议 党小组会 周五下午3点 二楼会议室",
    "发布活动：义务植树，周六上午8点，南门集合，限20人",
)
CREATE_SILENT = ("怎么建会", "建会了吗", "昨天开了党员大会", "安排好了")

_NOUN = re.compile(
    r"开会|会议(?!纪要|记录|室)|主题党日|党日|党课|党员大会|支委会|小组会|组织生活"
    r"|民主评议|活动(?!室|中心)|集合|培训会?|学习"
    r"|(?:的|次|个|天|午|晚|上|下|周|党)会(?!员|计|不会|长)|^会(?=几|在|什么|哪|开|是)"
    r"|会(?=几点|在哪|什么时候|开不开|改到|还开)|有没有会|有会|(?:什么|啥|哪些)会(?!员)"
)
_ASKS = re.compile(
    r"几点|什么时[候间]|啥时[候间]?|何时|哪[天一]|几号|几日|周几|星期几|礼拜几|多久"
    r"|在哪|哪里|哪儿|哪个(?:会议室|地方|楼|教室)|什么地[方点]|啥地方|地[点址]|时间"
    r"|有没有|有吗|有会|开不开|还开吗|开吗|还是|[上下]午|晚上|是不是|改到|改期|几楼"
    r"|几层|定了|定下|推迟|延期|什么活动"
    r"|哪些活动|啥活动|什么会|安排|(?:有|开|学|召开)(?:什么|啥|哪些)"
)
_NEXT = re.compile(
    r"^(?:那|请问|下次|下一次|下回|接下来|本月|这个月|最近|近期|这次|的|安排|是|活动|会"
    r"|在)*(?:什么时候|啥时候|几点|在哪里?|哪天|几号|在哪儿|哪里|何时|有什么安排)(?:啊"
    r"|呀|呢|开始|开)?$"
)
_NOT_QUERY = re.compile(
    r"不是.{0,12}吗|学习(?:强国|资料|氛围|用品|成绩|方法|打卡)|怎么(?!安排)|谁|为什么"
    r"|签到|报名|请.{0,2}假|我的|写|多少钱|价格|门票|餐|吃饭|景点|酒店|店"
)
_PARTY = re.compile(
    r"党|支部|组织|支委|社区|会议|开会|学习会|集中学习|下次|本月|这个月|活动(?!期)|的会"
    r"|有会|的学习|学习(?=几点|在哪|什么时候|还|改|地点|时间)|民主评议|什么会|哪些会"
)
_TITLE = re.compile(
    r"主题党日|支部党员大会|党员大会|支委会|党小组会|组织生活会|民主评议会?|党课|集中学习"
)

_ORDER = re.compile(
    r"(?:请|麻烦|帮我?|给我们?|再)*(?:(?P<plain>建会|建活动|建会议)|(?:新建|创建|建立"
    r"|建|发起|发布|安排|组织|新增|添加|预约|设置|开(?=个|一))(?:一个|一次|一场|一下|个"
    r"|次|场|新的?)?\s?"
    r"(?P<noun>会议|活动|[\u4e00-\u9fa5]{0,8}(?:会|党课|党日|学习|活动|培训|党日活动"
    r"|讲座|植树|服务|祭扫|参观)))(?P<rest>.*)",
    re.DOTALL,
)
_NOT_ORDER = re.compile(r"[吗？]|怎|了$|昨天|上周|已经|如何|什么|没有|不(?:要|用|能)")
_GENERIC = frozenset(("会议", "活动", "会", "新活动", "新会议"))
_LIMIT = re.compile(
    r"(?:限|上限|名额|最多|不超过|人数)\s?:?\s?(?P<n>\d{1,4})|(?<=\s)(?P<end>\d{1,4})个?(?:人|名额)$"
)
_PIECE = re.compile(r"[^\s，。；、:！]+")
_PLACE_MARK = re.compile(r"^(?:地点|地址|在|到|于)[:\s]*|(?:集合|集中|召开|举行|开会)$")


def recognise_meeting_query(utterance: Utterance) -> list[Reading]:
    """Recognise a question when or where a meeting is."""
    text = utterance.text
    if not utterance.clauses or utterance.elsewhere or len(text) > 40:
        return []
    if _NEXT.fullmatch(text):
        clear = utterance.addressed or "下次" in text or Topic.MEETING in utterance.topics
        slots = MeetingQuerySlots(*_days(utterance))
        return [Reading(slots, Strength.CLEAR if clear else Strength.BARE, (0, len(text)))]
    for clause in utterance.clauses:
        if _is_query(utterance, clause):
            title = _TITLE.search(text)
            slots = MeetingQuerySlots(*_days(utterance), title[0] if title else None)
            return [Reading(slots, Strength.CLEAR, (clause.start, clause.end))]
    return []


def _is_query(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    asked = clause.mood is Mood.QUESTION or text.endswith(("时间", "地点", "安排"))
    if not asked or not _NOUN.search(text) or not _ASKS.search(text):
        return False
    if _NOT_QUERY.search(text) or about_listener(text) or text.startswith("你"):
        return False
    return utterance.addressed or bool(_PARTY.search(text))


def _days(utterance: Utterance) -> tuple[date | None, date | None]:
    return utterance.days_in(utterance.stretch(utterance.clauses))


def recognise_event_create(utterance: Utterance) -> list[Reading]:
    """Recognise an order to set up a meeting or an activity."""
    match = _ORDER.match(utterance.text)
    if not match or not utterance.clauses or _NOT_ORDER.search(utterance.text):
        return []
    whole = utterance.stretch(utterance.clauses)
    day, at = utterance.date_in(whole), utterance.time_in(whole)
    explicit = match["plain"] or (match["noun"] in _GENERIC and match["rest"])
    if not (explicit or ((day or at) and (utterance.addressed or match["rest"][:1] in " ，:"))):
        return []
    slots = _created(utterance, match, day, at)
    return [Reading(slots, Strength.EXACT, match.span())]


def _created(
    utterance: Utterance, match: re.Match[str], day: date | None, at: time | None
) -> EventCreateSlots:
    pieces = [utterance.text[s.start : s.end] for s in _pieces(utterance, match.start("rest"))]
    limit = _LIMIT.search(match["rest"])
    if limit:
        pieces = [piece for piece in pieces if piece not in limit[0] and not _LIMIT.search(piece)]
    noun = match["noun"]
    title = noun if noun and noun not in _GENERIC else None
    if title is None and pieces:
        title = pieces.pop(0)
    place = find_place(match["rest"][len(title or "") :]) or next(iter(pieces), None)
    place = _PLACE_MARK.sub("", place).strip() if place else None
    return EventCreateSlots(title, day, at, place or None, _count(limit))


def _count(limit: re.Match[str] | None) -> int | None:
    return int(limit["n"] or limit["end"]) if limit else None


def _pieces(utterance: Utterance, start: int) -> list[Span]:
    """Return what is left of an order besides its date and time, piece by piece."""
    text = utterance.text
    blanked = list(text)
    for span in (*utterance.dates, *utterance.times):
        blanked[span.start : span.end] = " " * (span.end - span.start)
    rest = re.sub(
        r"(?<![\u4e00-\u9fa5])(?:上午|下午|晚上|中午|早上)(?![\u4e00-\u9fa5])",
        "  ",
        "".join(blanked),
    )
    found = _PIECE.finditer(rest, start)
    return [Span(m.start(), m.end(), None) for m in found if m[0] not in ("的", "在", "开")]


def handle_query(slots: MeetingQuerySlots, context: Context) -> Reply:
    """Tell the writer which meetings are next."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    now = context.now
    start = now - timedelta(hours=2) if slots.day is None else moment_at(slots.day)
    until = now + _YEAR if slots.day is None else moment_at(slots.until or slots.day) + _DAY
    found = meetings.list_near(context.session, context.actor, start, until)
    found = [meeting for meeting in found if slots.day is not None or meeting.ends_at > now]
    if slots.title:
        kind = find_kind(slots.title)
        found = [m for m in found if m.kind is kind or slots.title in m.title]
    if not found:
        return reply(NONE_CALLED if slots.day is None else NONE_THAT_DAY)
    shown = found[:1] if slots.day is None else found[:5]
    lines = [say(NEXT, title=event(m.title), when=event(m.when)) for m in shown]
    return Reply(join(*lines))


def handle_create(slots: EventCreateSlots, context: Context) -> Reply:
    """Call a meeting of the writer's branch or cell."""
    missing = [
        word
        for word, value in (("会议名称", slots.title), ("日期", slots.day), ("时间", slots.at))
        if value is None
    ]
    if missing or slots.title is None or slots.day is None or slots.at is None:
        raise DomainError(WRITE_SO.format(missing="、".join(missing)))
    starts_at = moment_at(slots.day, slots.at.hour, slots.at.minute)
    if starts_at - context.now > _UNUSUAL:
        stored = {
            "title": slots.title,
            "starts_at": starts_at.isoformat(),
            "place": slots.place,
            "count": slots.count,
        }
        question = FAR.format(day=f"{slots.day.year}年{day_and_weekday(slots.day)}")
        return ask(context, "event_create", "{choices}", [("是", stored)], Text(question))
    return _call(slots.title, starts_at, slots.place, slots.count, context)


def resume_create(option: Mapping[str, Any], context: Context) -> Reply:
    """Call a meeting far ahead, once its year was confirmed."""
    starts_at = datetime.fromisoformat(option["starts_at"])
    return _call(option["title"], starts_at, option["place"], option["count"], context)


def _call(
    title: str, starts_at: datetime, place: str | None, seats: int | None, context: Context
) -> Reply:
    kind = find_kind(title) or MeetingKind.OTHER
    called = meetings.call(
        context.session,
        kind=kind,
        title=title if kind in _NAMED_FREELY else None,
        starts_at=starts_at,
        place=place or "",
        seats=seats,
        by=context.actor,
        now=context.now,
    )
    return Reply(
        say(
            _called_words(called.meeting.starts_at, seats, context),
            title=event(called.meeting.title),
            when=event(called.meeting.when),
            expected=count(called.expected),
            seats=seats or 0,
            number=called.meeting.id,
        )
    )


def _called_words(starts_at: datetime, seats: int | None, context: Context) -> str:
    if seats is not None:
        return CALLED_SEATS
    return CALLED if meetings.announced_at(starts_at) > context.now else CALLED_SOON


_DAY = timedelta(days=1)
_NAMED_FREELY = frozenset({MeetingKind.OTHER, MeetingKind.STUDY, MeetingKind.PARTY_SCHOOL})

QUERY = Intent(
    name="meeting_query",
    title="问下次开会",
    recognise=recognise_meeting_query,
    handle=handle_query,
    examples=QUERY_EXAMPLES,
    silent=QUERY_SILENT,
    teachable=Teachable.QUESTION,
)
CREATE = Intent(
    name="event_create",
    title="建会",
    recognise=recognise_event_create,
    handle=handle_create,
    resume=resume_create,
    examples=CREATE_EXAMPLES,
    silent=CREATE_SILENT,
    for_secretaries=True,
)
