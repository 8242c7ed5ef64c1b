"""How often one chat, and one person, is answered: whoever talks in circles is left alone.

Another robot that answers every answer of ours would talk with us for ever. Above the cap what is
said is recorded as before, and nothing is said back.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.incoming import Incoming
from bot.storage.models import Inbound

CHAT_MOST = 900  # a large meeting signs in within the hour; the platform takes a thousand
PERSON_MOST = 120
HOUR = timedelta(hours=1)

_LOOK_FROM = 40  # answers of this process alone, from which on all processes are counted
_MOST_KEPT = 10_000


class Caps:
    """Counts answers; the database counts those of all processes, once this one has seen many."""

    def __init__(self) -> None:
        self._lately: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def is_over(self, session: Session, message: Incoming, now: datetime) -> bool:
        """Tell whether a chat or a person has had all the answers of this hour, and count one."""
        person = self._count((message.space, message.sender_id), now)
        chat = 0 if message.chat_id is None else self._count((message.space, message.chat_id), now)
        if person < _LOOK_FROM and chat < _LOOK_FROM:
            return False
        return _answered(session, message, now, chat=False) >= PERSON_MOST or (
            message.chat_id is not None and _answered(session, message, now, chat=True) >= CHAT_MOST
        )

    def _count(self, key: tuple[str, str], now: datetime) -> int:
        lately = self._lately.setdefault(key, deque(maxlen=_LOOK_FROM))
        self._lately.move_to_end(key)
        if len(self._lately) > _MOST_KEPT:
            self._lately.popitem(last=False)
        while lately and lately[0] <= now - HOUR:
            lately.popleft()
        lately.append(now)
        return len(lately)


def _answered(session: Session, message: Incoming, now: datetime, *, chat: bool) -> int:
    whose = Inbound.chat_id == message.chat_id if chat else Inbound.sender_id == message.sender_id
    return (
        session.scalar(
            select(func.count())
            .select_from(Inbound)
            .where(
                Inbound.received_at > now - HOUR,
                Inbound.space == message.space,
                whose,
                Inbound.answer.is_not(None),
            )
        )
        or 0
    )
