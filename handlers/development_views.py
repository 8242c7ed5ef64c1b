"""What is on record of those who want to join (发展党员, 发展 赵新, 发展步骤, 发展统计 2026年).

Example:
    李书记: 发展 赵新
    » 赵新（第三党支部，发展登记1），入党申请：
      第1步 递交入党申请书 2026年3月1日
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.development import (
    CLOCKS,
    CaseAct,
    full_day,
    missing_materials,
    standing_entries,
)
from bot.domain.development_steps import OBSERVED_AT, PROSPECT, STEPS, TRAINED, step_of
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, say
from bot.domain.reads import Seen
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.development_words import read_look, step_in
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, telling
from bot.inbound.roll_words import is_order
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import development, development_due, development_totals, scopes
from bot.services.development import CaseView
from bot.services.reads import Read

HEAD = "{unit}正在发展{n}人："
NOBODY = "{unit}没有正在办的发展登记。新的请从第1步登记，例如：发展 赵新 第1步 3月1日"
LINE = "{name}{unit} {step}（{day}）{next}"
MOST = 20
MORE = "…还有{n}人，请写明支部再看"
ONE = "{name}（{unit}，发展登记{number}），{phase}："
STEP = "{step} {day}{note}"
OBSERVED = "考察{n}次，最近{day}"
POSTED = "公示到{day}"
EXTENDED = "预备期延长{n}个月"
ENDS = "预备期到{day}满"
CLOSED = "已终止（{why}，{day}）"
SKIPPED = "还没登记：{steps}"
PAPERS = "还没登记收到的材料：{papers}"
NEXT = "接下来：{limits}"
NO_CASE = "没有{name}的发展登记。新的请从第1步登记，例如：发展 {name} 第1步 3月1日"
STEPS_HEAD = "发展党员的25步（{source}）："
PHASE = "{phase}：{steps}"
STEPS_END = "看一步的材料和时间请发：发展步骤 第7步"
ONE_STEP = "{step}（{phase}）\n由谁定：{reviewer}\n材料：{papers}"
RULE = "时间：{text}（{citation}）"
TOTALS = "{unit}{year}年：发展党员{n}名，转正{m}名。"
IDENTITY = "名册：期初{opening}＋新增{new}＋转入{came_in}−转出{went_out}−出党{left}−去世{died}＝期末{closing}。"
NAMES = "{what}：{names}"
TO_COME = "{year}年还没到，请核对年份。"


@dataclass(frozen=True, slots=True)
class ListSlots:
    """A question for the cases of a unit, as written."""

    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LookSlots:
    """A question for somebody's case."""

    name: str


@dataclass(frozen=True, slots=True)
class StepsSlots:
    """A question for the steps; None for all of them."""

    step: int | None = None


@dataclass(frozen=True, slots=True)
class TotalsSlots:
    """A question how many were admitted and confirmed in a year; None for this one."""

    year: int | None = None
    unit: str | None = None


LIST_EXAMPLES = ("发展党员", "发展党员名单", "发展党员 三支部", "发展登记")
LIST_SILENT = ("发展党员要几步", "今年发展党员吗", "发展党员的会几点开")
LOOK_EXAMPLES = ("发展 赵新", "发展情况 赵新", "看发展 赵新")
LOOK_SILENT = ("发展经济", "发展 赵新可以吗")
STEPS_EXAMPLES = ("发展步骤", "发展步骤 第7步", "发展党员的步骤")
STEPS_SILENT = ("发展步骤太多了吧", "步骤发展到哪了")
TOTALS_EXAMPLES = ("发展统计", "发展统计 2026年", "发展党员统计 2026年 三支部")
TOTALS_SILENT = ("发展统计怎么填", "统计")

