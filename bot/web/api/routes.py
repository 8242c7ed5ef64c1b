"""Every route of the API: each calls the service that chat and console call; a new one is listed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.clock import at, day_of, local
from bot.domain import rights
from bot.domain.api_scopes import Scope, in_order
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MeetingId, MemberId, NoticeId, UnitId
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.services import (
    announcements,
    attendance,
    attendance_others,
    dues_lists,
    meetings,
    naming,
    notices,
    reads,
    roll_lists,
)
from bot.services.announcements import Changed
from bot.services.attendance_marks import Marked
from bot.services.meetings import MeetingView
from bot.services.naming import Named
from bot.services.reads import Read
from bot.storage.models import Notice, Unit
from bot.web.api import values
from bot.web.api.contract import Route
from bot.web.desk import Call

HEADCOUNT = "这条通知是发给{n}人的，和写的人数不一样，没有发。"
NO_UNIT = "没有这个组织，或者不归您管。"
NOT_NAMED = "名册里没有编号{ids}的人，或者不归您管。"
TOO_LONG = "一次最多看一年。"
_YEAR = timedelta(days=366)


def me(call: Call) -> values.Me:
    """Tell as whom the token acts."""
    posts = [values.PostHeld(role=one.role, unit_id=one.unit_id) for one in call.by.grants]
    assert call.by.member_id is not None
    return values.Me(
        member_id=call.by.member_id,
        name=call.by.name,
        scopes=in_order(call.caller.scopes),
        posts=posts,
    )


def units(call: Call) -> values.Units:
    """Tell which units the token's owner looks after, and those below them."""
    rows = call.session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.parent_id, Unit.path)
        .where(Unit.valid_to.is_(None))
        .order_by(Unit.path)
    )
    return values.Units(
        units=[
            values.UnitTold(id=row.id, name=row.name, kind=row.kind, parent_id=row.parent_id)
            for row in rows
            if rights.may(call.by, Action.VIEW_LISTS, row.path)
        ]
    )


def members(call: Call) -> values.Roll:
    """Tell who belonged to a unit on a day."""
    unit_id = _unit(call, Action.MANAGE_ROLL)
    on = call.asked.on or call.today
    name, found = roll_lists.list_roll(
        call.session, unit_id=unit_id, on=on, by=call.by, now=call.now
    )
    _note(call, Seen.ROLL, unit_id)
    return values.Roll(
        unit_id=unit_id,
        unit=name,
        on=on,
        members=[
            values.MemberTold(
                id=person.id,
                name=person.name,
                kind=person.kind,
                cell_id=person.cell_id,
                suspended=standing.suspended,
                excused=standing.excused,
            )
            for person, standing in found
        ],
    )


def list_meetings(call: Call) -> values.Meetings:
    """Tell which meetings a unit has held or called in some days, also those called off."""
    unit_id = _unit(call, Action.VIEW_LISTS)
    first, last = at(call.asked.first), at(call.asked.last) + timedelta(days=1)
    if last - first > _YEAR + timedelta(days=1):
        raise DomainError(TOO_LONG)
    found = meetings.list_ever(call.session, unit_id, first, last)
    return values.Meetings(meetings=[values.meeting_told(one) for one in found])


def call_meeting(call: Call) -> values.MeetingCalled:
    """Call a meeting; people hear of it as they do of one called by chat."""
    wanted: values.NewMeeting = call.asked
    done = meetings.call(
        call.session,
        kind=wanted.kind,
        starts_at=wanted.starts_at,
        place=wanted.place,
        title=wanted.title,
        seats=wanted.seats,
        by=call.by,
        now=call.now,
    )
    meeting = values.meeting_told(done.meeting)
    return values.MeetingCalled(meeting=meeting, expected=done.expected)


def move_meeting(call: Call) -> values.MeetingChanged:
    """Move a meeting and tell everybody who knows of it."""
    wanted: values.Moved = call.asked
    return _changed(
        announcements.move(
            call.session,
            meeting_id=_meeting(call).id,
            starts_at=wanted.starts_at,
            place=wanted.place,
            by=call.by,
            now=call.now,
            routes=call.desk.routes,
            hours=call.desk.hours,
        )
    )


def cancel_meeting(call: Call) -> values.MeetingChanged:
    """Call a meeting off and tell everybody who knows of it."""
    return _changed(
        announcements.cancel(
            call.session,
            meeting_id=_meeting(call).id,
            reason=call.asked.reason,
            by=call.by,
            now=call.now,
            routes=call.desk.routes,
            hours=call.desk.hours,
        )
    )


