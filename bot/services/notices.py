"""Notices: preview with names and head-count, release once, receipts by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import String, and_, cast, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.audiences import Audience
from bot.domain.burden import Hours, Urgency
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, NoticeId, UnitId
from bot.domain.notices import (
    EmptyAudience,
    NoticeState,
    check_body,
    corrected_text,
    receipt_card,
    title_of,
)
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.domain.sensitive import check_no_dues_of
from bot.domain.wording import moment_words
from bot.services import (
    audit,
    burden_meter,
    deliveries,
    notice_audience,
    notice_corrections,
    outbox,
    people,
    roll,
    scopes,
)
from bot.services.deliveries import Missed
from bot.services.notice_audience import Chosen
from bot.services.outbox import Letter, Routes
from bot.services.people import Person
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import Notice, NoticeRecipient, Outbox, Receipt, Unit

WAITS_FOR = timedelta(days=7)
STEM = "notices"
NOT_BACK = "通知已经交给平台，收不回来。要更正请回复：更正通知 更正以后的全文"
_CLOCKS_DIFFER = timedelta(minutes=1)

NAMED = "您点名的人"
TITLE, TITLE_CORRECTED = "支部通知", "更正通知"
_OWN = ("word", "button")
PUT_RIGHT = "发出以前已更正"


class AlreadyReleased(DomainError):
    """The notice is out, or was dropped."""

    def __init__(self) -> None:
        super().__init__("这条通知已经发过或取消了，没有再发。")


class AlreadyGone(DomainError):
    """The platform has the notice."""

    def __init__(self) -> None:
        super().__init__(NOT_BACK)


class PutRight(DomainError):
    """What somebody says 收到 to does not hold any more."""

    def __init__(self) -> None:
        super().__init__("这条通知已经更正，请看新发的那条，看过再点 收到 或回复 收到。")


class NotForYou(DomainError):
    """Somebody says 收到 to a notice that he was not sent, or that was taken back."""

    def __init__(self) -> None:
        super().__init__("没有找到这条通知，可能已经撤回。要看最近的，请回复 最近的通知")


class NotThen(DomainError):
    """A notice is to leave at a moment at which nothing is sent."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"{moment_words(at)}是休息时间，不发消息。请换个时间，例如早上9点。")


@dataclass(frozen=True, slots=True)
class Preview:
    """A notice before anybody reads it.

    Attributes:
        label: What those it is for are called, where it is not for all of the unit.
    """

    id: NoticeId
    unit: str
    body: str
    persons: tuple[Person, ...]
    unreachable: tuple[Person, ...]
    leaves_at: datetime
    label: str = ""

    @property
    def headcount(self) -> int:
        """How many it is for."""
        return len(self.persons)


