"""Questions on the dues of somebody named that hold no question word, or not the word dues.

翻翻鄢大爷的党费流水 · 想看看王五交党费的情况 · 张三欠到哪个月了 · 老李还差几个月的
"""

from __future__ import annotations

import re

from bot.inbound.names import is_kin, read_names
from bot.inbound.utterance import Utterance, shared

_LEAD = re.compile(
    r"(?:[帮替]我|给我|我|想|要|请|麻烦|劳驾|你|您|小助手|再|先|把|将|翻(?:一翻|翻|一?下|出)?|调(?:一?下|出|取|阅)?|查(?:一?查|一?下|看|阅|询|出)?|看(?:一?看|一?下)?"
    r"|瞧(?:一?瞧|一?下|一眼)?|瞅(?:一?瞅|一?下|一眼)?|拿(?:出|一?下)?|找(?:一?找|一?下|出)?|拉(?:一?下|出|个)?|打(?:一?份|印|出)|要一?份|来一?份|了解(?:一下)?|知道|有没有|一?下|，|:|\s)*"
)
_PERIOD = r"(?:的|[^，。我你您他她]{1,10}?(?:[月年]份?|季度?|半年|以来|近来|以前|历年|历来)的?)?"
_RECORD = re.compile(
    rf"(?:同志)?的?{_PERIOD}(?:[交缴]|缴纳|交纳)?(?:的)?党费的?(?:缴纳|交纳|[交缴])?的?"
    r"(?:流水|底账|台账|账目|账单|账|历史|往来|记录|明细|情况|存根|单子|清单|底子|档|记载)"
    r"(?:给我|发我|发给我|调出来|拿出来|翻出来|拉出来|打出来|过目|看看|看一下|看下|瞧瞧|瞅瞅|来|一下|一份|吧|啊|哈|呗|，)*"
)
_ARREARS = re.compile(
    r"(?:同志)?(?:现在|目前|到底|究竟|总共|一共|共|还|都|又|这边)*(?:差|欠|落下?|该|拖|短|漏|少[交缴])(?:着|了|下)?的?"
    r"(?:几个?月|哪几个月|哪个月|多少个?月|到(?:哪个?|几|什么)月|几个月份)(?:份|没[交缴]|未[交缴]|没给|的|党费|了|呢|呀|啊)*"
)


@shared
def asked_of(utterance: Utterance) -> tuple[str, ...]:
    """Return whose dues a message to the bot asks to see, where it says nothing else."""
    text = utterance.text
    if not utterance.addressed or not _MAY_ASK.search(text):
        return ()
    lead = _LEAD.match(text)
    names, end = read_names(text, lead.end() if lead else 0, utterance.lexicon)
    if not names or all(map(is_kin, names)):
        return ()
    asks = _RECORD.fullmatch(text.rstrip("？"), end) or _ARREARS.fullmatch(text.rstrip("？"), end)
    return names if asks else ()


_MAY_ASK = re.compile(r"党费.{0,6}[水账史来录细况根子单档载]|[差欠落该拖短漏少].{0,6}月")


def named_first(utterance: Utterance) -> tuple[str, ...]:
    """Return who opens a question on dues and is asked about, not spoken to.

    全大妈一月党费有没有差的 names her; 张大妈，党费交到几月了 asks her.
    """
    text = utterance.text
    if not utterance.addressed or "我" in text or "您" in text or "你" in text:
        return ()
    lead = _LEAD.match(text)
    names, end = read_names(text, lead.end() if lead else 0, utterance.lexicon)
    return names if names and not all(map(is_kin, names)) and _GOES_ON.match(text, end) else ()


_GOES_ON = re.compile(
    r"(?:同志)?的?(?:\d{1,2}月|[一二三四五六七八九十]{1,3}月|[一二三四1-4上本这]个?季度|[上本这]个?月|[上下前后]半年|[去今前]年|全年|前[一几两]|上[一次回]|最近|最后|末次|头[一次回]|第[一二三四五六七八九十])"
)
