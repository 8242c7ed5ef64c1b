"""Questions put to somebody: opened, found again, closed once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, PromptId
from bot.domain.prompts import LASTS, PromptKind
from bot.storage.models import Prompt


@dataclass(frozen=True, slots=True)
class OpenPrompt:
    """A question that still waits for its answer."""

    id: PromptId
    kind: PromptKind
    payload: Mapping[str, Any]


def open_prompt(
    session: Session,
    *,
    kind: PromptKind,
    member_id: MemberId,
    chat_id: str | None,
    payload: Mapping[str, Any],
    now: datetime,
) -> PromptId:
    """Put a question; an older one of the same kind to the same person in the same chat ends."""
    connection = session.connection()
    connection.execute(
        update(Prompt)
        .where(
            Prompt.member_id == member_id,
            Prompt.kind == kind,
            Prompt.chat_id.is_(None) if chat_id is None else Prompt.chat_id == chat_id,
            Prompt.closed_at.is_(None),
        )
        .values(closed_at=now)
    )
    row = connection.execute(
        insert(Prompt)
        .values(
            kind=kind,
            member_id=member_id,
            chat_id=chat_id,
            payload=dict(payload),
            opened_at=now,
            expires_at=now + LASTS,
        )
        .returning(Prompt.id)
    )
    return PromptId(row.scalar_one())


def list_open(
    session: Session,
    *,
    member_id: MemberId,
    chat_id: str | None,
    now: datetime,
    kinds: Collection[PromptKind] | None = None,
) -> list[OpenPrompt]:
    """Return what waits for an answer of this person in this chat, the newest first."""
    query = select(Prompt.id, Prompt.kind, Prompt.payload).where(
        Prompt.member_id == member_id,
        Prompt.chat_id.is_(None) if chat_id is None else Prompt.chat_id == chat_id,
        Prompt.closed_at.is_(None),
        Prompt.expires_at > now,
    )
    if kinds is not None:
        query = query.where(Prompt.kind.in_(kinds))
    rows = session.execute(query.order_by(Prompt.id.desc()))
    return [OpenPrompt(PromptId(found), kind, payload) for found, kind, payload in rows]


def list_open_anywhere(session: Session, member_id: MemberId, now: datetime) -> list[OpenPrompt]:
    """Return what waits for an answer of this person in any chat, the newest first."""
    rows = session.execute(
        select(Prompt.id, Prompt.kind, Prompt.payload)
        .where(
            Prompt.member_id == member_id,
            Prompt.closed_at.is_(None),
            Prompt.expires_at > now,
        )
        .order_by(Prompt.id.desc())
    )
    return [OpenPrompt(PromptId(found), kind, payload) for found, kind, payload in rows]


def change_payload(session: Session, prompt_id: PromptId, payload: Mapping[str, Any]) -> None:
    """Keep something more with a question that waits."""
    session.connection().execute(
        update(Prompt).where(Prompt.id == prompt_id).values(payload=dict(payload))
    )


def close_prompt(session: Session, prompt_id: PromptId, now: datetime) -> bool:
    """End a question; False when somebody ended it already, so that an answer counts once."""
    done = session.connection().execute(
        update(Prompt)
        .where(Prompt.id == prompt_id, Prompt.closed_at.is_(None))
        .values(closed_at=now)
    )
    return done.rowcount == 1
