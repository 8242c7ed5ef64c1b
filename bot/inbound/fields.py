"""Title, place, limit and people of a gathering, as an order or a record lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.inbound.numerals import WORDS, read_int
from bot.inbound.places import find_place
from bot.inbound.titles import BRACKETED, HEADS, trim_title
from bot.inbound.utterance import Utterance

_N = rf"\d{{1,4}}|[{WORDS}]{{1,6}}"
LABELLED = re.compile(
    r"(?P<label>活动名称|会议名称|名称|主题|题目|内容|议题|事项|活动|会议|项目)\s?[:是为]\s?(?P<title>[^，。；\n]{2,30})"
)
_LIMIT = re.compile(
    rf"(?:限额?|上限|名额|限报|限定|最多|不超过|人数|只能[坐容]|就?要|只[有要]|报?够|招募|总共|需要|坐得下|容得下|差不多)[^，。\d{WORDS}]{{0,4}}(?P<n>{_N})\s?个?(?:人|位|名|个|同志)?"
    rf"|(?P<many>{_N})\s?个?(?:人|位|名|个名额|名额)(?:就够|封顶|为限|以内|左右)?"
)
_PRESENT = re.compile(
    rf"(?:实到|到会|到场|参会|出席|参加|到了|来了|一共来了|共来|到齐|签到|与会|人到)[^，。\d{WORDS}]{{0,4}}(?P<n>{_N})\s?(?:个|位|名)?(?:人|同志|党员)?"
    rf"|(?P<many>{_N})\s?(?:个|位|名)?(?:人|同志|党员)(?:都|全|也)?(?:到会|到场|参加|参会|出席|到|来|在)?"
)
_EXPECTED = re.compile(
    rf"(?:应到|缺席|请假|缺勤|缺)[^，。\d{WORDS}]{{0,3}}(?:{_N})\s?(?:个|位|名)?人?"
)
_PIECE = re.compile(r"[^\s，。；：:、！？]+")
_NOTHING = re.compile(
    r"^(?:时间|地点|地址|人数|限额?|名额|请?创建|新建|建|报名|截止|报名截止|大家|麻烦|帮我?|一下|活动|会议|会|吧|的|了|开|在|于|到|和|就|都|全|"
    r"早上|晚上|上午|下午|中午|全天|小助手|那个|呗|也就是|就是|也|开始|结束|存档|归档|记录|台账|集合|谢谢|请|参加|参会|出席|实到|应到|安排|吧|呢|啊|个|一个|次|一次|场|一场|好|来|去|有|"
    r"人员|同志|通知|签到|议程|存一下记录|记一下|给记上|入台账|补一下|补录|补记|登记|你|我|我们|支部|讲的|上限|线上|线下|主题|内容|名称|报)+$"
)
_HEAD = re.compile(HEADS)
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Fields:
    """What was said of a gathering, besides day and time."""

    title: str | None = None
    place: str | None = None
    limit: int | None = None
    present: int | None = None


def read_fields(utterance: Utterance, text: str, offset: int) -> Fields:
    """Read the fields of an order without its verb.

    Args:
        text: The part of `utterance.text` that lists them.
        offset: Where it begins there.
    """
    bare = _without_spans(utterance, text, offset)
    place = find_place(bare)
    pieces = list(_pieces(bare, place))
    title = _title(bare, pieces)
    within = place is not None and title is not None and place != title and place in title
    if within and title is not None:  # 社区 of 社区清扫 is no place, where another one is said
        place = (
            find_place(bare.replace(title, " ", 1)) or _apart(_alone(pieces, bare), title) or place
        )
    if place is None:
        place = _apart(pieces, title)
    present = _number(_PRESENT, _EXPECTED.sub("", text))
    return Fields(title, place, _number(_LIMIT, bare), present)


def _alone(pieces: list[str], text: str) -> list[str]:
    """Return the pieces that stand between blanks, as in a command."""
    words = text.split()
    return [piece for piece in pieces if piece in words]


def _apart(pieces: list[str], title: str | None) -> str | None:
    """Return what stands beside the title and may be the place."""
    left = [piece for piece in pieces if piece != title and not _NO_PLACE.search(piece)]
    return next(iter(left), None)


_NO_PLACE = re.compile(
    r"[了吗呢吧]$|参加|签到|带|穿|准时|大家|人员|同志|通知|报名|不限|自愿|主持|讨论|学习|议题|内容|，"
)


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return read_int(match["n"] or match["many"]) if match else None


def _title(text: str, pieces: list[str]) -> str | None:
    labelled = LABELLED.search(text)
    if labelled and labelled["label"] not in ("活动", "会议"):
        return trim_title(labelled["title"]) or None
    bracketed = BRACKETED.search(text)
    if bracketed:
        return bracketed["title"]
    best = max(pieces, key=_likeness, default=None)
    return best if best is None or _likeness(best) > _PLACE_ALONE else None


_PLACE_ALONE = -1
_TAIL = re.compile(rf"(?:{HEADS})$")


def _likeness(piece: str) -> int:
    """Tell how much words look like what is held: named by a head at their end, no place."""
    if find_place(piece) == piece and not _TAIL.search(piece):
        return _PLACE_ALONE
    if piece in _GENERIC:
        return 0
    return 3 * bool(_TAIL.search(piece)) + 2 * bool(_HEAD.search(piece)) + 1


_GENERIC = frozenset(
    ("活动", "会议", "学习", "报名", "链接", "全天", "整天", "明天的活动", "的活动")
)


def _pieces(text: str, place: str | None) -> Iterator[str]:
    for match in _PIECE.finditer(_LIMIT.sub(" ", text)):
        words = match[0]
        if place and _MARK.sub("", words) == place and not _HEAD.search(words):
            continue
        words = trim_title(_DONE.sub("", _SETTLED.sub("", _GOING.sub("", words))))
        if 2 <= len(words) <= _LONGEST and not _NOTHING.match(words):
            yield words


_MARK = re.compile(r"^(?:地点|地址|集合点|在|到|于|去|是|:)+|(?:集合|集中|召开|举行|开会|开)$")
_GOING = re.compile(
    r"^(?:我们?)?(?:想|要|准备|打算)?(?:搞|办|开|建|创建|新建|组织(?!生活(?:会|$)|委员|部|关系)|安排|发起|加|召开|举行|刚开完|开完|开了|开过)(?:个|一个|一次|一场|次|场)?(?=.{2})|^在"
)
_SETTLED = re.compile(r"(?:我?想|准备|打算|就?定[在于]|放[在到]|安排[在到]|设在).{0,4}$")
_DONE = re.compile(
    r"(?:建一下|安排一下|录一下|记一下|补一下|入一下.*|录进.*|录入.*|会议记录.*|会议纪要.*|记录|归档|存档|登记一下|召开|举行|建个活动|的?报名的?)$"
)


def _without_spans(utterance: Utterance, text: str, offset: int) -> str:
    spans = sorted((*utterance.dates, *utterance.times), key=lambda span: -span.start)
    for span in spans:
        start, end = span.start - offset, span.end - offset
        if 0 <= start < end <= len(text):
            text = f"{text[:start]} {text[end:]}"
    return text
