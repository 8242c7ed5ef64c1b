"""Everything that is kept about one person, told to himself; nobody else by name."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.clock import at
from bot.services.about_member import rows
from bot.services.about_member.held import LEDGERS, Held
from bot.services.about_member.words import HEADINGS
from bot.services.audit_words import OTHER, action_words
from bot.services.exporting import Request, member
from bot.services.exporting.member import SeveralOfThisName
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import OpeningHours
from bot.storage.types import Base
from tests.support.hall import Hall


def _naming_members() -> set[tuple[str, str]]:
    """Return every (table, column) that names a member."""
    return {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "member"
    }


def test_every_ledger_that_names_a_member_is_covered() -> None:
    covered = {
        (str(held.model.__tablename__), name)
        for held in LEDGERS
        for name in (*held.about, *held.acted)
    }

    assert _naming_members() == covered - {("member", "id")}


@pytest.mark.parametrize(
    "held", [held for held in LEDGERS if held.is_about_people], ids=lambda held: held.title
)
def test_every_column_about_a_person_is_told_or_hidden_on_purpose(held: Held) -> None:
    columns = set(held.model.__table__.columns.keys())

    assert set(rows.shown_columns(held)) <= HEADINGS.keys()
    assert held.hidden <= columns
    assert held.wiped.keys() <= columns
    told = {HEADINGS[name] for name in rows.shown_columns(held)}
    assert len(told) == len(rows.shown_columns(held))


_KEPT_WORDS = {
    ("member_preference", "value"),
    ("reminder_hold", "period"),
    ("reminder_hold", "rule"),
    ("reminder_hold", "subject"),
    ("account", "bound_how"),
    ("account", "consent_version"),
    ("account", "space"),
    ("alias", "consent"),
    ("attendance_mark", "reason_kind"),
    ("attendance_mark", "source"),
    ("bind_code", "code_hash"),
    ("calendar_feed", "salt"),
    ("calendar_feed", "token_hash"),
    ("chain_line", "how"),
    ("chain_line", "months"),
    ("chain_line", "reason_kind"),
    ("chain_paste", "state"),
    ("chain_record", "ledger"),
    ("done_action", "batch"),
    ("done_action", "stem"),
    ("done_action", "what"),
    ("dues_bill_line", "mark"),
    ("dues_bill_line", "receipt_no"),
    ("dues_entry", "claim"),
    ("dues_entry", "key"),
    ("open_item", "key"),
    ("development_case", "key"),
    ("open_item", "source"),
    ("open_item", "category"),
    ("dues_entry", "receipt_no"),
    ("dues_exemption", "superior"),
    ("dues_reminder", "batch"),
    ("frozen_attendance", "reason_kind"),
    ("inbound", "channel"),
    ("inbound", "chat_id"),
    ("inbound", "decision"),
    ("api_token", "token_hash"),
    ("inbound", "event"),
    ("inbound", "kind"),
    ("inbound", "message_id"),
    ("inbound", "space"),
    ("inbound", "state"),
    ("outbox", "channel"),
    ("outbox", "claim"),
    ("outbox", "key"),
    ("outbox", "platform_id"),
    ("outbox", "rule"),
    ("outbox", "slot"),
    ("outbox", "subject"),
    ("prompt", "chat_id"),
    ("read_line", "command"),
    ("read_line", "how"),
    ("receipt", "source"),
    ("roll_change", "key"),
    ("study_record", "key"),
    ("study_record", "source"),
    ("study_record", "title"),
    ("anonymised", "reason"),
    ("account", "unreachable_why"),
}
"""Words that stay when a person is made anonymous: they are keys and kinds, or say what was studied."""


def test_every_free_text_about_a_person_is_wiped_or_kept_on_purpose() -> None:
    texts = {
        (str(held.model.__tablename__), column.name)
        for held in LEDGERS
        if held.is_about_people
        for column in held.model.__table__.columns
        if column.type.python_type is str and type(column.type).__name__ in ("String", "Text")
        if column.name not in held.wiped
    }

    assert texts == _KEPT_WORDS


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return a branch in which things have happened to 张三."""
    hall = Hall(database)
    world, members = hall.world, hall.members
    world.assess(members["张三"], 3000)
    world.assess(members["王五"], 8888)
    hall.say("张三", "请假 出差")
    hall.say("王五", "代张三签到", at(date(2026, 3, 16), 15))
    hall.say("张三", "党费 3月 30")
    hall.say("王敏", "确认党费 全部")
    hall.say("王敏", "确认1")
    hall.say("王敏", "别名 老张 张三")
    hall.say("李建国", "外出流动 张三")
    hall.say("王敏", "名单 党费 3月")
    hall.say("王敏", "发通知 明天下午3点社区二楼开会")
    hall.say("王敏", "确认6")
    hall.say("张三", "收到")
    return hall


