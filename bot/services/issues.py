"""Issues on their way to being put right: given to somebody, reported done, seen by a second person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.issues import Did, IssueState, Standing, WrongStep, check_second, is_on_time, stand
from bot.domain.open_items import ItemAct, ItemKind, check_words
from bot.domain.rights import RIGHTS, Action, Actor, Role
from bot.domain.units import ids_of
from bot.services import audit, open_items, people, scopes, superiors, undo
from bot.services.open_items import NotTheirs, Wanted, is_open
from bot.storage.models import Member, OpenItem, OpenItemStep, Unit

STEM = "issues"
_owner = aliased(Member)


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it stands.

    Attributes:
        unit: Its name.
        by_id: Who reported it.
        owner: "" where nobody was named.
        at: When it was written down.
    """

    id: int
    unit_id: UnitId
    unit: str
    path: str
    number: int
    words: str
    source: str
    category: str
    measure: str
    owner_id: MemberId | None
    owner: str
    due_on: date | None
    by_id: MemberId | None
    at: datetime
    standing: Standing

    @property
    def title(self) -> str:
        """What it is called: 问题3."""
        return f"问题{self.number}"

    @property
    def state(self) -> IssueState:
        """How it stands."""
        return self.standing.state

    @property
    def is_draft(self) -> bool:
        """Nobody was named to see to it, or no day."""
        return self.state is IssueState.OPEN and (self.owner_id is None or self.due_on is None)

    @property
    def was_on_time(self) -> bool:
        """It was put right by its day; one without a day is never late."""
        closed = self.standing.closed_at
        return closed is not None and (self.due_on is None or is_on_time(closed, self.due_on))

    def carried_from(self, year: int) -> int | None:
        """Return the earlier year it comes from, where it does."""
        written = day_of(self.at).year
        return written if written < year else None


@dataclass(frozen=True, slots=True)
class Given:
    """What is settled of an issue; None leaves a thing as it stands."""

    owner_id: MemberId | None = None
    due_on: date | None = None
    measure: str | None = None


# --- reading ------------------------------------------------------------------------------------


def list_open(
    session: Session, *, by: Actor, unit: str | None = None, source: str | None = None
) -> tuple[UnitId, list[Issue]]:
    """Return a unit and what is not closed there and below, the most urgent first.

    Raises:
        Forbidden, NotFound
    """
    unit_id = scopes.unit_meant(session, by, Action.VIEW_LISTS, unit)
    return unit_id, _load(session, is_open() & _below(session, unit_id), source)


def list_written(
    session: Session,
    unit_id: UnitId,
    *,
    source: str | None = None,
    first: datetime | None = None,
    until: datetime | None = None,
) -> list[Issue]:
    """Return every issue of a unit and those below, but those taken back.

    Args:
        first, until: When it was written down, aware; `until` excluded.
    """
    where = _below(session, unit_id)
    if first is not None:
        where &= OpenItem.at >= first
    if until is not None:
        where &= OpenItem.at < until
    found = _load(session, where, source)
    return [issue for issue in found if issue.state is not IssueState.WITHDRAWN]


def list_waiting(session: Session, where: ColumnElement[bool]) -> list[Issue]:
    """Return the issues reported done that nobody has verified, in some units.

    Args:
        where: On `Unit`.
    """
    return _load(session, open_items.waits() & where)


def list_drafts(session: Session, where: ColumnElement[bool]) -> list[Issue]:
    """Return the open issues nobody was named for, or no day, in some units."""
    lacking = or_(OpenItem.owner_id.is_(None), OpenItem.due_on.is_(None))
    return [issue for issue in _load(session, is_open() & lacking & where) if issue.is_draft]


def list_due(session: Session, days: Collection[date]) -> list[Issue]:
    """Return what is under way and due on some days."""
    if not days:
        return []
    found = _load(session, is_open() & OpenItem.due_on.in_(days))
    return [issue for issue in found if issue.state is IssueState.OPEN]


