"""Wordings: what was not understood is collected for the organiser, who may teach it as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor, Role
from bot.domain.units import ids_of
from bot.domain.wordings import NotTeachable, check_wording, mask, may_be_kept, wording_key
from bot.services import audit, people, undo
from bot.services.meetings import path_of
from bot.storage.insert import insert_once
from bot.storage.models import Member, Membership, TaughtWording, Unit, UnreadWording
from bot.storage.sealing import TextSeal

STEM = "wordings"
NAMES_SOMEBODY = "“{wording}”里有名册上的人名，教不了。请教一句不带人名的。"
MOST_SHOWN = 10
_MOST_READ = 40


class AlreadyTaught(DomainError):
    """The wording stands for something already."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was said and not understood; names and numbers are masked.

    Attributes:
        suggestion: A sentence a suggester took it for, or "".
    """

    id: int
    text: str
    times: int
    last_at: datetime
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Taught:
    """A wording in force.

    Attributes:
        unit: Name of the branch or street it holds in.
        by: Name of who taught it.
    """

    id: int
    wording: str
    target: str
    unit: str
    by: str
    at: datetime


# --- what was not understood -----------------------------------------------------------------


def note_unread(session: Session, seal: TextSeal, *, text: str, by: Actor, now: datetime) -> None:
    """Count what somebody said to the bot and nothing recognised, for the branch, without who.

    Args:
        text: As people spell it, in one form; masked here. What speaks of an illness is not kept at all.
    """
    if by.branch_id is None or not may_be_kept(text):
        return
    roll = people.list_members(session, by.branch_id, day_of(now))
    masked = mask(text, [person.name for person in roll])
    digest = seal.mark(wording_key(masked))
    row = insert_once(
        session,
        UnreadWording,
        {
            "unit_id": by.branch_id,
            "mark": digest,
            "sealed_text": seal.seal(masked),
            "times": 1,
            "first_at": now,
            "last_at": now,
            "suggestion": "",
            "suggested_at": None,
        },
    )
    if row is None:
        session.connection().execute(
            update(UnreadWording)
            .where(UnreadWording.unit_id == by.branch_id, UnreadWording.mark == digest)
            .values(times=UnreadWording.times + 1, last_at=now)
        )


def list_unread(session: Session, seal: TextSeal, *, by: Actor) -> list[Unread]:
    """Return what was not understood in the actor's branch (or street), most frequent first.

    What has been taught meanwhile is left out.

    Raises:
        Forbidden: The actor may not teach.
    """
    path = path_of(session, scope_to_teach(by))
    rows = session.execute(
        select(
            UnreadWording.mark,
            func.sum(UnreadWording.times).label("times"),
            func.max(UnreadWording.last_at).label("last_at"),
            func.max(UnreadWording.id).label("id"),
        )
        .join(Unit, Unit.id == UnreadWording.unit_id)
        .where(Unit.path.startswith(path))
        .group_by(UnreadWording.mark)
        .order_by(
            func.sum(UnreadWording.times).desc(),
            func.max(UnreadWording.last_at).desc(),
            func.max(UnreadWording.id).desc(),
        )
        .limit(_MOST_READ)
    ).all()
    texts = _texts(session, seal, [row.id for row in rows])
    known = {wording for wording, _ in _live(session, path).values()}
    found = [
        Unread(row.id, texts[row.id][0], int(row.times), row.last_at, texts[row.id][1])
        for row in rows
        if row.id in texts and wording_key(texts[row.id][0]) not in known
    ]
    return found[:MOST_SHOWN]


def get_unread(session: Session, seal: TextSeal, unread_id: int, *, by: Actor) -> str:
    """Return the words of one line of that list.

    Raises:
        Forbidden
        NotFound: It is of elsewhere, or has been forgotten since.
    """
    path = path_of(session, scope_to_teach(by))
    found = session.scalar(
        select(UnreadWording.id)
        .join(Unit, Unit.id == UnreadWording.unit_id)
        .where(UnreadWording.id == unread_id, Unit.path.startswith(path))
    )
    texts = _texts(session, seal, [unread_id]) if found is not None else {}
    if unread_id not in texts:
        raise NotFound("这一句已经不在了。请再发一次 没看懂 看编号。")
    return texts[unread_id][0]


def list_unsuggested(
    session: Session, seal: TextSeal, limit: int, but: Collection[int] = ()
) -> list[tuple[int, str]]:
    """Return (id, words) of what no suggester has been asked about yet, the oldest first.

    Args:
        but: Ids to leave out.
    """
    ids = session.scalars(
        select(UnreadWording.id)
        .where(UnreadWording.suggested_at.is_(None), UnreadWording.id.not_in(but))
        .order_by(UnreadWording.id)
        .limit(limit)
    ).all()
    return [(unread_id, words) for unread_id, (words, _) in _texts(session, seal, ids).items()]


def keep_suggestion(session: Session, unread_id: int, target: str, now: datetime) -> None:
    """Keep what a suggester said ("" for nothing), to be shown and never acted on."""
    session.connection().execute(
        update(UnreadWording)
        .where(UnreadWording.id == unread_id)
        .values(suggestion=target, suggested_at=now)
    )


# --- what is taught --------------------------------------------------------------------------


def scope_to_teach(by: Actor) -> UnitId:
    """Return where what an actor teaches holds: an officer's street, else the own branch.

    Raises:
        Forbidden: The actor may not teach.
    """
    for grant in by.grants:
        if grant.role is Role.OFFICER:
            return grant.unit_id
    return people.scope_of(by, Action.TEACH_WORDINGS)


def teach(session: Session, *, wording: str, target: str, by: Actor, now: datetime) -> Taught:
    """Let a whole wording stand for a sentence from now on, in every process at once.

    That the sentence is a harmless one, and that nothing else changes, was tested before
    (`bot.inbound.teaching`).

    Raises:
        Forbidden
        NotTeachable: A name, a number, an everyday word.
        AlreadyTaught: It stands for something.
    """
    unit_id = scope_to_teach(by)
    path = path_of(session, unit_id)
    key = check_wording(wording)
    if _names_somebody(session, path, f"{wording}\n{target}"):
        raise NotTeachable(NAMES_SOMEBODY.format(wording=wording))
    row = insert_once(
        session,
        TaughtWording,
        {
            "unit_id": unit_id,
            "wording": key,
            "target": target,
            "taught_by": by.member_id,
            "taught_at": now,
            "revoked_by": None,
            "revoked_at": None,
        },
    )
    if row is None:
        raise AlreadyTaught(f"“{wording}”已经教过了。要改请先回复 忘掉 {key}")
    audit.record(
        session,
        by=by,
        at=now,
        action="wording.teach",
        subject=f"wording:{row}",
        after={"wording": key, "target": target},
    )
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"taught": row},
            title=f"“{key}”这个说法",
            at=now,
            what=STEM,
        )
    return _get(session, row)


def find_target(session: Session, by: Actor, text: str) -> str | None:
    """Return the sentence a wording stands for where the actor belongs; the nearest unit decides.

    Args:
        text: As people spell it, in one form.
    """
    units = ids_of(by.branch_path)
    key = wording_key(text)
    if not units or not key:
        return None
    rows = session.execute(
        select(TaughtWording.unit_id, TaughtWording.target).where(
            TaughtWording.unit_id.in_(units),
            TaughtWording.wording == key,
            TaughtWording.revoked_at.is_(None),
        )
    ).all()
    nearest = max(rows, key=lambda row: units.index(UnitId(row.unit_id)), default=None)
    return None if nearest is None else nearest.target


def list_taught(session: Session, *, by: Actor) -> list[Taught]:
    """Return the wordings in force where the actor teaches, with those inherited from above.

    Raises:
        Forbidden
    """
    path = path_of(session, scope_to_teach(by))
    rows = session.execute(
        _TAUGHT.where(_holds_in(path), TaughtWording.revoked_at.is_(None)).order_by(
            TaughtWording.id
        )
    )
    return [Taught(*row) for row in rows]


def find_taught(session: Session, wording: str, *, by: Actor) -> Taught | None:
    """Return a wording in force by its words."""
    key = wording_key(wording)
    return next((one for one in list_taught(session, by=by) if one.wording == key), None)


def revoke(session: Session, taught_id: int, *, by: Actor, now: datetime) -> Taught:
    """End a wording; it stays on record.

    Raises:
        Forbidden: It holds in a unit where the actor may not teach.
        NotFound: It has ended already.
    """
    row = session.execute(
        select(TaughtWording.unit_id).where(TaughtWording.id == taught_id)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个说法。请再发一次 说法 看编号。")
    rights.require(by, Action.TEACH_WORDINGS, path_of(session, UnitId(row.unit_id)))
    done = session.connection().execute(
        update(TaughtWording)
        .where(TaughtWording.id == taught_id, TaughtWording.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by.member_id)
    )
    if done.rowcount != 1:
        raise NotFound("这个说法已经忘掉了。")
    audit.record(session, by=by, at=now, action="wording.revoke", subject=f"wording:{taught_id}")
    return _get(session, taught_id)


def undo_taught(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a lesson back (its inverse)."""
    revoke(session, inverse["taught"], by=by, now=now)


