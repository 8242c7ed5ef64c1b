"""Who is there, read from what was said: the sender, or others by his word (签到, 补签, 代签)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.elsewhere_words import signs_elsewhere
from bot.inbound.entrusted import entrusted
from bot.inbound.intents import Reading, Strength
from bot.inbound.names import (
    NAME,
    clean,
    find_name,
    find_people,
    is_kin,
    read_list,
    read_names,
    read_names_before,
)
from bot.inbound.patterns import one_of
from bot.inbound.persons import Said, all_kin, comes_after_all, own_arrival, statements
from bot.inbound.scope import about_everybody, about_listener, elsewhere, looks_for_people, politely
from bot.inbound.signed_lists import headed_list as _headed_list
from bot.inbound.signed_lists import left_out, made_up_for
from bot.inbound.titles import without_values
from bot.inbound.topics import Topic
from bot.inbound.utterance import ACTIONS, Clause, Mood, Utterance, shared
from bot.inbound.vocabulary import words


@dataclass(frozen=True, slots=True)
class CheckinSlots:
    """Somebody says to be present.

    Attributes:
        day: The day of the meeting, None for today.
        names: A bare name carried by the message (张德福 签到), else empty: the sender.
        late: Said as 补签, for a meeting that is over.
        borrowed: Written with another's account (手机没电，用老伴的发): who has come is asked.
        month: The month of the meeting, where no day was named (补签上个月的).
    """

    day: date | None = None
    names: tuple[str, ...] = ()
    late: bool = False
    borrowed: bool = False
    month: Month | None = None


@dataclass(frozen=True, slots=True)
class CheckinProxySlots:
    """Others are present, told by the sender; never the sender.

    Attributes:
        names: As written, at least one.
        day: The day of the meeting, None for today.
        late: Said as 补签 or 补录, for a meeting that is over.
        by_them: It may as well be said that they sign for somebody (孙丽代签): for whom is asked.
        month: The month of the meeting, where no day was named.
    """

    names: tuple[str, ...]
    day: date | None = None
    late: bool = False
    by_them: bool = False
    month: Month | None = None


_BARE = words(
    """
    到 到了 我到了 已到 我已到 我已到了 在 我在 来了 我来了 已经到了 我已经到了 到会
    已到会 到场 已到场 报道 打卡 1 +1 签过了 到了到了 我到了到了 人到了 我人到了 到啦 我到啦
    """
)
_ANSWERS = _BARE | words(
    """
    签 已签 签了 签好了 已签好 签上了 已签到了 好了 我签了 我已签
    """
)
_WORDS = re.compile(
    r"签(?:个|一下|一个|上)?到|^我?(?:现在|已经?|再|马上来|来)?(?:签(?:一下|一个|[上下好]?了?) ?){1,4}$"
    r"|[给帮]我签|现在签|记一?下到|补个?一?下?签|签个名?到"
    r"|报到$|[记打](?:我|本人)?一?个?到(?=$|[\s吧了啦啊哈呗])|[算点]我到$|[给帮]我[记点]上$"
)
_FORGOT = re.compile(r"忘记?了?点?签|漏签|没签[上成]|没来得及签|想起.{0,4}签|没.{0,3}名字")
_LATE = re.compile(r"补|忘|漏|没签上|没.{0,3}名字|没来得及|想起")
_MADE_UP = re.compile(
    r"补(?:个|一下|上|一个)?(?:签|到)?(?:吧|呗|哈|啊|一下|上|$)|补[签录登]|记上|补个呗|补一个"
)
_WAS_THERE = re.compile(
    r"我(?:人)?(?:[^，]{0,6}(?:去了|到了|来了|参加了)|[^，]{0,4}在的|[^，]{0,4}在现?场)"
)
_NOT_SAID = re.compile(
    r"(?:先|要|得|去|新兵|入学|入职|新生|开学)[^，]{0,3}报到|去年|前年|那年|教|不是我|签到(?:记录|的(?!$)|完成率|打卡[机器])|请(?!.{0,2}我).{0,6}签|[叫让].{1,6}签|不用|不必|记得|别忘|提醒|通知|催|(?:开始"
    r"|停止|可以|要|需|让.{0,4}|去|等.{0,6}"
    r"|连续|每[天次]|按时|及时|必须|是)签到?"
    r"|补录|不上|不签|签[早错重]|[取撤错删]|作废|不算|[^我]说|代签|[帮替代给](?!我(?![们家爸妈儿女孙姐哥弟妹爷奶公婆岳舅姨姑叔伯]|老[伴公婆汉]|爱人|徒弟|师)|忙|[上昨前这那\d])|大家|各位|他|她|谁"
    r"|同意|批准|通过|驳回|(?:回复?|[发打扣]|扫码)\s?签到\s?(?:就|即|便|也)?(?:行|可|好|成|算)"
)
_FILLER = re.compile(
    r"我|本人|已经?|签(?:个|一下|一个|上)?到|签|补|一下|报到|[记打][一个]*到|了|来|啦|哈|啊|在|到"
    r"|会场|会议室|楼|现场|今天|完成|成功|完毕|刚|现在|噻|撒|晚|才|想起|重新?"
    rf"|支部|小组|给|帮|小助手|书记|吧|请|[一二三四五六七八九十\d]|{NAME}"
)
_NAMED = re.compile(
    rf"^(?:\S{{1,10}}?(?:支部|小组|组长?)\s?)?(?:我是|我叫)?(?P<before>{NAME})\s?(?:已|来"
    rf"|前来)?(?:补?签到?|报到|到)了?$"
    rf"|^(?:我)?补?签到?\s?[:+]?\s?(?P<after>{NAME})$"
)
_FOR = one_of(
    r"(?:^把|(?<=[另请再还，\s])把|代签|代为|帮忙签(?:一下|个|上)?到?|[帮替代给为](?:忙)?(?:一下)?|补录(?:签到)?|补登)\s?:?\s?@?"
    r"(?:昨天|前天|今天|上次|上?周[一二三四五六日]|\d{1,2}[日号])?的?"
)
_SIGNS = re.compile(r"签(?!成|错|约)|[记打补]个?到|[记补加]上|报到|补录|登记|补一?[下上]|^\)?$")
_THEM = re.compile(
    r"[帮替代给把](?:他|她)|(?:^|，)(?:请|麻烦)?[帮替代](?:忙|一下|着)?签|补[录登]|代签|代为?签|漏[签登]|代劳|统一签|位[帮替代]签|代发|一[并起块同]签"
    r"|(?:都|也)(?:给)?签[上了下一]|签到.{0,3}[补记]|签到我?来?[代帮替]|(?:登记|记|补)(?:一下|上|个)?[他她]|(?:给|帮).{0,3}补上|^补[上签]|签了吧|记一?下签到|名单上?[加补]"
)
_LIST = re.compile(
    r"^(?:批量|现场点名到的|算到场:|签到名单上?[加补][^:]{0,4}:|代表我们|签到\s?\+|[替帮给代][^，:]{1,5}组.{0,2}签到:|现场|会后|集中)?(?:代签|补录|补登|补签到?|漏签(?:人员|名单)?)"
)
_CAME = re.compile(
    r"(?:我[和跟与、](?:\S{1,4}[里室组楼部门的](?=\S{2}))?|还有|带上|加上|捎上|连同|^|[:\s的天日会课])@?"
)
_HERE = re.compile(
    r"(?:和我|跟我|与我|[\S]位|[俩都也均全]|全部|统统|通通|同志|党员|已经?|一[起并同道]|一块儿?|老两口|，|\s)*"
    r"(?:来?到的|到了|到场|已?到$|来了|来.{0,2}了|到会|到的|在场|到齐|签(?:个|一下|一个|上)?到|签[上个])"
)
_NOT_THEM = one_of(
    r"谁|吗$|没来|没到|不来|缺席|请.{0,2}假|[让叫喊]我|没敢|没有?给|不[给帮替]|应到|实到|删|撤|日程|签到[时前后]"
)
_REST = 8
_APART = re.compile(r"(?:我|我?已经?|前来|现在)?签到[了啦]? (?=\S)")
_AS_NOUN = re.compile(
    r"签到(?!$|[\s~:+(、了啦啊呀哈呗吧的咯哦哟嘛la一签\d打报完成晚漏补记先上我就再给还来O])"
)
_EXCUSED = re.compile(r"签到[了啦]? (?:路上|堵|不好意思|抱歉|对不起|迟到)")
_HEREBY = re.compile(r"(?:我|那)*这就(?:来)?(?:签个?到?|报到)(?:了|啦)?")
_CALLED = re.compile(
    r"(?:各位|诸位|大家|全体|所有|在座|在场)[^我]{0,8}|[^我]{0,8}(?:同志|党员|委员|[组成人]员|老师|领导|伙伴|朋友|乡亲|家人|兄弟|姐妹)们"
    r"|(?:已经?|今天|凡是|所有|还?没)*(?:到|来|在|参加)[^我]{0,4}的(?:同志|党员|人|各位)?"
)
_ALL_OF_US = re.compile(r"(?:我们|咱们?)[^，到在来]{0,6}签")


_OTHER_ACTIONS = ACTIONS - {Topic.CHECKIN}
_Others = tuple[tuple[str, ...], bool, tuple[Clause, ...]]


def recognise_checkin(utterance: Utterance) -> list[Reading]:
    """Recognise the sender's own check-in; bare words (到, 在, 1) read `BARE`."""
    text = utterance.text
    if text in _ANSWERS and Topic.CHECKIN in utterance.quoted_topics:
        return [Reading(CheckinSlots(), Strength.CLEAR, (0, len(text)))]
    if text in _BARE:
        answers = utterance.quoted is None or _calls_in(utterance)
        return [Reading(CheckinSlots(), Strength.BARE, (0, len(text)))] if answers else []
    if said := _noted(utterance):
        return [said]
    if (came := _came(utterance)) and came[1]:
        return [Reading(CheckinSlots(), came[2], (0, 1))]
    if comes_after_all(utterance):  # the leave is taken back first, at (0, 1)
        return [Reading(CheckinSlots(), Strength.BARE, (1, 2))]
    if not came and (span := own_arrival(utterance)):
        return [Reading(CheckinSlots(), Strength.BARE, span)]
    if Topic.CHECKIN not in utterance.topics or utterance.to_others or "不是我" in text:
        return []
    if _entrusted(utterance) is not None:
        return []
    others = _others(utterance)
    alone = others is not None and not others[1]
    if others is not None and others[1] and not _own_clause(utterance, others):
        return _together(utterance, others)
    for clause in utterance.clauses:
        if Topic.LEAVE in utterance.topics and _by_another(utterance, clause):
            continue  # 我请假，张三替我签到: one of both cannot be; nobody signs for who is away
        if Topic.CHECKIN not in clause.topics or (
            alone and others and (clause in others[2] or not _is_apart(clause, others))
        ):
            continue
        if others is None and _is_call(utterance, clause):
            return []
        if _is_own(utterance, clause):
            return _own(utterance, clause)
    if others is None and _is_made_up(utterance):
        return _own(utterance, utterance.clauses[0])
    return []