def still_under_way(session: Session, ids: Collection[int]) -> dict[int, date | None]:
    """Return those of some issues that are under way, each with its day."""
    if not ids:
        return {}
    found = _load(session, is_open() & OpenItem.id.in_(ids))
    return {issue.id: issue.due_on for issue in found if issue.state is IssueState.OPEN}


def list_closed_badly(issues: Sequence[Issue], deadline: date) -> list[Issue]:
    """Return those that forbid 全部 and 按期: not closed, or closed after a day.

    Source:
        issues.closing
    """
    return [
        issue
        for issue in issues
        if (closed := issue.standing.closed_at) is None or not is_on_time(closed, deadline)
    ]


def find(
    session: Session, number: int, *, by: Actor, unit: str | None = None, waiting: bool = False
) -> list[Issue]:
    """Return the open issues somebody may mean by a number: his own branch's, else those below.

    Args:
        waiting: Only those reported done.

    Raises:
        NotFound: There is none.
        Forbidden
    """
    where = is_open() & (OpenItem.number == number)
    if waiting:
        where &= open_items.waits()
    if unit is not None:
        meant = scopes.unit_meant(session, by, Action.VIEW_LISTS, unit)
        found = _load(session, where & _below(session, meant))
    else:
        own = _load(session, where & (OpenItem.unit_id == by.branch_id))
        found = own or _load(session, where & _reach(by))
    if not found:
        what = "等核实的" if waiting else "没办结的"
        raise NotFound(f"没有编号{number}的{what}问题，请核对编号。看有哪些请回复 问题清单")
    return found


def holders_above(session: Session, path: str, on: date) -> list[tuple[MemberId, str]]:
    """Return who holds a post in a unit or above it: leaders may see to an issue of a branch."""
    found = people.list_holders(session, ids_of(path), tuple(Role), on)
    return sorted({(member, name) for _, _, member, name in found})


def get(session: Session, item_id: int) -> Issue:
    """Return an issue by id.

    Raises:
        NotFound
    """
    found = _load(session, OpenItem.id == item_id)
    if not found:
        raise NotFound("没有这个问题，请看一下 问题清单")
    return found[0]


# --- what is done to it -------------------------------------------------------------------------


def give(session: Session, item_id: int, given: Given, *, by: Actor, now: datetime) -> Issue:
    """Settle who sees to an issue, until when and how.

    Whoever reported it may while nobody is named or no day; afterwards who keeps the records.

    Raises:
        Forbidden, NotFound
    """
    assert by.member_id is not None
    issue = get(session, item_id)
    own = issue.is_draft and by.member_id == issue.by_id
    if not own and not rights.may(by, Action.WRITE_MINUTES, issue.path):
        raise rights.refusal(Action.WRITE_MINUTES, "定问题谁办、哪天前办好")
    before = _given(issue)
    after = {
        "owner_id": given.owner_id or issue.owner_id,
        "due_on": _iso(given.due_on or issue.due_on),
        "measure": issue.measure if given.measure is None else check_words(given.measure),
    }
    _settle(session, issue.id, after, by=by, now=now)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"item": issue.id, "before": before},
        title=f"{issue.title}的安排",
        at=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="issue.give",
        subject=f"open_item:{issue.id}",
        before=before,
        after=after,
    )
    return get(session, issue.id)


