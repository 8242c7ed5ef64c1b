"""Reminders put off or declined by those who get them: 晚点提醒, 不用提醒, 恢复提醒."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.burden import USEFUL_FOR, Hours, deliver_at
from bot.domain.errors import DomainError
from bot.domain.holds import (
    FURTHEST,
    About,
    Hold,
    HoldKind,
    gist_of,
    is_quoted,
    last_day_of,
    period_of,
    said_again,
)
from bot.domain.ids import MemberId
from bot.domain.joining import join_texts
from bot.domain.privacy import Fact, FactKind, Text, missing, say
from bot.domain.rights import Actor
from bot.domain.sending import UNFINISHED, SendState
from bot.domain.wording import day_words
from bot.services import outbox, survey
from bot.services.outbox import Letter, Routes
from bot.services.reminders import DIGEST
from bot.storage.models import Outbox, ReminderHold

AGAIN = "{name}您好，{text}"
TOLD = "{name}说先不用提醒他：{gist}。原因：{reason}。只告诉您，看看要不要帮一把。"
NOT_SAID = "没有说"
_LOOKS_BACK = timedelta(days=8)
_KEPT = timedelta(days=400)
_HOUR = 9
_WENT_OUT = (SendState.ACCEPTED, SendState.UNCERTAIN)


class NothingToHold(DomainError):
    """No reminder that could be put off was sent lately."""

    def __init__(self) -> None:
        super().__init__("最近没有提醒过您什么，不用改。想改提醒的时间，回复 我的提醒")


class NotAReminder(DomainError):
    """What was replied to cannot be put off."""

    def __init__(self) -> None:
        super().__init__("您引用的那条推后不了，没有改。想推后别的提醒，请引用那一条再说一次。")


class TooFar(DomainError):
    """The day is not one a reminder may be put off to."""


@dataclass(frozen=True, slots=True)
class Last:
    """A reminder somebody was sent."""

    id: int
    key: str
    rule: str
    slot: str
    subject: str
    text: str
    reason: Any
    expires_at: datetime | None
    said_on: date

    @property
    def period(self) -> str:
        """What all rungs about the same thing share."""
        return period_of(self.slot)

    @property
    def latest(self) -> date | None:
        """The last day on which what is owed would be in time; None where that is not known."""
        return last_day_of(self.rule, self.period)

    @property
    def gist(self) -> str:
        """What it is about, in a few words."""
        return gist_of(self.text)


@dataclass(frozen=True, slots=True)
class PutOff:
    """What is reminded of again, and on which Shanghai day.

    Attributes:
        as_usual: What the message told of besides and would be over by then.
    """

    gists: list[str]
    day: date
    as_usual: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Declined:
    """What is not reminded of any more.

    Attributes:
        told: Whoever keeps the branch's records is told; not where that is the person himself.
    """

    gists: list[str]
    told: bool


def waits(session: Session, member_id: MemberId, now: datetime) -> bool:
    """Tell whether there is a reminder that could be put off."""
    return bool(_latest(session, member_id, "", now))


def put_off(
    session: Session,
    *,
    by: Actor,
    day: date,
    quoted: str,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> PutOff:
    """Let the last reminder come again on a day, if it is still open then.

    On a rest day nothing is said: it comes on the next working day. Until then nothing else
    reminds of the same thing.

    Args:
        quoted: The text replied to, if any: says which reminder is meant.

    Raises:
        NothingToHold, NotAReminder
        TooFar: The day is over, too far away, or when the thing itself is over.
    """
    assert by.member_id is not None
    told = _require(session, by.member_id, quoted, now)
    _check_day(day, told, now)
    again = {last.id: _again(last, by, day, hours) for last in told}
    found = [last for last in told if _is_in_time(last, day_of(again[last.id].due_at))]
    if not found:
        latest = max(last.latest for last in told if last.latest is not None)
        gist = told[0].gist
        raise TooFar(f"最晚{day_words(latest)}，推后就过了：{gist}。请说早一点的一天。")
    letters = [again[last.id] for last in found]
    comes_on = max(day_of(letter.due_at) for letter in letters)
    for last in found:
        _keep(session, by.member_id, last, HoldKind.LATER, now, until=comes_on)
        _drop_unsent(session, by.member_id, last, now)
    outbox.enqueue(session, routes, letters, now)
    left = [last.gist for last in told if last not in found]
    return PutOff([last.gist for last in found], comes_on, left)


def decline(
    session: Session,
    *,
    by: Actor,
    reason: str,
    quoted: str,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> Declined:
    """Stop what the last reminder is about, for this period; whoever keeps the records is told.

    Nothing else follows from it: it changes no record, and nobody is judged by it.

    Args:
        reason: As it may be kept; "" where none was said.

    Raises:
        NothingToHold, NotAReminder
    """
    assert by.member_id is not None
    found = _require(session, by.member_id, quoted, now)
    for last in found:
        _keep(session, by.member_id, last, HoldKind.DECLINED, now, reason=reason)
        _drop_unsent(session, by.member_id, last, now)
    told = _tell_keeper(session, by, found, reason, routes, hours, now)
    return Declined([last.gist for last in found], told)


def resume(session: Session, *, by: Actor, now: datetime) -> int:
    """Let everything that was put off or declined be reminded of again; return how many things.

    What was put off comes as its ladder says, not on the day that was asked for as well.
    """
    assert by.member_id is not None
    own = {
        about: hold
        for about, hold in current(session, now).items()
        if about.member_id == by.member_id and hold.keeps_back(day_of(now))
    }
    rows = [
        {
            "member_id": about.member_id,
            "rule": about.rule,
            "subject": about.subject,
            "period": about.period,
            "kind": HoldKind.RESUMED,
            "until": None,
            "reason": "",
            "at": now,
        }
        for about in own
    ]
    if rows:
        session.connection().execute(insert(ReminderHold), rows)
    for about in own:
        outbox.void_to(
            session,
            by.member_id,
            now=now,
            subjects=[about.subject],
            rules=[about.rule],
            period=about.period,
        )
    return len(rows)


def current(session: Session, now: datetime) -> dict[About, Hold]:
    """Return the last word on every thing anybody has put off or declined; one query, few rows."""
    rows = session.execute(
        select(
            ReminderHold.member_id,
            ReminderHold.rule,
            ReminderHold.subject,
            ReminderHold.period,
            ReminderHold.kind,
            ReminderHold.until,
        )
        .where(ReminderHold.at > now - _KEPT)
        .order_by(ReminderHold.id)
    )
    return {
        About(row.member_id, row.rule, row.subject, row.period): Hold(row.kind, row.until)
        for row in rows
    }


def told_of(session: Session, members: Collection[MemberId], rules: Collection[str]) -> set[About]:
    """Return what some people have been reminded of, or are about to be; one query."""
    rows = session.execute(
        select(Outbox.member_id, Outbox.rule, Outbox.subject, Outbox.slot).where(
            Outbox.member_id.in_(members),
            Outbox.rule.in_(rules),
            Outbox.state.in_((*_WENT_OUT, *UNFINISHED)),
        )
    )
    return {About(row.member_id, row.rule, row.subject, period_of(row.slot)) for row in rows}


def _require(session: Session, member_id: MemberId, quoted: str, now: datetime) -> list[Last]:
    found = _latest(session, member_id, quoted, now)
    if not found:
        raise NothingToHold
    return found


def _latest(session: Session, member_id: MemberId, quoted: str, now: datetime) -> list[Last]:
    """Return the reminders of the last message, or of the one that is quoted."""
    rows = session.execute(
        select(Outbox)
        .where(
            Outbox.member_id == member_id,
            Outbox.state.in_(_WENT_OUT),
            Outbox.rule.not_in(("", DIGEST)),
            Outbox.finished_at > now - _LOOKS_BACK,
            Outbox.finished_at <= now + timedelta(minutes=1),
        )
        .order_by(Outbox.finished_at.desc(), Outbox.id.desc())
        .limit(20)
    ).scalars()
    reminders = [row for row in rows if row.reason]
    if quoted:
        reminders = _meant(reminders, quoted)
        if not reminders:
            raise NotAReminder
    if not reminders:
        return []
    batch = reminders[0].batch_id
    same = [row for row in reminders if row.batch_id == batch] if batch else reminders[:1]
    return [_last(row) for row in sorted(same, key=_by_key)]


def _meant(reminders: Sequence[Outbox], quoted: str) -> list[Outbox]:
    """Return the reminders a quoted message was, the last where several read alike.

    Several that went out together are one message; where one line of it is quoted, that is meant.
    """
    found = [row for row in reminders if is_quoted(row.text, quoted)]
    if found:
        last = found[0].batch_id
        return [row for row in found if row.batch_id == last] if last else found[:1]
    together: dict[int, list[Outbox]] = {}
    for row in reminders:
        if row.batch_id is not None:
            together.setdefault(row.batch_id, []).append(row)
    return next(
        (
            rows
            for rows in together.values()
            if is_quoted(join_texts([row.text for row in sorted(rows, key=_by_key)]), quoted)
        ),
        [],
    )


def _by_key(row: Outbox) -> str:
    return row.key


def _last(row: Outbox) -> Last:
    return Last(
        id=row.id,
        key=row.key,
        rule=row.rule,
        slot=row.slot,
        subject=row.subject,
        text=row.text,
        reason=row.reason,
        expires_at=row.expires_at,
        said_on=day_of(row.finished_at or row.due_at),
    )


def _check_day(day: date, found: Sequence[Last], now: datetime) -> None:
    today = day_of(now)
    if day <= today:
        raise TooFar("请说以后的一天，例如 明天提醒我、周五再提醒。")
    if day > today + timedelta(days=FURTHEST):
        raise TooFar(f"最多推后{FURTHEST}天，请说近一点的一天。")
    for last in found:
        ends = last.expires_at
        if last.subject.startswith("meeting:") and ends is not None and at(day, _HOUR) >= ends:
            raise TooFar(f"到那天已经过了：{last.gist}。请现在答复，或者说早一点的一天。")


def _is_in_time(last: Last, comes_on: date) -> bool:
    """Tell whether what is owed could still be done in time on a day."""
    return last.latest is None or comes_on <= last.latest


def _again(last: Last, by: Actor, day: date, hours: Hours) -> Letter:
    key = f"{last.key.partition('~')[0]}~{day.isoformat()}"
    due = deliver_at(at(day, _HOUR), key, hours.policy, hours.workdays)
    text = said_again(last.text, last.said_on, day_of(due))
    ends = last.expires_at if last.subject.startswith("meeting:") else None
    if last.latest is not None:
        ends = min(due + USEFUL_FOR, at(last.latest + timedelta(days=1)))
    return Letter(
        key=key,
        text=say(AGAIN, name=by.name, text=Fact(FactKind.NOTICE, text)),
        due_at=due,
        member_id=by.member_id,
        rule=last.rule,
        slot=last.slot,
        subject=last.subject,
        reason=last.reason,
        expires_at=ends or due + USEFUL_FOR,
    )


def _keep(
    session: Session,
    member_id: MemberId,
    last: Last,
    kind: HoldKind,
    now: datetime,
    *,
    until: date | None = None,
    reason: str = "",
) -> None:
    session.connection().execute(
        insert(ReminderHold).values(
            member_id=member_id,
            rule=last.rule,
            subject=last.subject,
            period=last.period,
            kind=kind,
            until=until,
            reason=reason[:60],
            at=now,
        )
    )


def _drop_unsent(session: Session, member_id: MemberId, last: Last, now: datetime) -> None:
    """Take back what waits to be sent to the same person about the same thing."""
    outbox.void_to(
        session,
        member_id,
        now=now,
        subjects=[last.subject],
        rules=[last.rule],
        period=last.period,
    )


def _tell_keeper(
    session: Session,
    by: Actor,
    found: Sequence[Last],
    reason: str,
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> bool:
    """Tell whoever keeps the branch's records, unless that is the person himself."""
    if by.branch_id is None:
        return False
    keeper = survey.keepers(session, [by.branch_id], day_of(now)).get(by.branch_id)
    if keeper is None or keeper[0] == by.member_id:
        return False
    letters = []
    for last in found:
        key = f"declined:{last.id}:m{keeper[0]}"
        text: Text = say(
            TOLD,
            name=by.name,
            gist=missing(last.gist),
            reason=Fact(FactKind.LEAVE_REASON, reason or NOT_SAID),
        )
        letters.append(
            Letter(key=key, text=text, due_at=hours.allow(now, key), member_id=keeper[0])
        )
    return outbox.enqueue(session, routes, letters, now).queued > 0
