"""The ledger `materials`: what there is to read, by its title in a unit, with its link.

What was taken back stays taken back: a row that is older than what stands changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.domain.study_plan import MAX_LINK, MAX_TITLE, check_link, check_title
from bot.domain.units import UnitKind
from bot.services import officers, study_programmes
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells, moment_words
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.importing.places import UNIT, Place, Places
from bot.storage.models import StudyMaterial

TITLE, LINK, PLAN, STATE = "名称", "链接", "学习计划", "状态"
LIVE, OVER = "在用", "已撤下"
COLUMNS = (
    places.column("放资料的党委、党总支、支部，写全称"),
    Column(TITLE, "资料的名称，2到40个字", required=True, aliases=("资料", "资料名称")),
    Column(LINK, "以 https:// 开头的链接；撤下的不写", aliases=("网址",)),
    Column(PLAN, "是哪个学习计划的；没有就留空", aliases=("计划",)),
    Column(STATE, f"{LIVE}或{OVER}；留空是{LIVE}"),
    *SIGNED,
)
_STATES = {LIVE: True, OVER: False}
_KEEP = tuple(kind for kind in UnitKind if kind is not UnitKind.CELL)


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    unit: Place
    title: str
    link: str | None
    programme_id: int | None
    signed: Signed
    written_at: datetime | None

    @property
    def key(self) -> tuple[UnitId, str]:
        """What makes it the same material."""
        return self.unit.id, self.title


@dataclass(frozen=True, slots=True)
class _Standing:
    seq: int
    link: str | None
    programme_id: int | None
    at: datetime


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append what a file says of material that stands otherwise, or not at all.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入学习资料"):
        there, others = Places(session, lines, _KEEP), Others.of(session, lines, BY)
        plans = _plans(session, there, lines)
        read = [_read(line, there, plans, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.unit.path for row in rows}):
            officers.require(source.by, Action.CALL_MEETING, path)
        known = _known(session, rows)
        new = [row for row in rows if _is_news(row, known.get(row.key))]
        if not staged.problems:
            _write(session, new, known, source)
        again = sum(row.key in known for row in new)
        added, changed = added + len(new) - again, changed + again
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _plans(session: Session, there: Places, lines: Sequence[Line]) -> dict[tuple[UnitId, str], int]:
    units = {place.id for place in there.all}
    wanted = {said(line, PLAN) for line in lines} - {""}
    found = study_programmes.list_of(session, units) if wanted else []
    return {(one.unit_id, one.title): one.id for one in found}


def _read(
    line: Line,
    there: Places,
    plans: dict[tuple[UnitId, str], int],
    others: Others,
    staged: Staged,
    source: Source,
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, live = there.find(cells), cells.one_of(STATE, _STATES)
    cells.required(TITLE, longest=MAX_TITLE)
    title, link = cells.prose(TITLE, longest=MAX_TITLE), cells.text(LINK, longest=MAX_LINK)
    plan = cells.text(PLAN, longest=MAX_TITLE)
    if unit is None or not title:
        return None
    if live is False and link:
        cells.wrong(LINK, "撤下的资料不写链接，请删掉这一格。")
    elif live is not False:
        _check(cells, title, link)
    if plan and (unit.id, plan) not in plans:
        cells.wrong(PLAN, f"{unit.name}没有“{plan}”这个学习计划，请先导入学习计划，或者留空。")
    first, times = staged.use(f"{unit.id}/{title}", str(line.number))
    if times > 1:
        cells.wrong(TITLE, f"与第{first}行是同一份资料，请留一行。")
        return None
    return _Wanted(
        cells,
        unit,
        title,
        link or None,
        plans.get((unit.id, plan)) if plan else None,
        signed(cells, others, source, unit.path),
        cells.moment(AT),
    )


def _check(cells: Cells, title: str, link: str) -> None:
    try:
        check_title(title)
    except DomainError as error:
        cells.wrong(TITLE, error.sentence)
    try:
        check_link(link)
    except DomainError as error:
        cells.wrong(LINK, error.sentence)


def _is_news(row: _Wanted, standing: _Standing | None) -> bool:
    """Tell whether a row says something else than what stands, and is not older than it."""
    if standing is None:
        return True
    if (row.link, row.programme_id) == (standing.link, standing.programme_id):
        return False
    return row.written_at is None or moment_words(row.written_at) > moment_words(standing.at)


def _known(session: Session, rows: Sequence[_Wanted]) -> dict[tuple[UnitId, str], _Standing]:
    found: dict[tuple[UnitId, str], _Standing] = {}
    for some in bulk.chunks(sorted({row.unit.id for row in rows})):
        lines = session.execute(
            select(
                StudyMaterial.unit_id,
                StudyMaterial.title,
                StudyMaterial.seq,
                StudyMaterial.link,
                StudyMaterial.programme_id,
                StudyMaterial.at,
            )
            .where(StudyMaterial.unit_id.in_(some))
            .order_by(StudyMaterial.seq)
        )
        for unit, title, seq, link, programme_id, moment in lines:
            found[UnitId(unit), title] = _Standing(seq, link, programme_id, moment)
    return found


def _write(
    session: Session,
    new: Sequence[_Wanted],
    known: dict[tuple[UnitId, str], _Standing],
    source: Source,
) -> None:
    rows = [
        {
            "unit_id": row.unit.id,
            "title": row.title,
            "seq": known[row.key].seq + 1 if row.key in known else 1,
            "link": row.link,
            "programme_id": row.programme_id,
            "by_id": row.signed.by_id,
            "at": row.signed.at,
        }
        for row in new
    ]
    bulk.add(session, StudyMaterial, rows)
    audit = [
        bulk.audit_line(
            source.by,
            source.now,
            "study.material",
            f"unit:{row.unit.id}",
            {"title": row.title, "link": known[row.key].link if row.key in known else None},
            {"title": row.title, "link": row.link},
        )
        for row in new
    ]
    bulk.add_audit(session, audit)


LEDGER = Ledger("materials", "学习资料", COLUMNS, run, group=lambda line: said(line, UNIT))
