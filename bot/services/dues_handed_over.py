"""A declaration that was somebody else's: taken back where it stood, declared for whom it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.dues_allocation import NeedsAnswer, Part
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import dues, dues_claims, dues_others, undo
from bot.services.dues import STEM, DuesRefused
from bot.services.dues_claims import Claim
from bot.services.naming import Named
from bot.storage.models import DuesEntry

FOR_SEVERAL = (
    "刚才那一条登记了好几位，没有改。请先回复 撤销，再一个人一个人写，例如 帮王秀英交了3月党费15元"
)
ALREADY_THEIRS = "刚才那笔登记的就是{name}的，没有变动。"
DOES_NOT_FIT = "月份或金额和{name}登记的对不上，没有改，刚才那笔还照原来的记着。不算请回复 撤销"


class NothingToHandOver(DomainError):
    """The actor has declared no dues within ten minutes."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__(
            "十分钟内没有您报的党费，没有改。替别人交的请这样写：帮王秀英交了3月党费15元"
        )


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Where a declaration stood, and what is declared now.

    Attributes:
        of: Whose it was by mistake.
        parts: The months with their amounts, now those of the right person.
    """

    of: MemberId
    parts: tuple[Part, ...]


def hand_over(
    session: Session, person: Named, *, by: Actor, said_on: date, now: datetime, source: str
) -> HandedOver:
    """Take back what the actor declared last and declare it for the right person, or do nothing.

    Args:
        source: Id of the message.

    Raises:
        NothingToHandOver, AlreadyConfirmed
        DuesRefused: It was for several, it is this person's already, or it does not fit there.
    """
    assert by.member_id is not None
    entries = undo.find_last_of_kind(session, by=by, now=now, what=STEM).get("entries", ())
    if not entries:
        raise NothingToHandOver
    rows = session.execute(
        select(DuesEntry.member_id, DuesEntry.claim).where(DuesEntry.id.in_(entries))
    ).all()
    owner = MemberId(rows[0].member_id)
    if owner == person.id:
        raise DuesRefused(ALREADY_THEIRS.format(name=person.name))
    _refuse_several(session, owner, rows[0].claim)
    claim = _find_claim(session, owner, entries)
    dues_claims.void_lines(session, claim.lines, by=by, now=now)
    dues_claims.forget_settled(session, owner, now)
    parts = _declare(session, person, claim, by=by, said_on=said_on, now=now, source=source)
    return HandedOver(owner, parts)


def _refuse_several(session: Session, owner: MemberId, source: str) -> None:
    others = select(DuesEntry.id).where(DuesEntry.claim == source, DuesEntry.member_id != owner)
    if session.scalar(others.limit(1)) is not None:
        raise DuesRefused(FOR_SEVERAL)


def _find_claim(session: Session, owner: MemberId, entries: Sequence[int]) -> Claim:
    for claim in dues_claims.list_claims(session, owner):
        lines = tuple(line for line in claim.lines if line.id in entries)
        if len(lines) == len(entries):
            return Claim(claim.source, lines, claim.at)
    dues_claims.refuse_confirmed(session, owner, ())
    raise NothingToHandOver


def _declare(
    session: Session,
    person: Named,
    claim: Claim,
    *,
    by: Actor,
    said_on: date,
    now: datetime,
    source: str,
) -> tuple[Part, ...]:
    if person.id == by.member_id:
        own = dues.declare(
            session,
            months=claim.months,
            total_fen=claim.total_fen,
            by=by,
            said_on=said_on,
            now=now,
            source=source,
        )
        if isinstance(own, NeedsAnswer):
            raise DuesRefused(DOES_NOT_FIT.format(name="您"))
        return own.parts
    try:
        (declared,) = dues_others.declare_for_others(
            session,
            people=[person],
            months=claim.months,
            total_fen=claim.total_fen,
            by=by,
            said_on=said_on,
            now=now,
            source=source,
        )
    except dues_others.DuesForOthersRefused:
        raise DuesRefused(DOES_NOT_FIT.format(name=person.name)) from None
    return declared.declared.parts
