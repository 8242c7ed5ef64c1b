"""`/meetings/…/minutes`: the record of a meeting: written line by line, confirmed, put right."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.minutes import PART_NAMES, STATE_NAMES, Line, MinutesState, Part
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import moment_words
from bot.services import meetings, minutes, minutes_confirm, minutes_entries
from bot.services.reads import Read
from bot.web import console, forms
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("minutes", "会议记录", needs=Action.WRITE_MINUTES)

WRITTEN = "记下了。写错了，十分钟内私聊小助手回复 撤销。"
CORRECTED = "更正好了，原来写的也留着。"
CONFIRMED = "{title}的记录已确认，{days}天后锁定。"
_LONG = frozenset({Part.AGENDA, Part.POINT, Part.RESOLUTION, Part.FOLLOW_UP})


@PAGE.get("/meetings/<int:meeting_id>/minutes")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show the record with what it lacks, and the forms that go on with it."""
    return _page(MeetingId(meeting_id))


@PAGE.post("/meetings/<int:meeting_id>/minutes")
def write(meeting_id: int) -> ResponseReturnValue:
    """Append what was typed: one line of the record for each line of the field."""
    here = console.visit()
    try:
        part = _part()
        words = [
            line for line in forms.needed("text", PART_NAMES[part]).splitlines() if line.strip()
        ]
        with console.writing() as session:
            minutes.write(
                session,
                meeting_id=MeetingId(meeting_id),
                lines=[Line(part, line) for line in words],
                by=here.actor,
                now=here.now,
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    return console.done(WRITTEN, url_for("minutes.show", meeting_id=meeting_id))


@PAGE.post("/meetings/<int:meeting_id>/minutes/correct")
def correct(meeting_id: int) -> ResponseReturnValue:
    """Append a correction: what it said stays beside what it is to say."""
    here = console.visit()
    try:
        part = _part()
        with console.writing() as session:
            minutes.correct(
                session,
                meeting_id=MeetingId(meeting_id),
                line=Line(part, forms.needed("text", PART_NAMES[part])),
                number=_number(),
                reason=forms.text("reason", longest=100),
                by=here.actor,
                now=here.now,
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    return console.done(CORRECTED, url_for("minutes.show", meeting_id=meeting_id))


@PAGE.post("/meetings/<int:meeting_id>/minutes/confirm")
def confirm(meeting_id: int) -> ResponseReturnValue:
    """Confirm the record."""
    here = console.visit()
    try:
        with console.writing() as session:
            record = minutes_confirm.confirm(
                session, meeting_id=MeetingId(meeting_id), by=here.actor, now=here.now
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    sentence = CONFIRMED.format(title=record.meeting.title, days=record.lock_days)
    return console.done(sentence, url_for("minutes.show", meeting_id=meeting_id))


def _part() -> Part:
    try:
        return Part(forms.text("part"))
    except ValueError:
        raise forms.Unfilled("写在哪一栏还没有选。") from None


def _number() -> int | None:
    found = forms.number("number")
    return found if found > 0 else None


def _page(meeting_id: MeetingId, error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        meeting = meetings.get_meeting(session, meeting_id)
        record = minutes.view(session, meeting_id=meeting_id, by=here.actor, now=here.now)
        may_confirm = minutes_entries.may_confirm(session, meeting, here.actor, here.now)
    open_ = record.state in (MinutesState.EMPTY, MinutesState.DRAFT)
    begun = meeting.starts_at <= here.now
    return console.render(
        "minutes.html",
        told=[Read(Seen.MINUTES, here.place.id)],
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        typed=request.form,
        meeting=meeting,
        record=record,
        state=STATE_NAMES[record.state],
        parts=PART_NAMES,
        long_parts=_LONG,
        may_write=record.state is not MinutesState.LOCKED,
        may_confirm=may_confirm and open_ and begun and not record.missing,
        waits_for_secretary=open_ and begun and not record.missing and not may_confirm,
        when=moment_words,
    )
