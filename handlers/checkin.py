"""Checking in, for oneself and for others (签到, 补签, 代签).

Example:
    张三: 签到
    » ✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销
    张三: 代王秀英签到
    » ✓ 已记下王秀英：3月支部党员大会（09:58），您代报的，等组织委员同意。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.ids import MeetingId
from bot.domain.privacy import Fact, FactKind, Text, event, join, named, say, writer
from bot.domain.rights import Action
from bot.domain.wording import clock_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable, Waiting
from bot.inbound.names import NAME, clean, find_people, read_list, read_names
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember
from bot.inbound.scope import about_everybody, about_listener, elsewhere, politely
from bot.inbound.titles import without_values
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.vocabulary import words
from bot.inbound.whom import is_self, whom
from bot.services import attendance, attendance_others
from bot.services.attendance import Marked

DONE = "✓ {name}，{title}已签到（{time}）。打错了回复 撤销"
LATE = "✓ {name}，{title}已签到（{time}，会已开始{minutes}分钟）。打错了回复 撤销"
PENDING = "✓ {name}，{title}的补签已记下，等组织委员同意。打错了回复 撤销"
TWICE = "您{time}已签到，不用再签。"
TWICE_PENDING = "{title}的补签已经记过了，等组织委员同意。"
WHICH = "现在有几个会可以签到：{choices}。回复数字就行。"
OTHERS_DONE = "✓ 已登记{names}到会：{title}（{time}）。打错了回复 撤销"
OTHERS_ASKED = "✓ 已记下{names}：{title}（{time}），您代报的，等组织委员同意。打错了回复 撤销"
OTHERS_TWICE = "{names}已经签到了，不用再报。"
OTHERS_WAITING = "{names}已经报过了，等组织委员同意。"
TOLD_DONE = "{reporter}给您登记了到会：{title}（{time}）。不是这样请回复 撤销"
TOLD_ASKED = "{reporter}替您报到：{title}（{time}），等组织委员同意。不是这样请回复 撤销"


@dataclass(frozen=True, slots=True)
class CheckinSlots:
    """Somebody says to be present.

    Attributes:
        day: The day of the meeting, None for today.
        names: A bare name carried by the message (张德福 签到), else empty: the sender.
        late: Said as 补签, for a meeting that is over.
    """

    day: date | None = None
    names: tuple[str, ...] = ()
    late: bool = False


@dataclass(frozen=True, slots=True)
class CheckinProxySlots:
    """Others are present, told by the sender; never the sender.

    Attributes:
        names: As written, at least one.
        day: The day of the meeting, None for today.
        late: Said as 补签 or 补录, for a meeting that is over.
    """

    names: tuple[str, ...]
    day: date | None = None
    late: bool = False


CHECKIN_EXAMPLES = (
    "签到",
    "我签到",
    "簽到",
    "qiandao",
    "签到 张三",
    "我到会议室了，签个到",
    "补签16号的",
    "昨天的党课忘签了，补签一下",
)
CHECKIN_SILENT = (
    "签到了吗",
    "我没签到",
    "签到表在门口",
    "请大家签到",
    "不签到行吗",
    "明天再签到",
    "公司签到",
    "到期了",
    "到了的回复签到",
    "到了的都签到",
    "到会的同志扫码签到",
    "签到干嘛用的",
    "回复签到就行",
    "全部签到",
    "来了的签个到",
)
PROXY_EXAMPLES = ("代王秀英签到", "帮老李签一下", "代签：王秀英、李四", "替我老伴签到")
PROXY_SILENT = ("帮老李签到了吗", "谁帮老李签到", "帮孩子签到领积分")

_BARE = words(
    """
    到 到了 我到了 已到 我已到 我已到了 在 我在 来了 我来了 已经到了 我已经到了 到会
    已到会 到场 已到场 报道 打卡 1 +1 签过了
    """
)
_ANSWERS = _BARE | words(
    """
    签 已签 签了 签好了 已签好 签上了 已签到了 好了 我签了 我已签
    """
)
_WORDS = re.compile(
    r"签(?:个|一下|一个|上)?到|^我?(?:现在|马上来)?签[上下了]?(?: ?签[下了]?){0,3}$"
    r"|[给帮]我签|现在签|记一?下到|^我?(?:已经?|再|来)?签(?:了|一下|一个)?$|补个?一?下?签|签个名?到"
    r"|报到$|[记打]一?个?到(?!本|账|纸|手机|心|小|表|[一二三四五六七八九十\d])"
)
_FORGOT = re.compile(r"忘记?了?点?签|漏签|没签[上成]|没来得及签|想起.{0,4}签|没.{0,3}名字")
_LATE = re.compile(r"补|忘|漏|没签上|没.{0,3}名字|没来得及|想起")
_MADE_UP = re.compile(
    r"补(?:个|一下|上|一个)?(?:签|到)?(?:吧|一下|上|$)|补[签录登]|记上|补个呗|补一个"
)
_WAS_THERE = re.compile(
    r"我(?:人)?(?:[^，]{0,6}(?:去了|到了|来了|参加了)|[^，]{0,4}在的|[^，]{0,4}在现?场)"
)
_NOT_SAID = re.compile(
    r"教|签到(?:墙|用|那|笔|纸|软件|[那当]天|仪式|台|表|率|情况|码|处|本|簿|时间|方式|系统|功能|册|名单|记录|提醒|的(?!$)|台|桌|机"
    r"|点|地|二维码|截止|流程|规则|次数|人|奖|领|失败|入口|开始|有)"
    r"|请(?!.{0,2}我).{0,6}签|[叫让].{1,6}签|不用|不必|记得|别忘|提醒|通知|催|(?:开始"
    r"|停止|可以|要|需|让.{0,4}|去|等.{0,6}"
    r"|连续|每[天次]|按时|及时|必须|是)签到?"
    r"|补录|不上|不签|[取撤错删]|作废|不算|[^我]说|代签|[帮替代给](?!我|忙)|大家|各位|他|她|谁"
    r"|同意|批准|通过|驳回|(?:回复?|[发打扣]|扫码)\s?签到\s?(?:就|即|便|也)?(?:行|可|好|成|算)"
)
_FILLER = re.compile(
    r"我|本人|已经?|签(?:个|一下|一个|上)?到|签|补|一下|报到|[记打][一个]*到|了|来|啦|哈|啊|在|到"
    r"|会场|会议室|楼|现场|今天|完成|成功|完毕|刚|现在|噻|撒|晚|才|想起|重新?"
    rf"|支部|小组|给|帮|小助手|书记|吧|请|[一二三四五六七八九十\d]|{NAME}"
)
_NAMED = re.compile(
    rf"^(?:\S{{1,10}}?(?:支部|小组)\s?)?(?:我是|我叫)?(?P<before>{NAME})\s?(?:已|来"
    rf"|前来)?(?:补?签到?|报到|到)了?$"
    rf"|^(?:我)?补?签到?\s?[:+]?\s?(?P<after>{NAME})$"
)
_FOR = re.compile(
    r"(?:代签|代为|帮忙签(?:一下|个|上)?到?|[帮替代给为](?:忙)?(?:一下)?|补录(?:签到)?|补登)\s?:?\s?@?"
    r"(?:昨天|前天|今天|上次|上?周[一二三四五六日]|\d{1,2}[日号])?的?"
)
_SIGNS = re.compile(r"签|[记打补]个?到|报到|补录|登记|补一?[下上]|^$")
_THEM = re.compile(
    r"[帮替代给把](?:他|她)|(?:^|，)(?:请|麻烦)?[帮替代](?:忙|一下|着)?签|补[录登]|代签|代为?签|漏[签登]|代劳|统一签|位[帮替代]签|代发|一[并起块同]签"
    r"|(?:都|也)(?:给)?签[上了下一]|签到.{0,3}[补记]|(?:给|帮).{0,3}补上|^补[上签]|签了吧|记一?下签到|名单上?[加补]"
)
_LIST = re.compile(
    r"^(?:批量|现场点名到的|算到场:|签到名单上?[加补][^:]{0,4}:|代表我们|签到\s?\+|[替帮给代][^，:]{1,5}组.{0,2}签到:|现场|会后|集中)?(?:代签|补录|补登|补签到?|漏签(?:人员|名单)?)"
)
_CAME = re.compile(r"(?:我[和跟与]|还有|^|[:\s的天日])@?")
_HERE = re.compile(
    r"(?:和我|跟我|与我|\S位|[俩都也均全]|同志|党员|已经?|一起|老两口|，)*"
    r"(?:到了|到场|已?到$|来了|来.{0,2}了|到会|到的|在场|到齐|签到)"
)
_NOT_THEM = re.compile(
    r"谁|吗$|没来|没到|不来|缺席|请.{0,2}假|[让叫喊]我|没敢|没有?给|不[给帮替]|应到|实到|删|撤|日程"
)
_REST = 8


_Others = tuple[tuple[str, ...], bool, tuple[Clause, ...]]


def recognise_checkin(utterance: Utterance) -> list[Reading]:
    """Recognise the sender's own check-in; bare words (到, 在, 1) read `BARE`."""
    text = utterance.text
    if text in _ANSWERS and Topic.CHECKIN in utterance.quoted_topics:
        return [Reading(CheckinSlots(), Strength.CLEAR, (0, len(text)))]
    if text in _BARE:
        return [Reading(CheckinSlots(), Strength.BARE, (0, len(text)))]
    if Topic.CHECKIN not in utterance.topics or utterance.to_others:
        return []
    others = _others(utterance)
    alone = others is not None and not others[1]
    if others is not None and others[1] and not _own_clause(utterance, others):
        return _together(utterance, others)
    for clause in utterance.clauses:
        if Topic.CHECKIN not in clause.topics or (
            alone and others and (clause in others[2] or not _says_i(clause.text))
        ):
            continue
        if _is_own(utterance, clause):
            return _own(utterance, clause)
    if others is None and _is_made_up(utterance):
        return _own(utterance, utterance.clauses[0])
    return []


