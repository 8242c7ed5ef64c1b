"""The roll by the pages: as of a day, one member, a spreadsheet with a preview."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from bot.domain.rights import Role
from bot.storage.models import Account, Member
from tests.web.console.conftest import Browser, Enter, Street, token_of

COLUMNS = ["姓名", "党组织", "党小组", "党员类型", "人员类别", "职务", "月缴党费", "手机尾号"]


def book(*rows: list[str]) -> tuple[io.BytesIO, str]:
    """Return a roster as a browser sends it."""
    made, file = Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    for row in (COLUMNS, *rows):
        sheet.append(row)
    made.save(file)
    file.seek(0)
    return file, "名册.xlsx"


def send(browser: Browser, path: str, file: tuple[io.BytesIO, str], status: int) -> str:
    """Send a file with the token of the page."""
    token = token_of(browser.client.get("/account").text)
    answer = browser.client.post(
        path, data={"csrf_token": token, "file": file}, content_type="multipart/form-data"
    )
    assert answer.status_code == status, answer.text
    return answer.text


def test_the_roll_lists_a_branch_and_finds_by_a_word(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/members"

    everybody = secretary.get(path).text
    one = secretary.get(f"{path}?q=王五").text

    assert "共5条" in everybody
    assert "陈书记" not in everybody
    assert "共1条" in one
    assert "张三" not in one
    assert "没有找到" in secretary.get(f"{path}?q=没有这个人").text


def test_the_roll_is_as_of_a_day(street: Street, secretary: Browser) -> None:
    world = street.world
    world.member("新来的", street.branch.id, since=world.today - timedelta(days=10))
    path = f"/units/{street.branch.id}/members"

    assert "新来的" in secretary.get(path).text
    before = secretary.get(f"{path}?on={world.today - timedelta(days=11)}").text
    assert "新来的" not in before
    assert "2026年3月1日" in before


def test_the_street_sees_every_branch_page_by_page(street: Street, enter: Enter) -> None:
    street.world.members(60, street.branch.id)
    officer = enter(street.officer)
    path = f"/units/{street.world.street}/members"

    first, second = officer.get(path).text, officer.get(f"{path}?page=2").text

    assert "共66条" in first
    assert "下一页" in first
    assert "第2页，共2页" in second
    assert "陈书记" in first + second


def test_a_member_has_a_page_with_history_and_accounts(street: Street, secretary: Browser) -> None:
    page = secretary.get(f"/members/{street.branch.zhang}").text

    assert "第三支部第一党小组" in page
    assert "党小组长" in page
    assert "2021-07-01 起" in page


def test_a_code_is_given_and_an_account_let_go(street: Street, secretary: Browser) -> None:
    path = f"/members/{street.branch.wu}"

    secretary.post(f"{path}/code", on=path)
    shown = secretary.get(path).text
    assert re.search(r"绑定码 \d{8}，3天内有效", shown)
    assert not re.search(r"绑定码 \d{8}", secretary.get(path).text)  # shown once
    secretary.post(f"{path}/unbind", on=path, space="sim")

    assert "还没有绑定" in secretary.get(path).text
    with street.world.database.reading() as session:
        bound = session.scalars(
            select(Account.unbound_at).where(Account.member_id == street.branch.wu)
        )
        assert bound.one() is not None


def test_a_roster_is_shown_before_it_is_written(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/import"
    row = ["孙七", "第三党支部", "", "正式党员", "在职", "", "30", "7777"]

    shown = send(secretary, f"{path}/roster", book(row), 200)

    assert "看一遍，还没有写入" in shown
    assert not _is_on_roll(street, "孙七")
    done = secretary.post(f"{path}/roster/confirm", on=path)
    assert "新增1" in secretary.get(done.location).text
    assert _is_on_roll(street, "孙七")
    assert "不在了" in secretary.post(f"{path}/roster/confirm", on=path, status=400).text


def test_mistakes_are_told_by_row_and_nothing_waits(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/import"
    row = ["孙七", "第三党支部", "", "什么党员", "在职", "", "30", "7777"]

    page = send(secretary, f"{path}/roster", book(row), 400)

    assert "第2行 党员类型" in page
    secretary.post(f"{path}/roster/confirm", on=path, status=400)


def test_another_branch_is_not_imported_into(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/import"
    row = ["孙七", "第四党支部", "", "正式党员", "在职", "", "30", "7777"]

    send(secretary, f"{path}/roster", book(row), 403)

    assert not _is_on_roll(street, "孙七")


@pytest.mark.parametrize("name", ["", "名册.xls", "名册.exe"], ids=["没选", "旧格式", "别的"])
def test_a_file_of_another_kind_is_refused(street: Street, secretary: Browser, name: str) -> None:
    path = f"/units/{street.branch.id}/import/roster"

    page = send(secretary, path, (io.BytesIO(b"x"), name), 400)

    assert "文件" in page or "表格" in page


def test_an_empty_form_says_how_it_is_filled_in(street: Street, secretary: Browser) -> None:
    answer = secretary.get(f"/units/{street.branch.id}/import/roster/form")

    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet.cell(1, 1).value == "姓名"


def test_what_looks_like_a_formula_is_taken_away_as_text(
    street: Street, secretary: Browser
) -> None:
    street.world.member("=1+1", street.branch.id)

    answer = secretary.get(f"/units/{street.branch.id}/members?export=xlsx")

    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    cells = [
        cell for row in sheet.iter_rows() for cell in row if cell.value and "1+1" in str(cell.value)
    ]
    assert [cell.data_type for cell in cells] == ["s"]


def test_the_organiser_keeps_the_roll_and_a_cell_leader_does_not(
    street: Street, enter: Enter
) -> None:
    path = f"/units/{street.branch.id}/members"

    enter(street.branch.wang).get(path)
    assert enter(street.branch.zhang).client.get(path).status_code == 403
    helper = street.world.member("宣传", street.branch.id, Role.PUBLICITY)
    assert enter(helper).client.get(path).status_code == 403


def _is_on_roll(street: Street, name: str) -> bool:
    with street.world.database.reading() as session:
        return session.scalar(select(Member.id).where(Member.name == name)) is not None
