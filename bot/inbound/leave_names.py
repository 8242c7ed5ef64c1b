"""Whose leave it is that people speak of: the sender's own, or that of people named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.inbound.names import find_people, is_kin, read_names, read_names_before
from bot.inbound.persons import LINK, Said, Statement, of_presence
from bot.inbound.utterance import Clause, Utterance

ASKED = re.compile(
    r"^补个?假|批我?个?假|请[^，。！]{0,6}?假(?![条单如装设冒话日期]|制度|手续|流程|审批|的|理由|在|被|太|那[天回次]|是因|扣|难|多)|告[个一]?假"
)

THEIRS = re.compile(r"(?:他|她)(?=[^，]{0,4}请[^，]{0,3}假)")

_FOR = re.compile(r"(?:[帮替代给]|(?<!因)为|托我)@?")

_TOLD = re.compile(r"^(?:托|让|叫|喊|请(?![^，]{0,4}假)|跟|说)")

_THEM = re.compile(r"[帮替代给](?:他|她)")

MEETINGS = re.compile(
    r"(?:本次|这次|下次|今天|明天|后天|.{0,2}(?:上|下|中)午)?的?(?P<title>主题党日"
    r"|党日活动|组织生活会?|支部党员大会|党员大会|支部大会|支委会|党小组会|党课"
    r"|民主评议会?"
    r"|集中学习|学习|活动|(?<!不)(?<!家长)会议?)(?:的|我|也|请|来|去|参加|就|要|想)*"
)


def find_on_leave(
    utterance: Utterance, clauses: Sequence[Clause], request: Clause
) -> tuple[str, ...] | None:
    """Read whose leave it is: () for the sender, None when that cannot be told."""
    lexicon, text = utterance.lexicon, request.text
    if listed := _LISTED.match(text):
        return read_names(text, listed.end(), lexicon)[0]
    asked = ASKED.search(text)
    for match in _FOR.finditer(text):
        names, _ = read_names(text, match.end(), lexicon)
        if asked and not names:
            names = read_names_before(text, match.end(), asked.start(), lexicon)
        if names:
            return names
    for other in utterance.clauses:
        names, end = read_names(other.text, 0, lexicon)
        if names and _TOLD.match(other.text[end:]):
            return names
    if reported := _reported(utterance, request) or _in_fields(utterance):
        return reported
    first = clauses[0]
    names, _ = read_names(first.text, 0, lexicon)
    if _THEM.search(text) or THEIRS.search(text) or _ASKED_ME.search(text):
        said = [c for c in utterance.clauses if c.start <= request.start]
        people = [name for c in said for name, _, _ in find_people(c.text, lexicon)]
        return names or tuple(people[:1]) or None
    if own := _subject(utterance, request):
        return own
    if names and first is request and asked and _OF_ONESELF.search(text, 0, asked.start()):
        return ()  # 王书记我请假: he is only spoken to
    if request is clauses[0] and (away := _said_before(utterance, request)):
        return away.names if away.said is Said.MISSING else None
    if first is not request:
        return _told_before(utterance, first, request)
    return names or _named_late(utterance, request)


def _reported(utterance: Utterance, request: Clause) -> tuple[str, ...]:
    """Read 王五微信上讲明天赶不及，你给请个假: who sends word that he cannot come."""
    if _OF_ONESELF.search(request.text.replace("给我", "").replace("帮我", "")):
        return ()
    for at, clause in enumerate(utterance.clauses):
        names, end = read_names(clause.text, 0, utterance.lexicon)
        word = _SENDS_WORD.match(clause.text, end) if names else None
        if word is None or all(map(is_kin, names)):
            continue
        told = utterance.text[clause.start + word.end() : request.end]
        if at < len(utterance.clauses) and _CANNOT.search(told):
            return names
    return ()


_SENDS_WORD = re.compile(
    r"[^，我]{0,6}?(?:刚才?|给我|跟我|向我|和我|对我|托人|叫人|让人|家里人|家属|[微信电话上里群]{2,4}|[^，我]){0,6}?(?:讲|说|捎话|捎信|捎个话|带话|带信|留言|来电话?|打电话|发微信|发消息|回我|告知|回话|来信|回信)"
)
_CANNOT = re.compile(
    r"(?:来|去|到|赶|参加|出席|走|脱)不(?:了|成|到|及|开|来|过来)|(?:不能|没法|无法|不便|没空)(?:来|去|到|参加)?|不[来去]|缺席|请.{0,3}假"
)


def _in_fields(utterance: Utterance) -> tuple[str, ...]:
    """Read 11月12日至15日 易建民外地探亲 记为请假: days, who, why, and the leave as a heading."""
    text, lexicon = utterance.text, utterance.lexicon
    if not utterance.addressed or _OF_ONESELF.search(text) or not _BOOKED.search(text):
        return ()
    first = utterance.dates[0] if utterance.dates else None
    if first is None or first.start > _NEAR_HEAD:
        return ()
    gap = _GAP.match(text, first.end)
    names, end = read_names(text, gap.end() if gap else first.end, lexicon)
    if not names or all(map(is_kin, names)) or _VISITS.match(text, end):
        return ()
    return () if names[-1].endswith(_ATTEND) else names


_NEAR_HEAD = 2
_GAP = re.compile(r"[\s，:|/]*(?:[上下]午|晚上|全天|期间)?[\s，:|/]*")
_BOOKED = re.compile(
    r"(?:记为?|按|算|作|报|登记?|录|入|写)?(?:个|成)?[病事公]?请?假(?:处理|登记|留底|备案|备查|入册|记|记上|记一下|算|论)?[。！]?$"
)
_VISITS = re.compile(r"(?:同志)?(?:来|到|请|约|找|叫|让|喊|结婚|办喜|过生日|讲|授|主持|[，。])")
_ATTEND = ("医生", "大夫", "教授", "律师", "书记", "领导", "主任", "经理", "老板", "校长", "院长")
"""Whom one goes to see or who calls one away: that is a reason of the sender's own."""