def roll_call(call: Call) -> values.AttendanceTold:
    """Tell who has come, who is on leave and who has said nothing; never why."""
    meeting = _meeting(call)
    path = meetings.path_of(call.session, meeting.unit_id)
    rights.require(call.by, Action.VIEW_LISTS, path)
    found = attendance.roll_call(call.session, meeting)
    _note(call, Seen.ATTENDANCE, meeting.unit_id)
    return values.AttendanceTold(
        meeting=values.meeting_told(meeting),
        expected=found.expected,
        closed=found.closed,
        present=values.persons_told(found.present),
        on_leave=values.persons_told(found.leave),
        waiting=values.persons_told(found.pending, found.proxied, found.asked),
        missing=values.persons_told(found.missing),
        absent=values.persons_told(found.absent),
        others=values.persons_told(found.excused, found.elsewhere, found.studied),
    )


def record_presence(call: Call) -> values.Marks:
    """Record that members were there, all of them or none."""
    meeting = _meeting(call)
    return _marks(
        attendance_others.check_in_others(
            call.session,
            people=_people(call, meeting),
            by=call.by,
            said_at=call.now,
            now=call.now,
            meeting_id=meeting.id,
            late_entry=True,
        )
    )


def record_leave(call: Call) -> values.Marks:
    """Record that members are on leave, all of them or none."""
    meeting = _meeting(call)
    return _marks(
        attendance_others.ask_leave_for_others(
            call.session,
            people=_people(call, meeting),
            by=call.by,
            said_at=call.now,
            now=call.now,
            reason=call.asked.reason,
            chosen=[meeting.id],
        )
    )


def dues(call: Call) -> values.DuesOfMonth:
    """Tell how the month stands of those whose dues a unit takes."""
    unit_id = _unit(call, Action.CONFIRM_DUES)
    month = Month.parse(call.asked.month)
    found = dues_lists.list_taken(call.session, unit_id, [month], call.today)
    _note(call, Seen.DUES, unit_id)
    return values.DuesOfMonth(
        unit_id=unit_id,
        month=str(month),
        members=[
            values.DuesTold(
                member_id=payer.person.id,
                name=payer.person.name,
                state=own[month].state,
                assessed_fen=own[month].assessed_fen,
                declared_fen=own[month].declared_fen,
                confirmed_fen=own[month].confirmed_fen,
            )
            for payer, own in found
            if month in own
        ],
    )


def draft_notice(call: Call) -> values.NoticeDraft:
    """Keep a draft and tell whom it would reach; nothing is sent."""
    made = notices.draft(
        call.session,
        body=call.asked.body,
        send_at=call.asked.send_at,
        by=call.by,
        routes=call.desk.routes,
        hours=call.desk.hours,
        now=call.now,
    )
    return values.NoticeDraft(
        id=made.id,
        unit=made.unit,
        body=made.body,
        headcount=made.headcount,
        unreachable=values.persons_told(made.unreachable),
        leaves_at=local(made.leaves_at),
    )


def release_notice(call: Call) -> values.NoticeReleased:
    """Send a draft, once, if the number of people is the one that was shown."""
    notice_id = NoticeId(call.path["notice_id"])
    headcount = call.session.get_one(Notice, notice_id).headcount
    if headcount != call.asked.headcount:
        raise DomainError(HEADCOUNT.format(n=headcount))
    sent = notices.release(
        call.session,
        notice_id=notice_id,
        by=call.by,
        routes=call.desk.routes,
        hours=call.desk.hours,
        now=call.now,
    )
    return values.NoticeReleased(
        id=sent.id,
        sent_to=sent.sent_to,
        unreachable=list(sent.unreachable),
        leaves_at=local(sent.leaves_at),
    )


def receipts(call: Call) -> values.ReceiptsTold:
    """Tell how the latest notice of a unit was received."""
    unit_id = _unit(call, Action.VIEW_LISTS)
    name = call.session.scalar(select(Unit.name).where(Unit.id == unit_id))
    found = notices.receipts(call.session, by=call.by, now=call.now, unit=name)
    _note(call, Seen.RECEIPTS, unit_id)
    notice = None if found is None else found.notice
    return values.ReceiptsTold(
        notice_id=None if notice is None else notice.id,
        version=None if notice is None else notice.version,
        body="" if notice is None else notice.body,
        acknowledged=0 if found is None else found.acknowledged,
        silent=[] if found is None else values.persons_told(found.silent),
        unreachable=[] if found is None else values.persons_told(found.unreachable),
    )


def _unit(call: Call, action: Action) -> UnitId:
    """Return the unit of the address; what one may not look after is told like what is not there.

    Raises:
        NotFound
    """
    unit_id = call.path["unit_id"]
    path = meetings.path_of(call.session, UnitId(unit_id))
    if not path or not rights.may(call.by, action, path):
        raise NotFound(NO_UNIT)
    return UnitId(unit_id)


