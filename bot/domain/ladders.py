"""Reminder ladders are data: which days, whom, when the unit above hears of it, and who settled it.

For whoever writes a rule:

- `LADDERS[rule]` is what is shipped; a new rule adds a line there (and its section to
  `bot/config_reminders.py`). Nothing else in the code holds a day of a reminder.
- `setting.ladders.of(rule, branch.settings, base)` is the `Ladder` in force in a unit: shipped,
  changed by the configuration file, changed by the unit or one above it (`UnitPolicy`, dated: read
  the settings as of the slot's day). `base` is only needed where a rule knows several.
- `ladder.steps(over, since)` are its rungs over a period (or around a day), in order; `step_on(day,
  since)` is the one of a day with its period. A `Step` has its `name` (goes into the outbox key:
  `period/name`), its `day`, and `number` of `of`.
- `useful_until(steps, day, last)` says how long a rung is of use; `ladder.lasts` where that is a
  number of days.
- `ladder.period_behind(day)` is the period of which the unit above is told on a day.
- Put `ladder.facts(step)` into `Reminder.used`: the plan and 为什么 tell the rung from it.

Slots stay pure: yield every morning, and ask `falls_on` before any unit is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, TypeAlias

from bot.domain.periods import Month, Quarter, Year, months_after

Period: TypeAlias = Month | Quarter | Year
Settings: TypeAlias = Mapping[str, Mapping[str, Any]]

POLICY = "ladder."  # and the rule: {"base": "month", "days": [15], "above": 5, "off": false, …}
PRODUCT = "本产品设定"
OPERATOR = "管理员在配置里定的"
MOST_ABOVE = 60
MONTH_END = 31


class Base(Enum):
    """What the numbers of a ladder count."""

    MONTH = "month"  # the day of the month, clamped to its last
    QUARTER = "quarter"  # the nth day of the quarter, clamped likewise
    NEXT_MONTH = "next_month"  # the day of the month after it
    YEAR = "year"  # month and day: 1008 is 8 October
    BEFORE = "before"  # days before a day
    AFTER = "after"  # days after a day
    MONTHS_BEFORE = "months_before"  # calendar months before a day


class Told(Enum):
    """Who is told at the rungs; the value names them to people."""

    OWNER = "负责人"  # whoever answers for the unit
    KEEPER = "组织委员"
    MEMBER = "本人"


RANGES: dict[Base, tuple[int, int]] = {
    Base.MONTH: (1, MONTH_END),
    Base.QUARTER: (1, 92),
    Base.NEXT_MONTH: (1, 28),
    Base.YEAR: (101, 1231),
    Base.BEFORE: (1, 60),
    Base.AFTER: (1, 60),
    Base.MONTHS_BEFORE: (1, 24),
}
BACKWARDS = frozenset({Base.BEFORE, Base.MONTHS_BEFORE})
"""Bases whose higher numbers come first."""
AROUND = frozenset({*BACKWARDS, Base.AFTER})
"""Bases that count from a day, not within a period."""

MOST: dict[Told, int] = {Told.OWNER: 4, Told.KEEPER: 4, Told.MEMBER: 3}


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder.

    Attributes:
        name: In outbox keys; the same number always has the same name, so that a ladder that is
            changed and changed back says nothing twice.
        day: The Shanghai day.
        number, of: The how manieth of how many.
    """

    name: str
    day: date
    number: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Ladder:
    """When one rule reminds, in one unit.

    Attributes:
        title: What is reminded of, for people.
        days: As `base` counts them, in order of time.
        late: Days before the end of the month on which it is said once more; None for never.
        above: Days after the end of the period (or after its grace) on which whoever answers for
            the unit above is told once; 0 for never, None where nobody above ever is.
        grace: Month and day of the year after until which a year may still be made up for.
        lasts: Days a rung is of use, where that does not follow from the next and the period.
        reach: The highest number it may have, where that is less than its base allows.
        on_day: A 0 is allowed: the very day.
        off: Nobody of the unit is reminded; `above` still holds.
        settled: Who settled it, and when, in words.
        names: Day number → the name it has in keys, where it has one of its own.
        words: What people call it.
        after: After what its days are counted, in words; only where they come after something.
    """

    rule: str
    title: str
    base: Base
    days: tuple[int, ...]
    told: Told
    late: int | None = None
    above: int | None = None
    grace: tuple[int, int] | None = None
    lasts: int | None = None
    reach: int | None = None
    on_day: bool = False
    off: bool = False
    settled: str = PRODUCT
    names: tuple[tuple[int, str], ...] = ()
    words: tuple[str, ...] = ()
    after: str = "会后"

    def steps(self, over: Period | date, since: date | None = None) -> tuple[Step, ...]:
        """Return the rungs over a period, or around a day, in order of time.

        Args:
            since: From when the unit counts; earlier rungs fall away.

        Source:
            burden.ladders
        """
        if self.off:
            return ()
        found: dict[date, str] = {}
        for number in self.days:
            found[self._day(over, number)] = self.name_of(number)
        kept = sorted(day for day in found if since is None or day >= since)
        return tuple(Step(found[d], d, n, len(kept)) for n, d in enumerate(kept, start=1))

    def step_on(self, day: date, since: date | None = None) -> tuple[Period, Step] | None:
        """Return the rung that falls on a day, with its period; None where none does."""
        period = self.period_on(day)
        found = (step for step in self.steps(period, since) if step.day == day)
        return next(((period, step) for step in found), None)

    def period_on(self, day: date) -> Period:
        """Return the period a rung on a day would be about."""
        if self.base is Base.NEXT_MONTH:
            return Month.of(day).shift(-1)
        return self._holding(day)

    def deadline(self, period: Period) -> date:
        """Return the last day on which a period can be made up for, grace included."""
        return date(period.year + 1, *self.grace) if self.grace else period.last

    def above_on(self, period: Period) -> date | None:
        """Return the day on which the unit above is told of a period; None for never.

        Source:
            burden.above
        """
        if not self.above:
            return None
        return self.deadline(period) + timedelta(days=self.above)

    def period_behind(self, day: date) -> Period | None:
        """Return the period of which the unit above is told on a day, if there is one."""
        if not self.above:
            return None
        around = day - timedelta(days=self.above)
        candidates = (self._holding(around), self._holding(around.replace(day=1) - _DAY))
        return next((period for period in candidates if self.above_on(period) == day), None)

    def name_of(self, number: int) -> str:
        """Return the name a day number has in outbox keys."""
        own = dict(self.names).get(number)
        if own is not None:
            return own
        prefix = _PREFIXES.get(self.base, "d")
        return f"{prefix}{number}"

    def facts(self, step: Step) -> dict[str, object]:
        """Return what a reminder keeps of its rung, for the plan and for 为什么."""
        which = f"共{step.of}次，这是第{step.number}次" if step.of > 1 else "只提醒这一次"
        return {"rung": f"{which}（{self.settled}）", "step": step.number}

    def _holding(self, day: date) -> Period:
        if self.base is Base.QUARTER:
            return Quarter.of(day)
        return Year(day.year) if self.base is Base.YEAR else Month.of(day)

    def _day(self, over: Period | date, number: int) -> date:
        if isinstance(over, date):
            if self.base is Base.MONTHS_BEFORE:
                return months_after(over, -number)
            return over + timedelta(days=-number if self.base is Base.BEFORE else number)
        if self.base is Base.YEAR:
            return date(over.year, *divmod(number, 100))
        if self.base is Base.NEXT_MONTH:
            return over.last + timedelta(days=number)
        return min(over.first + timedelta(days=number - 1), over.last)


