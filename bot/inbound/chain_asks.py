"""What a #接龙 asks of people: money, heads or papers; the same note means another thing in each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.script import SIMPLER

_MONEY = re.compile(
    r"[党团会班餐车份]费|伙食费|活动费|份子|捐(?![书衣物献血])|善款|众筹|随礼|礼金|互助金|(?<![A-Za-z])AA(?![A-Za-z])"
    r"|[缴交收]费|收款|凑钱|[交收凑垫退]钱|红包|例.{0,12}\d元",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"免费|捐赠?(?:书|衣|物|图书)|献血")
_HEADS = re.compile(
    r"(?:例|格式|示例).{0,12}人数|报(?:一?下)?人数|人数统计|几个人|姓名\s?[+＋、]?\s?人数|[写注]明?[上清]?人数"
)
_PAPERS = re.compile(
    r"心得|体会|材料|报告|作业|档案|笔记|申请书?|汇报|自评|对照|清单|照片|问卷|答题|试卷|登记表|[填交]表|表格|组织关系|征文|总结"
)
_SEATS = re.compile(r"报名|报一?下名|志愿|参加|参会|到会|出席|签到|培训|植树|党日|观影|参观")
_GOODS = re.compile(r"团购|订[餐购阅]|购买|份数|数量|尺码|[Tt]恤|服装|箱|几份|多少份")


@dataclass(frozen=True, slots=True)
class Asks:
    """What a chain is for, as far as it changes how a note is read.

    Attributes:
        money: A number alone is an amount (张三 15), and one who named it has paid.
        heads: A number alone counts persons (例 姓名 人数).
        papers: 已交 is said of papers, not of money.
        seats: People sign up, so that ×2 is two of them, not two of a thing.
    """

    money: bool = False
    heads: bool = False
    papers: bool = False
    seats: bool = False


def asks_of(words: str) -> Asks:
    """Read what a chain asks from its title and examples."""
    words = words.translate(SIMPLER)
    money = bool(_MONEY.search(words)) and not _NO_MONEY.search(words)
    papers, heads = bool(_PAPERS.search(words)), not money and bool(_HEADS.search(words))
    seats = not (money or papers) and bool(_SEATS.search(words)) and not _GOODS.search(words)
    return Asks(money, heads, papers, seats)
