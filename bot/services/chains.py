"""The ledger of pasted chains: what was pasted, what it is about, how it differs from before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.chain_topics import Target
from bot.domain.chains import (
    LONGEST_TITLE,
    About,
    Chain,
    Line,
    key_of,
    state_of,
)
from bot.domain.ids import InboundId, MemberId, UnitId
from bot.domain.rights import Actor
from bot.services import chain_pastes
from bot.services.chain_pastes import KEPT_FOR, Kept
from bot.storage import models
from bot.storage.insert import insert_once
from bot.storage.models import ChainChoice, ChainLine, ChainPaste

STEM = "chains"


@dataclass(frozen=True, slots=True)
class Known:
    """A chain met before under this title.

    Attributes:
        is_dismissed: Somebody said that it is none of the things offered.
    """

    chain_id: int
    subject: str
    about: About
    created_on: date
    is_dismissed: bool


def find_known(
    session: Session,
    *,
    branch_id: UnitId,
    chain: Chain,
    open_now: Collection[str],
    settled: bool,
    now: datetime,
) -> Known | None:
    """Return what a chain of this title was about, if that is still open; the last settled wins.

    Args:
        open_now: Subjects a chain may be about at this moment; last month's 签到 is another.
        settled: Only what somebody entitled has settled.
    """
    rows = session.scalars(
        select(models.Chain)
        .where(models.Chain.branch_id == branch_id, models.Chain.title_key == key_of(chain))
        .order_by(models.Chain.id)
    ).all()
    for row in sorted(rows, key=_last_settled, reverse=True):
        dismissed = row.dismissed_at is not None and row.dismissed_at > now - KEPT_FOR
        if (row.subject in open_now or dismissed) and (row.settled_at or not settled):
            return Known(row.id, row.subject, row.about, day_of(row.created_at), dismissed)
    return None


def _last_settled(row: models.Chain) -> tuple[float, int]:
    return row.settled_at.timestamp() if row.settled_at else 0.0, row.id


def chain_for(
    session: Session, *, branch_id: UnitId, chain: Chain, target: Target | None, at: datetime
) -> int:
    """Return the id under which a chain is kept, met before or new.

    Args:
        target: None while it is open what it is about, or for what is nothing of ours.
    """
    title = chain.title[:LONGEST_TITLE]
    return _chain_id(session, branch_id, key_of(chain), title, target, at)


def keep(
    session: Session,
    *,
    chain_id: int,
    lines: Sequence[Line],
    by: Actor,
    inbound_id: InboundId,
    at: datetime,
    is_cut: bool = False,
) -> Kept:
    """Write a paste down, and compare it with the last one of the same chain.

    Args:
        inbound_id: The message; one message is one paste, however often it is delivered.
    """
    paste_id = insert_once(
        session,
        ChainPaste,
        {
            "chain_id": chain_id,
            "inbound_id": inbound_id,
            "member_id": by.member_id,
            "at": at,
            "state": state_of(lines),
            "is_cut": is_cut,
        },
    )
    if paste_id is None:
        return chain_pastes.find(session, chain_id, inbound_id)
    if lines:
        rows = [_row(paste_id, place, line) for place, line in enumerate(lines, start=1)]
        session.connection().execute(insert(ChainLine), rows)
    return chain_pastes.get(session, paste_id)


def adopt(session: Session, kept: Kept, target: Target, *, by: Actor, at: datetime) -> Kept:
    """Keep a paste once more under what it turned out to be about."""
    row = session.get_one(models.Chain, kept.chain_id)
    branch_id = UnitId(row.branch_id)
    chain_id = _chain_id(session, branch_id, row.title_key, row.title, target, at)
    paste = session.get_one(ChainPaste, kept.paste_id)
    _copy_choices(session, kept.chain_id, chain_id)
    return keep(
        session,
        chain_id=chain_id,
        lines=kept.lines,
        by=by,
        inbound_id=InboundId(paste.inbound_id),
        at=paste.at,
        is_cut=paste.is_cut,
    )


def settle(session: Session, kept: Kept, now: datetime) -> None:
    """Remember that somebody entitled takes a chain for what it is kept as."""
    _update(session, kept, settled_at=now)


def dismiss(session: Session, kept: Kept, now: datetime) -> None:
    """Remember that a chain is none of the things offered, so that nobody is asked again."""
    _update(session, kept, settled_at=now, dismissed_at=now)


def _update(session: Session, kept: Kept, **values: datetime) -> None:
    session.connection().execute(
        update(models.Chain).where(models.Chain.id == kept.chain_id).values(**values)
    )


def choose(
    session: Session,
    kept: Kept,
    line: Line,
    member_id: MemberId | None,
    *,
    by: Actor,
    now: datetime,
) -> Kept:
    """Write down whom an unclear line means (None: nobody on the roll), for this chain."""
    _choose(session, kept.chain_id, line.name, line.nth, member_id, by, now)
    return chain_pastes.get(session, kept.paste_id)


def lock(session: Session, chain_id: int) -> None:
    """Let two who confirm a chain at once take turns."""
    row = select(models.Chain.id).where(models.Chain.id == chain_id)
    session.execute(row.with_for_update()).one()


def _chain_id(
    session: Session,
    branch_id: UnitId,
    key: str,
    title: str,
    target: Target | None,
    at: datetime,
) -> int:
    subject = "" if target is None else target.subject
    about = About.OTHER if target is None else target.about
    row = insert_once(
        session,
        models.Chain,
        {
            "branch_id": branch_id,
            "title_key": key,
            "title": title,
            "about": about,
            "subject": subject,
            "created_at": at,
            "settled_at": None,
            "dismissed_at": None,
        },
    )
    if row is not None:
        return int(row)
    return session.execute(
        select(models.Chain.id).where(
            models.Chain.branch_id == branch_id,
            models.Chain.title_key == key,
            models.Chain.subject == subject,
        )
    ).scalar_one()


def _row(paste_id: int, place: int, line: Line) -> dict[str, object]:
    return {
        "paste_id": paste_id,
        "place": place,
        "number": line.number,
        "name": line.name,
        "nth": line.nth,
        "member_id": line.member_id,
        "how": line.how,
        "persons": line.count,
        "kind": line.kind,
        "amount_fen": line.amount_fen,
        "reason_kind": line.reason_kind,
        "months": ",".join(line.months),
    }


def _copy_choices(session: Session, old: int, new: int) -> None:
    rows = session.scalars(select(ChainChoice).where(ChainChoice.chain_id == old)).all()
    if rows:
        copies = [
            {
                "chain_id": new,
                "name": row.name,
                "nth": row.nth,
                "member_id": row.member_id,
                "by_id": row.by_id,
                "at": row.at,
            }
            for row in rows
        ]
        session.connection().execute(insert(ChainChoice), copies)


def _choose(
    session: Session,
    chain_id: int,
    name: str,
    nth: int,
    member_id: MemberId | None,
    by: Actor,
    now: datetime,
) -> None:
    session.connection().execute(
        insert(ChainChoice).values(
            chain_id=chain_id,
            name=name,
            nth=nth,
            member_id=member_id,
            by_id=by.member_id,
            at=now,
        )
    )
