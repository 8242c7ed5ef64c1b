"""The roll call of a meeting: where everybody expected stands, counted once and only once.

应到 = 实到 + 请假 + 缺席 + 未定, always. A study made up for later (补学) and being excused by
rule are told besides: they move nobody from one place to another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import add

from bot.domain.attendance import THERE, WAITING, Mark
from bot.domain.ids import MemberId


class Place(Enum):
    """Where somebody expected stands; the value is its name."""

    PRESENT = "实到"
    LEAVE = "请假"
    ABSENT = "缺席"
    OPEN = "未定"


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands for a member at a meeting.

    Attributes:
        mark: The one in force, None where there is none.
        under: With a 补学, the mark it was laid over: it decides the place.
        checked: Of a 补学: the organiser has confirmed it, or said so himself.
    """

    mark: Mark | None = None
    under: Mark | None = None
    checked: bool = True

    @property
    def made_up(self) -> bool:
        """Whether it counts as made up for: by the organiser's word, not by one's own alone.

        Source:
            study.made_up
        """
        return self.mark is Mark.STUDIED_LATER and self.checked

    @property
    def decides(self) -> Mark | None:
        """The mark that decides the place."""
        return self.under if self.mark is Mark.STUDIED_LATER else self.mark


@dataclass(frozen=True, slots=True)
class Roll:
    """What decides the places besides the marks.

    Attributes:
        closed: The organiser has said that the roll call is finished: what is left is absent.
        leave_needs_approval: A leave that is only asked for is open until it is decided.
        excused: Members of whom attendance is not asked.
    """

    closed: bool = False
    leave_needs_approval: bool = False
    excused: frozenset[MemberId] = frozenset()

    def place_of(self, member: MemberId, stand: Stand) -> Place:
        """Return where a member stands.

        Who is excused and not there is away with a reason, like somebody on leave.

        Source:
            attendance.roll_call
        """
        mark = stand.decides
        if mark in THERE:
            return Place.PRESENT
        if mark in WAITING:
            return Place.OPEN
        if mark in (Mark.LEAVE, Mark.ELSEWHERE) or member in self.excused:
            return Place.LEAVE
        if mark is Mark.LEAVE_REQUESTED:
            return Place.OPEN if self.leave_needs_approval else Place.LEAVE
        return Place.ABSENT if self.closed or mark is Mark.ABSENT else Place.OPEN


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there were, of one meeting or of several together.

    Attributes:
        expected: 应到; the four after it add up to it.
        late, left_early: Of those present.
        excused: Of those on leave: not asked to come and not there.
        elsewhere: Of those on leave: took part in another branch, with evidence of the host.
        studied_later: Of those not there, who studied it later (补学).
        broke_word: Of those absent, who had said to come.
        observers: There without being expected (列席).
    """

    expected: int = 0
    present: int = 0
    leave: int = 0
    absent: int = 0
    open: int = 0
    late: int = 0
    left_early: int = 0
    excused: int = 0
    elsewhere: int = 0
    studied_later: int = 0
    broke_word: int = 0
    observers: int = 0

    @property
    def percent(self) -> int | None:
        """Attendance rate, half up; those excused are outside it. None where nobody counts.

        Who took part elsewhere took part.

        Source:
            attendance.rate
        """
        return self._share(self.present + self.elsewhere)

    @property
    def percent_reached(self) -> int | None:
        """The same with those who studied later (到会 + 补学)."""
        return self._share(self.present + self.elsewhere + self.studied_later)

    def _share(self, part: int) -> int | None:
        base = self.expected - self.excused
        return (200 * part + base) // (2 * base) if base else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            expected=self.expected + other.expected,
            present=self.present + other.present,
            leave=self.leave + other.leave,
            absent=self.absent + other.absent,
            open=self.open + other.open,
            late=self.late + other.late,
            left_early=self.left_early + other.left_early,
            excused=self.excused + other.excused,
            elsewhere=self.elsewhere + other.elsewhere,
            studied_later=self.studied_later + other.studied_later,
            broke_word=self.broke_word + other.broke_word,
            observers=self.observers + other.observers,
        )


NOTHING = Stand()
NOBODY = Tally()


def tally(expected: Collection[MemberId], stands: Mapping[MemberId, Stand], roll: Roll) -> Tally:
    """Count a meeting.

    Args:
        expected: The roll frozen at the start (应到).
        stands: Of anybody, also of people not expected.

    Source:
        attendance.roll_call
    """
    due = set(expected)
    observers = sum(s.decides in THERE for m, s in stands.items() if m not in due)
    return total(
        (one(member, stands.get(member, NOTHING), roll) for member in due),
        Tally(observers=observers),
    )


def one(member: MemberId, stand: Stand, roll: Roll) -> Tally:
    """Count one member expected at a meeting."""
    place, mark = roll.place_of(member, stand), stand.decides
    away = place is Place.LEAVE and mark is not Mark.ELSEWHERE
    excused = away and member in roll.excused
    return Tally(
        expected=1,
        present=int(place is Place.PRESENT),
        leave=int(place is Place.LEAVE),
        absent=int(place is Place.ABSENT),
        open=int(place is Place.OPEN),
        late=int(mark is Mark.LATE),
        left_early=int(mark is Mark.LEFT_EARLY),
        excused=int(excused),
        elsewhere=int(mark is Mark.ELSEWHERE),
        studied_later=int(stand.made_up and not excused),
        broke_word=int(place is Place.ABSENT and mark is Mark.PROMISED),
    )


def total(tallies: Iterable[Tally], start: Tally = NOBODY) -> Tally:
    """Add tallies up."""
    return reduce(add, tallies, start)
