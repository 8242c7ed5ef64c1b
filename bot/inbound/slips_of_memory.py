"""Somebody had the time or the place wrong, and asks for it: 例会的钟点我搞错了，究竟几点.

Nothing of the books was wrong, so nothing is taken back.
"""

from __future__ import annotations

import re

from bot.inbound.utterance import Utterance, shared

_WHAT = r"(?:时间|时辰|时候|钟点|点数|日子|日期|星期|地点|地方|地址|集合[点处地]|场地|会场|教室|楼层|哪天|哪里|几点|几号)"
_WRONG = r"(?:记|搞|弄|听|看|闹|想|整|认|错)(?:错|反|混|岔|差|忘|乱|糊涂|颠倒|串|拧|不清|不准)"
_SLIP = re.compile(
    rf"{_WHAT}[^，。？]{{0,8}}{_WRONG}|{_WRONG}了?[^，。？]{{0,10}}{_WHAT}|(?:以为|当成|当是|[记看听想]成)[^，。？]{{1,12}}(?:点|号|周|楼|[上下]午)"
)
_ASKS = re.compile(
    r"几点|几时|什么时[候间]|啥时[候间]?|何时|哪一?天|几号|几日|周几|星期几|礼拜几|在?哪[里儿边块个处]|在哪|什么地[方点]|啥地方|几楼|什么日子"
)
_MAY_SLIP = frozenset("记搞弄听看闹想整认以当错")


@shared
def asks_after_slip(utterance: Utterance) -> tuple[int, int] | None:
    """Return where it is asked when or where something is, behind a slip of the sender's memory."""
    if len(utterance.clauses) < 2 or _MAY_SLIP.isdisjoint(utterance.marks):
        return None
    for index, clause in enumerate(utterance.clauses[:-1]):
        if not _SLIP.search(clause.text):
            continue
        for after in utterance.clauses[index + 1 :]:
            if _ASKS.search(after.text):
                return after.start, after.end
    return None
