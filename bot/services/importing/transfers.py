"""The ledger `transfers`: letters of introduction, and what became of them; it moves nobody.

A letter comes in as history: its member is on the roll already where the row says, since the roll
changes only by the answer to a letter, in the chat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.domain.roll import MAX_REASON
from bot.domain.sensitive import mask_numbers
from bot.domain.transfers import (
    STATE_NAMES,
    TransferState,
    check_days,
    check_dues_until,
    days_valid,
)
from bot.services import officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import Named, said
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.services.transfers import MAX_NUMBER, MAX_PLACE
from bot.storage.models import Membership, Transfer, TransferStep, Unit

FROM, TO, NUMBER, ISSUED, DAYS = "转出自", "转入到", "介绍信编号", "开信日期", "有效天数"
DUES, STATE, ON_DAY, REASON = "党费交到", "状态", "办理日期", "原因"
COLUMNS = (
    *named.COLUMNS,
    Column(
        FROM, "原来的支部，写全称；外面来的写外面组织的名称", required=True, aliases=("转出支部",)
    ),
    Column(
        TO, "要去的支部，写全称；转到外面的写外面组织的名称", required=True, aliases=("转入支部",)
    ),
    Column(NUMBER, "没有就留空", aliases=("编号",)),
    Column(ISSUED, "如 2026-03-12", required=True, aliases=("开具日期",)),
    Column(DAYS, "介绍信管几天；留空按规定。外面来的留空"),
    Column(DUES, "党费在原支部交到哪个月，如 2026-03", required=True, aliases=("党费交至",)),
    Column(STATE, f"{'、'.join(STATE_NAMES.values())}；留空是{STATE_NAMES[TransferState.OPEN]}"),
    Column(ON_DAY, "哪天接收、退回或收回的；还在等的留空"),
    Column(REASON, "退回的写为什么"),
    *SIGNED,
)
_STATES = {word: state for state, word in STATE_NAMES.items()}
_MOST_DAYS = 999


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    person: Named
    from_unit: UnitId | None
    to_unit: UnitId | None
    place: str
    number: str
    issued_on: date
    days: int | None
    dues_until: Month
    state: TransferState
    on_day: date | None
    reason: str
    signed: Signed

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same letter."""
        return self.person.id, self.issued_on, self.from_unit, self.to_unit, self.place


@dataclass(frozen=True, slots=True)
class _Standing:
    """A letter on record."""

    number: str
    days: int
    dues_until: Month
    state: TransferState
    on_day: date | None
    reason: str


