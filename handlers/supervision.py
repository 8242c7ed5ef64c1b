"""Checks of branches and the rows behind each number (督导 三支部 3月, 督导明细, 冻结督导 2025年).

Example:
    李书记: 督导 3月
    » 第三党支部 2026年3月月督导：主题党日0/1，支委会1/1，会议记录确认0/1，党费没登记3。
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.privacy import Fact, FactKind, Text, event, join, say
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.supervision import Check, CheckKind, Indicator, Row, Shown, check_at
from bot.inbound.check_words import read_check
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, telling
from bot.inbound.roll_words import is_order
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import people, scopes, supervision
from bot.services.reads import Read
from bot.services.supervision_rows import Result
from bot.services.trial import try_out

ONE = "{unit} {title}{frozen}：{facts}。"
FROZEN = "（已冻结）"
TABLE = "{title}，{n}个支部，按名册顺序："
LINE = "{unit}：{facts}"
DRILL_HOW = "看一项的明细请发：督导明细 {unit} {when} {indicator}"
DRILL = "{unit} {title} {number}"
DONE_ROWS, GAP_ROWS = "有的：{rows}", "缺的：{rows}"
CORRECTED = "更正过，原因：{reason}"
NOTHING = "没有要看的。"
NO_SUCH = "{title}不看{indicator}，看的有：{known}"
NO_BRANCHES = "{title}里还没有支部。"
NOT_YET = "{title}还没到，请核对时间。"
FREEZE_PREVIEW = "将冻结{unit}{year}年的督导：{n}次的数字按现在的台账定住，以后只附更正。\n回复 确认 冻结，回复 取消 作罢"
FROZEN_DONE = (
    "✓ {unit}{year}年的督导已冻结，{n}次。以后改数请发：督导更正 支部 {year}年 主题党日 12 原因"
)
FROZEN_ALREADY = "{unit}{year}年的督导早已冻结，数字没有变。"
CORRECT_DONE = "✓ 已更正：{unit} {title} {number}。原来的数也留着。"
SIGNALS = "{title}里值得去看一下的（只是事实，不是结论）："
SIGNAL = "{unit} {signal}：{words}"
NO_SIGNALS = "{title}里没有记录文字相同、一分钟内登记完、缺确认记录的会。"
_MOST = 20


@dataclass(frozen=True, slots=True)
class CheckSlots:
    """A question for a check; `indicator` where only its rows are asked for."""

    when: str
    unit: str | None = None
    indicator: Indicator | None = None


@dataclass(frozen=True, slots=True)
class FreezeSlots:
    """An order to fix the numbers of a year."""

    year: int
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectSlots:
    """A correction of a number that was fixed."""

    when: str
    indicator: Indicator
    done: int
    reason: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class SignalSlots:
    """A question what stands out in a stretch."""

    when: str
    unit: str | None = None


CHECK_EXAMPLES = (
    "督导",
    "督导 3月",
    "督导 三支部 一季度",
    "督导 2025年",
    "督导 上半年",
    "督导明细 三支部 3月 主题党日",
)
CHECK_SILENT = ("督导组什么时候来", "督导 几点开会", "督导完了")
FREEZE_EXAMPLES = ("冻结督导 2025年",)
FREEZE_SILENT = ("冻结了吗", "冻结督导是什么意思")
CORRECT_EXAMPLES = ("督导更正 三支部 2025年 主题党日 12 补了纸质记录",)
CORRECT_SILENT = ("督导更正怎么发", "更正 3月 38")
SIGNAL_EXAMPLES = ("督导线索 3月", "督导线索 一季度", "督导线索")
SIGNAL_SILENT = ("有什么线索", "督导线索是什么意思")

_INDICATORS = "|".join(sorted((ind.value for ind in Indicator), key=len, reverse=True))
_CHECK = re.compile(
    rf"(?:看|查|看一下)?督导(?P<drill>明细)?(?P<when>(?:\s[^\s]+?)??)(?:\s(?P<ind>{_INDICATORS}))?"
)
_FREEZE = re.compile(r"冻结督导\s(?P<year>20\d\d)年?")
_CORRECT = re.compile(
    rf"督导更正\s(?P<when>[^\s]+)\s(?P<ind>{_INDICATORS})\s(?P<done>\d{{1,4}})\s(?P<reason>\S.*)"
)
_SIGNAL = re.compile(r"(?:看|查|看一下)?督导线索(?P<when>(?:\s[^\s]+)?)")


def recognise_check(utterance: Utterance) -> list[Reading]:
    """Recognise 督导 with a branch and a stretch of time (`EXACT`), said to the bot."""
    found, unit = _found(_CHECK, utterance)
    if found is None or _read(found["when"], utterance) is None:
        return []
    if bool(found["drill"]) != bool(found["ind"]):
        return []
    indicator = Indicator(found["ind"]) if found["ind"] else None
    return _exact(CheckSlots(found["when"].strip(), unit, indicator), utterance)


def recognise_freeze(utterance: Utterance) -> list[Reading]:
    """Recognise 冻结督导 and a year (`EXACT`), said to the bot."""
    found, unit = _found(_FREEZE, utterance)
    return [] if found is None else _exact(FreezeSlots(int(found["year"]), unit), utterance)


def recognise_correct(utterance: Utterance) -> list[Reading]:
    """Recognise 督导更正 with branch, stretch, indicator, number and reason (`EXACT`)."""
    found, unit = _found(_CORRECT, utterance)
    if found is None or _read(found["when"], utterance) is None:
        return []
    slots = CorrectSlots(
        found["when"], Indicator(found["ind"]), int(found["done"]), found["reason"], unit
    )
    return _exact(slots, utterance)


def recognise_signals(utterance: Utterance) -> list[Reading]:
    """Recognise 督导线索 and a stretch of time (`EXACT`), said to the bot."""
    found, unit = _found(_SIGNAL, utterance)
    if found is None or _read(found["when"], utterance) is None:
        return []
    return _exact(SignalSlots(found["when"].strip(), unit), utterance)


def handle_check(slots: CheckSlots, context: Context) -> Reply:
    """Tell what a check shows of one branch, or of all branches of an officer; or the rows."""
    check = _check(slots.when, context)
    if check.first > context.today:
        return Reply(say(NOT_YET, title=check.title))
    unit_id = _unit(slots.unit, context)
    if supervision.is_branch(context.session, unit_id):
        result = supervision.look(
            context.session, unit_id, check, by=context.actor, now=context.arrived_at
        )
        if slots.indicator is None:
            return Reply(_one(result))
        told = [Read(Seen.DUES, unit_id)] if slots.indicator is Indicator.DUES else []
        return telling(Reply(_drill(result, slots.indicator)), *told)
    found = supervision.compare(
        context.session, unit_id, check, by=context.actor, now=context.arrived_at
    )
    if not found:
        return Reply(say(NO_BRANCHES, title=check.title))
    lines = [
        say(LINE, unit=event(result.unit), facts=_fact(_facts(result.shown))) for result in found
    ]
    return Reply(join(say(TABLE, title=check.title, n=len(found)), *lines))


def handle_freeze(slots: FreezeSlots, context: Context) -> Reply:
    """Show what would be fixed."""
    unit_id = _officers_unit(slots.unit, context)
    return resume_freeze({"unit": unit_id, "year": slots.year}, context)


def resume_freeze(kept: Mapping[str, Any], context: Context) -> Reply:
    """Fix the numbers of the year once it was confirmed."""
    unit_id, year = UnitId(kept["unit"]), kept["year"]
    unit = scopes.name_of(context.session, unit_id)
    counted: list[int] = []

    def freeze() -> None:
        counted.append(
            supervision.freeze(
                context.session, unit_id, year, by=context.actor, now=context.arrived_at
            )
        )

    if "sure" not in kept:
        try_out(context.session, freeze)
        if not counted[0]:
            return Reply(say(FROZEN_ALREADY, unit=event(unit), year=year))
        text = say(FREEZE_PREVIEW, unit=event(unit), year=year, n=counted[0])
        return preview(context, FREEZE.name, None, {**kept, "sure": True}, text)
    freeze()
    return Reply(say(FROZEN_DONE, unit=event(unit), year=year, n=counted[0]))


def handle_correct(slots: CorrectSlots, context: Context) -> Reply:
    """Correct a number that was fixed, with the reason."""
    check = _check(slots.when, context)
    unit_id = _unit(slots.unit, context)
    found = supervision.correct(
        context.session,
        unit_id,
        check,
        slots.indicator,
        slots.done,
        reason=slots.reason,
        by=context.actor,
        now=context.arrived_at,
    )
    unit = scopes.name_of(context.session, unit_id)
    text = say(CORRECT_DONE, unit=event(unit), title=check.title, number=_fact(found.words))
    return Reply(text)


def handle_signals(slots: SignalSlots, context: Context) -> Reply:
    """Tell what stands out in the records, as facts."""
    check = _check(slots.when, context)
    unit_id = _officers_unit(slots.unit, context)
    found = supervision.formality(
        context.session, unit_id, check, by=context.actor, now=context.arrived_at
    )
    if not found:
        return Reply(say(NO_SIGNALS, title=check.title))
    names = scopes.names_of(context.session, list(found))
    lines = [
        say(
            SIGNAL,
            unit=event(names[unit]),
            signal=one.signal.value,
            words=_fact(one.words),
        )
        for unit, own in found.items()
        for one in own
    ]
    return Reply(join(say(SIGNALS, title=check.title), *lines[:_MOST]))


def _one(result: Result) -> Text:
    open_ = next((n.indicator for n in result.shown if n.is_open), None)
    text = say(
        ONE,
        unit=event(result.unit),
        title=result.check.title,
        frozen=FROZEN if result.frozen_at else "",
        facts=_fact(_facts(result.shown)),
    )
    if open_ is None:
        return text
    when = result.check.when
    how = say(DRILL_HOW, unit=event(result.unit), when=when, indicator=open_.value)
    return join(text, how)


def _drill(result: Result, indicator: Indicator) -> Text:
    number = next((n for n in result.shown if n.indicator is indicator), None)
    if number is None:
        known = "、".join(n.indicator.value for n in result.shown)
        return say(NO_SUCH, title=result.check.title, indicator=indicator.value, known=known)
    lines = [
        say(
            DRILL,
            unit=event(result.unit),
            title=result.check.title,
            number=_fact(number.words),
        )
    ]
    for template, rows in ((DONE_ROWS, number.rows), (GAP_ROWS, number.gaps)):
        if rows:
            lines.append(say(template, rows=_fact(_rows(rows))))
    if number.corrected:
        lines.append(say(CORRECTED, reason=_fact(number.corrected)))
    return join(*lines)


def _rows(rows: Sequence[Row]) -> str:
    more = f"等{len(rows)}条" if len(rows) > _MOST else ""
    return "、".join(row.words for row in rows[:_MOST]) + more


def _facts(numbers: Sequence[Shown]) -> str:
    return "，".join(number.words for number in numbers) or NOTHING


def _unit(named: str | None, context: Context) -> UnitId:
    """Return the unit meant: the one named, an officer's own, else the branch one keeps."""
    if named is not None:
        return scopes.unit_meant(context.session, context.actor, Action.MANAGE_ROLL, named)
    if holds(context.actor, Action.MANAGE_UNITS):
        return people.scope_of(context.actor, Action.MANAGE_UNITS)
    return people.scope_of(context.actor, Action.MANAGE_ROLL, "看督导")


