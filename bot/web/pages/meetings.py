"""`/units/…/meetings`: the meetings of a year, and calling one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.errors import DomainError
from bot.domain.meeting_stages import STAGE_NAMES, MeetingStage
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.services import invitations, meeting_stages, meetings, roll_books
from bot.services.meetings import MeetingView
from bot.web import console, forms, tables
from bot.web.console import ConsolePage
from bot.web.errors import status_of
from bot.web.tables import Cell, Column, Row

PAGE = ConsolePage(
    "meetings",
    "会议",
    needs=Action.VIEW_LISTS,
    menu="main",
    kinds=(UnitKind.BRANCH, UnitKind.CELL),
)

COLUMNS = (Column("会"), Column("时间"), Column("地点"), Column("到了哪一步"), Column("到会"))
EMPTY = (
    "这一年还没有会。按“建会”安排一次，或者私聊小助手回复 建会 支部党员大会 3月12日 15:00 二楼。"
)
CALLED = "已建：{title}，{when}，应到{n}人。会前一天下午小助手会挨个问。"
CALLED_TOLD = "已建：{title}，{when}，应到{n}人。时间近，已经挨个问了{told}人。"
NOT_TOLD = "{names}没有账号，请打电话。"
SAME_DAY = "{title}（{when}）那天已经有了。还要再建一次，请再按一次“建会”。"
TO_CALL = (
    MeetingKind.THEME_DAY,
    MeetingKind.GENERAL,
    MeetingKind.COMMITTEE,
    MeetingKind.LECTURE,
    MeetingKind.ORG_LIFE,
    MeetingKind.OTHER,
)
OF_A_CELL = (MeetingKind.CELL,)
TONES = {
    MeetingStage.UNRECORDED: "wait",
    MeetingStage.OVER: "wait",
    MeetingStage.CONFIRMED: "good",
    MeetingStage.LOCKED: "good",
    MeetingStage.CANCELLED: "bad",
}


@PAGE.get("/units/<int:unit_id>/meetings")
def show(unit_id: int) -> ResponseReturnValue:
    """Show the meetings of a year, the latest first."""
    here = console.visit()
    year = request.args.get("year", here.today.year, type=int)
    year = min(max(year, 1990), here.today.year + 2)
    first, last = date(year, 1, 1), date(year, 12, 31)
    with console.reading() as session:
        found = meeting_stages.list_of_unit(session, here.place.id, first, last, by=here.actor)
        stages = meeting_stages.stages_of(session, found, here.now)
        begun = {_address(m): m for m in found if m.starts_at <= here.now}
        rows = [_row(m, stages[m.id]) for m in reversed(found)]
        listing = tables.arrange(
            f"{year}年的会议",
            COLUMNS,
            rows,
            empty=EMPTY,
            fill=lambda shown: _with_counts(session, shown, begun),
        )
    if tables.wants_file():
        return tables.as_file(listing, here)
    return console.render(
        "meetings.html",
        listing=listing,
        year=year,
        this_year=here.today.year,
        may_call=here.may(Action.CALL_MEETING),
    )


@PAGE.get("/units/<int:unit_id>/meetings/new")
def new(unit_id: int) -> ResponseReturnValue:
    """Show the form that calls a meeting."""
    return _form(None)


@PAGE.post("/units/<int:unit_id>/meetings/new")
def call(unit_id: int) -> ResponseReturnValue:
    """Call a meeting; where one of the kind stands on that day, only when asked a second time."""
    here = console.visit()
    try:
        kind = _kind()
        starts_at = forms.moment("day", "time", "哪一天")
        named = forms.text("title", longest=80)
        with console.writing() as session:
            standing = meetings.find_same_day(session, kind, starts_at, by=here.actor, now=here.now)
            if standing is not None and forms.text("again") != str(standing.id):
                return _form(None, standing=standing)
            called = meetings.call(
                session,
                kind=kind,
                title=named or None,
                starts_at=starts_at,
                place=forms.text("place", longest=80),
                by=here.actor,
                now=here.now,
            )
            office = console.office_of()
            invited = invitations.ask_at_once(
                session,
                [called.meeting],
                by=here.actor,
                now=here.now,
                routes=office.routes,
                hours=office.hours,
            )
    except DomainError as error:
        return _form(error)
    words = CALLED if invited is None else CALLED_TOLD
    sentence = words.format(
        title=called.meeting.title,
        when=called.meeting.when,
        n=called.expected,
        told=0 if invited is None else invited.told,
    )
    if invited is not None and invited.unreachable:
        sentence += NOT_TOLD.format(names="、".join(invited.unreachable))
    return console.done(sentence, url_for("meeting.show", meeting_id=called.meeting.id))


def _kind() -> MeetingKind:
    try:
        return MeetingKind(forms.text("kind"))
    except ValueError:
        raise forms.Unfilled("是什么会还没有选。") from None


def _form(error: DomainError | None, standing: MeetingView | None = None) -> ResponseReturnValue:
    here = console.visit()
    kinds = OF_A_CELL if here.place.kind is UnitKind.CELL else TO_CALL
    problem = "" if error is None else error.sentence
    if standing is not None:
        problem = SAME_DAY.format(title=standing.title, when=standing.when)
    return console.render(
        "meeting_new.html",
        problem=problem,
        again="" if standing is None else standing.id,
        kinds=[(kind.value, KIND_NAMES[kind]) for kind in kinds],
        typed=request.form,
        tomorrow=(here.today + timedelta(days=1)).isoformat(),
        status=200 if error is None else status_of(error),
    )


def _address(meeting: MeetingView) -> str:
    return url_for("meeting.show", meeting_id=meeting.id)


def _row(meeting: MeetingView, stage: MeetingStage) -> Row:
    return (
        Cell(meeting.title, _address(meeting)),
        Cell(meeting.start_words, order=meeting.starts_at),
        Cell(meeting.place),
        Cell(STAGE_NAMES[stage], tone=TONES.get(stage, "")),
    )


def _with_counts(
    session: Session, rows: Sequence[Row], begun: Mapping[str, MeetingView]
) -> list[Row]:
    """Add to the rows that are shown how many came; the roll of a whole year takes its time."""
    held = [begun[row[0].href] for row in rows if row[0].href in begun]
    tallies = {_address(b.meeting): b.tally for b in roll_books.load(session, held)}
    filled: list[Row] = []
    for row in rows:
        tally = tallies.get(row[0].href)
        came = "—" if tally is None else f"{tally.present}/{tally.expected}"
        filled.append((*row, Cell(came)))
    return filled
