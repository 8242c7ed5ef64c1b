"""Leave as people ask for it (请假), for themselves and for others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.clock import day_of
from bot.inbound.elsewhere_words import excused_elsewhere
from bot.inbound.intents import Reading, Strength
from bot.inbound.leave_days import find_days
from bot.inbound.leave_more import more_days
from bot.inbound.leave_names import ASKED, BOTH_ASK, MEETINGS, THEIRS, find_on_leave
from bot.inbound.names import find_name, is_kin, read_names
from bot.inbound.patterns import one_of
from bot.inbound.persons import of_presence
from bot.inbound.quoted_notices import WILL_NOT, find_quoted_notice
from bot.inbound.reasons import find_reason
from bot.inbound.scope import about_everybody, about_listener, politely
from bot.inbound.several_chosen import heads_of_all
from bot.inbound.titles import without_values
from bot.inbound.topics import Topic
from bot.inbound.utterance import ACTIONS, Clause, Mood, Utterance

SICK = "病假"  # a reason in itself (我请病假)


@dataclass(frozen=True, slots=True)
class LeaveSlots:
    """Leave asked by the sender, or for others.

    Attributes:
        day: First day, None for today (or the next meeting).
        until: Last day, inclusive, when a span was named.
        names: Those on leave, empty for the sender.
        reason: The words that say why; may speak of health, so store the kind, not the words.
        title: The meeting named (主题党日), if any.
        days: All the days named, where they are several and no single span (16号和18号).
        not_on: A day said not to be meant (请假不是今天，是明天).
        heads: Leave of all that is asked about was said (两个会都请假): how many; 0 for any number.
        goes_on: It goes on from the leave asked before (请到20号).
    """

    day: date | None = None
    until: date | None = None
    names: tuple[str, ...] = ()
    reason: str | None = None
    title: str | None = None
    days: tuple[date, ...] = ()
    not_on: date | None = None
    heads: int | None = None
    goes_on: bool = False


_MISSES = (
    r"(?:(?:来|去|参加|出席|到会?|赶)不(?:了|成|到)|(?:不能|无法|没法|没办法)(?:前?来|去|到会|到场|参加|出席)"
    r"|不(?:参加|出席|去|来)了)"
)
_ABSENT = one_of(
    r"(?:来|去|参加|出席|到会?|赶)不(?:了|成|到)|(?:不能|无法|没法|没办法)(?:前?来|去"
    r"|到会|到场|参加|出席)|不(?:参加|出席|去|来)了"
    r"|赶不[回过]来|上不[了成](?:会|党课|大会|支部)|(?:我|本人)[^，]{0,6}缺席|[走来去][^，]?不[脱开]"
)

_MAYBE = re.compile(
    r"真(?:的|要)?[^，]{1,6}就|若|的话|只要|一旦|万一|赶上|碰上|实在不行|到时候?[再就]|要是|如果|假如|可能|也许|说不定|再请|看情况|准备请|打算请|再说|等.{1,10}再|大不了"
)

_NOT_ASKED = re.compile(
    r"请[^，]{0,3}假(?:都|也|还)(?:得|要|须|没|不|是)(?!去|来|看病|住院|照顾|陪)|请假眼|请[^，]{0,2}假(?:这|那)?种?事|[帮替给]我请的假|(?:后生|年轻人?|小年轻|小伙子?|姑娘|娃娃|工人|临时工|人家|别人|有的人|有些人)们?(?:一|动不动就|说)?请[^，]{0,3}假"
    r"|请了[^，]{0,6}假，?(?:回来|反而|反倒|结果|还是|却|倒|后来|以后|之后|才|都|也|老板|领导|活|比|更|白|照样|哪儿|在家)|[歇休]了[^，]{0,6}假"
    r"|^(?:怎么)?设置?请假|请[^，]{0,2}假(?:真|太|好|很|挺|也|可|是|最)+(?:难|麻烦|不容易|容易|严|费劲)|(?:单位|公司|学校|厂里)[^，跟向和]{0,4}请[^，]{0,2}假(?:要|得|需|真|很|太)"
    r"|请[^，]{0,2}假(?:要|得|还要|需要)[^，]{0,4}(?:审批|签字|盖章)|"
    r"请不[了成到上下]|[销消][^，]{0,2}假|假[^，]{0,4}[销消](?:了|掉|吧|一下|$)"
    r"|请[^，]{0,3}假[^，]{0,3}去[^，]{0,8}(?:报到|上班|入职)"
    r"|不是(?:要|想|来)?请|不让|[老总常]请|(?<![帮替给代为])[他她]|(?:不|没有?|别|未|甭)(?:[帮替给]我)?(?:用"
    r"|想|打算|准备|能|要|会|给|记|我|[帮替]我)*请|取消|作废|不算|撤|(?<!重新)(?<!再)说(?!一?[声下])|人家.{0,4}请|[没有无]人请|人人|没去(?:幼儿园|学校|上)"
    r"|可以请[^，]{0,3}假(?![，]?[吗么不行])|请假\s?\d{1,3}(?:$|人|名|位)"
    r"|谁|(?<![跟向和给问帮])[你您]|(?:大家|各位)(?!$)|干[嘛什]|请假的|批(?!我?个?假)|不批"
    r"|请(?:过|完)假|(?:跟|向|和|找|给)(?:厂里?|车间|店里|队里|连队|老婆大人|公司|单位|老[板师]|领导|学校|班主任|导员|经理"
    r"|部门)[^，]{0,4}请"
    r"|(?<![接送带陪看顾管])(?:孩子|娃|儿子|女儿|孙[子女]|学生|员工)(?!结婚|订婚|住院|生病|发烧|高考|出差)[^，]{0,4}请[^，]{0,3}假|产假|年假|婚假|请长假[去到回]|假[^，]{0,4}扣|(?:隔壁|邻居|楼[上下]|对门)[^，]{0,4}请了|趁早|尽早|可以请[^，]{0,3}假(?:嘛|的|啊)|请[^，]{0,4}假[^，]{0,4}没去"
    r"|(?:公司|学校|班里?|单位)(?:里|上)?.{0,3}请"
)


_ONLY_WISHED = re.compile(
    r"请了[^，]{1,4}(?:天|周|月|礼拜|星期|回|次)[^，]{0,3}假，(?:回来|反而|反倒|结果|老板|领导|还是|照样)|"
    r"想请[^，]{0,4}假的?，?(?:但是?|可是?|又|却|不过|就是|只是)[^，]{0,3}(?:不好意思|不敢|没敢|怕|开不了口|张不开)"
)

_AT_SCHOOL = re.compile(r"家长会|学校|幼儿园|孩子|娃")

_TEACHER = re.compile(r"(?:^|，)老师")

_ACTIVITY = re.compile(
    r"(?<![去加有搞陪送])(?P<title>植树|种树|义诊|义剪|志愿服务|参观|慰问|清扫|打扫|巡逻|骑行|[春秋]游|[爬登]山"
    r"|演练|扫[雪街]|拔[河草]|采摘|值守|执勤)(?:活动)?(?:的|我们?|也|就|要|想|得|先|[，\s])*"
    r"(?:请[^，]{0,3}假|[去来]不|参加不|不[去来参能]|上不)"
)
"""What one signs up for, as that which is missed; a reason is said otherwise (要去参观，请假)."""

_THEN = re.compile(r"就|才|再")

_OVER = re.compile(r"请假(?:去|了|回|出)|请了|请的|上个?[月周]|昨天|前[天几]|去年|上次|那次|那回")

_MAY = re.compile(r"(?:能|可以|想).{0,8}[吗么不]")

_QUESTIONED = re.compile(r"谁|怎|多少|几|哪|什么|为啥|干吗")


_MISSED = re.compile(r"上不[了成](?:会|党课|大会|支部)")


def recognise_leave(utterance: Utterance) -> list[Reading]:
    """Recognise leave asked or announced."""
    if utterance.to_others or not utterance.clauses:
        return []
    if Topic.LEAVE in utterance.topics:
        return _asked(utterance)
    if more := more_days(utterance):
        slots = LeaveSlots(more.first, more.last, goes_on=more.first is None)
        return [Reading(slots, Strength.BARE, (0, len(utterance.text)))]
    if Topic.SIGNUP in utterance.topics or Topic.DUES in utterance.topics:
        return []
    return _absent(utterance)


def _asked(utterance: Utterance) -> list[Reading]:
    readings: list[Reading] = []
    for clauses, request in _requests(utterance):
        together = _together(utterance, request) or _with_me(utterance, clauses, request)
        if together:
            readings += _of_both(utterance, clauses, together)
            continue
        names = find_on_leave(utterance, clauses, request)
        if names is None or (names and _OVER.search(request.text)):
            continue
        reading = _reading(utterance, clauses, names, Strength.CLEAR)
        if clauses[0].start or clauses[-1].end < len(utterance.text):
            reading = replace(reading, span=(request.start, request.end))  # between others' words
        readings.append(reading)
    return _apart(_with_one_reason(readings))


def _with_one_reason(readings: list[Reading]) -> list[Reading]:
    """Read 王五请假，孙丽也请假，都去旅游 as the leave of both, with the reason of both."""
    kept: list[Reading] = []
    for reading in readings:
        last: LeaveSlots | None = kept[-1].slots if kept else None
        slots = reading.slots
        names = (*last.names, *slots.names) if last else ()
        alike = last and last.names and slots.names and not last.reason
        shared = slots.reason is None or _OF_ALL.match(slots.reason)
        if (
            last
            and alike
            and shared
            and replace(slots, names=(), reason=None) == replace(last, names=())
        ):
            reason = _OF_ALL.sub("", slots.reason) if slots.reason else None
            both = replace(slots, names=tuple(dict.fromkeys(names)), reason=reason)
            kept[-1] = Reading(both, reading.strength, (kept[-1].span[0], reading.span[1]))
        else:
            kept.append(reading)
    return kept


_OF_ALL = re.compile(r"(?:都是?|一起|[两三四五六几][个位]人?)(?:因为|要)*")


def _requests(utterance: Utterance) -> list[tuple[tuple[Clause, ...], Clause]]:
    """Return each clause that asks leave, with the neighbours that speak of nothing else."""
    text = utterance.text
    listener = ("你" in text or "您" in text) and "我" not in text
    if listener and any(
        about_listener(_YOU_DO.sub("", clause.text)) for clause in utterance.clauses
    ):
        return []  # 你明天能来不，不能来趁早请假
    if _ONLY_WISHED.search(text) or (_TEACHER.search(text) and _AT_SCHOOL.search(text)):
        return []
    clauses = utterance.clauses
    apart = [
        bool(clause.topics & _ELSE) or bool(of_presence(clause, utterance.lexicon))
        for clause in clauses
    ]  # 我到了，但是王五请假: who has come is another statement
    asking = [
        index
        for index, clause in enumerate(clauses)
        if Topic.LEAVE in clause.topics and _is_request(clause) and not _of_guest(utterance, clause)
    ]
    found = []
    for at, index in enumerate(asking):
        first = index
        before = asking[at - 1] if at else -1
        while first - 1 > before and not apart[first - 1] and (at == 0):
            first -= 1
        last = index
        behind = asking[at + 1] if at + 1 < len(asking) else len(clauses)
        while last + 1 < behind and not apart[last + 1]:
            last += 1
        found.append((clauses[first : last + 1], clauses[index]))
    return found


def _of_guest(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether what goes with the request says that another comes (请假 王五要来)."""
    behind = _BEHIND.search(clause.text)
    found = find_name(clause.text, behind.end(), utterance.lexicon) if behind else None
    return bool(found and not is_kin(found[0]) and _COMES.fullmatch(clause.text, found[1]))