@dataclass(slots=True)
class _Known:
    """The letters and the places of some members.

    Attributes:
        open_letters: Members with a letter that nobody has answered.
        now: Member → the branch he belongs to. ever: Also those he belonged to.
    """

    letters: dict[tuple[Any, ...], list[_Standing]]
    open_letters: set[int]
    now: dict[int, int]
    ever: set[tuple[int, int]]


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the letters of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row, and where a letter on record would change.
        Forbidden
    """
    added = unchanged = 0
    for lines in staged.batches("写入介绍信"):
        units, book = _units(session, lines), named.Book.of(session, lines)
        others = Others.of(session, lines, BY)
        read = [_read(line, units, book, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.person.unit_path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        known = _known(session, rows)
        new = [row for row in rows if not _stands(row, known, staged)]
        for row in new:
            _check_new(row, known)
        if not staged.problems:
            _write(session, new, source)
        added, unchanged = added + len(new), unchanged + len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(
    line: Line,
    units: dict[str, UnitId],
    book: named.Book,
    others: Others,
    staged: Staged,
    source: Source,
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    person = book.find(cells)
    ends = [cells.required(column, longest=MAX_PLACE) for column in (FROM, TO)]
    issued_on, dues = cells.day(ISSUED), cells.day(DUES, future=True)
    for column in (ISSUED, DUES):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    if all(ends) and not any(end in units for end in ends):
        cells.wrong(TO, "两头都不是我们的支部。请至少一头写名册里支部的全称。")
        return None
    if person is None or not all(ends) or issued_on is None or dues is None:
        return None
    from_unit, to_unit = units.get(ends[0]), units.get(ends[1])
    if from_unit == to_unit:
        cells.wrong(TO, "和转出自是同一个支部，请核对。")
        return None
    outside = FROM if from_unit is None else TO if to_unit is None else ""
    return _Wanted(
        cells=cells,
        person=person,
        from_unit=from_unit,
        to_unit=to_unit,
        place=mask_numbers(cells.prose(outside, longest=MAX_PLACE)) if outside else "",
        number=mask_numbers(cells.prose(NUMBER, longest=MAX_NUMBER)),
        issued_on=issued_on,
        days=cells.whole(DAYS, most=_MOST_DAYS, unit="天"),
        dues_until=Month.of(dues),
        state=cells.one_of(STATE, _STATES) or TransferState.OPEN,
        on_day=cells.day(ON_DAY),
        reason=mask_numbers(cells.prose(REASON, longest=MAX_REASON)),
        signed=signed(cells, others, source, person.unit_path),
    )


def _stands(row: _Wanted, known: _Known, staged: Staged) -> bool:
    """Tell whether a letter is on record; what a row says otherwise of it is noted."""
    _, nth = staged.use("/".join(str(part) for part in row.key))
    there = known.letters.get(row.key, [])
    if nth > len(there):
        return False
    old = there[nth - 1]
    pairs = (
        (NUMBER, row.number, old.number),
        (DAYS, old.days if row.days is None else row.days, old.days),
        (DUES, row.dues_until, old.dues_until),
    )
    for column, says, stands in pairs:
        if says != stands:
            words = f"登记的是“{stands}”。开出的介绍信不改，要改请在聊天里收回重开。"
            row.cells.wrong(column, words)
    if row.state is TransferState.OPEN or row.state is old.state:
        return True  # an older export: what has become of it since stands
    what = STATE_NAMES[old.state]
    row.cells.wrong(
        STATE, f"登记的是{what}。接收、退回、收回要在聊天里办，名册跟着变，例如发 接收 加姓名。"
    )
    return True


def _check_new(row: _Wanted, known: _Known) -> None:
    """Note what cannot be of a letter that is not on record."""
    cells, member = row.cells, row.person.id
    try:
        check_dues_until(row.dues_until, row.issued_on)
    except DomainError as error:
        cells.wrong(DUES, error.sentence)
    if row.days is not None and row.from_unit is not None:
        try:
            check_days(row.days, row.issued_on)
        except DomainError as error:
            cells.wrong(DAYS, error.sentence)
    if row.state is TransferState.OPEN:
        if known.now.get(member) != row.from_unit or row.from_unit is None:
            cells.wrong(FROM, "还在等接收的，本人要在这个支部的名册里。办好了的请写状态。")
        elif member in known.open_letters:
            cells.wrong(STATE, "已经有一封等接收的介绍信了，请先办好那一封。")
        known.open_letters.add(member)
        return
    if row.on_day is None:
        cells.wrong(ON_DAY, "没有填。")
    elif row.on_day < row.issued_on:
        cells.wrong(ON_DAY, f"早于开信日期{row.issued_on}，请核对。")
    if row.state is TransferState.RETURNED and not row.reason:
        cells.wrong(REASON, "没有填。退回要写为什么。")
    if row.state is not TransferState.RECEIVED:
        return
    arrived = (
        (member, row.to_unit) in known.ever
        if row.to_unit is not None
        else known.now.get(member) != row.from_unit
    )
    if not arrived:
        cells.wrong(STATE, "名册里还没有转过去。请在聊天里发 接收 加姓名，或先导入现在的名册。")


def _known(session: Session, rows: Sequence[_Wanted]) -> _Known:
    known = _Known(defaultdict(list), set(), {}, set())
    for some in bulk.chunks(sorted({row.person.id for row in rows})):
        steps = {
            step.transfer_id: step
            for step in session.scalars(
                select(TransferStep)
                .join(Transfer, Transfer.id == TransferStep.transfer_id)
                .where(Transfer.member_id.in_(some))
                .order_by(TransferStep.seq)
            )
        }
        letters = session.scalars(
            select(Transfer).where(Transfer.member_id.in_(some)).order_by(Transfer.id)
        )
        for one in letters:
            key = (one.member_id, one.issued_on, one.from_unit_id, one.to_unit_id, one.place)
            step = steps.get(one.id)
            known.letters[key].append(
                _Standing(
                    one.letter_no,
                    one.days,
                    one.dues_until,
                    step.state if step else TransferState.OPEN,
                    step.on_day if step else None,
                    step.reason if step else "",
                )
            )
            if one.closed_at is None:
                known.open_letters.add(one.member_id)
        places = session.execute(
            select(Membership.member_id, Membership.unit_id, Membership.valid_to).where(
                Membership.member_id.in_(some)
            )
        )
        for member, unit, valid_to in places:
            known.ever.add((member, unit))
            if valid_to is None:
                known.now[member] = unit
    return known


def _units(session: Session, lines: Sequence[Line]) -> dict[str, UnitId]:
    found: dict[str, UnitId] = {}
    names = {said(line, column) for line in lines for column in (FROM, TO)}
    for some in bulk.chunks(sorted(names)):
        rows = session.execute(select(Unit.name, Unit.id).where(Unit.name.in_(some)))
        found.update({name: UnitId(unit) for name, unit in rows})
    return found


def _write(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    ids = bulk.add_numbered(session, Transfer, Transfer.id, [_letter(row) for row in new])
    steps = [
        {
            "transfer_id": letter,
            "seq": 1,
            "state": row.state,
            "on_day": row.on_day,
            "reason": row.reason,
            "change_id": None,
            "by_id": row.signed.by_id,
            "at": row.signed.at,
        }
        for letter, row in zip(ids, new, strict=True)
        if row.state is not TransferState.OPEN
    ]
    bulk.add(session, TransferStep, steps)
    audit = [
        bulk.audit_line(source.by, source.now, "transfer.import", f"transfer:{letter}")
        for letter in ids
    ]
    bulk.add_audit(session, audit)


def _letter(row: _Wanted) -> dict[str, Any]:
    came_in = row.from_unit is None
    usual = 0 if came_in else days_valid(row.issued_on)
    return {
        "member_id": row.person.id,
        "from_unit_id": row.from_unit,
        "to_unit_id": row.to_unit,
        "place": row.place,
        "letter_no": row.number,
        "issued_on": row.issued_on,
        "days": usual if row.days is None else row.days,
        "dues_until": row.dues_until,
        "by_id": row.signed.by_id,
        "recorded_at": row.signed.at,
        "closed_at": None if row.state is TransferState.OPEN else row.signed.at,
    }


LEDGER = Ledger("transfers", "组织关系介绍信", COLUMNS, run, group=named.person_of)
