"""A voluntary extra: offered by the member, confirmed like dues, of no month's account.

From 1000 yuan at once it is not branch money: it stands by itself, and the street is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import EntryKind, goes_to_the_centre
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.rights import Actor, Role
from bot.domain.units import ids_of
from bot.services import dues_offers, people, undo
from bot.services.dues_confirming import ToConfirm
from bot.services.dues_ledger import append_entry, next_key, settling_key, take_turns
from bot.storage.models import DuesEntry, Membership, Unit

STEM = "dues_extra"
TITLE = "自愿多交党费"
MOST_FEN = 1_000_000_00  # a slip of the finger, and no matter for a chat if it is none


class ExtraRefused(DomainError):
    """An extra that cannot be recorded or taken back as it was said."""


def offer(session: Session, *, fen: Fen, by: Actor, now: datetime, source: str) -> None:
    """Record that the actor says to have paid more than is due; it counts once confirmed.

    Args:
        source: Id of the message.

    Raises:
        ExtraRefused: Not an amount, or the same one waits already.
    """
    assert by.member_id is not None
    if fen <= 0:
        raise ExtraRefused("没看懂金额。请这样写：自愿多交 100")
    if fen > MOST_FEN:
        raise ExtraRefused(
            f"{yuan(fen)}元超过100万元，还没有登记。写错了请再写一次，例如：自愿多交 100；"
            f"真要交这么多请直接找街道党工委办理"
        )
    take_turns(session, [by.member_id])
    if any(waiting.fen == fen for waiting in dues_offers.list_offers(session, [by.member_id])):
        raise ExtraRefused("这一笔自愿多交已经记下，等组织委员核对。")
    month = Month.of(day_of(now))
    row = append_entry(
        session,
        kind=EntryKind.OFFER,
        key=next_key(session, "offer", by.member_id, month),
        member_id=by.member_id,
        month=month,
        fen=fen,
        by=by,
        now=now,
        claim=source,
    )
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"entry": row},
        title=TITLE,
        at=now,
        what=STEM,
    )


def undo_offer(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take an offer back by a counter-entry (its inverse).

    Raises:
        ExtraRefused: It is confirmed.
        NothingToUndo: It was taken back before.
    """
    entry = session.execute(
        select(DuesEntry.member_id, DuesEntry.month, DuesEntry.fen).where(
            DuesEntry.id == inverse["entry"]
        )
    ).one()
    member_id = MemberId(entry.member_id)
    take_turns(session, [member_id])
    row = append_entry(
        session,
        kind=EntryKind.VOID,
        key=settling_key(inverse["entry"]),
        member_id=member_id,
        month=entry.month,
        fen=-entry.fen,
        by=by,
        now=now,
        refers_to=inverse["entry"],
    )
    if row is None:
        confirmed = session.scalar(
            select(DuesEntry.id).where(
                DuesEntry.refers_to == inverse["entry"], DuesEntry.kind == EntryKind.EXTRA
            )
        )
        if confirmed is None:
            raise undo.NothingToUndo(TITLE)
        raise ExtraRefused("这笔组织委员已经核对，不能撤销了。要退请直接告诉他。")


def large_ones(lines: Sequence[ToConfirm], on: date) -> list[ToConfirm]:
    """Return the extras that are not branch money, of lines confirmed on a day."""
    return [line for line in lines if line.extra and goes_to_the_centre(line.fen, on)]


def whom_to_tell(
    session: Session, large: Sequence[ToConfirm], on: date
) -> list[tuple[str, Fen, list[MemberId]]]:
    """Return branch, amount and the street's officers above, for each large extra."""
    rows = session.execute(
        select(Membership.member_id, Unit.name, Unit.path)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Membership.member_id.in_({line.member_id for line in large}),
            Membership.valid_to.is_(None),
        )
    ).all()
    places = {MemberId(row.member_id): (row.name, ids_of(row.path)) for row in rows}
    units = {unit for _, path in places.values() for unit in path}
    held = people.list_holders(session, units, [Role.OFFICER], on)
    found = []
    for line in large:
        branch, path = places.get(line.member_id, ("", ()))
        officers = list(dict.fromkeys(member for unit, _, member, _ in held if unit in path))
        found.append((branch, line.fen, officers))
    return found
