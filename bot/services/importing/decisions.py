"""The ledger `decisions`: what a meeting voted on, with the totals; never who voted how.

Totals on record are not rewritten: a row that says other ones appends them, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.decisions import (
    DECISION_NAMES,
    Ballot,
    Stage,
    check_ballot,
    check_one_person,
    kind_of_decision,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import Decision, has_quorum
from bot.domain.rights import Action
from bot.services import decisions, minutes_entries, officers
from bot.services.importing import bulk, held
from bot.services.importing.cells import Cells
from bot.services.importing.held import Held
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import BY, SIGNED, Others, Signed, labels_of, signed
from bot.services.meetings import MeetingView
from bot.storage.models import MeetingDecision

TITLE, KIND, STAGE, REASON = "题目", "种类", "结果", "原因"
YES, NO, ABSTAIN = "赞成", "反对", "弃权"
WRITTEN_YES, WRITTEN_NO, WRITTEN_ABSTAIN = "书面赞成", "书面反对", "书面弃权"
PRESENT, DUE, VOTED_AT, VOTERS = "到会", "应到", "表决时间", "在场"
STAGE_WORDS = {Stage.VOTED: "已表决", Stage.BLOCKED: "人数不够", Stage.ANNOUNCED: "还没表决"}
COLUMNS = (
    *held.COLUMNS,
    Column(TITLE, "表决什么，如 接收张三为预备党员；一个人一行", required=True),
    Column(KIND, "由小助手按题目定；自己加的行留空"),
    Column(STAGE, f"{'、'.join(STAGE_WORDS.values())}；留空是已表决"),
    Column(YES, "会上赞成多少票；只写总数，不写谁投了什么票"),
    Column(NO, "会上反对多少票"),
    Column(ABSTAIN, "会上弃权多少票"),
    Column(WRITTEN_YES, "会前书面赞成的，只用于接收预备党员和转正"),
    Column(WRITTEN_NO, "会前书面反对的"),
    Column(WRITTEN_ABSTAIN, "会前书面弃权的"),
    Column(PRESENT, "表决时在场有表决权的人数；表决过的要填"),
    Column(DUE, "应到有表决权的人数；表决过的要填"),
    Column(REASON, "改登记过的票数才写，写为什么改"),
    Column(VOTED_AT, "由小助手填；自己加的行留空"),
    Column(VOTERS, "表决时在场的有表决权的人，姓名之间用顿号；一般留空。不写谁投了什么票"),
    *SIGNED,
)
_STAGES = {word: stage for stage, word in STAGE_WORDS.items()}
_VOTES = (YES, NO, ABSTAIN, WRITTEN_YES, WRITTEN_NO, WRITTEN_ABSTAIN)
COUNTED = ("yes", "no", "abstain", "written_yes", "written_no", "written_abstain")
_MOST = 9999
_MAX_REASON = 200

Facts = tuple[Stage, tuple[int | None, ...], int | None, int | None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    meeting: MeetingView
    title: str
    stage: Stage
    votes: tuple[int, ...]
    present: int | None
    due: int | None
    reason: str
    voted_at: datetime | None
    voters: str
    voter_ids: tuple[MemberId, ...]
    signed: Signed

    @property
    def facts(self) -> Facts:
        """What must be the same for a row to be what is on record."""
        counted = self.votes if self.stage is Stage.VOTED else (None, None, None, 0, 0, 0)
        return self.stage, counted, self.present, self.due

    def is_what_stands(self, standing: _Standing) -> bool:
        """Tell whether it is what is on record; who was in the room only where it says so."""
        same_people = self.voters == standing.voters or set(self.voter_ids) == standing.voter_ids
        return self.facts == standing.facts and (same_people or not self.voters)


@dataclass(frozen=True, slots=True)
class _Standing:
    seq: int
    kind: Decision
    stage: Stage
    facts: Facts
    voters: str
    voter_ids: frozenset[int]


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append the decisions of a file that do not stand yet.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入表决"):
        there = Held.of(session, lines)
        others = Others(session, {name for line in lines for name in _names(line)})
        read = [_read(line, there, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({there.path(row.meeting) for row in rows}):
            officers.require(source.by, Action.WRITE_MINUTES, path)
        ids = {row.meeting.id for row in rows}
        known, confirmed = _known(session, ids), _confirmed(session, ids)
        new = [row for row in rows if _is_new(row, known)]
        kinds = [_check(row, known, confirmed, source) for row in new]
        again = sum((row.meeting.id, row.title) in known for row in new)
        if not staged.problems:
            _write(session, new, kinds, known, source)
        added, changed = added + len(new) - again, changed + again
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _read(
    line: Line, there: Held, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    meeting = there.find(cells)
    cells.required(TITLE, longest=decisions.MAX_TITLE)
    title = cells.prose(TITLE, longest=decisions.MAX_TITLE)
    stage = cells.one_of(STAGE, _STAGES) or Stage.VOTED
    votes = [cells.whole(column, most=_MOST, unit="票") for column in _VOTES]
    present, due = (cells.whole(column, most=_MOST, unit="人") for column in (PRESENT, DUE))
    numbers = zip((*_VOTES, PRESENT, DUE), (*votes, present, due), strict=True)
    if any(number is None and cells.text(column) for column, number in numbers):
        return None
    if meeting is None or not title:
        return None
    first, times = staged.use(f"{meeting.id}/{title}", str(line.number))
    if times > 1:
        cells.wrong(TITLE, f"与第{first}行是同一件，请留一行。")
        return None
    reason = cells.prose(REASON, longest=_MAX_REASON)
    own = signed(cells, others, source, there.path(meeting))
    voters = words_of(name for name in cells.prose(VOTERS, longest=_MOST).split("、") if name)
    voted_at = cells.moment(VOTED_AT)
    counted = tuple(number or 0 for number in votes)
    found = _voters(voters, others, there.path(meeting))
    return _Wanted(
        cells, meeting, title, stage, counted, present, due, reason, voted_at, voters, found, own
    )


def words_of(names: Iterable[str]) -> str:
    """Return who was in the room as a cell tells it, always in the same order."""
    return "、".join(sorted(names))


def _names(line: Line) -> list[str]:
    return [said(line, BY), *said(line, VOTERS).split("、")]


def _voters(voters: str, others: Others, near: str) -> tuple[MemberId, ...]:
    """Return who was in the room; a name that is nobody's stays without an id until it is new."""
    found = [others.only(name, near) for name in voters.split("、")] if voters else []
    return tuple(member for member in found if member is not None)


