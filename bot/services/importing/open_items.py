"""The ledger `open_items`: what is to be done, by whom, until when, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.issues import MAX_LABEL, MAX_MEASURE, Did, IssueState, Standing, stand
from bot.domain.open_items import KIND_NAMES, ItemAct, ItemKind, check_words
from bot.domain.rights import Action
from bot.services import counters, officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.officers import OPERATOR
from bot.storage.models import OpenItem, OpenItemStep, Unit

NUMBER, KIND, WORDS, OWNER, DUE = "编号", "类别", "事项", "负责人", "期限"
ON, CLOSED, NOTE = "登记日期", "办结日期", "办理情况"
SOURCE, CATEGORY, MEASURE = "来源", "问题分类", "整改措施"
PROGRESS, SEEN_BY, SEEN_ON = "进展", "核实人", "核实日期"
_KINDS = {word: kind for kind, word in KIND_NAMES.items()}
MAX_KEPT, MAX_NOTE = 400, 200
COLUMNS = (
    Column(
        named.UNIT,
        "支部的全称",
        required=True,
        aliases=("所在支部", "支部", "党支部", "责任单位", "责任支部"),
    ),
    Column(KIND, "待办或问题；留空是待办，写了来源或问题分类的是问题"),
    Column(WORDS, "要办什么", required=True, aliases=("内容", "问题", "问题内容")),
    Column(
        OWNER,
        "谁来办，名册里的姓名；同名的在后面写手机尾号，如 张伟（1234）",
        aliases=("责任人", "整改责任人"),
    ),
    Column(DUE, "哪天以前办好，如 2026-04-20", aliases=("整改时限", "完成时限")),
    Column(ON, "哪天登记的，如 2026-04-07；留空是今天"),
    Column(CLOSED, "已经办结的写哪天办结"),
    Column(NOTE, "怎么办结的"),
    Column(SOURCE, "问题从哪份清单来，如 观摩、2016述职评议", aliases=("问题来源",)),
    Column(CATEGORY, "问题属于哪一类，如 阵地建设"),
    Column(MEASURE, "打算怎么办", aliases=("措施",)),
    Column(PROGRESS, "办到哪一步了", aliases=("整改进度",)),
    Column(SEEN_BY, "问题办结后由谁看过，不能是负责人自己"),
    Column(SEEN_ON, "哪天看过的；没看过的问题不算办结"),
    Column(NUMBER, "由小助手填；自己加的行留空"),
    *SIGNED,
)
_WRITING = "写入待办和问题"
_MOST = 999_999
Facts: TypeAlias = tuple[UnitId, ItemKind, str, date]
Units: TypeAlias = Mapping[str, tuple[UnitId, str]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read.

    Attributes:
        number: Under which people know the item, of a row that moves with its books; else None.
    """

    cells: Cells
    facts: Facts
    path: str
    owner: MemberId | None
    due_on: date | None
    closed_on: date | None
    note: str
    number: int | None
    signed: Signed
    at: datetime
    more: _More


@dataclass(frozen=True, slots=True)
class _More:
    """What a row says of an issue besides."""

    source: str
    category: str
    measure: str
    progress: str
    seen_by: MemberId | None
    seen_on: date | None