_LIST = re.compile(
    r"(?:请|帮我)?(?:看|查|看一下|查一下)?发展(?:\s?党员(?:名单|登记|情况)?|登记|名单)"
)
_STEPS = re.compile(r"(?:请|帮我)?(?:看|查|看一下|查一下)?发展(?:党员)?的?步骤(?P<rest>[\s:].*)?")
_TOTALS = re.compile(r"(?:请|帮我)?(?:看|查|看一下|查一下)?发展(?:党员)?统计(?P<rest>[\s:].*)?")
_YEAR = re.compile(r"\s?(?:(?P<number>20\d\d)年?|(?P<named>今年|去年))\s?")


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 发展党员 with a unit and nothing else (`EXACT`), said to the bot."""
    text, unit = split_unit(utterance.text)
    if _LIST.fullmatch(text.strip()) is None or not is_order(utterance):
        return []
    return _exact(ListSlots(unit), utterance)


def recognise_look(utterance: Utterance) -> list[Reading]:
    """Recognise 发展 and a name (`EXACT`), said to the bot."""
    name = read_look(utterance)
    return [] if name is None else _exact(LookSlots(name), utterance)


def recognise_steps(utterance: Utterance) -> list[Reading]:
    """Recognise 发展步骤 with a step or alone (`EXACT`), said to the bot."""
    found = _STEPS.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    step = step_in(found["rest"] or "")
    if found["rest"] and step is None:
        return []
    return _exact(StepsSlots(step), utterance)


def recognise_totals(utterance: Utterance) -> list[Reading]:
    """Recognise 发展统计 with a year and a unit (`EXACT`), said to the bot."""
    text, unit = split_unit(utterance.text)
    found = _TOTALS.fullmatch(text.strip())
    if found is None or not is_order(utterance):
        return []
    rest = (found["rest"] or "").strip()
    year = _YEAR.fullmatch(rest) if rest else None
    if rest and year is None:
        return []
    this = day_of(utterance.now).year
    number = None
    if year is not None:
        number = int(year["number"]) if year["number"] else this - (year["named"] == "去年")
    return _exact(TotalsSlots(number, unit), utterance)


def handle_list(slots: ListSlots, context: Context) -> Reply:
    """List the cases that go on, with what comes next."""
    session, actor = context.session, context.actor
    unit_id = development.unit_meant(session, actor, slots.unit)
    views = development.list_cases(session, unit_id, by=actor)
    unit = scopes.name_of(session, unit_id)
    if not views:
        return Reply(say(NOBODY, unit=event(unit)))
    several = len({view.unit_id for view in views}) > 1
    lines: list[Text | str] = [
        say(
            LINE,
            name=_fact(view.name),
            unit=f"（{view.unit}）" if several else "",
            step=step_of(view.case.at_step).title if view.case.at_step else "还没登记步骤",
            day=full_day(view.case.steps[view.case.at_step]) if view.case.at_step else "",
            next=_next(view, context.today),
        )
        for view in views[:MOST]
    ]
    if len(views) > MOST:
        lines.append(MORE.format(n=len(views) - MOST))
    head = say(HEAD, unit=event(unit), n=len(views))
    return telling(Reply(join(head, *lines)), Read(Seen.DEVELOPMENT, unit_id))


def handle_look(slots: LookSlots, context: Context) -> Reply:
    """Tell all that is on record of somebody's case, and what is missing."""
    views = development.find_by_name(context.session, slots.name, by=context.actor, closed=True)
    if not views:
        return Reply(say(NO_CASE, name=_fact(slots.name)))
    text = join(*(_case(view, context.today) for view in views))
    return telling(Reply(text), *(Read(Seen.DEVELOPMENT, view.unit_id) for view in views))


def handle_steps(slots: StepsSlots, context: Context) -> Reply:
    """Tell the steps, or one of them with papers and times."""
    if slots.step is not None:
        return Reply(Text(_one_step(slots.step, context.today)))
    source = regulations.on("development.steps", context.today).source
    phases = dict.fromkeys(step.phase for step in STEPS)
    lines = [
        PHASE.format(
            phase=phase.value,
            steps="，".join(f"{s.number} {s.done}" for s in STEPS if s.phase is phase),
        )
        for phase in phases
    ]
    return Reply(Text("\n".join((STEPS_HEAD.format(source=source), *lines, STEPS_END))))


def handle_totals(slots: TotalsSlots, context: Context) -> Reply:
    """Tell how many were admitted and confirmed, with the roll's identity and the names."""
    session, actor, today = context.session, context.actor, context.today
    year = slots.year or today.year
    if year > today.year:
        return Reply(say(TO_COME, year=year))
    unit_id = development.unit_meant(session, actor, slots.unit)
    last = min(date(year, 12, 31), today)
    found = development_totals.totals(session, unit_id, date(year, 1, 1), last, by=actor)
    roll = found.roll
    lines = [
        say(
            TOTALS,
            unit=event(found.unit),
            year=year,
            n=count(len(found.admitted)),
            m=count(len(found.confirmed)),
        ),
        say(
            IDENTITY,
            opening=len(roll.opening),
            new=len(roll.new),
            came_in=len(roll.came_in),
            went_out=len(roll.went_out),
            left=len(roll.left),
            died=len(roll.died),
            closing=len(roll.closing),
        ),
    ]
    for what, people in (("发展党员", found.admitted), ("转正", found.confirmed)):
        if people:
            names = names_words([name for _, name in people])
            lines.append(say(NAMES, what=what, names=_fact(names)))
    return telling(Reply(join(*lines)), Read(Seen.DEVELOPMENT, unit_id))


