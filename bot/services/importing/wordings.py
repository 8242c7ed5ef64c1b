"""The ledger `wordings`: what a branch says instead of a sentence the bot reads.

A lesson from a file is tested like one from the chat; what was forgotten stays forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.domain.wordings import MAX_WORDING, NotTeachable, check_wording, wording_key
from bot.services import officers, wordings
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells, moment_words
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.importing.places import UNIT, Place, Places
from bot.services.officers import OPERATOR
from bot.storage.models import TaughtWording

WORDING, TARGET, STATE, ENDED, ENDED_BY = "说法", "当作", "状态", "取消时间", "取消人"
LIVE, OVER = "在用", "已取消"
MAX_KEPT = 60
COLUMNS = (
    places.column("在哪个支部或街道管用，写全称；街道教的下面都管用"),
    Column(WORDING, f"大家的说法，2到{MAX_WORDING}个字，如 交啦", required=True),
    Column(TARGET, "当作哪一句，要小助手看得懂的，如 党费已交", required=True, aliases=("意思",)),
    Column(STATE, f"{LIVE}或{OVER}；留空是{LIVE}"),
    Column(ENDED, "由小助手填；自己加的行留空"),
    Column(ENDED_BY, "由小助手填；自己加的行留空"),
    *SIGNED,
)
ELSEWHERE = "新的说法要试过才能教，请在服务器上用 zhibu import wordings 导入，或者在聊天里发 教。"
_STATES = {LIVE: True, OVER: False}
_TEACH = tuple(kind for kind in UnitKind if kind is not UnitKind.CELL)


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    unit: Place
    wording: str
    key: tuple[UnitId, str]
    target: str
    is_live: bool
    ended_at: datetime | None
    ended_by: int | None
    signed: Signed
    written_at: datetime | None  # as the row says; None where it is of no export of ours
    moved: bool  # it was tested when it was taught; it stands there without its last 啊 or 哈


@dataclass(slots=True)
class _Standing:
    """A wording on record."""

    id: int
    target: str
    taught_at: datetime
    is_live: bool


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Teach the wordings of a file that nobody has taught, and end those it says are over.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入说法"):
        there, others = Places(session, lines, _TEACH), Others.of(session, lines, BY, ENDED_BY)
        read = [_read(line, there, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.unit.path for row in rows}):
            officers.require(source.by, Action.TEACH_WORDINGS, path)
        known = _known(session, rows)
        new, over = _sort_out(rows, known)
        _check_new(session, [row for row in new if row.is_live and not row.moved], source)
        if not staged.problems:
            _write(session, new, over, source)
        added, changed = added + len(new), changed + len(over)
        unchanged += len(rows) - len(new) - len(over)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _read(
    line: Line, there: Places, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit = there.find(cells)
    cells.required(WORDING, longest=MAX_KEPT)
    cells.required(TARGET, longest=MAX_KEPT)
    wording, target = cells.words(WORDING, longest=MAX_KEPT), cells.words(TARGET, longest=MAX_KEPT)
    is_live = cells.one_of(STATE, _STATES) is not False
    ended_at, written_at = cells.moment(ENDED), cells.moment(AT)
    if unit is None or not wording or not target:
        return None
    if not is_live and not (ended_at and written_at):
        words = "取消过的说法要有登记时间和取消时间；不是导出来的表请删掉这一行。"
        cells.wrong(STATE, words)
    key = unit.id, wording_key(wording)
    if is_live:
        first, times = staged.use(f"{unit.id}/{key[1]}", str(line.number))
        if times > 1:
            cells.wrong(WORDING, f"与第{first}行是同一个说法，请留一行。")
            return None
    own = signed(cells, others, source, unit.path)
    ended_by = others.find(cells, ENDED_BY, unit.path)
    moved = source.by is OPERATOR and written_at is not None
    return _Wanted(
        cells, unit, wording, key, target, is_live, ended_at, ended_by, own, written_at, moved
    )


def _sort_out(
    rows: Sequence[_Wanted], known: dict[tuple[UnitId, str], list[_Standing]]
) -> tuple[list[_Wanted], list[tuple[int, _Wanted]]]:
    """Return the wordings to teach, and those on record that are over now."""
    new: list[_Wanted] = []
    over: list[tuple[int, _Wanted]] = []
    for row in sorted(rows, key=lambda row: row.is_live):  # what is over makes room first
        every = known.get(row.key, [])
        same = _same(row, every)
        live = next((one for one in every if one.is_live), None)
        if same is not None and not row.is_live and same.is_live:
            over.append((same.id, row))
            same.is_live = False
        elif same is None and row.is_live and live is not None:
            row.cells.wrong(
                TARGET, f"“{row.wording}”已经当作“{live.target}”。要改，先发 忘掉 {row.key[1]}"
            )
        elif same is None:
            new.append(row)
    return new, over


def _same(row: _Wanted, every: Sequence[_Standing]) -> _Standing | None:
    """Return the wording on record that a row is: taught at that time, or in force as it says."""
    for one in every:
        then = row.written_at is not None and (
            moment_words(one.taught_at) == moment_words(row.written_at)
        )
        if one.target == row.target and (then or (one.is_live and row.is_live)):
            return one
    return None


def _check_new(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    """Note the lessons that could do harm, as the chat refuses them."""
    text = "\n".join(f"{row.wording}\n{row.target}" for row in new)
    named = wordings.list_named(session, text) if new else []
    for row in new:
        said_here = f"{row.wording}\n{row.target}"
        try:
            check_wording(row.wording)
            if any(n in said_here and path.startswith(row.unit.path) for n, path in named):
                raise NotTeachable(wordings.NAMES_SOMEBODY.format(wording=row.wording))
            if source.check_lesson is None:
                raise NotTeachable(ELSEWHERE)
            source.check_lesson(row.wording, row.target)
        except NotTeachable as error:
            row.cells.wrong(WORDING, error.sentence)


def _known(session: Session, rows: Sequence[_Wanted]) -> dict[tuple[UnitId, str], list[_Standing]]:
    found: dict[tuple[UnitId, str], list[_Standing]] = defaultdict(list)
    for some in bulk.chunks(sorted({row.unit.id for row in rows})):
        lines = session.execute(
            select(
                TaughtWording.id,
                TaughtWording.unit_id,
                TaughtWording.wording,
                TaughtWording.target,
                TaughtWording.taught_at,
                TaughtWording.revoked_at,
            )
            .where(TaughtWording.unit_id.in_(some))
            .order_by(TaughtWording.id)
        )
        for taught, unit, wording, target, taught_at, revoked_at in lines:
            standing = _Standing(taught, target, taught_at, revoked_at is None)
            found[UnitId(unit), wording].append(standing)
    return found


def _write(
    session: Session,
    new: Sequence[_Wanted],
    over: Sequence[tuple[int, _Wanted]],
    source: Source,
) -> None:
    ended: list[dict[str, Any]] = [
        {"id_": taught, "revoked_at": row.ended_at or source.now, "revoked_by": row.ended_by}
        for taught, row in over
    ]
    bulk.change(session, TaughtWording, TaughtWording.id, ended)
    ids = bulk.add_numbered(
        session,
        TaughtWording,
        TaughtWording.id,
        [
            {
                "unit_id": row.unit.id,
                "wording": row.key[1],
                "target": row.target,
                "taught_by": row.signed.by_id,
                "taught_at": row.signed.at,
                "revoked_by": None if row.is_live else row.ended_by,
                "revoked_at": None if row.is_live else row.ended_at,
            }
            for row in new
        ],
    )
    lines = [
        bulk.audit_line(
            source.by,
            source.now,
            "wording.teach",
            f"wording:{taught}",
            None,
            {"wording": row.key[1], "target": row.target},
        )
        for taught, row in zip(ids, new, strict=True)
    ]
    lines += [
        bulk.audit_line(source.by, source.now, "wording.revoke", f"wording:{taught}")
        for taught, _ in over
    ]
    bulk.add_audit(session, lines)


LEDGER = Ledger("wordings", "说法", COLUMNS, run, group=lambda line: said(line, UNIT))
