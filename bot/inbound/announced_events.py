"""A coming gathering told in fields under a thin heading: 上新：急救班，下周三晚上7点20，卫校教室，可收26位.

The heading says that it is to come (预告, 计划, 日程), so its day is never read as one that is over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from bot.inbound.names import find_name
from bot.inbound.numerals import WORDS, read_int
from bot.inbound.order_words import LEAD
from bot.inbound.titles import trim_title
from bot.inbound.utterance import Mood, Utterance, shared


@dataclass(frozen=True, slots=True)
class Announced:
    """What is announced."""

    title: str
    day: date | None
    at: time | None
    place: str | None
    count: int | None


_ONE = r"(?:一?[个项条份场次桩节期堂则]|一下)?"
_PLAN = (
    rf"(?:录|登记?|记|补|加|存|写|填|入|报|排|做)(?:入|上|进来?|下)?{_ONE}(?:活动|会议?|开会|培训|学习(?!计划)|党课|党日|志愿)?"
    r"的?(?:预告|计划|日程|打算|排期|行程|预约|安排)(?:表)?"
)
_THIN = (
    r"新(?:会议?|活动|课|班|增)|上新|预告(?:上墙|一下)?|上墙|活动预告|会议预告"
    rf"|(?:排|加|添|插|挂|放)(?:进来|上来|出来|进去|上去|进|上)(?:一[项个场次条])?|(?:又|再)(?:来|开|加|办|搞){_ONE}"
    rf"|(?P<makes>新?建|创建|新增|发布|发起|添加|开设){_ONE}"
)
_PUT_IN = r"把(?P<put>[^，:\s]{2,12}?)(?:列|排|加|放|写|挂|添)(?:到|进|入|上)(?:日程|日历|计划|安排|墙)(?:表)?(?:里|上|中|去)*"
_HEAD = re.compile(rf"{LEAD}(?:{_PUT_IN}|(?:{_PLAN}|{_THIN}))[\s:，！。]*")
_PLANNED = re.compile(rf"{LEAD}{_PLAN}[\s:，]")
IN_PROGRAM = re.compile(
    r"(?:在|往|到|给)(?:平台|后台|系统|小程序|日历|日程表?|软件|网上|电脑|台账|机器)(?:里面?|上面?|中|那边)?"
)
"""The program is no place where anything is held."""
_N = rf"\d{{1,3}}|[{WORDS}]{{1,4}}"
_LIMIT = re.compile(
    rf"(?:坐满|坐得下|容得下|容纳|可收|能收|只收|收满?|招满?|满|限额?|上限|名额|最多|不超过|限报|一共要|要)?\s?(?P<n>{_N})\s?(?:位|个?人|个名额|名额|个|名)(?:为限|封顶|以内|截止|就停|就满|满员|为止|左右)?"
)
_PIECES = re.compile(r"[\s，,:：;；！。、\n]+")
_LABEL = re.compile(r"^(?:时间|日期|地点|地址|场地|活动|会议|主题|名称|人数|在|到|于|的|上|去)+")
_NO_FIELD = re.compile(
    r"任务|待办|问题|打扰|责任|党员$|小组$|体检|[吗？谁怎没不别]|取消|改到|改期|推迟|昨天|通知|提醒|了$|大家|参加|报名|签到|党费|请假"
)
_LONGEST_FIELD = 14


_OF_PLANS = frozenset("告划程算期约排")


def is_planned(utterance: Utterance) -> bool:
    """Tell whether a plan is entered (录一项活动预告：…): it is to come, whatever the verb."""
    return not _OF_PLANS.isdisjoint(utterance.marks) and bool(_PLANNED.match(utterance.text))


@shared
def find_announced(utterance: Utterance) -> Announced | None:
    """Return the gathering that a message announces to the bot, if every field of it is plain."""
    text = IN_PROGRAM.sub("", _without_values(utterance))
    head = _HEAD.match(text) if utterance.addressed else None
    if head is None or not utterance.clauses or not (utterance.dates or utterance.times):
        return None
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return None
    whole = utterance.stretch(utterance.clauses)
    rest = text[head.end() :]
    limits = list(_LIMIT.finditer(rest))
    rest = _LIMIT.sub("，", rest)
    fields = [_LABEL.sub("", piece) for piece in _PIECES.split(rest)]
    fields = [field for field in fields if len(field) > 1]
    if head["makes"] and not utterance.times:
        return None  # 新增党员 王五 11月20日转入 is no gathering
    title = head["put"] or (trim_title(fields.pop(0)) if fields else "")
    named = head["makes"] and find_name(title, 0, utterance.lexicon)
    if len(title) < 2 or len(fields) > 1 or named:
        return None
    if any(_NO_FIELD.search(field) or len(field) > _LONGEST_FIELD for field in (title, *fields)):
        return None
    count = read_int(limits[0]["n"]) if limits else None
    place = fields[0] if fields else None
    return Announced(title, utterance.day_in(whole), utterance.time_in(whole), place, count)


def _without_values(utterance: Utterance) -> str:
    marked = list(utterance.text)
    for span in (*utterance.dates, *utterance.times):
        marked[span.start : span.end] = "，" * (span.end - span.start)
    return "".join(marked)
