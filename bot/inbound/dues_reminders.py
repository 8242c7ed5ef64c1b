"""Orders to remind of dues in other words than 催 and 提醒: said, sent as a noun, or at somebody's.

给没给钱的几位带个话，四月党费 · 推一条交费提示吧，七月的 · 王五那儿你去催催，三四月的都空着
"""

from __future__ import annotations

import re

from bot.inbound.names import read_names, read_names_before
from bot.inbound.scope import elsewhere
from bot.inbound.topics import Topic
from bot.inbound.utterance import Utterance, shared

_OWING = (
    r"(?:还|尚|都|一直|仍)*(?:差|欠|没给|没有?[交缴补转掏]|未[交缴]|落下?|拖|没到账|没动静|没影|没缴齐|没交齐|空)[^，。]{0,4}?"
    r"(?:的|着的|那些|(?:那|这)?几[位户个]|人)"
)
_SAYS = (
    r"(?:吱(?:一|个)?声|念叨(?:一?[声下回遍])?|[带捎递透传]个?句?(?:话|信儿?)|招呼(?:一?[声下遍])?"
    r"|知会(?:一?[声下遍])?|敲打(?:一?[下遍])?|言语一声|吆喝一?[声下]|说一?[声下遍]|喊一?[声下]|点一?[点下]|过问一下)"
)
_BY_SAYING = re.compile(rf"{_OWING}[^。]{{0,12}}{_SAYS}|{_SAYS}[^。]{{0,6}}{_OWING}")
_NOUN = re.compile(
    r"(?:推送?|群?发|来|下|弄|整|派|寄)(?:布|送)?(?:一?[条个份则遍次]|一下)?(?:催?[交缴]党?费?的?|党费的?|缴纳的?|催[交缴]的?)(?:提示|提醒|短信|信息|消息|单子?|通知单)"
)
_AT = re.compile(
    r"(?:同志)?(?:那儿|那头|那里|那边|这儿|这里|这头|这边|家里?|处|跟前|头上)(?:你|您|麻烦|也|得|去|再|帮忙?|给|请|帮我|替我|要|，)*(?:催|提醒|敲打|说|问)(?:一?[催下声遍趟嘴]|催|一催|提醒|敲打)*(?:吧|啊|呗|哈)?(?=[，。\s]|$)"
)
_SAYS_WHY = re.compile(r"[交缴]|党费|空着|没影|欠|差")
_NOT_MEANT = re.compile(
    r"[吗？]|多少|什么时候|哪|昨天|已经|别|不用|不要|怎么|谁|了没|又来催|老催|被"
)


_MAY_REMIND = frozenset("费催钱交缴欠")


@shared
def reminded_in_other_words(utterance: Utterance) -> tuple[str, ...] | None:
    """Return whom an order in such words is for, () for all who owe; None where it is none."""
    text = utterance.text
    if not utterance.addressed or _MAY_REMIND.isdisjoint(utterance.marks):
        return None
    if _NOT_MEANT.search(text) or elsewhere(_NOUN.sub("", text)):
        return None
    if Topic.DUES not in utterance.topics and not _FEE.search(text):
        return None
    names, end = read_names(text, 0, utterance.lexicon)
    if names and _AT.match(text, end) and _SAYS_WHY.search(text, end):
        return names
    noun = _NOUN.search(text)
    if noun:
        to = _TO.search(text[: noun.start()])
        return read_names_before(text, to.end(), noun.start(), utterance.lexicon) if to else ()
    return () if _BY_SAYING.search(text) else None


_TO = re.compile(r"[给向跟对]@?")
_FEE = re.compile(
    r"(?<![水电气学话])[交缴]费|[没未][交缴]|催[交缴]|钱|[一二三四五六七八九十\d]月的?(?:都|还)|半年|季度"
)
