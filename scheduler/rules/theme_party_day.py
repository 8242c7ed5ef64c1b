"""Theme Party Day (主题党日): the 16th, moved off rest days as the branch has decided.

Example:
    » 李书记: 李书记您好：5月主题党日是18日（周一）（16日是休息日，按本支部规定顺延到下一个工作日），还没有安排。
    李书记: 为什么
    » 依据：主题党日一般每月1次（支部工作条例）；本支部定在16日。5月尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.activity_day import LAST_STEP, Placed, place
from bot.domain.cadence import MeetingKind, duties
from bot.domain.calendar import POLICY_NAMES, Shifted, ShiftPolicy
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Step, useful_until
from bot.domain.periods import Month
from bot.domain.privacy import Fact, event, say
from bot.domain.series import Recurrence
from bot.domain.units import is_included
from bot.domain.wording import weekday
from bot.services import ladders, policies, survey
from bot.services import reminders as said
from bot.services.survey import Branch
from scheduler.rule import ROUND_AT, Asked, Behind, Reason, Reminder, Rule, Setting, Slot, daily

CHANGED = "changed"  # the year's notice came after the day was told, and moves it
TOLD_WITHIN = timedelta(days=45)  # before the change: the first step and a long holiday

Place: TypeAlias = Callable[[Month, Recurrence, ShiftPolicy, Ladder], Placed]

TEXT = "{name}您好：{unit}{month}月主题党日是{day}{moved}，还没有安排。\n定好时间回复：建会 主题党日 {example} 15:00 地点"
EXAMPLE_HOUR = 15  # of the texts: later on that day their advice is of no use
MOVED = "（{original}日是休息日，按本支部规定{policy}）"
ASK = (
    "{name}您好：{month}月{original}日是休息日，挪到最近的工作日要超过一周或出了本月，"
    "{unit}这个月的主题党日请您定一天。\n定好回复：建会 主题党日 {example} 15:00 地点"
)
LATE = "{name}您好：{unit}{month}月的主题党日还没有登记。月底前补一次就行。\n定好回复：建会 主题党日 {example} 15:00 地点"
NOTICE = (
    "{name}您好：{year}年放假安排公布了，{unit}{month}月主题党日改为{day}{moved}，原先{told}。\n"
    "定好时间回复：建会 主题党日 {example} 15:00 地点"
)
NOTICE_ASK = (
    "{name}您好：{year}年放假安排公布了，{unit}{month}月主题党日原先{told}，"
    "{original}日是休息日，要挪一周以上或出了本月，请您定一天。\n"
    "定好回复：建会 主题党日 {example} 15:00 地点"
)
TOLD_DAY, TOLD_NONE = "说的是{day}日", "请您定"
SOURCE = "主题党日一般每月1次（支部工作条例）；本支部定在{usual}"
FACTS = "{unit}{month}月尚未登记"
ENDS = "登记后自动停止"
SEEN = "只发给您"
PROVISIONAL = "；{year}年放假安排还没有公布，日子以公布后为准"


@dataclass(frozen=True, slots=True, eq=False)
class _Rung:
    """What branches are told of their day on a morning; the same for all that have settled it so."""

    month: Month
    step: Step
    ladder: Ladder
    shifted: Shifted
    usual: Recurrence
    policy: ShiftPolicy
    useful_until: date

    @property
    def held_on(self) -> date:
        """The day it is held on, or would be but for the holiday."""
        return self.shifted.day or self.shifted.original


@dataclass(frozen=True, slots=True)
class _Due:
    """A branch that has to be told something about its day."""

    branch: Branch
    rung: _Rung
    told: str = ""


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: the day differs by branch."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell whoever answers for a branch without a meeting called, 7 and 3 days ahead, and late."""
    month = Month.of(slot.day)
    places = cache(partial(place, workdays=setting.workdays))  # few, of however many branches
    done = survey.filled(session, MeetingKind.THEME_DAY, [str(month), str(month.shift(1))], slot.at)
    due = [
        _Due(branch, rung)
        for alike in setting.alike(session, slot.day)
        for coming in (month, month.shift(1))
        if (rung := _rung(alike[0], coming, slot.day, places, setting)) is not None
        for branch in alike
        if rung.held_on >= branch.since and (branch.id, str(coming)) not in done
    ]
    due = _with_what_was_told(session, due, slot)
    owners = setting.owners(session, {item.branch.id: item.branch.path for item in due}, slot.day)
    answers_for = Counter(member for member, _ in owners.values())
    same = cache(partial(_same_for_all, setting=setting))
    for item in due:
        if item.branch.id in owners:
            owner, name = owners[item.branch.id]
            alone = answers_for[owner] == 1
            yield _reminder(item, same(item.rung), slot, owner, name, alone=alone)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those whose branch has called or held one for the month."""
    periods = {row.slot.split("/")[0] for row in asked}
    done = survey.filled(session, MeetingKind.THEME_DAY, periods, now)
    return [
        row.id
        for row in asked
        if (UnitId(int(row.subject.removeprefix("unit:"))), row.slot.split("/")[0]) in done
    ]


def behind(session: Session, slot: Slot, setting: Setting) -> Iterable[Behind]:
    """Yield the branches that had no activity day in the month of which the one above is told.

    Who owed one, and which ladder held, is judged as of the last day of the month.
    """
    known = ladders.every(session, setting.ladders, RULE.name)
    over = {ladder: period for ladder in known if (period := ladder.period_behind(slot.day))}
    if not over:
        return
    places = cache(partial(place, workdays=setting.workdays))
    done = survey.filled(session, MeetingKind.THEME_DAY, set(map(str, over.values())), slot.at)
    now = {branch.id for branch in setting.branches(session, slot.day)}
    for month in sorted({Month.of(period.last) for period in over.values()}):
        for branch in setting.branches(session, month.last):
            ladder = setting.ladders.of(RULE.name, branch.settings)
            counts = branch.id in now and is_included(month.first, branch.since)
            if not counts or over.get(ladder) != month or (branch.id, str(month)) in done:
                continue
            if _owes(branch, month.last):
                usual, policy = policies.activity_policy(branch.settings)
                steps = places(month, usual, policy, ladder).steps
                yield Behind(
                    unit_id=branch.id,
                    unit=branch.name,
                    path=branch.path,
                    what=RULE.title,
                    period=month,
                    last=month.last,
                    since=min((step.day for step in steps), default=month.first),
                    rungs=tuple(step.day for step in steps),
                    ladder=ladder,
                )


def _owes(branch: Branch, on: date) -> bool:
    owed = duties(branch.structure, on, policies.cadence_policy(branch.settings))
    return any(duty.kind is MeetingKind.THEME_DAY for duty in owed)


def _rung(
    branch: Branch, month: Month, today: date, place: Place, setting: Setting
) -> _Rung | None:
    """Return what is to be told of a month today, as structure and settings of a branch have it."""
    if not _owes(branch, today):
        return None
    usual, policy = policies.activity_policy(branch.settings)
    ladder = setting.ladders.of(RULE.name, branch.settings)
    placed = place(month, usual, policy, ladder)
    step = next((rung for rung in placed.steps if rung.day == today), None)
    if step is None and placed.differs and today <= placed.held_on:
        step = Step(CHANGED, today)
    if step is None:
        return None
    until = useful_until(placed.steps, today, month.last)
    return _Rung(month, step, ladder, placed.shifted, usual, policy, until)


def _with_what_was_told(session: Session, due: Sequence[_Due], slot: Slot) -> list[_Due]:
    """Drop the changes of days that nobody was told, and note in the others what was told."""
    subjects = {_subject(item.branch) for item in due if item.rung.step.name == CHANGED}
    if not subjects:
        return list(due)
    told = said.last_told(session, RULE.name, subjects, slot.at - TOLD_WITHIN)
    found = []
    for item in due:
        if item.rung.step.name != CHANGED:
            found.append(item)
            continue
        facts = told.get((_subject(item.branch), str(item.rung.month)), {})
        if facts.get("provisional") and facts.get("day") != _day_told(item.rung):
            was = facts.get("day")
            words = TOLD_DAY.format(day=date.fromisoformat(was).day) if was else TOLD_NONE
            found.append(replace(item, told=words))
    return found


def _subject(branch: Branch) -> str:
    return f"unit:{branch.id}"


def _day_told(rung: _Rung) -> str:
    """Return the day a text names, for the record; empty where it asks for one."""
    return "" if rung.shifted.day is None else rung.shifted.day.isoformat()


@dataclass(frozen=True, slots=True)
class _Same:
    """What is said to all on whom a rung falls."""

    slot: str
    template: str
    words: Mapping[str, Fact | str | int]
    source: str
    provisional: str
    expires_at: datetime
    used: Mapping[str, object]


def _same_for_all(rung: _Rung, setting: Setting) -> _Same:
    held_on, month = rung.held_on, rung.month
    return _Same(
        slot=f"{month}/{_step_name(rung)}",
        template=_template(rung),
        words={
            "month": month.number,
            "day": event(f"{held_on.day}日（{weekday(held_on)}）"),
            "original": rung.shifted.original.day,
            "moved": _moved(rung),
            "year": month.year,
            "example": _example(rung, setting),
        },
        source=SOURCE.format(usual=rung.usual.words.removeprefix("每月")),
        provisional=PROVISIONAL.format(year=month.year) if rung.shifted.provisional else "",
        expires_at=_useful_until(rung),
        used={
            "period": str(month),
            "day": _day_told(rung),
            "provisional": rung.shifted.provisional,
            **({} if rung.step.name == CHANGED else rung.ladder.facts(rung.step)),
        },
    )


def _reminder(
    item: _Due, same: _Same, slot: Slot, owner: MemberId, name: str, *, alone: bool
) -> Reminder:
    """Return the reminder; its reason names the branch to those who answer for several."""
    unit = item.branch.name
    facts = FACTS.format(unit="" if alone else unit, month=item.rung.month.number)
    return Reminder(
        slot=same.slot,
        subject=_subject(item.branch),
        text=say(same.template, name=name, unit=event(unit), told=item.told, **same.words),
        reason=Reason(same.source, facts + same.provisional, ENDS, SEEN),
        due_at=slot.at,
        expires_at=same.expires_at,
        member_id=owner,
        used={"unit": item.branch.id, **same.used},
    )


def _useful_until(rung: _Rung) -> datetime:
    """A text that names the day is of no use once the day is over, or the next step is due."""
    until = at(rung.useful_until)
    names_it = _template(rung) in (TEXT, NOTICE)
    return min(until, at(rung.held_on, EXAMPLE_HOUR)) if names_it else until


def _step_name(rung: _Rung) -> str:
    """Return the step as it stands in the key: each change is another."""
    return f"{CHANGED}{_day_told(rung)[5:]}" if rung.step.name == CHANGED else rung.step.name


def _template(rung: _Rung) -> str:
    if rung.step.name == LAST_STEP:
        return LATE
    if rung.step.name == CHANGED:
        return NOTICE_ASK if rung.shifted.needs_asking else NOTICE
    return ASK if rung.shifted.needs_asking else TEXT


def _moved(rung: _Rung) -> str:
    if not rung.shifted.moved:
        return ""
    return MOVED.format(original=rung.shifted.original.day, policy=POLICY_NAMES[rung.policy])


def _example(rung: _Rung, setting: Setting) -> str:
    day = rung.held_on
    if rung.step.name == LAST_STEP or rung.shifted.needs_asking:
        day = rung.month.last
        while not setting.workdays.is_workday(day):
            day -= timedelta(days=1)
    return f"{day.month}月{day.day}日"


RULE = Rule(
    name="theme_party_day",
    title="主题党日",
    source="meetings.cadence.theme_day",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
    behind=behind,
)