def _meeting(call: Call) -> MeetingView:
    return meetings.get_meeting(call.session, MeetingId(call.path["meeting_id"]))


def _people(call: Call, meeting: MeetingView) -> list[Named]:
    """Return the people of a request, of those one may record at a meeting.

    Raises:
        Forbidden: One may record nobody there.
        NotFound: One of them is out of reach.
    """
    path = meetings.path_of(call.session, meeting.unit_id)
    rights.require(call.by, Action.RECORD_ATTENDANCE, path)
    reach = naming.load_reach(
        call.session,
        by=call.by,
        on=day_of(meeting.known_at),
        action=Action.RECORD_ATTENDANCE,
        own_branch=False,
        within=meeting.branch_id,
    )
    wanted = dict.fromkeys(MemberId(one) for one in call.asked.member_ids)
    unknown = [one for one in wanted if one not in reach.people]
    if unknown:
        raise NotFound(NOT_NAMED.format(ids="、".join(map(str, unknown))))
    return [reach.people[one] for one in wanted]


def _marks(found: list[Marked]) -> values.Marks:
    return values.Marks(
        marks=[
            values.MarkTold(
                member_id=one.member_id,
                name=one.name,
                mark=one.mark.value,
                new=one.new,
                pending=one.pending,
            )
            for one in found
        ]
    )


def _changed(done: Changed) -> values.MeetingChanged:
    return values.MeetingChanged(
        meeting=values.meeting_told(done.meeting),
        told=done.told,
        unreachable=list(done.unreachable),
        in_group=done.in_group,
        tells_at=local(done.tells_at),
    )


def _note(call: Call, what: Seen, unit_id: int) -> None:
    """Write down that people were read about, as every reading is."""
    told = [Read(what, UnitId(unit_id))]
    reads.record(call.session, told, by=call.by, command="api", now=call.now)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/me", "令牌是谁的、能做什么", None, values.Me, me),
    Route("GET", "/units", "归本人管的组织", Scope.UNITS_READ, values.Units, units),
    Route(
        "GET",
        "/units/<int:unit_id>/members",
        "一个组织某天的名册",
        Scope.ROLL_READ,
        values.Roll,
        members,
        query=values.OnDay,
        notes=True,
    ),
    Route(
        "GET",
        "/units/<int:unit_id>/meetings",
        "一个组织一段日子的会",
        Scope.MEETINGS_READ,
        values.Meetings,
        list_meetings,
        query=values.Span,
    ),
    Route(
        "GET",
        "/units/<int:unit_id>/dues",
        "一个组织一个月的党费",
        Scope.DUES_READ,
        values.DuesOfMonth,
        dues,
        query=values.OfMonth,
        notes=True,
    ),
    Route(
        "GET",
        "/units/<int:unit_id>/receipts",
        "最近一条通知谁回复了",
        Scope.NOTICES_READ,
        values.ReceiptsTold,
        receipts,
        notes=True,
    ),
    Route(
        "POST",
        "/meetings",
        "建会",
        Scope.MEETINGS_WRITE,
        values.MeetingCalled,
        call_meeting,
        body=values.NewMeeting,
    ),
    Route(
        "POST",
        "/meetings/<int:meeting_id>/move",
        "改期或换地方",
        Scope.MEETINGS_WRITE,
        values.MeetingChanged,
        move_meeting,
        body=values.Moved,
    ),
    Route(
        "POST",
        "/meetings/<int:meeting_id>/cancel",
        "取消会议",
        Scope.MEETINGS_WRITE,
        values.MeetingChanged,
        cancel_meeting,
        body=values.Cancelled,
    ),
    Route(
        "GET",
        "/meetings/<int:meeting_id>/attendance",
        "到会名单",
        Scope.ATTENDANCE_READ,
        values.AttendanceTold,
        roll_call,
        notes=True,
    ),
    Route(
        "POST",
        "/meetings/<int:meeting_id>/attendance",
        "登记到会",
        Scope.ATTENDANCE_WRITE,
        values.Marks,
        record_presence,
        body=values.Present,
    ),
    Route(
        "POST",
        "/meetings/<int:meeting_id>/leave",
        "登记请假",
        Scope.ATTENDANCE_WRITE,
        values.Marks,
        record_leave,
        body=values.OnLeave,
    ),
    Route(
        "POST",
        "/notices",
        "写一条通知，先看发给多少人",
        Scope.NOTICES_WRITE,
        values.NoticeDraft,
        draft_notice,
        body=values.NewNotice,
    ),
    Route(
        "POST",
        "/notices/<int:notice_id>/release",
        "按人数确认，发出去",
        Scope.NOTICES_WRITE,
        values.NoticeReleased,
        release_notice,
        body=values.Confirmed,
    ),
)
