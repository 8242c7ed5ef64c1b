"""Dues put to the wrong month or person (改记党费): counter-entries on both sides.

Example:
    王敏: 改记党费 张三 3月 到4月 写错月份
    » 张三3月党费30元改记到张三4月（写错月份）。回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.money import parse_yuan, yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import month_words
from bot.inbound import dues_orders
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.dues_places import HANDED_UP, NOT_BACK, loaded, place_words, stored
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.inbound.whom import payers
from bot.services import dues_amendments
from bot.services.dues_amendments import Move

PREVIEW = "{source}党费{amount}元改记到{target}（{reason}）。{handed}{confirm}"
CONFIRM_ONE = "回复 确认 登记，回复 取消 作罢"
CONFIRM_TWO = "涉及2人。回复 确认2 登记，回复 取消 作罢"
MOVED = "✓ 已改记：{source}党费{amount}元记到{target}（{reason}）。"
TOLD_MOVED = "{name}您好：您{from_month}党费{amount}元改记到{to_month}，原因：{reason}。由{by}办理，有疑问直接问就行。"
TOLD_LESS = "{name}您好：您{month}党费里有{amount}元不是您的，已改记，原因：{reason}。由{by}办理，有疑问直接问就行。"
TOLD_MORE = (
    "{name}您好：{amount}元已记到您{month}党费，原因：{reason}。由{by}办理，有疑问直接问就行。"
)
WRITE_SO = (
    "请写清从哪里改到哪里和原因，例如：改记党费 张三 3月 到4月 写错月份；"
    "记错了人写：改记党费 张三 3月 给李四 写错了人"
)


@dataclass(frozen=True, slots=True)
class MoveSlots:
    """Confirmed dues that belong to another month or person.

    Attributes:
        to_name: "" for the same person.
        to_month: None for the same month.
        fen: None for all of it.
    """

    name: str
    month: Month | None
    to_name: str = ""
    to_month: Month | None = None
    fen: int | None = None
    reason: str = ""


EXAMPLES = (
    "改记党费 张三 3月 到4月 写错月份",
    "改记党费 张三 3月 给李四 写错了人",
    "张三3月党费改记到4月 写错月份",
)
SILENT = ("怎么改记党费", "改记党费了吗", "张三3月党费30元", "3月党费改记一下")
_COMMAND = re.compile(r"(?:请|麻烦)?改记党费[\s:]*")
_TARGET = re.compile(r"(?:改?记?(?:到|给|为|成))\s?")
_SENTENCE = re.compile(r"的?党费.{0,12}?改记(?=[到给为成])")
_SUM = re.compile(r"(?<![\d.])(\d{1,7}(?:\.\d{1,2})?)\s?(?:元|块钱?)?(?![\d.月日号年])")
_ASKED = re.compile(r"[？吗呢]|怎|什么|能不能|可以")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 改记党费 从哪里 到哪里 原因 (`EXACT`)."""
    text = utterance.text
    command = _COMMAND.match(text)
    if _ASKED.search(text) or (command is None and not _SENTENCE.search(text)):
        return []
    person = dues_orders.person_at(utterance, command.end() if command else 0)
    target = _TARGET.search(text, person[1]) if person else None
    if person is None or target is None:
        return []
    name, end = person
    months = dues_orders.months_of(text[end : target.start()], utterance.now.date())
    amount = _SUM.search(text[end : target.start()])
    to_name, to_month, rest = _target(utterance, target.end())
    if not (to_name or to_month):
        return []
    slots = MoveSlots(
        name,
        months[0] if len(months) == 1 else None,
        to_name,
        to_month,
        parse_yuan(amount[1]) if amount else None,
        rest.strip(" ，。:"),
    )
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def _target(utterance: Utterance, start: int) -> tuple[str, Month | None, str]:
    """Read 4月, 李四 or 李四4月, and what stands behind it."""
    text, today, name, end = utterance.text, utterance.now.date(), "", start
    month, length = dues_orders.leading_month(text[start:], today)
    if month is None:
        person = dues_orders.person_at(utterance, start)
        if person is None:
            return "", None, text[start:]
        name, end = person
        month, length = dues_orders.leading_month(text[end:].removeprefix("的"), today)
        end += text[end:].startswith("的") and bool(length)
    return name, month, text[end + length :].removeprefix("党费")


def handle(slots: MoveSlots, context: Context) -> Reply:
    """Show what would be moved; nothing is written yet."""
    if slots.month is None or not slots.reason:
        raise DomainError(WRITE_SO)
    return resume(
        {
            "names": [slots.name, *([slots.to_name] if slots.to_name else [])],
            "month": str(slots.month),
            "to_month": str(slots.to_month or slots.month),
            "fen": slots.fen,
            "reason": slots.reason,
        },
        context,
    )


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show it once it is clear whose; write it once it was confirmed."""
    if "move" in kept:
        return _move(kept["move"], context)
    months = [kept["month"], kept["to_month"]]
    found = payers(context, "dues_move", kept["names"], kept, dues_of=months)
    if isinstance(found, Reply):
        return found
    drafted = dues_amendments.draft_move(
        context.session,
        source=(found[0].id, Month.parse(kept["month"])),
        target=(found[-1].id, Month.parse(kept["to_month"])),
        fen=kept["fen"],
        reason=kept["reason"],
        by=context.actor,
    )
    alone = drafted.source.member_id == drafted.target.member_id
    text = say(
        PREVIEW,
        handed=private(HANDED_UP if drafted.remitted else ""),
        confirm=CONFIRM_ONE if alone else CONFIRM_TWO,
        **_move_facts(drafted, context),
    )
    kept = {
        "source": stored(drafted.source),
        "target": stored(drafted.target),
        "fen": drafted.fen,
        "reason": drafted.reason,
        "remitted": drafted.remitted,
    }
    return preview(context, "dues_move", None if alone else 2, {"move": kept}, text)


def _move(kept: Mapping[str, Any], context: Context) -> Reply:
    wanted = Move(
        loaded(kept["source"]),
        loaded(kept["target"]),
        kept["fen"],
        kept["reason"],
        kept["remitted"],
    )
    dues_amendments.move(context.session, wanted, by=context.actor, now=context.now)
    bar(context, "改记党费", NOT_BACK)
    facts = _move_facts(wanted, context)
    if wanted.source.member_id == wanted.target.member_id:
        letters = [(wanted.source, TOLD_MOVED)]
    else:
        letters = [(wanted.source, TOLD_LESS), (wanted.target, TOLD_MORE)]
    year = context.today.year
    send = tuple(
        ToMember(
            place.member_id,
            say(
                words,
                name=place.name,
                month=private(month_words(place.month, year)),
                from_month=private(month_words(wanted.source.month, year)),
                to_month=private(month_words(wanted.target.month, year)),
                by=context.actor.name,
                **facts,
            ),
            f"moved:{context.inbound_id}:{place.member_id}",
        )
        for place, words in letters
    )
    return Reply(say(MOVED, **facts), send=send)


def _move_facts(wanted: Move, context: Context) -> dict[str, Any]:
    return {
        "source": private(place_words(wanted.source, context.today.year)),
        "target": private(place_words(wanted.target, context.today.year)),
        "amount": private(yuan(wanted.fen)),
        "reason": private(wanted.reason),
    }


INTENT = Intent(
    name="dues_move",
    title="改记党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
