"""A message that is, as a whole, an order about the room of a meeting (党员大会 除张三都到)."""

from __future__ import annotations

from bot.inbound.meeting_words import read_meeting
from bot.inbound.room_words import RoomOrder, read_room
from bot.inbound.utterance import Utterance
from bot.services.meeting_meant import Meant

_LEADS = ("现场点名", "点名")
_CAME, _ALL = frozenset("到来在"), frozenset("都全齐")
_LONGEST = 200


def find_room(utterance: Utterance) -> tuple[RoomOrder, Meant] | None:
    """Return what is said of a room, with the meeting named; None for anything else.

    Whoever writes down a meeting says so (补录, 登记), or says more of it than who came.
    """
    said = utterance.text
    if len(said) > _LONGEST or not _may_be(said):
        return None
    for lead in _LEADS:
        said = said.removeprefix(lead).lstrip(" :：，")
    order = read_room(said)
    if order is not None:
        return order, Meant()
    meant, rest = read_meeting(utterance, said)
    order = read_room(rest) if meant.is_named else None
    return None if order is None else (order, meant)


def _may_be(text: str) -> bool:
    return not (_CAME.isdisjoint(text) or _ALL.isdisjoint(text))
