"""Dues of somebody named, as who collects them enters them: in bare fields, or as brought to him.

党费入簿，童阿婆，二季度，月均7元 · 给卓玛记上一份党费，48 · 单大姐捎来四月党费两元 ·
隋大妈的党费到手了，17元. Whose they are is read from the whole message, so that nothing said of
another ever falls on the sender.
"""

from __future__ import annotations

import re

from bot.inbound.names import find_name, find_people, is_kin, read_names, read_names_with_tails
from bot.inbound.numerals import WORDS
from bot.inbound.patterns import one_of
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.utterance import Mood, Utterance, shared


@shared
def entered_payers(utterance: Utterance) -> tuple[str, ...]:
    """Return whose dues a message to the bot enters; nothing where it says more than that."""
    text = utterance.text
    if not utterance.addressed or "党费" not in text or _OF_ONESELF.search(text):
        return ()
    if any(clause.mood is not Mood.STATEMENT for clause in utterance.clauses):
        return ()
    return _of_fields(utterance) or _framed(utterance)


_OF_ONESELF = re.compile(r"我(?:自己|本人)?的党费|[谁吗？]|请(?:大家|各位|及时|尽快)|提醒|催")

_N = rf"[\d{WORDS}]"
_FIELD = re.compile(
    r"[\s，,:|/;；、。·]+|(?:记|收|录|登|补记)(?=党费)|现金|微信|(?:党费)?(?:入账|入簿|上账|登账|进账|到账|记账|收款|收账|转来|收讫|登记|实收|已收|收到|代收|补录|缴费|流水)(?:一?[笔份条])?"
    r"|(?:本人|缴费人|交款人|姓名|月份|金额|备注)(?=[:\s])|一[笔份条]|党费|共计|合计|总共|一共|共|月均|每个?月|各|每人|都|也|(?:大概|大约|差不多|约莫|左右|上下|约|估计)"
    rf"|份的?|的|(?<={_N})(?:元整?|块钱?)"
)
"""What a field may be besides a name, a month and a sum."""


def _of_fields(utterance: Utterance) -> tuple[str, ...]:
    """Read 入账｜温师傅｜4月党费｜7元: every field is known, and one names people."""
    text, at = utterance.text, 0
    sums = {s.start: s.end for s in find_bare_amounts(text, 0, len(text))}
    sums |= {s.start: s.end for s in utterance.money}
    months = {s.start: s.end for s in (*utterance.months, *utterance.years)}
    names: tuple[str, ...] = ()
    while at < len(text):
        if at in months or at in sums:
            at = months.get(at) or sums[at]
        elif field := _FIELD.match(text, at):
            at = field.end()
        else:
            found, end = read_names_with_tails(text, at, utterance.lexicon)
            if not found or names:
                return ()
            names, at = found, end
    return names


_DAY = (
    r"(?:刚刚?才?|方才|今[天儿早晚]|昨[天儿晚]|前天|上午|下午|中午|早上|晚上|傍晚|一早|已经?|又|都|也|托人|(?:委?托|叫|让)(?!我)[^，我的]{1,3}?(?=[捎带拿送转交缴])"
    r"|亲自|上门|特地|特意|专门|顺路|顺手|当面|拿现金|用?现金|[，\s])*"
)
_MONTHS = r"(?:的|[^，。我你他她]{1,8}?[月季度年]份?的?)?"
_BOOKS = re.compile(
    r"(?:同志)?(?:先|也|再|就|来)?(?:记|添|登|落|补|录|入|上|写|加|做|存)(?:上|进去?|下|一下|入)?"
    r"(?:一?[笔份条个项])?(?:账|(?:的|" + _MONTHS + r")党费|缴费)"
)
"""What is done for whom a sum is booked (给卓玛记上一份党费)."""
_BRINGS = re.compile(
    rf"(?:同志)?{_DAY}(?:把|将){_MONTHS}党费{_DAY}(?:捎|带|拿|送|塞|递|放|搁|交|转|缴|给)"
    rf"|(?:同志)?{_DAY}(?:捎|带|拿|送|塞|递|放|搁|掏|寄|给|交|转|缴)"
    r"(?:过?来|过|下|到|在)?(?:给)?(?:我)?(?:这儿?|这边|这里|手[上里]|家里?|桌上)?了?"
    + _MONTHS
    + r"党费"
)
"""What whoever brings his dues does (单大姐捎来四月党费)."""
_IS_RECEIVED = re.compile(
    rf"(?:同志)?的?{_MONTHS}党费{_DAY}我?{_DAY}(?:收?到手|进账|入账|到账|拿到|收[到下讫妥着好]|落袋|给到我|交到我|送到我|到我)"
)
_BY_ME = re.compile(
    rf"(?:同志)?的?{_MONTHS}党费{_DAY}(?:是)?我{_DAY}(?:先|来|帮|给|替|代|为)*(?:他|她)?(?:垫|缴|付|转|交|出|补|上交|代缴|代交|掏)"
)
_GIVES = one_of(r"[给为替帮跟]|算在")


def _framed(utterance: Utterance) -> tuple[str, ...]:
    text, lexicon = utterance.text, utterance.lexicon
    for match in _GIVES.finditer(text):
        names, end = read_names(text, match.end(), lexicon)
        if names and _BOOKS.match(text, end):
            return names
    lead = _LEAD.match(text)
    names, end = read_names(text, lead.end() if lead else 0, lexicon)
    framed = (_BRINGS, _IS_RECEIVED, _BY_ME)
    return names if names and any(frame.match(text, end) for frame in framed) else ()


_LEAD = re.compile(
    rf"(?:{_DAY}|第?[一二三四五六七八九十\d]{{1,2}}组的?|组里的?|我们?[组楼]的?|\d{{1,2}}[日号]|(?:周|礼拜|星期)[一二三四五六日天])*"
)


def is_of_somebody(utterance: Utterance) -> bool:
    """Tell whether the message is told of somebody who is its subject, not of the sender.

    王五昨天…党费: the name opens it and what is said of him follows at once; 王书记，党费交了 only
    speaks to him.
    """
    text = utterance.text
    if "我" in text or "本人" in text:
        return False
    lead = _LEAD.match(text)
    found = find_name(text, lead.end() if lead else 0, utterance.lexicon)
    if found and not is_kin(found[0]) and not _SPOKEN_TO.match(text, found[1]):
        return True
    return utterance.addressed and any(
        start and not is_kin(name) and not name.endswith(_COLLECTS) and not _TO.search(text[:start])
        for name, start, _ in find_people(text, utterance.lexicon)
    )


def is_told_of_long_ago(utterance: Utterance) -> bool:
    """Tell whether it is told how somebody paid years ago (老芦前年补了两年党费)."""
    long_ago = not utterance.money and _YEARS_AGO.search(utterance.text)
    return bool(long_ago) and is_of_somebody(utterance)


_YEARS_AGO = re.compile(r"前年|大前年|前[几些]年|头[几些]年|当年|那年|年年|每年|早先|早年|一辈子")
_COLLECTS = ("书记", "委员", "组长", "会计", "支书", "主任", "出纳")
_TO = re.compile(r"(?:给|交|转|到|向|找|跟|和|与|@|由|让|请|托|是|叫|那|送|递|打|汇|费)\s?$")
"""What stands before whoever has got the money, and before the 费 that is no surname."""


_SPOKEN_TO = re.compile(r"[，,、:@\s。]|$|您|你|好|早|同志[，\s]|[和跟与]")