_ARRIVES = frozenset("我俺也已到来刚")
_NOTED = re.compile(
    r"(?P<here>(?:我|俺)?(?:人|们)?(?:也|已经?|刚刚?|都)*(?:到|来)(?:了|啦)(?:会场|现场|会议室)?)[啊哈呢]?[，。\s]+(?P<note>\S.{1,24})"
)
_BORROWED = re.compile(
    r"手机(?:没电|关机|坏|不在|停机|没带|忘)|没[带拿]手机|没流量|微信(?:登不|上不|坏)|[用借拿][^，]{1,6}(?:手机|微信|号)|(?:替|帮|代)[我俺]?[发签]|[\u4e00-\u9fa5]{1,4}(?:的手机|的微信|的号|发的)"
)
"""Then it is written with another's account: who has come is asked."""
_ON_THE_WAY = re.compile(
    r"(?:不好意思|抱歉|对不起|路上|今天|有点|有些|那边|公交|车|地铁|雨|下雨|雪|堵车?|停车|找车位|难停|正|在|刚|晚|迟|了|一点|点|会儿?|来|到"
    r"|坐|站|着|后排|前排|门口|楼下|楼上|大厅|会场|后面|最后|里|上|呢|啊|哈|的|，|\s)+"
)


def _noted(utterance: Utterance) -> Reading | None:
    """Read 我也到了 路上堵车 (`BARE`): being there, with a word that changes nothing of it."""
    text = utterance.text
    match = _NOTED.fullmatch(text) if text[:1] in _ARRIVES else None
    if match is None:
        return None
    if utterance.quoted is not None or utterance.to_others or utterance.topics & ACTIONS:
        return None
    borrowed = _BORROWED.search(match["note"]) is not None
    if not borrowed and (utterance.elsewhere or not _ON_THE_WAY.fullmatch(match["note"])):
        return None
    span = (0, len(utterance.text))
    return Reading(CheckinSlots(borrowed=borrowed), Strength.BARE, span)


