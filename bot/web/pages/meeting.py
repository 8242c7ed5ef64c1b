"""`/meetings/…`: one meeting: when, quorum live, roll, record; moving and cancelling it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.meeting_stages import STAGE_NAMES, MeetingStage
from bot.domain.meetings import Decision, MeetingState
from bot.domain.minutes import PART_NAMES, STATE_NAMES
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll_call import Tally
from bot.services import (
    announcements,
    attendance_codes,
    meeting_stages,
    meetings,
    minutes,
    quorum,
    quorum_live,
    roll_books,
)
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView
from bot.services.reads import Read
from bot.web import console, forms, qr
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("meeting", "会议", needs=Action.VIEW_LISTS)

MOVED = "{title}改到{when}，告诉了{told}人。"
CANCELLED = "{title}已取消，告诉了{told}人。十分钟内私聊小助手回复 撤销 可以恢复。"
UNREACHED = "{names}没有账号，请打电话。"
SAY = "签到码 {code}"


@PAGE.get("/meetings/<int:meeting_id>")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a meeting."""
    return _page(MeetingId(meeting_id))


@PAGE.get("/meetings/<int:meeting_id>/now")
def now(meeting_id: int) -> ResponseReturnValue:
    """Show how many are there, as a piece of the page."""
    with console.reading() as session:
        meeting = meetings.get_meeting(session, MeetingId(meeting_id))
        values = _numbers(session, meeting)
    if console.is_partial():
        return render_template("_now.html", meeting=meeting, **values)
    return console.render("meeting_now.html", meeting=meeting, **values)


@PAGE.get("/meetings/<int:meeting_id>/code")
def code(meeting_id: int) -> ResponseReturnValue:
    """Show the check-in code for the whole room to scan."""
    here, office = console.visit(), console.office_of()
    with console.reading() as session:
        meeting = meetings.get_meeting(session, MeetingId(meeting_id))
        letters = attendance_codes.code_for(
            session, meeting, by=here.actor, now=here.now, digest=office.seal.mark
        )
    words = SAY.format(code=letters)
    return console.render(
        "code.html", meeting=meeting, code=letters, words=words, drawn=qr.draw(words)
    )


@PAGE.post("/meetings/<int:meeting_id>/move")
def move(meeting_id: int) -> ResponseReturnValue:
    """Move a meeting and tell everybody who knows of it."""
    here, office = console.visit(), console.office_of()
    try:
        starts_at = forms.moment("day", "time", "哪一天")
        with console.writing() as session:
            changed = announcements.move(
                session,
                meeting_id=MeetingId(meeting_id),
                starts_at=starts_at,
                place=forms.text("place", longest=80),
                by=here.actor,
                now=here.now,
                routes=office.routes,
                hours=office.hours,
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    sentence = MOVED.format(
        title=changed.meeting.title, when=changed.meeting.when, told=changed.told
    )
    return _told(sentence, changed, meeting_id)


@PAGE.post("/meetings/<int:meeting_id>/cancel")
def cancel(meeting_id: int) -> ResponseReturnValue:
    """Cancel a meeting and tell everybody who knows of it."""
    here, office = console.visit(), console.office_of()
    try:
        with console.writing() as session:
            changed = announcements.cancel(
                session,
                meeting_id=MeetingId(meeting_id),
                by=here.actor,
                now=here.now,
                routes=office.routes,
                hours=office.hours,
                reason=forms.text("reason", longest=100),
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    sentence = CANCELLED.format(title=changed.meeting.title, told=changed.told)
    return _told(sentence, changed, meeting_id)


def _told(sentence: str, changed: Changed, meeting_id: int) -> ResponseReturnValue:
    if changed.unreachable:
        sentence += UNREACHED.format(names="、".join(changed.unreachable))
    return console.done(sentence, url_for("meeting.show", meeting_id=meeting_id))


def _page(meeting_id: MeetingId, error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        meeting = meetings.get_meeting(session, meeting_id)
        stage = meeting_stages.stages_of(session, [meeting], here.now)[meeting.id]
        record = minutes.look(session, meeting, here.now)
        values = _numbers(session, meeting)
        beside = [one for one in meetings.list_together(session, meeting) if one.id != meeting.id]
    start = local(meeting.starts_at)
    return console.render(
        "meeting.html",
        told=[Read(Seen.MINUTES, here.place.id)],
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        typed=request.form,
        meeting=meeting,
        stage=STAGE_NAMES[stage],
        beside=beside,
        record=record,
        record_state=STATE_NAMES[record.state],
        parts=PART_NAMES,
        day=f"{start:%Y-%m-%d}",
        clock=f"{start:%H:%M}",
        may_call=here.may(Action.CALL_MEETING) and meeting.state is MeetingState.SCHEDULED,
        may_mark=here.may(Action.RECORD_ATTENDANCE),
        may_write=here.may(Action.WRITE_MINUTES),
        is_cancelled=stage is MeetingStage.CANCELLED,
        is_over=meeting.ends_at <= here.now,
        **values,
    )


def _numbers(session: Session, meeting: MeetingView) -> dict[str, Any]:
    """Return the head-count, and the quorum: those in the room once it has opened."""
    here = console.visit()
    [book] = roll_books.load(session, [meeting])
    [outlook] = quorum.outlooks(session, [meeting])
    opened = quorum_live.has_opened(meeting, here.now)
    forecast = (
        quorum_live.in_room(session, outlook, here.now).forecast if opened else outlook.forecast
    )
    watched = quorum.is_watched(outlook)
    tally: Tally = book.tally
    return {
        "tally": tally,
        "forecast": forecast if watched else None,
        "opened": opened,
        "live": opened and here.now < meeting.ends_at,
        "votes": outlook.titles if outlook.decision is not Decision.ORDINARY else (),
    }
