"""Granting and refusing what members asked for (补签, 代签, 请假): what both decisions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.attendance import Mark
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.replies import Reply
from bot.inbound.whom import whom
from bot.services.attendance_requests import Request

EVERYONE = frozenset(("全部", "所有", "所有人", "全体"))
MOST_LINES = 30


@dataclass(frozen=True, slots=True)
class GrantSlots:
    """Requests are granted.

    Attributes:
        names: Whose, as written; empty with `everyone`.
        everyone: All that wait (确认签到 全部).
    """

    names: tuple[str, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class RefuseSlots:
    """Requests are refused.

    Attributes:
        names: Whose, as written.
        reason: The words that say why, if any.
    """

    names: tuple[str, ...]
    reason: str = ""


def meant(intent: str, kept: Mapping[str, Any], context: Context) -> list[MemberId] | Reply | None:
    """Return the members named, None for everybody; or the question who is meant.

    Args:
        intent: Resumed with the answer to the question.
        kept: Holds the `names` as written.
    """
    if not kept["names"]:
        return None
    action = Action.RECORD_ATTENDANCE
    people = whom(context, intent, kept["names"], kept, action=action, own_branch=False)
    return people if isinstance(people, Reply) else [person.id for person in people]


def stored(request: Request) -> dict[str, Any]:
    """Return a request as a preview keeps it."""
    return {
        "meeting_id": request.meeting_id,
        "title": request.title,
        "member_id": request.member_id,
        "name": request.name,
        "mark": request.mark.value,
        "seq": request.seq,
        "said_at": request.said_at.isoformat(),
        "reporter_id": request.reporter_id,
        "reporter": request.reporter,
    }


def loaded(kept: Mapping[str, Any]) -> Request:
    """Return a request as it was before a preview kept it."""
    reporter = kept["reporter_id"]
    return Request(
        meeting_id=MeetingId(kept["meeting_id"]),
        title=kept["title"],
        member_id=MemberId(kept["member_id"]),
        name=kept["name"],
        mark=Mark(kept["mark"]),
        seq=kept["seq"],
        said_at=datetime.fromisoformat(kept["said_at"]),
        reporter_id=None if reporter is None else MemberId(reporter),
        reporter=kept["reporter"],
    )
