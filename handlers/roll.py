"""The roll as of any day, and what changed in it (名册 3月1日, 名册变动 一季度).

Example:
    李书记: 名册变动 3月
    » 第三党支部 3月1日–3月12日：期初8＋新增1＋转入0−转出1−出党0−去世0＝期末8。
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll import CHANGE_NAMES, CODE_WORDS, Standing
from bot.domain.turnover import Turnover
from bot.domain.wording import day_words, names_words, with_note
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import is_order, nearest_day
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import people, roll_lists, scopes, turnover
from bot.services.people import Person
from bot.services.reads import Read
from bot.services.turnover import Listed, Movement

FIGURES = (
    "{unit} {first}–{last}：期初{opening}＋新增{new}＋转入{came_in}−转出{went_out}"
    "−出党{left}−去世{died}＝期末{closing}。"
)
INCLUDED = "期初里有{n}人是这段日子里才纳入的。"
SINCE = "{day}以前的不算在内。"
LINE = "{what}：{names}"
CHANGES = "登记的变动：\n{lines}"
MOST_CHANGES = 20
MORE = "…等{n}条，请写短一点的日期再看，例如：名册变动 3月"
HEAD = "{unit} {day}名册，{n}人："
NOBODY = "{unit} {day}名册上没有人。"
EXAMPLE = "名册 3月1日 {unit}"
NO_DAY = "名册只能看今天和以前的日子，请核对日期。"
WHICH_DAYS = (
    "没看懂是哪段日子。请这样写：名册变动 3月，名册变动 一季度，名册变动 2025年，"
    "名册变动 1月1日到3月12日"
)
TO_COME = "{day}还没到，名册变动只能看今天和以前的日子，请核对。"


@dataclass(frozen=True, slots=True)
class MovementSlots:
    """A question for the identity.

    Attributes:
        first, last: The days asked about, both included; None for this year so far.
        unit: As written.
        unread: Whether something was written that names no days.
    """

    first: date | None = None
    last: date | None = None
    unit: str | None = None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class RollSlots:
    """A question for the roll of a day; None for today."""

    day: date | None = None
    unit: str | None = None


MOVEMENT_EXAMPLES = (
    "名册变动",
    "名册变动 3月",
    "名册变动 一季度 三支部",
    "名册变动 1月1日到3月12日",
    "看一下名册变动",
)
MOVEMENT_SILENT = ("名册变动怎么看", "名册没变动", "名单")
ROLL_EXAMPLES = ("名册", "名册 3月1日", "名册 3月1日 三支部", "党员名册", "查名册 去年12月31日")
ROLL_SILENT = ("名单", "名册在哪里", "名册发给谁", "花名册放桌上了")

_MOVEMENT = re.compile(
    r"(?:请|帮我)?(?:查|看|查一下|看一下|查看)?名册的?变动(?:情况)?(?P<rest>[\s:].*)?"
)
_ROLL = re.compile(r"(?:请|帮我)?(?:查|看|查一下|看一下|查看)?(?:党员)?名册(?P<rest>[\s:].*)?")
_SPARE = re.compile(r"[\s:，、到至\-~—–年度季]")
_UNIT = re.compile(r"(?<=[\s，])[^\s，。:]{0,24}(?:支部|总支|党委|小组|社区|街道)(?=[\s，]|$)")
_YEAR = re.compile(r"(?P<named>去年|今年|本年|前年|明年)|(?P<number>\d{4}|\d{2})年")
_YEARS_OFF = {"前年": -2, "去年": -1, "今年": 0, "本年": 0, "明年": 1}
_JOINED = re.compile(r"[到至~—–-]")


def recognise_movement(utterance: Utterance) -> list[Reading]:
    """Recognise 名册变动 with days and a unit (`EXACT`)."""
    found = _MOVEMENT.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    rest, start = found["rest"] or "", found.end() - len(found["rest"] or "")
    unit = _UNIT.search(rest)
    if unit is not None:
        rest = rest[: unit.start()] + " " * len(unit[0]) + rest[unit.end() :]
    first, last, unread = _days(utterance, rest, start)
    slots = MovementSlots(first, last, unit[0] if unit else None, unread)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_roll(utterance: Utterance) -> list[Reading]:
    """Recognise 名册 with a day and a unit and nothing else (`EXACT`)."""
    found = _ROLL.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    rest, unit = split_unit(found["rest"] or "")
    for span in utterance.dates:
        rest = rest.replace(utterance.text[span.start : span.end], "")
    if _SPARE.sub("", rest):
        return []
    slots = RollSlots(nearest_day(utterance), unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _days(utterance: Utterance, rest: str, start: int) -> tuple[date | None, date | None, bool]:
    """Return (first day, last day, whether something is left unread) of the words from a place on.

    One stretch is one period: a day or days, else months, else a year.
    """
    end = start + len(rest)
    dates = [span for span in utterance.past_dates if start <= span.start and span.end <= end]
    months = [span for span in utterance.months if start <= span.start and span.end <= end]
    years = list(_YEAR.finditer(rest))
    if dates and isinstance(dates[0].value, tuple):
        (first, last), spans = dates[0].value, [(dates[0].start, dates[0].end)]
    elif dates and isinstance(dates[0].value, date):
        first, last, spans = dates[0].value, dates[0].value, [(dates[0].start, dates[0].end)]
        if _JOINED.search(utterance.text[dates[0].start : dates[0].end]):
            return None, None, True  # 3月12日到1月1日
    elif months:
        named = cast("tuple[Month, ...]", months[0].value)
        first, last, spans = named[0].first, named[-1].last, [(months[0].start, months[0].end)]
    elif len(years) == 1:
        year = _year(years[0], day_of(utterance.now).year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        spans = [(start + years[0].start(), start + years[0].end())]
    else:
        return None, None, bool(_SPARE.sub("", rest))
    left = rest
    for begin, stop in spans:
        left = left[: begin - start] + " " * (stop - begin) + left[stop - start :]
    return first, last, bool(_SPARE.sub("", left))


def _year(found: re.Match[str], this: int) -> int:
    if found["named"]:
        return this + _YEARS_OFF[found["named"]]
    number = int(found["number"])
    return number if number > 99 else 2000 + number


def handle_movement(slots: MovementSlots, context: Context) -> Reply:
    """Tell the figures; names and changes only to those who keep the roll."""
    actor, today = context.actor, context.today
    if slots.unread:
        return Reply(Text(WHICH_DAYS))
    if slots.first is not None and slots.first > today:
        return Reply(say(TO_COME, day=_day(slots.first, today.year)))
    unit_id = scopes.unit_meant(context.session, actor, Action.VIEW_LISTS, slots.unit)
    first = slots.first or today.replace(month=1, day=1)
    last = min(slots.last or today, today)
    session, now = context.session, context.arrived_at
    found = turnover.movement(session, unit_id=unit_id, first=first, last=last, by=actor, now=now)
    lines = [_figures(found, today.year)]
    if slots.first is not None and slots.first < found.begins:
        lines.append(say(SINCE, day=_day(found.begins, today.year)))
    if found.figures.included and found.first > found.begins:
        lines.append(say(INCLUDED, n=count(len(found.figures.included))))
    if found.named:
        lines += _names(found)
        changes = turnover.list_changes(
            session, unit_id=unit_id, first=first, last=last, by=actor, now=now
        )
        lines += _changes(changes, today.year)
        return Reply(join(*lines), reads=(Read(Seen.MOVEMENTS, unit_id),))
    return Reply(join(*lines))


def handle_roll(slots: RollSlots, context: Context) -> Reply:
    """List the roll of a day, with where everybody stands, for those who keep it."""
    day = slots.day or context.today
    if day > context.today:
        return Reply(Text(NO_DAY))
    unit_id = scopes.branch_meant(
        context.session, context.actor, Action.MANAGE_ROLL, slots.unit, EXAMPLE
    )
    unit, found = roll_lists.list_roll(
        context.session, unit_id=unit_id, on=day, by=context.actor, now=context.arrived_at
    )
    words: dict[str, Fact | str | int] = {
        "unit": event(unit),
        "day": _day(day, context.today.year),
    }
    if not found:
        return Reply(say(NOBODY, **words))
    called = people.tell_apart([person for person, _ in found])
    names = "、".join(_with_notes(called, person, stands) for person, stands in found)
    head = say(HEAD, **words, n=count(len(found)))
    text = join(head, say("{names}", names=_roll(names)))
    return Reply(text, reads=(Read(Seen.ROLL, unit_id),))


def _with_notes(called: dict[MemberId, str], person: Person, stands: Standing) -> str:
    return with_note(called[person.id], "，".join(stands.notes))


def _figures(found: Movement, year: int) -> Text:
    figures = found.figures
    return say(
        FIGURES,
        unit=event(found.unit),
        first=_day(found.first, year),
        last=_day(found.last, year),
        opening=count(len(figures.opening)),
        new=count(len(figures.new)),
        came_in=count(len(figures.came_in)),
        went_out=count(len(figures.went_out)),
        left=count(len(figures.left)),
        died=count(len(figures.died)),
        closing=count(len(figures.closing)),
    )


def _groups(figures: Turnover) -> tuple[tuple[str, Sequence[MemberId]], ...]:
    return (
        ("新增", figures.new),
        ("转入", figures.came_in),
        ("转出", figures.went_out),
        ("出党", figures.left),
        ("去世", figures.died),
    )


def _names(found: Movement) -> list[Text]:
    return [
        say(LINE, what=what, names=_roll(names_words([found.names[m] for m in members])))
        for what, members in _groups(found.figures)
        if members
    ]


def _changes(changes: Sequence[Listed], year: int) -> list[Text]:
    if not changes:
        return []
    lines = [
        f"{_day(change.on, year)} {change.name} {CHANGE_NAMES[change.kind]}"
        + (f"（{CODE_WORDS[change.code]}）" if change.code else "")
        for change in changes[-MOST_CHANGES:]
    ]
    if len(changes) > MOST_CHANGES:
        lines.append(MORE.format(n=len(changes)))
    return [say(CHANGES, lines=_roll("\n".join(lines)))]


def _day(day: date, year: int) -> str:
    return day_words(day) if day.year == year else f"{day.year}年{day_words(day)}"


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)


MOVEMENT = Intent(
    name="roll_movement",
    title="名册变动",
    recognise=recognise_movement,
    handle=handle_movement,
    examples=MOVEMENT_EXAMPLES,
    silent=MOVEMENT_SILENT,
    for_secretaries=True,
)
ROLL = Intent(
    name="roll_of_day",
    title="看名册",
    recognise=recognise_roll,
    handle=handle_roll,
    examples=ROLL_EXAMPLES,
    silent=ROLL_SILENT,
    for_secretaries=True,
)
