"""Who was made anonymous: nothing more is written about them, nor is anything opened again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.storage.models import Anonymised

REFUSED = "这位同志的资料已经匿名处理，不能再登记或更正。回来了的，请当新来的登记。"


class IsAnonymous(DomainError):
    """What was asked for is about somebody whose name was taken off the ledgers."""

    def __init__(self) -> None:
        super().__init__(REFUSED)


def among(session: Session, members: Collection[int]) -> frozenset[MemberId]:
    """Return those of some members who were made anonymous."""
    if not members:
        return frozenset()
    rows = session.scalars(select(Anonymised.member_id).where(Anonymised.member_id.in_(members)))
    return frozenset(MemberId(member) for member in rows)


def refuse(session: Session, members: Collection[int]) -> None:
    """Refuse to write about somebody who was made anonymous.

    Raises:
        IsAnonymous

    Source:
        privacy.table
    """
    if among(session, members):
        raise IsAnonymous
