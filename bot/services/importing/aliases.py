"""The ledger `aliases`: by what other words members are called, and which words they refused.

A word comes in as a keeper of the roll teaches it; what was taken back stays taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.aliases import Consent, NotAnAlias, check_alias
from bot.domain.ids import MemberId, UnitId
from bot.domain.name_forms import fold_name, is_kin_word
from bot.domain.rights import Action
from bot.services import officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells, moment_words
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import Named
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.storage.models import Alias, Member, Membership

ALIAS, SPEAKER, HOW, STATE, ENDED = "别名", "谁这样叫", "怎么来的", "状态", "取消时间"
HOW_WORDS = {Consent.ASKED.value: "问到时记住", Consent.COMMAND.value: "登记"}
LIVE, OVER, OBJECTED = "在用", "已取消", "本人不同意"
COLUMNS = (
    *named.COLUMNS,
    Column(ALIAS, "2到8个字，如 老李；不能是别人的姓名，也不能是职务", required=True),
    Column(SPEAKER, "只有一个人这样叫的写他的姓名，如 老伴；全支部都这样叫就留空"),
    Column(HOW, "由小助手填；自己加的行留空"),
    Column(STATE, f"{LIVE}、{OVER}、{OBJECTED}；留空是{LIVE}"),
    Column(ENDED, "由小助手填；自己加的行留空"),
    *SIGNED,
)
_HOWS = {word: how for how, word in HOW_WORDS.items()}
_STATES = {word: word for word in (LIVE, OVER, OBJECTED)}


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    person: Named
    text: str
    speaker_id: MemberId | None
    how: str
    state: str
    ended_at: datetime | None
    signed: Signed
    taught_at: datetime | None  # as the row says; None where it is of no export of ours

    @property
    def key(self) -> tuple[int, str, int | None]:
        """Whom a word means, and when who says it."""
        return self.person.id, self.text, self.speaker_id


@dataclass(slots=True)
class _Standing:
    """A word on record."""

    id: int | None
    member_id: int
    unit_id: int
    text: str
    speaker_id: int | None
    taught_at: datetime
    is_live: bool
    is_refused: bool


@dataclass(slots=True)
class _Known:
    """The words on record of some branches, and the names there."""

    by_key: dict[tuple[int, str, int | None], list[_Standing]]
    live: dict[str, list[_Standing]]
    names: set[tuple[int, str]]


@dataclass(slots=True)
class _Batch:
    new: list[_Wanted] = field(default_factory=list)
    over: list[tuple[int, _Wanted]] = field(default_factory=list)


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Teach the words of a file that nobody has taught, and take back those it says are over.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = seen = untold = 0
    for lines in staged.batches("写入别名"):
        book, others = named.Book.of(session, lines), Others.of(session, lines, SPEAKER, BY)
        read = [_read(line, book, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.person.unit_path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        batch = _sort_out(rows, _known(session, rows), staged)
        if not staged.problems:
            _write(session, batch, source)
        added, changed = added + len(batch.new), changed + len(batch.over)
        seen += len(rows)
        untold += sum(row.taught_at is None for row in batch.new)
    staged.problems.check()
    note = f"{untold}个新别名请告诉本人一声；本人不同意的，给小助手发 取消别名 加上别名就行。"
    return Outcome(added, changed, seen - added - changed, notes=(note,) if untold else ())


def _read(
    line: Line, book: named.Book, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    person, text = book.find(cells), cells.required(ALIAS)
    state = cells.one_of(STATE, _STATES) or LIVE
    how = cells.one_of(HOW, _HOWS) or Consent.COMMAND.value
    ended_at = cells.moment(ENDED)
    if person is None or not text:
        return None
    speaker_id = others.find(cells, SPEAKER, person.unit_path)
    text, taught_at = fold_name(text), cells.moment(AT)
    if is_kin_word(text) and not cells.text(SPEAKER):
        cells.wrong(SPEAKER, f"“{text}”各人叫的不同，请写是谁这样叫。")
    if state != LIVE and not (taught_at and ended_at):
        cells.wrong(STATE, "取消过的别名要有登记时间和取消时间；不是导出来的表请删掉这一行。")
    own = signed(cells, others, source, person.unit_path)
    return _Wanted(cells, person, text, speaker_id, how, state, ended_at, own, taught_at)


def _sort_out(rows: Sequence[_Wanted], known: _Known, staged: Staged) -> _Batch:
    batch = _Batch()
    for row in rows:
        same = _same(row, known.by_key[row.key])
        if same and row.state != LIVE and same[0].is_live and same[0].id is not None:
            batch.over.append((same[0].id, row))
            same[0].is_live = False
        if same:
            continue
        standing = _Standing(
            None,
            row.person.id,
            row.person.unit_id,
            row.text,
            row.speaker_id,
            row.signed.at,
            row.state == LIVE,
            row.state == OBJECTED,
        )
        if row.state == LIVE:
            _check_new(row, known)
            known.live[row.text].append(standing)
        known.by_key[row.key].append(standing)
        batch.new.append(row)
    if staged.problems:
        batch.over.clear()
    return batch


def _same(row: _Wanted, every: Sequence[_Standing]) -> list[_Standing]:
    """Return the words on record that a row is: taught at that time, or understood now."""
    moment = row.taught_at
    then = [one for one in every if moment and moment_words(one.taught_at) == moment_words(moment)]
    return then or [one for one in every if one.is_live and row.state == LIVE]


def _check_new(row: _Wanted, known: _Known) -> None:
    """Note a word that cannot mean somebody: a name, refused by him, or taken."""
    text, unit = row.text, row.person.unit_id
    try:
        check_alias(text)
    except NotAnAlias as error:
        row.cells.wrong(ALIAS, error.sentence)
        return
    name = row.cells.text(named.NAME)
    if (unit, text) in known.names:
        row.cells.wrong(ALIAS, f"名册里有人就叫{text}，不能再当别名，请换一个。")
    if any(one.is_refused for one in known.by_key[row.key]):
        row.cells.wrong(ALIAS, f"{name}本人不同意用“{text}”称呼，请删掉这一行。")
    taken = [
        one
        for one in known.live[text]
        if one.is_live
        and one.member_id != row.person.id
        and (one.speaker_id == row.speaker_id if row.speaker_id else one.unit_id == unit)
    ]
    if taken:
        row.cells.wrong(ALIAS, f"“{text}”已经是别人的别名了。要改，先发 取消别名 {text}")


def _known(session: Session, rows: Sequence[_Wanted]) -> _Known:
    known = _Known(defaultdict(list), defaultdict(list), set())
    found: list[_Standing] = []
    for some in bulk.chunks(sorted({row.text for row in rows})):
        words = session.execute(
            select(
                Alias.id,
                Alias.member_id,
                Alias.unit_id,
                Alias.text,
                Alias.speaker_id,
                Alias.taught_at,
                Alias.revoked_at.is_(None),
                Alias.revoked_by_id == Alias.member_id,
            )
            .where(Alias.text.in_(some))
            .order_by(Alias.id)
        )
        found += [_Standing(*word[:7], is_refused=bool(word[7])) for word in words]
    for one in found:
        known.by_key[one.member_id, one.text, one.speaker_id].append(one)
        if one.is_live:
            known.live[one.text].append(one)
    for units in bulk.chunks(sorted({row.person.unit_id for row in rows})):
        names = session.execute(
            select(Membership.unit_id, Member.name)
            .join(Member, Member.id == Membership.member_id)
            .where(Membership.unit_id.in_(units), Membership.valid_to.is_(None))
        )
        known.names |= {(UnitId(unit), fold_name(name)) for unit, name in names}
    return known


def _write(session: Session, batch: _Batch, source: Source) -> None:
    ended: list[dict[str, Any]] = [
        {"id_": alias, "revoked_at": row.ended_at or source.now, "revoked_by_id": _who_ended(row)}
        for alias, row in batch.over
    ]
    bulk.change(session, Alias, Alias.id, ended)
    bulk.add(
        session,
        Alias,
        [
            {
                "text": row.text,
                "member_id": row.person.id,
                "unit_id": row.person.unit_id,
                "speaker_id": row.speaker_id,
                "taught_by_id": row.signed.by_id,
                "consent": row.how,
                "taught_at": row.signed.at,
                "revoked_at": None if row.state == LIVE else row.ended_at,
                "revoked_by_id": _who_ended(row),
            }
            for row in batch.new
        ],
    )
    done = [("alias.teach", row) for row in batch.new]
    done += [("alias.revoke", row) for _, row in batch.over]
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, action, f"member:{row.person.id}")
            for action, row in done
        ],
    )


def _who_ended(row: _Wanted) -> MemberId | None:
    return row.person.id if row.state == OBJECTED else None


LEDGER = Ledger("aliases", "别名", COLUMNS, run, group=lambda line: named.said(line, named.UNIT))
