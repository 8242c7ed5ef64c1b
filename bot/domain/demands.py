"""What a notice asks people to do, and whether it says who does it and by when.

Source:
    burden.demand
"""

from __future__ import annotations

import re

# What each reader does for himself: who reads it is who does it.
_EACH = re.compile(
    r"提交|上交|交(?:齐|来|到|上|一份|学习|心得|材料|表|报告|名单|作业)|报(?:送|上来|给|到|一下)|上报"
    r"|填(?:写|报|好|完|一下|表)|反馈|撰写"
)
# What is done once for all, and by nobody where nobody is named.
_TOGETHER = re.compile(r"完成|落实|整改|做好|抓好|抓紧|开展|核对|自查|排查|推进|配合好")
_BY_WHEN = re.compile(
    r"\d{1,2}\s?[月号日点:：]|[一二三四五六七八九十]{1,3}[月号日点]|[今明后当]天|今晚|明早|周[一二三四五六日天末]"
    r"|星期|礼拜|[月年季]度?[底末初中]|[上中下]旬|截止|[之以]?前(?:[交报完填提上反]|[，。；！\s]|$)|[之以]前|期限"
    r"|[会课]前|当场|现场|\d+\s?(?:天|日|小时|周)[之以]?内|[本这下]周|[本这下]个?月|会后|节前|立即|马上|即日"
)
_WHO = re.compile(
    r"各(?:位|支部|党支部|党小组|小组|单位|社区)|每(?:位|人|名|个)|全体|大家|所有|人人|党员|同志"
    r"|书记|委员|组长|负责|牵头|您|你们?|参会|到会|没[交来到]的|由"
)
BY_WHEN, WHO = "什么时候以前办完", "谁来办"


def missing_of_demand(text: str, *, addressed: bool) -> tuple[str, ...]:
    """Return what a notice that asks for something does not say: who does it, by when.

    Args:
        text: The notice.
        addressed: It goes to some people who were picked out: they are who does it.

    Source:
        burden.demand
    """
    together = _TOGETHER.search(text) is not None
    if not together and _EACH.search(text) is None:
        return ()
    lacks = []
    if together and not addressed and _WHO.search(text) is None:
        lacks.append(WHO)
    if _BY_WHEN.search(text) is None:
        lacks.append(BY_WHEN)
    return tuple(lacks)
