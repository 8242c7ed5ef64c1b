"""A lesson is tested before it goes live: it may only add a reading, never change one.

A taught wording is looked up only where nothing was recognised and the bot was spoken to, and it
has to be the whole message. So the ways left to do harm are few, and each is tested here: a
sentence that is more than a member's own harmless action or question, a wording that is read
already, and a sentence of the corpus that would be read otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.domain.wordings import NotTeachable, wording_key
from bot.inbound.intents import Intent, Match, Strength, Teachable, choose
from bot.inbound.moods import mood_of
from bot.inbound.names import find_name
from bot.inbound.normalise import normalise
from bot.inbound.numerals import WORDS
from bot.inbound.read import read
from bot.inbound.utterance import Mood, Utterance

TARGET_UNREAD = "“{target}”我自己也没看懂。请换成我看得懂的一句，例如 签到、请假、我的党费。"
TARGET_SEVERAL = "“{target}”里有几件事，请只教一件。"
TARGET_HARMFUL = "“{target}”不能教别的说法，要原样说。能教的是签到、请假这类党员自己的事，和提问。"
TARGET_BARE = "“{target}”要有事在等才算数，不能拿来教。请换成说得全的一句，例如 签到。"
TARGET_VALUES = (
    "“{target}”里有人名、金额或人数，谁说都一样就记错了。请去掉再教，例如 教 交啦 = 党费已交"
)
READ_ALREADY = "“{wording}”我已经当作“{title}”了，不用教。"
NOT_SAID = "“{wording}”听起来是在问，或者还没做，不能当作“{target}”。"
ELSEWHERE = "“{wording}”说的像是别的事，不能当作“{target}”。"
ONLY_NUMBERS = (
    "“{wording}”只是一个数，谁都可能拿来回答问题，不能教。请教带字的说法，例如 教 交啦 = 党费已交"
)
EVERYDAY = (
    "“{wording}”平常说话也会这么说，当作“{target}”就会记错，不能教。请教一句只在办这件事时说的话。"
)
A_NAME = "“{wording}”是称呼人的，不能当作“{target}”。要让我认得他，请回复：别名 {wording} 姓名"
HAS_VALUES = (
    "“{wording}”里有日子或数，当作“{target}”这些就丢了，不能教。请去掉再教，例如 教 签个字哈 = 签到"
)
DENIED = "“{wording}”是说不做，不能当作“{target}”。"
CLASH = "“{wording}”不能教：我的测试里有“{sentence}”，它不该当作“{target}”。"

_REGRESSION = Path(__file__).with_name("regression.txt")
_VALUES = ("names", "amount_fen", "count", "number")
_WAYS = ((True, True), (False, True), (False, False))  # (private, addressed)


def check_lesson(wording: str, target: str, intents: Sequence[Intent], now: datetime) -> None:
    """Refuse a lesson that could do harm.

    Args:
        wording: What people say, as they spell it.
        target: What it shall stand for.

    Raises:
        NotTeachable: With the clash.
    """
    meant = _check_target(target, intents, now)
    if _ONLY_NUMBERS.fullmatch(normalise(wording).text):
        raise NotTeachable(ONLY_NUMBERS.format(wording=wording))
    for private, addressed in _WAYS:
        for match in _matches(wording, intents, now, private=private, addressed=addressed):
            raise NotTeachable(READ_ALREADY.format(wording=wording, title=match.intent.title))
    _check_meant(wording, target, meant.intent.teachable, now)
    _check_said(wording, target, now)
    key = wording_key(normalise(wording).text)
    for sentence in corpus(intents):
        if wording_key(normalise(sentence).text) == key:
            words = CLASH.format(wording=wording, sentence=sentence, target=target)
            raise NotTeachable(words)


def _check_said(wording: str, target: str, now: datetime) -> None:
    """Refuse what people say all day, whom they call, and what says more than the target keeps."""
    utterance = _read(wording, now, private=True, addressed=True)
    text = utterance.text
    if _EVERYDAY.fullmatch(text):
        raise NotTeachable(EVERYDAY.format(wording=wording, target=target))
    name = find_name(text)
    if name is not None and name[1] == len(text):
        raise NotTeachable(A_NAME.format(wording=wording, target=target))
    if not _values_of(utterance) <= _values_of(_read(target, now, private=True, addressed=True)):
        raise NotTeachable(HAS_VALUES.format(wording=wording, target=target))


def _values_of(utterance: Utterance) -> set[object]:
    """Return the days, months, sums, hours and numbers a sentence says."""
    return {
        span.value
        for spans in (
            utterance.dates,
            utterance.months,
            utterance.money,
            utterance.times,
            utterance.counts,
        )
        for span in spans
    }


_EVERYDAY = re.compile(
    r"(?:我|俺|刚|都|也|已经?|正|在|先|就|快|要|去|真|挺|很|，|\s)*"
    r"(?:吃|吃饭|吃过|吃好|睡|睡觉|睡着|醒|起床|起来|起|喝|走|玩|逛|逛街|歇|休息|累|饿|困|忙|冷|热|渴|下班|上班|到家|回家|回来|出门|出去|买菜|做饭|洗澡|散步|遛弯|打牌"
    r"|看电视|接孩子|带孙子|下雨|停电|没电|堵车|路上|家|家里|这儿|这里|有空|没空|好|好好|好的|好嘞|好咧|好哒|行|中|成|要得|得行|可以|嗯+|哦+|噢+|喔+|啊+|哈+|嘿+|呵+|哎+|唉+|嗨|喂|早|早安|早上好|上午好|中午好|下午好"
    r"|晚上好|晚安|您好|你好|大家好|书记好|谢谢|谢了|多谢|感谢|辛苦|不客气|不用谢|没事|没关系|没问题|知道|晓得|明白|懂|清楚|收到|了解|是|是的|对|对的|没错|真好|不错|厉害|牛|赞|棒|真棒|加油|恭喜|祝贺|生日快乐"
    r"|节日快乐|新年好|过年好|再见|拜拜|回见|慢走|来|来的|到|在|同意|支持|必须|当然|一定|随便|都行|哪里|真的|原来如此|怪不得|可惜|唉|算|再说|等等|等会|稍等|马上|来电)+"
    r"(?:了|啦|去|喽|嘞|完|过|着|呢|的|啊|呀|哈|哦|噢|嘛|吧|您|你|大家|书记|各位|[！!。~～，\s])*"
)
"""Whole messages that say nothing of any of our matters, whatever people mean by them today."""

_ONLY_NUMBERS = re.compile(rf"[\d{WORDS}.,第元块角毛个号月日人位岁\s]+")
_DENIES = re.compile(
    r"(?:不|没有?|未|别|甭)(?:想|要|用|必|能|会|打算|再|给我)*(?:请|报|取消|退|撤)"
)
"""Denies the very thing that an absence or a withdrawal is asked with (不请假了)."""


def read_taught(
    target: str, intents: Sequence[Intent], now: datetime, *, private: bool
) -> list[Match]:
    """Read the sentence a wording stands for; whatever is not harmless (any more) is left out."""
    found = _matches(target, intents, now, private=private, addressed=True)
    chosen, tied = choose([m for m in found if m.reading.strength > Strength.BARE])
    harmless = all(match.intent.teachable is not Teachable.NO for match in chosen)
    return chosen if harmless and not tied else []


def corpus(intents: Sequence[Intent]) -> Iterator[str]:
    """Yield every sentence that a lesson must leave as it is."""
    for intent in intents:
        yield from intent.examples
        yield from intent.silent
    yield from regression()


@lru_cache(maxsize=1)
def regression() -> tuple[str, ...]:
    """Return the sentences of the regression corpus: chatter and near misses, to be left alone."""
    lines = _REGRESSION.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("# "))


def sentences_to_suggest(intents: Sequence[Intent]) -> tuple[str, ...]:
    """Return the sentences that a wording may be taught to stand for, out of the examples."""
    return tuple(
        example
        for intent in intents
        if intent.teachable is not Teachable.NO
        for example in intent.examples
        if not any(sign.isdigit() for sign in example)
    )


def _check_target(target: str, intents: Sequence[Intent], now: datetime) -> Match:
    """Return what a target is read as, the same in private and in a group."""
    for private in (True, False):
        found = _matches(target, intents, now, private=private, addressed=True)
        if any(match.intent.teachable is Teachable.NO for match in found):
            raise NotTeachable(TARGET_HARMFUL.format(target=target))
        chosen, tied = choose([m for m in found if m.reading.strength > Strength.BARE])
        if len(chosen) != 1:
            unclear = TARGET_SEVERAL if chosen or tied else TARGET_BARE if found else TARGET_UNREAD
            raise NotTeachable(unclear.format(target=target))
    utterance = _read(target, now, private=True, addressed=True)
    slots: Any = chosen[0].reading.slots
    if _has_values(utterance, slots):
        raise NotTeachable(TARGET_VALUES.format(target=target))
    return chosen[0]


def _has_values(utterance: Utterance, slots: Any) -> bool:
    """Tell whether a sentence says whose, how much or how many: that differs by who says it."""
    if any(sign.isdigit() for sign in utterance.text) or utterance.money or utterance.counts:
        return True
    return any(getattr(slots, field, None) for field in _VALUES)


def _check_meant(wording: str, target: str, kind: Teachable, now: datetime) -> None:
    """Refuse to record what is asked, denied, still to come, or about another world."""
    if kind is Teachable.QUESTION:
        return
    mood = Mood.QUESTION if "？" in wording else mood_of(normalise(wording).text)
    if mood is Mood.QUESTION or (mood is not Mood.STATEMENT and kind is not Teachable.ABSENCE):
        raise NotTeachable(NOT_SAID.format(wording=wording, target=target))
    if mood is Mood.NEGATION and _DENIES.search(normalise(wording).text):
        raise NotTeachable(DENIED.format(wording=wording, target=target))
    if _read(wording, now, private=True, addressed=True).elsewhere:
        raise NotTeachable(ELSEWHERE.format(wording=wording, target=target))


def _matches(
    text: str, intents: Sequence[Intent], now: datetime, *, private: bool, addressed: bool
) -> list[Match]:
    """Return what a text is read as; what is one only as the answer to a question does not count."""
    utterance = _read(text, now, private=private, addressed=addressed)
    return [
        Match(intent, reading)
        for intent in intents
        for reading in intent.recognise(utterance)
        if reading.strength is not Strength.ANSWER
    ]


def _read(text: str, now: datetime, *, private: bool, addressed: bool) -> Utterance:
    return read(text, quoted=None, private=private, addressed=addressed, now=now)