@dataclass(frozen=True, slots=True)
class Released:
    """A notice on its way.

    Attributes:
        leaves_at: Later than now in quiet hours, and on rest days.
    """

    id: NoticeId
    sent_to: int
    unreachable: tuple[str, ...]
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice a member has not acknowledged."""

    id: NoticeId
    version: int
    body: str

    @property
    def title(self) -> str:
        """Its first words."""
        return title_of(self.body)


@dataclass(frozen=True, slots=True)
class Receipts:
    """How a notice was received.

    Attributes:
        silent: Who has an account and has not said 收到.
        unreachable: Who has none: to be phoned.
        missed: To whom it did not arrive, or nobody can know, with what the platform said.
        before: Version and number of receipts of what it has put right.
    """

    unit_id: UnitId
    notice: OpenNotice
    acknowledged: int
    silent: Sequence[Person]
    unreachable: Sequence[Person]
    missed: Sequence[Missed]
    before: Sequence[tuple[int, int]] = ()


def draft(
    session: Session,
    *,
    body: str,
    by: Actor,
    routes: Routes,
    hours: Hours,
    now: datetime,
    about: date | None = None,
    corrects: NoticeId | None = None,
    audience: Audience | None = None,
    named: Sequence[MemberId] = (),
    send_at: datetime | None = None,
) -> Preview:
    """Keep a draft and show whom it would reach, and when; nothing is sent.

    Args:
        about: The day of what it announces, where it names one.
        corrects: The notice it puts right; who got that one gets it as well.
        audience: Some of the unit it is for; `named`, or those members alone.
        send_at: When it is to leave; left out, as soon as it may.

    Raises:
        Forbidden, UnfitNotice, EmptyAudience, NobodyThere
        NotThen: It is to leave at a moment at which nothing is sent.
        Unchanged: It says what the notice said.
        DuesOfSomebody: It tells many of the dues of one.
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    body, first = check_body(body), None
    chosen = None if audience is None else notice_audience.choose(session, unit_id, audience, now)
    if named:
        persons = tuple(notice_audience.of_ids(session, named, day_of(now)))
        chosen = Chosen(persons, NAMED)
    if corrects is not None:
        old = notice_corrections.get_corrected(session, corrects, body, by)
        unit_id, first = UnitId(old.unit_id), notice_corrections.first_of(old)
        chosen = _chosen_before(session, first, now)
    unit = session.scalar(select(Unit.name).where(Unit.id == unit_id)) or ""
    found = _audience(session, unit_id, now, first) if chosen is None else list(chosen.persons)
    if not found:
        raise EmptyAudience
    if len(found) > 1:
        everyone = notice_audience.everybody(session, unit_id, day_of(now))
        check_no_dues_of(body, {person.name for person in (*found, *everyone)})
    reachable = outbox.addresses_of(session, routes, {person.id for person in found}, now=now)
    notice_id = (
        session.connection()
        .execute(
            insert(Notice)
            .values(
                unit_id=unit_id,
                body=body,
                version=1,
                state=NoticeState.DRAFT,
                headcount=len(found),
                created_by=by.member_id,
                created_at=now,
                corrects_id=first,
                audience="" if chosen is None else chosen.label[:80],
                chosen=None if chosen is None else [person.id for person in chosen.persons],
                send_at=send_at,
            )
            .returning(Notice.id)
        )
        .scalar_one()
    )
    unreachable = tuple(person for person in found if person.id not in reachable)
    leaves_at = _leaves_at(NoticeId(notice_id), hours, now, about, send_at)
    label = "" if chosen is None else chosen.label
    return Preview(NoticeId(notice_id), unit, body, tuple(found), unreachable, leaves_at, label)


def _chosen_before(session: Session, first: NoticeId, now: datetime) -> Chosen | None:
    """Return whom a notice that is put right was for, where that was not all of its unit."""
    notice = session.get_one(Notice, first)
    if notice.chosen is None:
        return None
    ids = {MemberId(member) for member in notice.chosen}
    ids |= notice_corrections.recipients_of(session, first)
    persons = tuple(notice_audience.of_ids(session, sorted(ids), day_of(now)))
    return Chosen(persons, notice.audience)


