"""Where a meeting stands: what is said of it is true at every moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.meeting_stages import STAGE_NAMES, STORED_AS, Facts, MeetingStage, stage_of
from bot.domain.meetings import MeetingState
from bot.domain.minutes import MinutesState
from tests.support.hall import END, START

MOMENT = timedelta(seconds=1)
SCHEDULED, HELD, CONFIRMED = MeetingState.SCHEDULED, MeetingState.HELD, MeetingState.CONFIRMED


@pytest.mark.parametrize(
    ("facts", "now", "stage"),
    [
        pytest.param({}, START - MOMENT, MeetingStage.PLANNED, id="没到时间"),
        pytest.param({"moved": True}, START - MOMENT, MeetingStage.MOVED, id="改过期的"),
        pytest.param({}, START, MeetingStage.RUNNING, id="刚开始"),
        pytest.param({"moved": True}, START, MeetingStage.RUNNING, id="改过期的刚开始"),
        pytest.param({"attended": True}, END - MOMENT, MeetingStage.RUNNING, id="快结束"),
        pytest.param({"closed": True}, END - MOMENT, MeetingStage.OVER, id="提前点名完毕"),
        pytest.param({"attended": True}, END, MeetingStage.OVER, id="结束有人到"),
        pytest.param({}, END, MeetingStage.UNRECORDED, id="结束没有登记"),
        pytest.param({"closed": True}, END, MeetingStage.OVER, id="结束点名完毕"),
        pytest.param({"state": HELD}, END, MeetingStage.OVER, id="补登的"),
        pytest.param(
            {"state": CONFIRMED, "record": MinutesState.CONFIRMED},
            END,
            MeetingStage.CONFIRMED,
            id="记录已确认",
        ),
        pytest.param(
            {"state": CONFIRMED, "record": MinutesState.LOCKED},
            END,
            MeetingStage.LOCKED,
            id="记录已锁定",
        ),
        pytest.param(
            {"state": CONFIRMED, "record": MinutesState.DRAFT},
            END,
            MeetingStage.OVER,
            id="确认后又改写",
        ),
        pytest.param(
            {"state": MeetingState.CANCELLED, "moved": True, "attended": True},
            END,
            MeetingStage.CANCELLED,
            id="取消的",
        ),
    ],
)
def test_it_says_what_is_true(facts: dict[str, Any], now: datetime, stage: MeetingStage) -> None:
    values: dict[str, Any] = {"state": SCHEDULED, "starts_at": START, "ends_at": END, **facts}

    assert stage_of(Facts(**values), now) is stage


def test_every_stage_has_a_word_of_its_own_and_a_state() -> None:
    assert len(set(STAGE_NAMES.values())) == len(MeetingStage)
    assert set(STORED_AS) == set(MeetingStage)