def _own_clause(utterance: Utterance, others: _Others) -> bool:
    """Tell whether a clause apart from those on others is the sender's own check-in."""
    return any(
        clause not in others[2] and Topic.CHECKIN in clause.topics and _is_own(utterance, clause)
        for clause in utterance.clauses
    )


def _together(utterance: Utterance, others: _Others) -> list[Reading]:
    """Read the sender's part of 我跟老贺一块儿来的，都签上: the word 我 speaks for him."""
    position = utterance.text.find("我")
    if position < 0:
        return []
    late = bool(_LATE.search(utterance.text))
    day = utterance.date_in(utterance.stretch(utterance.clauses), past=True)
    slots = CheckinSlots(day, (), late)
    return [Reading(slots, Strength.CLEAR, (position, position + 1))]


def _says_i(text: str) -> bool:
    return "我" in text or "本人" in text or text.startswith("签")


def _is_own(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    if (
        Topic.UNDO in clause.topics
        or _NOT_SAID.search(text)
        or (utterance.elsewhere and elsewhere(text))
    ):
        return False
    if about_listener(text) or not (clause.stated or politely(text)):
        return False
    if _FORGOT.search(text):
        day = utterance.date_in(utterance.stretch(utterance.about(Topic.CHECKIN)), past=True)
        return day is not None or bool(_MADE_UP.search(utterance.text))
    rest = text
    for span in utterance.dates:
        rest = rest.replace(utterance.text[span.start : span.end], "")
    room = 2 * _REST if re.search(r"补.{0,2}签", text) else _REST
    return bool(_WORDS.search(text)) and len(_FILLER.sub("", rest)) <= room


def _is_made_up(utterance: Utterance) -> bool:
    """Read 上周五的党课我在现场，忘记点签到了，麻烦补一下: there, forgotten, made up."""
    text = utterance.text
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses if "签" in clause.text):
        return False
    if Topic.UNDO in utterance.topics or (utterance.elsewhere and elsewhere(text)):
        return False
    made_up = _MADE_UP.search(text) and not re.search(r"再补|要补|补考|补课|补交|补缴", text)
    return bool(made_up and (_FORGOT.search(text) or _WAS_THERE.search(text)))


