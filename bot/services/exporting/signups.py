"""The ledger `signups` as rows: who has a seat in a class, then who waits, in order."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.domain.reads import Seen
from bot.domain.study import SignupAction
from bot.services.exporting import held
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows, to_the_second
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.importing.signups import ACTION_WORDS
from bot.services.study_seats import HOLDS
from bot.storage.models import StudySignup


def rows(session: Session, request: Request) -> Rows:
    """Yield the sign-ups in force for the classes of the days asked for."""
    people = People(session, request)
    later = aliased(StudySignup)
    for named in held.batches(session, request, seats=True):
        superseded = select(later.id).where(
            later.meeting_id == StudySignup.meeting_id,
            later.member_id == StudySignup.member_id,
            later.seq > StudySignup.seq,
        )
        found = session.scalars(
            select(StudySignup).where(
                StudySignup.meeting_id.in_(named),
                StudySignup.action.in_(HOLDS),
                ~superseded.exists(),
            )
        ).all()
        whose = people.everybody({row.member_id for row in found})
        labels = labels_of(session, {row.by_id for row in found})
        places = {meeting: at for at, meeting in enumerate(named)}
        waiting: dict[int, int] = defaultdict(int)
        for row in sorted(
            (row for row in found if row.member_id in whose),
            key=lambda r: (
                places[r.meeting_id],
                r.action is SignupAction.WAIT,
                (r.place or 0) if r.action is SignupAction.WAIT else 0,
                to_the_second(r.at),
                whose[r.member_id],
            ),
        ):
            waits = row.action is SignupAction.WAIT
            waiting[row.meeting_id] += waits
            yield (
                *whose[row.member_id],
                *named[row.meeting_id],
                ACTION_WORDS[row.action],
                row.seats,
                waiting[row.meeting_id] if waits else "",
                labels[row.by_id],
                moment_words(row.at),
            )


EXPORT = Export(rows, dated=True, shows=(Seen.SIGNUPS,))
