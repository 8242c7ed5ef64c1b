"""What is written to members and to the street once dues are confirmed: in chat and on the pages alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Hours
from bot.domain.ids import MemberId
from bot.domain.money import Fen, yuan
from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.rights import Actor
from bot.domain.wording import month_ranges
from bot.services import dues_extra, outbox
from bot.services.dues_confirming import Receipt, ToConfirm
from bot.services.outbox import Letter, Routes

RECEIPT = "已核对：{what}，收据号 {number}。谢谢您。——{unit}"
RECEIPT_DUES = "{months}党费{amount}元"
RECEIPT_EXTRA = "自愿多交党费{amount}元"
TO_OFFICER = "{branch}有党员一次自愿多交党费{amount}元，按规定要全部上交中央，请和{by}联系办理。"
_ASIDE = "aside"  # no answer, and no reminder


def receipt_text(receipt: Receipt, year: int) -> Text:
    """Return the receipt of one member.

    Args:
        year: The year that goes without saying.
    """
    return say(
        RECEIPT,
        what=_private(_what(receipt, year)),
        number=_private(receipt.number),
        unit=receipt.unit,
    )


def officer_text(branch: str, fen: Fen, by: Actor) -> Text:
    """Return what the street is told of an extra that is not branch money: never whose it is."""
    return say(TO_OFFICER, branch=branch, amount=_private(yuan(fen)), by=by.name)


def post(
    session: Session,
    receipts: Sequence[Receipt],
    lines: Sequence[ToConfirm],
    *,
    by: Actor,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> int:
    """Queue the receipts of what was confirmed, and what the street is told; return how many leave.

    A receipt number is given once, so the same confirmation never writes twice.
    """
    letters = [
        _letter(
            f"receipt:{one.unit_id}:{one.number}:{one.member_id}",
            receipt_text(one, day_of(now).year),
            one.member_id,
            hours,
            now,
        )
        for one in receipts
        if one.sent
    ]
    queued = outbox.enqueue(session, routes, letters, now).queued if letters else 0
    told = [
        _letter(
            f"large_extra:{receipts[0].unit_id}:{receipts[0].number}:{number}:{officer}",
            officer_text(branch, fen, by),
            officer,
            hours,
            now,
        )
        for number, (branch, fen, officers) in enumerate(_large(session, lines, now))
        for officer in officers
    ]
    if told:
        outbox.enqueue(session, routes, told, now)
    return queued


def _large(
    session: Session, lines: Sequence[ToConfirm], now: datetime
) -> list[tuple[str, Fen, list[MemberId]]]:
    large = dues_extra.large_ones(lines, day_of(now))
    return dues_extra.whom_to_tell(session, large, day_of(now)) if large else []


def _letter(key: str, text: Text, to: MemberId, hours: Hours, now: datetime) -> Letter:
    return Letter(key=key, text=text, due_at=hours.allow(now, key), member_id=to, rule=_ASIDE)


def _what(receipt: Receipt, year: int) -> str:
    months = month_ranges((month for month, _ in receipt.parts), year)
    amount = yuan(sum(fen for _, fen in receipt.parts))
    words = [RECEIPT_DUES.format(months=months, amount=amount)] if receipt.parts else []
    if receipt.extra_fen:
        words.append(RECEIPT_EXTRA.format(amount=yuan(receipt.extra_fen)))
    return "，".join(words)


def _private(words: str) -> Fact:
    return Fact(FactKind.DUES, words)
