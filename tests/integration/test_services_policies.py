"""Settings of units: dated, inherited, with defaults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.attendance import WindowPolicy
from bot.domain.cadence import CadencePolicy, Every
from bot.domain.calendar import ShiftPolicy
from bot.domain.ids import UnitId
from bot.domain.series import Recurrence
from bot.services import policies
from bot.storage.engine import Database
from tests.support.world import World

MINUTE = timedelta(minutes=1)


SIXTEENTH = Recurrence(day=16)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


def test_it_takes_the_nearest_and_latest_setting_of_a_day(world: World, branch: UnitId) -> None:
    path = f"/{world.street}/{branch}/"
    for unit, day, since in (
        (world.street, 10, date(2025, 1, 1)),
        (branch, 16, date(2026, 1, 1)),
        (branch, 20, date(2026, 3, 1)),
        (branch, 25, date(2026, 4, 1)),
    ):
        world.policy(unit, policies.ACTIVITY_DAY, {"day": day}, since=since)

    def day_on(on: date) -> int | None:
        with world.database.reading() as session:
            found = policies.load(session, {branch: path}, on, [policies.ACTIVITY_DAY])
        return policies.activity_policy(found[branch])[0].day

    days = [day_on(date(2025, 6, 1)), day_on(date(2026, 2, 1)), day_on(date(2026, 3, 1))]
    assert days == [10, 16, 20]
    with world.database.reading() as session:
        assert policies.load(session, {}, date(2026, 3, 1), [policies.LECTURE]) == {}


@pytest.mark.parametrize(
    ("settings", "window", "cadence", "activity"),
    [
        pytest.param(
            {}, WindowPolicy(), CadencePolicy(), (SIXTEENTH, ShiftPolicy.NEXT_WORKDAY), id="默认"
        ),
        pytest.param(
            {
                "checkin": {"opens_before": 60, "makeup": 0},
                "lecture": {"every": "month"},
                "activity_day": {"day": 5, "shift": "keep"},
            },
            WindowPolicy(opens_before=60 * MINUTE, makeup=timedelta()),
            CadencePolicy(Every.MONTH),
            (Recurrence(day=5), ShiftPolicy.KEEP),
            id="自定",
        ),
        pytest.param(
            {"lecture": {"every": None}},
            WindowPolicy(),
            CadencePolicy(None),
            (SIXTEENTH, ShiftPolicy.NEXT_WORKDAY),
            id="不规定党课",
        ),
        pytest.param(
            {"activity_day": {"nth": 2, "weekday": 4, "shift": "nearest"}},
            WindowPolicy(),
            CadencePolicy(),
            (Recurrence(nth=2, weekday=4), ShiftPolicy.NEAREST),
            id="第二个周五",
        ),
    ],
)
def test_it_reads_settings_with_their_defaults(
    settings: dict[str, dict[str, Any]],
    window: WindowPolicy,
    cadence: CadencePolicy,
    activity: tuple[Recurrence, ShiftPolicy],
) -> None:
    assert policies.window_policy(settings) == window
    assert policies.cadence_policy(settings) == cadence
    assert policies.activity_policy(settings) == activity
