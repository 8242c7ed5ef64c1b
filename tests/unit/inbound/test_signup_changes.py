"""A sign-up for all, or changed by a few, in people's own words; Tuesday 10 March 2026."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.intents import Strength
from bot.inbound.read import read
from bot.inbound.signup_changes import (
    ChangeSlots,
    EverySlots,
    recognise_change,
    recognise_join_all,
    recognise_leave_all,
)
from bot.inbound.utterance import Utterance

NOW = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
SURE = {
    "两个都报": 2,
    "两个都报名": 2,
    "都报": None,
    "都报上": None,
    "全报了吧": None,
    "我两个都报名": 2,
    "这两个我都报": 2,
    "两个活动都给我报上": 2,
    "三个都报名": 3,
    "俩都报": 2,
    "帮我都报上": None,
    "全部都报": None,
}
ANSWERS = {
    "都去": None,
    "我都去": None,
    "两个都去": 2,
    "都要": None,
    "都参加": None,
    "全都参加": None,
    "两个我都想去": 2,
    "都选": None,
    "这几个都去": None,
    "都算上我": None,
}
GIVEN_UP = {
    "两个都取消": 2,
    "都取消": None,
    "全都取消吧": None,
    "两个都退了": 2,
    "全部都退掉": None,
    "两个都取消报名": 2,
    "两个活动都不参加了": 2,
}
STAYS_AWAY = {"都不去了": None, "两个都不去了": 2, "我都不参加了": None, "两个都去不了了": 2}
CHANGES = {
    "带上我媳妇": ChangeSlots(1),
    "带我老伴一起": ChangeSlots(1),
    "我带孙子去": ChangeSlots(1),
    "要带孙子": ChangeSlots(1),
    "加上我爱人": ChangeSlots(1),
    "算上我家那口子": ChangeSlots(1),
    "把孙子带上": None,
    "再带一个人": ChangeSlots(1, sure=True),
    "我再加两个人": ChangeSlots(2, sure=True),
    "还要带两个家属": ChangeSlots(2, sure=True),
    "多去一个": ChangeSlots(1, sure=True),
    "多去一个人": ChangeSlots(1, sure=True),
    "植树带上我老伴": ChangeSlots(1, title="植树"),
    "二；要带孙子": ChangeSlots(1),
    "2，带上我媳妇": ChangeSlots(1),
    "我少去一个": ChangeSlots(-1, sure=True),
    "少去一个人": ChangeSlots(-1, sure=True),
    "我们少来两个": ChangeSlots(-2, sure=True),
    "少报一个": ChangeSlots(-1, sure=True),
    "减一个人": ChangeSlots(-1, sure=True),
    "植树我少去一个": ChangeSlots(-1, sure=True, title="植树"),
    "义诊少去两个人": ChangeSlots(-2, sure=True, title="义诊"),
    "带上材料": None,
    "带上身份证": None,
    "加上李建国": None,
    "少一个椅子": None,
    "少去一个会": None,
    "报名带两个家属": None,
    "带上我媳妇的照片": None,
    "要不要带上我媳妇": None,
}
LEFT = ("都报了吗", "大家都去", "他们都去", "两个会都取消", "都是好活动", "全家都好", "都去过了")


def heard(text: str, *, private: bool = True) -> Utterance:
    return read(text, quoted=None, private=private, addressed=private, now=NOW)


@pytest.mark.parametrize(("text", "number"), [*SURE.items(), *ANSWERS.items()])
def test_it_reads_that_all_are_joined(text: str, number: int | None) -> None:
    (reading,) = recognise_join_all(heard(text))

    assert reading.slots == EverySlots(number)
    assert (reading.strength is Strength.EXACT) is (text in SURE)


@pytest.mark.parametrize(("text", "number"), [*GIVEN_UP.items(), *STAYS_AWAY.items()])
def test_it_reads_that_all_are_given_up(text: str, number: int | None) -> None:
    (reading,) = recognise_leave_all(heard(text))

    assert reading.slots == EverySlots(number)
    assert (reading.strength is Strength.EXACT) is (text in GIVEN_UP)


@pytest.mark.parametrize(("text", "slots"), CHANGES.items())
def test_it_reads_how_many_more_or_fewer(text: str, slots: ChangeSlots | None) -> None:
    found = recognise_change(heard(text))

    assert [reading.slots for reading in found] == ([] if slots is None else [slots])


@pytest.mark.parametrize("text", LEFT)
def test_it_leaves_what_is_said_of_others(text: str) -> None:
    assert not recognise_join_all(heard(text))
    assert not recognise_leave_all(heard(text))


@pytest.mark.parametrize("text", [*SURE, *ANSWERS, *GIVEN_UP, *STAYS_AWAY, *CHANGES])
def test_among_people_it_only_answers(text: str) -> None:
    others = heard(text, private=False)
    found = [*recognise_join_all(others), *recognise_leave_all(others), *recognise_change(others)]

    assert all(reading.strength is Strength.BARE for reading in found)
