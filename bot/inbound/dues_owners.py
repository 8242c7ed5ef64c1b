"""Whose dues people say were paid: those they paid for, handed in for, or meant."""

from __future__ import annotations

import re

from bot.inbound.dues_entered import entered_payers
from bot.inbound.names import find_people, read_names, read_names_with_tails
from bot.inbound.patterns import one_of
from bot.inbound.utterance import Clause, Utterance

_FOR = one_of(r"(?:代[缴交][:\s]?|[帮替代为连]|(?<![转交付打发汇退还缴塞递捎送拿带搁放])给)@?")

_OF = re.compile(
    r"(?:的|家的|这个月的?|本月的?|上个?月的?|\s)*(?:[^，]{0,8}?党费|也?一[起并块]"
    r"|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?的?[也都]?[交缴补]了|也[交缴]|的也|[交缴][清齐了]|[交缴]到[几哪]|(?:[一二三四上本这]个?季度|\d{1,2}月份?)的?[交缴][清齐])"
)

_DUES_OF = re.compile(r"党费(?:已?[交缴](?:了|过)?)?[\s:]+(?!何时|钱款|费用)")

_BEFORE_SUM = re.compile(
    r"(?:同志)?的?\s*(?:\d|[一二三四五六七八九十]{1,3}月|[本这上]个?月|去年|今年|$)"
)

_START = re.compile(
    r"^(?:请|麻烦)?把?(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?|本月|这个月|上个?月"
    r"|[一二三四1-4上本这]个?季度|[上下]半年|[去今]年)?的?(?:我[和跟与])?"
)

ENTERED = re.compile(r"^(?:请|麻烦)?(?:记账|入账|记一笔|登账|上账)")


