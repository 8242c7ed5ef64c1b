"""Taking the name off what is kept of somebody who has left, for good; figures stay as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import EntryKind
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId
from bot.domain.members import ANONYMOUS
from bot.domain.reads import Ground, Leaving, check_may_forget
from bot.domain.rights import Action, Actor
from bot.services import api_tokens, audit, calendar_feed, outbox
from bot.services.about_member.held import LEDGERS, NAME, WITHOUT_NAME, Held
from bot.services.about_member.rows import where_about
from bot.services.officers import require
from bot.storage.insert import insert_once
from bot.storage.models import (
    Account,
    Alias,
    Anonymised,
    AuditLine,
    BindCode,
    BindTry,
    DoneAction,
    DuesEntry,
    Inbound,
    IssuePublication,
    Meeting,
    MeetingChange,
    MeetingDecision,
    Member,
    Membership,
    MinutesEntry,
    Notice,
    OpenItem,
    OpenItemStep,
    Outbox,
    OutboxBatch,
    Post,
    Prompt,
    RollChange,
    Transfer,
    Unit,
    UnitPolicy,
)
from bot.storage.models.outbox import is_unfinished

_SETTLES = timedelta(days=1)  # until then a change of the roll is put right with one word


class SeveralHaveLeft(DomainError):
    """Several who have left bear the name."""


class AlreadyAnonymous(DomainError):
    """It was done before."""

    def __init__(self) -> None:
        super().__init__("这一位已经匿名过了，不用再做。")


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody no branch has any more."""

    id: MemberId
    name: str
    unit: str
    path: str
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be made anonymous; nothing is changed yet.

    Attributes:
        records: Rows about the person.
        mentions: Places where other records of his branches name him.
        namesake: Others bear the name or one that holds it: those places are left as they are,
            since nobody can tell whom they mean.
    """

    person: Left
    ground: Ground
    records: int
    mentions: int
    namesake: bool


def find_left(session: Session, written: str, *, by: Actor, now: datetime) -> Left:
    """Return whom a name or number means, of those an officer answers for.

    Raises:
        Forbidden, NotFound
        SeveralHaveLeft: With the number of each.
    """
    if not rights.holds(by, Action.ANONYMISE):
        raise rights.refusal(Action.ANONYMISE)
    number = int(written) if written.isascii() and written.isdigit() else None
    members = session.execute(
        select(Member.id, Member.name)
        .where(Member.name == written if number is None else Member.id == number)
        .order_by(Member.id)
    ).all()
    places = (_left(session, MemberId(row.id), row.name, day_of(now)) for row in members)
    found = [p for p in places if p is not None and rights.may(by, Action.ANONYMISE, p.path)]
    gone = [left for left in found if left.left_on is not None] or found
    if not gone:
        raise NotFound(f"没有找到{written}。请写离开以前的姓名或编号。")
    if len(gone) > 1:
        listed = "、".join(f"{left.id}（{left.unit}）" for left in gone)
        raise SeveralHaveLeft(f"叫{written}的有几位，请写编号：{listed}")
    return gone[0]


def _left(session: Session, member_id: MemberId, name: str, today: date) -> Left | None:
    """Return where a member was last; None for who never was in a branch."""
    row = session.execute(
        select(Membership.valid_to, Unit.name, Unit.path)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.member_id == member_id)
        .order_by(Membership.valid_to.is_(None).desc(), Membership.valid_to.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    until = row.valid_to if row.valid_to is not None and row.valid_to <= today else None
    return Left(member_id, name, row.name, row.path, until)


def prepare(session: Session, person: Left, ground: Ground, *, by: Actor, now: datetime) -> Preview:
    """Count what would change.

    Raises:
        Forbidden, StillNeeded, AlreadyAnonymous
    """
    _check(session, person, ground, by, now)
    records = sum(
        session.scalar(
            select(func.count()).select_from(held.model).where(where_about(held, person.id))
        )
        or 0
        for held in LEDGERS
        if held.is_about_people
    )
    namesake = _has_namesake(session, person)
    mentions = 0 if namesake else sum(_count_mentions(session, person))
    return Preview(person, ground, records, mentions, namesake)


def carry_out(
    session: Session,
    person: Left,
    ground: Ground,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> Preview:
    """Replace the name and wipe free texts; cannot be taken back. Return what was changed.

    Marks, amounts, dates and counts stay, so that no figure of any report changes.

    Raises:
        Forbidden, StillNeeded, AlreadyAnonymous
    """
    done = prepare(session, person, ground, by=by, now=now)
    values = {
        "ground": ground,
        "reason": _without(reason, person),
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, Anonymised, {"member_id": person.id, **values}) is None:
        raise AlreadyAnonymous
    outbox.void_to(session, person.id, now=now, detail="本人已离开")
    _close_doors(session, person, now)
    _wipe_batches(session, person)
    for held in LEDGERS:
        if held.wiped:
            _wipe(session, held, person)
    _wipe_audit(session, person)
    if not done.namesake:
        _replace_mentions(session, person)
    audit.record(
        session,
        by=by,
        at=now,
        action="member.anonymise",
        subject=f"member:{person.id}",
        after={"ground": ground.value, "records": done.records, "mentions": done.mentions},
        reason=_without(reason, person),
    )
    session.expire_all()
    return done


def _check(session: Session, person: Left, ground: Ground, by: Actor, now: datetime) -> None:
    require(by, Action.ANONYMISE, person.path)
    if session.get(Anonymised, person.id) is not None:
        raise AlreadyAnonymous
    leaving = Leaving(person.name, person.left_on, is_open=_has_open(session, person.id, now))
    check_may_forget(leaving, ground, day_of(now))


def _has_open(session: Session, member_id: MemberId, now: datetime) -> bool:
    """Tell whether something of somebody still waits for its end, or may yet be taken back."""
    answer = aliased(DuesEntry)
    open_things = (
        exists().where(RollChange.member_id == member_id, RollChange.recorded_at > now - _SETTLES),
        exists().where(Transfer.member_id == member_id, Transfer.closed_at.is_(None)),
        exists().where(
            Post.member_id == member_id,
            or_(Post.valid_to.is_(None), Post.valid_to > day_of(now)),
        ),
        exists().where(
            DuesEntry.member_id == member_id,
            DuesEntry.kind.in_((EntryKind.DECLARE, EntryKind.OFFER)),
            ~exists().where(
                answer.member_id == DuesEntry.member_id,
                answer.month == DuesEntry.month,
                answer.refers_to == DuesEntry.id,
            ),
        ),
    )
    return any(session.scalar(select(thing)) for thing in open_things)


def _called(person: Left) -> str:
    return ANONYMOUS.format(number=person.id)


def _without(text: str, person: Left) -> str:
    return text.replace(person.name, _called(person))


def _close_doors(session: Session, person: Left, now: datetime) -> None:
    """End accounts, codes, calendars and aliases: nothing may lead to him, or from him, any more."""
    connection = session.connection()
    bound = session.execute(
        select(Account.space, Account.external_key).where(Account.member_id == person.id)
    ).all()
    connection.execute(
        delete(BindTry).where(
            tuple_(BindTry.space, BindTry.external_key).in_([tuple(each) for each in bound])
        )
    )
    connection.execute(
        update(Account)
        .where(Account.member_id == person.id, Account.unbound_at.is_(None))
        .values(unbound_at=now)
    )
    connection.execute(
        update(BindCode)
        .where(BindCode.member_id == person.id, BindCode.used_at.is_(None))
        .values(used_at=now)
    )
    calendar_feed.close_of_member(session, person.id, now)
    api_tokens.close_of_member(session, person.id, now)
    mine = or_(Alias.member_id == person.id, Alias.speaker_id == person.id)
    connection.execute(update(Alias).where(mine, Alias.revoked_at.is_(None)).values(revoked_at=now))


def _wipe_batches(session: Session, person: Left) -> None:
    """Empty the frozen requests that went to him: they hold his account and the words."""
    batches = select(Outbox.batch_id).where(
        Outbox.member_id == person.id, Outbox.batch_id.is_not(None)
    )
    session.connection().execute(
        update(OutboxBatch).where(OutboxBatch.id.in_(batches), ~_is_still_sent()).values(body="")
    )


def _wipe(session: Session, held: Held, person: Left) -> None:
    values = {
        name: _called(person) if value is NAME else value
        for name, value in held.wiped.items()
        if value is not WITHOUT_NAME
    }
    for name, value in held.wiped.items():
        if value is WITHOUT_NAME:
            values[name] = _replaced(getattr(held.model, name), person)
    session.connection().execute(
        update(held.model).where(where_about(held, person.id)).values(**values)
    )


def _wipe_audit(session: Session, person: Left) -> None:
    """Take the name out of what the trail of his roll entry says of before, after and why."""
    lines = session.scalars(select(AuditLine).where(AuditLine.subject == f"member:{person.id}"))
    for line in lines:
        line.before = _json_without(line.before, person)
        line.after = _json_without(line.after, person)
        line.reason = _without(line.reason, person)
    session.flush()


def _json_without(value: Mapping[str, Any] | None, person: Left) -> dict[str, Any] | None:
    if value is None:
        return None
    written = json.dumps(dict(value), ensure_ascii=False)
    kept: dict[str, Any] = json.loads(_without(written, person))
    return kept


def _has_namesake(session: Session, person: Left) -> bool:
    """Tell whether the name may mean somebody else as well."""
    others = exists().where(Member.id != person.id, Member.name.contains(person.name))
    return bool(session.scalar(select(others)))


def _in_records(person: Left) -> Sequence[tuple[Any, ColumnElement[bool]]]:
    """Return the free texts of his branches' records that may name him: column, and which rows."""
    branches = select(Membership.unit_id).where(Membership.member_id == person.id)
    held_there = select(Meeting.id).where(Meeting.branch_id.in_(branches))
    return (
        (MinutesEntry.text, MinutesEntry.meeting_id.in_(held_there)),
        (MinutesEntry.old, MinutesEntry.meeting_id.in_(held_there)),
        (MinutesEntry.reason, MinutesEntry.meeting_id.in_(held_there)),
        (MeetingDecision.title, MeetingDecision.meeting_id.in_(held_there)),
        (MeetingDecision.reason, MeetingDecision.meeting_id.in_(held_there)),
        (Notice.body, Notice.unit_id.in_(branches)),
        (OpenItem.words, OpenItem.unit_id.in_(branches)),
        (OpenItem.measure, OpenItem.unit_id.in_(branches)),
        (IssuePublication.text, IssuePublication.unit_id.in_(branches)),
        (
            OpenItemStep.note,
            OpenItemStep.item_id.in_(select(OpenItem.id).where(OpenItem.unit_id.in_(branches))),
        ),
        (UnitPolicy.decided_by, UnitPolicy.unit_id.in_(branches)),
        (UnitPolicy.decided_by, UnitPolicy.decided_by == person.name),
        (UnitPolicy.reason, UnitPolicy.unit_id.in_(branches)),
    )