def count_lately(session: Session, *, by: Actor, now: datetime) -> int:
    """Return how many notices those an actor writes to were sent in the last seven days.

    Raises:
        Forbidden

    Source:
        burden.weekly_notices
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    return burden_meter.notices_lately(session, unit_id, now)


def release(
    session: Session,
    *,
    notice_id: NoticeId,
    by: Actor,
    routes: Routes,
    hours: Hours,
    now: datetime,
    about: date | None = None,
    at_once: bool = False,
    why: str = "",
) -> Released:
    """Send a draft to everybody in its audience, once, when it may arrive.

    Args:
        about: The day of what it announces, where it names one.
        at_once: The sender has asked for it to leave now, whatever the hour.
        why: Why it goes out though there were many of late; kept in the audit trail.

    Raises:
        Forbidden, AlreadyReleased, EmptyAudience
    """
    notice = session.get_one(Notice, notice_id)
    unit = session.get_one(Unit, notice.unit_id)
    rights.require(by, Action.SEND_NOTICE, unit.path)
    first = None if notice.corrects_id is None else NoticeId(notice.corrects_id)
    version = 1 if first is None else notice_corrections.next_version(session, first)
    claimed = session.connection().execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.DRAFT)
        .values(state=NoticeState.RELEASED, released_at=now, version=version)
    )
    if claimed.rowcount != 1:
        raise AlreadyReleased
    session.refresh(notice)
    audience = _people_of(session, notice, now, first)
    if not audience:
        raise EmptyAudience
    leaves_at = now if at_once else _leaves_at(notice_id, hours, now, about, notice.send_at)
    text = _replace(session, notice, now)
    letters = _letters(notice, text, audience, leaves_at, unit.name)
    queued = outbox.enqueue(session, routes, letters, now)
    missed = set(queued.unreachable)
    insert_many_once(
        session,
        NoticeRecipient,
        [
            {
                "notice_id": notice_id,
                "member_id": person.id,
                "reachable": person.id not in missed,
            }
            for person in audience
        ],
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="notice.release",
        subject=f"notice:{notice_id}",
        after={
            "headcount": len(audience),
            "unreachable": len(missed),
            **({"over_the_week": why} if why else {}),
        },
    )
    names = tuple(person.name for person in audience if person.id in missed)
    return Released(notice_id, len(audience) - len(missed), names, leaves_at)


def _replace(session: Session, notice: Notice, now: datetime) -> str:
    """Return what is sent of a notice; what still waits of the versions before it is never sent."""
    before = notice_corrections.versions_before(session, notice)
    if not before:
        return notice.body
    for old, _, _ in before:
        outbox.void(session, subject=f"notice:{old}", now=now, detail=PUT_RIGHT)
    return corrected_text(notice.body, session.get_one(Notice, before[-1][0]).body)


def undo_release(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back a notice that waits for the morning (its inverse): nobody has read it yet.

    Raises:
        AlreadyGone: Some of it is with the platform.
    """
    notice_id = inverse["notice_id"]
    subject = f"notice:{notice_id}"
    outbox.void(session, subject=subject, now=now, detail="发出以前已撤回")
    # Looked at afterwards: a dispatcher may have taken some of it while this waited.
    left = session.scalar(
        select(Outbox.id).where(Outbox.subject == subject, Outbox.state != SendState.VOID).limit(1)
    )
    if left is not None:
        raise AlreadyGone
    session.connection().execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.RELEASED)
        .values(state=NoticeState.DROPPED)
    )
    _let_stand_again(session, session.get_one(Notice, notice_id))
    audit.record(session, by=by, at=now, action="notice.recall", subject=subject)


def _let_stand_again(session: Session, notice: Notice) -> None:
    """Send what this correction had replaced before it could leave; what it said holds again."""
    if notice.corrects_id is None or notice.released_at is None:
        return
    for old, _, _ in notice_corrections.versions_before(session, notice):
        outbox.restore(
            session, subject=f"notice:{old}", voided_at=notice.released_at, detail=PUT_RIGHT
        )


def drop(session: Session, *, notice_id: NoticeId) -> None:
    """Give up a draft; one that is out stays out."""
    session.connection().execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.DRAFT)
        .values(state=NoticeState.DROPPED)
    )


def list_open(session: Session, member_id: MemberId, now: datetime) -> list[OpenNotice]:
    """Return the notices of the last week this member has not acknowledged, the newest first."""
    rows = session.execute(
        select(Notice.id, Notice.version, Notice.body)
        .join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id)
        .outerjoin(
            Receipt,
            and_(
                Receipt.notice_id == Notice.id,
                Receipt.version == Notice.version,
                Receipt.member_id == NoticeRecipient.member_id,
                Receipt.withdrawn_at.is_(None),
            ),
        )
        .where(
            NoticeRecipient.member_id == member_id,
            Notice.state == NoticeState.RELEASED,
            Notice.released_at > now - WAITS_FOR,
            # 收到 that is handled late answers nothing that was sent after it.
            Notice.released_at < now + _CLOCKS_DIFFER,
            or_(Notice.send_at.is_(None), Notice.send_at < now + _CLOCKS_DIFFER),
            Receipt.id.is_(None),
            notice_corrections.in_force(),
        )
        .order_by(Notice.id.desc())
    )
    return [OpenNotice(NoticeId(found), version, body) for found, version, body in rows]


@dataclass(frozen=True, slots=True)
class Lately:
    """A notice somebody was sent.

    Attributes:
        said: He has said 收到 to it.
    """

    notice: OpenNotice
    at: datetime
    said: bool


