"""Orders about letters of introduction (转出, 转入, 接收, 退回, 收回, 介绍信), as keepers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.periods import Month
from bot.inbound.intents import Reading, Strength
from bot.inbound.roll_words import NAME, is_order, month_of_dues, nearest_day
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance


@dataclass(frozen=True, slots=True)
class OutSlots:
    """A letter to be issued.

    Attributes:
        to: The destination as written.
        dues_until: The month of 党费交到.
        day: When it was issued; None for today.
    """

    name: str
    to: str
    dues_until: Month | None
    letter_no: str = ""
    days: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class InSlots:
    """Somebody who comes with a letter from outside."""

    name: str
    origin: str
    dues_until: Month | None
    unit: str | None = None
    probationary: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class AnswerSlots:
    """A letter is received, returned or withdrawn.

    Attributes:
        what: `receive`, `return` or `withdraw`.
        why: Why it is returned.
    """

    what: str
    name: str
    day: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """A question for the letters that wait; the unit as written."""

    unit: str | None = None


_GAP = r"[\s:]*"

_OUT = re.compile(
    rf"(?:登记)?转出{_GAP}{NAME}(?:同志)?\s*(?:转?到|去|至)\s*(?P<to>[^\s，。]{{2,40}})(?P<rest>[\s，].*)?"
    rf"|(?:请)?(?:把|将)?(?P<named>[一-鿿·]{{2,4}}?)(?:同志)?的?(?:党员)?组织关系转(?:出?到|去|至|往)\s?"
    r"(?P<place>[^\s，。]{2,40})(?P<more>[\s，].*)?"
)

_IN = re.compile(
    rf"(?:登记)?转入{_GAP}{NAME}(?:同志)?\s*(?:从|由|来自|原在)\s*(?P<origin>[^\s，。]{{2,40}})(?P<rest>[\s，].*)?"
)

_RECEIVE = re.compile(
    r"(?:确认)?接收\s?(?!.*预备)(?P<name>[一-鿿·]{2,4}?)(?:同志)?(?:的?(?:组织关系|介绍信))?(?:\s.*)?"
)

_RECEIPT = re.compile(r"(?:收到)?回执[\s:]+(?P<name>[一-鿿·]{2,4}?)(?:同志)?(?:\s.*)?")

_RETURN = re.compile(
    r"退回(?:介绍信)?[\s:]+(?P<name>[一-鿿·]{2,4}?)(?:同志)?(?:的(?:介绍信|组织关系))?(?:[\s，:]+(?P<why>.+))?"
)

_WITHDRAW = re.compile(r"收回(?:介绍信[\s:]+)(?P<name>[一-鿿·]{2,4}?)(?:同志)?")

_OPEN = re.compile(
    r"(?:请|看|看一下|查|查一下)?(?:没接收的介绍信|介绍信(?:情况|名单)?|(?:组织关系)?转接情况)(?P<rest>\s.*)?"
)

_NUMBER = re.compile(r"介绍信(?:编?号)?[\s:]*(?:第)?(?P<no>[0-9A-Za-z〔〕\[\]()\-]{2,30})号?")

_DAYS = re.compile(r"有效期?[\s:]*(?P<n>\d{1,3})\s?天")

_MEANT = (
    ("receive", _RECEIVE),
    ("receive", _RECEIPT),
    ("return", _RETURN),
    ("withdraw", _WITHDRAW),
)


def recognise_out(utterance: Utterance) -> list[Reading]:
    """Recognise 转出 somebody to somewhere (`EXACT`)."""
    found = _OUT.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    text = utterance.text
    number, days = _NUMBER.search(text), _DAYS.search(text)
    slots = OutSlots(
        name=found["name"] or found["named"],
        to=found["to"] or found["place"],
        dues_until=month_of_dues(utterance),
        letter_no=number["no"] if number else "",
        days=int(days["n"]) if days else None,
        day=nearest_day(utterance),
    )
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def recognise_in(utterance: Utterance) -> list[Reading]:
    """Recognise 转入 somebody from somewhere (`EXACT`)."""
    found = _IN.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    _, unit = split_unit((found["rest"] or "").replace("到 ", ""))
    slots = InSlots(
        name=found["name"],
        origin=found["origin"],
        dues_until=month_of_dues(utterance),
        unit=unit,
        probationary="预备" in (found["rest"] or ""),
        day=nearest_day(utterance),
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_answer(utterance: Utterance) -> list[Reading]:
    """Recognise 接收, 回执, 退回 and 收回介绍信 with a name (`EXACT`)."""
    for what, pattern in _MEANT:
        found = pattern.fullmatch(utterance.text)
        if found is None or not is_order(utterance, with_reason=what == "return"):
            continue
        if not _NOBODY.search(found["name"]):
            why = (found.groupdict().get("why") or "").strip(" ，。")
            slots = AnswerSlots(what, found["name"], nearest_day(utterance), why)
            return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]
    return []


_NOBODY = re.compile(r"文件|快递|通知|材料|邮件|单|表|钱|款|红包|介绍|组织")


def recognise_open(utterance: Utterance) -> list[Reading]:
    """Recognise a question for the letters that wait (`EXACT`)."""
    found = _OPEN.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    rest, unit = split_unit(found["rest"] or "")
    if rest.strip():
        return []
    return [Reading(OpenSlots(unit), Strength.EXACT, (0, len(utterance.text)))]
