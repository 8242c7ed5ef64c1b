"""The rows of the ledger `dues`, read: whose line it is, what it says, and which line it is.

A line is known by its number (编号). The keys of the ledger are made of ids, which mean something
else in another database; so a line that comes from one keeps its number behind `moved:`, and what
this database writes never meets it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.dues import MONEY, EntryKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.services.importing import named
from bot.services.importing.cells import A_MONTH, Cells
from bot.services.importing.ledger import Column, Line, Source, Staged
from bot.services.importing.others import AT, SIGNED, Others, Signed, signed
from bot.services.officers import OPERATOR

KEY, MONTH, FEN, KIND = "编号", "月份", "金额", "类别"
DAY, RECEIPT, PAYER, REASON = "日期", "收据号", "代交人", "原因"
REFERS_TO, CLAIM, MONEY_OF = "所指编号", "申报", "入账支部"
KIND_WORDS: dict[EntryKind, str] = {
    EntryKind.CONFIRM: "核对",
    EntryKind.EXTRA: "自愿多交",
    EntryKind.DECLARE: "自报",
    EntryKind.VOID: "作废",
    EntryKind.CORRECT: "更正",
    EntryKind.REFUND: "退费",
    EntryKind.OFFER: "自报多交",
}
FILLED = "由小助手填；自己加的行留空"
COLUMNS = (
    *named.COLUMNS,
    Column(MONTH, "是哪个月的党费，如 2026-03", required=True, aliases=("所属月份",)),
    Column(FEN, "元，如 30", required=True, aliases=("金额（元）", "交纳金额")),
    Column(KIND, "核对或自愿多交；留空是核对。别的类别只能在聊天里办", aliases=("类型",)),
    Column(DAY, "哪天收到的，如 2026-03-05", required=True, aliases=("收到日期", "交纳日期")),
    Column(RECEIPT, "有收据的写收据号"),
    Column(PAYER, "别人代交的写代交人姓名"),
    Column(REASON, "一般留空"),
    Column(KEY, FILLED),
    Column(REFERS_TO, FILLED),
    Column(CLAIM, FILLED),
    Column(MONEY_OF, "钱归别的支部的才写，写全称"),
    *SIGNED,
)
MAX_REASON = 120
_KINDS = {word: kind for kind, word in KIND_WORDS.items()}
_NEW = (EntryKind.CONFIRM, EntryKind.EXTRA)
_AMOUNT = re.compile(r"-?\d{1,7}(?:\.\d{1,2})?")
_MOVED, OF_A_SHEET = "moved:", "import:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row, read.

    Attributes:
        number: As the row says it; "" where somebody added the row.
        refers_to, claim: Likewise: the number of the line it settles or corrects, and what
            groups the months of one declaration.
        unit_id, path: Whose money it is.
        moved: It comes from another database by the person who moves the books, whole.
        written_at: When the row says it was written down; None where it does not.
    """

    line: int
    name: str
    person: named.Named
    month: Month
    fen: Fen
    kind: EntryKind
    day: date
    receipt: str
    payer_id: MemberId | None
    reason: str
    number: str
    refers_to: str
    claim: str
    unit_id: UnitId
    path: str
    signed: Signed
    moved: bool
    written_at: datetime | None

    @property
    def facts(self) -> tuple[int, Month, Fen, EntryKind]:
        """What must be the same for a line to be the one on record."""
        return self.person.id, self.month, self.fen, self.kind

    @property
    def paths(self) -> tuple[str, str]:
        """Where one has to keep the dues to bring it in."""
        return self.person.unit_path, self.path

    @property
    def keys(self) -> tuple[str, ...]:
        """Under what the line of this database may stand, and the line it refers to."""
        return (*filter(None, (self.number,)), *self.keys_referred)

    @property
    def keys_referred(self) -> tuple[str, ...]:
        """Under what the line it refers to may stand, that of its own books first."""
        return (key_of(self.refers_to), self.refers_to) if self.refers_to else ()

    @property
    def may_be_new(self) -> bool:
        """Whether such a line comes by file: payments, and whatever moves with its books."""
        return self.moved or self.kind in _NEW

    @property
    def counts(self) -> bool:
        """Whether it is money, which is somebody's."""
        return self.kind in MONEY


