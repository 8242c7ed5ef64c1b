"""Handing a post over: what waits for the one before waits for the one after; old chats do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.prompts import PromptKind
from bot.services import outbox, people, prompts
from bot.storage.models import Prompt, Unit

_HANDED = (PromptKind.CONFIRM, PromptKind.REASON)
_DETAIL = "已交接"


def hand_over(
    session: Session,
    members: Sequence[MemberId],
    unit_id: UnitId,
    heir: MemberId,
    *,
    now: datetime,
) -> int:
    """Let drafts that wait for somebody's word wait for the one after him; return how many.

    Only of those who hold no post any more; a list shown or a question put in an old private
    chat is closed and goes to nobody. Reminders of the unit that were still to leave are void:
    the next one goes to the new holder.
    """
    path = session.scalars(select(Unit.path).where(Unit.id == unit_id)).one()
    parts = session.scalars(select(Unit.id).where(Unit.path.startswith(path))).all()
    subjects = [f"unit:{part}" for part in parts]
    moved = 0
    for member_id in members:  # a post has one holder, so this is one
        if people.get_actor(session, member_id, day_of(now)).grants:
            continue
        outbox.void_to(session, member_id, now=now, subjects=subjects, detail=_DETAIL)
        moved += _move(session, member_id, heir, now)
    return moved


def _move(session: Session, member_id: MemberId, heir: MemberId, now: datetime) -> int:
    waiting = prompts.list_open_anywhere(session, member_id, now)
    session.connection().execute(
        update(Prompt)
        .where(Prompt.member_id == member_id, Prompt.closed_at.is_(None))
        .values(closed_at=now)
    )
    handed = [prompt for prompt in waiting if prompt.kind in _HANDED]
    for prompt in handed:  # at most one of a kind is open in a chat
        payload = {k: v for k, v in prompt.payload.items() if k not in ("raised_in", "raised_by")}
        prompts.open_prompt(
            session, kind=prompt.kind, member_id=heir, chat_id=None, payload=payload, now=now
        )
    return len(handed)