def _subject(utterance: Utterance, request: Clause) -> tuple[str, ...]:
    """Read of whom 但是王五请假 and 赵六有事请假 are said, behind what was said of others."""
    asked = ASKED.search(request.text)
    lead = LINK.match(request.text)
    at = lead.end() if lead else 0
    names, end = read_names(request.text, at, utterance.lexicon)
    if not names or asked is None or _OF_ONESELF.search(request.text, end, asked.start()):
        return ()
    kin = all(map(is_kin, names)) and request is not utterance.clauses[0]
    return () if kin else names


_OF_ONESELF = re.compile(r"我|本人")


def _said_before(utterance: Utterance, request: Clause) -> Statement | None:
    """Return what the clause before says of others, where the request has no subject of its own."""
    index = utterance.clauses.index(request)
    before = of_presence(utterance.clauses[index - 1], utterance.lexicon) if index else []
    theirs = bool(before) and not before[-1].me and not _OF_ONESELF.search(request.text)
    return before[-1] if theirs else None


def _told_before(utterance: Utterance, first: Clause, request: Clause) -> tuple[str, ...]:
    """Read whose leave 唐小梅和周洁明天在外培训，两个人都请假 is; one's kin is a reason of one's own."""
    names, end = read_names(first.text, 0, utterance.lexicon)
    if not names or all(map(is_kin, names)) or "我" in first.text + request.text:
        return ()
    theirs = BOTH_ASK.match(request.text) or _IS_AWAY.search(first.text, end)
    return names if theirs else ()


BOTH_ASK = re.compile(r"(?:[他她]们|[两三四五几][个位]人?|俩|仨|都|一起|全)+[^我]{0,4}请")

_IS_AWAY = re.compile(r"出差|在?外[地出]|在外|培训|值班|加班|公差|下乡")


def _named_late(utterance: Utterance, request: Clause) -> tuple[str, ...]:
    """Read 周五支部大会石主任和老倪请假: the names between the meeting or the day and the request."""
    asked = ASKED.search(request.text)
    meeting = MEETINGS.search(request.text)
    if asked is None or meeting is None:
        return ()
    begin = meeting.end("title")
    return read_names_before(request.text, begin, asked.start(), utterance.lexicon)


_LISTED = re.compile(r"(?:登记)?请假(?:登记|人员|名单|人)?:\s?(?=[^，]{2,4}(?:[，、\s]|$))")

_ASKED_ME = re.compile(r"(?:[托让叫喊求]|委托|拜托)我")
