"""Putting right what was just said, without saying what it was (不是18，是51; 改成22; 应该是2月).

Example:
    张三: 不是30，是51
    » ✓ 已更正：3月党费51元（原来登记30元）。等组织委员核对后回执。打错了回复 撤销
"""

from __future__ import annotations

from bot.inbound.amending import Amended, amended
from bot.inbound.context import Context
from bot.inbound.dues_corrected import corrected
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.questions import find_question, finish, with_values
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import dues_claim_corrections, undo
from bot.services.dues import STEM

EXAMPLES = ("不是18，是51", "改成22", "应该是2月", "把刚才的改成21元", "3月写成2月了")
SILENT = ("改成22号", "不是我，是他", "应该是明天", "改成3月10日15:00", "应该是20吗", "18")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a month or an amount put right, with nothing said of what it belongs to."""
    found = amended(utterance)
    if found is None:
        return []
    return [Reading(found, Strength.BARE, (0, len(utterance.text)))]


def handle(slots: Amended, context: Context) -> Reply:
    """Answer the open question with what is right, else correct the declaration just made."""
    asked = find_question(context)
    if asked is not None:
        return finish(asked, with_values(asked.payload, slots.right), context)
    if slots.right.months:
        result = dues_claim_corrections.move(
            context.session,
            by=context.actor,
            now=context.now,
            months=slots.right.months,
            wrong_months=slots.wrong.months,
            said_in=str(context.inbound_id),
        )
    else:
        result = dues_claim_corrections.correct(
            context.session,
            by=context.actor,
            now=context.now,
            total_fen=slots.right.fen or 0,
            wrong_fen=slots.wrong.fen,
            said_in=str(context.inbound_id),
        )
    return corrected(result, context)


def waits(context: Context) -> Waiting:
    """Tell whether a question is open, or the own dues were declared in the last ten minutes."""
    if find_question(context) is not None:
        return Waiting.ASKED
    last = undo.find_last_stem(context.session, by=context.actor, now=context.now)
    return Waiting.OPEN if last == STEM else Waiting.NOTHING


INTENT = Intent(
    name="amend",
    title="改刚才报的",
    recognise=recognise,
    handle=handle,
    waits=waits,
    examples=EXAMPLES,
    silent=SILENT,
)