def _in_talk() -> Sequence[tuple[Any, ColumnElement[bool]]]:
    """Return what the bot has said to others and keeps for a while, and why things were done."""
    return (
        (Outbox.text, Outbox.id.is_not(None)),
        (Inbound.answer, Inbound.answer.is_not(None)),
        (DoneAction.title, DoneAction.id.is_not(None)),
        (AuditLine.reason, AuditLine.reason != ""),
    )


_KEPT_AS_JSON: tuple[tuple[Any, Any], ...] = (
    (Prompt.id, Prompt.payload),
    (DoneAction.id, DoneAction.inverse),
    (Outbox.id, Outbox.reason),
    (MeetingChange.id, MeetingChange.before),
    (MeetingChange.id, MeetingChange.after),
    (AuditLine.id, AuditLine.before),
    (AuditLine.id, AuditLine.after),
)
"""What is kept to finish, to undo or to tell why; it may quote the name."""


def _count_mentions(session: Session, person: Left) -> list[int]:
    return [
        session.scalar(
            select(func.count())
            .select_from(column.class_)
            .where(where, column.contains(person.name))
        )
        or 0
        for column, where in _in_records(person)
    ]


def _replace_mentions(session: Session, person: Left) -> None:
    _empty_batches_that_name(session, person)
    _replace_in_json(session, person)
    for column, where in (*_in_records(person), *_in_talk()):
        session.connection().execute(
            update(column.class_)
            .where(where, column.contains(person.name))
            .values({column.key: _replaced(column, person)})
        )