@dataclass(slots=True)
class _Standing:
    """The items of some branches on record."""

    by_facts: dict[Facts, list[int]]
    by_source: dict[tuple[UnitId, str, str], list[int]]
    numbers: set[tuple[UnitId, int]]
    standing: dict[int, Standing]
    seqs: dict[int, int]


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the items of a file that are not on record, and close those it says are done.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    units = {
        name: (UnitId(unit), path)
        for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
    }
    for lines in staged.batches(_WRITING):
        others = Others.of(session, lines, OWNER, BY, SEEN_BY)
        read = [_read(line, units, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.WRITE_MINUTES, path)
        known = _known(session, {row.facts[0] for row in rows})
        pairs = _pair(rows, known)
        new = [row for row, item in pairs if item is None]
        for row in new if source.by is not OPERATOR else ():
            _check_words(row)
        if staged.problems:
            continue
        made = iter(_write(session, new, known, source))
        items = [(row, next(made) if item is None else item) for row, item in pairs]
        moved = _go_on(session, items, known, source)
        added += len(new)
        of_old = {item for _, item in pairs if item is not None}
        changed += len(moved & of_old)
        unchanged += len(rows) - len(new) - len(moved & of_old)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _read(line: Line, units: Units, others: Others, staged: Staged, source: Source) -> _Row | None:
    today = day_of(source.now)
    cells = Cells(line, staged.problems, today)
    unit, words = cells.required(named.UNIT), cells.words(WORDS, longest=MAX_KEPT)
    due_on, on, closed = cells.day(DUE, future=True), cells.day(ON), cells.day(CLOSED)
    listed = cells.words(SOURCE, longest=MAX_LABEL), cells.words(CATEGORY, longest=MAX_LABEL)
    kind = cells.one_of(KIND, _KINDS) or (ItemKind.ISSUE if any(listed) else ItemKind.ACTION)
    note, number = cells.prose(NOTE, longest=MAX_NOTE), cells.whole(NUMBER, most=_MOST)
    if not cells.text(WORDS, longest=MAX_KEPT):
        cells.wrong(WORDS, "没有填。")
    if unit and unit not in units:
        cells.wrong(named.UNIT, f"没有登记过“{unit}”，请写名册里的全称。")
    if not words or unit not in units:
        return None
    unit_id, path = units[unit]
    own = signed(cells, others, source, path)
    owner = others.find(cells, OWNER, path)
    more = _More(
        *listed,
        cells.words(MEASURE, longest=MAX_MEASURE),
        cells.prose(PROGRESS, longest=MAX_NOTE),
        *_seen(cells, others, source, path, owner),
    )
    moment = own.at if source.by is OPERATOR and cells.text(AT) else None
    day = on or (day_of(moment) if moment else today)
    return _Row(
        cells,
        (unit_id, kind, words, day),
        path,
        owner,
        due_on,
        closed,
        note,
        number if source.by is OPERATOR else None,
        own,
        moment or min(at(day, 12), source.now),
        more,
    )


def _seen(
    cells: Cells, others: Others, source: Source, path: str, owner: MemberId | None
) -> tuple[MemberId | None, date | None]:
    """Return who has verified an issue, and when: of a new row he who brings it in has."""
    on = cells.day(SEEN_ON)
    if on is None:
        return None, None
    if cells.day(CLOSED) is None:
        cells.wrong(SEEN_ON, "还没有办结日期，先写哪天办结的。")
    by = others.find(cells, SEEN_BY, path)
    if source.by is not OPERATOR:
        by = by or source.by.member_id
    if owner is not None and by == owner:
        cells.wrong(SEEN_BY, "自己办的要由别人看过，请换一个人核实。")
    return by, on


def _check_words(row: _Row) -> None:
    try:
        check_words(row.facts[2])
    except DomainError as refused:
        row.cells.wrong(WORDS, refused.sentence)


def _known(session: Session, units: set[UnitId]) -> _Standing:
    known = _Standing(defaultdict(list), defaultdict(list), set(), {}, {})
    for some in bulk.chunks(sorted(units)):
        rows = session.execute(
            select(
                OpenItem.id,
                OpenItem.unit_id,
                OpenItem.kind,
                OpenItem.words,
                OpenItem.at,
                OpenItem.number,
                OpenItem.source,
            )
            .where(OpenItem.unit_id.in_(some))
            .order_by(OpenItem.unit_id, OpenItem.number)
        ).all()
        steps, seqs = _steps(session, some)
        for row in rows:
            unit = UnitId(row.unit_id)
            standing = stand(steps.get(row.id, ()))
            known.numbers.add((unit, row.number))
            known.seqs[row.id] = seqs.get(row.id, 0)
            known.standing[row.id] = standing
            if standing.state is not IssueState.WITHDRAWN:
                words = " ".join(row.words.split())
                known.by_facts[unit, row.kind, words, day_of(row.at)].append(row.id)
                if row.source:
                    known.by_source[unit, words, row.source].append(row.id)
    return known


def _steps(
    session: Session, units: Sequence[UnitId]
) -> tuple[dict[int, list[Did]], dict[int, int]]:
    rows = session.execute(
        select(OpenItemStep)
        .join(OpenItem, OpenItem.id == OpenItemStep.item_id)
        .where(OpenItem.unit_id.in_(units))
        .order_by(OpenItemStep.seq)
    ).scalars()
    found: dict[int, list[Did]] = defaultdict(list)
    seqs: dict[int, int] = {}
    for step in rows:
        by_id = None if step.by_id is None else MemberId(step.by_id)
        found[step.item_id].append(Did(step.act, step.at, by_id, step.note))
        seqs[step.item_id] = step.seq
    return found, seqs


def _pair(rows: Sequence[_Row], known: _Standing) -> list[tuple[_Row, int | None]]:
    """Return every row with the item on record it is: the third of several alike is the third.

    A list of issues may be brought in again on another day: its source and words tell them.
    """
    times: Counter[Facts] = Counter()
    pairs: list[tuple[_Row, int | None]] = []
    for row in rows:
        unit, kind, words, _ = row.facts
        alike = known.by_facts.get(row.facts, [])
        if not alike and kind is ItemKind.ISSUE and row.more.source:
            alike = known.by_source.get((unit, words, row.more.source), [])
        nth = times[row.facts]
        times[row.facts] += 1
        pairs.append((row, alike[nth] if nth < len(alike) else None))
    return pairs


def _write(session: Session, new: Sequence[_Row], known: _Standing, source: Source) -> list[int]:
    """Write new items down under the numbers people know, or the next ones; return their ids."""
    numbers = _numbers(session, new, known)
    ids = bulk.add_numbered(
        session,
        OpenItem,
        OpenItem.id,
        [
            {
                "key": f"import:{row.facts[0]}:{number}",
                "unit_id": row.facts[0],
                "number": number,
                "kind": row.facts[1],
                "words": row.facts[2],
                "owner_id": row.owner,
                "due_on": row.due_on,
                "meeting_id": None,
                "by_id": row.signed.by_id,
                "at": row.at,
                "source": row.more.source,
                "category": row.more.category,
                "measure": row.more.measure,
            }
            for row, number in zip(new, numbers, strict=True)
        ],
    )
    for item in ids:
        known.seqs[item] = 0
        known.standing[item] = Standing()
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, "open_item.import", f"open_item:{item}")
            for item in ids
        ],
    )
    return ids


