"""What an organiser says of the whole room (除张三李四都到), and lists of names as written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.roll_order import Word

_ALL = r"(?:(?:其余|其他|剩下)(?:的)?(?:人|同志|党员)*，?)?(?:全部|全员|全体|全都|都|全)(?:已经?)?"
_CAME = r"(?:到会|到齐|到场|到|来|在|签到)(?:了|啦)?(?:，?一个不[少缺])?"
_BUT = r"(?:除了?|除去|除开)"
_BESIDES = r"(?:以外|之外|外)?"
_EVERYONE = re.compile(rf"(?:人|大家|同志们)?(?:{_ALL}{_CAME}|到齐了?)")
_EXCEPT = re.compile(rf"{_BUT}(?P<names>.{{2,120}}?){_BESIDES}[，\s]*{_ALL}{_CAME}")
_BUT_LATER = re.compile(rf"{_ALL}{_CAME}[，\s]*{_BUT}(?P<names>.{{2,120}}?){_BESIDES}")
_NAMED_FIRST = re.compile(
    rf"(?P<names>[^，。]{{2,120}}(?:请假|缺席|没来|没到|未到))[，、\s]*{_ALL}{_CAME}"
)
_LABELS = {
    "请假": Word.LEAVE,
    "请了假": Word.LEAVE,
    "缺席": Word.ABSENT,
    "没来": Word.OUT,
    "没到": Word.OUT,
    "未到": Word.OUT,
}
_ITEM = re.compile(rf"(?P<name>.*?)(?P<label>{'|'.join(_LABELS)})?")
_APART = re.compile(r"[、，,;；/\s]+|(?<=[假席来到])(?:和|跟|与|及)")
_COURTESY = re.compile(r"同志$")
_NUMBERED = re.compile(r"^\d{1,3}[.、)）:：]\s*")
_ASKED = re.compile(r"[？?]|[吗呢没]$")


@dataclass(frozen=True, slots=True)
class RoomOrder:
    """What is said of a room.

    Attributes:
        words: (name as written, what is said of it), in order; two names written without a mark
            between them are one until the roll takes them apart.
        everyone: All the others came.
    """

    words: tuple[tuple[str, Word], ...] = ()
    everyone: bool = True


def read_room(text: str) -> RoomOrder | None:
    """Read 全到, 除张三李四都到, 都到了，除了张三请假、李四缺席; None for anything else."""
    said = text.strip(" ，。!！~")
    if _ASKED.search(said):
        return None
    if _EVERYONE.fullmatch(said):
        return RoomOrder()
    for pattern in (_EXCEPT, _BUT_LATER, _NAMED_FIRST):
        match = pattern.fullmatch(said)
        if match is not None:
            words = _words(match["names"])
            return RoomOrder(words) if words else None
    return None


def read_list(text: str) -> tuple[str, ...]:
    """Read names apart by 、, a space or a line: a sheet as somebody types it off."""
    items = (_NUMBERED.sub("", item.strip()) for item in re.split(r"[、，,;；/\s]+", text))
    return tuple(dict.fromkeys(_COURTESY.sub("", item) for item in items if item))


def _words(names: str) -> tuple[tuple[str, Word], ...]:
    """Return what is said of each; a word behind several names is said of all of them."""
    found: list[tuple[str, Word]] = []
    waiting: list[str] = []
    for item in _APART.split(names):
        match = _ITEM.fullmatch(item.strip())
        if match is None:
            return ()
        name = _COURTESY.sub("", match["name"].strip())
        if name:
            waiting.append(name)
        if match["label"]:
            found += [(each, _LABELS[match["label"]]) for each in waiting]
            waiting = []
    found += [(each, Word.OUT) for each in waiting]
    return tuple(dict(found).items())
