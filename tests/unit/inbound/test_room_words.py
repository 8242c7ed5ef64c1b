"""What is said of a whole room, which meeting a command names, lists of names, pasted groups."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import at
from bot.domain.checkin_code import ALPHABET, LENGTH, code_of, read_code, scanned
from bot.domain.group_members import compare, read_lines
from bot.domain.ids import MemberId
from bot.domain.naming import Candidate, Roll
from bot.domain.roll_order import Word
from bot.inbound.meeting_words import loaded, read_meeting, stored
from bot.inbound.read import read
from bot.inbound.room_words import read_list, read_room

NOW: datetime = at(date(2026, 3, 18), 10)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param("全到", {}, id="全到"),
        pytest.param("都到齐了", {}, id="都到齐了"),
        pytest.param("全部到会，一个不少", {}, id="一个不少"),
        pytest.param("除张三李四都到", {"张三李四": Word.OUT}, id="两人连写"),
        pytest.param("除了张三、李四以外全到", {"张三": Word.OUT, "李四": Word.OUT}, id="以外"),
        pytest.param(
            "都到了，除了张三请假、李四缺席", {"张三": Word.LEAVE, "李四": Word.ABSENT}, id="后说"
        ),
        pytest.param(
            "张三、李四请假，其余都到", {"张三": Word.LEAVE, "李四": Word.LEAVE}, id="一词管两人"
        ),
    ],
)
def test_it_reads_what_is_said_of_a_room(said: str, words: dict[str, Word]) -> None:
    order = read_room(said)

    assert order is not None
    assert dict(order.words) == words


@pytest.mark.parametrize("said", ["都到了吗", "除了张三都没来", "到了", "全到期了", "大家都到哪了"])
def test_it_reads_nothing_into_other_words(said: str) -> None:
    assert read_room(said) is None


@pytest.mark.parametrize(
    ("said", "title", "day", "rest"),
    [
        pytest.param("党员大会 张三", "党员大会", None, "张三", id="名称"),
        pytest.param("3月支部党员大会", "3月支部党员大会", None, "", id="全名"),
        pytest.param("16日主题党日 全到", "主题党日", date(2026, 3, 16), "全到", id="日子和名称"),
        pytest.param("3月12日 全到", None, date(2026, 3, 12), "全到", id="只有日子"),
        pytest.param("心得交流会 全到", "心得交流会", None, "全到", id="自己起的名"),
        pytest.param("全到", None, None, "全到", id="没说"),
    ],
)
def test_it_reads_which_meeting_is_named(
    said: str, title: str | None, day: date | None, rest: str
) -> None:
    utterance = read(f"点名 {said}", quoted=None, private=True, addressed=True, now=NOW)

    meant, left = read_meeting(utterance, said)

    assert (meant.title, meant.day, left) == (title, day, rest)
    assert loaded(stored(meant)) == meant


def test_it_reads_a_sheet_as_somebody_types_it_off() -> None:
    assert read_list("1.张三、李四同志\n2.王五 张三") == ("张三", "李四", "王五")


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        pytest.param("K7M2PX", "签到码 K7M2PX", id="码"),
        pytest.param("qrscene_K7M2PX", "签到码 K7M2PX", id="扫码关注"),
        pytest.param("签到码 k7m2px", "签到码 K7M2PX", id="小写"),
        pytest.param("m12", "", id="别的"),
        pytest.param("K7M2P0", "", id="没有0"),
        pytest.param("", "", id="空"),
    ],
)
def test_a_scene_reads_as_the_typed_code(scene: str, words: str) -> None:
    assert scanned(scene) == words


def test_a_code_has_six_characters_that_nobody_mistakes() -> None:
    code = code_of("f" * 64)

    assert len(code) == LENGTH
    assert read_code(code) == code
    assert not set("01OISZ") & set(ALPHABET)


def test_a_pasted_group_is_compared_line_by_line_and_never_guessed() -> None:
    people = ("张三", "李四", "王伟", "王伟", "赵六")
    roll = Roll(Candidate(MemberId(n), name) for n, name in enumerate(people, start=1))
    lines = read_lines("1. 张三-三支部\n李四（书记）\n王伟\n开心每一天\n张三-三支部")

    found = compare(lines, roll, [MemberId(n) for n in range(1, 6)])

    assert found.there == {1, 2}
    assert found.missing == (5,)
    assert found.strangers == ("开心每一天",)
    assert [(each.line, each.may_be) for each in found.unclear] == [("王伟", (3, 4))]
    assert read_lines("张三、李四") == ("张三", "李四")
