"""One signs for another, told by a third: 赵六由孙丽代签 says that 赵六 is there, not 孙丽."""

from __future__ import annotations

import re

from bot.inbound.names import find_name, read_names
from bot.inbound.utterance import Clause, Utterance

_BY = re.compile(
    r"(?:同志)?(?:今天|这次|没带手机|手机没电|不方便|眼睛?不好使?|不会弄?|没流量)?的?(?:补?签到?|到|名|代签)?[，\s]?"
    r"(?P<by>由|让|委托|托|请|叫|喊|交给|拜托|麻烦)(?=\S{2})"
)
_SIGNS = re.compile(
    r"(?:同志)?(?:来|去|给|帮|替|代|为|他|她|忙|我|一下|的)*(?:补?签|代$|代了|代报|记|报到|打卡)"
)
_SHORTEST = 3  # characters: of 赵由 nothing can be given back
_MINE = re.compile(r"(?:我|本人|俺)(?:的)?(?:补?签到?|到|名)?")


def entrusted(utterance: Utterance, clause: Clause) -> tuple[str, ...] | None:
    """Return who is signed for by somebody else named; () for the sender, None if nothing is said.

    Who is named behind 由 or 让 only does the signing.
    """
    text = utterance.text[clause.start :]
    if "签" not in text and "代" not in text:
        return None
    lexicon = utterance.lexicon
    names, end = read_names(text, 0, lexicon)
    if names:
        names, end = _short(text, names, end)
        by = _BY.match(text, end)
        agent = find_name(text, by.end(), lexicon) if by else None
    elif mine := _MINE.match(text):
        by = _BY.match(text, mine.end())
        agent = find_name(text, by.end() if by else mine.end(), lexicon)
        agent = agent if by or mine[0][-1:] in ("到", "签") else None  # 我的到孙丽代签
    else:
        return None
    return names if agent and _SIGNS.match(text, agent[1]) else None


def _short(text: str, names: tuple[str, ...], end: int) -> tuple[tuple[str, ...], int]:
    """Give the last sign of a name back, where it is 由 (赵六由孙丽代签)."""
    last = names[-1]
    if (
        last[-1:] not in ("由", "让", "托", "请", "叫", "委", "拜", "手", "没")
        or len(last) < _SHORTEST
    ):
        return names, end
    if not _BY.match(text, end - 1):
        return names, end
    return (*names[:-1], last[:-1]), end - 1
