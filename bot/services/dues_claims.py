"""A member's own dues claims that wait: taken back, or corrected, by counter-entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.domain.dues import EntryKind
from bot.domain.dues_allocation import Part
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_ranges
from bot.services import dues, undo
from bot.services.dues import STEM, DuesRefused
from bot.services.dues_ledger import append_declaration, append_entry, settling_key, take_turns
from bot.storage.models import DuesEntry

DECLARED = "党费登记"


class NoClaim(DomainError):
    """No declaration of the member's own waits (for these months)."""

    @classmethod
    def among(cls, claims: Sequence[Claim]) -> NoClaim:
        """Return the refusal that tells what does wait."""
        if not claims:
            return cls("您没有等着核对的党费登记。要登记请发 党费 3月 30 这样的一句。")
        waiting = month_ranges(month for claim in claims for month in claim.months)
        return cls(f"等着核对的是{waiting}党费，没有您说的那一笔。回复 我的党费 可以看。")


class WhichClaim(DomainError):
    """Several declarations wait; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[Claim]) -> None:
        super().__init__("您有几笔党费登记在等核对，请写上月份，例如：撤销党费 3月")
        self.choices = tuple(choices)


class AlreadyConfirmed(DuesRefused):
    """The organiser has confirmed it: only the organiser may correct it.

    Attributes:
        parts: What is confirmed, by month.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__("这笔党费组织委员已经核对，不能撤销了。要更正请直接告诉他。")
        self.parts = tuple(parts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line that was declared and neither confirmed nor taken back."""

    id: int
    member_id: MemberId
    month: Month
    fen: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What was declared in one message and still waits."""

    source: str
    lines: tuple[Waiting, ...]
    at: datetime

    @property
    def parts(self) -> tuple[Part, ...]:
        """Months with their amounts."""
        return tuple((line.month, line.fen) for line in self.lines)

    @property
    def months(self) -> tuple[Month, ...]:
        """The months it is for, in order."""
        return tuple(sorted({line.month for line in self.lines}))

    @property
    def total_fen(self) -> int:
        """What it adds up to."""
        return sum(line.fen for line in self.lines)

    def only(self, months: Iterable[Month]) -> Claim:
        """Return the part of it that is for some months."""
        wanted = set(months)
        return Claim(self.source, tuple(x for x in self.lines if x.month in wanted), self.at)


def list_claims(session: Session, member_id: MemberId) -> list[Claim]:
    """Return the declarations of a member that wait, the last one first."""
    settling = aliased(DuesEntry)
    rows = session.execute(
        select(DuesEntry.id, DuesEntry.month, DuesEntry.fen, DuesEntry.claim, DuesEntry.at)
        .where(
            DuesEntry.member_id == member_id,
            DuesEntry.kind == EntryKind.DECLARE,
            ~exists().where(
                settling.member_id == member_id,
                settling.month == DuesEntry.month,
                settling.refers_to == DuesEntry.id,
            ),
        )
        .order_by(DuesEntry.id.desc())
    )
    lines: dict[str, list[Waiting]] = {}
    moments: dict[str, datetime] = {}
    for entry_id, month, fen, source, at in rows:
        lines.setdefault(source, []).append(Waiting(entry_id, member_id, month, fen))
        moments.setdefault(source, at)
    return [
        Claim(source, tuple(sorted(own, key=lambda line: line.month)), moments[source])
        for source, own in lines.items()
    ]


def take_back(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    months: Sequence[Month] = (),
    source: str | None = None,
) -> Claim:
    """Take back what the actor declared and nobody has confirmed, however old.

    Args:
        months: Only these; left out, the one claim that waits.
        source: The claim chosen when several were possible.

    Raises:
        NoClaim, WhichClaim, AlreadyConfirmed
    """
    assert by.member_id is not None
    take_turns(session, [by.member_id])
    waiting = list_claims(session, by.member_id)
    claims = concerned(waiting, months, source)
    if not claims:
        refuse_confirmed(session, by.member_id, months)
        raise NoClaim.among(waiting)
    named = [month for claim in claims for month in claim.months]
    if len(claims) > 1 and (not months or len(named) > len(set(named))):
        raise WhichClaim(claims)
    lines = tuple(line for claim in claims for line in claim.lines)
    void_lines(session, lines, by=by, now=now)
    forget_settled(session, by.member_id, now)
    return Claim(claims[0].source, lines, claims[0].at)


def undo_declared(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a declaration back by counter-entries (its inverse); of a correction, restore the first.

    Raises:
        AlreadyConfirmed: The organiser has confirmed some of it meanwhile.
        NothingToUndo: All of it was taken back before.
    """
    wanted = set(inverse["entries"])
    members = session.scalars(select(DuesEntry.member_id).where(DuesEntry.id.in_(wanted)))
    owners = sorted({MemberId(member) for member in members})
    take_turns(session, owners)
    waiting = [
        line
        for owner in owners
        for claim in list_claims(session, owner)
        for line in claim.lines
        if line.id in wanted
    ]
    if len(waiting) < len(wanted):
        _refuse_settled(session, owners, wanted)
    if not waiting:
        raise undo.NothingToUndo(DECLARED)
    void_lines(session, waiting, by=by, now=now)
    restored = [(Month.parse(month), fen) for month, fen in inverse.get("restores", ())]
    for owner in owners:
        declare_lines(session, owner, restored, inverse.get("claim", ""), by=by, now=now)


def list_declared(
    session: Session, inverses: Iterable[Mapping[str, Any]]
) -> dict[MemberId, list[Part]]:
    """Return what some declarations said, by member, from what takes them back."""
    entries = [entry for inverse in inverses for entry in inverse.get("entries", ())]
    rows = session.execute(
        select(DuesEntry.member_id, DuesEntry.month, DuesEntry.fen)
        .where(DuesEntry.id.in_(entries))
        .order_by(DuesEntry.month, DuesEntry.id)
    )
    found: dict[MemberId, list[Part]] = {}
    for member_id, month, fen in rows:
        found.setdefault(MemberId(member_id), []).append((month, fen))
    return found


def concerned(
    claims: Sequence[Claim], months: Sequence[Month], source: str | None = None
) -> list[Claim]:
    if source is not None:
        claims = [claim for claim in claims if claim.source == source]
    if months:
        claims = [part for claim in claims if (part := claim.only(months)).lines]
    return list(claims)


def refuse_confirmed(session: Session, member_id: MemberId, months: Sequence[Month]) -> None:
    """Refuse with what is confirmed of the months, or of the last receipt."""
    query = select(DuesEntry.month, DuesEntry.receipt_no, DuesEntry.unit_id).where(
        DuesEntry.member_id == member_id, DuesEntry.kind == EntryKind.CONFIRM
    )
    if months:
        query = query.where(DuesEntry.month.in_(months))
    rows = session.execute(query.order_by(DuesEntry.id.desc()).limit(12)).all()
    if not rows:
        return
    last = rows[0].receipt_no, rows[0].unit_id
    concerned = {row.month for row in rows if months or (row.receipt_no, row.unit_id) == last}
    balances = dues.balances(session, [member_id], sorted(concerned))[member_id]
    raise AlreadyConfirmed([(month, b.confirmed_fen) for month, b in sorted(balances.items())])


def _refuse_settled(session: Session, owners: Sequence[MemberId], entries: set[int]) -> None:
    rows = session.execute(
        select(DuesEntry.month, DuesEntry.fen).where(
            DuesEntry.member_id.in_(owners),
            DuesEntry.refers_to.in_(entries),
            DuesEntry.kind == EntryKind.CONFIRM,
        )
    ).all()
    if rows:
        raise AlreadyConfirmed([(month, fen) for month, fen in rows])


def void_lines(session: Session, lines: Iterable[Waiting], *, by: Actor, now: datetime) -> None:
    """Void declarations by counter-entries.

    Raises:
        DuesRefused: One was settled at the same moment.
    """
    for line in lines:
        row = append_entry(
            session,
            kind=EntryKind.VOID,
            key=settling_key(line.id),
            member_id=line.member_id,
            month=line.month,
            fen=-line.fen,
            by=by,
            now=now,
            refers_to=line.id,
        )
        if row is None:
            raise DuesRefused("这笔党费刚刚有变动，没有再改。回复 我的党费 可以看。")


def declare_lines(
    session: Session,
    member_id: MemberId,
    parts: Iterable[Part],
    source: str,
    *,
    by: Actor,
    now: datetime,
) -> list[int | None]:
    """Write declarations of one message; return their ids."""
    return [
        append_declaration(session, member_id, month, fen, claim=source, by=by, now=now)
        for month, fen in parts
    ]


def forget_settled(session: Session, member_id: MemberId, now: datetime) -> None:
    """Let 撤销 pass over declarations of which nothing waits any more."""
    waiting = {line.id for claim in list_claims(session, member_id) for line in claim.lines}
    undo.forget_actions(
        session,
        member_id=member_id,
        stem=STEM,
        is_over=lambda inverse: waiting.isdisjoint(inverse["entries"]),
        now=now,
    )