def undo_given(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back who sees to an issue, until when and how (its inverse)."""
    _settle(session, inverse["item"], inverse["before"], by=by, now=now)


def note_progress(session: Session, item_id: int, note: str, *, by: Actor, now: datetime) -> Issue:
    """Write down how far an issue is.

    Raises:
        NotTheirs, UnfitLine, TooPrivate, SensitiveNumber
    """
    assert by.member_id is not None
    issue = get(session, item_id)
    _require_concerned(issue, by)
    kept = check_words(note)
    open_items.take_step(session, issue.id, ItemAct.PROGRESS, by=by, now=now, note=kept)
    undo.bar(
        session,
        member_id=by.member_id,
        sentence=f"进展记下了就不撤销。写错了请再发一次：进展 {issue.number} 正确的说法",
        title=f"{issue.title}的进展",
        at=now,
    )
    return get(session, issue.id)


def verify(session: Session, item_id: int, note: str, *, by: Actor, now: datetime) -> Issue:
    """Close an issue that was reported done, as somebody who has looked at it.

    Raises:
        Forbidden, NotFound
        WrongStep: He did it or reported it himself, or nobody has reported it.

    Source:
        issues.closing
    """
    issue = _to_verify(session, item_id, by=by, now=now)
    return _verified(session, issue, ItemAct.CLOSE, ItemAct.UNVERIFY, note, by=by, now=now)


def send_back(session: Session, item_id: int, reason: str, *, by: Actor, now: datetime) -> Issue:
    """Say that an issue is not put right yet; its owner goes on.

    Raises:
        Forbidden, NotFound, WrongStep
    """
    issue = _to_verify(session, item_id, by=by, now=now)
    assert by.member_id is not None
    undo.bar(
        session,
        member_id=by.member_id,
        sentence=f"{issue.title}已经退回去重办，办好会再报。",
        title=f"{issue.title}的重办",
        at=now,
    )
    return _verified(session, issue, ItemAct.RETURN, None, check_words(reason), by=by, now=now)


def find_in_report(
    session: Session,
    unit_id: UnitId,
    source: str,
    problems: Sequence[str],
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Write down the problems a report has found itself (查摆), each once: next year's list.

    Raises:
        Forbidden, UnfitItem, UnfitLine, TooPrivate, SensitiveNumber
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.WRITE_MINUTES, path)
    wanted = [
        Wanted(
            f"report:{unit_id}:{open_items.digest(source + words)}",
            ItemKind.ISSUE,
            check_words(words),
            None,
            None,
            source=source,
        )
        for words in problems
    ]
    return open_items.record(session, unit_id, wanted, by=by, now=now)


# --- beneath ------------------------------------------------------------------------------------


def _verified(
    session: Session,
    issue: Issue,
    act: ItemAct,
    inverse: ItemAct | None,
    note: str,
    *,
    by: Actor,
    now: datetime,
) -> Issue:
    assert by.member_id is not None
    open_items.take_step(session, issue.id, act, by=by, now=now, note=note[:200])
    if inverse is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=open_items.STEM,
            inverse={"item": issue.id, "act": inverse.value},
            title=f"{issue.title}的核实",
            at=now,
        )
    audit.record(
        session,
        by=by,
        at=now,
        action="issue.verify" if act is ItemAct.CLOSE else "issue.return",
        subject=f"open_item:{issue.id}",
        reason=note,
    )
    return get(session, issue.id)


def _to_verify(session: Session, item_id: int, *, by: Actor, now: datetime) -> Issue:
    issue = get(session, item_id)
    done = issue.standing.done
    if issue.state is not IssueState.PROPOSED or done is None:
        raise WrongStep(f"{issue.title}还没有人报办结，不用核实。")
    check_second(by.member_id, owner=issue.owner_id, done=done)
    if issue.source and _is_held_above(session, issue, now):
        if not _stands_above(by, issue.path):
            raise WrongStep(f"{issue.title}是{issue.source}清单里的，要由上级来核实。")
    elif by.member_id != issue.by_id and not rights.may(by, Action.WRITE_MINUTES, issue.path):
        raise rights.refusal(Action.WRITE_MINUTES, "核实问题")
    return issue


def _is_held_above(session: Session, issue: Issue, now: datetime) -> bool:
    found = superiors.above(session, {issue.unit_id: issue.path}, day_of(now)).get(issue.unit_id)
    return found is not None and not found.is_own


def _stands_above(by: Actor, path: str) -> bool:
    return any(
        Action.WRITE_MINUTES in RIGHTS[grant.role]
        and path.startswith(grant.unit_path)
        and path != grant.unit_path
        for grant in by.grants
    )


def verifying_unit(issue: Issue, keeper: MemberId | None) -> UnitId:
    """Return the unit whose desk verifies an issue: its own, or the one above.

    Args:
        keeper: Who keeps the records of its own unit.
    """
    ids = ids_of(issue.path)
    done = issue.standing.done
    own_work = done is not None and keeper in (done.by_id, issue.owner_id)
    return ids[-2] if len(ids) > 1 and (issue.source or own_work) else issue.unit_id


def _require_concerned(issue: Issue, by: Actor) -> None:
    mine = by.member_id in (issue.owner_id, issue.by_id)
    if not mine and not rights.may(by, Action.WRITE_MINUTES, issue.path):
        who = issue.owner or "书记或组织委员"
        raise NotTheirs(f"{issue.title}由{who}来办，进展请他来说。")


def _given(issue: Issue) -> dict[str, Any]:
    return {
        "owner_id": issue.owner_id,
        "due_on": _iso(issue.due_on),
        "measure": issue.measure,
    }


def _settle(
    session: Session, item_id: int, given: Mapping[str, Any], *, by: Actor, now: datetime
) -> None:
    open_items.take_step(session, item_id, ItemAct.ASSIGN, by=by, now=now)
    due = given["due_on"]
    session.connection().execute(
        update(OpenItem)
        .where(OpenItem.id == item_id)
        .values(
            owner_id=given["owner_id"],
            due_on=None if due is None else date.fromisoformat(due),
            measure=given["measure"],
        )
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _below(session: Session, unit_id: UnitId) -> ColumnElement[bool]:
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    return Unit.path.startswith(path)


def _reach(by: Actor) -> ColumnElement[bool]:
    """Return the condition that a unit lies where somebody keeps the records."""
    people.scope_of(by, Action.WRITE_MINUTES)
    return or_(
        *(
            Unit.path.startswith(grant.unit_path)
            for grant in by.grants
            if Action.WRITE_MINUTES in RIGHTS[grant.role]
        )
    )


def _load(session: Session, where: ColumnElement[bool], source: str | None = None) -> list[Issue]:
    if source is not None:
        where &= OpenItem.source == source
    rows = session.execute(
        select(OpenItem, Unit.name, Unit.path, _owner.name)
        .join(Unit, Unit.id == OpenItem.unit_id)
        .outerjoin(_owner, _owner.id == OpenItem.owner_id)
        .where(OpenItem.kind == ItemKind.ISSUE, where)
        .order_by(OpenItem.due_on.is_(None), OpenItem.due_on, OpenItem.unit_id, OpenItem.number)
        .execution_options(populate_existing=True)
    ).all()
    steps = _steps(session, [item.id for item, *_ in rows])
    return [
        Issue(
            item.id,
            UnitId(item.unit_id),
            unit,
            path,
            item.number,
            item.words,
            item.source,
            item.category,
            item.measure,
            _member(item.owner_id),
            owner or "",
            item.due_on,
            _member(item.by_id),
            item.at,
            stand(steps.get(item.id, ())),
        )
        for item, unit, path, owner in rows
    ]


_AT_ONCE = 5000


def _steps(session: Session, ids: Sequence[int]) -> Mapping[int, list[Did]]:
    found: dict[int, list[Did]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        rows = session.execute(
            select(
                OpenItemStep.item_id,
                OpenItemStep.act,
                OpenItemStep.at,
                OpenItemStep.by_id,
                OpenItemStep.note,
            )
            .where(OpenItemStep.item_id.in_(ids[start : start + _AT_ONCE]))
            .order_by(OpenItemStep.item_id, OpenItemStep.seq)
        )
        for row in rows:
            found[row.item_id].append(Did(row.act, row.at, _member(row.by_id), row.note))
    return found


def _member(found: int | None) -> MemberId | None:
    return None if found is None else MemberId(found)