_DAY = timedelta(days=1)
_PREFIXES = {Base.BEFORE: "T-", Base.AFTER: "T+", Base.MONTHS_BEFORE: "M-"}


def useful_until(steps: Iterable[Step], day: date, last: date) -> date:
    """Return the first day on which a step of a ladder is of no use any more.

    A step that had to wait, over a holiday, falls away where it would arrive on the day before the
    next one or later: nobody is told the same on two days running. The last one is of use while
    the period lasts.

    Args:
        day: Of the step.
        last: Last day of the period.

    Source:
        burden.digest
    """
    following = min((step.day for step in steps if step.day > day), default=None)
    if following is None:
        return last + timedelta(days=1)
    return max(day, following - timedelta(days=2)) + timedelta(days=1)


# --- what is shipped ----------------------------------------------------------------------------

_ROUNDS = {
    Base.QUARTER: ((45, "first"), (75, "second"), (85, "last")),
    Base.MONTH: ((15, "first"), (25, "second"), (MONTH_END, "last")),
}


def _duty(rule: str, title: str, usual: Base, *words: str) -> tuple[Ladder, ...]:
    """Return the ladders of a meeting that is owed: by the quarter and by the month."""
    bases = sorted(_ROUNDS, key=lambda base: base is not usual)
    return tuple(
        Ladder(
            rule,
            title,
            base,
            days=tuple(number for number, _ in _ROUNDS[base]),
            told=Told.OWNER,
            above=5,
            names=_ROUNDS[base],
            words=words,
        )
        for base in bases
    )


