"""Issues on their way to being put right (整改): who, until when, how far, closed by a second person."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.open_items import ItemAct

MAX_LABEL, MAX_MEASURE = 40, 200
SOMEBODY = "居民"
_COMPLAINS = r"(?:反映|反应|投诉|举报|来电|来信|来访|上访|诉求|求助)"
_COMPLAINANT = re.compile(rf"[\u4e00-\u9fff]{{1,4}}(?={_COMPLAINS})")
_GENERAL = re.compile(r"(?:居民|群众|住户|业主|党员|商户|大家|有人|多人|联名|代表)$")


class IssueState(Enum):
    """How an issue stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


STATE_NAMES: dict[IssueState, str] = {
    IssueState.OPEN: "办理中",
    IssueState.PROPOSED: "等核实",
    IssueState.CLOSED: "已办结",
    IssueState.WITHDRAWN: "已收回",
}


class Colour(Enum):
    """How near the deadline of an open issue is."""

    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"


COLOUR_NAMES: dict[Colour, str] = {Colour.RED: "红", Colour.YELLOW: "黄", Colour.BLUE: "蓝"}


class WrongStep(DomainError):
    """Something that cannot be done to an issue as it stands."""


@dataclass(frozen=True, slots=True)
class Did:
    """One step of an issue."""

    act: ItemAct
    at: datetime
    by_id: MemberId | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the steps of an issue amount to.

    Attributes:
        done: The report that it is done, of which nothing was taken back; None while there is none.
        verified: That a second person has seen it.
        progress: What was last said of it while it was under way.
    """

    state: IssueState = IssueState.OPEN
    done: Did | None = None
    verified: Did | None = None
    progress: Did | None = None

    @property
    def closed_at(self) -> datetime | None:
        """When it was put right: the moment it was reported done, once that was verified."""
        if self.state is not IssueState.CLOSED:
            return None
        closing = self.done or self.verified
        return None if closing is None else closing.at


def stand(steps: Iterable[Did]) -> Standing:
    """Return what some steps, the oldest first, amount to.

    Source:
        issues.closing
    """
    state, done, verified, progress = IssueState.OPEN, None, None, None
    for step in steps:
        if step.act is ItemAct.PROPOSE:
            state, done = IssueState.PROPOSED, step
        elif step.act is ItemAct.CLOSE:
            state, verified = IssueState.CLOSED, step
        elif step.act is ItemAct.UNVERIFY:
            state, verified = IssueState.PROPOSED, None
        elif step.act in (ItemAct.REOPEN, ItemAct.RETURN):
            state, done, verified = IssueState.OPEN, None, None
        elif step.act is ItemAct.WITHDRAW:
            state = IssueState.WITHDRAWN
        elif step.act is ItemAct.PROGRESS:
            progress = step
    return Standing(state, done, verified, progress)


def is_on_time(closed_at: datetime, due_on: date) -> bool:
    """Tell whether an issue was put right in time: the last day counts to its last minute.

    Args:
        closed_at: Aware; 2017-12-01 00:01 of Shanghai is late for 30 November.

    Source:
        issues.closing
    """
    return day_of(closed_at) <= due_on


def colour_of(due_on: date, today: date, settled: Mapping[str, int] | None = None) -> Colour:
    """Return the colour of an open issue by the days left; what is overdue is red.

    Args:
        settled: What a unit has settled: {"red": days, "yellow": days}, both included.

    Source:
        issues.colours
    """
    left, bounds = (due_on - today).days, settled or {}
    if left <= bounds.get("red", regulations.number("issues.colours.red", today)):
        return Colour.RED
    if left <= bounds.get("yellow", regulations.number("issues.colours.yellow", today)):
        return Colour.YELLOW
    return Colour.BLUE


def check_second(verifier: MemberId | None, *, owner: MemberId | None, done: Did) -> None:
    """Refuse somebody who would verify his own work.

    Raises:
        WrongStep

    Source:
        issues.closing
    """
    if verifier is not None and verifier in (owner, done.by_id):
        raise WrongStep("自己办的要请别人看一下：请书记、组织委员或者报问题的人回复核实。")


def without_complainants(words: str, names: Collection[str] = ()) -> str:
    """Return the words of an issue as they may be published: nobody is named in them.

    Args:
        names: Full names that may stand in them.

    Source:
        issues.publication
    """
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, SOMEBODY)
    words = _COMPLAINANT.sub(_somebody, words)
    return words.replace(SOMEBODY + SOMEBODY, SOMEBODY)


def _somebody(found: re.Match[str]) -> str:
    return found[0] if _GENERAL.search(found[0]) else SOMEBODY
