"""The ledger `assessments`: what every member pays a month, fixed for a year, and exemptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import dues_assessing
from bot.domain.corrections import check_reason
from bot.domain.dues import CATEGORY_NAMES, Category, Working, find_category
from bot.domain.dues_assessing import Asked, AssessmentRefused
from bot.domain.ids import MemberId
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.services import officers
from bot.services.dues_ledger import take_turns
from bot.services.importing import bulk, named
from bot.services.importing.cells import A_MONTH, Cells, moment_words, shown
from bot.services.importing.ledger import (
    MOST_TOLD,
    Column,
    Ledger,
    Outcome,
    Problems,
    Source,
    Staged,
)
from bot.services.importing.named import NAME, Named
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.importing.roster_ledger import BY_ROSTER
from bot.services.officers import OPERATOR
from bot.storage.models import DuesAssessment, DuesExemption, Member

SINCE, CATEGORY, FEN, BASE = "起始月份", "人员类别", "月缴党费", "基数"
REASON, UNTIL, SUPERIOR, APPROVED = "原因", "减免到", "批准组织", "批准日期"
BACK = "恢复"
_WRITING = "写入党费核定"
COLUMNS = (
    *named.COLUMNS,
    Column(SINCE, "从哪个月起，如 2026-01", required=True, aliases=("起始月", "执行月份")),
    Column(CATEGORY, "在职、离退休、农民、学生、其他；留空按名册", aliases=("类别",)),
    Column(FEN, "每月应交的元数；填了基数就留空", aliases=("月缴党费金额", "每月党费", "核定金额")),
    Column(BASE, "每月工资或养老金，只用来算，算完就丢掉，不保存", aliases=("计算基数", "工资")),
    Column(REASON, "年内改动和减免都要写；不要写病情", aliases=("说明",)),
    Column(UNTIL, "困难减免的最后一个月，如 2026-09；不是减免就留空"),
    Column(SUPERIOR, "减免是谁批准的，如 街道党工委"),
    Column(APPROVED, "减免是哪天批准的，从下个月起", aliases=("批准时间",)),
    *SIGNED,
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One row, read.

    Attributes:
        fen: None where it was to be worked out, or says 恢复.
        until: None unless it is an exemption.
        moved_at: When it was settled, of a row that moves with its books; None of all others.
    """

    line: int
    person: Named
    name: str
    since: Month
    category: Category | None
    fen: Fen | None
    worked: Working | None
    back: bool
    reason: str
    until: Month | None
    superior: str
    approved_on: date | None
    signed: Signed
    moved_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Settled:
    """An amount on record.

    Attributes:
        opened: Id of what a roster alone has settled, which knows no month; None of all others.
    """

    month: Month
    seq: int
    fen: Fen
    category: Category
    at: datetime
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class _Exempted:
    first: Month
    last: Month
    fen: Fen | None
    at: datetime