def _is_new(row: _Wanted, known: Mapping[tuple[int, str], _Standing]) -> bool:
    """Tell whether a row says what is not on record; an announcement stands once it was voted on."""
    standing = known.get((row.meeting.id, row.title))
    if standing is None or standing.stage is Stage.VOID:
        return True
    return not row.is_what_stands(standing) and row.stage is not Stage.ANNOUNCED


def _check(
    row: _Wanted,
    known: Mapping[tuple[int, str], _Standing],
    confirmed: Collection[MeetingId],
    source: Source,
) -> Decision:
    """Return what kind of decision a new row is; what is wrong with it is noted."""
    standing = known.get((row.meeting.id, row.title))
    kind = standing.kind if standing else kind_of_decision(row.title, row.meeting.kind)
    said = row.cells.text(KIND)
    if said and said != DECISION_NAMES[kind]:
        row.cells.wrong(KIND, f"这个题目是{DECISION_NAMES[kind]}，请照这样写，或者留空。")
    try:
        decisions.check_title(row.title)
        check_one_person(kind, row.title)
    except DomainError as error:
        row.cells.wrong(TITLE, error.sentence)
    if row.stage is not Stage.ANNOUNCED:
        _check_totals(row, kind, source)
    if standing is not None and standing.stage is Stage.VOTED:
        if not row.reason:
            row.cells.wrong(REASON, "和登记的不一样。要更正请写上原因，原来的会留着。")
    elif row.meeting.id in confirmed and not row.reason:
        row.cells.wrong(REASON, f"{row.meeting.title}的记录已经确认，补登要写上原因。")
    return kind


