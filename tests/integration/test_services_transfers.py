"""Transfers: the letter, its validity, received once, returned with a reason, overdue ones listed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.periods import Month
from bot.domain.roll import ChangeKind, WrongChange
from bot.domain.transfers import WrongLetter
from bot.services import letters, organisation, policies, roll_lists, transfers
from bot.services.transfers import AlreadyAnswered, AlreadyOut, NeedsReason, Wanted
from bot.storage.engine import Database
from bot.storage.models import TransferStep
from tests.support.party import MARCH, MARCH_1, MARCH_10, Party
from tests.support.world import World


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches."""
    return Party(World(database))


def test_the_old_branch_is_responsible_until_the_letter_is_received(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)

    assert "张三" in party.names(party.third, party.world.today)
    party.receive(letter, date(2026, 3, 11))
    assert "张三" in party.names(party.third, MARCH_10)
    assert "张三" not in party.names(party.third, date(2026, 3, 11))
    assert "张三" in party.names(party.fifth, date(2026, 3, 11))
    assert party.figures(party.third).went_out == (party.zhang,)
    assert party.figures(party.fifth).came_in == (party.zhang,)


def test_only_the_receiving_branch_receives(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)

    with pytest.raises(Forbidden):
        party.receive(letter, by=party.li)
    with pytest.raises(Forbidden):
        party.do(transfers.withdraw, party.zhou, letter=letter)
    assert party.receive(letter, by=party.officer).name == "张三"


def test_a_letter_is_answered_once(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)
    party.receive(letter)

    with pytest.raises(AlreadyAnswered):
        party.receive(letter)
    with pytest.raises(AlreadyAnswered):
        party.do(transfers.send_back, party.zhou, letter=letter, reason="晚了")


def test_two_who_receive_at_once_receive_once(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)
    start = threading.Barrier(2)

    def receive(_number: int) -> bool:
        start.wait(timeout=30)
        try:
            party.receive(letter)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(receive, range(2)))

    assert sorted(done) == [False, True]
    assert party.names(party.fifth, party.world.today).count("张三") == 1


def test_it_is_not_refused_without_cause(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)

    with pytest.raises(NeedsReason):
        party.do(transfers.send_back, party.zhou, letter=letter, reason=" ")
    party.do(transfers.send_back, party.zhou, letter=letter, reason="党费月份没写")

    assert party.open_letters(party.third, party.li) == []
    party.letter(party.zhang, party.fifth)  # and may be sent again
    with party.world.database.reading() as session:
        reasons = session.scalars(select(TransferStep.reason)).all()
    assert reasons == ["党费月份没写"]


@pytest.mark.parametrize(
    ("days", "fits"), [(0, False), (1, True), (90, True), (91, False)], ids=str
)
def test_a_letter_is_valid_for_ninety_days_at_most(party: Party, days: int, *, fits: bool) -> None:
    if fits:
        assert party.letter(party.zhang, party.fifth, days=days).days == days
        return
    with pytest.raises(WrongLetter):
        party.letter(party.zhang, party.fifth, days=days)


def test_the_street_may_settle_another_validity(party: Party) -> None:
    assert party.letter(party.zhao, party.fifth).days == 30
    party.world.policy(party.world.street, policies.LETTER, {"days": 10})
    assert party.letter(party.zhang, party.fifth).days == 10
    party.world.policy(party.world.street, policies.LETTER, {"days": 365})
    assert party.letter(party.qian, party.fifth).days == 90


def test_open_and_overdue_letters_are_listed_on_both_sides(party: Party) -> None:
    party.letter(party.zhang, party.fifth, on=MARCH_1, days=10)
    party.letter(party.zhao, place="城东街道第一党支部")

    third = party.open_letters(party.third, party.li)
    fifth = party.open_letters(party.fifth, party.zhou)

    assert [(one.name, one.is_overdue(party.world.today)) for one in third] == [
        ("张三", True),
        ("赵六", False),
    ]
    assert [one.name for one in fifth] == ["张三"]
    assert not third[0].is_overdue(date(2026, 3, 11))


