"""What a calendar that people subscribe to holds: dates, titles and places, and nothing else."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import MeetingId

LOOKS_BACK = timedelta(days=90)
LOOKS_AHEAD = timedelta(days=400)
KEEPS_CANCELLED = timedelta(days=30)
REFRESH = timedelta(hours=1)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ADDRESS = re.compile(r"(/calendar/)[A-Za-z0-9_-]{43}(?=\.ics)")
_UIDS = uuid.UUID("6f1c3a5e-2c1b-4a55-9a36-6d0c7b6b8c11")


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as a calendar shows it.

    Attributes:
        uid: The same through every move, and in no other installation.
        starts_at, ends_at: Aware; where `all_day` only the Shanghai day counts.
        revision: Grows with every move, cancelling and bringing back, from 1.
        changed_at: Aware; when it was called, or last changed.
    """

    uid: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    changed_at: datetime
    all_day: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar: its name as a telephone shows it, and what is on it, in order of time."""

    title: str
    entries: tuple[Entry, ...]


def uid_of(meeting_id: MeetingId, made_at: datetime) -> str:
    """Return the identifier of a meeting in every calendar.

    Args:
        made_at: Aware; when its row was made: ids begin at 1 in every installation.
    """
    return str(uuid.uuid5(_UIDS, f"meeting:{meeting_id}:{made_at.timestamp():.6f}"))


def is_token(written: str) -> bool:
    """Tell whether something can be a token at all: 256 bits in 43 letters."""
    return _TOKEN.fullmatch(written) is not None


def path_of(token: str) -> str:
    """Return the path under which a calendar is served."""
    return f"/calendar/{token}.ics"


def without_token(text: str) -> str:
    """Return a text in the form in which it may be kept: no address of a calendar can be used."""
    return _ADDRESS.sub(r"\1……", text)