def _yearly(
    rule: str, title: str, *words: str, days: tuple[int, ...] = (1008, 1115, 1215)
) -> tuple[Ladder, ...]:
    """Return the ladder of a meeting that is owed once a year, and may be held in January after."""
    return (Ladder(rule, title, Base.YEAR, days, Told.OWNER, above=5, grace=(1, 31), words=words),)


def _after(
    rule: str, title: str, lasts: int, *words: str, day: int = 1, told: Told = Told.KEEPER
) -> tuple[Ladder, ...]:
    """Return the ladder of something that is asked about once, some days after."""
    return (Ladder(rule, title, Base.AFTER, (day,), told, lasts=lasts, words=words),)


def _keeping(
    rule: str, title: str, base: Base, days: tuple[int, ...], lasts: int, *words: str
) -> tuple[Ladder, ...]:
    """Return the ladder of something that whoever keeps the records sees to."""
    return (Ladder(rule, title, base, days, Told.KEEPER, lasts=lasts, words=words),)


LADDERS: dict[str, tuple[Ladder, ...]] = {
    ladders[0].rule: ladders
    for ladders in (
        _duty("general_meeting", "支部党员大会", Base.QUARTER, "党员大会", "支部大会"),
        _duty("committee_meeting", "支部委员会会议", Base.MONTH, "支委会", "支部委员会"),
        _duty("cell_meeting", "党小组会", Base.MONTH, "小组会"),
        _duty("party_lecture", "党课", Base.QUARTER),
        (
            Ladder(
                "theme_party_day",
                "主题党日",
                Base.BEFORE,
                (7, 3),
                Told.OWNER,
                late=3,
                above=5,
                reach=28,
                words=("党员活动日", "活动日"),
            ),
        ),
        (
            Ladder(
                "dues_unpaid",
                "党费",
                Base.MONTH,
                (20, 27),
                Told.MEMBER,
                names=((20, "first"), (27, "second")),
                words=("党费未登记", "党费提醒"),
            ),
        ),
        (
            Ladder(
                "dues_open_run",
                "党费连续未登记",
                Base.NEXT_MONTH,
                (5,),
                Told.OWNER,
                names=((5, "open_run"),),
                words=("党费连续没登记", "连续没交党费"),
            ),
        ),
        (
            Ladder(
                "study_shortfall",
                "学时",
                Base.YEAR,
                (1008, 1115),
                Told.MEMBER,
                words=("学时还差", "学时不够"),
            ),
        ),
        _after("meeting_unheld", "会开了没有", 7, "没有到会登记"),
        _after("roll_call_unfinished", "点名没有完", 3, "点名"),
        _after("makeup_study", "补学材料", 7, "补学"),
        (
            Ladder(
                "post_vacant",
                "职务空缺",
                Base.AFTER,
                (1, 15),
                Told.OWNER,
                lasts=10,
                words=("空缺", "职务空着"),
                after="空缺后",
            ),
        ),
        _yearly("org_life_meeting", "组织生活会", "组织生活"),
        _yearly("democratic_appraisal", "民主评议党员", "民主评议"),
        (
            Ladder(
                "heart_to_heart_talk",
                "谈心谈话",
                Base.YEAR,
                (1020, 1201),
                Told.OWNER,
                words=("谈心", "谈话"),
            ),
        ),
        (
            Ladder(
                "secretary_lecture",
                "书记讲党课",
                Base.YEAR,
                (701, 1101),
                Told.MEMBER,
                words=("带头讲党课",),
            ),
        ),
        (
            Ladder(
                "democratic_life_meeting",
                "民主生活会",
                Base.YEAR,
                (1020, 1201),
                Told.KEEPER,
                grace=(1, 31),
                words=("民主生活",),
            ),
        ),
        (Ladder("oath_renewal", "重温入党誓词", Base.YEAR, (615,), Told.KEEPER, words=("誓词",)),),
        (
            Ladder(
                "leader_lecture",
                "班子成员讲党课",
                Base.QUARTER,
                (45, 75, 85),
                Told.MEMBER,
                words=("领导讲党课", "班子讲党课"),
            ),
        ),
        _after("working_committee", "党工委会议专题研讨", 14, "党工委会议", "党工委", day=35),
        _after("theory_group", "中心组学习", 14, "中心组", day=35),
        (
            Ladder(
                "committee_term",
                "换届",
                Base.MONTHS_BEFORE,
                (12, 6, 3),
                Told.OWNER,
                lasts=60,
                words=("换届选举", "届满"),
            ),
        ),
        _after("minutes_missing", "会议记录没有写", 7, "会议记录", "纪要", day=3),
        _after(
            "minutes_unconfirmed",
            "会议记录没有确认",
            7,
            "确认纪要",
            "会议记录确认",
            day=5,
            told=Told.OWNER,
        ),
        _keeping("dues_unconfirmed", "党费没有核对", Base.NEXT_MONTH, (3,), 10, "党费核对"),
        _keeping("dues_unassessed", "党费没有核定", Base.YEAR, (112,), 20, "核定党费"),
        _keeping("dues_unremitted", "党费没有上缴", Base.QUARTER, (12,), 20, "上缴党费"),
        _keeping("dues_unpublished", "党费没有公示", Base.QUARTER, (15,), 20, "公示党费"),
        (
            Ladder(
                "letter_open",
                "介绍信没有接收",
                Base.BEFORE,
                (15, 5, 0),
                Told.KEEPER,
                lasts=7,
                on_day=True,
                words=("介绍信", "介绍信到期"),
            ),
        ),
        (
            Ladder(
                "issue_due",
                "问题到期",
                Base.BEFORE,
                (30, 14, 7, 1),
                Told.OWNER,
                words=("整改", "问题整改"),
            ),
        ),
        (
            Ladder(
                "issue_overdue",
                "问题过期",
                Base.AFTER,
                (1, 3),
                Told.OWNER,
                lasts=7,
                words=("问题逾期",),
                after="过期后",
            ),
        ),
        (
            Ladder(
                "issue_above",
                "问题过期告诉上级",
                Base.AFTER,
                (7, 14, 21, 28),
                Told.OWNER,
                lasts=6,
                words=("问题报上级",),
                after="过期后",
            ),
        ),
    )
}
"""The ladders of every rule as shipped, the usual one first."""


