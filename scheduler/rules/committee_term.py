"""The term of a branch committee (任期) that comes to its end: 12, 6 and 3 months ahead.

It counts from the last election on record; of a branch that has none nothing is said.

Example:
    » 李书记: 李书记您好：第三党支部这一届到2027年3月10日届满（2024年3月10日换届，按3年一届算）。请提前准备换届，要延期或提前先报上级批准。
    李书记: 为什么
    » 依据：支部委员会任期3年，村、社区5年；提前或延期换届要上级批准（支部工作条例、选举工作条例第三条）。…
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import POLICY, Ladder, Step, useful_until
from bot.domain.periods import months_after
from bot.domain.privacy import event, say
from bot.services import committee_elections, ladders, survey
from bot.services.committee_elections import Elected
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{unit}这一届到{ends}届满（{last}换届，按{years}年一届算）。"
    "请提前准备换届，要延期或提前先报上级批准。{check}"
)
CHECK = "不是{years}年一届的请回复：定规定 任期 {other}年 支委会 原因 上级规定{where}"
SOURCE = (
    "支部委员会任期3年，村、社区5年；提前或延期换届要上级批准（支部工作条例；选举工作条例第三条）"
)
FACTS = "{unit}上次换届是{last}"
ENDS = "安排了换届选举自动停止"
SEEN = "只发给您"
NAME = "committee_term"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell whoever answers for a branch whose term ends so many months from today."""
    known = ladders.every(session, setting.ladders, NAME)
    ending = committee_elections.list_ending(
        session, ladders.days_around(known), slot.day, slot.at, (POLICY + NAME,)
    )
    due = []
    for branch in ending:
        ladder = setting.ladders.of(NAME, branch.settings)
        step = next((s for s in ladder.steps(branch.ends_on) if s.day == slot.day), None)
        if step is not None:
            due.append((branch, ladder, step))
    owners = survey.answerable(session, {b.unit_id: b.path for b, _, _ in due}, slot.day)
    names = survey.names_of(session, owners.values())
    answers_for = Counter(owners.values())
    for branch, ladder, step in due:
        if branch.unit_id in owners:
            owner = owners[branch.unit_id]
            alone = answers_for[owner] == 1
            yield _reminder(branch, slot, ladder, step, owner, names[owner], alone=alone)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those of branches that have called or held the next election."""
    since = {_unit_of(row): _elected_on(row) for row in asked}
    done = committee_elections.elected_since(session, since, now)
    return [row.id for row in asked if _unit_of(row) in done]


def _reminder(
    branch: Elected,
    slot: Slot,
    ladder: Ladder,
    step: Step,
    owner: MemberId,
    name: str,
    *,
    alone: bool,
) -> Reminder:
    years, last = branch.months // 12, _words(branch.on)
    check = CHECK.format(years=years, other=8 - years, where="" if alone else f" {branch.unit}")
    until = useful_until(ladder.steps(branch.ends_on), step.day, branch.ends_on)
    return Reminder(
        slot=f"{branch.on}/{step.name}",
        subject=f"unit:{branch.unit_id}",
        text=say(
            TEXT,
            name=name,
            unit=event(branch.unit),
            ends=event(_words(branch.ends_on)),
            last=event(last),
            years=years,
            check="" if branch.settled else check,
        ),
        reason=Reason(
            SOURCE, FACTS.format(unit="" if alone else branch.unit, last=last), ENDS, SEEN
        ),
        due_at=slot.at,
        expires_at=min(at(until), at(months_after(slot.day, 2))),
        member_id=owner,
        used={
            "unit": branch.unit_id,
            "elected_on": branch.on.isoformat(),
            "ends_on": branch.ends_on.isoformat(),
            **ladder.facts(step),
        },
    )


def _words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))


def _elected_on(row: Asked) -> date:
    return date.fromisoformat(row.slot.partition("/")[0])


RULE = Rule(
    name=NAME,
    title="换届",
    source="structure.term",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
