"""kill -9 of the served bot in the middle of its work: nothing lost, nothing doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Text
from bot.domain.sending import SendState
from bot.main import routes_of
from bot.services import outbox
from bot.services.outbox import Letter
from bot.services.queue import LEASE
from bot.storage.models import Account, AttendanceMark, Inbound, Unit
from tests.e2e.conftest import MakePlace
from tests.e2e.served import ClockedBot, Place, Process, texts, wait_for
from tests.e2e.street import CROWDED_SECRETARY, Branch, crowd
from tests.e2e.talking import Way, call_meeting, words
from tests.fake_tencent import Policy
from tests.fake_tencent.client import Delivery

KILLS = 2
STUBBORN = Policy(tries=9, timeout=5.0, spacing=1.0)
"""As often as the platform and a queue in front of it might try, so that a restart fits in."""


@pytest.fixture
def place(make_place: MakePlace) -> Iterator[Place]:
    """Return an installation of this test alone."""
    place = make_place(5)
    yield place
    place.fake.clear_faults()


def test_scenario_05_every_message_of_a_burst_is_one_record_and_one_answer(place: Place) -> None:
    ways, said = place.receivers(), 0
    deliveries: list[Delivery] = []

    with Process(place) as bot:
        call_meeting(Way(place, "wecom", CROWDED_SECRETARY), SystemClock().now())
        for life in range(KILLS):
            names = crowd()[life * 30 : life * 30 + 30]
            before, receiver = count_inbound(place), ways["robot" if life == 1 else "wecom"]
            with ThreadPoolExecutor() as pool:
                burst = pool.submit(
                    place.fake.burst, receiver, names, copies=2, policy=STUBBORN, text="签到"
                )
                wait_for(partial(has_more_than, place, before + 5))
                bot.kill()
                bot.start(wait=False)
                deliveries += burst.result()
            said += len(names)

    answers: dict[str, set[str]] = {}
    for delivery in deliveries:
        answers.setdefault(delivery.user, set()).add(words(delivery))
    assert len(answers) == said
    assert all(len(each) == 1 for each in answers.values()), answers
    assert all("已签到" in text for each in answers.values() for text in each)
    marks = Counter(mark.member_id for mark in place.rows(select(AttendanceMark)))
    assert len(marks) == said
    assert set(marks.values()) == {1}
    assert count_inbound(place) == said + 1
    assert any(len(delivery.attempts) > 1 for delivery in deliveries)  # it did die in the middle


def test_what_was_being_sent_arrives_once_or_is_known_to_be_uncertain(place: Place) -> None:
    branch, letters = Branch(1), ("先发的一条", "后发的一条")
    third = place.rows(select(Unit).where(Unit.name == "第三党支部"))[0]
    now = SystemClock().now()
    helper = ClockedBot(place, now)
    routes = routes_of(helper.app.channels)
    members = [
        MemberId(row.member_id)
        for row in place.rows(select(Account).where(Account.external_id.in_(branch.reachable)))
    ]
    queued = [
        Letter(key=f"test:{text}:m{each}", text=Text(text), due_at=now, member_id=each)
        for text in letters
        for each in members
    ]
    told = Letter(key="test:group", text=Text("群里的一条"), due_at=now, unit_id=UnitId(third.id))
    place.fake.fault("/cgi-bin/message/send", {"delay": 1.5})
    place.write(lambda session: outbox.enqueue(session, routes, queued, now))

    with Process(place, "work") as bot:
        wait_for(lambda: place.fake.log("/cgi-bin/message/send"))
        bot.kill()  # the platform still delivers what it was handed
    place.fake.fault("/cgi-bin/webhook/send", {"delay": 1.5})
    place.write(lambda session: outbox.enqueue(session, routes, [told], now))
    with Process(place, "work") as bot:
        wait_for(lambda: place.fake.log("/cgi-bin/webhook/send"))
        bot.kill()
    wait_for(lambda: place.fake.delivered(key="key-branch3"))
    helper.set(SystemClock().now() + LEASE + timedelta(minutes=1))
    helper.app.core.dispatcher.drain()
    helper.close()

    for account in branch.reachable:
        got = texts(place.fake.delivered(user=account))
        assert [text for text in got if text in letters] == list(letters)
    assert {row.state for text in letters for row in place.outbox(text=text)} == {
        SendState.ACCEPTED
    }
    (row,) = place.outbox(text="群里的一条")
    assert texts(place.fake.delivered(key="key-branch3")).count("群里的一条") == 1
    assert row.state is SendState.UNCERTAIN
    assert "无法确认" in row.detail


def has_more_than(place: Place, number: int) -> bool:
    """Tell whether more messages are on record."""
    return count_inbound(place) > number


def count_inbound(place: Place) -> int:
    """Return how many messages are on record."""
    with place.database.reading() as session:
        return session.scalar(select(func.count(Inbound.id))) or 0
