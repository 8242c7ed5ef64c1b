"""The plan: what would be said, to whom, when, and why. Reads only, by the code of the tick."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.ids import MemberId, UnitId
from bot.domain.joining import bundle, join_texts
from bot.domain.lateness import made_up
from bot.domain.privacy import Text
from bot.domain.sending import UNFINISHED, SendState, without_number
from bot.domain.units import is_under
from bot.services.groups import find_unit
from bot.services.outbox import Letter
from bot.services.ports import PlannedReminder
from bot.services.queue import Joining
from bot.services.survey import Seen
from bot.storage.engine import Database
from bot.storage.models import Member, Membership, Outbox, Unit
from scheduler.compose import compose
from scheduler.rule import Asked, Rule, Setting, joining
from scheduler.tick import group_notices_since, last_tick

LONGEST_HELD = timedelta(days=14)  # over the longest holiday, and a day's budget


@dataclass(frozen=True, slots=True)
class _Reader:
    """A member as the plan names them."""

    name: str
    unit_id: int
    cell_id: int


class ReminderPlanner:
    """The port `Planner`."""

    def __init__(self, *, database: Database, rules: Sequence[Rule], setting: Setting) -> None:
        self._database = database
        self._rules = tuple(rules)
        self._joining = joining(rules, setting)
        self._setting = setting

    def plan(
        self, after: datetime, until: datetime, *, unit: str | None = None
    ) -> Iterable[PlannedReminder]:
        """Return what would be sent in (after, until], in order of time; writes nothing.

        What is queued already is told as it stands; what is not, as the tick would queue it.

        Raises:
            NotFound: There is no such unit, or the name fits several.
        """
        with self._database.reading() as session:
            wanted = None if unit is None else find_unit(session, unit).path
            start = _start(session, after)
            queued_until = max(start, last_tick(session) or start)
            composed = compose(
                session,
                self._rules,
                start,
                until,
                replace(self._setting, queued_until=queued_until, seen=Seen()),
                taken=lambda: group_notices_since(session, day_of(start), self._rules),
            )
            letters = {item.key: item.letter() for item in composed}
            letters |= _queued(session, self._rules, after)
            readers = _readers(session)
            units = {row.id: row for row in session.execute(select(Unit.id, Unit.name, Unit.path))}
        within = {
            unit_id
            for unit_id, row in units.items()
            if wanted is None or is_under(row.path, wanted)
        }
        due = [letter for letter in letters.values() if after < letter.due_at <= until]
        names = {unit_id: row.name for unit_id, row in units.items()}
        return [
            _planned(message, readers, names)
            for message in _messages(due, self._joining)
            if wanted is None or any(_concerns(letter, readers, within) for letter in message)
        ]


def _start(session: Session, after: datetime) -> datetime:
    """Return from which moment on nothing is queued yet that may be sent after `after`."""
    ticked = last_tick(session)
    if ticked is None or ticked >= after:
        return after
    return max(ticked, after - LONGEST_HELD)


def _queued(session: Session, rules: Sequence[Rule], after: datetime) -> dict[str, Letter]:
    """Return what is queued and still wanted, by key; parts of one are one.

    Group notices that were sent are among it, since nothing is composed in their place.
    """
    by_name = {rule.name: rule for rule in rules}
    sent_to_groups = Outbox.unit_id.is_not(None) & Outbox.state.not_in(
        (SendState.VOID, SendState.EXPIRED)
    )
    rows = session.scalars(
        select(Outbox)
        .where(or_(Outbox.state.in_(UNFINISHED), sent_to_groups), Outbox.due_at > after)
        .order_by(Outbox.id)
    ).all()
    settled: set[int] = set()
    for name, rule in by_name.items():
        asked = [_asked(row) for row in rows if row.rule == name and row.state in UNFINISHED]
        settled.update(rule.satisfied(session, asked, after) if asked else ())
    letters: dict[str, Letter] = {}
    for row in rows:
        if row.id not in settled:
            key = row.key.partition("#")[0]
            letters[key] = _letter(row, key, letters.get(key))
    return letters


def _readers(session: Session) -> dict[int, _Reader]:
    rows = session.execute(
        select(Member.id, Member.name, Membership.unit_id, Membership.cell_id).outerjoin(
            Membership, (Membership.member_id == Member.id) & Membership.valid_to.is_(None)
        )
    )
    return {
        member_id: _Reader(name, branch or 0, cell or 0) for member_id, name, branch, cell in rows
    }


def _asked(row: Outbox) -> Asked:
    member = None if row.member_id is None else MemberId(row.member_id)
    return Asked(row.id, row.slot, row.subject, member)


def _letter(row: Outbox, key: str, begun: Letter | None) -> Letter:
    words = without_number(row.text)
    return Letter(
        key=key,
        text=Text(words if begun is None else f"{begun.text.words}\n{words}"),
        due_at=row.due_at,
        member_id=None if row.member_id is None else MemberId(row.member_id),
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        rule=row.rule,
        slot=row.slot,
        subject=row.subject,
        reason=row.reason,
        late_since=row.late_since,
    )


def _messages(letters: Iterable[Letter], joining: Joining) -> Iterator[list[Letter]]:
    """Yield the letters of each message, as the dispatcher joins them, in order of time."""
    together: dict[tuple[object, ...], list[Letter]] = {}
    for letter in sorted(letters, key=lambda letter: (letter.due_at, letter.key)):
        rules = joining.group if letter.member_id is None else joining.private
        alone = letter.key if letter.rule not in rules else ""
        place = (letter.due_at, letter.member_id, letter.unit_id, alone)
        together.setdefault(place, []).append(letter)
    for same in together.values():
        yield from bundle(same, lambda letter: letter.text.words)


def _concerns(letter: Letter, readers: Mapping[int, _Reader], within: Collection[int]) -> bool:
    """Tell whether a letter is for somebody of some units, for one's group, or about one."""
    kind, _, number = letter.subject.partition(":")
    if letter.unit_id in within or (kind == "unit" and int(number) in within):
        return True
    reader = readers.get(letter.member_id or 0)
    return reader is not None and bool({reader.unit_id, reader.cell_id} & set(within))


def _planned(
    message: Sequence[Letter], readers: Mapping[int, _Reader], units: Mapping[int, str]
) -> PlannedReminder:
    first = message[0]
    if first.member_id is None:
        to = {"chat": units[first.unit_id or 0]}
    else:
        reader = readers[first.member_id]
        unit = units.get(reader.unit_id, "")
        to = {"member": str(first.member_id), "name": reader.name, "unit": unit}
    return PlannedReminder(
        at=local(first.due_at),
        rule="+".join(letter.rule for letter in message),
        slot="+".join(letter.slot for letter in message),
        subject="+".join(letter.subject for letter in message),
        to=to,
        text=_text(message),
        reason=_reason([dict(letter.reason or {}) for letter in message]),
    )


def _text(message: Sequence[Letter]) -> str:
    text = join_texts([letter.text.words for letter in message])
    return made_up(text) if any(letter.late_since for letter in message) else text


def _reason(reasons: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Return why a message is sent: of one thing its reason, of several theirs, side by side."""
    if len(reasons) == 1:
        return reasons[0]
    fields = dict.fromkeys(name for reason in reasons for name in reason)
    return {
        name: [reason[name] for reason in reasons if name in reason]
        if name == "facts"
        else "；".join(dict.fromkeys(str(r[name]) for r in reasons if r.get(name)))
        for name in fields
    }