def list_lately(session: Session, member_id: MemberId, now: datetime) -> list[Lately]:
    """Return the notices in force that a member was sent in the last week, the newest first."""
    waiting = {notice.id for notice in list_open(session, member_id, now)}
    rows = session.execute(
        select(Notice.id, Notice.version, Notice.body, Outbox.finished_at)
        .join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id)
        .join(
            Outbox,
            and_(
                Outbox.subject == literal("notice:") + cast(Notice.id, String),
                Outbox.member_id == NoticeRecipient.member_id,
                Outbox.state.in_((SendState.ACCEPTED, SendState.UNCERTAIN)),
            ),
        )
        .where(
            NoticeRecipient.member_id == member_id,
            Notice.state == NoticeState.RELEASED,
            Notice.released_at > now - WAITS_FOR,
            notice_corrections.in_force(),
        )
        .order_by(Notice.id.desc(), Outbox.id)
    )
    found: dict[int, Lately] = {}
    for notice_id, version, body, sent_at in rows:
        notice = OpenNotice(NoticeId(notice_id), version, body)
        if sent_at is not None:
            found.setdefault(notice_id, Lately(notice, sent_at, notice.id not in waiting))
    return list(found.values())


def get_sent(
    session: Session, notice_id: NoticeId, version: int, member_id: MemberId
) -> OpenNotice:
    """Return a version of a notice as it was sent to a member.

    Raises:
        NotForYou: He was not sent it, or it was taken back.
        PutRight: A later version holds.
    """
    row = session.execute(
        select(Notice.body, notice_corrections.in_force())
        .join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id)
        .where(
            Notice.id == notice_id,
            Notice.version == version,
            Notice.state == NoticeState.RELEASED,
            NoticeRecipient.member_id == member_id,
        )
    ).one_or_none()
    if row is None:
        raise NotForYou
    body, holds = row
    if not holds:
        raise PutRight
    return OpenNotice(notice_id, version, body)


def acknowledge(
    session: Session,
    *,
    notice: OpenNotice,
    member_id: MemberId,
    now: datetime,
    how: Literal["word", "button"] = "word",
) -> bool:
    """Write down a member's 收到 for a version of a notice; False when it was there already.

    It stands by itself also where a chain had said so: taking that back leaves it alone. What was
    to be told once more is not.
    """
    outbox.void_to(session, member_id, now=now, subjects=[f"notice:{notice.id}"])
    row = insert_once(
        session,
        Receipt,
        {
            "notice_id": notice.id,
            "version": notice.version,
            "member_id": member_id,
            "at": now,
            "source": how,
        },
    )
    if row is not None:
        return True
    revived = session.connection().execute(
        update(Receipt)
        .where(
            Receipt.notice_id == notice.id,
            Receipt.version == notice.version,
            Receipt.member_id == member_id,
            or_(Receipt.withdrawn_at.is_not(None), Receipt.source.not_in(_OWN)),
        )
        .values(withdrawn_at=None, source=how, at=now)
    )
    return revived.rowcount == 1