def _by_another(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether somebody named is to sign for the sender (张三替我签到)."""
    sign = _FOR_ME.search(clause.text)
    return sign is not None and bool(
        find_people(clause.text[: sign.start()], utterance.lexicon)
        or _SOMEBODY.search(clause.text[: sign.start()])
    )


_FOR_ME = re.compile(r"[帮替代给]我(?:补?签|[记报打]|点)")
_SOMEBODY = re.compile(r"[让叫喊托]|[他她]|别人|同事|同志")


def _calls_in(utterance: Utterance) -> bool:
    """Tell whether what is replied to is about being there: 1 under 谁去植树 is none."""
    if utterance.quoted_topics.isdisjoint(_CALLING) or looks_for_people(utterance.quoted or ""):
        return False
    return Topic.RECEIPT not in utterance.quoted_topics


_CALLING = frozenset((Topic.CHECKIN, Topic.MEETING, Topic.ATTENDANCE))


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
    if position > utterance.text.find(others[0][0]):  # 帮孙丽和我签到
        position = others[2][-1].end - 1
    late = bool(_LATE.search(utterance.text))
    day = utterance.date_in(utterance.stretch(utterance.clauses), past=True)
    slots = CheckinSlots(day, (), late, month=_month(utterance, day))
    return [Reading(slots, Strength.CLEAR, (position, position + 1))]


def _is_apart(clause: Clause, others: _Others) -> bool:
    """Tell whether 签到 is the sender's own though others are named: 我, or said before them."""
    said = "我" in clause.text or "本人" in clause.text
    return said or (clause.text.startswith("签") and clause.start < others[2][0].start)


def _says_i(text: str) -> bool:
    return "我" in text or "本人" in text or text.startswith("签")


def _is_own(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    if (
        Topic.UNDO in clause.topics
        or _NOT_SAID.search(text)
        or about_everybody(text)
        or _is_noun(utterance, text)
        or (utterance.elsewhere and elsewhere(text))
        or (Topic.MEETING not in clause.topics and signs_elsewhere(text))
    ):
        return False
    said = clause.stated or politely(text) or _HEREBY.fullmatch(text) or _EXCUSED.match(text)
    if about_listener(text) or not said:
        return False
    if _FORGOT.search(text):
        day = utterance.date_in(utterance.stretch(utterance.about(Topic.CHECKIN)), past=True)
        return day is not None or bool(_MADE_UP.search(utterance.text))
    rest = text
    for span in utterance.dates:
        rest = rest.replace(utterance.text[span.start : span.end], "")
    if _APART.match(rest) and not utterance.times:
        return True
    room = 2 * _REST if _MADE_UP_LATER.search(text) else _REST
    return bool(_WORDS.search(text)) and len(_FILLER.sub("", rest)) <= room


_MADE_UP_LATER = re.compile(r"补.{0,2}签")


def _is_noun(utterance: Utterance, text: str) -> bool:
    """Tell whether 签到 only goes before a noun or a time (签到用的笔, 签到处, 签到时)."""
    noun = _AS_NOUN.search(text)
    return noun is not None and find_name(text, noun.end(), utterance.lexicon) is None


def _is_call(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether others are called to check in (到会的同志们，签到; 我们全部签到)."""
    index = utterance.clauses.index(clause)
    before = utterance.clauses[index - 1].text if index else ""
    called = _CALLED.fullmatch(before) and not _says_i(clause.text[1:])
    return bool(called or (_ALL_OF_US.match(clause.text) and not _people(utterance, [clause])))


def _is_made_up(utterance: Utterance) -> bool:
    """Read 上周五的党课我在现场，忘记点签到了，麻烦补一下: there, forgotten, made up."""
    text = utterance.text
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses if "签" in clause.text):
        return False
    if Topic.UNDO in utterance.topics or (utterance.elsewhere and elsewhere(text)):
        return False
    made_up = _MADE_UP.search(text) and not re.search(r"再补|要补|补考|补课|补交|补缴", text)
    return bool(made_up and (_FORGOT.search(text) or _WAS_THERE.search(text)))


_SIGN_FOR_ME = re.compile(r"[帮替]我签")


def _own(utterance: Utterance, clause: Clause) -> list[Reading]:
    around = utterance.about(Topic.CHECKIN)
    late = any(_LATE.search(near.text) for near in around)
    day = utterance.date_in(utterance.stretch(around), past=True)
    named = _NAMED.search(clause.text)
    names = (clean(named["before"] or named["after"]),) if named else ()
    if day is not None and day > day_of(utterance.now):
        return []
    for_me = not utterance.addressed and _SIGN_FOR_ME.search(clause.text)
    strength = Strength.BARE if for_me else Strength.CLEAR
    slots = CheckinSlots(day, names, late, month=_month(utterance, day))
    return [Reading(slots, strength, (clause.start, clause.end))]


def _month(utterance: Utterance, day: date | None) -> Month | None:
    """Return the one month named of the meeting, where no day of it is; of dues it tells nothing."""
    if day is not None or not utterance.months or Topic.DUES in utterance.topics:
        return None
    named = utterance.months_in(utterance.stretch(utterance.about(Topic.CHECKIN)))
    return named[0] if len(named) == 1 else None


def recognise_checkin_proxy(utterance: Utterance) -> list[Reading]:
    """Recognise a check-in for others (代王秀英签到); 张三、王五到了 alone reads `BARE`."""
    if came := _came(utterance):
        names, with_me, strength = came
        return [Reading(CheckinProxySlots(names), strength, (int(with_me), len(utterance.text)))]
    if told := _told_of_each(utterance):
        return told
    if (listed := _headed_list(utterance)) and not utterance.to_others:
        day = utterance.date_in(utterance.stretch(utterance.clauses), past=True)
        late = bool(_LATE.search(utterance.text))
        slots = CheckinProxySlots(listed, day, late, month=_month(utterance, day))
        return [Reading(slots, Strength.CLEAR, (0, len(utterance.text)))]
    if Topic.CHECKIN not in utterance.topics or utterance.to_others:
        return []
    others = _others(utterance)
    if others is None:
        return []
    names, with_me, clauses = others
    around = utterance.about(Topic.CHECKIN)
    late = any(_LATE.search(near.text) for near in around)
    day = utterance.date_in(utterance.stretch(around), past=True)
    if day is not None and day > day_of(utterance.now):
        return []
    by_them = len(names) == 1 and _may_sign(utterance)
    slots = CheckinProxySlots(names, day, late, by_them, _month(utterance, day))
    start, end = max(utterance.text.find(names[0]), clauses[0].start), clauses[-1].end
    inside = with_me and "我" in utterance.text[start:end]  # the last sign is left to the sender
    return [Reading(slots, Strength.CLEAR, (start, end - inside))]


def _may_sign(utterance: Utterance) -> bool:
    """Tell whether 孙丽代签 is all that is said: whether for her or by her cannot be told."""
    text = utterance.text
    lead = _ASKED_TO.match(text)
    _, end = read_names(text, lead.end() if lead else 0, utterance.lexicon)
    return _SIGNS_FOR.fullmatch(text, end) is not None


_ASKED_TO = re.compile(r"(?:我|俺)?(?:这边|今天|的)?(?:请|由|让|叫|托|委托|麻烦)?@?")
_SIGNS_FOR = re.compile(
    r"\s?(?:同志)?(?:来|去|给|帮忙?|今天|这次)*(?:代(?:为|我)?|帮我?|替我?)签(?:个|一下|上)?到?(?:了|吧|哈|啊|的|一下)*"
)


def _told_of_each(utterance: Utterance) -> list[Reading]:
    """Read who else has come in 我到了，还有王五和孙丽也到了，张三请假; the rest says it of others."""
    arrived = [
        one
        for one in statements(utterance)
        if one.said is Said.CAME and one.names and not all_kin(one)
    ]
    if not arrived:
        return []
    names = tuple(dict.fromkeys(name for one in arrived for name in one.names))
    span = arrived[0].start + arrived[0].me, arrived[0].end
    return [Reading(CheckinProxySlots(names), Strength.BARE, span)]


@shared
def _came(utterance: Utterance) -> tuple[tuple[str, ...], bool, Strength] | None:
    """Read 张三、王五到了 and nothing else: who has come, whether the sender too, and how sure.

    It is sure only where it answers a call to check in.
    """
    text = utterance.text
    asked = Topic.CHECKIN in utterance.quoted_topics
    ends = asked or text[-1:] in _ARRIVED_ENDS
    if Topic.CHECKIN in utterance.topics or not ends or len(text) > _MOST:
        return None
    me = _WITH_ME.match(text)
    names, end = read_names(text, me.end() if me else 0, utterance.lexicon)
    arrived = _ARRIVED.fullmatch(text, end) or (asked and me and end == len(text))
    with_me = me is not None and me[0][-1:] in _JOINED  # 我老伴到了 says nothing of me
    of_his_own = not asked and not with_me and all(is_kin(name) for name in names)
    if not names or not arrived or of_his_own:
        return None
    return names, with_me, Strength.CLEAR if asked else Strength.BARE


def tells_of_himself(text: str) -> bool:
    """Tell whether a message on who has come begins with the sender's own coming (我和老王都到了)."""
    return bool(_WITH_ME.match(text.strip()))


_MOST = 30  # characters
_JOINED = frozenset("和跟与有，、 了在")
_ARRIVED_ENDS = frozenset("了到场会齐在")
_WITH_ME = re.compile(r"(?:签到|到|在)?[，、\s]?我(?:们)?(?:到了|在)?[，、\s]?(?:[和跟与]|还有)?")
_ARRIVED = re.compile(
    r"[，\s]?(?:同志|俩|仨|[两三四五六几][位个](?:同志)?|也|都|均|全部?|已经?|一起|一块儿?)*"
    r"(?:到了|到[场会齐]了?|来了|已到|到|在场?)"
)


@shared
def _others(utterance: Utterance) -> _Others | None:
    """Find who else is present, whether the sender is too, and the clauses that say so."""
    if any(_HEARSAY.search(_by_himself(clause.text)) for clause in utterance.clauses):
        return None
    told = _entrusted(utterance)
    if told is not None:
        return (told, False, utterance.clauses) if told else None
    if listed := _headed_list(utterance) or left_out(utterance) or made_up_for(utterance):
        return listed, False, utterance.clauses
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


@shared
def _entrusted(utterance: Utterance) -> tuple[str, ...] | None:
    """Return who is signed for in 赵六由孙丽代签; () where nothing of it is to be recorded."""
    told = [entrusted(utterance, clause) for clause in utterance.clauses]
    found = next((names for names in told if names is not None), None)
    if found and any(_is_doubtful(clause) for clause in utterance.clauses):
        return ()
    return found


def _is_doubtful(clause: Clause) -> bool:
    asked = clause.mood in (Mood.QUESTION, Mood.FUTURE) and not politely(clause.text)
    return (
        asked or Topic.UNDO in clause.topics or bool(_NOT_THEM.search(_SENT.sub("", clause.text)))
    )


_SENT = re.compile(r"[让叫喊][^我]")


def _may_speak_of_others(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    if (
        Topic.UNDO in clause.topics
        or about_everybody(_ADDED.sub("", text) if "名单" in text else text)
        or _NOT_THEM.search(_by_himself(text))
    ):
        return False
    if (utterance.elsewhere and elsewhere(text)) or signs_elsewhere(text):
        return False
    if clause.stated or politely(text):
        return True
    return bool(_FORGOT_THEM.search(text) or _ENTRUSTED.search(text))


_HEARSAY = one_of(r"[让叫喊求]我[给帮替]|没敢|不敢|没给|没帮")
_ENTRUSTED = re.compile(r"(?:不好|不便|没电|不会弄?|不方便)，?[让叫托喊]我(?=[帮替给代])")
"""With the reason why he cannot himself, it is no hearsay (腿脚不好让我替他签到)."""


def _by_himself(text: str) -> str:
    """Return a text without the reason why he cannot do it himself."""
    return _ENTRUSTED.sub("", text) if "我" in text else text


_ADDED = re.compile(r"名单上?(?:加|补|漏)")
_FORGOT_THEM = re.compile(
    r"没[签到来带赶][^，]{0,5}的(?=\S{2,10}[补签记登])|忘了?(?:记了?)?[给帮替]|没带|签不上|不会|[到来]了[^我，]{0,4}(?:没签|忘)"
)


_I_AS_WELL = re.compile(
    r"我[和跟与、]|[和跟与、]我(?!的|家|旁)|^签到\s?(?:[+、]|我[\s、])|^我签到|^我，|^(?:请|麻烦)?[给帮]我(?:也|先)?签"
)


def _is_there_too(utterance: Utterance, names: tuple[str, ...]) -> bool:
    """Tell whether the sender is present as well (我和…, 我签到，顺便替匡大姐也签一个)."""
    for clause in utterance.clauses:
        text = clause.text
        if _I_AS_WELL.search(text):
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
            or _modified(utterance, clause, match.end())
            or _structural(clause.text, match.end())
        )
        follows = clause.text[end:]
        if names and ("签" in match[0] or "补" in match[0] or _SIGNS.search(follows)):
            return names
    return ()


def _modified(utterance: Utterance, clause: Clause, start: int) -> tuple[str, ...]:
    """Read 帮我们楼的沈老太签个到, 给那天没签到的陆志和补签到: the names right before the sign."""
    for sign in _SIGNED.finditer(clause.text, start):
        if names := read_names_before(clause.text, start, sign.start(), utterance.lexicon):
            return names
    return ()


_SIGNED = re.compile(
    r"补?签(?!成|错|约)|[补记]个?到|打卡|也?点上|补[录登上进到]|记[上录一]|加[上进到]|写[上进]|报到|登记|录[入进]|把"
)
_ANYBODY = re.compile(
    r"(?P<who>[\u4e00-\u9fa5]{2,4}?)(?:也|都|一起)?(?:补?签(?!成|错|约)|补个?到|打卡|记个?到)"
)
_NOBODY = re.compile(
    r"[我你您他她谁补组添加]|麻烦|系统|请|大家|各位|们|忙|一下|昨|今|明|这|那|的|孩子|公司|领导|上次"
)


def _structural(text: str, start: int) -> tuple[str, ...]:
    """Read whoever stands between 帮 and 签, even without a known surname."""
    match = _ANYBODY.match(text, start)
    return (match["who"],) if match and not _NOBODY.search(match["who"]) else ()


def _listed(utterance: Utterance, index: int) -> tuple[str, ...]:
    """Read 补录：昨天党课 谭志勇、向红梅 到了 and 漏签人员：雷鸣、章小燕，请补录."""
    clause = utterance.clauses[index]
    if roll := _rolled(utterance, clause):
        return (*roll, *_going_on(utterance, index))
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
        if after.topics & _OTHER_ACTIONS or not find_people(after.text, utterance.lexicon):
            break
        following.append(after)
    return _plain_list(utterance, following) or _people(utterance, following)


def _rolled(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 签到 王五 赵六 孙丽: two or more, and nothing else."""
    opening = _ROLL.match(clause.text)
    if opening is None:
        return ()
    said = _ROLL.sub("", without_values(utterance, clause)).strip()
    names, end = read_names(said, 0, utterance.lexicon)
    if (
        names
        and (len(names) > 1 or opening["listed"] or "我" in opening[0])
        and not said[end:].strip(" 、")
    ):
        return names
    return read_list(said)


_ROLL = re.compile(
    r"(?:(?P<listed>[^:]{0,16}(?:签|补录|补登|算?到场|到会|点名|记到)[^:]{0,8}:)|(?:补?签到?|报到|打卡)(?:人员|名单|同志)?)"
    r"[\s:+、]*(?:我[\s、和跟与]+)?(?=\S{2})"
)


def _going_on(utterance: Utterance, index: int) -> tuple[str, ...]:
    """Read the clauses behind a list that are nothing but more of its names."""
    more: list[str] = []
    for after in utterance.clauses[index + 1 :]:
        names, end = read_names(after.text, 0, utterance.lexicon)
        if not names or not _ENDS.fullmatch(after.text, end):
            break
        more += names
    return tuple(more)


_ENDS = re.compile(r"(?:都|也|已经?)*(?:到了?|来了|在场|[都也]?签[了上到]?)?")


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
    for match in _CAME.finditer(clause.text):
        names, end = read_names(clause.text, match.end(), utterance.lexicon)
        several = len(names) > 1 or match[0].startswith("我") or Topic.CHECKIN not in clause.topics
        several = several or bool(_FORGOT.search(clause.text, end))
        several = several or _after_me(utterance, clause.start + match.start())
        if names and several and _HERE.match(clause.text, end) and _signed(utterance, clause):
            return names
        alone = end == len(clause.text) and _TWO_OF_US.fullmatch(match[0])
        if names and alone and _ALL_CAME.search(utterance.text):
            return names
    return ()


def _after_me(utterance: Utterance, at: int) -> bool:
    """Tell whether the sender signs in before somebody is named (我签到，孙丽也签到)."""
    return bool(_ME_FIRST.match(utterance.text[:at]))


_ME_FIRST = re.compile(r"(?:[给帮]?我|本人)(?:先|也|来)?(?:补?签(?:个|一下|上)?到?)[了，。\s]*$")
_TWO_OF_US = re.compile(r"(?:我[和跟与]|带上|加上|捎上|连同)@?")
_ALL_CAME = re.compile(r"都(?:来|到)|签(?:个|一下|一个|上)?到")


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