def find_payers(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    """Read whose dues: 帮老李, 老伴的党费; never the sender, never who received them."""
    if entered := entered_payers(utterance):
        return entered
    for clause in clauses:
        for match in _FOR.finditer(clause.text):
            names, end = read_names_with_tails(clause.text, match.end(), utterance.lexicon)
            if names and match[0] == "给" and _is_receiver(clause.text, match.start(), end):
                continue
            names = names or _behind_lead(utterance, clause, match.end())
            names = names or _before_paying(utterance, clause, match.end())
            names = names or _called(clause.text, match)
            if names:
                return names
    for clause in clauses:
        names = find_owners(utterance, clause) or find_handed_in(utterance, clause)
        if names:
            return names
    if noted := _NOTED.search(utterance.text):
        return read_names_with_tails(utterance.text, noted.end(), utterance.lexicon)[0]
    return find_meant_before(utterance, clauses)


_CALLED = re.compile(
    r"(?P<who>[\u4e00-\u9fa5]{2}|[a-z]{4,20})(?:的)?(?=(?:\d{1,2}|[一二三四五六七八九十]{1,2})月|党费|[交缴])"
)
_NOBODY = re.compile(r"[我你您他她它谁忙大家各位们代垫一下把同志书记组里上本这个月去今年季度党费]")


def _called(text: str, helped: re.Match[str]) -> tuple[str, ...]:
    """Read 帮秀英交11月党费, 帮liqiang交党费: a given name, or one in letters."""
    if helped[0].rstrip("@ ") not in ("帮", "替"):
        return ()
    found = _CALLED.match(text, helped.end())
    return (found["who"],) if found and not _NOBODY.search(found["who"]) else ()


_HANDED_TO = re.compile(r"了|那|手|让|叫|转")

_PAYING_TO = re.compile(r"[交缴转付汇打]|党费")


def _is_receiver(text: str, start: int, end: int) -> bool:
    """Tell whom it was given to (转了15块党费给王敏) from whom it was paid for (给王敏交了15)."""
    given = end == len(text) and _PAYING_TO.search(text, 0, start)
    return bool(given or _HANDED_TO.match(text, end))


def _behind_lead(utterance: Utterance, clause: Clause, start: int) -> tuple[str, ...]:
    """Read 帮隔壁赵六交: the name stands behind what he is."""
    lead = _LEAD.match(clause.text, start)
    return read_names(clause.text, lead.end(), utterance.lexicon)[0] if lead else ()


_THEIRS = one_of(
    r"[他她]的?(?:[^，我你您]{0,8})?党费|[替帮给代][他她](?!们)|[他她](?=[^，]{0,6}\d)"
)


def find_meant_before(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    """Read whose 她的党费 are: of the one person named before."""
    for clause in clauses:
        match = _THEIRS.search(clause.text)
        if match:
            before = utterance.text[: clause.start + match.start()]
            people = {name for name, _, _ in find_people(before, utterance.lexicon)}
            return tuple(people) if len(people) == 1 else ()
    return ()


_HANDS_IN = re.compile(
    r"(?:同志)?的?(?:\d{1,2}[月到至-]|[一二三四]季度|[上本这]个?月|党费|交来|缴来|交了|[也都]?[交缴])"
)

_PAYING = re.compile(r"把?(?:\d{1,2}月)?(?:的)?党费|把|[代]?[交缴]")

_WHERE = frozenset("里上的员位友事居学楼门志家间部室组科队厂班站")
"""What stands before a name where it is said who that is (科里老汤)."""


def _before_paying(utterance: Utterance, clause: Clause, start: int) -> tuple[str, ...]:
    """Read 替厂里的外地党员小路、小贝把党费交了: names behind what they are."""
    paying = _PAYING.search(clause.text, start)
    between = clause.text[start : paying.start()] if paying else ""
    for begin in range(1, len(between)):
        if between[begin - 1] in _WHERE:
            names, end = read_names(between, begin, utterance.lexicon)
            if names and end == len(between.rstrip("的")):
                return names
    return ()


_ENTRUSTS = re.compile(
    r"^(?:托|让|叫|喊|请|委托)我|^(?:也|都|刚|今天|已经)*(?:给我|跟我|向我)?(?:送来|转来|交来|拿来|送过来|转给我|交给我)"
)

_GOT = re.compile(r"收(?:[到了]|上来?)+")
"""What whoever collects the dues has got of somebody (收了王五11月党费15)."""
_FROM = re.compile(r"(?:^记账|^入账|收[到了]?|收上来?|登记|记|录入|核实|查|:|\s)@?$")


def find_handed_in(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read the payer a treasurer enters: 收到老杜1-3月党费, 登记：常有才交来12月党费."""
    for got in _GOT.finditer(clause.text):
        names, end = read_names_with_tails(clause.text, got.end(), utterance.lexicon)
        if names and _HANDS_IN.match(clause.text, end):
            return names
    for name, start, end in find_people(clause.text, utterance.lexicon):
        if _FROM.search(clause.text[:start]) and _HANDS_IN.match(clause.text, end):
            return (name,)
        if _ENTRUSTS.search(clause.text[end:]) or ENTERED.search(clause.text):
            return (name,)
    return ()


def find_owners(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    if clause.text.startswith("@"):
        return ()  # whom the message is put to
    spelled = _IN_LETTERS.match(clause.text)
    if spelled and not _NO_NAME.fullmatch(spelled["name"]):
        return (spelled["name"],)
    start = _START.match(clause.text)
    begin = start.end() if start else 0
    names, end = read_names_with_tails(clause.text, begin, utterance.lexicon)
    if names and _PAID_FOR_ME.match(clause.text, end):
        return ()  # 小王帮我交了党费: it is the sender's
    if names and (
        _OF.match(clause.text, end) or (len(names) > 1 and _APIECE.match(clause.text, end))
    ):
        return names
    return _behind_dues(utterance, clause) or _introduced(utterance, clause)


_PAID_FOR_ME = re.compile(
    r"(?:同志)?(?:今天|昨天|刚才?|已经?|也|都|先|来)*[帮替给代为带](?:我|俺)(?!们|家|妈|爸|老|爱|儿|女)"
)
_NOTED = re.compile(r"(?:备注|附言|姓名|缴费人|交款人|缴纳人|署名)(?:是|为|写的?|[:\s])*")
"""What stands before the name on a transfer (党费15元 备注：王五)."""

_APIECE = re.compile(
    r"(?:\s|的|都|在|今天|[交缴]了?|党费|[\d一二三四五六七八九十、到至~-]{1,9}月份?|[本这上]个?月)*(?:各|每人|一人|每位)"
)
"""What stands behind several names where each pays the same (王德贵、李桂兰11月各15)."""

_LEAD = re.compile(
    r"(?:(?:我们?|咱们?|俺们?)?(?:第?[一二三四五六七八九十\d]{1,2}(?:党小组|小组|组|支部|楼|单元)|这边|那边)的?"
    r"|(?:党?小?组|楼|支部)长|(?:预备|流动|困难|老|离退休)?党员|老?邻居|隔壁|对门|楼[上下]的?|老?同事|支委|委员)+"
)


def _introduced(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 组长张三11月党费交了15, 二组李四的党费: the name stands behind what he is."""
    lead = _LEAD.match(clause.text)
    if lead is None:
        return ()
    names, end = read_names_with_tails(clause.text, lead.end(), utterance.lexicon)
    return names if names and _OF.match(clause.text, end) else ()


_IN_LETTERS = re.compile(
    r"(?P<name>[a-zA-Z]{2,8}(?: ?[a-zA-Z]{2,8}){0,2}?)(?:\s*(?:de|的))?\s*(?=\d{1,2}月|党费|[交缴])"
)
"""A name typed in letters (zhaoliu 3月党费); the roll knows how its names are spelled."""

_NO_NAME = re.compile(
    r"(?:ok|wo|wode|app|vx|wx|wechat|hi|hello|yi|yijing|yes|done)+", re.IGNORECASE
)


def _behind_dues(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 党费 张三 3月 30: whose they are, written as in the organiser's own command."""
    start = _START.match(clause.text)
    begin = _DUES_OF.match(clause.text, start.end() if start else 0)
    if begin is None:
        return ()
    names, end = read_names_with_tails(clause.text, begin.end(), utterance.lexicon)
    return names if names and _BEFORE_SUM.match(clause.text, end) else ()
