"""Others who are signed in by the sender: a list under a heading, or those who were left out.

党课补签名册，礼拜四那次：祝师傅 娄二爷 · 4.18的党课少记了靳姨，给添个签到 · 前天那场，邵国栋跟戴伯补签
"""

from __future__ import annotations

import re

from bot.inbound.names import find_people, read_list, read_names, read_names_before
from bot.inbound.utterance import Mood, Utterance, shared

_HEADING = re.compile(r"(?:[补迟漏代]签|签到|补录|补登)")
_NO_HEADING = re.compile(
    r"[吗？谁怎]|没签|未签|没到|未到|不用|别|撤|取消|情况|统计|多少|请假|缺席|已报|报名|通知|记得|及时|请大家|各位|自己"
)
_AT = re.compile(r"[:\n]")


_WHO_SIGNS = re.compile(r"[补漏迟]签的(?:人|同志|党员)?(?:有|是|为)?[\s:，]?")


@shared
def headed_list(utterance: Utterance) -> tuple[str, ...]:
    """Read the names under a heading that speaks of signing in; a given name may be a word (和平)."""
    text = utterance.text
    told = _WHO_SIGNS.search(text) if "补" in text else None
    if told and utterance.addressed and not _NO_HEADING.search(text):
        names, end = read_names(text, told.end(), utterance.lexicon)
        if names and not text[end:].strip(" 、，。"):
            return names
    cut = _AT.search(text) if "签" in text or "补" in text else None
    if cut is None or not utterance.addressed:
        return ()
    head, rest = text[: cut.start()], text[cut.end() :]
    if not _HEADING.search(head) or _NO_HEADING.search(head) or len(head) > _LONGEST_HEAD:
        return ()
    names, end = read_names(rest, 0, utterance.lexicon)
    if names and not rest[end:].strip(" 、，。"):
        return names
    if "\n" in rest:
        return _lines(rest)
    listed = rest
    for span in utterance.past_dates:
        listed = listed.replace(text[span.start : span.end], "")
    return read_list(listed)


def _lines(rest: str) -> tuple[str, ...]:
    """Read people a line each; one of three at least must look like a name."""
    items = [item.strip(" 、，。") for item in rest.split("\n") if item.strip(" 、，。")]
    if len(items) < _SEVERAL or not all(_ITEM.fullmatch(item) for item in items):
        return ()
    known = sum(read_names(item, 0)[1] == len(item) for item in items)
    return tuple(dict.fromkeys(items)) if 3 * known >= len(items) else ()


_ITEM = re.compile(r"(?![^\n]*(?:签到|补签|请|谢|会议|时间|地点))[\u4e00-\u9fa5·]{2,5}")
_LONGEST_HEAD = 24
_LEFT_OUT = re.compile(
    r"(?:少|漏|落|忘|没|未|丢|缺|拉|差)(?:记|写|登|算|签|点|录|掉|下|上|了){1,3}(?:到|进)?@?"
)
_PUT_OUT = re.compile(r"[把将]@?")
_FORGOTTEN = re.compile(r"(?:同志)?(?:给)?(?:忘|漏|落|丢|拉)(?:了|掉|下|记)?")
_ADDS = re.compile(
    r"(?:添|加|补|记|登|写|算|打)(?:他|她|他们|一?个|一?下|上|进去?|的)*签到?|补签|[加添补记]上(?:吧|一下|$)|补一?[下个]"
)


@shared
def left_out(utterance: Utterance) -> tuple[str, ...]:
    """Read who was left out of a meeting's list and is to be signed in."""
    text = utterance.text
    if "签" not in text or not utterance.addressed or not _ADDS.search(text):
        return ()
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return ()
    for match in _LEFT_OUT.finditer(text):
        names, _ = read_names(text, match.end(), utterance.lexicon)
        if names:
            return names
    for match in _PUT_OUT.finditer(text):
        names, end = read_names(text, match.end(), utterance.lexicon)
        if names and _FORGOTTEN.match(text, end):
            return names
    return ()


_MADE_UP = re.compile(
    r"(?:同志)?(?:[两三几]位|俩|仨|都|也|要|得|想|来|需要?|没签，)*补(?:个|一个|一下)?签"
)


@shared
def made_up_for(utterance: Utterance) -> tuple[str, ...]:
    """Read several whose signs are made up, said right before it (邵国栋跟戴伯补签)."""
    text = utterance.text
    if "补" not in text or "签" not in text or "我" in text:
        return ()
    sign = _MADE_UP.search(text)
    people = find_people(text[: sign.start()], utterance.lexicon) if sign else []
    if sign is None or len(people) < _SEVERAL:
        return ()
    if any(clause.mood is not Mood.STATEMENT for clause in utterance.clauses):
        return ()
    names = read_names_before(text, people[0][1], sign.start(), utterance.lexicon)
    return names if len(names) >= _SEVERAL else ()


_SEVERAL = 2
