"""Writes over the API happen once: the caller's key is inserted first, the answer is kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.storage.insert import insert_once
from bot.storage.models import ApiRequest

KEPT = timedelta(days=2)  # a repeat that comes later is done anew


class KeyReused(DomainError):
    """The same key was sent with something else."""

    def __init__(self) -> None:
        super().__init__("这个 Idempotency-Key 已经用在别的请求上了，请换一个。")


@dataclass(frozen=True, slots=True)
class Began:
    """A request that may be done now, or what was answered the first time."""

    id: int | None
    answer: Mapping[str, Any] | None = None


def begin(session: Session, *, token_id: int, key: str, asked: str, now: datetime) -> Began:
    """Take a key, in the transaction that does the work: if that fails, the key is free again.

    Where another request holds it, this one waits until that has ended.

    Raises:
        KeyReused
    """
    values = {"token_id": token_id, "key": key, "asked": asked, "at": now}
    made = insert_once(session, ApiRequest, values)
    if made is not None:
        return Began(made)
    before, answer = session.execute(
        select(ApiRequest.asked, ApiRequest.answer).where(
            ApiRequest.token_id == token_id, ApiRequest.key == key
        )
    ).one()
    if before != asked:
        raise KeyReused
    return Began(None, answer)


def finish(session: Session, request_id: int, answer: Mapping[str, Any]) -> None:
    """Keep what was answered."""
    session.connection().execute(
        update(ApiRequest).where(ApiRequest.id == request_id).values(answer=dict(answer))
    )


def forget(session: Session, now: datetime) -> None:
    """Drop the keys and answers that nobody will repeat any more."""
    session.connection().execute(delete(ApiRequest).where(ApiRequest.at < now - KEPT))
