"""What is to be said goes through here: one row a person or group, in the caller's transaction."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cards import Card
from bot.domain.ids import MemberId, UnitId
from bot.domain.lateness import LAPSED
from bot.domain.privacy import Audience, Text, may_tell
from bot.domain.rights import RIGHTS
from bot.domain.sending import SendState, Window, numbered_parts
from bot.services import windows
from bot.storage.insert import insert_many_once
from bot.storage.models import Account, ChatGroup, Outbox, Post, Unit

log = logging.getLogger(__name__)

MAYBE_READ = "撤回前可能已送达，无法确认"

_UNCERTAIN, _VOID = (
    literal(state, Outbox.state.type) for state in (SendState.UNCERTAIN, SendState.VOID)
)


@dataclass(frozen=True, slots=True)
class Way:
    """A channel that can write somewhere.

    Attributes:
        max_bytes: UTF-8 bytes one text may have there; longer ones are cut at line ends.
        prefix: Stands before the address of a chat group there.
        window: Only who has written of late can be written to.
    """

    channel: str
    max_bytes: int
    prefix: str = ""
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Which channel reaches whom; put together by `bot.main` from the configuration.

    Attributes:
        private: Account space → the channel that can write to a person of that space.
        groups: Unit name → the channel that can write into that unit's group (webhooks).
        chats: Account space → the channel that can write into a bound chat of that space.
    """

    private: Mapping[str, Way] = field(default_factory=dict)
    groups: Mapping[str, Way] = field(default_factory=dict)
    chats: Mapping[str, Way] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """A text for one member or for the chat group of one unit.

    Attributes:
        text: With the facts it carries; its reader has to be of their audience.
        key: Unique among rows that are not void: `rule:slot:subject:recipient`.
        rule, slot, subject: Who is asked again, just before sending.
        reason: Source, facts used, what ends it, who sees it.
        due_at: Aware moment from which it may be sent.
        expires_at: From then on it is of no use and is not sent.
        late_since: When it should have been sent, if nobody was there to do it.
        lapsed: It is of no use any more: written down, never sent.
        card: Buttons under the text, where it fits and the channel shows them.
    """

    key: str
    text: Text
    due_at: datetime
    member_id: MemberId | None = None
    unit_id: UnitId | None = None
    rule: str = ""
    slot: str = ""
    subject: str = ""
    reason: Mapping[str, Any] | None = None
    expires_at: datetime | None = None
    late_since: datetime | None = None
    lapsed: bool = False
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of letters.

    Attributes:
        queued: Rows that are to be sent.
        unreachable: Members without an account that any channel can write to.
        groupless: Units without a group that any channel can write to.
    """

    queued: int
    unreachable: tuple[MemberId, ...] = ()
    groupless: tuple[UnitId, ...] = ()


def enqueue(session: Session, routes: Routes, letters: Sequence[Letter], now: datetime) -> Queued:
    """Queue letters in the caller's transaction; one whose key is taken changes nothing.

    Nothing leaves but through here, so here the privacy table is kept: a text that its reader may
    not read is dropped and logged, since one mistake in a rule should not stop all the others.
    """
    letters = _within_the_table(session, letters, now)
    members = {letter.member_id for letter in letters if letter.member_id}
    private = addresses_of(session, routes, members, now=now)
    groups = groups_of(session, routes, {letter.unit_id for letter in letters if letter.unit_id})
    rows: list[dict[str, Any]] = []
    for letter in letters:
        target = private.get(letter.member_id) if letter.member_id else groups.get(letter.unit_id)  # type: ignore[arg-type]  # a letter has one of the two
        if target is not None:
            rows.extend(_rows(letter, target, now))
    insert_many_once(session, Outbox, rows)
    return Queued(
        queued=sum(row["state"] is SendState.QUEUED for row in rows),
        unreachable=tuple(
            letter.member_id
            for letter in letters
            if letter.member_id and letter.member_id not in private
        ),
        groupless=tuple(
            letter.unit_id
            for letter in letters
            if letter.member_id is None and letter.unit_id and letter.unit_id not in groups
        ),
    )


def _within_the_table(session: Session, letters: Sequence[Letter], now: datetime) -> list[Letter]:
    unfit = [letter for letter in letters if not may_tell(letter.text, _least_of(letter))]
    if not unfit:
        return list(letters)
    keepers = _keepers_among(session, unfit, now)
    dropped = set()
    for letter in unfit:
        if letter.member_id not in keepers or not may_tell(letter.text, Audience.OFFICERS):
            dropped.add(id(letter))
            kinds = sorted({fact.kind.name for fact in letter.text.facts})
            log.error("letter %s may not be read by whom it is for: %s", letter.key, kinds)
    return [letter for letter in letters if id(letter) not in dropped]


def _least_of(letter: Letter) -> Audience:
    """Return for whom a letter is at least: a member, or a group."""
    return Audience.GROUP if letter.member_id is None else Audience.SELF


def _keepers_among(session: Session, letters: Sequence[Letter], now: datetime) -> set[MemberId]:
    """Return who holds a post, of those who are told what members are not."""
    asked = {letter.member_id for letter in letters if letter.member_id is not None}
    if not asked:
        return set()
    today = day_of(now)
    held = select(Post.member_id).where(
        Post.member_id.in_(asked),
        Post.role.in_([role for role, actions in RIGHTS.items() if actions]),
        Post.valid_from <= today,
        or_(Post.valid_to.is_(None), Post.valid_to > today),
    )
    return {MemberId(member) for member in session.scalars(held)}


def void(
    session: Session,
    *,
    subject: str,
    now: datetime,
    rules: Iterable[str] | None = None,
    detail: str = "",
) -> int:
    """Take back the unsent rows about a subject; return how many.

    One that an earlier try may have sent cannot be taken back: it is `uncertain`, and shown.
    """
    wanted: list[ColumnElement[bool]] = [Outbox.subject == subject]
    if rules is not None:
        wanted.append(Outbox.rule.in_(tuple(rules)))
    return _void(session, wanted, now, detail)


def restore(session: Session, *, subject: str, voided_at: datetime, detail: str) -> int:
    """Let rows wait again that were taken back at a moment and for a reason; return how many."""
    done = session.connection().execute(
        update(Outbox)
        .where(
            Outbox.subject == subject,
            Outbox.state == SendState.VOID,
            Outbox.finished_at == voided_at,
            Outbox.detail == detail,
        )
        .values(state=SendState.QUEUED, detail="", finished_at=None)
    )
    return done.rowcount


def void_subjects(
    session: Session, subjects: Collection[str], *, now: datetime, detail: str = ""
) -> int:
    """Take back the unsent rows about any of some subjects; return how many."""
    return _void(session, [Outbox.subject.in_(subjects)], now, detail) if subjects else 0


def void_to(
    session: Session,
    member_id: MemberId,
    *,
    now: datetime,
    subjects: Collection[str] | None = None,
    rules: Collection[str] | None = None,
    period: str = "",
    detail: str = "",
) -> int:
    """Take back the unsent rows to a member; return how many.

    Args:
        subjects: Only those about one of these; left out, all of them.
        rules: Only what these have said.
        period: Only those whose slot is this, or a rung of it.
    """
    wanted: list[ColumnElement[bool]] = [Outbox.member_id == member_id]
    if rules is not None:
        wanted.append(Outbox.rule.in_(rules))
    if subjects is not None:
        wanted.append(Outbox.subject.in_(subjects))
    if period:
        rungs = Outbox.slot.startswith(f"{period}/", autoescape=True)
        wanted.append(or_(Outbox.slot == period, rungs))
    return _void(session, wanted, now, detail)


def _void(
    session: Session, wanted: Sequence[ColumnElement[bool]], now: datetime, detail: str
) -> int:
    done = session.connection().execute(
        update(Outbox)
        .where(*wanted, Outbox.state.in_((SendState.QUEUED, SendState.CLAIMED)))
        .values(
            state=case((Outbox.maybe_sent, _UNCERTAIN), else_=_VOID),
            detail=case((Outbox.maybe_sent, MAYBE_READ), else_=detail),
            claim=None,
            lease_until=None,
            finished_at=now,
        )
    )
    return done.rowcount


def retract(
    session: Session, *, subject: str, words: Mapping[MemberId, str], now: datetime
) -> None:
    """Take back what was told about a subject: void what has not left, correct what has.

    Args:
        words: The correction for each member; it goes where the text went.
    """
    void(session, subject=subject, now=now, detail="已撤销")
    gone = session.scalars(
        select(Outbox)
        .where(Outbox.subject == subject, Outbox.state != SendState.VOID)
        .order_by(Outbox.id)
    ).all()
    rows = [
        {
            "key": f"{row.key}:retracted",
            "state": SendState.QUEUED,
            "channel": row.channel,
            "address": row.address,
            "thread": row.thread,
            "member_id": row.member_id,
            "text": words[MemberId(row.member_id)],
            "rule": "",
            "slot": "",
            "subject": subject,
            "due_at": now,
            "not_before": now,
            "created_at": now,
            "tries": 0,
            "maybe_sent": False,
            "detail": "",
        }
        for row in gone
        if row.member_id is not None and MemberId(row.member_id) in words
    ]
    insert_many_once(session, Outbox, rows)


def addresses_of(
    session: Session,
    routes: Routes,
    members: set[MemberId],
    *,
    now: datetime | None = None,
    but: str = "",
) -> dict[MemberId, tuple[Way, str]]:
    """Return where each member can be written to privately: the first reachable account.

    One that the platform could not reach comes last; it is tried all the same.
    Where a channel writes only to those who have written of late, it comes last, and only for them.

    Args:
        now: Left out, such a channel counts as reachable.
        but: A channel that is not to be used.
    """
    if not members:
        return {}
    rows = session.execute(
        select(Account.member_id, Account.space, Account.external_id)
        .where(
            Account.member_id.in_(members),
            Account.unbound_at.is_(None),
            Account.space.in_(tuple(routes.private)),
        )
        .order_by(Account.unreachable_since.is_not(None), Account.id)
    )
    found: dict[MemberId, tuple[Way, str]] = {}
    rest: list[tuple[MemberId, str, str]] = []
    for member_id, space, external_id in rows:
        way = routes.private[space]
        if way.channel == but:
            continue
        if way.window is not None:
            rest.append((MemberId(member_id), space, external_id))
        else:
            found.setdefault(MemberId(member_id), (way, external_id))
    rest = [one for one in rest if one[0] not in found]
    for member_id, space, external_id in _heard_of_late(session, routes, rest, now):
        found.setdefault(member_id, (routes.private[space], external_id))
    return found


def _heard_of_late(
    session: Session,
    routes: Routes,
    accounts: Sequence[tuple[MemberId, str, str]],
    now: datetime | None,
) -> list[tuple[MemberId, str, str]]:
    """Return which of some accounts may be written to on a channel with a window."""
    if now is None:
        return list(accounts)
    may: set[tuple[str, str]] = set()
    for space in sorted({space for _, space, _ in accounts}):
        way = routes.private[space]
        assert way.window is not None
        of_space = [external_id for _, each, external_id in accounts if each == space]
        open_ = windows.open_to(session, space, way.channel, of_space, way.window, now)
        may |= {(space, external_id) for external_id in open_}
    return [one for one in accounts if one[1:] in may]


def groups_of(
    session: Session, routes: Routes, units: set[UnitId]
) -> dict[UnitId, tuple[Way, str]]:
    """Return where the group of each unit can be written to: a webhook, else a bound chat."""
    if not units:
        return {}
    found: dict[UnitId, tuple[Way, str]] = {}
    chats = select(ChatGroup.unit_id, ChatGroup.space, ChatGroup.chat_id).where(
        ChatGroup.unit_id.in_(units),
        ChatGroup.unbound_at.is_(None),
        ChatGroup.space.in_(tuple(routes.chats)),
    )
    for unit_id, space, chat_id in session.execute(chats.order_by(ChatGroup.id)):
        way = routes.chats[space]
        found.setdefault(UnitId(unit_id), (way, f"{way.prefix}{chat_id}"))
    if routes.groups:
        named = select(Unit.id, Unit.name).where(
            Unit.id.in_(units), Unit.name.in_(tuple(routes.groups))
        )
        for unit_id, name in session.execute(named):
            found[UnitId(unit_id)] = (routes.groups[name], "group")
    return found


def _rows(letter: Letter, target: tuple[Way, str], now: datetime) -> Iterable[dict[str, Any]]:
    way, address = target
    parts = numbered_parts(letter.text.words, way.max_bytes)
    card = letter.card.dump() if letter.card is not None and len(parts) == 1 else None
    for number, part in enumerate(parts, start=1):
        yield {
            "key": letter.key if number == 1 else f"{letter.key}#{number}",
            "state": SendState.EXPIRED if letter.lapsed else SendState.QUEUED,
            "channel": way.channel,
            "address": address,
            "thread": f"{way.channel}|{address}",
            "member_id": letter.member_id,
            "unit_id": letter.unit_id,
            "text": part,
            "rule": letter.rule,
            "slot": letter.slot,
            "subject": letter.subject,
            "reason": dict(letter.reason) if letter.reason is not None else None,
            "card": card,
            "due_at": letter.due_at,
            "not_before": letter.due_at,
            "expires_at": letter.expires_at,
            "late_since": letter.late_since,
            "created_at": now,
            "finished_at": now if letter.lapsed else None,
            "tries": 0,
            "maybe_sent": False,
            "detail": LAPSED if letter.lapsed else "",
        }
