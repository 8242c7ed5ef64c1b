"""What a member reads whose own dues were put right, or who is asked how."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.dues_allocation import NeedsAnswer, Part
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import month_ranges
from bot.inbound.context import Context
from bot.inbound.questions import ask
from bot.inbound.replies import Reply
from bot.services.dues_claim_corrections import Corrected
from bot.services.dues_claims import Claim

CORRECTED = "✓ 已更正：{what}（原来登记{before}元）。等组织委员核对后回执。打错了回复 撤销"
_RESUMES = "undo"


def corrected(result: Corrected | tuple[NeedsAnswer, Claim], context: Context) -> Reply:
    """Say what is declared now and was before, or put the question that is open."""
    if not isinstance(result, Corrected):
        return _ask(*result, context)
    months = month_ranges(result.before.months, context.today.year)
    moved = result.before.months != tuple(sorted({month for month, _ in result.parts}))
    before = (months if moved else "") + yuan(result.before.total_fen)
    return Reply(
        say(CORRECTED, what=private(what_of(result.parts, context)), before=private(before))
    )


def what_of(parts: Sequence[Part], context: Context) -> str:
    """Return months and amount: 3月党费38元, 1–3月党费共90元."""
    months = month_ranges((month for month, _ in parts), context.today.year)
    together = "共" if len(parts) > 1 else ""
    return f"{months}党费{together}{yuan(sum(fen for _, fen in parts))}元"


def stored(parts: Sequence[Part]) -> list[list[object]]:
    """Return parts as a question keeps them."""
    return [[str(month), fen] for month, fen in parts]


def parsed(kept: Sequence[Sequence[object]]) -> tuple[Part, ...]:
    """Return parts as they were before a question kept them."""
    return tuple((Month.parse(str(month)), int(str(fen))) for month, fen in kept)


def _ask(question: NeedsAnswer, claim: Claim, context: Context) -> Reply:
    text = say("{words}", words=private(question.sentence))
    if not question.choices:
        return Reply(text)
    lines = [line.id for line in claim.lines]
    options = [
        (what_of(choice.parts, context), {"lines": lines, "parts": stored(choice.parts)})
        for choice in question.choices
    ]
    return ask(context, _RESUMES, "{choices}", options, text, by_values={"lines": lines})
