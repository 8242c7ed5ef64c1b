"""The ledger `programmes`: plans of study by name, also those that have no class yet.

What a plan says of its classes to come (自学算学时) is settled when it is laid; a file changes
nothing of one that stands. The classes themselves are in `study`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.domain.study_plan import MAX_TITLE, check_title
from bot.domain.units import UnitKind
from bot.services import officers, study_programmes
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.services.importing.places import UNIT, Place, Places
from bot.storage.insert import insert_many_once
from bot.storage.models import StudyProgramme

TITLE, OWN_WORD = "学习计划", "自学算学时"
YES, NO = "是", "否"
COLUMNS = (
    places.column("办学习的支部，写全称"),
    Column(TITLE, "计划的名称，2到40个字", required=True, aliases=("计划", "计划名称")),
    Column(OWN_WORD, f"{YES}或{NO}；{YES}就是以后加的课本人说学了也有学时。留空是{NO}"),
    *SIGNED,
)
_YES_NO = {YES: True, NO: False}


@dataclass(frozen=True, slots=True)
class _Wanted:
    unit: Place
    title: str
    own_word: bool
    signed: Signed

    @property
    def key(self) -> tuple[UnitId, str]:
        """What makes it the same plan."""
        return self.unit.id, self.title


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Open the plans of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row, and where a plan on record would change.
        Forbidden
    """
    added = unchanged = 0
    for lines in staged.batches("写入学习计划名录"):
        there = Places(session, lines, (UnitKind.BRANCH,))
        others = Others.of(session, lines, BY)
        known = _known(session, there)
        read = [_read(line, there, known, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.unit.path for row in rows}):
            officers.require(source.by, Action.CALL_MEETING, path)
        new = [row for row in rows if row.key not in known]
        if not staged.problems:
            _write(session, new, source)
        added, unchanged = added + len(new), unchanged + len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _known(session: Session, there: Places) -> dict[tuple[UnitId, str], bool]:
    found = study_programmes.list_of(session, {place.id for place in there.all})
    return {(one.unit_id, one.title): one.own_word for one in found}


def _read(
    line: Line,
    there: Places,
    known: Mapping[tuple[UnitId, str], bool],
    others: Others,
    staged: Staged,
    source: Source,
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, own_word = there.find(cells), cells.one_of(OWN_WORD, _YES_NO)
    title = cells.required(TITLE, longest=MAX_TITLE)
    if unit is None or not title:
        return None
    try:
        check_title(title)
    except DomainError as error:
        cells.wrong(TITLE, error.sentence)
        return None
    first, times = staged.use(f"{unit.id}/{title}", str(line.number))
    if times > 1:
        cells.wrong(TITLE, f"与第{first}行是同一个计划，请留一行。")
        return None
    standing = known.get((unit.id, title))
    if None not in (standing, own_word) and standing is not own_word:
        said_before = YES if standing else NO
        words = f"登记的是“{said_before}”，导入不改。改一堂课请在聊天里发：学时 课名 自学算"
        cells.wrong(OWN_WORD, f"{words}，或 自学不算。")
    return _Wanted(unit, title, bool(own_word), signed(cells, others, source, unit.path))


def _write(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    insert_many_once(
        session,
        StudyProgramme,
        [
            {
                "unit_id": row.unit.id,
                "title": row.title,
                "own_word": row.own_word,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
            for row in new
        ],
    )
    audit = [
        bulk.audit_line(
            source.by,
            source.now,
            "study.plan",
            f"unit:{row.unit.id}",
            None,
            {"title": row.title, "own_word": row.own_word},
        )
        for row in new
    ]
    bulk.add_audit(session, audit)


LEDGER = Ledger("programmes", "学习计划名录", COLUMNS, run, group=lambda line: said(line, UNIT))