def _case(view: CaseView, today: date) -> Text:
    case = view.case
    notes = {
        entry.step: f"（{entry.amount}{entry.words}）"
        for entry in standing_entries(view.entries)
        if entry.act is CaseAct.STEP and entry.amount is not None
    }
    phase = step_of(case.at_step).phase.value if case.at_step else "还没登记步骤"
    lines = [ONE.format(name=view.name, unit=view.unit, number=view.number, phase=phase)]
    lines += [
        STEP.format(step=step_of(n).title, day=full_day(on), note=notes.get(n, ""))
        for n, on in sorted(case.steps.items())
    ]
    lines += _others(view)
    if case.skipped:
        lines.append(SKIPPED.format(steps="、".join(f"第{n}步" for n in case.skipped)))
    papers = [name for _, left in missing_materials(case) for name in left]
    if papers:
        lines.append(PAPERS.format(papers="、".join(papers)))
    limits = sorted(development_due.limits_of(view, today), key=lambda limit: limit.day)
    if limits:
        words = "，".join(limit.words for limit in limits)
        lines.append(NEXT.format(limits=words))
    return say("{lines}", lines=_fact("\n".join(lines)))


def _others(view: CaseView) -> list[str]:
    """Return what is on record besides steps."""
    case, lines = view.case, []
    if case.observed:
        lines.append(OBSERVED.format(n=len(case.observed), day=full_day(case.observed[-1])))
    if case.posted is not None:
        lines.append(POSTED.format(day=full_day(case.posted)))
    if case.extended:
        lines.append(EXTENDED.format(n=case.extended))
    if case.probation_ends is not None:
        lines.append(ENDS.format(day=full_day(case.probation_ends)))
    for entry in standing_entries(view.entries):
        if entry.act is CaseAct.CLOSED:
            lines.append(CLOSED.format(why=entry.words, day=full_day(entry.on)))
    return lines


def _one_step(number: int, today: date) -> str:
    step = step_of(number)
    lines = [
        ONE_STEP.format(
            step=step.title,
            phase=step.phase.value,
            reviewer=step.reviewer,
            papers="、".join(step.materials),
        )
    ]
    keys = [clock.rule for clock in CLOCKS if clock.end == number]
    keys += _OTHER_RULES.get(number, ())
    for rule in (regulations.find_on(key, today) for key in keys):
        if rule is not None:
            lines.append(RULE.format(text=rule.text, citation=rule.citation))
    return "\n".join(lines)


_OTHER_RULES: dict[int, Sequence[str]] = {
    1: ("development.age",),
    OBSERVED_AT: ("development.observation",),
    PROSPECT: ("development.publicity",),
    TRAINED: ("development.training", "development.training.hours"),
    17: ("development.approval.most",),
    23: ("development.extension.least", "development.extension.most"),
    24: ("development.party_age",),
}


def _next(view: CaseView, today: date) -> str:
    limits = sorted(development_due.limits_of(view, today), key=lambda limit: limit.day)
    return f"，{limits[0].words}" if limits else ""


def _exact(slots: object, utterance: Utterance) -> list[Reading]:
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _fact(words: str) -> Fact:
    return Fact(FactKind.DEVELOPMENT, words)


LIST = Intent(
    name="development_list",
    title="看发展党员名单",
    recognise=recognise_list,
    handle=handle_list,
    examples=LIST_EXAMPLES,
    silent=LIST_SILENT,
    for_secretaries=True,
)
LOOK = Intent(
    name="development_look",
    title="看一份发展登记",
    recognise=recognise_look,
    handle=handle_look,
    examples=LOOK_EXAMPLES,
    silent=LOOK_SILENT,
    for_secretaries=True,
)
STEPS_INTENT = Intent(
    name="development_steps",
    title="发展党员的步骤",
    recognise=recognise_steps,
    handle=handle_steps,
    examples=STEPS_EXAMPLES,
    silent=STEPS_SILENT,
)
TOTALS_INTENT = Intent(
    name="development_totals",
    title="发展党员和转正统计",
    recognise=recognise_totals,
    handle=handle_totals,
    examples=TOTALS_EXAMPLES,
    silent=TOTALS_SILENT,
    for_secretaries=True,
)