def _own(utterance: Utterance, clause: Clause) -> list[Reading]:
    around = utterance.about(Topic.CHECKIN)
    late = any(_LATE.search(near.text) for near in around)
    day = utterance.date_in(utterance.stretch(around), past=True)
    named = _NAMED.search(clause.text)
    names = (clean(named["before"] or named["after"]),) if named else ()
    for_me = re.search(r"[帮替]我签", clause.text) and not utterance.addressed
    strength = Strength.BARE if for_me else Strength.CLEAR
    return [Reading(CheckinSlots(day, names, late), strength, (clause.start, clause.end))]


def recognise_checkin_proxy(utterance: Utterance) -> list[Reading]:
    """Recognise a check-in for others (代王秀英签到)."""
    if Topic.CHECKIN not in utterance.topics or utterance.to_others:
        return []
    others = _others(utterance)
    if others is None:
        return []
    names, _, clauses = others
    around = utterance.about(Topic.CHECKIN)
    late = any(_LATE.search(near.text) for near in around)
    day = utterance.date_in(utterance.stretch(around), past=True)
    slots = CheckinProxySlots(names, day, late)
    start = max(utterance.text.find(names[0]), clauses[0].start)
    return [Reading(slots, Strength.CLEAR, (start, clauses[-1].end))]


