"""Dues by the forms: the grid, many confirmed at once, handed up, published."""

from __future__ import annotations

import re

from sqlalchemy import select

from bot.domain.periods import Month
from bot.storage.models import DuesEntry, DuesPublication, DuesRemittance, ReadLine
from tests.web.console.conftest import Browser, Enter, Street, Till

JANUARY = Month(2026, 1)


def entries(page: str) -> list[str]:
    """Return the declarations that can be ticked."""
    return re.findall(r'name="entry" value="(\d+)"', page)


def confirm(till: Till, browser: Browser, *chosen: str) -> str:
    """Tick some, look at them, confirm them; return the page that follows."""
    looked = browser.post(
        f"{till.path}/waiting", on=f"{till.path}/waiting", status=200, entry=list(chosen)
    )
    fen = re.search(r'name="fen" value="(\d+)"', looked.text)
    assert fen is not None
    done = browser.post(
        f"{till.path}/confirm", on=f"{till.path}/waiting", entry=entries(looked.text), fen=fen[1]
    )
    return browser.get(done.location).text


def test_the_grid_shows_who_paid_which_month(till: Till, secretary: Browser) -> None:
    page = secretary.get(till.path).text

    row = page[page.index("张三</a>") :].split("</tr>")[0]
    assert re.findall(r"s-(\w+)\"", row)[:3] == ["declared", "unpaid", "unpaid"]
    assert "待核对" in row
    assert "核对 2笔" in page


def test_many_are_confirmed_at_once_after_a_look(till: Till, secretary: Browser) -> None:
    waiting = secretary.get(f"{till.path}/waiting").text

    page = confirm(till, secretary, *entries(waiting))

    assert "已核对2人2笔，共60元。2人会收到回执。" in page
    texts = [row.text for row in till.street.world.outbox()]
    assert len(texts) == 2
    assert all("1月党费30元，收据号 2026-000" in text for text in texts)
    assert "核对 " not in secretary.get(till.path).text


def test_what_is_not_ticked_still_waits(till: Till, secretary: Browser) -> None:
    first, second = entries(secretary.get(f"{till.path}/waiting").text)

    confirm(till, secretary, first)

    assert entries(secretary.get(f"{till.path}/waiting").text) == [second]


def test_nothing_ticked_is_said(till: Till, secretary: Browser) -> None:
    page = secretary.post(f"{till.path}/waiting", on=f"{till.path}/waiting", status=400).text

    assert "一笔也没有选" in page


def test_twice_confirmed_is_once(till: Till, secretary: Browser) -> None:
    first, _ = entries(secretary.get(f"{till.path}/waiting").text)
    confirm(till, secretary, first)

    again = secretary.post(
        f"{till.path}/confirm", on=f"{till.path}/waiting", status=400, entry=[first], fen="3000"
    )

    assert "刚刚有变动" in again.text
    assert len(till.street.world.outbox()) == 1


def test_another_sum_than_was_shown_is_not_recorded(till: Till, secretary: Browser) -> None:
    first, _ = entries(secretary.get(f"{till.path}/waiting").text)

    secretary.post(
        f"{till.path}/confirm", on=f"{till.path}/waiting", status=400, entry=[first], fen="1"
    )

    assert till.street.world.outbox() == []


def test_an_entry_of_another_branch_is_never_confirmed(
    till: Till, enter: Enter, street: Street
) -> None:
    world = street.world
    other_branch = world.unit("第五党支部")
    stranger = world.member("外人", other_branch, dues_fen=2000)
    till.declare(stranger, JANUARY)
    with world.database.reading() as session:
        entry = session.scalars(select(DuesEntry.id).where(DuesEntry.member_id == stranger)).one()
    browser = enter(street.branch.wang)

    page = browser.post(
        f"{till.path}/confirm", on=f"{till.path}/waiting", status=400, entry=[entry], fen="2000"
    ).text

    assert "刚刚有变动" in page


def test_what_is_in_hand_is_handed_up_once(till: Till, secretary: Browser) -> None:
    confirm(till, secretary, *entries(secretary.get(f"{till.path}/waiting").text))
    path = f"{till.path}/remit"
    shown = secretary.get(path).text
    assert "手里有2人，共60元" in shown

    secretary.post(path, on=path, entry=entries(shown), up_to="", to_centre="")
    again = secretary.post(path, status=400, entry=entries(shown), up_to="", to_centre="")

    assert "刚刚有人上缴过" in again.text
    page = secretary.get(path).text
    assert "第1笔" in page
    with till.street.world.database.reading() as session:
        assert session.scalars(select(DuesRemittance.total_fen)).all() == [6000]


def test_with_nothing_in_hand_it_says_so(till: Till, secretary: Browser) -> None:
    assert "登记上缴" not in secretary.get(f"{till.path}/remit").text


def test_a_publication_is_sent_as_it_was_shown(till: Till, secretary: Browser) -> None:
    street = till.street
    street.world.chat(till.unit, "三支部群")
    path = f"{till.path}/publish?quarter=2026Q1"
    page = secretary.get(path).text
    shown = re.search(r"<textarea name=\"shown\"[^>]*>(.*?)</textarea>", page, re.S)
    assert shown is not None
    assert "张三" not in shown[1]

    refused = secretary.post(
        f"{till.path}/publish", on=path, status=400, quarter="2026Q1", shown="别的文字"
    )
    secretary.post(f"{till.path}/publish", on=path, quarter="2026Q1", shown=shown[1])

    assert "数字刚刚有变动" in refused.text
    [row] = street.world.outbox()
    assert (row.unit_id, row.text) == (till.unit, shown[1])
    with street.world.database.reading() as session:
        assert session.scalars(select(DuesPublication.unit_id)).first() == till.unit


def test_the_street_sees_how_far_each_branch_is(till: Till, enter: Enter, street: Street) -> None:
    officer = enter(street.officer)

    page = officer.get(f"/units/{street.world.street}/dues").text

    assert "第三党支部" in page
    assert "张三" not in page


def test_who_looked_is_written_down(till: Till, secretary: Browser) -> None:
    secretary.get(till.path)

    with till.street.world.database.reading() as session:
        row = session.execute(
            select(ReadLine.how, ReadLine.command, ReadLine.unit_id).order_by(ReadLine.id.desc())
        ).first()
    assert row is not None
    assert tuple(row) == ("console", "page.dues", till.unit)


def test_the_grid_is_taken_away_as_a_file(till: Till, secretary: Browser) -> None:
    answer = secretary.get(f"{till.path}?export=xlsx")

    assert answer.content_type.startswith("application/vnd.openxmlformats")
    assert "attachment" in answer.headers["Content-Disposition"]
