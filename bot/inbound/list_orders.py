"""Questions about everybody (名单, 谁没交党费), as people put them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.cadence import find_kind
from bot.domain.periods import Month
from bot.inbound.dues_asked_of import asked_of
from bot.inbound.intents import Reading, Strength
from bot.inbound.patterns import one_of
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.signups_for import find_put_down
from bot.inbound.topics import Topic
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Clause, Mood, Utterance


@dataclass(frozen=True, slots=True)
class StatsQuerySlots:
    """A question about everybody.

    Attributes:
        topic: What it is about (DUES, CHECKIN, ATTENDANCE, LEAVE, SIGNUP, STUDY, RECEIPT), None
            for what was sent last (名单).
        months: The months named; a bare 今年 names none.
        day: The day named, or the first of a span.
        until: The last day of a span, inclusive.
        coming: The same day read as one to come (名单 3月16日, said on the 12th), where it differs.
        title: The meeting named (名单 党员大会).
        unit: The branch named, as written (名单 党费 3月 三支部).
        asked: Put as a question, and not to the bot.
    """

    topic: Topic | None = None
    months: tuple[Month, ...] = ()
    day: date | None = None
    until: date | None = None
    coming: date | None = None
    title: str | None = None
    unit: str | None = None
    asked: bool = False


_TOPICS = (
    (re.compile(r"党费|[交缴欠]费|欠交|收缴|没[交缴]|未[交缴]|收[齐够完上]|交齐"), Topic.DUES),
    (re.compile(r"请.{0,2}假"), Topic.LEAVE),
    (re.compile(r"应到|实到|次会|出勤|考勤|到会|参会|出席|缺席|缺勤"), Topic.ATTENDANCE),
    (re.compile(r"签|报到|到了|没到|没来|来了"), Topic.CHECKIN),
    (re.compile(r"报.{0,2}名|参加|报[了满上的]|名额"), Topic.SIGNUP),
    (re.compile(r"学习|学时|强国|学完"), Topic.STUDY),
    (re.compile(r"收到|回执|回复|未答|没答|没回|通知|没看"), Topic.RECEIPT),
)

_TOPIC_WORDS = {
    "党费": Topic.DUES,
    "通知": Topic.RECEIPT,
    "收到": Topic.RECEIPT,
    "报名": Topic.SIGNUP,
    "学习": Topic.STUDY,
    "签到": Topic.CHECKIN,
    "请假": Topic.LEAVE,
    "开会": Topic.ATTENDANCE,
}

_COMMAND = re.compile(rf"名单(?:\s?({'|'.join(_TOPIC_WORDS)})(?:\s?\S{{1,12}})?)?")

_MEETING_LIST = re.compile(rf"名单[ :：]?(?!{'|'.join(_TOPIC_WORDS)})(?P<rest>\S.{{1,30}})")

_LIST = re.compile(r"(?:看|查看?|发|给我|要)?(?:一下)?(?:\S{0,6})?名单(?:\s.{0,20})?")

_ORDER = re.compile(
    r"(?:名单|人数|情况|明细|签到表|进度|比例|率)(?:也|再|都)?(?:报|发|给|拉|导)?(?:给?我|一下|一份|出来|过来)?$|导出|拉一?[份个]|列一?[份个]|(?:报|发)给?我"
    r"|统计|汇总|[签勤会纳成率加名]率|(?:签到|出勤|党费|报名|请假|缴纳|学习"
    r"|到会)(?:的)?(?:情况|人数|名单|进度)|查|看看|列一?下|拉个"
)

_ASKS_FOR = one_of(
    r"总额$|总数$|(?:未|欠|没)[交缴][^，]{0,6}(?:清单|表(?![彰决])|一览|名册)|(?:缺席|缺勤|签到|报名|到会|出勤|请假)(?:清单|表(?![彰决])|一览|名册)|统计(?:给我|一份)?$|一?共(?:进账|收到?|收上来?|入账)(?:了)?多少|情况(?:打包|整理|汇总)?(?:发|给)+我|到(?:啥|什么|哪个?)(?:程度|地步)|几成了?|状元|前[三五十几][位名个]|排名|排行|报上了?几[位个]|(?:签到?|到|来|报)了?几[位个]了?$|几个报的|满没满|谁(?:拔头筹|领先|垫底)"
    r"|(?:缴费|收缴|完成|到会|出勤|参会|报名|签到|缴纳)(?:率|情况|进度|人数)|报表|台账.{0,3}(?:看|发|给)|应到多少|实到多少|报满|还差几个名额"
    r"|(?:还有|有)没?.{0,2}没[交缴签报来到学]的(?:吗|没)?$|(?:谁|哪些人|哪几个).{0,8}没[交缴签报来到学]|一次会都没来|都?有谁$|的是谁$|收(?:齐|够|完|上来)了?(?:没|吗|么|嘛|不|否)|收得?(?:怎么样|咋样|如何)|交齐了?没有?$"
)

_WHO = re.compile(
    r"[差缺剩]谁|(?:有|是)谁(?!那|家)|哪些人|谁(?:都|也|还|又|今天|昨天)*(?:没|未|已|签|报|交|缴|请|到|来|参加|学|收|欠|缺|迟|补|去|回复|的(?:出勤|签到|党费|报名|缺勤|最))"
)

_NOT_ASKED = re.compile(
    r"名单上?(?:加|添|补|写)|谁[也都][没不]|[记说想弄]不(?:清|起)|搭个?伴|抓点?紧|怎么才|表(?:放|在|贴|搁|丢)|在哪|哪里|谁(?:给我|把我|帮我|的(?!出勤|签到|党费|报名|缺勤|最)|来|去|帮|替|拿|有|在|能|会|要|家|那|说|知道)|我的|(?<![发给帮替])我(?!们)|催|提醒|(?<![看读回见到的])通知(?!.{0,6}(?:谁|几个).{0,4}[看读回收答])|单独"
)

_NO_QUESTION = one_of(
    r"记不[清住得]|没记住|不记得|那年"  # who tells asks nothing of the books
    r"|搭个?伴|作个?伴|结个?伴|一起去|同去"  # a call for company
    r"|(?:人数|名单)[^，]{0,4}(?:改[成为到]|[变换]成)"  # 报名人数改成3人 orders
)


def recognise_stats(utterance: Utterance) -> list[Reading]:
    """Recognise a question about the whole branch: who has, who has not, how many."""
    text = utterance.text
    order, unit = split_unit(text)
    if (slots := _of_meeting(utterance, order, unit)) is not None:
        return [Reading(slots, Strength.EXACT, (0, len(text)))]
    if (command := _COMMAND.fullmatch(order)) is not None:
        topic = _TOPIC_WORDS.get(command[1] or "")
        months = utterance.months_in(utterance.stretch(utterance.clauses))
        slots = StatsQuerySlots(topic, months=months, unit=unit)
        return [Reading(slots, Strength.EXACT, (0, len(text)))]
    if not utterance.clauses or utterance.elsewhere or (utterance.to_others and "谁" not in text):
        return []
    if asked_of(utterance) or find_put_down(utterance):
        return []  # of one who is named
    for clause in utterance.clauses:
        if _is_asked(clause, addressed=utterance.addressed):
            if _NO_QUESTION.search(text):
                return []
            asked = utterance.topics or utterance.addressed
            topic = _topic(clause.text) or (_topic(text) if asked else None)
            if topic:
                return [_reading(utterance, topic, clause, unit)]
    return []


def _of_meeting(utterance: Utterance, order: str, unit: str | None) -> StatsQuerySlots | None:
    """Read 名单 3月12日 党员大会: the roll of one meeting, by its day, its name, or both."""
    rest = _MEETING_LIST.fullmatch(order)
    if rest is None or not utterance.clauses:
        return None
    whole = utterance.stretch(utterance.clauses)
    day, coming = utterance.date_in(whole, past=True), utterance.date_in(whole)
    said = rest["rest"]
    for span in utterance.past_dates:
        said = said.replace(utterance.text[span.start : span.end], "")
    title = None if said.strip(" 的") in ("", "会", "会议") else said.strip(" 的")
    if title is not None and find_kind(title) is None and day is None:
        return None
    return StatsQuerySlots(Topic.ATTENDANCE, day=day, coming=coming, title=title, unit=unit)


def _is_asked(clause: Clause, *, addressed: bool) -> bool:
    text = clause.text
    if addressed and _ASKS_FOR.search(text) and not _NOT_ASKED.search(text):
        return True
    if not about_everybody(text) or about_listener(text) or _NOT_ASKED.search(text):
        return False
    if "谁" in text and not _WHO.search(text):
        return False
    if _ORDER.search(text) or _LIST.fullmatch(text):
        return len(text) <= 24
    return clause.mood is Mood.QUESTION and not re.search(r"大家(?!.{0,4}(?:谁|多少|几))", text)


def _topic(text: str) -> Topic | None:
    return next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)


def _reading(utterance: Utterance, topic: Topic, clause: Clause, unit: str | None) -> Reading:
    whole = utterance.stretch(utterance.clauses)
    # Who signed up is asked of what is to come, the rest of what was.
    day, until = utterance.days_in(whole, past=topic is not Topic.SIGNUP)
    coming = utterance.date_in(whole)
    slots = StatsQuerySlots(
        topic,
        utterance.months_in(whole),
        day,
        until,
        coming,
        unit=unit,
        asked=not utterance.addressed,
    )
    return Reading(slots, Strength.CLEAR, (clause.start, clause.end))
