"""Confirming declared dues (确认党费): a preview, then the head-count typed back.

Example:
    王敏: 确认党费 全部
    » 将核对：
    | 张三 3月 30元
    | 共1人，30元。回复 确认1 记账，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import month_ranges
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import read_names_with_tails
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember, reply, telling
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import dues_confirming, dues_extra, dues_letters
from bot.services.dues_confirming import ToConfirm
from bot.services.reads import Read

PREVIEW = "将核对：\n{lines}\n共{n}人，{amount}元。回复 确认{n} 记账，回复 取消 作罢"
LINE = "{name}{unit} {months} {amount}元{payer}"
PAYER = "（{name}代报）"
EXTRA = "自愿多交"
DONE = "✓ 已核对{n}人，共{amount}元。有账号的会收到回执。"
DIFFERS = "您写的是{said}元，等核对的是{waits}元，对不上：确认只按下面的记；要改金额，先核对再 更正"
LARGE = "其中大额自愿多交{amount}元由上级全部上交中央，不计入支部合计；{told}"
OFFICERS_TOLD = "已告诉街道党务专干。"
CALL_OFFICERS = "请报告街道党工委。"
WHOSE = "要核对谁的？全部核对回复 确认党费 全部，只核对一位回复 确认党费 张三 3月"

NOT_BACK = "核对不能撤销。金额不对，请一个月一个月更正，写上原因，例如：更正 张三 3月党费 15 记错了"


@dataclass(frozen=True, slots=True)
class ConfirmDuesSlots:
    """Declared dues are confirmed by the organiser.

    Attributes:
        names: Whose, as written; empty with `everyone`.
        months: Which, sorted; empty for all that are declared.
        everyone: All that are declared (确认党费 全部).
        unit: Of this branch only, as written (确认党费 全部 三支部).
        amount_fen: What they should add up to, where that was said.
    """

    names: tuple[str, ...] = ()
    months: tuple[Month, ...] = ()
    everyone: bool = False
    unit: str | None = None
    amount_fen: int | None = None


EXAMPLES = (
    "确认党费 张三 3月",
    "确认党费 全部",
    "确认党费 张三、李四",
    "确认党费 全部 三支部",
    "确认党费",
    "核对党费 全部",
)
SILENT = ("确认党费交了吗", "党费确认一下")

_DUES = re.compile(r"(?:确认|核对)党费\s?:?\s?(?P<rest>.{0,60})")
_EVERYONE = frozenset(("全部", "所有", "所有人", "全体"))
_ASKED = re.compile(r"[？吗没]|怎|多少|了$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 确认党费 张三 3月, 确认党费 全部, and 确认党费 alone (`EXACT`)."""
    match = _DUES.fullmatch(utterance.text)
    if not match or not utterance.clauses or _ASKED.search(match["rest"]):
        return []
    rest, unit = split_unit(f" {match['rest']}")
    rest = rest.strip()
    names, end = read_names_with_tails(utterance.text, match.start("rest"), utterance.lexicon)
    months = utterance.months_in(utterance.stretch(utterance.clauses))
    everyone = rest.split(" ")[0] in _EVERYONE
    if rest and not (names or everyone):
        return []
    amount = _amount(utterance, end if names else match.start("rest"))
    slots = ConfirmDuesSlots(() if everyone else names, months, everyone, unit, amount)
    return [Reading(slots, Strength.EXACT, match.span())]


def _amount(utterance: Utterance, start: int) -> int | None:
    """Return the one amount named behind the order, with or without its unit."""
    found = [span for span in utterance.money if span.start >= start]
    if not found:
        taken = (*utterance.months, *utterance.dates)
        found = [
            span
            for span in find_bare_amounts(utterance.text, start, len(utterance.text))
            if utterance.text[span.start].isdigit()
            and not any(span.start < other.end and other.start < span.end for other in taken)
        ]
    return cast("int", found[0].value) if len(found) == 1 else None


def handle(slots: ConfirmDuesSlots, context: Context) -> Reply:
    """Show what would be confirmed, with amounts and head-count."""
    if not slots.everyone and not slots.names:
        return reply(WHOSE)
    months = [str(month) for month in slots.months]
    kept = {"names": list(slots.names), "months": months, "unit": slots.unit}
    return _find(context, {**kept, "fen": slots.amount_fen})


