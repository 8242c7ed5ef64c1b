"""A notice sent to its writer alone, as everybody would get it; nothing is kept of it as a notice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.notices import NoticeState, check_body
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.prompts import LASTS
from bot.domain.rights import Action, Actor
from bot.services import outbox, people
from bot.services.outbox import Letter, Routes
from bot.storage.models import Notice


class NothingToTry(DomainError):
    """No words were written, and no draft is shown."""

    def __init__(self) -> None:
        super().__init__("没有要试发的内容。请这样写：试发 周三前交心得")


class NoWayToYou(DomainError):
    """No channel can write to the one who asks."""

    def __init__(self) -> None:
        super().__init__("您的账号现在收不到主动发的消息，试发不了。")


def send_to_writer(
    session: Session, *, body: str | None, by: Actor, routes: Routes, now: datetime, key: str
) -> None:
    """Send a notice to the actor, at once.

    Args:
        body: Left out, that of the draft that is shown to the actor.
        key: Of the outbox row, so that a repeated delivery sends nothing twice.

    Raises:
        Forbidden, UnfitNotice, NothingToTry, NoWayToYou
    """
    people.scope_of(by, Action.SEND_NOTICE, "试发")
    words = check_body(_shown(session, by, now) if body is None else body)
    text = say("{body}", body=Fact(FactKind.NOTICE, words))
    letter = Letter(key=key, text=text, due_at=now, member_id=by.member_id)
    if outbox.enqueue(session, routes, [letter], now).unreachable:
        raise NoWayToYou


def _shown(session: Session, by: Actor, now: datetime) -> str:
    body = session.scalar(
        select(Notice.body)
        .where(
            Notice.created_by == by.member_id,
            Notice.state == NoticeState.DRAFT,
            Notice.created_at > now - LASTS,
        )
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if body is None:
        raise NothingToTry
    return body
