"""What counts as studied, and which missed session it makes up for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain import regulations
from bot.domain.cadence import MeetingKind, find_kind

MAX_TITLE = 30
ANYTHING = "学习"

_OF_ITS_OWN = ("强国", "心得", "体会", "汇报", "读后感", "观后感")
_NAMED_STUDIES = ("集中学习", "政治学习", "理论学习", "集体学习", "学习会")


@dataclass(frozen=True, slots=True)
class Missed:
    """A session a member was not at."""

    kind: MeetingKind
    title: str
    held_on: date


def made_up_within(on: date) -> timedelta:
    """Return how long after a session it may be made up for by a member's own word.

    Source:
        study.made_up
    """
    return timedelta(days=regulations.number("study.made_up", on))


def title_of(words: str | None) -> str:
    """Return what a study is called in the ledger: the words said, else 学习."""
    return " ".join((words or "").split())[:MAX_TITLE] or ANYTHING


def makes_up_for(
    missed: Missed, title: str | None, day: date | None, until: date | None = None
) -> bool:
    """Tell whether what a member says was studied fits a session he missed.

    A study of its own (学习强国, 心得) never does. A day said is that of the session, or a later
    one on which it was studied; then the words have to name the session.

    Args:
        title: What was studied, None where it was not said.
        day: The Shanghai day said, or the first of a span; None where none was.
        until: The last day of a span, inclusive.

    Source:
        study.made_up
    """
    last = until or day
    if last is not None and last < missed.held_on:
        return False
    on_it = day is not None and last is not None and day <= missed.held_on <= last
    if title is None:
        return day is None or on_it
    if any(word in title for word in _OF_ITS_OWN):
        return False
    kind = _kind_named(title)
    if kind is None and on_it:
        return True
    return kind is missed.kind or title in missed.title


def _kind_named(title: str) -> MeetingKind | None:
    """Return the kind of meeting named; 学习 alone names none."""
    kind = find_kind(title)
    if kind is MeetingKind.STUDY and not any(word in title for word in _NAMED_STUDIES):
        return None
    return kind