OF_UNITS_ABOVE = "街道、社区"
"""The group of what only streets and communities are reminded of."""

GROUPS: dict[str, tuple[str, ...]] = {
    "三会一课": (
        "general_meeting",
        "committee_meeting",
        "cell_meeting",
        "party_lecture",
        "theme_party_day",
    ),
    "会后": (
        "meeting_unheld",
        "roll_call_unfinished",
        "minutes_missing",
        "minutes_unconfirmed",
        "makeup_study",
    ),
    "年度": (
        "org_life_meeting",
        "democratic_appraisal",
        "heart_to_heart_talk",
        "secretary_lecture",
        "study_shortfall",
        "committee_term",
    ),
    OF_UNITS_ABOVE: (
        "working_committee",
        "theory_group",
        "leader_lecture",
        "democratic_life_meeting",
        "oath_renewal",
    ),
    "党费各项": (
        "dues_unpaid",
        "dues_open_run",
        "dues_unconfirmed",
        "dues_unassessed",
        "dues_unremitted",
        "dues_unpublished",
    ),
    "问题": ("issue_due", "issue_overdue", "issue_above"),
    "其他": ("letter_open", "post_vacant"),
}
"""Under which word the reminders are listed; each stands under one."""


def find_rule(text: str) -> str | None:
    """Return the rule people mean by a word (党员大会, 党费), or None."""
    for rule, ladders in LADDERS.items():
        if text in (rule, ladders[0].title, *ladders[0].words):
            return rule
    return None