def _check_totals(row: _Wanted, kind: Decision, source: Source) -> None:
    if row.meeting.starts_at > source.now:
        row.cells.wrong(held.DAY, "这个会还没有开，表决请写还没表决。")
    for column, number in ((PRESENT, row.present), (DUE, row.due)):
        if number is None:
            row.cells.wrong(column, "没有填。表决过的要写有表决权的人数。")
    if row.present is None or row.due is None:
        return
    _check_voters(row)
    if row.present > row.due:
        row.cells.wrong(PRESENT, f"到会{row.present}人，比应到{row.due}人还多，请核对。")
        return
    enough = has_quorum(kind, row.present, row.due, row.meeting.day)
    if enough is not (row.stage is Stage.VOTED):
        what = "够了，请写已表决" if enough else "不够，表决无效，请写人数不够"
        row.cells.wrong(STAGE, f"应到{row.due}人、到会{row.present}人，人数{what}。")
    elif enough:
        try:
            check_ballot(kind, Ballot(*row.votes), due=row.due, present=row.present)
        except DomainError as error:
            row.cells.wrong(YES, error.sentence)


def _check_voters(row: _Wanted) -> None:
    """Note people in the room who are not known, or not as many as were counted."""
    named = len(row.voters.split("、")) if row.voters else 0
    if named and len(row.voter_ids) != named:
        words = "有的姓名在名册里找不到，或者有几位同名；同名的写成 张伟（1234），或者留空。"
        row.cells.wrong(VOTERS, words)
    elif named and named != row.present:
        row.cells.wrong(VOTERS, f"写了{named}个人，到会写的是{row.present}人，请核对。")


def _known(session: Session, ids: Collection[MeetingId]) -> dict[tuple[int, str], _Standing]:
    last: dict[tuple[int, str], MeetingDecision] = {}
    for some in bulk.chunks(sorted(ids)):
        rows = session.scalars(
            select(MeetingDecision)
            .where(MeetingDecision.meeting_id.in_(some))
            .order_by(MeetingDecision.seq)
        )
        for row in rows:
            last[row.meeting_id, row.title] = row
    labels = labels_of(session, {m for row in last.values() for m in row.voters or ()})
    found: dict[tuple[int, str], _Standing] = {}
    for key, row in last.items():
        counted = tuple(getattr(row, name) for name in COUNTED)
        facts = (row.stage, counted, row.present, row.due)
        voters = words_of(labels[member] for member in row.voters or ())
        there = frozenset(row.voters or ())
        found[key] = _Standing(row.seq, row.kind, row.stage, facts, voters, there)
    return found


def _confirmed(session: Session, ids: Collection[MeetingId]) -> set[MeetingId]:
    """Return the meetings whose record stands: what comes after it needs a reason."""
    found: set[MeetingId] = set()
    for some in bulk.chunks(sorted(ids)):
        records = minutes_entries.load_many(session, some)
        found |= {meeting for meeting, record in records.items() if record.confirmed is not None}
    return found


def _write(
    session: Session,
    new: Sequence[_Wanted],
    kinds: Sequence[Decision],
    known: Mapping[tuple[int, str], _Standing],
    source: Source,
) -> None:
    rows: list[dict[str, Any]] = []
    audit: list[dict[str, Any]] = []
    for row, kind in zip(new, kinds, strict=True):
        standing = known.get((row.meeting.id, row.title))
        stage, counted, present, due = row.facts
        rows.append(
            {
                "meeting_id": row.meeting.id,
                "title": row.title,
                "seq": 1 if standing is None else standing.seq + 1,
                "kind": kind,
                "stage": stage,
                **dict(zip(COUNTED, counted, strict=True)),
                "present": present,
                "due": due,
                "voted_at": row.voted_at,
                "voters": list(row.voter_ids) or None,
                "reason": row.reason,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )
        action, subject = f"decision.{stage.value}", row.meeting.subject
        after = {"title": row.title, "reason": row.reason}
        audit.append(bulk.audit_line(source.by, source.now, action, subject, None, after))
    bulk.add(session, MeetingDecision, rows)
    bulk.add_audit(session, audit)


LEDGER = Ledger("decisions", "表决", COLUMNS, run, group=held.of_day)
