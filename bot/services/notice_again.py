"""The second notice: once, to those alone who have not said 收到; after it there is the phone.

Source:
    burden.second_notice
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, literal, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.burden import Hours
from bot.domain.cards import Card
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, NoticeId, UnitId
from bot.domain.notices import NoticeState, receipt_card, title_of
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.services import audit, notice_corrections, notices, outbox, people, scopes
from bot.services.outbox import Letter, Routes
from bot.services.people import Person
from bot.storage.models import Notice, Outbox, Unit

TEXT = "再提醒一次：{body}\n看过请回复 收到"
TITLE = "再提醒一次"
_MOST = 5  # notices on a call list: each asks for its own people
_KEY = "notice:{notice}:v{version}:again:m{member}"


class NothingSent(DomainError):
    """No notice was sent that could be answered."""

    def __init__(self) -> None:
        super().__init__("最近没有发过通知，没有要再提醒的。")


@dataclass(frozen=True, slots=True)
class Second:
    """Whom a second notice would reach.

    Attributes:
        silent: With an account, and without 收到, who have not been told a second time.
        to_phone: Who still have not answered though they were: a third time there is not.
    """

    notice_id: NoticeId
    unit_id: UnitId
    text: str
    silent: tuple[Person, ...]
    to_phone: tuple[Person, ...]


def find(session: Session, *, by: Actor, now: datetime, unit: str | None = None) -> Second:
    """Return who has not answered the last notice of a unit.

    Raises:
        Forbidden, NotFound, NothingSent
    """
    unit_id = scopes.unit_meant(session, by, Action.SEND_NOTICE, unit)
    rights.require(by, Action.VIEW_LISTS, _path(session, unit_id))
    found = notices.receipts(session, by=by, now=now, unit=unit)
    if found is None:
        raise NothingSent
    row = session.get_one(Notice, found.notice.id)
    told = _told(session, row)
    return Second(
        found.notice.id,
        unit_id,
        TEXT.format(body=row.body),
        tuple(person for person in found.silent if person.id not in told),
        tuple(person for person in found.silent if person.id in told),
    )


def list_to_phone(
    session: Session, *, by: Actor, now: datetime
) -> list[tuple[str, tuple[Person, ...]]]:
    """Return (title, who has not answered though told twice) of the last week's notices in force.

    Of the actor's own unit, himself left out; nothing for who sends no notices.
    """
    if not rights.holds(by, Action.SEND_NOTICE):
        return []
    again = select(Outbox.id).where(
        Outbox.subject == literal("notice:") + cast(Notice.id, String),
        Outbox.slot.endswith(":again"),
        Outbox.state != SendState.VOID,
    )
    rows = session.scalars(
        select(Notice)
        .where(
            Notice.unit_id == people.scope_of(by, Action.SEND_NOTICE),
            Notice.state == NoticeState.RELEASED,
            Notice.released_at > now - notices.WAITS_FOR,
            notice_corrections.in_force(),
            again.exists(),
        )
        .order_by(Notice.id)
        .limit(_MOST)
    ).all()
    found = []
    for row in rows:
        told = _told(session, row) - {by.member_id}
        silent = notices.silent_of(session, NoticeId(row.id), now)
        left = tuple(person for person in silent if person.id in told)
        if left:
            found.append((title_of(row.body), left))
    return found


def send(
    session: Session,
    *,
    notice_id: NoticeId,
    members: Collection[MemberId],
    by: Actor,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> int:
    """Tell those shown once more, but who has answered meanwhile; return how many.

    Twice at once is once: each has one key.

    Raises:
        Forbidden
    """
    row = session.get_one(Notice, notice_id)
    unit = session.get_one(Unit, row.unit_id)
    rights.require(by, Action.SEND_NOTICE, unit.path)
    card = receipt_card(row.id, row.version, TITLE, unit.name)
    silent = notices.silent_of(session, notice_id, now)
    wanted = [person for person in silent if person.id in set(members)]
    letters = [_letter(row, person, hours, now, card) for person in wanted]
    queued = outbox.enqueue(session, routes, letters, now).queued
    audit.record(
        session,
        by=by,
        at=now,
        action="notice.again",
        subject=f"notice:{notice_id}",
        after={"people": queued},
    )
    return queued


def _letter(row: Notice, person: Person, hours: Hours, now: datetime, card: Card) -> Letter:
    key = _KEY.format(notice=row.id, version=row.version, member=person.id)
    return Letter(
        key=key,
        text=say(TEXT, body=Fact(FactKind.NOTICE, row.body)),
        due_at=hours.allow(now, f"notice:{row.id}:again"),
        member_id=person.id,
        rule="notice",
        slot=f"v{row.version}:again",
        subject=f"notice:{row.id}",
        reason={
            "source": "组织发布的通知，没有回复的再提醒一次（本产品设定）",
            "facts": {"words": "您还没有回复 收到"},
            "ends_when": "只再提醒这一次",
            "seen_by": "只发给您",
        },
        card=card,
    )


def _told(session: Session, row: Notice) -> set[MemberId]:
    rows = session.scalars(
        select(Outbox.member_id).where(
            Outbox.subject == f"notice:{row.id}",
            Outbox.slot == f"v{row.version}:again",
            Outbox.state != SendState.VOID,
        )
    )
    return {MemberId(member) for member in rows if member is not None}


def _path(session: Session, unit_id: int) -> str:
    return session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
