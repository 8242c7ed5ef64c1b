"""`/notices/…`: one notice: who has answered, who has not, a second notice to them."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, NoticeId
from bot.domain.notices import NoticeState
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import later_words, moment_words
from bot.services import notice_again, notice_pages, notices, people, undo
from bot.services.notice_again import Second
from bot.services.notice_pages import Whole
from bot.services.reads import Read
from bot.web import console, forms
from bot.web.announcing import about_of
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of

PAGE = ConsolePage("notice", "通知", needs=Action.SEND_NOTICE)

SENT = "已交平台发送，共{n}人。"
SENT_LATER = "已记下，{when}发出，共{n}人。写错了，十分钟内私聊小助手回复 撤销。"
NOT_SENT = "{names}没有账号，请打电话。"
WRONG = "人数不对：这条通知是发给{n}人的。请看清楚再打一遍。"
AGAIN = "又提醒了{n}人。"
CHANGED = "刚刚有人回复了，人数变了。请再看一遍。"


@PAGE.get("/notices/<int:notice_id>")
def show(notice_id: int) -> ResponseReturnValue:
    """Show a notice with its receipts."""
    return _page(NoticeId(notice_id))


@PAGE.post("/notices/<int:notice_id>/send")
def send(notice_id: int) -> ResponseReturnValue:
    """Send a draft whose head-count was typed."""
    here, office = console.visit(), console.office_of()
    try:
        with console.writing() as session:
            whole = notice_pages.look(session, NoticeId(notice_id), here.now)
            headcount = notice_pages.headcount(session, NoticeId(notice_id))
            if whole.state is NoticeState.DRAFT and forms.number("people") != headcount:
                raise DomainError(WRONG.format(n=headcount))
            done = notices.release(
                session,
                notice_id=NoticeId(notice_id),
                by=here.actor,
                routes=office.routes,
                hours=office.hours,
                now=here.now,
                about=about_of(whole.body, here.now),
                at_once=forms.text("at_once") == "1",
                why=forms.text("why", longest=60),
            )
            waits = done.leaves_at > here.now
            _let_undo(session, here, NoticeId(notice_id), waits=waits)
    except DomainError as error:
        return _page(NoticeId(notice_id), error)
    words = SENT_LATER if waits else SENT
    sentence = words.format(n=done.sent_to, when=later_words(done.leaves_at, here.now))
    if done.unreachable:
        sentence += NOT_SENT.format(names="、".join(done.unreachable))
    return console.done(sentence, url_for("notice.show", notice_id=notice_id))


@PAGE.post("/notices/<int:notice_id>/again")
def again(notice_id: int) -> ResponseReturnValue:
    """Tell those once more who were shown and have still not answered."""
    here, office = console.visit(), console.office_of()
    try:
        with console.writing() as session:
            second = notice_again.find(session, by=here.actor, now=here.now, unit=here.place.name)
            shown = sorted(person.id for person in second.silent)
            if second.notice_id != notice_id or len(shown) != forms.number("people"):
                raise DomainError(CHANGED)
            told = notice_again.send(
                session,
                notice_id=NoticeId(notice_id),
                members=[MemberId(member) for member in shown],
                by=here.actor,
                routes=office.routes,
                hours=office.hours,
                now=here.now,
            )
    except DomainError as error:
        return _page(NoticeId(notice_id), error)
    return console.done(AGAIN.format(n=told), url_for("notice.show", notice_id=notice_id))


def _let_undo(session: Session, here: Visit, notice_id: NoticeId, *, waits: bool) -> None:
    """Let 撤销 take back what waits; of what has left it says the truth."""
    if waits:
        undo.remember(
            session,
            member_id=here.member_id,
            stem=notices.STEM,
            inverse={"notice_id": notice_id},
            title="还没发出的通知",
            at=here.now,
        )
    else:
        undo.bar(
            session,
            member_id=here.member_id,
            sentence=notices.NOT_BACK,
            title="通知",
            at=here.now,
        )


def _page(notice_id: NoticeId, error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        whole = notice_pages.look(session, notice_id, here.now)
        second = _second(session, whole, here)
    may_see = here.may(Action.VIEW_LISTS)
    return console.render(
        "notice.html",
        told=[Read(Seen.RECEIPTS, here.place.id)] if may_see else [],
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        notice=whole,
        is_draft=whole.state is NoticeState.DRAFT,
        called=people.tell_apart(whole.silent),
        may_see=may_see,
        second=second,
        when=moment_words,
    )


def _second(session: Session, whole: Whole, here: Visit) -> Second | None:
    """Return whom a second notice would reach: of the last one of the unit, and of no other."""
    if not whole.silent or not here.may(Action.VIEW_LISTS):
        return None
    try:
        found = notice_again.find(session, by=here.actor, now=here.now, unit=here.place.name)
    except DomainError:
        return None
    return found if found.notice_id == whole.id and found.silent else None