def _told(hall: Hall, name: str) -> dict[str, list[tuple[object, ...]]]:
    with hall.world.database.reading() as session:
        found = rows.list_about(session, hall.members[name])
    return {told.title: [*map(tuple, told.rows)] for told in found if told.rows}


def test_it_tells_every_ledger_in_words(hall: Hall) -> None:
    told = _told(hall, "张三")

    assert {
        "基本信息",
        "绑定的账号",
        "所在支部",
        "别名",
        "出勤",
        "党费核定",
        "党费台账",
    } <= told.keys()
    assert {"名册变动", "收到的通知", "回复收到", "发给小助手的消息"} <= told.keys()
    assert any("出差" in row for row in told["出勤"]), told["出勤"]
    assert {"组织委员", "本人"} <= {cell for row in told["党费台账"] for cell in row}
    assert {cell for row in told["名册变动"] for cell in row} >= {"外出流动", "书记", "第三党支部"}


def test_it_shows_no_codes_of_ours(hall: Hall) -> None:
    shown = {
        (title, str(cell))
        for title, table in _told(hall, "张三").items()
        for row in table
        for cell in row
        if isinstance(cell, str) and re.search("[a-z]{2,}", cell)
    }

    # What the platform and the person who set it up call an account and a channel.
    assert shown <= {(title, "sim") for title, _ in shown}
    assert any("本人" in row or "组织委员" in row for row in _told(hall, "张三")["出勤"])


def test_every_action_of_the_trail_has_words() -> None:
    found = set()
    for path in Path("bot").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            said = [word.value for word in call.keywords if word.arg == "action"]
            said += call.args[2:3] if name == "audit_line" else []
            found |= {
                word.value
                for word in said
                if isinstance(word, ast.Constant) and isinstance(word.value, str)
            }

    assert {"alias.teach", "minutes.import", "post.undo"} <= found
    trail = {action for action in found if "." in action}  # the others are of meetings' changes
    assert [action for action in sorted(trail) if action_words(action) == OTHER] == []


def test_it_names_nobody_else(hall: Hall, tmp_path: Path) -> None:
    others = hall.members.keys() - {"张三"}
    cells = [cell for table in _told(hall, "张三").values() for row in table for cell in row]

    written = " ".join(str(cell) for cell in cells)

    assert not [name for name in others if name in written]
    assert "88.88" not in written


def test_it_counts_what_one_did_for_others_without_saying_for_whom(hall: Hall) -> None:
    with hall.world.database.reading() as session:
        acts = dict(rows.count_acts(session, hall.members["王敏"]))

    assert acts["党费台账"] == 1
    assert acts["别名"] == 1


def test_the_workbook_has_a_sheet_a_ledger_and_who_took_it_out(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "张三.xlsx"
    request = Request(OPERATOR, hall.world.now)
    with hall.world.database.writing() as session:
        number = member.run_file(session, hall.members["张三"], path, request)

    book = load_workbook(path)
    cover = [[cell.value for cell in row] for row in book["说明"].iter_rows()]
    assert book.sheetnames[0] == "说明"
    assert {"出勤", "党费台账", "经办次数"} <= set(book.sheetnames)
    assert any("命令行" in str(row[0]) and "2026-03-16" in str(row[0]) for row in cover)
    footer = book["出勤"].oddFooter
    assert footer is not None
    assert footer.center is not None
    assert "命令行" in str(footer.center.text)
    assert "命令行" in str(book.properties.creator)
    assert sum(row[1] for row in cover[1:] if isinstance(row[1], int)) == number


def test_the_workbook_says_how_many_class_hours_each_year_had(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "张三.xlsx"
    member_id = hall.members["张三"]
    with hall.world.database.writing() as session:
        session.add(
            OpeningHours(member_id=member_id, year=2025, seq=1, hours=12, at=hall.world.now)
        )
        session.flush()
        member.run_file(session, member_id, path, Request(OPERATOR, hall.world.now))

    sheet = load_workbook(path)["每年学时"]
    rows_of = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=1)]
    assert rows_of[:3] == [
        ("年", "学时", "其中启用前"),
        (2025, "12", "12"),
        (2026, "0", "0"),
    ]


def test_a_name_that_several_bear_is_asked_by_number(hall: Hall) -> None:
    twin = hall.world.member("张三", hall.branch, account=False)

    with hall.world.database.reading() as session:
        assert member.find_member(session, str(twin)) == (twin, "张三")
        with pytest.raises(SeveralOfThisName, match=str(twin)):
            member.find_member(session, "张三")
