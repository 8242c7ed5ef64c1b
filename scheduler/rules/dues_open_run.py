"""Months in a row for which dues are not on record, counted for whoever answers for the branch.

Example:
    » 李书记: 李书记您好：到3月底，第三党支部党费1个月没登记的2人，3个月没登记的1人。可以当面问问有没有困难，名单回复 名单 党费 3月
    李书记: 为什么
    » 依据：党费按月交纳，补交一般不超过6个月（党费规定第十二条）。…
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.dues import SECRETARY_MARKS
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Step
from bot.domain.periods import Month
from bot.domain.privacy import event, missing, say
from bot.services import dues_members, dues_runs, ladders, survey
from bot.services.dues_assessed import first_whole
from bot.services.survey import Branch
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = "{name}您好：到{month}月底，{unit}党费{counts}。可以当面问问有没有困难，名单回复 名单 党费 {month}月{where}"
COUNT = "{n}个月没登记的{k}人"
SOURCE = "党费按月交纳，补交一般不超过6个月（党费规定第十二条）"
FACTS = "{unit}到{month}月底的登记"
ENDS = "登记或核对后不再算；只报人数，不作结论"
SEEN = "只发给您"
_BRANCHES_AT_ONCE = 100


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: branches settle their own day, by default the fifth.

    What came in at the month's end has been entered by then.
    """
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell of each branch how many stand at 1, 2, 3 or 5 months in a row."""
    known = ladders.every(session, setting.ladders, RULE.name)
    rungs = {ladder: found[1] for ladder in known if (found := ladder.step_on(slot.day))}
    if not rungs:
        return
    month = Month.of(slot.day).shift(-1)
    due: dict[UnitId, tuple[Ladder, Step]] = {}
    branches = []
    for branch in setting.branches(session, slot.day):
        ladder = setting.ladders.of(RULE.name, branch.settings)
        if ladder in rungs and first_whole(branch.live_from) <= month:
            branches.append(branch)
            due[branch.id] = (ladder, rungs[ladder])
    owners = setting.owners(session, {b.id: b.path for b in branches}, slot.day)
    several = Counter(member for member, _ in owners.values())
    for start in range(0, len(branches), _BRANCHES_AT_ONCE):
        some = branches[start : start + _BRANCHES_AT_ONCE]
        counts = _counts(session, some, month, slot.at)
        for branch in some:
            if branch.id in owners and counts[branch.id]:
                owner, name = owners[branch.id]
                alone = several[owner] == 1
                yield _reminder(
                    slot,
                    month,
                    branch,
                    counts[branch.id],
                    owner,
                    name,
                    *due[branch.id],
                    alone=alone,
                )


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those of branches in which nobody stands at such a number any more."""
    done: list[int] = []
    by_slot: dict[str, list[Asked]] = {}
    for row in asked:
        by_slot.setdefault(row.slot, []).append(row)
    for slot, rows in by_slot.items():
        month = Month.parse(slot.split("/")[0])
        wanted = {_unit_of(row) for row in rows}
        branches = survey.list_branches(session, month.last, wanted)
        counts = _counts(session, branches, month, now)
        done += [row.id for row in rows if not counts.get(_unit_of(row))]
    return done


def _counts(
    session: Session, branches: Sequence[Branch], month: Month, now: datetime
) -> dict[UnitId, Counter[int]]:
    """Return how many of those whose month each branch takes stand at which number of months."""
    circle = dues_members.of_branches(session, [branch.id for branch in branches], [month])
    payers = dues_members.payers(session, circle, [month], day_of(now))
    of = {payer.person.id: payer.months[month] for payer in payers if payer.asked}
    counts: dict[UnitId, Counter[int]] = {branch.id: Counter() for branch in branches}
    for member, run in dues_runs.count_open(session, of, month, now).items():
        if run in SECRETARY_MARKS:
            counts[of[member]][run] += 1
    return counts


def _reminder(
    slot: Slot,
    month: Month,
    branch: Branch,
    counts: Counter[int],
    owner: MemberId,
    name: str,
    ladder: Ladder,
    step: Step,
    *,
    alone: bool,
) -> Reminder:
    told = "，".join(COUNT.format(n=n, k=counts[n]) for n in sorted(counts))
    where = "" if alone else f" {branch.name}"
    return Reminder(
        slot=f"{month}/{step.name}",
        subject=f"unit:{branch.id}",
        text=say(
            TEXT,
            name=name,
            month=month.number,
            unit=event(branch.name),
            counts=missing(told),
            where=where,
        ),
        reason=Reason(SOURCE, FACTS.format(unit=branch.name, month=month.number), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(month.shift(2).first),
        member_id=owner,
        used={"unit": branch.id, "month": str(month), **ladder.facts(step)},
    )


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))


RULE = Rule(
    name="dues_open_run",
    title="党费连续未登记",
    source="dues.ladder",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