def _numbers(session: Session, new: Sequence[_Row], known: _Standing) -> list[int]:
    found: list[int] = []
    counted: Counter[UnitId] = Counter()
    highest: dict[UnitId, int] = defaultdict(int)
    for row in new:
        unit, number = row.facts[0], row.number
        kept = number if number and (unit, number) not in known.numbers else 0
        found.append(kept)
        if kept:
            known.numbers.add((unit, kept))
            highest[unit] = max(highest[unit], kept)
        else:
            counted[unit] += 1
    for unit, value in highest.items():
        counters.raise_to(session, f"open_item:{unit}", value)
    following = {
        unit: counters.next_numbers(session, f"open_item:{unit}", count)
        for unit, count in counted.items()
    }
    for place, row in enumerate(new):
        if not found[place]:
            found[place] = following[row.facts[0]]
            following[row.facts[0]] += 1
    return found


def _go_on(
    session: Session, items: Sequence[tuple[_Row, int]], known: _Standing, source: Source
) -> set[int]:
    """Write what rows say has become of their items since; return which have gone on."""
    steps: list[dict[str, Any]] = []
    for row, item in items:
        for act, note, by_id, day in _since(row, known.standing[item], source):
            known.seqs[item] += 1
            steps.append(
                {
                    "item_id": item,
                    "seq": known.seqs[item],
                    "act": act,
                    "note": note,
                    "by_id": by_id,
                    "at": min(at(day, 12), source.now),
                }
            )
    bulk.add(session, OpenItemStep, steps)
    return {step["item_id"] for step in steps}


_Since: TypeAlias = tuple[ItemAct, str, MemberId | None, date]


def _since(row: _Row, standing: Standing, source: Source) -> Iterator[_Since]:
    if standing.state in (IssueState.CLOSED, IssueState.WITHDRAWN):
        return
    by_id, more, is_issue = source.by.member_id, row.more, row.facts[1] is ItemKind.ISSUE
    last = standing.progress.note if standing.progress else ""
    if is_issue and more.progress not in ("", last):
        yield ItemAct.PROGRESS, more.progress, by_id, row.closed_on or day_of(source.now)
    if row.closed_on is None:
        return
    if not is_issue:
        yield ItemAct.CLOSE, row.note, by_id, row.closed_on
        return
    if standing.state is IssueState.OPEN:
        yield ItemAct.PROPOSE, row.note, row.owner, row.closed_on
    if more.seen_on is not None:
        yield ItemAct.CLOSE, "", more.seen_by, more.seen_on


LEDGER = Ledger(
    "open_items", "待办和问题", COLUMNS, run, group=lambda line: named.said(line, named.UNIT)
)