class Reader:
    """Reads the rows of one batch.

    Args:
        branches: Every branch by name: (id, path).
    """

    def __init__(
        self,
        staged: Staged,
        source: Source,
        today: date,
        book: named.Book,
        others: Others,
        branches: Mapping[str, tuple[UnitId, str]],
    ) -> None:
        self._staged = staged
        self._source = source
        self._today = today
        self._book = book
        self._others = others
        self._branches = branches

    def read(self, line: Line) -> Wanted | None:
        """Return what a row says, or None with the mistakes noted."""
        cells = Cells(line, self._staged.problems, self._today)
        person = self._book.find(cells)
        month, day = cells.day(MONTH, future=True, what=A_MONTH), cells.day(DAY)
        for column in (MONTH, DAY):
            if not cells.text(column):
                cells.wrong(column, "没有填。")
        kind = cells.one_of(KIND, _KINDS) or EntryKind.CONFIRM
        fen, number = _fen(cells), cells.text(KEY, longest=80)
        if not number and fen is not None and fen <= 0:
            cells.wrong(FEN, "要大于0。退费、更正请在聊天里办。")
            return None
        if person is None or month is None or day is None or fen is None:
            return None
        place = self._money_of(cells, person)
        if place is None:
            return None
        by = self._source.by
        written_at = cells.moment(AT)
        return Wanted(
            line=cells.number,
            name=cells.text(named.NAME),
            person=person,
            month=Month.of(month),
            fen=fen,
            kind=kind,
            day=day,
            receipt=cells.text(RECEIPT, longest=20),
            payer_id=self._others.only(cells.text(PAYER), person.unit_path),
            reason=cells.prose(REASON, longest=MAX_REASON),
            number=number,
            refers_to=cells.text(REFERS_TO, longest=80),
            claim=cells.text(CLAIM, longest=40),
            unit_id=place[0],
            path=place[1],
            signed=signed(cells, self._others, self._source, person.unit_path),
            moved=by is OPERATOR and bool(number) and written_at is not None,
            written_at=written_at,
        )

    def _money_of(self, cells: Cells, person: named.Named) -> tuple[UnitId, str] | None:
        """Return whose money a line is: the member's branch, unless the row names another."""
        name = cells.text(MONEY_OF)
        if not name:
            return person.unit_id, person.unit_path
        if name not in self._branches:
            cells.wrong(MONEY_OF, f"没有登记过“{name}”，请写支部的全称，或者留空。")
        return self._branches.get(name)


def key_of(number: str) -> str:
    """Return the key under which a line of another database is kept; "" of a row without a number.

    A line that came from a sheet before has a number of its own; it keeps that everywhere.
    """
    if not number or number.startswith(OF_A_SHEET):
        return number
    return f"{_MOVED}{number}"


def number_of(key: str) -> str:
    """Return the number of a line as a sheet shows it."""
    return key.removeprefix(_MOVED)


def claim_of(shown: str) -> str:
    """Return under which name the months of one declaration of another database stay together."""
    return f"{_MOVED}{shown}"[:40] if shown else ""


def says_of(
    member_id: int, month: Month, fen: Fen, kind: EntryKind, day: date, receipt: str
) -> str:
    """Return what a row without a number says, by which it is known again."""
    return f"{member_id}:{month}:{fen}:{kind.value}:{day}:{receipt}"


def sheet_key_of(row: Wanted, staged: Staged, entered: Mapping[str, Sequence[str]]) -> str:
    """Return the key of a row without a number, so that the same file adds nothing twice.

    The key is looked up by what the row says, since the one it had where it was entered first
    was made of the ids of that database.

    Args:
        entered: The keys of lines on record that came from a sheet, by what they say.
    """
    says = says_of(row.person.id, row.month, row.fen, row.kind, row.day, row.receipt)
    _, nth = staged.use(says)
    known = entered.get(says, ())
    if nth <= len(known):
        return known[nth - 1]
    digest = hashlib.sha256(f"{row.name}:{says}:{nth}".encode()).hexdigest()
    return f"{OF_A_SHEET}{digest[:40]}"


def _fen(cells: Cells) -> Fen | None:
    """Return an amount that may be negative: a correction of our own export."""
    text = cells.required(FEN).replace(",", "").removesuffix("元")
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        cells.wrong(FEN, "应是金额（元），最多两位小数，如 30。")
        return None
    whole, _, decimals = text.removeprefix("-").partition(".")
    fen = int(whole) * 100 + int(decimals.ljust(2, "0") or 0)
    return -fen if text.startswith("-") else fen
