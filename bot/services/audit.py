"""The audit trail: who did what to what, when, why, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.domain.rights import Actor
from bot.storage.models import AuditLine

_LINE = insert(AuditLine)


def record(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one line of the trail in the caller's transaction.

    Args:
        subject: Ledger and id, `meeting:12`; never a name.
    """
    session.connection().execute(
        _LINE,
        {
            "at": at,
            "by_id": by.member_id,
            "how": by.how,
            "action": action,
            "subject": subject,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
            "reason": reason,
        },
    )
