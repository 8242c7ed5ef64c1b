"""The ledger of pasted chains: what was pasted, what it is about, how it differs from before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.chain_topics import Target
from bot.domain.chains import (
    CHOSEN,
    LONGEST_TITLE,
    About,
    Chain,
    Difference,
    Line,
    compare,
    key_of,
    state_of,
)
from bot.domain.errors import NotFound
from bot.domain.ids import InboundId, MemberId, UnitId
from bot.domain.rights import Actor
from bot.services.chain_lines import load_choices
from bot.storage import models
from bot.storage.insert import insert_once
from bot.storage.models import ChainChoice, ChainLine, ChainPaste

STEM = "chains"
NO_DIFFERENCE = Difference()
KEPT_FOR = timedelta(days=31)
"""How long a chain that is nothing of ours is compared with, and a choice 都不是 holds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A paste on record.

    Attributes:
        reporter_id: Who pasted it; that proves nothing about who wrote its lines.
        state: Fingerprint of what it says.
        difference: From the last paste of the same chain.
        is_first: There was none.
        is_repeat: The last paste said exactly the same.
    """

    paste_id: int
    chain_id: int
    branch_id: UnitId
    about: About
    subject: str
    title: str
    reporter_id: MemberId
    at: datetime
    state: str
    lines: tuple[Line, ...]
    difference: Difference = NO_DIFFERENCE
    is_first: bool = True
    is_repeat: bool = False
    is_cut: bool = False

    @property
    def known(self) -> tuple[Line, ...]:
        """The lines of people on the roll."""
        return tuple(line for line in self.lines if line.member_id is not None)

    @property
    def unclear(self) -> tuple[Line, ...]:
        """The lines nobody has yet told whose they are."""
        return tuple(line for line in self.lines if line.is_unclear)


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


_PASTE: Select[ChainPaste, models.Chain] = select(ChainPaste, models.Chain).join(
    models.Chain, models.Chain.id == ChainPaste.chain_id
)


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
        same = _PASTE.where(ChainPaste.chain_id == chain_id, ChainPaste.inbound_id == inbound_id)
        return _kept(session, *session.execute(same).one())
    if lines:
        rows = [_row(paste_id, place, line) for place, line in enumerate(lines, start=1)]
        session.connection().execute(insert(ChainLine), rows)
    return get(session, paste_id)


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


def get(session: Session, paste_id: int) -> Kept:
    """Return a paste as it stands with what was said of its unclear names since.

    Raises:
        NotFound: There is none of this id.
    """
    found = session.execute(_PASTE.where(ChainPaste.id == paste_id)).one_or_none()
    if found is None:
        raise NotFound("没有找到这条接龙，请重新贴一次。")
    return _kept(session, *found)


def list_latest(session: Session, branch_id: UnitId, after: datetime) -> list[Kept]:
    """Return the last paste of each chain of a branch that is about something, newest first."""
    rows = session.execute(
        _PASTE.where(
            models.Chain.branch_id == branch_id,
            models.Chain.subject != "",
            ChainPaste.at > after,
        ).order_by(ChainPaste.id.desc())
    ).all()
    latest: dict[int, Kept] = {}
    for paste, chain in rows:
        if chain.id not in latest:
            latest[chain.id] = _kept(session, paste, chain)
    return list(latest.values())


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
    return get(session, kept.paste_id)


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


def _kept(session: Session, paste: ChainPaste, chain: models.Chain) -> Kept:
    """Put a paste together with its lines and its difference from the one before."""
    before = session.execute(
        select(ChainPaste.id, ChainPaste.state)
        .where(
            ChainPaste.chain_id == chain.id,
            ChainPaste.id < paste.id,
            ChainPaste.at > paste.at - KEPT_FOR,
        )
        .order_by(ChainPaste.id.desc())
        .limit(1)
    ).one_or_none()
    lines = _lines(session, chain.id, [paste.id, *([before.id] if before else [])])
    now, then = lines.get(paste.id, []), lines.get(before.id, []) if before else []
    return Kept(
        paste_id=paste.id,
        chain_id=chain.id,
        branch_id=UnitId(chain.branch_id),
        about=chain.about,
        subject=chain.subject,
        title=chain.title,
        reporter_id=MemberId(paste.member_id),
        at=paste.at,
        state=paste.state,
        lines=tuple(now),
        difference=compare(then, now) if before else NO_DIFFERENCE,
        is_first=before is None,
        is_repeat=before is not None and before.state == paste.state,
        is_cut=paste.is_cut,
    )


def _lines(session: Session, chain_id: int, pastes: Sequence[int]) -> dict[int, list[Line]]:
    choices = load_choices(session, chain_id)
    found: dict[int, list[Line]] = {}
    rows = session.scalars(
        select(ChainLine)
        .where(ChainLine.paste_id.in_(pastes))
        .order_by(ChainLine.paste_id, ChainLine.place)
    )
    for row in rows:
        line = _line(row)
        key = (line.name, line.nth)
        if line.is_unclear and key in choices:
            line = replace(line, member_id=choices[key], how=CHOSEN)
        found.setdefault(row.paste_id, []).append(line)
    return found


def _line(row: ChainLine) -> Line:
    return Line(
        number=row.number,
        name=row.name,
        member_id=None if row.member_id is None else MemberId(row.member_id),
        how=row.how,
        count=row.persons,
        kind=row.kind,
        amount_fen=row.amount_fen,
        months=tuple(row.months.split(",")) if row.months else (),
        reason_kind=row.reason_kind,
        nth=row.nth,
    )


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
