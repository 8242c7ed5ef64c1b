"""Months that only the secretary may record: the member is told so, and the secretary of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.privacy import dues as private
from bot.domain.rights import Role
from bot.domain.wording import month_ranges
from bot.inbound.context import Context
from bot.inbound.replies import Reply, ToMember, refused
from bot.services import people

TO_SECRETARY = "{name}想补交{months}党费{amount}，超过6个月，要由您登记。收到钱以后回复：确认党费 {name} {example}"
HANDED_ON = "{months}的党费补交超过6个月，要由书记登记，已替您告诉{secretary}。"
_WHO = (Role.SECRETARY, Role.DEPUTY, Role.ORGANISER)


def too_late(
    context: Context, refusal: DomainError, months: Sequence[Month], total_fen: int | None
) -> Reply:
    """Refuse the member, and hand the case to the secretary of the branch, who is told once."""
    held = people.list_holders(context.session, [context.branch_id], _WHO, context.today)
    held = [holder for holder in held if holder[2] != context.actor.member_id]
    if not held:
        return refused(refusal)
    _, _, secretary, called = min(held, key=lambda holder: _WHO.index(holder[1]))
    words = month_ranges(months, context.today.year)
    answer = say(HANDED_ON, months=private(words), secretary=called)
    text = say(
        TO_SECRETARY,
        name=Fact(FactKind.ROLL, context.actor.name),
        months=private(words),
        amount=private(f"{yuan(total_fen)}元" if total_fen else ""),
        example=f"{months[0].year}年{months[0].number}月",
    )
    letter = ToMember(secretary, text, f"late:{context.inbound_id}:{secretary}")
    return Reply(answer, send=(letter,))