def _others(utterance: Utterance) -> _Others | None:
    """Find who else is present, whether the sender is too, and the clauses that say so."""
    if any(_HEARSAY.search(clause.text) for clause in utterance.clauses):
        return None
    for index, clause in enumerate(utterance.clauses):
        if not _may_speak_of_others(utterance, clause):
            continue
        names = _listed(utterance, index) or _helped(utterance, clause)
        names = names or _with_them(utterance, clause) or _pointed_at(utterance, index)
        if names:
            naming = [
                c
                for c in utterance.clauses
                if any(name in c.text for name in names)
                and (c is clause or not c.topics or Topic.CHECKIN in c.topics)
            ]
            return names, _is_there_too(utterance, names), tuple(naming) or (clause,)
    return None


def _may_speak_of_others(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    if (
        Topic.UNDO in clause.topics
        or about_everybody(_ADDED.sub("", text))
        or _NOT_THEM.search(text)
    ):
        return False
    if utterance.elsewhere and elsewhere(text):
        return False
    return clause.stated or politely(text) or bool(_FORGOT_THEM.search(text))


_HEARSAY = re.compile(r"[让叫喊求]我[给帮替]|没敢|不敢|没给|没帮")
_ADDED = re.compile(r"名单上?(?:加|补|漏)")
_FORGOT_THEM = re.compile(r"忘了?(?:记了?)?[给帮替]|没带|签不上|不会")


def _is_there_too(utterance: Utterance, names: tuple[str, ...]) -> bool:
    """Tell whether the sender is present as well (我和…, 我签到，顺便替匡大姐也签一个)."""
    for clause in utterance.clauses:
        text = clause.text
        if re.search(r"我[和跟与、]|[和跟与、]我(?!的|家|旁)|^签到\s?[+、]|^我签到|^我，", text):
            return True
        others = any(name in text for name in names) or _THEM.search(text)
        if not others and _says_i(text) and _is_own(utterance, clause):
            return True
    return False


def _helped(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 帮老李签一下 and 周一的学习给毛建国补个到."""
    for match in _FOR.finditer(clause.text):
        names, end = read_names(clause.text, match.end(), utterance.lexicon)
        names = (
            names
            or _structural(clause.text, match.end())
            or _modified(utterance, clause, match.end())
        )
        follows = clause.text[end:]
        if names and ("签" in match[0] or "补" in match[0] or _SIGNS.search(follows)):
            return names
    return ()


def _modified(utterance: Utterance, clause: Clause, start: int) -> tuple[str, ...]:
    """Read 给5.21那天没签到的陆志和补签到: the name behind what is said of him."""
    sign = _SIGNED.search(clause.text, start)
    if sign is None:
        return ()
    between = clause.text[start : sign.start()]
    people = find_people(between, utterance.lexicon)
    ends = people and people[-1][2] == len(between)
    return tuple(name for name, _, _ in people) if ends else ()


_SIGNED = re.compile(r"补?签|补个?到|打卡|记个?到|也?点上|登记|把")
_ANYBODY = re.compile(
    r"(?P<who>[\u4e00-\u9fa5]{2,4}?)(?:也|都|一起)?(?:补?签|补个?到|打卡|记个?到)"
)
_NOBODY = re.compile(
    r"[我你您他她谁补组]|麻烦|系统|请|大家|各位|们|忙|一下|昨|今|明|这|那|的|孩子|公司|领导|上次"
)


def _structural(text: str, start: int) -> tuple[str, ...]:
    """Read whoever stands between 帮 and 签, even without a known surname."""
    match = _ANYBODY.match(text, start)
    return (match["who"],) if match and not _NOBODY.search(match["who"]) else ()


def _listed(utterance: Utterance, index: int) -> tuple[str, ...]:
    """Read 补录：昨天党课 谭志勇、向红梅 到了 and 漏签人员：雷鸣、章小燕，请补录."""
    clause = utterance.clauses[index]
    open_ended = clause.text.endswith(("签到", "补签")) and not _people(utterance, [clause])
    if not (_LIST.match(clause.text) or open_ended):
        return ()
    following = [clause]
    rest = utterance.clauses[index + 1 :]
    if rest and rest[0].text == "我":
        rest = rest[1:]
    elif open_ended and not (rest and _ONLY_NAMES.match(rest[0].text)):
        return ()
    for after in rest:
        if not find_people(after.text, utterance.lexicon):
            break
        following.append(after)
    return _plain_list(utterance, following) or _people(utterance, following)


def _plain_list(utterance: Utterance, clauses: Sequence[Clause]) -> tuple[str, ...]:
    said = without_values(utterance, utterance.stretch(clauses))
    _, colon, items = said.rpartition(":")
    items = re.sub(
        r"(?:都|也|已经?)*(?:到了?|来了|参加|签到|在场|出席)$", "", items if colon else said
    ).strip()
    return read_list(items if colon else _LIST.sub("", items))


_ONLY_NAMES = re.compile(rf"(?:还有|以及|和|:)?(?:老战友|老同志)?{NAME}(?:、|和|$|，)")


def _people(utterance: Utterance, clauses: Sequence[Clause]) -> tuple[str, ...]:
    found = [n for c in clauses for n, _, _ in find_people(c.text, utterance.lexicon)]
    return tuple(dict.fromkeys(found))


def _with_them(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 我和李四都到了 and 陈明、周涛已到, in a message that speaks of checking in."""
    if not _COMES.search(utterance.text):
        return ()
    for match in _CAME.finditer(clause.text):
        names, end = read_names(clause.text, match.end(), utterance.lexicon)
        several = len(names) > 1 or match[0].startswith("我") or Topic.CHECKIN not in clause.topics
        if names and several and _HERE.match(clause.text, end) and _signed(utterance, clause):
            return names
        alone = end == len(clause.text) and _TWO_OF_US.fullmatch(match[0])
        if names and alone and _ALL_CAME.search(utterance.text):
            return names
    return ()


_COMES = re.compile(r"[到来]|在场")
_TWO_OF_US = re.compile(r"我[和跟与]@?")
_ALL_CAME = re.compile(r"都(?:来|到)|签到")


def _signed(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether what is said of them is followed by an order or a sign, not by hearsay."""
    return clause.text[-1:] != "说" and not any("说" in c.text[:6] for c in utterance.clauses)


def _pointed_at(utterance: Utterance, index: int) -> tuple[str, ...]:
    """Read 小孟也来了，替他签一下: who is signed for stands in the clauses before."""
    clause = utterance.clauses[index]
    if not _THEM.search(clause.text):
        return ()
    said = [
        earlier
        for earlier in utterance.clauses[:index]
        if not _NOT_THEM.search(earlier.text) and earlier.mood is not Mood.QUESTION
    ]
    there = [earlier for earlier in said if _PRESENT.search(earlier.text)]
    people = _people(utterance, [clause]) or _people(utterance, there)
    for earlier in reversed(said):
        people = people or _people(utterance, [earlier])
    return people


_PRESENT = re.compile(
    r"[在来到]$|[在来到][了的场会座着]|在[我旁隔门]|也[在来到]|走不开|没带|没流量|不会|不好使|眼睛|没电|签不[上了]|老年机"
)


def handle_checkin(slots: CheckinSlots, context: Context) -> Reply:
    """Check the writer in to what is open; whoever else is named is checked in by proxy."""
    if slots.names and slots.names != (context.actor.name,):
        return _check_others_in(context, _kept(slots))
    return _check_in(context, slots, None)


def resume_checkin(option: Mapping[str, Any], context: Context) -> Reply:
    """Check the writer in to the meeting chosen."""
    late = bool(option.get("late"))
    return _check_in(context, CheckinSlots(late=late), MeetingId(option["meeting_id"]))


def handle_proxy(slots: CheckinProxySlots, context: Context) -> Reply:
    """Record others as present, or keep it for the organiser; each of them hears of it."""
    return _check_others_in(context, _kept(slots))


def resume_proxy(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the person or the meeting chosen."""
    return _check_others_in(context, option)


def _kept(slots: CheckinSlots | CheckinProxySlots) -> dict[str, Any]:
    day = slots.day.isoformat() if slots.day else None
    return {"names": list(slots.names), "day": day, "late": slots.late}


def _check_others_in(context: Context, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "checkin_proxy", kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    day = date.fromisoformat(kept["day"]) if kept["day"] else None
    chosen = kept.get("meeting_id")
    meeting_id = None if chosen is None else MeetingId(chosen)
    if is_self(people, context):
        return _check_in(context, CheckinSlots(day, late=kept["late"]), meeting_id)
    try:
        marked = attendance_others.check_in_others(
            context.session,
            people=people,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            day=day,
            meeting_id=meeting_id,
            late_entry=kept["late"],
        )
    except attendance.WhichMeeting as several:
        options = [(m.title, {**kept, "meeting_id": m.id}) for m in several.choices]
        return ask(context, "checkin_proxy", WHICH, options)
    batch = str(context.inbound_id)
    attendance.remember_marks(context.session, marked, context.actor, context.now, batch=batch)
    return Reply(_others_words(marked), send=_told(marked, context))


def _others_words(marked: Sequence[Marked]) -> Text:
    """Return one line for those newly recorded, those who wait, and those known already."""
    lines = []
    for template, new, pending in (
        (OTHERS_DONE, True, False),
        (OTHERS_ASKED, True, True),
        (OTHERS_TWICE, False, False),
        (OTHERS_WAITING, False, True),
    ):
        group = [mark for mark in marked if (mark.new, mark.pending) == (new, pending)]
        if group:
            names = "、".join(dict.fromkeys(mark.name for mark in group))
            lines.append(
                say(
                    template,
                    names=named(names) if new else Fact(FactKind.PRESENCE, names),
                    title=event(group[0].meeting.title),
                    time=clock_words(group[0].at),
                )
            )
    return join(*lines)


def _told(marked: Sequence[Marked], context: Context) -> tuple[ToMember, ...]:
    """Tell everybody else what was said of him, once, and how to object."""
    first = {mark.member_id: mark for mark in reversed(marked) if mark.new}
    return tuple(
        ToMember(
            member_id,
            say(
                TOLD_ASKED if mark.pending else TOLD_DONE,
                reporter=context.actor.name,
                title=event(mark.meeting.title),
                time=clock_words(mark.at),
            ),
            f"proxy:{context.inbound_id}:{member_id}",
        )
        for member_id, mark in first.items()
        if member_id != context.actor.member_id
    )


def _check_in(context: Context, slots: CheckinSlots, meeting_id: MeetingId | None) -> Reply:
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    try:
        marked = attendance.check_in(
            context.session,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            day=slots.day,
            meeting_id=meeting_id,
            late_entry=slots.late,
        )
    except attendance.WhichMeeting as several:
        options = [(m.title, {"meeting_id": m.id, "late": slots.late}) for m in several.choices]
        return ask(context, "checkin", WHICH, options)
    attendance.remember_marks(context.session, marked, context.actor, context.now)
    return Reply(_words(marked[0], context))


def _words(done: Marked, context: Context) -> Text:
    template = DONE
    if done.pending:
        template = PENDING if done.new else TWICE_PENDING
    elif not done.new:
        template = TWICE
    elif done.late:
        template = LATE
    return say(
        template,
        name=writer(context.actor.name),
        title=event(done.meeting.title),
        time=clock_words(done.at),
        minutes=done.late,
    )


def _is_open(context: Context) -> Waiting:
    found = attendance.has_open(context.session, context.actor, context.now)
    return Waiting.OPEN if found else Waiting.NOTHING


CHECKIN = Intent(
    name="checkin",
    title="签到",
    recognise=recognise_checkin,
    handle=handle_checkin,
    waits=_is_open,
    resume=resume_checkin,
    examples=CHECKIN_EXAMPLES,
    silent=CHECKIN_SILENT,
    teachable=Teachable.ACTION,
)
PROXY_CHECKIN = Intent(
    name="checkin_proxy",
    title="代签",
    recognise=recognise_checkin_proxy,
    handle=handle_proxy,
    resume=resume_proxy,
    examples=PROXY_EXAMPLES,
    silent=PROXY_SILENT,
)