# --- changing them ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What the configuration file changes of a rule's ladder; None leaves a thing as shipped."""

    days: tuple[int, ...] | None = None
    late: int | None = None
    above: int | None = None
    off: bool = False


def mistake_in(ladder: Ladder, days: Sequence[int]) -> str | None:
    """Return what is wrong with the days somebody wants for a ladder, or None.

    The days are as the ladder's base counts them; the sentence has no full stop.
    """
    lowest, highest = RANGES[ladder.base]
    lowest, highest = 0 if ladder.on_day else lowest, ladder.reach or highest
    most = MOST[ladder.told]
    if not days:
        return "至少写一个日子"
    if ladder.base is Base.YEAR:
        if any(not _is_every_year(number) for number in days):
            return "要写每年都有的日子，如 10月8日"
    elif any(not lowest <= number <= highest for number in days):
        return f"要写{lowest}到{highest}之间的数"
    ordered = sorted(set(days), reverse=ladder.base in BACKWARDS)
    if list(days) != ordered:
        return "要从先到后写，不能重复"
    if len(days) > most:
        whom = "同一件事对本人" if ladder.told is Told.MEMBER else "同一件事"
        return f"{whom}最多提醒{most}次"
    return None


def _is_every_year(number: int) -> bool:
    try:
        date(2001, *divmod(number, 100))
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Ladders:
    """All ladders of an installation.

    Args:
        changes: Rule → what the configuration file changes.
    """

    changes: Mapping[str, Change] = field(default_factory=dict)
    _installed: dict[tuple[str, Base], Ladder] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for rule, shipped in LADDERS.items():
            change = self.changes.get(rule)
            for ladder in shipped:
                is_usual = ladder is shipped[0]
                mine = ladder if change is None else _changed(ladder, change, is_usual=is_usual)
                self._installed[rule, ladder.base] = mine

    def of(self, rule: str, settings: Settings | None = None, base: Base | None = None) -> Ladder:
        """Return the ladder in force in a unit.

        Args:
            settings: Of the unit, those above it included; None for the installation.
            base: Left out, the usual one of the rule, or the one its unit has settled.
        """
        value = (settings or {}).get(POLICY + rule)
        usual = LADDERS[rule][0].base
        if value is None:
            return self._installed[rule, base or usual]
        own = Base(value["base"]) if "base" in value else usual
        return _settled(self._installed[rule, base or own], value, own)

    def falls_on(self, rule: str, day: date, values: Iterable[Mapping[str, Any]]) -> bool:
        """Tell whether a rung of any unit falls on a day, for rules that go by the period.

        Args:
            values: Every setting of the rule that any unit has ever had.
        """
        return any(ladder.step_on(day) is not None for ladder in self.every(rule, values))

    def every(self, rule: str, values: Iterable[Mapping[str, Any]]) -> set[Ladder]:
        """Return every ladder of a rule that may be in force somewhere.

        Args:
            values: Every setting of the rule that any unit has ever had.
        """
        settings: list[Settings | None] = [None, *({POLICY + rule: value} for value in values)]
        bases = [ladder.base for ladder in LADDERS[rule]]
        return {self.of(rule, each, base) for each in settings for base in bases}


def _changed(ladder: Ladder, change: Change, *, is_usual: bool) -> Ladder:
    days = ladder.days if change.days is None or not is_usual else change.days
    late = ladder.late if change.late is None else change.late or None
    above = ladder.above if change.above is None else change.above
    changed = replace(ladder, days=days, late=late, above=above, off=change.off)
    return ladder if changed == ladder else replace(changed, settled=OPERATOR)


def _settled(ladder: Ladder, value: Mapping[str, Any], own: Base) -> Ladder:
    """Return a ladder as a unit has settled it; days it has for another base change nothing."""
    days = tuple(value["days"]) if "days" in value and own is ladder.base else ladder.days
    late = value.get("late", ladder.late) or None
    return replace(
        ladder,
        days=days,
        late=late,
        above=value.get("above", ladder.above),
        off=bool(value.get("off", False)),
        settled=str(value.get("settled", ladder.settled)),
    )
