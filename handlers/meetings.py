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
from bot.clock import day_of, local
from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.gatherings import kinds_together
from bot.domain.ids import MeetingId
from bot.domain.meeting_stages import STAGE_NAMES, MeetingStage
from bot.domain.privacy import Text, count, event, join, say
from bot.domain.wording import day_and_weekday
from bot.inbound import gatherings
from bot.inbound.announced_events import IN_PROGRAM, find_announced
from bot.inbound.barred import bar
from bot.inbound.calling import call_together
from bot.inbound.calling_above import (
    Wanted,
    called_above,
    holder_of,
    show_above,
    split_above,
    unit_named,
)
from bot.inbound.context import Context
from bot.inbound.fields import read_fields
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.inviting import ask_at_once
from bot.inbound.moving import move_meeting
from bot.inbound.order_words import CREATED, LEAD, SET_UP
from bot.inbound.orders import KIND, Order, Verb, is_members_own, read_order
from bot.inbound.patterns import one_of
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, reply
from bot.inbound.scope import about_listener, elsewhere
from bot.inbound.signed_lists import left_out
from bot.inbound.signup_joining import ACTIVITY
from bot.inbound.signups_for import find_put_down
from bot.inbound.slips_of_memory import asks_after_slip
from bot.inbound.telling import telling_of
from bot.inbound.titles import HEADS, trim_title, without_values
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.services import meeting_stages, meetings, quorum
from bot.services.meetings import MeetingView