def receipts(
    session: Session, *, by: Actor, now: datetime, unit: str | None = None
) -> Receipts | None:
    """Return how the latest notice of a unit was received, or None without one.

    Args:
        unit: A unit named; the actor's own where it is left out.

    Raises:
        NotFound, Forbidden
    """
    unit_id = scopes.unit_meant(session, by, Action.VIEW_LISTS, unit)
    notice = session.scalar(
        select(Notice)
        .where(Notice.unit_id == unit_id, Notice.state == NoticeState.RELEASED)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if notice is None:
        return None
    reachable, said, silent = _answers(session, notice, now)
    return Receipts(
        unit_id=unit_id,
        notice=OpenNotice(NoticeId(notice.id), notice.version, notice.body),
        acknowledged=len(said & reachable.keys()),
        silent=[person for person in silent if reachable[person.id]],
        unreachable=[person for person in silent if not reachable[person.id]],
        missed=deliveries.list_missed_of_notice(session, NoticeId(notice.id)),
        before=[(v, n) for _, v, n in notice_corrections.versions_before(session, notice)],
    )


def silent_of(session: Session, notice_id: NoticeId, now: datetime) -> list[Person]:
    """Return who has an account and has not said 收到 to a notice."""
    reachable, _, silent = _answers(session, session.get_one(Notice, notice_id), now)
    return [person for person in silent if reachable[person.id]]


def _answers(
    session: Session, notice: Notice, now: datetime
) -> tuple[dict[MemberId, bool], set[int], list[Person]]:
    """Return (who got it and whether by an account, who has said 收到, who has not)."""
    reachable = {
        MemberId(member_id): had_account
        for member_id, had_account in session.execute(
            select(NoticeRecipient.member_id, NoticeRecipient.reachable).where(
                NoticeRecipient.notice_id == notice.id
            )
        )
    }
    said = set(
        session.scalars(
            select(Receipt.member_id).where(
                Receipt.notice_id == notice.id,
                Receipt.version == notice.version,
                Receipt.withdrawn_at.is_(None),
            )
        )
    )
    asked = people.list_by_ids(session, reachable.keys() - said, day_of(now))
    return reachable, said, roll.without_suspended(session, asked, day_of(now))


def _people_of(
    session: Session, notice: Notice, now: datetime, first: NoticeId | None
) -> list[Person]:
    """Return whom a draft goes to: those it was shown for, where it is not for all."""
    if notice.chosen is None:
        return _audience(session, UnitId(notice.unit_id), now, first)
    ids = [MemberId(member) for member in notice.chosen]
    return notice_audience.of_ids(session, ids, day_of(now))


def _audience(
    session: Session, unit_id: UnitId, now: datetime, first: NoticeId | None = None
) -> list[Person]:
    """Return of whom anything is expected in a unit and the units under it, each once.

    Args:
        first: The first version of a notice that is put right: who got one of them is told as well.
    """
    on = day_of(now)
    everyone = notice_audience.everybody(session, unit_id, on)
    if first is not None:
        had = notice_corrections.recipients_of(session, first)
        moved = people.list_by_ids(session, had - {person.id for person in everyone}, on)
        everyone = [*everyone, *moved]
    return roll.without_suspended(session, everyone, on)


def _leaves_at(
    notice_id: NoticeId,
    hours: Hours,
    now: datetime,
    about: date | None,
    send_at: datetime | None = None,
) -> datetime:
    """Return when a notice may arrive: out of quiet hours; on a rest day if it cannot wait.

    Raises:
        NotThen: Nothing is sent at the moment that was said.
    """
    key = f"notice:{notice_id}"  # one moment for all of its readers, so that it is one request
    if send_at is not None and send_at > now:
        check_moment(send_at, key, hours)
        return send_at
    at = hours.allow(now, key)
    if about is not None and about <= day_of(at):
        return hours.allow(now, key, Urgency.EVENT_DAY)
    return at


def check_moment(send_at: datetime, key: str, hours: Hours) -> None:
    """Refuse a moment at which nothing is sent.

    Raises:
        NotThen
    """
    if hours.allow(send_at, key, Urgency.EVENT_DAY) != send_at:
        raise NotThen(send_at)


def _meant_for(notice: Notice) -> str:
    """Return for whom it is, as one who gets it reads it."""
    if notice.audience == NAMED:
        return "点名发给您和别的几位" if notice.headcount > 1 else "只发给您一个人"
    return f"发给{notice.audience or '支部的每一位'}"


def _letters(
    notice: Notice, text: str, audience: Sequence[Person], at: datetime, unit: str
) -> list[Letter]:
    title = TITLE if notice.version == 1 else TITLE_CORRECTED
    card = receipt_card(notice.id, notice.version, title, unit)
    return [
        Letter(
            key=f"notice:{notice.id}:v{notice.version}:m{person.id}",
            text=say("{body}", body=Fact(FactKind.NOTICE, text)),
            due_at=at,
            member_id=person.id,
            rule="notice",
            slot=f"v{notice.version}",
            subject=f"notice:{notice.id}",
            reason={
                "source": "组织发布的通知",
                "facts": {"words": _meant_for(notice)},
                "ends_when": "回复 收到 就算办完",
                "seen_by": "只发给您",
            },
            card=card,
        )
        for person in audience
    ]
