"""`/meetings/…/roll`: the roll call, made for a thumb: a name, three buttons, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.attendance import MARK_NAMES
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll_call import Place
from bot.domain.roll_order import Order, Word
from bot.services import meetings, people, quorum_live, roll_books, roll_calls
from bot.services.attendance_marks import ORGANISER
from bot.services.meetings import MeetingView
from bot.services.reads import Read
from bot.services.roll_books import Book
from bot.web import console, forms
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("roll", "点名", needs=Action.RECORD_ATTENDANCE)

MARKED = "登记了{n}人。写错了，十分钟内私聊小助手回复 撤销。"
NOTHING = "没有要改的。"
CLOSED = "点名完毕：应到{expected}人，实到{present}人，请假{leave}人，缺席{absent}人。"
CHANGED = "刚刚有人签到或改了登记，人数变了。请再看一遍，再按一次。"
WORDS = ((Word.CAME, "到"), (Word.LEAVE, "请假"), (Word.ABSENT, "没来"))
_STANDS = {Place.PRESENT: Word.CAME, Place.LEAVE: Word.LEAVE, Place.ABSENT: Word.ABSENT}


@dataclass(frozen=True, slots=True)
class Seat:
    """One person of the roll call.

    Attributes:
        word: What stands of him, or None.
        note: What he said himself, or how he was marked, where that is more than the word.
    """

    id: MemberId
    name: str
    word: Word | None
    note: str


@PAGE.get("/meetings/<int:meeting_id>/roll")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show the roll call."""
    return _page(MeetingId(meeting_id))


@PAGE.post("/meetings/<int:meeting_id>/roll")
def mark(meeting_id: int) -> ResponseReturnValue:
    """Mark one person."""
    here = console.visit()
    member, _, word = forms.text("mark").partition(":")
    try:
        order = Order({MemberId(int(member)): Word[word]})
    except (KeyError, ValueError):
        raise forms.Unfilled("没看懂是谁、到没到。请再按一次。") from None
    try:
        with console.writing() as session:
            meeting = meetings.get_meeting(session, MeetingId(meeting_id))
            draft = roll_calls.prepare(session, meeting, order, by=here.actor, now=here.now)
            roll_calls.record(session, draft.kept, source=ORGANISER, by=here.actor, now=here.now)
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    if console.is_partial():
        return _page(MeetingId(meeting_id))
    return console.done("", url_for("roll.show", meeting_id=meeting_id, _anchor=f"m{member}"))


@PAGE.post("/meetings/<int:meeting_id>/roll/rest")
def rest(meeting_id: int) -> ResponseReturnValue:
    """Mark all others as present: what the page has shown, or nothing."""
    here = console.visit()
    try:
        with console.writing() as session:
            meeting = meetings.get_meeting(session, MeetingId(meeting_id))
            order = _rest(session, meeting)
            draft = roll_calls.prepare(session, meeting, order, by=here.actor, now=here.now)
            if len(draft.changes) != forms.number("people"):
                raise DomainError(CHANGED)
            done = roll_calls.record(
                session, draft.kept, source=ORGANISER, by=here.actor, now=here.now
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    sentence = MARKED.format(n=done.written) if done.written else NOTHING
    return console.done(sentence, url_for("roll.show", meeting_id=meeting_id))


@PAGE.post("/meetings/<int:meeting_id>/roll/close")
def close(meeting_id: int) -> ResponseReturnValue:
    """Finish the roll call: who has nothing on record is absent."""
    here = console.visit()
    try:
        with console.writing() as session:
            book = roll_calls.close(
                session,
                MeetingId(meeting_id),
                forms.number("people"),
                by=here.actor,
                now=here.now,
            )
    except DomainError as error:
        return _page(MeetingId(meeting_id), error)
    tally = book.tally
    sentence = CLOSED.format(
        expected=tally.expected, present=tally.present, leave=tally.leave, absent=tally.absent
    )
    return console.done(sentence, url_for("meeting.show", meeting_id=meeting_id))


def _rest(session: Session, meeting: MeetingView) -> Order:
    """Return the order that all of whom nothing is known came."""
    [book] = roll_books.load(session, [meeting])
    return Order(dict.fromkeys((person.id for person in roll_calls.list_left(book)), Word.CAME))


def _page(meeting_id: MeetingId, error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        meeting = meetings.get_meeting(session, meeting_id)
        [book] = roll_books.load(session, [meeting])
    opened = quorum_live.has_opened(meeting, here.now)
    locked = meeting.state is MeetingState.CONFIRMED
    values = {
        "meeting": meeting,
        "seats": _seats(book),
        "tally": book.tally,
        "left": len(roll_calls.list_left(book)),
        "words": WORDS,
        "may_mark": opened and not locked,
        "opened": opened,
        "locked": locked,
        "closed": book.roll.closed,
        "problem": "" if error is None else error.sentence,
    }
    if console.is_partial():
        return render_template("_roll.html", **values)
    status = 200 if error is None else status_of(error)
    read = [Read(Seen.ATTENDANCE, here.place.id)]
    return console.render("roll.html", told=read, status=status, **values)


def _seats(book: Book) -> list[Seat]:
    called = people.tell_apart(book.expected)
    seats = []
    for person in book.expected:
        word = _STANDS.get(book.place(person.id))
        standing = book.standing(person.id)
        note = MARK_NAMES[standing.mark] if standing.mark is not None else ""
        plain = word is not None and note in ("", word.value)
        seats.append(Seat(person.id, called[person.id], word, "" if plain else note))
    return seats
