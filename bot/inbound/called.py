"""Which meetings an order to move, cancel or bring back may mean, as numbered options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.series import Scope
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.questions import Option
from bot.services import meetings, people, scopes, series
from bot.services.meetings import MeetingView

LABEL = "{title}（{start}）"
NO_SUCH = "没有找到这个会。已安排的有：\n{listed}"
NONE_CALLED = "现在没有已安排的会。"
ONLY_THIS = "只{day}这一次"
THIS_AND_AFTER = "这次和以后的，共{n}次"
ALL_OF_IT = "还没开的全部，共{n}次"
_MONTH = re.compile(r"^(?P<n>1[0-2]|[1-9])月份?的?(?=\D{2})")


def find_called(
    context: Context,
    title: str,
    of: date | None,
    *,
    asked: str,
    back: timedelta = timedelta(),
    as_one: bool = True,
    near: date | None = None,
    recorded: bool = False,
) -> list[MeetingView]:
    """Return the meetings called that may be meant, at least one; of a series one time.

    Args:
        title: As said, with its month or without (5月支委会); "" for any.
        of: The Shanghai day it is held on, where that was said.
        asked: What was asked for, for the refusal.
        back: How long ago they may have been called for.
        as_one: What is held in one gathering changes as one.
        near: The day it is moved to: of a series the time nearest to it is meant.
        recorded: Also those that were held and recorded.

    Raises:
        Forbidden, DomainError
    """
    called = _called(context, asked, back, recorded=recorded)
    if not called:
        raise DomainError(NONE_CALLED)
    found = [meeting for meeting in called if _is_meant(meeting, title, of)]
    if not found:
        raise DomainError(NO_SUCH.format(listed=meetings.describe(called[:MAX_CHOICES])))
    exact = [meeting for meeting in found if meeting.title == title]
    return exact if len(exact) == 1 else _of_each(context, found, as_one=as_one, near=near)


def options_of(
    found: Sequence[MeetingView], kept: Mapping[str, Any], context: Context
) -> list[Option]:
    """Return the meetings to choose from; of several branches each with its branch."""
    branches = {meeting.branch_id for meeting in found}
    names = scopes.names_of(context.session, branches) if len(branches) > 1 else {}
    return [
        (
            names.get(m.branch_id, "") + LABEL.format(title=m.title, start=m.start_words),
            {"meeting": m.id, **kept},
        )
        for m in found[:MAX_CHOICES]
    ]


def scopes_of(
    following: Sequence[MeetingView], meeting: MeetingView, kept: Mapping[str, Any]
) -> list[Option]:
    """Return the options of a series: this one, this and those after, all that are to come."""
    kept = {**kept, "meeting": meeting.id}
    after = series.meant(following, meeting, Scope.FOLLOWING)
    options: list[Option] = [
        (ONLY_THIS.format(day=day_words(meeting.day)), {**kept, "scope": Scope.THIS.value})
    ]
    if len(after) > 1:
        words = THIS_AND_AFTER.format(n=len(after))
        options.append((words, {**kept, "scope": Scope.FOLLOWING.value}))
    if len(following) > len(after):
        options.append((ALL_OF_IT.format(n=len(following)), {**kept, "scope": Scope.ALL.value}))
    return options


def chosen(option: Mapping[str, Any], context: Context) -> MeetingView:
    """Return the meeting of an option."""
    return meetings.get_meeting(context.session, MeetingId(option["meeting"]))


def is_called_so(meeting: MeetingView, title: str) -> bool:
    """Tell whether words mean a meeting by its title or kind; a month before them has to be its."""
    month = _MONTH.match(title)
    if meeting.title == title or not title:
        return True
    if month is None or title in meeting.title:
        return meeting.is_called(title)
    return meeting.day.month == int(month["n"]) and meeting.is_called(title[month.end() :])


def _is_meant(meeting: MeetingView, title: str, of: date | None) -> bool:
    return is_called_so(meeting, title) and of in (None, meeting.day)


def _of_each(
    context: Context, found: Sequence[MeetingView], *, as_one: bool, near: date | None
) -> list[MeetingView]:
    """Return one time of each series, and of each gathering the first, if it changes as one."""
    series_of = series.series_of(context.session, found)
    ranked = sorted(found, key=_nearness(near)) if near is not None else found
    kept: dict[object, MeetingView] = {}
    for meeting in ranked:
        gathering = (meeting.event_id, meeting.starts_at) if as_one else meeting.id
        of_series = series_of.get(meeting.id)
        kept.setdefault(gathering if of_series is None else ("series", of_series), meeting)
    return sorted(kept.values(), key=lambda meeting: (meeting.starts_at, meeting.id))


def _nearness(near: date) -> Callable[[MeetingView], tuple[timedelta, date, int]]:
    return lambda meeting: (abs(meeting.day - near), meeting.day, meeting.id)


def _called(context: Context, asked: str, back: timedelta, *, recorded: bool) -> list[MeetingView]:
    """Return the meetings called in the writer's branch, or in all that the post answers for."""
    unit_id = people.scope_of(context.actor, Action.CALL_MEETING, asked)
    below = scopes.list_branches_below(context.session, unit_id)
    above = meetings.find_above(context.session, context.actor)
    units = (unit_id, *(branch for branch, _ in below), *([] if above is None else [above]))
    found: dict[MeetingId, MeetingView] = {}
    for branch_id in dict.fromkeys(units):
        called = meetings.list_called(context.session, branch_id, context.now - back)
        if recorded:
            since = context.now - back
            called += meetings.list_recent(context.session, branch_id, since, context.now)
        found |= {meeting.id: meeting for meeting in called}
    return sorted(found.values(), key=lambda meeting: (meeting.starts_at, meeting.id))
