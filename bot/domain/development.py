"""Developing members (发展党员): what is on record of a case, its earliest and its latest days.

People decide and enter the steps. What comes before its earliest day is refused, what comes after
its latest day is told; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.calendar import DueDay, Workdays, workdays_after
from bot.domain.development_steps import (
    ACTIVIST,
    ADMITTED,
    APPLIED,
    APPROVED,
    CONFIRMATION_APPROVED,
    CONFIRMED,
    FILED,
    OATH,
    OBSERVED_AT,
    PROSPECT,
    REVIEWED,
    STEPS,
    TALKED,
    TRAINED,
    Step,
    rules_on,
    step_of,
)
from bot.domain.errors import DomainError
from bot.domain.periods import months_after
from bot.domain.regulations import Regulation
from bot.domain.regulations_membership import SINCE_2014
from bot.domain.wording import day_words

HOURS, DAYS = "学时", "天"
MAX_WORDS = 40


class CaseAct(Enum):
    """What is written down about a case; the value names it in files and to people."""

    STEP = "步骤"
    MATERIAL = "材料"
    OBSERVED = "考察"
    PUBLICITY = "公示"
    EXTENDED = "延长预备期"
    CLOSED = "终止"
    VOID = "更正"  # takes another entry back


class WhyClosed(Enum):
    """Why a case ended without a full member; never more than that is kept."""

    WITHDREW = "本人撤回"
    NOT_CONTINUED = "不再培养"
    MOVED = "转到别处"
    NOT_PASSED = "大会没有通过"
    NOT_APPROVED = "上级没有批准"
    DISQUALIFIED = "取消预备党员资格"


class WrongStep(DomainError):
    """A step, or another entry of a case, that cannot stand where it is put."""


class TooEarly(WrongStep):
    """An entry before its earliest day.

    Attributes:
        earliest: The first day on which it may be.
    """

    def __init__(self, sentence: str, earliest: date) -> None:
        super().__init__(sentence)
        self.earliest = earliest


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case.

    Attributes:
        on: The Shanghai day. until: The last day of a publicity.
        amount: Days or hours of training (`words` says which), months of an extension.
        words: Name of a paper, unit of an amount, why it was closed.
    """

    id: int
    act: CaseAct
    on: date
    step: int | None = None
    until: date | None = None
    amount: int | None = None
    words: str = ""
    refers_to: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is on record of somebody's way, with what was taken back left out.

    Attributes:
        steps: Number → day.
        posted: The last day of a publicity, None where there was none.
        extended: The months by which probation was extended, 0 where it was not.
    """

    steps: Mapping[int, date] = field(default_factory=dict)
    observed: tuple[date, ...] = ()
    posted: date | None = None
    extended: int = 0
    materials: frozenset[tuple[int, str]] = frozenset()
    closed: date | None = None

    @property
    def at_step(self) -> int:
        """The furthest step on record, 0 where there is none."""
        return max(self.steps, default=0)

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return self.closed is None and FILED not in self.steps

    @property
    def skipped(self) -> tuple[int, ...]:
        """The steps before the furthest that nobody has entered."""
        return tuple(n for n in range(1, self.at_step) if n not in self.steps)

    @property
    def probation_ends(self) -> date | None:
        """The day on which probation is over, counted from the general meeting's vote.

        Source:
            development.probation, development.extension.least
        """
        began = self.steps.get(ADMITTED)
        return None if began is None else probation_end(began, self.extended)


def probation_end(began: date, extended: int = 0) -> date:
    """Return the day on which a probation is over.

    Args:
        began: The day of the general meeting's vote. extended: In months.

    Source:
        development.probation
    """
    return months_after(began, regulations.number("development.probation", began) + extended)


def standing_of(entries: Iterable[Entry]) -> Case:
    """Return what a case amounts to; of several entries of one step the last one stands."""
    kept = standing_entries(entries)
    steps = {e.step: e.on for e in kept if e.act is CaseAct.STEP and e.step is not None}
    publicity = [e.until for e in kept if e.act is CaseAct.PUBLICITY]
    return Case(
        steps=steps,
        observed=tuple(sorted(e.on for e in kept if e.act is CaseAct.OBSERVED)),
        posted=publicity[-1] if publicity else None,
        extended=sum(e.amount or 0 for e in kept if e.act is CaseAct.EXTENDED),
        materials=frozenset((e.step or 0, e.words) for e in kept if e.act is CaseAct.MATERIAL),
        closed=next((e.on for e in kept if e.act is CaseAct.CLOSED), None),
    )


def standing_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that nobody has taken back, in order."""
    every = list(entries)
    void = {entry.refers_to for entry in every if entry.act is CaseAct.VOID}
    return [e for e in every if e.id not in void and e.act is not CaseAct.VOID]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time in months from one step to another.

    Attributes:
        least: Whether the time must have passed (else: may not be over).
        rule: Key of the regulation.
    """

    rule: str
    start: int
    end: int
    least: bool


CLOCKS = (
    Clock("development.talk", APPLIED, TALKED, least=False),
    Clock("development.activist", ACTIVIST, PROSPECT, least=True),
    Clock("development.review", REVIEWED, ADMITTED, least=False),
    Clock("development.approval", ADMITTED, APPROVED, least=False),
    Clock("development.oath", APPROVED, OATH, least=False),
    Clock("development.probation", ADMITTED, CONFIRMED, least=True),
    Clock("development.confirmation.approval", CONFIRMED, CONFIRMATION_APPROVED, least=False),
)
_ANCHORS = (ACTIVIST, PROSPECT, ADMITTED, APPROVED, CONFIRMED, CONFIRMATION_APPROVED)
"""Decisions on which what follows rests: somebody is an activist, a prospect, a member."""


def rests_on(step: int) -> int | None:
    """Return the decision that a step rests on; None for the first ones."""
    return max((anchor for anchor in _ANCHORS if anchor < step), default=None)


@dataclass(frozen=True, slots=True)
class Limit:
    """The first or the last day of a step.

    Attributes:
        least: It is the first day; else the last.
        began: From when it was counted.
        again: What is done again and again, and is no step of its own.
    """

    step: int
    day: date
    least: bool
    began: date
    rule: Regulation
    again: str = ""

    @property
    def done(self) -> str:
        """What is to be done: 确定发展对象, 考察."""
        return self.again or step_of(self.step).done

    @property
    def words(self) -> str:
        """最早2026年6月1日确定发展对象, 最晚2026年4月1日派人谈话."""
        bound = "最早" if self.least else "最晚"
        return f"{bound}{full_day(self.day)}{self.done}"


def check_step(
    name: str,
    case: Case,
    step: int,
    on: date,
    *,
    amount: int | None = None,
    words: str = "",
    past: bool = False,
) -> None:
    """Refuse a step that comes too early, out of order or without what it rests on.

    Args:
        amount: Of step 11: how many days or hours; `words` says which.
        past: Whether it is brought in from papers, where training need not be counted.

    Raises:
        TooEarly: With the earliest day.
        WrongStep

    Source:
        development.activist, development.publicity, development.probation, development.training
    """
    _check_order(name, case, step, on)
    needed = rests_on(step)
    if needed is not None and needed not in case.steps:
        raise WrongStep(
            f"{name}还没有登记{step_of(needed).title}，{step_of(step).title}要在那以后。"
            f"请先登记，例如：发展 {name} 第{needed}步 2025年3月1日"
        )
    first = earliest(case, step, on)
    if first is not None and on < first.day:
        raise TooEarly(_early_words(name, first, step), first.day)
    if step == PROSPECT:
        _check_publicity(name, case, on)
    if step == TRAINED and not past:
        _check_training(name, amount, words, on)


def earliest(case: Case, step: int, on: date) -> Limit | None:
    """Return the first day of a step by the rule in force on a day, None where there is none."""
    for clock in CLOCKS:
        began = case.steps.get(clock.start)
        if not clock.least or clock.end != step or began is None:
            continue
        rule = regulations.find_on(clock.rule, began if step == CONFIRMED else on)
        if rule is None or not isinstance(rule.value, int):
            continue
        months = rule.value + (case.extended if step == CONFIRMED else 0)
        return Limit(step, months_after(began, months), True, began, rule)
    return None


def latest(case: Case) -> list[Limit]:
    """Return the last days of the steps that are still to come, the soonest first.

    The rule is that of the day the time began. Nothing is due of a case that is over.
    """
    found = []
    for clock in CLOCKS if case.is_open else ():
        began = case.steps.get(clock.start)
        if clock.least or began is None or clock.end <= case.at_step:
            continue
        rule = regulations.find_on(clock.rule, began)
        if rule is not None and isinstance(rule.value, int):
            found.append(Limit(clock.end, months_after(began, rule.value), False, began, rule))
    return sorted(found, key=lambda limit: limit.day)


def observation_due(case: Case) -> Limit | None:
    """Return until when an activist is to be observed again; None once he is a prospect.

    Source:
        development.observation
    """
    began = case.steps.get(ACTIVIST)
    if began is None or not case.is_open or case.at_step >= PROSPECT:
        return None
    last = max((day for day in case.observed if day >= began), default=began)
    rule = regulations.find_on("development.observation", last)
    if rule is None or not isinstance(rule.value, int):
        return None
    return Limit(OBSERVED_AT, months_after(last, rule.value), False, last, rule, "考察")


def coming(case: Case, on: date) -> Limit | None:
    """Return the first day of the next step that has to wait for one, None where none has."""
    if not case.is_open:
        return None
    for step in (PROSPECT, CONFIRMED):
        if step > case.at_step:
            return earliest(case, step, on)
    return None


def publicity(posted: date, workdays: Workdays) -> DueDay:
    """Return the last day of a publicity; the day of posting is not counted.

    Source:
        development.publicity, calendar.working_days
    """
    rule = regulations.find_on("development.publicity", posted)
    days = rule.value if rule is not None and isinstance(rule.value, int) else _PUBLICITY
    return workdays_after(posted, days, workdays)


_PUBLICITY = 5


def check_extension(name: str, case: Case, months: int, on: date) -> None:
    """Refuse an extension of probation that is no longer possible, too short or too long.

    Raises:
        WrongStep

    Source:
        development.extension.least, development.extension.most
    """
    ends = case.probation_ends
    if ends is None or CONFIRMED in case.steps:
        raise WrongStep(f"{name}现在没有在预备期里，不能登记延长。")
    if case.extended:
        raise WrongStep(f"{name}的预备期已经延长过一次（{case.extended}个月），只能延长1次。")
    if on < ends:
        raise TooEarly(f"{name}的预备期到{full_day(ends)}才满，期满讨论时才能延长。", ends)
    known = max(on, SINCE_2014)  # the text before is not known to us
    rule = regulations.on("development.extension.least", known)
    least = regulations.number("development.extension.least", known)
    most = regulations.number("development.extension.most", known)
    if not least <= months <= most:
        raise WrongStep(
            f"延长预备期不少于{least}个月、不超过{most}个月（{rule.citation}），现在写的是{months}个月。"
        )


def check_take_back(name: str, case: Case, step: int) -> None:
    """Refuse to take back a step on which a later one rests.

    Raises:
        WrongStep
    """
    later = max((n for n in case.steps if rests_on(n) == step), default=None)
    if later is not None:
        raise WrongStep(f"{name}的{step_of(later).title}要以这一步为准，请先更正那一步。")


def late_words(name: str, case: Case, step: int, on: date) -> str:
    """Return what to say of a step that came after its last day; "" where it came in time."""
    for clock in CLOCKS:
        began = case.steps.get(clock.start)
        if clock.least or clock.end != step or began is None:
            continue
        rule = regulations.find_on(clock.rule, began)
        if rule is None or not isinstance(rule.value, int):
            continue
        last = months_after(began, rule.value)
        if on > last:
            return (
                f"{name}的{step_of(step).done}规定最晚{full_day(last)}（{rule.text}，"
                f"{rule.citation}），登记的日期晚了。"
            )
    return ""


def missing_materials(case: Case) -> list[tuple[Step, tuple[str, ...]]]:
    """Return the papers of steps that were taken which nobody has noted as filed."""
    found = []
    for step in STEPS:
        if step.number in case.steps:
            left = tuple(m for m in step.materials if (step.number, m) not in case.materials)
            if left:
                found.append((step, left))
    return found


def full_day(day: date) -> str:
    """2026年3月1日."""
    return f"{day.year}年{day_words(day)}"


def _check_order(name: str, case: Case, step: int, on: date) -> None:
    if step in case.steps:
        day = full_day(case.steps[step])
        raise WrongStep(
            f"{name}的{step_of(step).title}已经登记了（{day}）。"
            f"登记错了请发：发展更正 {name} 第{step}步 原因"
        )
    before: Sequence[int] = [n for n in case.steps if n < step and case.steps[n] > on]
    after: Sequence[int] = [n for n in case.steps if n > step and case.steps[n] < on]
    if before or after:
        other = max(before) if before else min(after)
        order = "不能早于" if before else "不能晚于"
        raise WrongStep(
            f"{step_of(step).title}{order}{step_of(other).title}"
            f"（{full_day(case.steps[other])}），请核对日期。"
        )


def _early_words(name: str, first: Limit, step: int) -> str:
    began = full_day(first.began)
    if step == PROSPECT:
        return (
            f"{name}{began}列为积极分子，满{first.rule.value}个月才能列为发展对象，"
            f"最早{full_day(first.day)}（{first.rule.citation}）。"
        )
    return (
        f"{name}的预备期从{began}算起，到{full_day(first.day)}才满，"
        f"最早那天讨论转正（{first.rule.citation}）。"
    )


def _check_publicity(name: str, case: Case, on: date) -> None:
    rules = rules_on(on)
    if rules is None or not rules.publicity_required:
        return
    rule = regulations.on("development.publicity", on)
    if case.posted is None:
        raise WrongStep(
            f"列为发展对象以前要公示不少于{rule.value}个工作日（{rule.citation}），"
            f"{name}还没有登记公示。请发：发展公示 {name} 张贴的日期"
        )
    if on <= case.posted:
        first = date.fromordinal(case.posted.toordinal() + 1)
        raise TooEarly(
            f"{name}的公示到{full_day(case.posted)}，最早{full_day(first)}研究（{rule.citation}）。",
            first,
        )


def _check_training(name: str, amount: int | None, words: str, on: date) -> None:
    days = regulations.find_on("development.training", on)
    hours = regulations.find_on("development.training.hours", on)
    if days is None or hours is None:
        return
    assert isinstance(days.value, int)
    assert isinstance(hours.value, int)
    if amount is None:
        raise WrongStep(
            f"请写明培训了几天或者多少学时，例如：发展 {name} 第{TRAINED}步 {days.value}天"
        )
    if amount < (hours.value if words == HOURS else days.value):
        raise WrongStep(
            f"培训要不少于{days.value}天或者{hours.value}学时（{days.citation}），"
            f"现在写的是{amount}{words}。"
        )