def _officers_unit(named: str | None, context: Context) -> UnitId:
    if named is not None:
        return scopes.unit_meant(context.session, context.actor, Action.MANAGE_UNITS, named)
    return people.scope_of(context.actor, Action.MANAGE_UNITS, "督导")


def _check(when: str, context: Context) -> Check:
    found = read_check(when, context.today)
    return found or check_at(CheckKind.MONTH, context.today)


def _read(when: str, utterance: Utterance) -> Check | None:
    return read_check(when, _today(utterance))


def _today(utterance: Utterance) -> date:
    return day_of(utterance.now)


def _found(
    pattern: re.Pattern[str], utterance: Utterance
) -> tuple[re.Match[str] | None, str | None]:
    text, unit = split_unit(utterance.text)
    found = pattern.fullmatch(" ".join(text.split()))
    return (found if is_order(utterance, with_reason=True) else None), unit


def _exact(slots: object, utterance: Utterance) -> list[Reading]:
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _fact(words: str) -> Fact:
    return Fact(FactKind.SUPERVISION, words)


CHECK = Intent(
    name="supervision_check",
    title="看督导",
    recognise=recognise_check,
    handle=handle_check,
    examples=CHECK_EXAMPLES,
    silent=CHECK_SILENT,
    for_secretaries=True,
)
FREEZE = Intent(
    name="supervision_freeze",
    title="冻结一年的督导",
    recognise=recognise_freeze,
    handle=handle_freeze,
    resume=resume_freeze,
    examples=FREEZE_EXAMPLES,
    silent=FREEZE_SILENT,
    for_secretaries=True,
)
CORRECT = Intent(
    name="supervision_correct",
    title="更正冻结的督导",
    recognise=recognise_correct,
    handle=handle_correct,
    examples=CORRECT_EXAMPLES,
    silent=CORRECT_SILENT,
    for_secretaries=True,
)
SIGNALS_INTENT = Intent(
    name="supervision_signals",
    title="看督导线索",
    recognise=recognise_signals,
    handle=handle_signals,
    examples=SIGNAL_EXAMPLES,
    silent=SIGNAL_SILENT,
    for_secretaries=True,
)
