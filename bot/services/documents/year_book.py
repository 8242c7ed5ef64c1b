"""A branch's year in one workbook (年度台账): meetings, attendance, dues, hours, changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain.cadence import KIND_NAMES
from bot.domain.dues import STATE_NAMES
from bot.domain.ids import UnitId
from bot.domain.members import KIND_NAMES as MEMBER_KINDS
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.roll_call import NOBODY, Tally, total
from bot.domain.study_hours import hours_words
from bot.files.tables import CellValue, Sheets
from bot.services import dues_lists, meetings, people, roll_books, scopes, study_hours
from bot.services.people import Person
from bot.services.roll_books import Book

_DAY = timedelta(days=1)
_Rows = list[tuple[CellValue, ...]]


def sheets(session: Session, unit_id: UnitId, year: int, now: datetime) -> list[Sheets]:
    """Return the sheets of a branch and a year; rights are the caller's.

    Attendance is of the roll of each meeting's day, hours and dues of who belongs there at the end
    of the year, or today.
    """
    until = min(date(year, 12, 31), day_of(now))
    ends = min(at(date(year, 12, 31) + _DAY), now)
    held = [
        one
        for one in meetings.list_of_units(session, [unit_id], at(date(year, 1, 1)), ends)
        if one.seats is None and one.ends_at <= now
    ]
    books = roll_books.load(session, held)
    persons = people.list_members(session, unit_id, until)
    return [
        _meetings(session, books),
        _duties(books),
        _attendance(persons, books),
        _dues(session, unit_id, year, until),
        _hours(session, persons, year, now),
    ]


def _meetings(session: Session, books: Sequence[Book]) -> Sheets:
    names = scopes.names_of(session, {book.meeting.unit_id for book in books})
    rows: _Rows = [
        (
            book.meeting.day,
            f"{local(book.meeting.starts_at):%H:%M}" if book.meeting.timed else "",
            book.meeting.title,
            KIND_NAMES[book.meeting.kind],
            names[book.meeting.unit_id],
            book.meeting.place,
            *_counts(book.tally),
        )
        for book in books
    ]
    headers = ("日期", "开始", "名称", "类型", "党组织", "地点", *_COUNTED)
    return Sheets("会议", headers, rows)


_COUNTED = ("应到", "实到", "请假", "缺席", "未定", "出勤率")


def _counts(tally: Tally) -> tuple[CellValue, ...]:
    percent = "" if tally.percent is None else f"{tally.percent}%"
    return (tally.expected, tally.present, tally.leave, tally.absent, tally.open, percent)


def _duties(books: Sequence[Book]) -> Sheets:
    """Return how often each kind was held, month by month."""
    kinds = dict.fromkeys(book.meeting.kind for book in books)
    rows: _Rows = []
    for kind in kinds:
        months = [book.meeting.day.month for book in books if book.meeting.kind is kind]
        counted = [months.count(number) for number in range(1, 13)]
        rows.append((KIND_NAMES[kind], *counted, sum(counted)))
    return Sheets("各月次数", ("类型", *(f"{n}月" for n in range(1, 13)), "全年"), rows)


def _attendance(persons: Sequence[Person], books: Sequence[Book]) -> Sheets:
    called = people.tell_apart(persons)
    rows: _Rows = []
    for person in persons:
        own = [one for book in books if (one := book.one(person.id)) is not None]
        rows.append((called[person.id], MEMBER_KINDS[person.kind], *_counts(total(own, NOBODY))))
    return Sheets("党员出勤", ("姓名", "党员类型", *_COUNTED), rows)


def _dues(session: Session, unit_id: UnitId, year: int, until: date) -> Sheets:
    months = [
        month
        for month in months_between(Month(year, 1), Month(year, 12))
        if month <= Month.of(until)
    ]
    taken = dues_lists.list_taken(session, unit_id, months, until) if months else []
    rows: _Rows = [
        (
            payer.person.name,
            *(STATE_NAMES[own[month].state] if month in own else "" for month in months),
            yuan(sum(balance.confirmed_fen for balance in own.values())),
        )
        for payer, own in taken
    ]
    return Sheets(
        "党费", ("姓名", *(f"{month.number}月" for month in months), "已核对（元）"), rows
    )


def _hours(session: Session, persons: Sequence[Person], year: int, now: datetime) -> Sheets:
    called = people.tell_apart(persons)
    found = study_hours.of_members(session, [person.id for person in persons], year, now)
    rows: _Rows = []
    for person in persons:
        own = found[person.id]
        target = "" if own.target is None else hours_words(own.target)
        short = "" if own.short is None else hours_words(own.short)
        rows.append((called[person.id], hours_words(own.tenths), target, short))
    return Sheets("学时", ("姓名", "学时", "要求", "还差"), rows)