NEXT = "下次：{title}，{when}。"
NEXT_MOVED = "下次：{title}，{when}（已改期）。"
STANDS = "{title}，{when}：{stage}。"
NONE_CALLED = "近期还没有安排会。安排好了会提前通知您。"
NONE_THAT_DAY = "那天没有安排会。"
NONE_THOSE_DAYS = "那几天没有安排会。"
CALLED = (
    "✓ 已建：{title}，{when}。应到{expected}人，前一天提醒大家。"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_AHEAD = (
    "✓ 已建：{title}，{when}。应到{expected}人，会前3天问大家来不来，前一天在群里提醒。"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_SEATS = "✓ 已建：{title}，{when}，{seats}个名额，编号{number}。大家回复 报名 {number} 就行。"
WRITE_SO = "{missing}没看懂。请这样写：建会 支部党员大会 3月12日 10:00 社区二楼"
CALLED_SOON = (
    "✓ 已建：{title}，{when}。应到{expected}人。会就在眼前，要告诉大家请回复 发通知 {title}，{when}"
)
CALLED_SOME = (
    "✓ 已建：{title}，{when}。应到{expected}人，前一天问应到的人。"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_SOON_SOME = (
    "✓ 已建：{title}，{when}。应到{expected}人。会就在眼前，来不及一个个问，请直接告诉应到的人。"
)
CALLED_TOLD = (
    "✓ 已建：{title}，{when}。应到{expected}人，{told}。改时间回复 改期，不开了回复 取消会议。"
)
SAME_DAY = "那天已经有一次：{title}，{when}。1 改时间，2 另开一次。回复数字就行。"
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
        until: The last day, where it takes several.
        above: The street or community that is to hold it, as written.
    """

    title: str | None = None
    day: date | None = None
    at: time | None = None
    place: str | None = None
    count: int | None = None
    until: date | None = None
    above: str | None = None


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
NOT_BACK = "建会不能撤销。不开了请回复 取消会议 {title}"
CREATE_EXAMPLES = (
    "建会 支部党员大会 3月12日 10:00 社区二楼",
    "建会 支部党员大会+党课 3月12日 10:00 社区二楼",
    "新建会议 党小组会 周五下午3点 二楼会议室",
    "发布活动：义务植树，周六上午8点，南门集合，限20人",
)
CREATE_SILENT = (
    *("怎么建会", "建会了吗", "昨天开了党员大会", "安排好了"),
    *("新增党员 王五 11月20日", "新增积极分子 李四", "添加成员 张三"),
)

_NOUN = re.compile(
    rf"{HEADS}|(?:的|有|次|堂|节)课|"
    r"大会|座谈会|[\u4e00-\u9fa5]会(?=是|在|几|什么|改|还)|开会|会议(?!纪要|记录|室)|主题党日|党日|党课|党员大会|支委会|小组会|组织生活"
    r"|民主评议|活动(?!室|中心)|集合|培训会?|学习"
    r"|(?:的|次|个|天|午|晚|上|下|周|党)会(?!员|计|不会|长)|^会(?=几|在|什么|哪|开|是)"
    r"|会(?=几点|在哪|什么时候|开不开|改到|还开|没$|不$)|会场|(?:几点|哪里|哪儿|在哪|何时|几时)(?:集合|发车|上车|出发|碰头|集中)|教育(?!局|部|孩)|上课|选举|有安排|有没有会|有会|(?:什么|啥|哪些)会(?!员)"
)
_ASKS = re.compile(
    r"几点|几时|多会儿|哪会儿|什么时[候间]|啥时[候间]?|何时|哪[天一]|几号|几日|周几|星期几|礼拜几|多久"
    r"|在哪|哪里|哪儿|哪个(?:会议室|地方|楼|教室)|什么地[方点]|啥地方|地[点址]|时间"
    r"|有没有|有吗|有会|开不开|还开吗|开吗|还是|[上下]午|晚上|是不是|改到|改期|几楼"
    r"|几层|定了|定下|推迟|延期|什么活动"
    r"|[有还]几[次场个]|学不学|(?<![早晚])上不上(?!班|学)|是哪|[去搞来办影]不|会议号|什么日子|会没$|不$|还(?:搞|办|开|去|上(?!班))|定了?没|[在是][^，]{1,8}还是|还(?:有|学习?|搞|办)[^，]{0,8}[吗不没么]$|有[^，]{0,6}(?:活动|学习|会|课|安排)[吗没么不]|(?:取消|推迟|延期|改期|照常|如期)[^，]{0,4}(?:吗|没|不|么)|[放定安排]在|[学开]习?不[学开]?$|有.{0,6}没有$|在[^，]{1,6}还是|哪些活动|啥活动|什么会|安排|(?:有|开|学|召开)(?:什么|啥|哪些)"
)
_NEXT = re.compile(
    r"^(?:那|请问|下次|下一次|下回|接下来|本月|这个月|最近|近期|这次|的|安排|是|活动|会"
    r"|在)*(?:什么时候|啥时候|几点|在哪里?|哪天|几号|在哪儿|哪里|何时|有什么安排)(?:啊"
    r"|呀|呢|开始|开)?$"
)
_NOT_QUERY = re.compile(
    r"随你|随便|顺风车|琢磨|想想|考虑|你[^，们]{0,4}(?:坐|在哪|去哪|到哪|几点(?:到|来|走|回|去))|我[^，]{0,6}(?:报|签|来|参加)了|带什么|空调|大家(?:对|觉得|有什么)|想法|意见|建议|还没定|没定|定了再|不是.{0,12}吗|学习(?:强国|资料|氛围|用品|成绩|方法|打卡)|怎么(?!安排)|谁|为什么"
    r"|签到|报名|请.{0,2}假|我的|写|多少钱|价格|门票|餐|吃饭|景点|酒店|店"
)
_PARTY = re.compile(
    r"党课|选举|换届|评议|集中学习|集合|发车|上车|会场|会没$|教育(?:是|在|几|什么|还|放|定)|(?:咱|我们|本|这)[庄村社支].{0,8}会|有(?:什么)?(?:学习|活动|安排)|学习(?:安排|是|取消|不$)|(?:次|回)(?:上课|学习|开会|活动)|演练|警示|红色|总结会|年终|[第几]个会|会(?:定了|还开|开不开|改)|宣讲|志愿|慰问|义诊|植树|祭扫|培训(?!费|班)|讲座|座谈|调研|升旗|开会|几次学习|全会|主题|党|支部|组织|支委|社区|会议|开会|学习会|集中学习|下次|本月|这个月|活动(?!期)|的会"
    r"|有会|的学习|学不学习|学习(?=几点|在哪|什么时候|还|改|地点|时间)|民主评议|什么会|哪些会"
)
_TITLE = re.compile(
    r"主题党日|支部党员大会|党员大会|支委会|党小组会|组织生活会|民主评议会?|党课|集中学习"
)

_ORDER = re.compile(
    r"(?:请|麻烦|帮我?|给我们?|再)*(?:(?P<plain>建会|建活动|建会议)|(?:新建|创建|建立"
    r"|建|发起|发布|安排|组织(?!生活)|新增|添加|预约|设置|开(?=个|一))(?:一个|一次|一场|一下|个"
    r"|次|场|新的?)?\s?"
    r"(?P<noun>会议|活动|报名|[\u4e00-\u9fa5]{0,8}(?:会|党课|党日|学习|活动|培训|党日活动"
    r"|讲座|植树|服务|祭扫|参观)))(?P<rest>.*)",
    re.DOTALL,
)
_A_PLAN = re.compile(r"(?:新?建|定|发布)?学习计划[\s:]")  # several classes, laid as one
_LEADS = re.compile(LEAD)
_NOT_ORDER = re.compile(
    r"[吗？]|怎|啥|格式|流程|(?<!好)了$|昨天|上周|已经|如何|什么|没有|不(?:要|用|能)"
)
_OF_PEOPLE = re.compile(
    r"(?:新增|添加|新建|建立?)(?:一个|一名)?(?:正式|预备)?(?:党员|积极分子|发展对象|入党申请人|成员)(?!大?会|活动|学习|培训)"
)
"""Somebody is to stand on a list (新增党员 王五): no meeting."""
_GENERIC = frozenset(("会议", "活动", "报名", "会", "新活动", "新会议"))
_GATHERINGS = frozenset((Topic.MEETING, Topic.SIGNUP, Topic.STUDY))
_VERBLESS = re.compile(
    r"召开|举行|举办|开展|开(?!始|完|过|了|门|着|车)|定[于在]|拟|安排|组织|[上讲]党课|进行"
)
_NOT_PLANNED = re.compile(
    r"请.{0,3}假|通知|告诉|转告|催|提醒|取消|改[到期在]|推迟|推到|延期|不开|退|我报|给[^，]{1,4}报|参加|去不|来不|谢谢|辛苦|收到|看看|大家|各位|准时|务必|带好|带上"
    r"|听说|好像|[吧呀啊哦呢嘛]$|我(?!们?支部|办公室|家)"
)
_ORDER_WORDS = re.compile(
    r"(?:(?:你|帮我?|给我?|请|麻烦|先|替我|把|我想|就)+)?(?:"
    + SET_UP.pattern
    + "|"
    + CREATED.pattern
    + r")|放[到在]|让大家报名|给大家报名|报名口子"
)
_THEN_TELL = re.compile(r"[，。；\s](?:然后|再|并且?|顺便|同时)\s?(?:通知|告诉|群发)")
_OVER = re.compile(
    r"刚开完|开过|开了|昨天|上周|前天|补录|补记|会议记录|入账|台账|归档|存档|取消|改到|改期|推迟|延[到期后]|挪|提前[到至]|顺延|不[开搞上办]|删|为什么|来不了|去不了|请.{0,2}假|参加"
)
_PLACE_MARK = re.compile(r"^(?:地点|地址|在|到|于)[:\s]*|(?:集合|集中|召开|举行|开会)$")


def recognise_meeting_query(utterance: Utterance) -> list[Reading]:
    """Recognise a question when or where a meeting is."""
    text = utterance.text
    if not utterance.clauses or len(text) > _LONGEST_QUERY:
        return []
    if _NEXT.fullmatch(text):
        clear = utterance.addressed or "下次" in text or Topic.MEETING in utterance.topics
        slots = MeetingQuerySlots(*_days(utterance))
        return [Reading(slots, Strength.CLEAR if clear else Strength.BARE, (0, len(text)))]
    slip = asks_after_slip(utterance)
    if slip and utterance.addressed and not elsewhere(text):
        title = _TITLE.search(text) or ACTIVITY.search(text)
        slots = MeetingQuerySlots(*_days(utterance), title[0] if title else None)
        return [Reading(slots, Strength.CLEAR, slip)]
    for clause in utterance.clauses:
        if _is_query(utterance, clause) and not elsewhere(clause.text):
            title = _TITLE.search(text) or ACTIVITY.search(text)
            slots = MeetingQuerySlots(*_days(utterance), title[0] if title else None)
            return [Reading(slots, Strength.CLEAR, (clause.start, clause.end))]
    return []


_FREE = re.compile(r"[没有抽腾挤花]了?(?:点|什么|出)?时间$")
"""观影我想去但是没时间 asks for no time."""
_NEXT_PLANS = re.compile(r"(?:会议|学习|活动)安排$")
_EITHER = one_of(
    r"(?<![早晚])上不上(?!班|学)|[是在][^，]{1,8}还是(?:去|来)|开会不开|知道[^，]{1,12}[放定]在"
)
_LONGEST_QUERY = 40


def _is_query(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    asked = (
        clause.mood is Mood.QUESTION
        or _EITHER.search(text)
        or (text.endswith(("时间", "地点", "安排给我看看", "安排发我")) and not _FREE.search(text))
    )
    if not asked or not _NOUN.search(text) or not _ASKS.search(text):
        return False
    if _NOT_QUERY.search(text) or about_listener(text) or text.startswith("你"):
        return False
    return utterance.addressed or bool(_PARTY.search(text))


def _days(utterance: Utterance) -> tuple[date | None, date | None]:
    return utterance.days_in(utterance.stretch(utterance.clauses))


def recognise_event_create(utterance: Utterance) -> list[Reading]:
    """Recognise an order to set up a meeting or an activity, at its head or at its end."""
    text = utterance.text
    if not utterance.clauses or left_out(utterance) or find_put_down(utterance):
        return []
    if gatherings.is_apart(utterance) or _A_PLAN.match(text) or _OF_PEOPLE.match(text):
        return []
    if not utterance.addressed and utterance.topics.isdisjoint(_GATHERINGS) and "建" not in text:
        return []
    told = telling_of(utterance)
    if told is not None and not told.start:
        return []
    found = _ordered_or_told(utterance)
    if found and found[0].slots.title and found[0].slots.place:
        return found
    announced = find_announced(utterance)
    if announced is None:
        return found
    slots = EventCreateSlots(
        announced.title, announced.day, announced.at, announced.place, announced.count
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _ordered_or_told(utterance: Utterance) -> list[Reading]:
    text = utterance.text
    head = _ORDER.match(text, _LEADS.match(text).end() if utterance.addressed else 0)  # type: ignore[union-attr]
    if head and not _NOT_ORDER.search(text):
        explicit = head["plain"] or (head["noun"] in _GENERIC and head["rest"])
        return _ordered(utterance, head, explicit=bool(explicit))
    if not utterance.addressed or _OVER.search(text):
        return []
    order = read_order(utterance)
    if order is None or not order.creates:
        return []
    if order.verb is Verb.SET_UP:
        readings = _created(utterance, _ORDER_WORDS.sub(_same_length, text), 0, named=None)
        return [
            found for found in readings if found.slots.at or (found.slots.day and found.slots.title)
        ]
    return _announced(utterance, order)


def _announced(utterance: Utterance, order: Order) -> list[Reading]:
    """Read a meeting to come that the bot is told of with kind, day and time: 后天上午十点开支部大会."""
    text = utterance.text
    if is_members_own(utterance) or utterance.to_others or _NOT_PLANNED.search(text):
        return []
    if order.kind is None or not _VERBLESS.search(text):
        return []
    readings = _created(utterance, _VERBLESS.sub(_same_length, text), 0, named=order.kind)
    slots = readings[0].slots if readings else EventCreateSlots()
    complete = slots.day and slots.at and slots.day >= day_of(utterance.now)
    return readings if complete else []


def _same_length(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _ordered(utterance: Utterance, head: re.Match[str], *, explicit: bool) -> list[Reading]:
    start = head.start("rest")
    named = _named(utterance, head)
    readings = _created(utterance, utterance.text[start:], start, named=named)
    slots = readings[0].slots if readings else EventCreateSlots()
    timed = (slots.day or slots.at) and (utterance.addressed or head["rest"][:1] in " ，:")
    if not explicit and not timed:
        return []
    return readings or [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _named(utterance: Utterance, head: re.Match[str]) -> str | None:
    """Return the name behind the verb, but not where a fuller one follows: 创建学习：党章专题."""
    if not head["noun"]:
        return None
    start, end = head.span("noun")
    noun = trim_title(without_values(utterance, Clause(start, end, head["noun"], Mood.STATEMENT)))
    if not noun or noun in _GENERIC:
        return None
    rest = head["rest"]
    values = (*utterance.dates, *utterance.times)
    told = any(span.start - end <= _NEAR for span in values if span.start >= end)
    broad = noun.endswith(("活动", "服务")) and rest.startswith(" ")
    if (rest.startswith(":") or broad) and not told and not KIND.fullmatch(noun):
        return None
    return noun


_NEAR = 2


def _created(utterance: Utterance, text: str, offset: int, *, named: str | None) -> list[Reading]:
    """Read the fields of an order; without any there is none."""
    whole = utterance.stretch(utterance.clauses)
    text, above = split_above(text)
    together = gatherings.find_together(text) or ""
    text = IN_PROGRAM.sub(_same_length, text)
    fields = read_fields(utterance, text.replace(together, " " * len(together)), offset)
    title = together or named or fields.title
    place = _PLACE_MARK.sub("", fields.place).strip() if fields.place else None
    day, until = utterance.day_in(whole), utterance.days_in(whole)[1]
    if any(span.value == day for span in utterance.dates):
        until = None
    slots = EventCreateSlots(
        title, day, utterance.time_in(whole), place or None, fields.limit, until, above
    )
    if title is None and slots.day is None and slots.at is None:
        return []
    then = _THEN_TELL.search(utterance.text)
    return [Reading(slots, Strength.EXACT, (0, then.start() if then else len(utterance.text)))]


def handle_query(slots: MeetingQuerySlots, context: Context) -> Reply:
    """Tell the writer which meetings are next."""
    context.require_seat()
    now = context.now
    start = now - timedelta(hours=2) if slots.day is None else moment_at(slots.day)
    until = now + _YEAR if slots.day is None else moment_at(slots.until or slots.day) + _DAY
    found = meetings.list_near(context.session, context.actor, start, until)
    found = [meeting for meeting in found if slots.day is not None or meeting.ends_at > now]
    if not found and slots.day is not None:
        last = slots.until or slots.day
        found = meeting_stages.list_own(context.session, slots.day, last, by=context.actor)
    if slots.title:
        kind = find_kind(slots.title)
        found = [m for m in found if m.kind is kind or slots.title in m.title]
    if not found:
        none_then = NONE_THOSE_DAYS if slots.until else NONE_THAT_DAY
        return reply(NONE_CALLED if slots.day is None else none_then)
    shown = found[:1] if slots.day is None else found[:5]
    stages = meeting_stages.stages_of(context.session, shown, now)
    return Reply(join(*(_line(meeting, stages[meeting.id]) for meeting in shown)))


def _line(meeting: MeetingView, stage: MeetingStage) -> Text:
    return say(
        _NEXT_WORDS.get(stage, STANDS),
        title=event(meeting.title),
        when=event(meeting.when),
        stage=STAGE_NAMES[stage],
    )


_NEXT_WORDS = {MeetingStage.PLANNED: NEXT, MeetingStage.MOVED: NEXT_MOVED}


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
        stored = _stored(slots, starts_at)
        question = FAR.format(day=f"{slots.day.year}年{day_and_weekday(slots.day)}")
        return ask(context, "event_create", "{choices}", [("是", stored)], Text(question))
    return _call(_stored(slots, starts_at), context)


def _stored(slots: EventCreateSlots, starts_at: datetime) -> dict[str, Any]:
    return {
        "title": slots.title,
        "starts_at": starts_at.isoformat(),
        "place": slots.place,
        "count": slots.count,
        "until": slots.until and slots.until.isoformat(),
        "above": slots.above,
    }


def _ask_which(standing: MeetingView, kept: Mapping[str, Any], context: Context) -> Reply:
    """Ask whether the meeting of that day is moved, or a second one is held."""
    options = [
        ("改时间", {**kept, "instead": standing.id}),
        ("另开一次", {**kept, "again": True}),
    ]
    question = say(SAME_DAY, title=event(standing.title), when=event(standing.when))
    return ask(context, "event_create", "{choices}", options, question)


def resume_create(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on once the year far ahead was confirmed, or move the meeting of the same day instead."""
    starts_at = datetime.fromisoformat(option["starts_at"])
    if option.get("instead"):
        start = local(starts_at)
        standing = meetings.get_meeting(context.session, MeetingId(option["instead"]))
        return move_meeting(standing, start.date(), start.time(), option["place"], context)
    return _call(option, context)


def _call(kept: Mapping[str, Any], context: Context) -> Reply:
    """Call what was said, once nothing is left to be asked."""
    title, seats = kept["title"], kept["count"]
    starts_at = datetime.fromisoformat(kept["starts_at"])
    unit = unit_named(kept.get("above"), context)
    place = kept["place"] or ("" if unit else kept.get("above")) or ""
    together = kinds_together(title) if seats is None else ()
    if together:
        return call_together(together, starts_at, place, context, unit)
    kind = find_kind(title) or MeetingKind.OTHER
    named = title if kind in _NAMED_FREELY else None
    above = holder_of(kind, unit, context)
    if above is not None:
        last = date.fromisoformat(kept["until"]) if kept.get("until") else None
        sure = bool(kept.get("sure"))
        wanted = Wanted(kind, named, starts_at, place, last, seats, sure)
        shown = show_above(wanted, above, kept, context)
        if shown is not None:
            return shown
    if not kept.get("again") and kind not in _NAMED_FREELY:
        standing = meetings.find_same_day(
            context.session, kind, starts_at, by=context.actor, now=context.now, unit=above
        )
        if standing is not None:
            return _ask_which(standing, kept, context)
    called = meetings.call(
        context.session,
        kind=kind,
        title=named,
        starts_at=starts_at,
        place=place,
        seats=seats,
        by=context.actor,
        now=context.now,
        unit=above,
    )
    bar(context, "建会", NOT_BACK.format(title=called.meeting.short_title))
    told = ask_at_once([called.meeting], context)
    if above is not None and seats is None:
        return called_above(called, above, told, context)
    return Reply(
        say(
            _called_words(called.meeting, context) if told is None else CALLED_TOLD,
            told=told or "",
            title=event(called.meeting.title),
            when=event(called.meeting.when),
            expected=count(called.expected),
            seats=seats or 0,
            number=called.meeting.id,
        )
    )


def _called_words(meeting: MeetingView, context: Context) -> str:
    if meeting.seats is not None:
        return CALLED_SEATS
    if meeting.kind in quorum.WATCHED and meeting.day - _THREE_DAYS > context.today:
        return CALLED_AHEAD
    if meeting.kind in _OF_SOME:
        soon, in_time = CALLED_SOON_SOME, CALLED_SOME
    else:
        soon, in_time = CALLED_SOON, CALLED
    return in_time if meetings.announced_at(meeting.starts_at) > context.now else soon


_OF_SOME = frozenset({MeetingKind.COMMITTEE, MeetingKind.CELL})
"""Kinds that not the whole branch is expected at: a notice would reach too many."""
_DAY = timedelta(days=1)
_THREE_DAYS = timedelta(days=3)
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