class _Records:
    """What is settled of the members of a file, in three queries."""

    def __init__(self, session: Session, members: Sequence[MemberId]) -> None:
        self.settled: dict[int, list[_Settled]] = defaultdict(list)
        self.exempted: dict[int, list[_Exempted]] = defaultdict(list)
        self.categories: dict[int, Category | None] = {}
        for some in bulk.chunks(members):
            rows = session.execute(
                select(
                    DuesAssessment.member_id,
                    DuesAssessment.effective_month,
                    DuesAssessment.seq,
                    DuesAssessment.monthly_fen,
                    DuesAssessment.category,
                    DuesAssessment.recorded_at,
                    DuesAssessment.reason,
                    DuesAssessment.id,
                )
                .where(DuesAssessment.member_id.in_(some))
                .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
            )
            for member, month, seq, settled, category, moment, reason, id_ in rows:
                opened = id_ if reason == BY_ROSTER else None
                found = _Settled(month, seq, settled, category, moment, opened)
                self.settled[member].append(found)
            exempted = session.execute(
                select(
                    DuesExemption.member_id,
                    DuesExemption.from_month,
                    DuesExemption.until_month,
                    DuesExemption.monthly_fen,
                    DuesExemption.at,
                )
                .where(DuesExemption.member_id.in_(some))
                .order_by(DuesExemption.seq)
            )
            for member, first, last, fen, moment in exempted:
                self.exempted[member].append(_Exempted(first, last, fen, moment))
            known = session.execute(select(Member.id, Member.category).where(Member.id.in_(some)))
            self.categories.update({row.id: row.category for row in known})


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Settle what a file says, where the records do not say so already.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row; then nothing is written.
        Forbidden
    """
    today = day_of(source.now)
    added = changed = unchanged = 0
    changes: list[str] = []
    for lines in staged.batches(_WRITING):
        book, others = named.Book.of(session, lines), Others.of(session, lines, BY)
        read = [_read(Cells(line, staged.problems, today), book, others, source) for line in lines]
        wanted = [row for row in read if row is not None]
        for path in {row.person.unit_path for row in wanted}:
            officers.require(source.by, Action.CONFIRM_DUES, path)
        members = sorted({row.person.id for row in wanted})
        for some in bulk.chunks(members):
            take_turns(session, some)
        work = _Work(_Records(session, members), staged.problems, source, today)
        for row in wanted:
            work.take(row)
        if not staged.problems:
            work.write(session)
        added, changed = added + work.added, changed + work.changed
        unchanged += work.unchanged
        changes += work.changes[: MOST_TOLD - len(changes)]
    staged.problems.check()
    return Outcome(added, changed, unchanged, changes=tuple(changes))


class _Work:
    """Compares rows with the records, and writes by set what is new."""

    def __init__(self, records: _Records, problems: Problems, source: Source, today: date) -> None:
        self._records = records
        self._problems = problems
        self._source = source
        self._today = today
        self._settle: list[bulk.Row] = []
        self._opened: list[bulk.Row] = []
        self._exempt: list[bulk.Row] = []
        self._audit: list[bulk.Row] = []
        self.added = self.changed = self.unchanged = 0
        self.changes: list[str] = []

    def take(self, row: _Wanted) -> None:
        """Take one row in."""
        if row.until is not None:
            self._take_exemption(row, row.until)
            return
        own = self._records.settled[row.person.id]
        held = [each for each in own if each.month <= row.since]
        known = row.category or self._records.categories.get(row.person.id)
        try:
            category, worked = dues_assessing.work_out(
                Asked(row.name, row.category, row.fen, row.worked),
                known or (held[-1].category if held else None),
                row.since.first,
            )
        except AssessmentRefused as refusal:
            self._problems.add(row.line, FEN, refusal.sentence)
            return
        same = held and held[-1].month == row.since and held[-1].fen == worked.fen
        same = same and (row.category is None or held[-1].category is category)
        # Also what was settled first and put right since.
        if _stands(row, worked.fen, category, own) or (same and row.moved_at is None):
            self.unchanged += 1
            return
        if row.moved_at is None and not self._may_settle(row, held):
            return
        opened = _opened_by_roster(row, own)
        if opened is not None:
            self._take_its_month(row, own, opened, worked.fen, category)
            return
        seq = max((each.seq for each in own if each.month == row.since), default=0) + 1
        before = held[-1].fen if held else None
        own.append(_Settled(row.since, seq, worked.fen, category, row.signed.at))
        own.sort(key=lambda each: (each.month, each.seq))
        self._note(row, before, worked.fen)
        self._settle.append(
            {
                "member_id": row.person.id,
                "effective_month": row.since,
                "seq": seq,
                "monthly_fen": worked.fen,
                "category": category,
                "reason": row.reason if row.moved_at else row.reason or "年度核定",
                "approved_by": row.signed.by_id,
                "recorded_at": row.signed.at,
            }
        )

    def _take_its_month(
        self, row: _Wanted, own: list[_Settled], opened: int, fen: Fen, category: Category
    ) -> None:
        """Let what a roster settled from no month in particular take the one of its books."""
        before = own[0].fen
        own[0] = _Settled(row.since, 1, fen, category, row.signed.at)
        self._note(row, before, fen)
        self._opened.append(
            {
                "id_": opened,
                "effective_month": row.since,
                "seq": 1,
                "monthly_fen": fen,
                "category": category,
                "reason": row.reason,
                "approved_by": row.signed.by_id,
                "recorded_at": row.signed.at,
            }
        )

    def _may_settle(self, row: _Wanted, held: Sequence[_Settled]) -> bool:
        """Tell whether an amount may begin in its month; if not, that is noted."""
        try:
            dues_assessing.check_month(
                row.name,
                row.since,
                Month.of(self._today),
                in_force=bool(held),
                changed=any(each.month.year == row.since.year for each in held),
                reason=row.reason,
            )
        except AssessmentRefused as refusal:
            self._problems.add(row.line, SINCE, refusal.sentence)
            return False
        return True

    def write(self, session: Session) -> None:
        """Write everything."""
        bulk.change(session, DuesAssessment, DuesAssessment.id, self._opened)
        bulk.add(session, DuesAssessment, self._settle)
        bulk.add(session, DuesExemption, self._exempt)
        bulk.add_audit(session, self._audit)

    def _take_exemption(self, row: _Wanted, until: Month) -> None:
        own = self._records.exempted[row.person.id]
        fen = None if row.back else row.fen or 0
        alike = [
            each for each in own if (each.first, each.last, each.fen) == (row.since, until, fen)
        ]
        if any(row.moved_at is None or _at(each.at, row.moved_at) for each in alike):
            self.unchanged += 1
            return
        if row.moved_at is None and not self._may_exempt(row, until):
            return
        own.append(_Exempted(row.since, until, fen, row.signed.at))
        self._note(row, None, fen or 0)
        self._exempt.append(
            {
                "member_id": row.person.id,
                "seq": len(own),
                "from_month": row.since,
                "until_month": until,
                "monthly_fen": fen,
                "superior": row.superior,
                "approved_on": row.approved_on,
                "reason": row.reason,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )

    def _may_exempt(self, row: _Wanted, until: Month) -> bool:
        """Tell whether an exemption may begin now; what is wrong with it is noted."""
        if row.back:
            self._problems.add(row.line, FEN, f"提前恢复请在聊天里办：恢复党费 {row.name} 原因。")
            return False
        if row.approved_on is None or not row.superior or not row.reason:
            self._problems.add(row.line, SUPERIOR, "减免要写批准组织、批准日期和原因。")
            return False
        starts = dues_assessing.exemption_starts(row.approved_on)
        if row.since < starts or until < row.since:
            words = f"减免从批准的下个月（{starts}）起，到期月份不早于起始月份。"
            self._problems.add(row.line, SINCE, words)
            return False
        if row.since < Month.of(self._today):
            self._problems.add(row.line, SINCE, "已经过去的月份照交，请从本月写起。")
            return False
        return True

    def _note(self, row: _Wanted, before: Fen | None, after: Fen) -> None:
        named.check_known(row.person, row.line, self._problems)
        if before is None:
            self.added += 1
        else:
            self.changed += 1
            words = f"{yuan(before)}元 → {yuan(after)}元（{row.since}起）"
            self.changes.append(f"第{row.line}行 {row.name}：{words}")
        source, subject = self._source, f"member:{row.person.id}:{row.since}"
        self._audit.append(
            bulk.audit_line(
                source.by,
                source.now,
                "dues.exempt" if row.until else "dues.assess",
                subject,
                {"fen": before},
                {"fen": after},
            )
        )


def _stands(row: _Wanted, fen: Fen, category: Category, own: Sequence[_Settled]) -> bool:
    """Tell whether an amount was settled before; one that moves is itself only with its moment."""
    return any(
        (each.month, each.fen, each.category) == (row.since, fen, category)
        and (row.moved_at is None or _at(each.at, row.moved_at))
        for each in own
    )


def _opened_by_roster(row: _Wanted, own: Sequence[_Settled]) -> int | None:
    """Return what stands only because the roster moved first, of a row that moves after it."""
    if row.moved_at is None or len(own) != 1:
        return None
    is_later = moment_words(own[0].at) >= moment_words(row.moved_at)
    return own[0].opened if is_later else None


def _at(moment: datetime, said: datetime) -> bool:
    return moment_words(moment) == moment_words(said)


def _read(cells: Cells, book: named.Book, others: Others, source: Source) -> _Wanted | None:
    person = book.find(cells)
    since, until = (cells.day(at, future=True, what=A_MONTH) for at in (SINCE, UNTIL))
    if not cells.text(SINCE):
        cells.wrong(SINCE, "没有填，请写如 2026-01。")
    category = _category(cells)
    back = cells.text(FEN) == BACK
    fen = None if back else cells.fen(FEN)
    worked = None if since is None or fen is not None else _worked(cells, category, since)
    if person is None or since is None:
        return None
    own = signed(cells, others, source, person.unit_path)
    moved_at = cells.moment(AT) if source.by is OPERATOR else None
    reason = cells.prose(REASON, longest=120)
    return _Wanted(
        line=cells.number,
        person=person,
        name=cells.text(NAME),
        since=Month.of(since),
        category=category,
        fen=fen,
        worked=worked,
        back=back,
        reason=reason if moved_at or not reason else check_reason(reason),
        until=None if until is None else Month.of(until),
        superior=cells.prose(SUPERIOR, longest=60),
        approved_on=cells.day(APPROVED),
        signed=own,
        moved_at=moved_at,
    )


def _category(cells: Cells) -> Category | None:
    text = cells.text(CATEGORY)
    category = find_category(text) if text else None
    if text and category is None:
        words = "、".join(CATEGORY_NAMES.values())
        cells.wrong(CATEGORY, f"应是{words}，现在是{shown(text)}。")
    return category


def _worked(cells: Cells, category: Category | None, on: date) -> Working | None:
    """Return what a base comes to; the base goes no further than here."""
    base = cells.fen(BASE)
    if base is None:
        return None
    try:
        return dues_assessing.from_base(cells.text(NAME), category, base, on)
    except AssessmentRefused:
        cells.wrong(BASE, "按基数算的要同时填人员类别（在职、年薪制、个体经营、离退休）。")
        return None


LEDGER = Ledger("assessments", "党费核定", COLUMNS, run, group=named.person_of)
