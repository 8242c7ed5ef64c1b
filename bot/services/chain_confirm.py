"""From a pasted chain to the ledgers: what is proposed, confirming it, taking that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.chains import ABOUT_NAMES, About, Line
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.privacy import dues, say
from bot.domain.rights import Action, Actor
from bot.services import audit, chain_pastes, chains, meetings, outbox, people, undo
from bot.services.chain_books import BOOKS
from bot.services.chain_books.book import Case, Held, Plan, Row, Todo, Told, missing_of
from bot.services.chain_pastes import Kept
from bot.services.chain_targets import meeting_of
from bot.services.outbox import Letter, Routes
from bot.services.people import Person
from bot.storage.models import ChainRecord, Unit

_TOLD = "chain-record"
_OF_MEETINGS = frozenset({About.ATTENDANCE, About.LEAVE, About.SIGNUP})


class NothingToConfirm(DomainError):
    """All of a chain is on record already, or nothing of it can be."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation recorded, and what of the paste it did not."""

    kept: Kept
    recorded: tuple[Todo, ...]
    held: tuple[Held, ...]


def choose(
    session: Session,
    kept: Kept,
    line: Line,
    member_id: MemberId | None,
    *,
    by: Actor,
    now: datetime,
) -> Kept:
    """Write down whom an unclear line means (None: nobody on the roll), for this chain.

    Raises:
        Forbidden: The actor may not confirm this chain.
    """
    rights.require(by, action_for(kept.about), path_of(session, kept))
    return chains.choose(session, kept, line, member_id, by=by, now=now)


def may_confirm(by: Actor, about: About, branch_path: str) -> bool:
    """Tell whether an actor may let a chain about this into the ledgers of a branch."""
    return rights.may(by, action_for(about), branch_path)


def action_for(about: About) -> Action:
    """Return the right it takes to confirm a chain about this."""
    book = BOOKS.get(about)
    return Action.VIEW_LISTS if book is None else book.action


def plan(session: Session, kept: Kept) -> Plan:
    """Return what a paste proposes, given what is on record now; reads only."""
    case = _case(session, kept)
    book = BOOKS.get(kept.about)
    if book is None:
        return Plan(missing=missing_of(case, case.members, set()))
    return book.plan(session, case)


def confirm(
    session: Session, *, paste_id: int, by: Actor, routes: Routes, now: datetime
) -> Confirmed:
    """Record every line of a paste that is not on record, once, however many confirm at a time.

    Raises:
        Forbidden: The actor may not do this for this branch.
        NothingToConfirm: Everything is on record already.
    """
    assert by.member_id is not None
    kept = chain_pastes.get(session, paste_id)
    rights.require(by, action_for(kept.about), path_of(session, kept))
    chains.lock(session, kept.chain_id)
    book, case = BOOKS.get(kept.about), _case(session, kept)
    if book is None:
        raise NothingToConfirm("这条接龙没有要入账的。")
    book.hold(session, case)
    planned = book.plan(session, case)
    if not planned.todo:
        raise NothingToConfirm("这条接龙已经都记上了，没有再记。")
    rows, told = book.record(session, case, planned.todo, by=by, now=now)
    records = _write_records(session, kept, book.ledger, rows, by, now)
    written = {row.member_id for row in rows}
    recorded = tuple(item for item in planned.todo if item.member_id in written)
    subject = f"{_TOLD}:{records[0] if records else 0}"
    _tell(session, told, subject, routes, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="chain.confirm",
        subject=f"chain:{kept.chain_id}",
        after={"paste": paste_id, "ledger": book.ledger, "rows": [row.row_id for row in rows]},
    )
    undo.remember(
        session,
        member_id=by.member_id,
        stem=chains.STEM,
        inverse={"about": kept.about.value, "records": records, "subject": subject},
        title=f"接龙入账（{ABOUT_NAMES[kept.about]}，{len(recorded)}人）",
        at=now,
    )
    return Confirmed(kept, recorded, planned.held)


def undo_confirmed(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a confirmation back by counter-entries (its inverse); who was told of it is told."""
    rows = session.execute(
        select(ChainRecord.id, ChainRecord.row_id).where(
            ChainRecord.id.in_(inverse["records"]), ChainRecord.undone_at.is_(None)
        )
    ).all()
    told = BOOKS[About(inverse["about"])].undo(session, [r.row_id for r in rows], by=by, now=now)
    session.connection().execute(
        update(ChainRecord)
        .where(ChainRecord.id.in_([row.id for row in rows]))
        .values(undone_at=now)
    )
    words = {item.member_id: item.words for item in told}
    outbox.retract(session, subject=inverse["subject"], words=words, now=now)


def _tell(
    session: Session, told: Sequence[Told], subject: str, routes: Routes, now: datetime
) -> None:
    letters = [
        Letter(
            key=f"{subject}:{item.member_id}",
            text=say("{receipt}", receipt=dues(item.words)),
            due_at=now,
            member_id=item.member_id,
            subject=subject,
        )
        for item in told
    ]
    outbox.enqueue(session, routes, letters, now)


def path_of(session: Session, kept: Kept) -> str:
    """Return the path of the unit a chain is about: the cell of a cell meeting, else the branch."""
    unit_id = kept.branch_id
    if kept.about in _OF_MEETINGS:
        unit_id = meetings.get_meeting(session, meeting_of(kept.subject)).unit_id
    return session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""


def _case(session: Session, kept: Kept) -> Case:
    members = people.list_members(session, kept.branch_id, day_of(kept.at))
    return Case(
        subject=kept.subject,
        branch_id=kept.branch_id,
        lines=_one_each(kept.lines, members),
        members=tuple(members),
        reporter_id=kept.reporter_id,
        at=kept.at,
    )


def _one_each(lines: Sequence[Line], members: Sequence[Person]) -> tuple[Line, ...]:
    """Return the lines of people on the roll; a name told later may mean somebody twice."""
    on_roll = {person.id for person in members}
    of: dict[MemberId, Line] = {}
    for line in lines:
        if line.member_id is not None and line.member_id in on_roll:
            of[line.member_id] = line
    return tuple(of.values())


def _write_records(
    session: Session, kept: Kept, ledger: str, rows: Sequence[Row], by: Actor, now: datetime
) -> list[int]:
    """Write down which rows this chain made, who pasted it and who confirmed."""
    if not rows:
        return []
    session.connection().execute(
        insert(ChainRecord),
        [
            {
                "paste_id": kept.paste_id,
                "member_id": row.member_id,
                "ledger": ledger,
                "row_id": row.row_id,
                "reporter_id": kept.reporter_id,
                "confirmed_by": by.member_id,
                "at": now,
                "undone_at": None,
            }
            for row in rows
        ],
    )
    wanted = select(ChainRecord.id).where(
        ChainRecord.ledger == ledger,
        ChainRecord.row_id.in_([row.row_id for row in rows]),
        ChainRecord.undone_at.is_(None),
    )
    return list(session.scalars(wanted))
