"""Settings of units as people look at and settle them: dated, inherited, taken back, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.policies import BadPolicy
from bot.domain.policy_table import find_policy
from bot.services import policies, policy_book
from bot.services.policy_book import Entry, InForce, SettledSince
from bot.storage.engine import Database
from tests.support.party import Party
from tests.support.world import World

TODAY = date(2026, 3, 12)
APRIL = date(2026, 4, 1)


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches and their street."""
    return Party(World(database))


def decide(
    party: Party, by: MemberId, name: str = "记录锁定", written: str = "7天", **more: Any
) -> InForce:
    """Let somebody settle something."""
    policy = find_policy(name)
    values = {"since": None, "decided_by": "支委会", "reason": "补记要时间", "unit": None, **more}
    return party.do(policy_book.decide, by, policy=policy, written=written, **values)[1]


def lock(party: Party, unit: UnitId, on: date = TODAY) -> Mapping[str, Any]:
    """Return what holds of the lock."""
    held = party.read(policy_book.list_in_force, unit, on)
    return next(one.value for one in held if one.policy.key == policies.MINUTES)


def history(party: Party, unit: UnitId) -> list[Entry]:
    """Return how the lock was settled."""
    return party.read(policy_book.list_history, unit, find_policy("记录锁定"))


def test_it_is_kept_with_who_decided_and_why(party: Party) -> None:
    held = decide(party, party.li)

    assert held.value == lock(party, party.third) == {"lock_days": 7}
    assert lock(party, party.fifth) == {}
    (entry,) = history(party, party.third)
    assert (entry.decided_by, entry.reason, entry.since, entry.own) == (
        "支委会",
        "补记要时间",
        TODAY,
        True,
    )


def test_what_the_street_settles_holds_where_a_branch_has_not(party: Party) -> None:
    decide(party, party.officer, written="5天")
    decide(party, party.li, written="9天")

    assert [lock(party, unit)["lock_days"] for unit in (party.fifth, party.third)] == [5, 9]
    assert [entry.own for entry in history(party, party.third)] == [False, True]


def test_it_holds_from_its_day_on(party: Party) -> None:
    decide(party, party.li, since=APRIL)

    assert (lock(party, party.third), lock(party, party.third, APRIL)) == ({}, {"lock_days": 7})
    held = party.read(policy_book.list_in_force, party.third, TODAY)
    assert [len(one.coming) for one in held if one.policy.key == policies.MINUTES] == [1]


def test_it_is_taken_back_to_what_the_branch_or_the_street_had(party: Party) -> None:
    decide(party, party.officer, written="5天")
    decide(party, party.li, written="9天")
    decide(party, party.li, written="10天")

    party.undo(party.li)
    once = lock(party, party.third)
    with party.world.database.writing() as session:
        path = f"/{party.world.street}/{party.third}/"
        found = policies.load(session, {party.third: path}, TODAY, [policies.MINUTES])
    assert once == found[party.third][policies.MINUTES] == {"lock_days": 9}
    assert len(history(party, party.third)) == 4


def test_the_first_of_all_is_taken_back_to_nothing_of_its_own(party: Party) -> None:
    decide(party, party.officer, written="5天")
    decide(party, party.li, written="9天")

    party.undo(party.li)

    path = f"/{party.world.street}/{party.third}/"
    with party.world.database.reading() as session:
        loaded = policies.load(session, {party.third: path}, TODAY, [policies.MINUTES])
        dated = policies.load_history(session, [path], policies.MINUTES).on(path, TODAY)
    assert lock(party, party.third) == {"lock_days": 5}
    assert loaded[party.third][policies.MINUTES] == dated == {"lock_days": 5}


def test_what_was_settled_anew_since_is_not_taken_back(party: Party) -> None:
    decide(party, party.li)
    decide(party, party.officer, written="8天", unit="第三党支部")

    with pytest.raises(SettledSince, match="又定过"):
        party.undo(party.li)
    assert lock(party, party.third) == {"lock_days": 8}


def test_only_those_who_keep_the_branch_settle_it(party: Party) -> None:
    with pytest.raises(Forbidden):
        decide(party, party.zhang)
    with pytest.raises(Forbidden):
        decide(party, party.li, unit="第五党支部")
    with pytest.raises(BadPolicy):
        decide(party, party.li, since=date(2026, 3, 11))
    assert history(party, party.third) == []


def test_only_what_was_named_changes(party: Party) -> None:
    decide(party, party.li, "签到时间", "提前60分钟")
    held = decide(party, party.li, "签到时间", "补签24小时")

    assert held.value == {"opens_before": 60, "makeup": 1440}
