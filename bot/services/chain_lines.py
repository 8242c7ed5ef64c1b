"""Lines of a pasted chain against the roll: whose each is, or that nobody can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.chains import CHOSEN, UNCLEAR, UNREAD_FEN, Entry, Line
from bot.domain.ids import MemberId, UnitId
from bot.domain.name_forms import is_kin_word
from bot.domain.naming import Candidate, Naming, Roll, Verdict, Why
from bot.domain.rights import Role
from bot.services import aliases, people
from bot.services.people import Person
from bot.services.pinyin import sounds_of
from bot.storage.models import ChainChoice

_NO_TAILS: Mapping[MemberId, str] = {}
_FEN = 100


@dataclass(frozen=True, slots=True)
class Extra:
    """What only the words of a line tell, read where the calendar is known.

    Attributes:
        months: Months the line names, `2026-03`.
        reason_kind: Of a leave.
    """

    months: tuple[str, ...] = ()
    reason_kind: str = ""


def read_lines(
    entries: Sequence[Entry],
    extras: Sequence[Extra],
    roll: Roll,
    choices: Mapping[tuple[str, int], MemberId | None],
    tails: Mapping[MemberId, str] = _NO_TAILS,
) -> list[Line]:
    """Return the lines of a paste; of two lines of one name the later one stands.

    Args:
        extras: One for each entry.
        choices: Whom unclear names of this chain mean, by name and its how-manyeth line.
        tails: The last digits of each phone: behind a name they tell namesakes apart.
    """
    written = roll.match_all(entry.name for entry in entries)
    namings = [
        _sure(_by_tail(naming, entry, tails))
        for naming, entry in zip(written, entries, strict=True)
    ]
    in_full = {n.person.id for n in namings if n is not None and n.person and _is_full(n)}
    seen: Counter[str] = Counter()
    lines: dict[str, Line] = {}
    for entry, extra, naming in zip(entries, extras, namings, strict=True):
        seen[entry.name] += 1
        person = naming.person if naming else None
        if naming and person and person.id in in_full and not _is_full(naming):
            person = None  # 李建国 has a line of his own, so 老李 may be another
        line = _line(entry, extra, person, seen[entry.name])
        if person is not None and _is_tail(entry, tails.get(person.id, "")):
            line = replace(line, amount_fen=None)
        key = (entry.name, line.nth)
        if line.is_unclear and key in choices:
            line = replace(line, member_id=choices[key], how=CHOSEN)
        lines.pop(line.who, None)
        lines[line.who] = line
    return list(lines.values())


def _sure(naming: Naming) -> Naming | None:
    """Return a naming that is sure; whose 老伴 is meant nobody can tell."""
    return naming if naming.is_sure and not is_kin_word(naming.written) else None


def _by_tail(naming: Naming, entry: Entry, tails: Mapping[MemberId, str]) -> Naming:
    """Let the digits behind a name decide between those who bear it; wrong ones mean nobody."""
    decides = naming.verdict is Verdict.SEVERAL or (naming.is_sure and entry.tail_said)
    if not entry.tail or not decides:
        return naming
    fits = tuple(fit for fit in naming.fits if tails.get(fit.candidate.id) == entry.tail)
    if len(fits) != 1:
        return replace(naming, verdict=Verdict.SEVERAL)
    full = fits[0].why is Why.FULL
    return Naming(naming.written, Verdict.EXACT if full else Verdict.SURE, fits)


def _is_full(naming: Naming) -> bool:
    return naming.verdict is Verdict.EXACT


def _line(entry: Entry, extra: Extra, person: Candidate | None, nth: int) -> Line:
    how = UNCLEAR
    if person is not None:
        how = "exact" if person.name == entry.name else "sure"
    return Line(
        number=entry.number,
        name=entry.name,
        member_id=None if person is None else person.id,
        how=how,
        count=entry.count,
        kind=entry.kind,
        amount_fen=UNREAD_FEN if entry.is_doubtful else entry.amount_fen,
        months=extra.months,
        reason_kind=extra.reason_kind,
        nth=nth,
    )


def _is_tail(entry: Entry, tail: str) -> bool:
    """Tell whether what looks like an amount is the tail of whose line it is (张伟4567)."""
    return bool(tail) and entry.tail == tail and entry.amount_fen == int(tail) * _FEN


def load_choices(session: Session, chain_id: int) -> dict[tuple[str, int], MemberId | None]:
    """Return whom unclear names of a chain mean, as was said; the last word counts."""
    rows = session.execute(
        select(ChainChoice.name, ChainChoice.nth, ChainChoice.member_id)
        .where(ChainChoice.chain_id == chain_id)
        .order_by(ChainChoice.id)
    )
    return {(name, nth): _member(member_id) for name, nth, member_id in rows}


def load_roll(
    session: Session, branch_id: UnitId, on: date, speaker_id: MemberId | None = None
) -> tuple[Roll, list[Person]]:
    """Return the people of a branch, indexed by what a speaker may call them, and as they are."""
    members = people.list_members(session, branch_id, on)
    understood = aliases.list_understood(session, [branch_id], speaker_id)
    roles: dict[MemberId, set[Role]] = {}
    for _, role, member_id, _ in people.list_holders(session, [branch_id], list(Role), on):
        roles.setdefault(member_id, set()).add(role)
    candidates = [
        Candidate(
            person.id,
            person.name,
            understood.get(person.id, ()),
            person.branch_id,
            person.cell_id,
            frozenset(roles.get(person.id, ())),
        )
        for person in members
    ]
    return Roll(candidates, sounds_of), members


def likely(roll: Roll, name: str) -> list[Candidate]:
    """Return whom an unclear name may mean, the likeliest first."""
    naming = roll.match(name)
    return [] if naming.verdict is Verdict.NOBODY else [fit.candidate for fit in naming.fits]


def _member(member_id: int | None) -> MemberId | None:
    return None if member_id is None else MemberId(member_id)
