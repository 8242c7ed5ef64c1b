"""Weak organisations and premises, for officers (薄弱排查, 薄弱名单, 阵地).

Example:
    街道专干: 阵地 西后街社区 499.9平方米 租用
    » ✓ 西后街社区的活动场所已登记：499.9平方米（租用），没有达到500平方米。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.privacy import Fact, FactKind, Text, event, join, say
from bot.domain.rights import Action
from bot.domain.weak_branches import Mode, Need, area_words, read_area
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import is_order, nearest_day
from bot.inbound.utterance import Utterance
from bot.services import people, scopes, weak_branches
from bot.services.weak_branches import Housed, Screened

SCREENED = "✓ {unit}{year}年的排查已登记（{day}）：{found}。{next}打错了回复 撤销"
ALL_MET, MISSING = "三有一化都有", "没有{needs}"
RECTIFIED = "原来没有的都补上了，记为整顿好了。"
PLAN = "整顿的事要落到人和日子，请{unit}的书记发：问题 整顿活动场所 姓名 9月30日前。"
HOUSED = "✓ {unit}的活动场所已登记：{now}{before}，{fits}。打错了回复 撤销"
BEFORE = "（原来{area}平方米）"
FITS, SHORT = "达到{n}平方米", "没有达到{n}平方米"
WEAK_HEAD = "{unit}{year}年排查了{n}个，还有短板的{weak}个，整顿好了的{done}个。"
WEAK_LINE, DONE_LINE = "{unit}：没有{needs}", "{unit}：整顿好了（{day}）"
NONE_SCREENED = "{unit}{year}年还没有登记过排查。登记请发：薄弱排查 西后街社区 没有场所"
HOUSE_HEAD = "{unit}登记了{n}处活动场所，达到{standard}平方米以上的{k}处。"
SHORT_LINE = "{unit} {area}，没有达到"
NO_HOUSES = "{unit}还没有登记过活动场所。登记请发：阵地 西后街社区 480.5平方米 租用"
WHICH = "没看懂哪几样没有。请写：都有，或者没有 人、钱、场所、区域化 中的几样。"


@dataclass(frozen=True, slots=True)
class ScreenSlots:
    """What a screening has found: `missing` None where it could not be read."""

    unit: str
    missing: tuple[Need, ...] | None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class HouseSlots:
    """Premises of a unit, as written."""

    unit: str
    area: str
    mode: Mode
    day: date | None = None


@dataclass(frozen=True, slots=True)
class WeakSlots:
    """A question for the weak ones of a year; None for this one."""

    year: int | None = None


@dataclass(frozen=True, slots=True)
class HousesSlots:
    """A question for the premises."""


SCREEN_EXAMPLES = (
    "薄弱排查 西后街社区 没有场所、区域化",
    "薄弱排查 三支部 都有",
    "薄弱排查 西后街社区 没有场所 3月10日",
)
SCREEN_SILENT = ("薄弱排查怎么做", "排查安全隐患")
HOUSE_EXAMPLES = ("阵地 西后街社区 480.5平方米 租用", "阵地 西后街社区 500平方米 自有 3月1日")
HOUSE_SILENT = ("阵地建设得怎么样", "阵地 多大")
WEAK_EXAMPLES = ("薄弱名单", "薄弱名单 2025年")
WEAK_SILENT = ("薄弱名单有谁吗", "名单")
HOUSES_EXAMPLES = ("阵地", "阵地清单")
HOUSES_SILENT = ("阵地在哪", "我们的阵地")

_SAID = {"人": Need.PEOPLE, "钱": Need.MONEY, "场所": Need.PREMISES, "区域化": Need.JOINT}
_UNIT = r"(?P<unit>[^\s，。:]{2,24})"
_SCREEN = re.compile(rf"薄弱排查\s{_UNIT}\s(?P<rest>\S.*)")
_HOUSE = re.compile(
    rf"阵地\s{_UNIT}\s(?P<area>[\d.]+)\s?(?:平方米|平米|㎡|平)"
    rf"(?:[\s，])(?P<mode>{'|'.join(mode.value for mode in Mode)})(?P<rest>[\s，].*)?"
)
_WEAK = re.compile(r"(?:看|查)?薄弱(?:名单|支部名单|清单)(?:\s(?P<year>20\d\d)年?)?")
_HOUSES = re.compile(r"(?:看|查)?阵地(?:清单|名单|情况)?")
_PARTS = re.compile(r"[、，,和及\s]+")


def recognise_screen(utterance: Utterance) -> list[Reading]:
    """Recognise 薄弱排查, a unit and what is missing (`EXACT`), said to the bot."""
    found = _SCREEN.fullmatch(utterance.text)
    if found is None or not is_order(utterance, with_reason=True):
        return []
    rest = found["rest"]
    for span in utterance.dates:
        rest = rest.replace(utterance.text[span.start : span.end], "")
    slots = ScreenSlots(found["unit"], _missing(rest), nearest_day(utterance))
    return _exact(slots, utterance)


def recognise_house(utterance: Utterance) -> list[Reading]:
    """Recognise 阵地, a unit, an area and how it is held (`EXACT`), said to the bot."""
    found = _HOUSE.fullmatch(utterance.text)
    if found is None or not is_order(utterance, with_reason=True):
        return []
    start = found.start("rest") if found["rest"] else len(utterance.text)
    day = nearest_day(utterance, start)
    return _exact(HouseSlots(found["unit"], found["area"], Mode(found["mode"]), day), utterance)


def recognise_weak(utterance: Utterance) -> list[Reading]:
    """Recognise 薄弱名单 with a year (`EXACT`), said to the bot."""
    found = _WEAK.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    return _exact(WeakSlots(int(found["year"]) if found["year"] else None), utterance)


def recognise_houses(utterance: Utterance) -> list[Reading]:
    """Recognise 阵地 alone (`EXACT`), said to the bot."""
    if _HOUSES.fullmatch(utterance.text) is None or not is_order(utterance):
        return []
    return _exact(HousesSlots(), utterance)


def handle_screen(slots: ScreenSlots, context: Context) -> Reply:
    """Write down what a screening has found."""
    session, actor = context.session, context.actor
    unit_id = scopes.unit_meant(session, actor, Action.MANAGE_UNITS, slots.unit)
    if slots.missing is None:
        return Reply(Text(WHICH))
    day = slots.day or context.today
    missing = slots.missing
    found = weak_branches.screen(
        session,
        unit_id,
        [need for need in Need if need not in missing],
        year=day.year,
        on=day,
        by=actor,
        now=context.arrived_at,
    )
    told = MISSING.format(needs=_needs(missing)) if missing else ALL_MET
    after = PLAN.format(unit=found.unit) if missing else RECTIFIED if found.rectified else ""
    text = say(
        SCREENED,
        unit=event(found.unit),
        year=day.year,
        day=day_words(day),
        found=_fact(told),
        next=_fact(after),
    )
    return Reply(text)


def handle_house(slots: HouseSlots, context: Context) -> Reply:
    """Write down the premises of a unit."""
    session, actor = context.session, context.actor
    unit_id = scopes.unit_meant(session, actor, Action.MANAGE_UNITS, slots.unit)
    day = slots.day or context.today
    found = weak_branches.house(
        session,
        unit_id,
        read_area(slots.area),
        slots.mode,
        on=day,
        by=actor,
        now=context.arrived_at,
    )
    before = found.premises[-2:-1]
    standard = regulations.number("supervision.premises", day)
    text = say(
        HOUSED,
        unit=event(found.unit),
        now=_fact(found.premises[-1].words),
        before=_fact(BEFORE.format(area=area_words(before[0].area)) if before else ""),
        fits=_fact((FITS if found.fits else SHORT).format(n=standard)),
    )
    return Reply(text)


def handle_weak(slots: WeakSlots, context: Context) -> Reply:
    """List who was found weak in a year, and who is no longer."""
    unit_id = people.scope_of(context.actor, Action.MANAGE_UNITS, "薄弱名单")
    unit, year = scopes.name_of(context.session, unit_id), slots.year or context.today.year
    found = weak_branches.list_screened(context.session, unit_id, year, by=context.actor)
    if not found:
        return Reply(say(NONE_SCREENED, unit=event(unit), year=year))
    weak = [one for one in found if one.is_weak]
    done = [one for one in found if one.rectified]
    head = say(WEAK_HEAD, unit=event(unit), year=year, n=len(found), weak=len(weak), done=len(done))
    return Reply(join(head, *map(_weak_line, weak), *map(_done_line, done)))


def handle_houses(_slots: HousesSlots, context: Context) -> Reply:
    """Tell how many premises have the area of the standard, and which have not."""
    unit_id = people.scope_of(context.actor, Action.MANAGE_UNITS, "阵地清单")
    unit, today = scopes.name_of(context.session, unit_id), day_of(context.now)
    found = weak_branches.list_housed(context.session, unit_id, today, by=context.actor)
    if not found:
        return Reply(say(NO_HOUSES, unit=event(unit)))
    head = say(
        HOUSE_HEAD,
        unit=event(unit),
        n=len(found),
        k=sum(one.fits for one in found),
        standard=regulations.number("supervision.premises", today),
    )
    return Reply(join(head, *(_short_line(one) for one in found if not one.fits)))


def _missing(rest: str) -> tuple[Need, ...] | None:
    """Return what is missing; None where the words are not all understood."""
    words = rest.strip(" ，。")
    if words in ("都有", "全有", "没有短板"):
        return ()
    if not words.startswith("没有"):
        return None
    parts = [part for part in _PARTS.split(words.removeprefix("没有")) if part]
    if not parts or any(part not in _SAID for part in parts):
        return None
    said = {_SAID[part] for part in parts}
    return tuple(need for need in Need if need in said)


def _weak_line(one: Screened) -> Text:
    needs = _needs(one.screenings[-1].missing)
    return say(WEAK_LINE, unit=event(one.unit), needs=_fact(needs))


def _done_line(one: Screened) -> Text:
    day = day_words(one.screenings[-1].on)
    return say(DONE_LINE, unit=event(one.unit), day=_fact(day))


def _short_line(one: Housed) -> Text:
    return say(SHORT_LINE, unit=event(one.unit), area=_fact(one.premises[-1].words))


def _needs(needs: Sequence[Need]) -> str:
    return "、".join(need.value.removeprefix("有") for need in needs)


def _exact(slots: object, utterance: Utterance) -> list[Reading]:
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _fact(words: str) -> Fact:
    return Fact(FactKind.SUPERVISION, words)


SCREEN = Intent(
    name="weak_screening",
    title="登记薄弱排查",
    recognise=recognise_screen,
    handle=handle_screen,
    examples=SCREEN_EXAMPLES,
    silent=SCREEN_SILENT,
    for_secretaries=True,
)
HOUSE = Intent(
    name="premises",
    title="登记活动场所",
    recognise=recognise_house,
    handle=handle_house,
    examples=HOUSE_EXAMPLES,
    silent=HOUSE_SILENT,
    for_secretaries=True,
)
WEAK = Intent(
    name="weak_list",
    title="看薄弱名单",
    recognise=recognise_weak,
    handle=handle_weak,
    examples=WEAK_EXAMPLES,
    silent=WEAK_SILENT,
    for_secretaries=True,
)
HOUSES = Intent(
    name="premises_list",
    title="看活动场所",
    recognise=recognise_houses,
    handle=handle_houses,
    examples=HOUSES_EXAMPLES,
    silent=HOUSES_SILENT,
    for_secretaries=True,
)
