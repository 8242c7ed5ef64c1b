"""How people want to be reminded, as they have chosen themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.preferences import USUAL, PreferenceKey, Preferences, preferences_of
from bot.storage.models import MemberPreference


def choose(
    session: Session, *, member_id: MemberId, key: PreferenceKey, value: str, now: datetime
) -> None:
    """Write one's own choice down.

    Args:
        value: Of `HOUR` a wall time or "" for the usual; else "1" or "".
    """
    session.connection().execute(
        insert(MemberPreference).values(member_id=member_id, key=key, value=value, at=now)
    )


def of_everybody(session: Session) -> dict[MemberId, Preferences]:
    """Return the choices of all who have made any; one query, of few rows."""
    last = select(func.max(MemberPreference.id)).group_by(
        MemberPreference.member_id, MemberPreference.key
    )
    rows = session.execute(
        select(MemberPreference.member_id, MemberPreference.key, MemberPreference.value).where(
            MemberPreference.id.in_(last)
        )
    )
    chosen: dict[MemberId, dict[str, str]] = {}
    for row in rows:
        chosen.setdefault(MemberId(row.member_id), {})[row.key.value] = row.value
    return {member: preferences_of(found) for member, found in chosen.items()}


def of_member(session: Session, member_id: MemberId) -> Preferences:
    """Return somebody's own choices."""
    rows = session.execute(
        select(MemberPreference.key, MemberPreference.value)
        .where(MemberPreference.member_id == member_id)
        .order_by(MemberPreference.id)
    )
    chosen = {row.key.value: row.value for row in rows}
    return preferences_of(chosen) if chosen else USUAL