def test_one_letter_at_a_time(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)

    with pytest.raises(AlreadyOut, match="收回介绍信 张三"):
        party.letter(party.zhang, place="城东街道第一党支部")
    party.do(transfers.withdraw, party.li, letter=letter)
    party.letter(party.zhang, place="城东街道第一党支部")


def test_a_receipt_taken_back_lets_the_letter_wait_again(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)
    party.receive(letter)

    party.undo(party.zhou)

    assert "张三" in party.names(party.third, party.world.today)
    assert [one.id for one in party.open_letters(party.third, party.li)] == [letter.id]
    party.receive(letter, date(2026, 3, 12))
    assert party.figures(party.fifth).came_in == (party.zhang,)


def test_a_letter_just_issued_is_taken_back(party: Party) -> None:
    party.letter(party.zhang, party.fifth)

    party.undo(party.li)

    assert party.open_letters(party.third, party.li) == []


def test_a_letter_cannot_be_received_before_it_was_issued(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)

    with pytest.raises(WrongChange, match="早于"):
        party.receive(letter, MARCH_1)
    assert len(party.open_letters(party.fifth, party.zhou)) == 1


def test_one_of_outside_goes_with_the_receipt(party: Party) -> None:
    letter = party.letter(party.zhang, place="城东街道第一党支部", until=MARCH)
    party.do(transfers.receive, party.li, letter=letter, on=date(2026, 3, 11))

    assert party.names(party.third, party.world.today) == ["李书记", "赵六", "小钱"]
    assert party.figures(party.world.street).went_out == (party.zhang,)
    found = [party.dues(party.zhang, month) for month in (MARCH, MARCH.shift(1))]
    assert found == [party.third, None]


def test_who_comes_back_is_the_same_person(party: Party) -> None:
    letter = party.letter(party.zhang, place="城东街道第一党支部")
    party.do(transfers.receive, party.li, letter=letter, on=date(2026, 3, 11))
    with party.world.database.reading() as session:
        former = roll_lists.list_former(session, "张三", party.world.actor(party.li))
    assert [(one.id, one.phone_tail) for one in former] == [(party.zhang, "1234")]

    wanted = Wanted(party.third, "城东街道第一党支部", Month(2026, 4), date(2026, 3, 12))
    party.do(
        transfers.come_in,
        party.li,
        name="张三",
        branch_id=party.third,
        wanted=wanted,
        member_id=party.zhang,
    )

    months = [Month(2026, number) for number in (3, 4, 5)]
    assert [party.dues(party.zhang, month) for month in months] == [party.third, None, party.third]
    assert party.figures(party.third).adds_up


def test_it_goes_to_whoever_took_over_from_a_branch_that_is_gone(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)
    party.do(
        organisation.dissolve,
        party.officer,
        unit_id=party.fifth,
        into_id=party.third,
        on=date(2026, 3, 11),
    )

    with party.world.database.reading() as session:
        found = letters.find_to_answer(
            session, "张三", by=party.world.actor(party.li), receiving=True
        )
    assert found.id == letter.id


def test_who_has_no_such_letter_is_told_so(party: Party) -> None:
    with party.world.database.reading() as session, pytest.raises(NotFound, match="介绍信"):
        letters.find_to_answer(session, "张三", by=party.world.actor(party.zhou), receiving=True)


def test_a_death_ends_the_letter(party: Party) -> None:
    letter = party.letter(party.zhang, party.fifth)
    party.record(party.zhang, ChangeKind.DIED, date(2026, 3, 11))

    with pytest.raises(AlreadyAnswered):
        party.receive(letter)
    party.world.clock.set(at(date(2026, 3, 13), 9))
    assert party.open_letters(party.third, party.li) == []
