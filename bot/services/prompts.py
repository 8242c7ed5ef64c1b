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
    """A question that still waits for its answer.

    Attributes:
        chat_id: The group it was put in, None if privately.
    """

    id: PromptId
    kind: PromptKind
    payload: Mapping[str, Any]
    chat_id: str | None = None


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
    kinds: Collection[PromptKind] = tuple(PromptKind),
) -> list[OpenPrompt]:
    """Return what a person may answer in a chat, the newest first.

    That is what was put there, and what was raised there and then whispered (`raised_in`).
    """
    return [
        prompt
        for prompt in list_open_anywhere(session, member_id, now)
        if prompt.kind in kinds
        and chat_id in (prompt.chat_id, prompt.payload.get("raised_in", prompt.chat_id))
    ]


def list_open_anywhere(session: Session, member_id: MemberId, now: datetime) -> list[OpenPrompt]:
    """Return what waits for an answer of this person in any chat, the newest first."""
    rows = session.execute(
        select(Prompt.id, Prompt.kind, Prompt.payload, Prompt.chat_id)
        .where(
            Prompt.member_id == member_id,
            Prompt.closed_at.is_(None),
            # A message that is handled late answers nothing that was asked after it was sent.
            Prompt.opened_at <= now,
            Prompt.expires_at > now,
        )
        .order_by(Prompt.id.desc())
    )
    return [OpenPrompt(PromptId(row[0]), row[1], row[2], row[3]) for row in rows]


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
