"""A sign-up said of all (两个都报, 都取消), or changed by a few (带上我媳妇, 我少去一个)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.intents import Reading, Strength
from bot.inbound.numerals import read_int
from bot.inbound.patterns import one_of
from bot.inbound.utterance import Utterance


@dataclass(frozen=True, slots=True)
class EverySlots:
    """All that is offered is meant, or all the writer is signed up for.

    Attributes:
        number: How many they are, where that was said (两个都报).
    """

    number: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeSlots:
    """More or fewer come than before.

    Attributes:
        more: Persons, negative for fewer.
        sure: Said as one more (再带一个), not as one who may have been counted before.
        title: The activity named, if any.
    """

    more: int
    sure: bool = False
    title: str | None = None


_LONGEST = 24
_SO_MANY = r"(?:[这那]?(?P<n>[两二俩三四五]|[2-5])个?|[这那]?几个|[这那]些|全部|所有)"
_OF_THEM = r"(?:的)?(?:活动|项目|志愿|志愿服务|地方)?"
_WORDS = r"(?:我们?|俺|咱们?|那|就|也|一起|一并|给|帮|请|麻烦|想|要|愿意|可以|能|把)*"
_ALL = rf"{_WORDS}{_SO_MANY}?{_OF_THEM}{_WORDS}(?:[都全]部?)+{_WORDS}"
_JOIN_ALL = re.compile(
    rf"{_ALL}(?:(?P<clear>报(?:上|名|一下|了名|上名)?)|参加|[去来要选]|加上|算上我?)(?:了|吧|的|哈|啊|呗)*"
)
_LEAVE_ALL = re.compile(
    rf"{_ALL}(?:(?P<clear>取消|退出?|撤)(?:掉|了)?(?:报名)?|不(?:去|来|参加|报名?|要)|去不了|来不了|参加不了)(?:了|吧|掉|的|哈|啊|呗)*"
)
_GUEST = (
    r"(?:孙子|孙女|外孙女?|儿子|女儿|闺女|姑娘|儿媳妇?|媳妇儿?|老婆|老公|老伴儿?|爱人|对象|那口子|女婿"
    r"|爸爸?|妈妈?|父亲|母亲|孩子|小孩|娃儿?|家属|家人|邻居|朋友|亲戚|同事|徒弟|老乡|战友)"
)
_NUMBER = r"(?P<n>[一两俩二三四五]|[1-5])"
_TITLE = r"(?:(?P<title>[\u4e00-\u9fa5]{2,8}?)(?:活动)?(?:那个|那次|那天|的)?[，\s]?)??"
_ME = r"(?:我|俺|我们|我家|我这边|这边|那天|到时候?|想|要|得|会|可能|能不能|可以|也|就|那|对了|，)*"
_AGAIN = r"(?P<again>再|还|还要|另外|又)?(?:想|要|得)?"
_BRINGS = re.compile(
    rf"{_TITLE}{_ME}{_AGAIN}(?:带上?|[加算]上?|捎上?|领上?|叫上|多(?:去|来|报|带)?)(?:了|着)?"
    rf"(?:(?:我|俺)?(?:们|家)?的?(?P<who>{_GUEST})|{_NUMBER}\s?[个位口名](?:人|{_GUEST})?)"
    r"(?:一起|一块儿?|一道|同去|[去来]|参加|吧|了|的|哈|啊|行吗|可以吗)*"
)
_FEWER = re.compile(
    rf"{_TITLE}{_ME}(?:少(?:去|来|报|带|了)?|减(?:少|掉|去)?|去掉|[去来]掉|取消(?:掉|了)?(?:我?报名)?|退(?:掉|了|出)?(?:我?报名)?|撤(?:掉|回|了)?)"
    rf"(?:了|其中|一下)?{_NUMBER}\s?(?:[个位口名](?:人|名额|位子|位置|{_GUEST})?|人)"
    r"(?:[去来]|参加|报名|吧|了|的|哈|啊)*"
)
_NUMBERED = re.compile(r"[一二三四五六七八九1-9]\s?[；;，:、。.\s]+")
_NOT_TITLE = re.compile(r"[我你他她都也再少带不签假]|党费|这|那|人数|报名|现在|今天|明天")
_MAY_BE_FEWER = one_of(r"[少减退撤]|[去来]掉|取消")
_MAY = re.compile(r"[都全]|[带加算捎领叫多少减]|取消|退|撤|去掉")


def recognise_join_all(utterance: Utterance) -> list[Reading]:
    """Recognise 两个都报, said to the bot (`EXACT`), and 都去, which only answers (`BARE`)."""
    return _every(utterance, _JOIN_ALL)


def recognise_leave_all(utterance: Utterance) -> list[Reading]:
    """Recognise 两个都取消, said to the bot (`EXACT`), and 都不去了, which only answers (`BARE`)."""
    return _every(utterance, _LEAVE_ALL)


def _every(utterance: Utterance, pattern: re.Pattern[str]) -> list[Reading]:
    text = utterance.text
    if len(text) > _LONGEST or not _MAY.search(text):
        return []
    match = pattern.fullmatch(text)
    if match is None:
        return []
    number = read_int(match["n"]) if match["n"] else None
    clear = utterance.addressed and (match["clear"] or "活动" in text)
    strength = Strength.EXACT if clear else Strength.BARE
    return [Reading(EverySlots(number), strength, match.span())]


def recognise_change(utterance: Utterance) -> list[Reading]:
    """Recognise 带上我媳妇, 再带一个人, 我少去一个 (`BARE`): of a sign-up that stands.

    A number before it repeats the answer given before (二；要带孙子), or is read as that.
    """
    text = utterance.text
    if len(text) > _LONGEST or not _MAY.search(text):
        return []
    numbered = _NUMBERED.match(text)
    start = numbered.end() if numbered else 0
    slots = change_of(text[start:])
    return [] if slots is None else [Reading(slots, Strength.BARE, (start, len(text)))]


def is_fewer(text: str) -> bool:
    """Tell whether some of those signed up do not come (取消一个名额, 少报一个)."""
    if len(text) > _LONGEST or not _MAY_BE_FEWER.search(text):
        return False
    change = change_of(text)
    return change is not None and change.more < 0


def change_of(text: str) -> ChangeSlots | None:
    """Read words that say how many more or fewer come."""
    for pattern, sign in ((_BRINGS, 1), (_FEWER, -1)):
        match = pattern.fullmatch(text)
        if match is None or (match["title"] and _NOT_TITLE.search(match["title"])):
            continue
        number = read_int(match["n"]) or 1 if match["n"] else 1
        sure = sign < 0 or bool(match["again"]) or "多" in text
        return ChangeSlots(sign * number, sure, match["title"])
    return None
