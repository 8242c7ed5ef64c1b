"""The ledger `audit` as rows: who did what, when, to whom, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.reads import Seen
from bot.services.audit_words import HOW_WORDS, SUBJECT_WORDS, action_words
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import AuditLine, Meeting, Unit

_AT_ONCE = 2000


def rows(session: Session, request: Request) -> Rows:
    """Yield the lines of the days asked for, in order.

    Raises:
        Forbidden: Only the person at the command line takes all of them out.
    """
    request.require_operator()
    query = select(AuditLine).order_by(AuditLine.id)
    query = request.of_days(query, AuditLine.at)
    found = session.scalars(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        subjects = _subjects(session, part)
        labels = labels_of(session, {line.by_id for line in part})
        for line in part:
            yield (
                moment_words(line.at),
                labels[line.by_id],
                HOW_WORDS.get(line.how, ""),
                action_words(line.action),
                subjects.get(line.subject, ""),
                line.reason,
            )


def _subjects(session: Session, lines: Sequence[AuditLine]) -> dict[str, str]:
    """Return what the subjects of some lines are: people, units and meetings by name."""
    ids: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    found: dict[str, str] = {}
    for line in lines:
        kind, _, rest = line.subject.partition(":")
        found[line.subject] = SUBJECT_WORDS.get(kind, "")
        number = rest.partition(":")[0]
        if number.isdigit():
            ids[kind][int(number)].append(line.subject)
    for kind, known in _names(session, ids).items():
        for row, subjects in ids[kind].items():
            found.update(dict.fromkeys(subjects, known.get(row) or SUBJECT_WORDS[kind]))
    return found


def _names(
    session: Session, ids: Mapping[str, Mapping[int, Sequence[str]]]
) -> dict[str, dict[int, str]]:
    """Return the names of people, units and meetings by kind and id."""
    labels = labels_of(session, list(ids["member"]))
    units = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids["unit"])))
    meetings = session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_at).where(Meeting.id.in_(ids["meeting"]))
    )
    return {
        "member": {member: label for member, label in labels.items() if member is not None},
        "unit": dict(units.all()),
        "meeting": {m: f"{title}（{day_of(begins)}）" for m, title, begins in meetings},
    }


EXPORT = Export(rows, dated=True, shows=(Seen.EVERYTHING,))
