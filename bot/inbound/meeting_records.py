"""A meeting that is over, as told to be recorded: what, when, where, who was there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.announced_events import is_planned
from bot.inbound.fields import LABELLED
from bot.inbound.minutes import is_written
from bot.inbound.names import read_list, read_names
from bot.inbound.numerals import SMALL, WORDS, read_int
from bot.inbound.order_words import RECORD
from bot.inbound.orders import KIND, Order, Phase, Verb, read_order
from bot.inbound.places import find_place
from bot.inbound.scope import elsewhere
from bot.inbound.signups_for import find_put_down
from bot.inbound.titles import HEADS
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Utterance

_OTHERS = frozenset((Topic.LEAVE, Topic.DUES))
GENERIC = frozenset(("会", "会议", "学习", "活动"))
"""Words that say of no meeting which it is."""


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


_NOUN = re.compile(
    r"(?<![社机误体工就协宴聚约才都不一也误理领])(?P<any>[\u4e00-\u9fa5]{0,12}?(?:会议|座谈会|例会|动员会|读书会|专题会|学习会|工作会"
    r"|培训会|培训班|学习|活动|大会|会))(?![\u4e00-\u9fa5]{0,4}会(?!议|员|计|场|费|长|不|展|谈|面))(?!员|计|场|费|长|不|展|议室|谈|面|议记录|中心|室|群|里)"
)
_HEADED = re.compile(rf"[\u4e00-\u9fa5]{{0,8}}(?:{HEADS})")
_SIDE = re.compile(
    r"登记一?[次个场](?:会议)?|刚?散会|[上下中]午|早上|晚上|夜里|今[天早晚]|昨[天晚]|刚才|刚刚|到会|参会|与会|应到|实到|(?:会议)?补?(?:登|录)?记录?(?=[:\s，])|会议[记纪补录登][录登记入]"
)
_TRIMMED = re.compile(
    r"^(?:的|开了|召开|举行|开完|开过|刚|开|搞|办|了|那次|上次|这次|那个|我们|咱们?|支部(?=开)|一下|个|次|场|把|请|将|在|给|也|还|冒雪|冒雨)+"
)
_ENTERS = re.compile(
    r"(?:(?<!书)[记录存登]|补(?!签|学|交|缴|课|假|报|上了)|入账|归档)[^，]{0,4}(?:$|[，。:\s吧])|开完|到齐|实到|到会\d|参会\d"
)
_SURE = ("会", "会议", "党课", "党日", "评议", "评议党员", "学习")
_VERB = re.compile(r"(?<![\u4e00-\u9fa5])会议(?=补|登记|录入|[记纪]录)")
_HELD = re.compile(r"的|开[了过完]个?|召开|举行|搞[了过]个?|办[了过]个?")
_OF_SOMEBODY = re.compile(
    r"[给帮替](?!我|我们|支部|咱|补|记|登|录|存)[^，\s]{2,6}[补记登](?!会)|没签上?|漏签|补个到(?!会)|补录\s?[一二两三四五六\d]+个?人(?=[:，\s])|批量补"
    r"|都?签上|到了没|(?:到会|出席|签到)情况|[请销]假登记|登记[^，]{0,4}请假"
)
_NOT_ORDER = re.compile(
    r"^[定改设]规定\s|签到(?!\d|人|的?共?\d)|[忘漏][了记]?签|登记(?:了|过|好|完|表|册|处|本|簿|在|照|信息|手机|号码|电话|身份|车辆|疫苗|体温|报名|时间|台)"
    r"|记录(?:员|本|仪|片|了|过|好|谁|怎|呢|发|交|整理|在|有|是|要|写)|[补录登]录?了(?!\d)|做好记录|导出|记得|记住"
    r"|[谁你您他她]|大家记|各位|同志们|自己|我[来去会]|我[^，]{0,4}[补学看听]完|补[看学听读刷修][了完好过上]|缺的|落下的|登记.{0,6}(?:手机|信息|电话|住址|车牌|姓名|身份|号码)"
    r"|不[用必要]|再[登记补录存]|[以之]后|笔记|报名|党费|学时|学分|怎么|如何|有没有|需要|必须|要求|说|先|明天|后天|下周|下个?月|将要|即将|准备|打算|计划"
    r"|建会|通知|(?:书记|委员|组长)(?:登|补|记|录)|已经?(?:登|补|记|录)"
)
_TO_BOT = re.compile(
    r"(?:请|麻烦)?你(?:给|帮我?|来)?(?=我?(?:记|补|录|登|存|入|上))|忘[记了]?[登补记录]了|还?没[入登录记]账?|漏[登录记]了|让?把[^，]{1,16}[录登补记]了|让把|我们(?=在|去了|支部|村)"
)
_N = rf"\d{{1,4}}|[{WORDS}]{{1,6}}"
_PRESENT = re.compile(
    rf"(?:(?:到|来|去|听|出席|参加|在场|签到)的?(?:共|有|是)?(?=(?:{_N})[位个名人])|实到|到会|实际到会|到场|出席|参加|参会|与会|来了?|到了?|去了?|到齐了?|共|总共|一共|人数)(?:人数|人员|党员|的?有)?(?:共|了|是)?\s?:?\s?"
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
    r"(?:参会|参加|到会|出席|与会|实到|到场|在场)(?:人员|同志|党员|的?人|名单|者)*(?:的|有|是|为)*\s?[:，]?\s?@?"
    r"|(?<![持录])人员(?:有|是|为)?\s?:\s?@?|(?P<came>(?:到|来|去)[了的](?:人|同志)*(?:有|是)?\s?[:，]?\s?)"
)
_CAME = re.compile(
    rf"\s?等?(?:(?:{_N})个?人)?(?:都|均|全)?(?:参加|到会|出席|参会|到了|到场|在场|去的|来的)"
)
_LEAVE = re.compile(r"(?:请假|病假|事假)(?:人员|的|同志)*(?:有|是)?\s?[:，]?\s?@?")
_ON_LEAVE = re.compile(r"(?:\S{1,2}人)?(?:因[^，]{1,8}|都|均)?(?:请了?假|事假|病假|公假)")
_EVERYONE = re.compile(
    r"全体(?:党员|成员|委员|同志|人员)*(?:都|均|全部)?(?:到会|参加|到齐|出席|到场|参会)|全(?:部|都|员)?到(?:齐|会|场|了)?(?!\d)"
    r"|人?都到[齐了]|(?:无人?|没有人?)缺席|(?:其他|其余)(?:人|同志|党员)?(?:都|全|均)(?:到|参加|出席)|都到[齐了会]?$|全勤"
)
_BUT = re.compile(r"除(?:了|去)?\s?@?")
_PLACE_LEFT = re.compile(r"[^\s，。；、:！]{2,12}")
_NOISE = re.compile(
    r"(?:一下|我们|应到|应到|实到|主持|记录人?|议题|内容|主题|学习了?|传达|讨论|[上中下]午|晚上|早上|人员|参加|到会)"
)
_LIKE_PLACE = re.compile(
    r"[室厅堂馆院所部站楼场亭园台坊寺庙店厂校区坝桥办家里下头边旁外舍上河湖塘桥街巷湾坡间角井岭坪塔]$"
)
_AROUND = re.compile(r"^(?:地点|地址|在|到|于)[:\s]*|(?:召开|举行|举办|开的?|开了|里|的)+$")


_PROXY = re.compile(r"补[录登].{0,30}(?:到场\s?[:，]|[^，]到了$)")
"""Names of who was there and nothing else of a meeting: each is signed in."""


def find_record(utterance: Utterance) -> MeetingRecordSlots | None:
    """Return the past meeting that is ordered to be recorded, if one is."""
    text = utterance.text
    entered = RECORD.search(text) or (utterance.addressed and _ENTERS.search(text))
    if not entered and not (utterance.addressed and KIND.search(text)):
        return None
    if is_written(utterance) or is_planned(utterance) or find_put_down(utterance):
        return None
    if _NOT_ORDER.search(_TO_BOT.sub("", text)) or _OF_SOMEBODY.search(text):
        return None
    order = read_order(utterance)
    if order is None or (elsewhere(text) and not order.kind):
        return None
    whole = utterance.stretch(utterance.clauses)
    day = utterance.day_in(whole, past=True)
    if day is not None and (day > day_of(utterance.now) or _may_be_to_come(utterance, order, day)):
        return None
    title = _title(utterance, order)
    if not title and not (order.plainly and "会" in text):
        return None
    slots = _slots(utterance, whole, title, day)
    if _PROXY.search(text) and slots.names and not (slots.count or slots.place or slots.at):
        return None
    return slots if _is_told(order, slots, utterance, entered=bool(entered)) else None


def _may_be_to_come(utterance: Utterance, order: Order, day: date) -> bool:
    """Tell whether 登记座谈会，11月30日下午三点 may mean the 30th to come rather than that of last year."""
    today = day_of(utterance.now)
    coming = utterance.day_in(utterance.stretch(utterance.clauses))
    far = (today - day).days > _LONG_AGO and coming is not None
    soon = far and coming is not None and 0 <= (coming - today).days <= _SOON
    text = utterance.text
    return soon and order.phase is not Phase.OVER and not (_PRESENT.search(text) or "补" in text)


_LONG_AGO, _SOON = 180, 90  # days


def _is_told(
    order: Order, slots: MeetingRecordSlots, utterance: Utterance, *, entered: bool
) -> bool:
    """Tell whether it is ordered, and of something over; without an order who was there is said."""
    if order.verb is Verb.SET_UP and not order.plainly:
        return False
    counted = bool(slots.count or slots.names or slots.everyone)
    if not entered:
        return bool(
            order.records and order.kind and counted and utterance.topics.isdisjoint(_OTHERS)
        )
    if not utterance.topics.isdisjoint(_OTHERS) and not (order.kind and counted):
        return False
    over = slots.day is not None and slots.day < day_of(utterance.now)
    return order.plainly or over or order.phase is Phase.OVER or counted


def _title(utterance: Utterance, order: Order) -> str | None:
    """Return what was held: as labelled, its kind as named, or whatever else was called a meeting."""
    text = utterance.text
    labelled = LABELLED.search(text)
    if labelled and labelled["label"] not in ("活动", "会议", "内容", "议题", "主题"):
        return labelled["title"]
    if order.kind and order.kind.endswith(_SURE):
        return order.kind
    values = (*utterance.past_dates, *utterance.times, *utterance.counts, *utterance.months)
    rest = _blank(text, [(span.start, span.end) for span in values])
    for pattern in (_VERB, RECORD, _SIDE):
        rest = pattern.sub("，", rest)
    found = [_TRIMMED.sub("", _HELD.split(match["any"])[-1]) for match in _NOUN.finditer(rest)]
    named = [title for title in found if title and title not in GENERIC]
    if named:
        return named[0]
    if order.kind:
        return order.kind
    headed = [_TRIMMED.sub("", match[0]) for match in _HEADED.finditer(rest)]
    return next(
        iter([*(title for title in headed if title not in GENERIC), *filter(None, found)]), None
    )


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
        names, end = _read_with_me(utterance, match.end())
        sure = not match.groupdict().get("came") or len(names) > 1 or text[end : end + 1] in "，。 "
        if names and sure:  # 到了老王家 names nobody
            found += names
            spans.append((match.start(), end))
        elif not names and match[0].endswith(":"):
            listed = re.split(r"[。；\n]|请假|缺席", text[match.end() :])[0]
            if people := read_list(listed):
                found += people
                spans.append((match.start(), match.end() + len(listed)))
    if not found:
        for start in _words_of(utterance):
            names, end = read_names(text, start, utterance.lexicon)
            if names and after.match(text, end):
                found += names
                spans.append((start, end))
                break
    return tuple(dict.fromkeys(_without_etc(name) for name in found)), spans


def _read_with_me(utterance: Utterance, start: int) -> tuple[tuple[str, ...], int]:
    """Read the names of those present, the writer among them (温师傅和我以及岳大娘)."""
    text = utterance.text
    found: list[str] = []
    me = _ME.match(text, start)
    at = end = me.end() if me else start
    while True:
        names, after = read_names(text, at, utterance.lexicon)
        if not names:
            return tuple(dict.fromkeys(found)), end
        found += names
        end = after
        me = _AND_ME.match(text, end)
        if me is None:
            return tuple(dict.fromkeys(found)), end
        at = end = me.end()


_JOINS = r"(?:[、，和跟与同及]|以及|还有)"
_ME = re.compile(rf"(?:我|本人){_JOINS}")
_AND_ME = re.compile(rf"{_JOINS}(?:我|本人)(?![们家的爸妈老爱儿女])(?:{_JOINS}|$|(?=[。；\s]))")


def _words_of(utterance: Utterance) -> list[int]:
    """Return where clauses begin, and words behind a space."""
    spaces = [at + 1 for at, mark in enumerate(utterance.text) if mark in " :"]
    return sorted({clause.start for clause in utterance.clauses} | set(spaces))


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
    for pattern in (_EXPECTED, _ABSENT, _PRESENT, RECORD, _EVERYONE):
        rest = pattern.sub("，", rest)
    if title:
        rest = rest.replace(title, "，")
    place = find_place(rest)
    if place is None:
        left = (piece for piece in _PLACE_LEFT.findall(rest) if not _NOISE.search(piece))
        place = next((piece for piece in left if _LIKE_PLACE.search(piece)), None)
    return _AROUND.sub("", place).strip() or None if place else None


def _blank(text: str, spans: list[Stretch]) -> str:
    marked = list(text)
    for start, end in spans:
        marked[start:end] = "，" * (end - start)
    return "".join(marked)