def live_wordings(session: Session) -> dict[tuple[UnitId, str], str]:
    """Return every wording in force as (unit, wording) → sentence, for a replay."""
    return {
        (UnitId(unit), wording): target
        for unit, wording, target in session.execute(
            select(TaughtWording.unit_id, TaughtWording.wording, TaughtWording.target).where(
                TaughtWording.revoked_at.is_(None)
            )
        )
    }


_TAUGHT = (
    select(
        TaughtWording.id,
        TaughtWording.wording,
        TaughtWording.target,
        Unit.name,
        func.coalesce(Member.name, ""),
        TaughtWording.taught_at,
    )
    .join(Unit, Unit.id == TaughtWording.unit_id)
    .outerjoin(Member, Member.id == TaughtWording.taught_by)
)


def _get(session: Session, taught_id: int) -> Taught:
    return Taught(*session.execute(_TAUGHT.where(TaughtWording.id == taught_id)).one())


def _holds_in(path: str) -> ColumnElement[bool]:
    """Return the condition that a wording holds in a unit: taught there, below, or above."""
    return or_(Unit.path.startswith(path), TaughtWording.unit_id.in_(ids_of(path)))


def _live(session: Session, path: str) -> dict[int, tuple[str, str]]:
    rows = session.execute(
        select(TaughtWording.id, TaughtWording.wording, TaughtWording.target)
        .join(Unit, Unit.id == TaughtWording.unit_id)
        .where(_holds_in(path), TaughtWording.revoked_at.is_(None))
    )
    return {row.id: (row.wording, row.target) for row in rows}


def _texts(session: Session, seal: TextSeal, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return id → (words, suggestion); what was sealed with another key is left out."""
    rows = session.execute(
        select(UnreadWording.id, UnreadWording.sealed_text, UnreadWording.suggestion)
        .where(UnreadWording.id.in_(ids))
        .order_by(UnreadWording.id)
    )
    opened = ((row.id, seal.open(row.sealed_text), row.suggestion) for row in rows)
    return {unread_id: (text, said) for unread_id, text, said in opened if text is not None}


def _names_somebody(session: Session, path: str, text: str) -> bool:
    """Tell whether a text holds the name of somebody on the roll of a unit or below it."""
    return any(where.startswith(path) for _, where in list_named(session, text))


def list_named(session: Session, text: str) -> list[tuple[str, str]]:
    """Return who of all rolls is named in a text, as (name, path of the unit)."""
    rows = session.execute(
        select(Member.name, Unit.path)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Membership.valid_to.is_(None),
            func.length(Member.name) > 1,
            literal(text).contains(Member.name),
        )
        .distinct()
    )
    return [(name, path) for name, path in rows]
