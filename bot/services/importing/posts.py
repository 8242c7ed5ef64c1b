"""The ledger `posts`: who holds, held or will hold which post, from day to day.

A post on record may end by a row of a file; nobody is relieved by a row of somebody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.posts import FURTHEST, ONE_HOLDER
from bot.domain.rights import ROLE_NAMES, Role
from bot.domain.wording import names_words
from bot.services import posts
from bot.services.importing import bulk, post_barred
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import (
    MOST_TOLD,
    Column,
    Ledger,
    Line,
    Outcome,
    Source,
    Staged,
)
from bot.services.importing.named import said
from bot.services.importing.post_barred import Given
from bot.services.importing.post_holders import NAME, TAIL, UNIT, Holders
from bot.services.officers import OPERATOR
from bot.storage.models import Member, Post

ROLE, SINCE, UNTIL = "职务", "任职日期", "免职日期"
COLUMNS = (
    Column(NAME, "名册里的姓名", required=True),
    Column(TAIL, "同名的人才要填", aliases=("手机后四位", "尾号")),
    Column(ROLE, "、".join(ROLE_NAMES.values()), required=True),
    Column(UNIT, "在哪个支部、党小组或街道任职，写全称", required=True, aliases=("党组织",)),
    Column(SINCE, "从哪天起，如 2026-03-01", required=True, aliases=("任职时间",)),
    Column(UNTIL, "从哪天起不再担任；还在任就留空", aliases=("免职时间", "离任日期")),
)
_Key: TypeAlias = tuple[int, int, Role, date]  # unit, member, role, first day
_ROLES = {name: role for role, name in ROLE_NAMES.items()}

ENROLLED = "名册里没有、按干部职工登记的{n}人：{names}。他们不算党员，写错了请改好再导入。"


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    name: str
    member_id: MemberId
    unit_id: UnitId
    path: str
    role: Role
    since: date
    until: date | None

    @property
    def key(self) -> _Key:
        """What the records have once."""
        return self.unit_id, self.member_id, self.role, self.since


@dataclass(slots=True)
class _Held:
    """A post on record, or as it will be; `id` is None for one that a row makes."""

    id: int | None
    member_id: int
    name: str
    since: date
    until: date | None

    def overlaps(self, other: _Held) -> bool:
        """Tell whether two are held on the same day."""
        last, others_last = self.until or date.max, other.until or date.max
        return self.since < others_last and other.since < last


@dataclass(slots=True)
class _Known:
    """The posts of some units, and those that never began: they are let go on."""

    held: dict[tuple[int, Role], list[_Held]]
    void: dict[_Key, int]


@dataclass(slots=True)
class _Batch:
    """What some rows come to."""

    opened: list[_Wanted] = field(default_factory=list)
    ended: list[tuple[int, date | None]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    added: int = 0


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Open the posts of a file that are not on record, and end those it says have ended.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = seen = 0
    changes: list[str] = []
    enrolled: list[str] = []
    for lines in staged.batches("写入职务"):
        people = Holders.of(session, lines)
        read = [
            _read(session, Cells(line, staged.problems, day_of(source.now)), people)
            for line in lines
        ]
        rows = [row for row in read if row is not None]
        if source.by is not OPERATOR:
            for role, path in {(row.role, row.path) for row in rows}:
                posts.require_right(source.by, role, path)
        batch = _sort_out(rows, _known(session, rows), staged, source)
        _check_barred(session, batch.opened, staged, source)
        if not staged.problems:
            _write(session, batch)
        enrolled += people.enrolled
        added, seen, changes = added + batch.added, seen + len(rows), changes + batch.changes
    staged.problems.check()
    told = tuple(changes[:MOST_TOLD])
    notes = (ENROLLED.format(n=len(enrolled), names=names_words(enrolled)),) if enrolled else ()
    return Outcome(added, len(changes), seen - added - len(changes), changes=told, notes=notes)


def _check_barred(
    session: Session, opened: Sequence[_Wanted], staged: Staged, source: Source
) -> None:
    """Note posts held today or later by somebody whose rights are suspended."""
    today = day_of(source.now)
    given = [
        Given(row.cells.number, row.member_id, row.name, row.cells.text(UNIT), row.role)
        for row in opened
        if row.until is None or row.until > today
    ]
    post_barred.check(session, given, today, staged.problems, ROLE)


def _read(session: Session, cells: Cells, people: Holders) -> _Wanted | None:
    name, unit = cells.required(NAME, longest=40), cells.required(UNIT)
    cells.required(ROLE)
    role = cells.one_of(ROLE, _ROLES)
    since, until = cells.day(SINCE, future=True), cells.day(UNTIL, future=True)
    if not cells.text(SINCE):
        cells.wrong(SINCE, "没有填。")
    if since is not None and since > cells.today + FURTHEST:
        cells.wrong(SINCE, f"{since}离现在超过一年，请核对日期。")
    if since is not None and until is not None and until <= since:
        cells.wrong(UNTIL, f"要在任职日期{since}之后，请核对。")
        return None
    if unit and unit not in people.units:
        cells.wrong(UNIT, f"没有登记过“{unit}”，请写全称。")
        return None
    if not name or not unit or role is None or since is None:
        return None
    member = people.find_or_enrol(session, cells, role, unit)
    if member is None:
        return None
    return _Wanted(cells, name, member, *people.units[unit], role, since, until)


def _sort_out(rows: Sequence[_Wanted], known: _Known, staged: Staged, source: Source) -> _Batch:
    """Return what is to be written; rows that cannot be true together are noted."""
    batch, said = _Batch(), {row.key for row in rows}
    for row in rows:
        first, times = staged.use("/".join(str(part) for part in row.key), str(row.cells.number))
        if times > 1:
            row.cells.wrong(SINCE, f"与第{first}行重复，请留一行。")
            continue
        _take(row, known, said, batch, source)
    for row in rows:
        _check_alone(row, known.held[row.unit_id, row.role])
    return batch


def _take(
    row: _Wanted, known: _Known, said: Collection[_Key], batch: _Batch, source: Source
) -> None:
    held = known.held[row.unit_id, row.role]
    mine = [one for one in held if one.member_id == row.member_id]
    same = next((one for one in mine if one.since == row.since), None)
    if same is None:
        _open(row, held, known, said, batch, source)
    elif row.until is None or same.until == row.until:
        return
    elif same.until is not None:
        words = f"已经登记到{same.until}为止。要改请在聊天里发 任命 或 免职。"
        row.cells.wrong(UNTIL, words)
    elif same.id is not None:
        same.until = row.until
        batch.ended.append((same.id, row.until))
        batch.changes.append(_words(row, f"{row.until}起不再担任{ROLE_NAMES[row.role]}"))
        batch.audit.append(_audit(row, "post.relieve", source))


def _open(
    row: _Wanted,
    held: list[_Held],
    known: _Known,
    said: Collection[_Key],
    batch: _Batch,
    source: Source,
) -> None:
    new = _Held(None, row.member_id, row.name, row.since, row.until)
    # A roster knows that somebody is in a post, not since when: what it opened never began.
    guessed = [
        one
        for one in held
        if one.member_id == row.member_id
        and one.id is not None
        and one.until is None
        and (row.unit_id, row.member_id, row.role, one.since) not in said
        and one.overlaps(new)
    ]
    for one in guessed:
        held.remove(one)
        batch.ended.append((one.id or 0, one.since))
        batch.changes.append(_words(row, f"任职日期 {one.since} → {row.since}"))
    batch.added += not guessed
    held.append(new)
    if row.key in known.void:
        batch.ended.append((known.void[row.key], row.until))
    else:
        batch.opened.append(row)
    batch.audit.append(_audit(row, "post.appoint", source))


def _check_alone(row: _Wanted, held: Sequence[_Held]) -> None:
    """Note a post that two would hold at once, or one twice; the file has to say when one ended."""
    own = next((o for o in held if o.member_id == row.member_id and o.since == row.since), None)
    for other in held if own is not None else ():
        alone = row.role in ONE_HOLDER or other.member_id == row.member_id
        if other is own or not alone or not other.overlaps(own):  # type: ignore[arg-type]
            continue
        until = f"到{other.until}" if other.until else "到现在"
        row.cells.wrong(
            SINCE,
            f"{ROLE_NAMES[row.role]}从{other.since}{until}登记的是{other.name}，同时只能有一位。"
            "请给先任的那位写上免职日期。",
        )
        return


def _known(session: Session, rows: Sequence[_Wanted]) -> _Known:
    known = _Known(defaultdict(list), {})
    for some in bulk.chunks(sorted({row.unit_id for row in rows})):
        held = session.execute(
            select(
                Post.unit_id,
                Post.role,
                Post.id,
                Post.member_id,
                Member.name,
                Post.valid_from,
                Post.valid_to,
            )
            .join(Member, Member.id == Post.member_id)
            .where(Post.unit_id.in_(some))
            .order_by(Post.id)
        )
        for unit, role, post, member, name, since, until in held:
            if until is None or until > since:
                known.held[unit, role].append(_Held(post, member, name, since, until))
            else:
                known.void[unit, member, role, since] = post
    return known


def _write(session: Session, batch: _Batch) -> None:
    ended = [{"id_": post, "valid_to": until} for post, until in batch.ended]
    bulk.change(session, Post, Post.id, ended)
    opened = [
        {
            "member_id": row.member_id,
            "unit_id": row.unit_id,
            "role": row.role,
            "valid_from": row.since,
            "valid_to": row.until,
        }
        for row in batch.opened
    ]
    bulk.add(session, Post, opened)
    bulk.add_audit(session, batch.audit)


def _words(row: _Wanted, what: str) -> str:
    return f"第{row.cells.number}行 {row.name}：{what}"


def _audit(row: _Wanted, action: str, source: Source) -> dict[str, Any]:
    after = {"role": row.role.value, "from": str(row.since), "until": str(row.until or "")}
    subject = f"member:{row.member_id}"
    return bulk.audit_line(source.by, source.now, action, subject, None, after)


def _of_unit(line: Line) -> str:
    return said(line, UNIT)


LEDGER = Ledger("posts", "职务", COLUMNS, run, group=_of_unit)