def _find(context: Context, kept: Mapping[str, Any]) -> Reply:
    """Show what would be confirmed of those named, once it is clear who they are."""
    of, unit = None, kept.get("unit")
    if kept["names"]:
        people = whom(
            context,
            "confirm_dues",
            kept["names"],
            kept,
            action=Action.CONFIRM_DUES,
            own_branch=False,
            unit=unit,
            dues_of=kept["months"],
        )
        if isinstance(people, Reply):
            return people
        of = [person.id for person in people]
    lines = dues_confirming.list_waiting(
        context.session,
        by=context.actor,
        today=context.today,
        of=of,
        months=[Month.parse(month) for month in kept["months"]],
        unit=unit,
    )
    return _show(lines, kept.get("fen"), context)


def _show(lines: list[ToConfirm], said_fen: int | None, context: Context) -> Reply:
    members = tuple(dict.fromkeys(line.member_id for line in lines))
    people = len(members)
    shown = preview(
        context,
        "confirm_dues",
        people,
        {"lines": [_stored(line) for line in lines]},
        _preview_text(lines, people, said_fen, context),
    )
    return telling(shown, Read(Seen.DUES, members=members))


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Confirm the lines of the preview and send each member a receipt.

    After a question who is meant, go on to the preview.
    """
    if "lines" not in kept:
        return _find(context, kept)
    lines = [_loaded(line) for line in kept["lines"]]
    receipts = dues_confirming.confirm(context.session, lines, by=context.actor, now=context.now)
    bar(context, "核对党费", NOT_BACK)
    send = tuple(
        ToMember(
            receipt.member_id,
            dues_letters.receipt_text(receipt, context.today.year),
            f"receipt:{context.inbound_id}:{receipt.member_id}:{number}",
        )
        for number, receipt in enumerate(receipts)
        if receipt.sent
    )
    total = _private(yuan(sum(line.fen for line in lines)))
    large, letters = _tell_officers(lines, context)
    text = say(DONE, n=len({receipt.member_id for receipt in receipts}), amount=total)
    return Reply(join(text, large, by="") if large else text, send=(*send, *letters))


def _tell_officers(
    lines: Sequence[ToConfirm], context: Context
) -> tuple[Text | None, list[ToMember]]:
    """Let the street know of extras that are not branch money: the sum, not whose it is."""
    large = dues_extra.large_ones(lines, context.today)
    if not large:
        return None, []
    letters = [
        ToMember(
            officer,
            dues_letters.officer_text(branch, fen, context.actor),
            f"large_extra:{context.inbound_id}:{number}:{officer}",
        )
        for number, (branch, fen, officers) in enumerate(
            dues_extra.whom_to_tell(context.session, large, context.today)
        )
        for officer in officers
    ]
    amount = _private(yuan(sum(line.fen for line in large)))
    told = OFFICERS_TOLD if letters else CALL_OFFICERS
    return say(LARGE, amount=amount, told=told), letters


def _preview_text(
    lines: list[ToConfirm], people: int, said_fen: int | None, context: Context
) -> Text:
    words = [
        LINE.format(
            name=line.name,
            unit=f"（{line.unit}）" if line.unit else "",
            months=EXTRA if line.extra else month_ranges([line.month], context.today.year),
            amount=yuan(line.fen),
            payer=PAYER.format(name=line.payer) if line.payer else "",
        )
        for line in lines
    ]
    total_fen = sum(line.fen for line in lines)
    total = yuan(total_fen)
    if said_fen is not None and said_fen != total_fen:
        words.insert(0, DIFFERS.format(said=yuan(said_fen), waits=total))
    return say(PREVIEW, lines=_private("\n".join(words)), n=people, amount=_private(total))


def _private(words: str) -> Fact:
    return Fact(FactKind.DUES, words)


def _stored(line: ToConfirm) -> dict[str, Any]:
    return {
        "member_id": line.member_id,
        "name": line.name,
        "month": str(line.month),
        "fen": line.fen,
        "entry_id": line.entry_id,
        "extra": line.extra,
    }


def _loaded(kept: Mapping[str, Any]) -> ToConfirm:
    return ToConfirm(
        member_id=MemberId(kept["member_id"]),
        name=kept["name"],
        month=Month.parse(kept["month"]),
        fen=kept["fen"],
        entry_id=kept["entry_id"],
        extra=kept.get("extra", False),
    )


INTENT = Intent(
    name="confirm_dues",
    title="核对党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
