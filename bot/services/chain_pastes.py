"""Pastes of chains as they are read back: lines, who they are of, how they differ from before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.domain.chains import CHOSEN, About, Difference, Line, compare
from bot.domain.errors import NotFound
from bot.domain.ids import InboundId, MemberId, UnitId
from bot.domain.prompts import MAX_CHOICES
from bot.services.chain_lines import load_choices
from bot.storage import models
from bot.storage.models import ChainLine, ChainPaste

NO_DIFFERENCE = Difference()
_LOOKED_BACK = 5
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


_PASTE: Select[ChainPaste, models.Chain] = select(ChainPaste, models.Chain).join(
    models.Chain, models.Chain.id == ChainPaste.chain_id
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


def find(session: Session, chain_id: int, inbound_id: InboundId) -> Kept:
    """Return the paste a message made under a chain."""
    same = _PASTE.where(ChainPaste.chain_id == chain_id, ChainPaste.inbound_id == inbound_id)
    return _kept(session, *session.execute(same).one())


def list_latest(session: Session, branch_id: UnitId, after: datetime) -> list[Kept]:
    """Return the last pastes of a few chains of a branch that are about something, newest first."""
    rows = session.execute(
        _PASTE.where(
            models.Chain.branch_id == branch_id,
            models.Chain.subject != "",
            ChainPaste.at > after,
        ).order_by(ChainPaste.id.desc())
    ).all()
    latest: dict[int, Kept] = {}
    for paste, chain in rows:
        if chain.id not in latest and len(latest) < MAX_CHOICES:
            latest[chain.id] = _kept(session, paste, chain)
    return list(latest.values())


def _kept(session: Session, paste: ChainPaste, chain: models.Chain) -> Kept:
    """Put a paste together with its lines and its difference from the one before."""
    older = session.execute(
        select(ChainPaste.id, ChainPaste.state)
        .where(
            ChainPaste.chain_id == chain.id,
            ChainPaste.id < paste.id,
            ChainPaste.at > paste.at - KEPT_FOR,
        )
        .order_by(ChainPaste.id.desc())
        .limit(_LOOKED_BACK)
    ).all()
    lines = _lines(session, chain.id, [paste.id, *(row.id for row in older)])
    now = lines.get(paste.id, [])
    people = {line.who for line in now}
    # Two who open a chain under one title (3月党费) do not continue each other's.
    shares = (row for row in older if people & {line.who for line in lines.get(row.id, ())})
    before = next(shares, None)
    then = lines.get(before.id, []) if before else []
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
