"""Who held which posts when a meeting began: a committee, a team; with when it was written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import COMMITTEE, Role
from bot.domain.roll import ENDS_PLACE, MOVES_PLACE, counts_at
from bot.services.meetings import MeetingView
from bot.services.roll import STANDS
from bot.storage.models import AuditLine, Post, RollChange

_APPOINTED, _RELIEVED = "post.appoint", "post.relieve"


@dataclass(frozen=True, slots=True)
class Term:
    """A post from a day to a day (exclusive).

    Attributes:
        opened_at, closed_at: When that was written down; None for what was brought in by a file.
    """

    member_id: MemberId
    role: Role
    since: date
    until: date | None
    opened_at: datetime | None
    closed_at: datetime | None

    def holds(self, meeting: MeetingView) -> bool:
        """Tell whether it was held when a meeting began, by what was known then."""
        if self.until is not None and self.until <= self.since:
            return False
        began = _counts(self.since, self.opened_at, meeting)
        return began and (self.until is None or not _counts(self.until, self.closed_at, meeting))


def seated_at(
    terms: Sequence[Term], meeting: MeetingView, roles: Collection[Role] = COMMITTEE
) -> set[MemberId]:
    """Return who held one of some posts when a meeting began; left out, who sat on the committee."""
    return {term.member_id for term in terms if term.role in roles and term.holds(meeting)}


def load(
    session: Session,
    units: Collection[UnitId],
    last: date,
    roles: Collection[Role] = COMMITTEE,
) -> dict[UnitId, list[Term]]:
    """Return the posts of some units that began by a day; left out, those of their committees."""
    if not units:
        return {}
    posts = session.execute(
        select(
            Post.id, Post.unit_id, Post.member_id, Post.role, Post.valid_from, Post.valid_to
        ).where(Post.unit_id.in_(units), Post.role.in_(roles), Post.valid_from <= last)
    ).all()
    opened, relieved = _written(session, [post.id for post in posts])
    followed = {(post.unit_id, post.role, post.valid_from): opened.get(post.id) for post in posts}
    gone = _gone(session, {MemberId(post.member_id) for post in posts})
    found: dict[UnitId, list[Term]] = defaultdict(list)
    for post in posts:
        closed = relieved.get(post.id) or gone.get((post.member_id, post.valid_to))
        closed = closed or followed.get((post.unit_id, post.role, post.valid_to))
        found[UnitId(post.unit_id)].append(
            Term(
                MemberId(post.member_id),
                post.role,
                post.valid_from,
                post.valid_to,
                opened.get(post.id),
                closed,
            )
        )
    return dict(found)


def _counts(on: date, recorded_at: datetime | None, meeting: MeetingView) -> bool:
    if recorded_at is None:
        return on <= meeting.day
    return counts_at(
        on, recorded_at, day=meeting.day, start=meeting.starts_at, known=meeting.known_at
    )


def _written(
    session: Session, posts: Collection[int]
) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """Return when posts were given, and when they were taken by name, of the audit trail."""
    rows = session.execute(
        select(AuditLine.subject, AuditLine.action, AuditLine.at)
        .where(
            AuditLine.subject.in_([f"post:{post}" for post in posts]),
            AuditLine.action.in_((_APPOINTED, _RELIEVED)),
        )
        .order_by(AuditLine.id)
    )
    found: Mapping[str, dict[int, datetime]] = {_APPOINTED: {}, _RELIEVED: {}}
    for subject, action, at in rows:
        found[action][int(subject.removeprefix("post:"))] = at
    return found[_APPOINTED], found[_RELIEVED]


def _gone(session: Session, members: Collection[MemberId]) -> dict[tuple[Any, Any], datetime]:
    """Return when it was written down that members left their branch, by member and day."""
    rows = session.execute(
        select(RollChange.member_id, RollChange.on_day, RollChange.recorded_at).where(
            RollChange.member_id.in_(members),
            RollChange.kind.in_((*ENDS_PLACE, *MOVES_PLACE)),
            STANDS,
        )
    )
    return {(member, on_day): at for member, on_day, at in rows}