_BEHIND = re.compile(r"假[\s:]+")

_COMES = re.compile(r"(?:要|会|能|也|就|都|已经?)*(?:来|到|去|参加|出席)(?:了|的|啊|吧|呢)*")


def _apart(readings: list[Reading]) -> list[Reading]:
    """Return what is asked once as one; others' leave, or that of another day, is another."""
    kept: list[Reading] = []
    for reading in readings:
        slots = reading.slots
        again = next((r for r in kept if r.slots.names == slots.names), None)
        if again is None or (slots.day and again.slots.day and slots.day != again.slots.day):
            kept.append(reading)
        elif again is kept[-1]:
            merged = replace(
                again.slots,
                day=again.slots.day or slots.day,
                until=again.slots.until or slots.until,
                reason=again.slots.reason or slots.reason,
                title=again.slots.title or slots.title,
            )
            kept[-1] = Reading(merged, again.strength, (again.span[0], reading.span[1]))
    return kept


_ELSE = ACTIONS - {Topic.LEAVE}


def _together(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read who is on leave beside the speaker (我和张三都请假); 跟张三请假 asks it of him."""
    text = clause.text
    first = utterance.clauses[0]
    if first is not clause and _ME_AND.match(first.text) and BOTH_ASK.match(text):
        return read_names(first.text, 2, utterance.lexicon)[0]  # 我和王芳明天出差，两个人都请假
    text = _without_days(utterance, clause)
    if me_and := _ME_AND.search(text):
        names, end = read_names(text, me_and.end(), utterance.lexicon)
        alike = _ALIKE.match(text, end) or (me_and[0] != "我跟" and _LEAVE_OF.match(text, end))
        return names if names and (alike or _ENDS.match(text, end)) else ()
    names, end = read_names(text, 0, utterance.lexicon)
    return names if names and _AND_ME.match(text, end) else ()


def _without_days(utterance: Utterance, clause: Clause) -> str:
    """Return a clause without days and meetings: they may stand between people and request."""
    text = without_values(utterance, clause)
    return _OF_MEETING.sub("", text).strip()


def _with_me(utterance: Utterance, clauses: Sequence[Clause], request: Clause) -> tuple[str, ...]:
    """Read who is on leave as well in 我请假，赵六也请; of 赵六请假，我也请 it is the sender too."""
    lexicon = utterance.lexicon
    asked = ASKED.search(request.text)
    if asked is None or _FOR_OTHERS.search(request.text, 0, asked.start()):
        return ()
    of_others, _ = read_names(_without_days(utterance, request), 0, lexicon)
    pieces = [request.text[asked.end() :], *(c.text for c in clauses if c.start > request.start)]
    if of_others:
        me_too = any(_ME_TOO.match(piece) for piece in pieces)
        return () if all(map(is_kin, of_others)) or not me_too else of_others
    found: list[str] = []
    for piece in pieces:
        lead = _AND_LEAD.match(piece)
        names, end = read_names(piece, lead.end() if lead else 0, lexicon)
        if names and not all(map(is_kin, names)) and _SO_DOES.match(piece, end):
            found += names
    return tuple(dict.fromkeys(found))


_FOR_OTHERS = re.compile(r"[帮替代给](?!我)|[让叫托]")
_ME_TOO = re.compile(r"[，\s]*我(?:也|同样|一样)+(?:要|得|想)?(?:请|是|一样|$|[来去]不)")
_AND_LEAD = re.compile(r"[，\s]*(?:了|啊|还有|另外|和|跟|连同|我和|我跟)*")
_SO_DOES = re.compile(
    r"(?:同志|他|她)?(?:也|都|同样)(?:要|得|想|是)*(?:请(?!人|客)|一样|[来去]不|不[来去]|$)|(?:同志)?(?:[俩两]个?人?|一起|一块儿?)?$"
)

_OF_MEETING = re.compile(
    r"(?:那天|当天|[上下]午|晚上|这次|本次|下次)?的?(?:主题党日|党日活动|组织生活会?|(?:支部)?(?:党员)?大会|支委会"
    r"|党?小组会|党课|集中学习|(?<!开)会)(?!议|计|员)"
)


def _of_both(
    utterance: Utterance, clauses: tuple[Clause, ...], names: tuple[str, ...]
) -> list[Reading]:
    """Return the speaker's leave and that of the others, with one reason."""
    theirs = _reading(utterance, clauses, names, Strength.CLEAR)
    reason = theirs.slots.reason
    if reason and _JOINED.fullmatch(_without(reason, names)):
        theirs = replace(theirs, slots=replace(theirs.slots, reason=None))
    own = replace(theirs.slots, names=())
    begin, end = theirs.span
    return [
        Reading(own, Strength.CLEAR, (begin, begin + 1)),
        replace(theirs, span=(begin + 1, end)),
    ]


def _without(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text or "我"


_ME_AND = re.compile(r"(?:我|本人|俺)(?:[和跟与同、]|还有|以及|连同|加上)\s?")

_AND_ME = re.compile(r"(?:同志)?(?:[和跟与同、]|还有)我(?:都|一?起|也|请|[俩两])")

_ALIKE = re.compile(r"(?:同志)?[，\s]?(?:我们)?(?:都|一?起|一块|也|[俩两三四五]个?人?)")

_ENDS = re.compile(r"(?:同志)?$")

_LEAVE_OF = re.compile(r"(?:同志)?(?:想|要)?请(?:个|一下)?假")

_JOINED = re.compile(r"(?:[和跟与都也一起同志、俩两个人请]|我|还有|以及|连同|加上)+")


_YOU_DO = re.compile(
    r"(?:麻烦|烦请?|劳烦|劳驾|请|就)?(?:你|您)(?:也|就|先|再)?(?=[给帮替为代]|请[^，]{0,3}假|[记登报])"
)
"""The bot is asked to do it (你给请个假)."""
_WHY_HE = re.compile(r"((?:[帮替给代为]|^)[^，]{2,8}请[^，]{0,3}假[^，]{0,12}?)[他她](?!们)")
"""Why he is away, behind the request (帮项老师请假 15号组会他要出诊)."""


def _is_request(clause: Clause) -> bool:
    text = _WHY_HE.sub(r"\1", _YOU_DO.sub("", THEIRS.sub("", clause.text)))
    if not ASKED.search(text) or _NOT_ASKED.search(text) or _MAYBE.search(text):
        return False
    if excused_elsewhere(text):
        return False
    if Topic.UNDO in clause.topics or about_everybody(text):
        return False
    if clause.mood is Mood.FUTURE and _THEN.search(text):
        return False
    asked = clause.mood is Mood.QUESTION
    polite = politely(text) or bool(_MAY.search(text))
    return not asked or (polite and not _QUESTIONED.search(text))


def _absent(utterance: Utterance) -> list[Reading]:
    """Read 明天的会参加不了，要值班: an absence from a meeting, with its reason."""
    notice = find_quoted_notice(utterance)
    if notice is None and not _ABSENT.search(utterance.text):
        return []
    said = [
        clause
        for clause in utterance.clauses
        if (_ABSENT.search(clause.text) or (notice and WILL_NOT.fullmatch(clause.text)))
        and clause.mood is not Mood.QUESTION
        and not _MAYBE.search(clause.text)
        and not about_listener(clause.text)
        and not _ONLY_KIN.fullmatch(clause.text)
    ]
    withdrawn = _ACTIVITY.search(utterance.text) or _WITHDRAWN.search(utterance.text)
    if not said or withdrawn:  # 植树我去不了: a sign-up is withdrawn
        return []
    if any(clause.topics & {Topic.CHECKIN} for clause in utterance.clauses):
        return []
    if both := _absent_together(utterance, said):
        return both
    names, _ = read_names(utterance.text, 0, utterance.lexicon)
    if said[0].start and _IT_IS_ME.match(said[0].text):
        names = ()  # 孙子发烧，我去不了: the one named before is the reason
    around = tuple(c for c in utterance.clauses if Topic.RECEIPT not in c.topics)
    reading = _reading(utterance, around or utterance.clauses, names, Strength.CLEAR)
    meeting = Topic.MEETING in utterance.topics | utterance.quoted_topics or any(
        _MISSED.search(clause.text) for clause in said
    )
    if notice is not None and not names:
        slots = reading.slots
        title, day = slots.title or notice.title, slots.day or notice.day
        return [replace(reading, slots=replace(slots, title=title, day=day))]
    if meeting and reading.slots.reason:
        return [reading]
    if not utterance.addressed and not _may_be_ours(utterance, reading.slots):
        return []
    return [Reading(reading.slots, Strength.BARE, reading.span)]


def _absent_together(utterance: Utterance, said: Sequence[Clause]) -> list[Reading]:
    """Read 我和张三18号都来不了，出差: neither is lost, and neither is away alone."""
    for clause in said:
        text = _without_days(utterance, clause)
        me_and = _ME_AND.search(text)
        names, end = read_names(text, me_and.end() if me_and else 0, utterance.lexicon)
        if not names or not (_BOTH_MISS if me_and else _AND_ME_MISS).match(text, end):
            continue
        meeting = Topic.MEETING in utterance.topics | utterance.quoted_topics
        if not (meeting or utterance.addressed) or all(map(is_kin, names)):
            return []
        strength = Strength.CLEAR if meeting else Strength.BARE
        read = _of_both(utterance, utterance.clauses, names)
        return [replace(reading, strength=strength) for reading in read]
    return []


_IT_IS_ME = re.compile(r"(?:所以|那|就|看来)*(?:我|俺|本人)(?![和跟与]|们)")
_ONLY_KIN = re.compile(
    r"(?:但是?|不过)?(?:我|俺)?(?:家|的)?(?:孙子|孙女|外孙女?|儿子|女儿|闺女|孩子|小孩|娃儿?|儿媳妇?|女婿)(?:也|就|都|这次)*(?:[来去]不了|不(?:来|去|参加))了?"
)
"""植树退1个，孙子不去了: who belongs to no branch asks no leave."""
_BOTH_MISS = re.compile(r"(?:同志)?(?:[俩仨]|[两三]个?人?|都|一?起|也|要|有事|得)*" + _MISSES)
_AND_ME_MISS = re.compile(
    r"(?:同志)?[和跟与]我(?:[俩仨]|[两三]个?人?|都|一?起|也|要|有事|得)*" + _MISSES
)


def _may_be_ours(utterance: Utterance, slots: LeaveSlots) -> bool:
    """Tell whether 来不了了家里孩子发烧 among people may be said of a meeting: soon, and why."""
    soon = day_of(utterance.now) + timedelta(days=1)
    return slots.reason is not None and not slots.names and (slots.day or soon) <= soon


def _reading(
    utterance: Utterance,
    clauses: tuple[Clause, ...],
    names: tuple[str, ...],
    strength: Strength,
) -> Reading:
    whole = utterance.stretch(clauses)
    days = find_days(utterance, clauses)
    found = MEETINGS.search(whole.text)
    title = found["title"] if found and days.title_counts else None
    if title in (None, "活动") and (activity := _ACTIVITY.search(whole.text)):
        title = activity["title"]
    reason = find_reason(utterance, clauses, names) or (SICK if SICK in utterance.text else None)
    if found and reason and reason.startswith(f"{title} "):
        reason = reason.removeprefix(f"{title} ").strip()  # 请假 党课 出差
    slots = LeaveSlots(
        day=days.first,
        until=days.last,
        names=names,
        reason=reason,
        title=title,
        days=days.several,
        not_on=days.instead_of,
        heads=heads_of_all(utterance.text),
    )
    return Reading(slots, strength, (whole.start, whole.end))


_WITHDRAWN = re.compile(
    r"退(?:掉|了)?[一两二三四五1-5]个|(?:^|[，\s])(?:换|改|让)[^，时间地]{1,5}(?:去|来|顶|上|$)|报了[一两二三四五六七八九\d]个"
    r"|[都也]取消(?:掉|了|吧)*$"
)
