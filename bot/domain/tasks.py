"""What waits for an organiser's hand (支部待办): counted by kind, worded in a line, answered by number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from bot.domain.ids import MemberId, UnitId

MOST_LINES = 5
"""Of the morning's note; what is over is one line more that says how to see it.

Source:
    burden.desk_digest
"""
REPEATED_FOR = timedelta(days=28)
"""How long something that nobody sees to is brought to mind again, on the first workday of a week."""
_MOST_NAMES = 3


class Desk(Enum):
    """Who sees to it first; where the post is empty, the next one, at last whoever stands above."""

    RECORDS = auto()  # organiser, secretary
    LEAD = auto()  # secretary, deputy, organiser


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of thing that waits.

    Attributes:
        name: Stable identifier.
        words: The line, with `{n}` and, where names are known, `{names}`.
        order: What a number answered stands for, in the words of a command.
        wakes: It is reason enough for a note of its own; other kinds only come along.
    """

    name: str
    words: str
    order: str
    desk: Desk = Desk.RECORDS
    wakes: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something of one kind that waits in one unit.

    Attributes:
        name: Whom or what it is about, in a word or two; "" where only its number is told.
        since: Aware; when it came up.
        member_id: Whom it is about, where that is a member: namesakes are told apart by it.
        due_on: The Shanghai day by which an answer is of use, where there is one.
    """

    kind: TaskKind
    unit_id: UnitId
    name: str
    since: datetime
    member_id: MemberId | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """All that waits of one kind for one person: a line.

    Attributes:
        since: When the newest of it came up, aware.
        due: The Shanghai days by which answers are of use.
    """

    kind: TaskKind
    names: tuple[str, ...]
    since: datetime
    due: tuple[date, ...] = ()

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self.names)

    @property
    def words(self) -> str:
        """The line as people read it: at most three names."""
        named = list(dict.fromkeys(name for name in self.names if name))
        shown = "、".join(named[:_MOST_NAMES]) + ("等" if len(named) > _MOST_NAMES else "")
        return self.kind.words.format(n=self.count, names=shown)


def gather(waiting: Iterable[Waiting]) -> list[Task]:
    """Make one task of all that waits of a kind, the oldest first; in the order the kinds come."""
    kinds: dict[str, list[Waiting]] = {}
    for one in waiting:
        kinds.setdefault(one.kind.name, []).append(one)
    tasks = []
    for group in kinds.values():
        ordered = sorted(group, key=lambda one: (one.since, one.name))
        names = tuple(one.name for one in ordered)
        due = tuple(sorted({one.due_on for one in group if one.due_on is not None}))
        tasks.append(Task(ordered[0].kind, names, ordered[-1].since, due))
    return tasks


def is_worth_a_note(
    tasks: Sequence[Task],
    now: datetime,
    last: datetime,
    *,
    starts_week: bool,
    soon: Collection[date] = (),
) -> bool:
    """Tell whether the morning's note is sent: something came up since the last one could be.

    Nothing new, no note; on the first workday of a week what still waits is told once more, but
    not for ever. What has to be answered soon is told again, however old.

    Args:
        last: Aware; when the note before this one could have been sent.
        soon: The day itself and those until the next note could be sent.

    Source:
        burden.desk_digest
    """
    waking = [task.since for task in tasks if task.kind.wakes and task.since <= now]
    if any(since > last for since in waking) or any(set(task.due) & set(soon) for task in tasks):
        return True
    return starts_week and any(since > now - REPEATED_FOR for since in waking)