def _is_still_sent() -> ColumnElement[bool]:
    """Tell that somebody else's row of a frozen request may yet be tried again."""
    return exists().where(Outbox.batch_id == OutboxBatch.id, is_unfinished())


def _empty_batches_that_name(session: Session, person: Left) -> None:
    """Empty the frozen requests, sent long ago, whose words name him."""
    batches = select(Outbox.batch_id).where(
        Outbox.text.contains(person.name),
        Outbox.batch_id.is_not(None),
        Outbox.finished_at.is_not(None),
    )
    session.connection().execute(
        update(OutboxBatch).where(OutboxBatch.id.in_(batches), ~_is_still_sent()).values(body="")
    )


def _replace_in_json(session: Session, person: Left) -> None:
    """Replace the name in values kept as JSON, which is written with escapes."""
    escaped = json.dumps(person.name)[1:-1]
    for key, column in _KEPT_AS_JSON:
        written = cast(column, Text)
        named = or_(
            written.contains(escaped, autoescape=True),
            written.contains(person.name, autoescape=True),
        )
        for row, value in session.execute(select(key, column).where(named)).all():
            session.connection().execute(
                update(column.class_)
                .where(key == row)
                .values({column.key: _json_without(value, person)})
            )


def _replaced(column: Any, person: Left) -> Any:
    """Return a text without the name, still no longer than its column takes."""
    without = func.replace(column, person.name, _called(person))
    most = getattr(column.type, "length", None)
    return without if most is None else func.substr(without, 1, most)
