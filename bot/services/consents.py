"""Agreements to subscription messages: written down once, used once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.storage.insert import insert_many_once
from bot.storage.models import SubscribeConsent


def give(
    session: Session,
    *,
    space: str,
    external_id: str,
    templates: Sequence[str],
    source: str,
    now: datetime,
) -> None:
    """Write down what somebody has agreed to; the same event again gives nothing more.

    Args:
        source: The event's own id.
    """
    rows = [
        {
            "space": space,
            "external_id": external_id,
            "template_id": template,
            "source": f"{space}:{source}:{number}"[-200:],
            "given_at": now,
        }
        for number, template in enumerate(templates)
    ]
    insert_many_once(session, SubscribeConsent, rows)


def take_each(
    session: Session, space: str, external_ids: Collection[str], template_id: str, now: datetime
) -> set[str]:
    """Use one agreement of each of some followers; return who had one."""
    oldest = (
        select(func.min(SubscribeConsent.id))
        .where(
            SubscribeConsent.space == space,
            SubscribeConsent.external_id.in_(external_ids),
            SubscribeConsent.template_id == template_id,
            SubscribeConsent.used_at.is_(None),
        )
        .group_by(SubscribeConsent.external_id)
    )
    taken = session.connection().scalars(
        update(SubscribeConsent)
        .where(SubscribeConsent.id.in_(oldest), SubscribeConsent.used_at.is_(None))
        .values(used_at=now)
        .returning(SubscribeConsent.external_id)
    )
    return set(taken)
