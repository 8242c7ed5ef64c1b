"""Every fault of the platform by its number, and what the whole bot does in each scenario.

The numbers are those of the description of the stand-in platform: its faults in the order in which
they are listed there (`FAULTS`), its scenarios as they are numbered. Scenarios that need a served
process, another clock or no platform have their number where they are tested.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.channels import Channel, Http, build, tokens
from bot.config import parse
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import fold
from bot.domain.privacy import Text
from bot.domain.sending import SendError, SendState
from bot.main import Core, build_core, routes_of
from bot.services.outbox import Letter
from bot.storage.engine import Database
from bot.storage.models import Account, ChannelState, Outbox
from bot.storage.sealing import TextSeal
from bot.storage.tokens import DatabaseLeases, DatabaseTokens
from tests.e2e.served import texts
from tests.fake_tencent import FakeTencent
from tests.support.world import World

SEND, TO_GROUP, TOKEN = "/cgi-bin/message/send", "/cgi-bin/webhook/send", "/cgi-bin/gettoken"
MINUTE = timedelta(minutes=1)
DEADLINE = 0.7  # seconds of real time for one call
SECRETS = ("app-secret", "app2-secret", "key-branch1", "key-branch2")
CORP = "wecom:ww_test_corp"


@pytest.fixture(scope="module")
def platform() -> Iterator[FakeTencent]:
    """Return the stand-in platform of this module."""
    with FakeTencent() as fake:
        yield fake


class Node:
    """One process: its own channels over the shared database."""

    def __init__(self, database: Database, world: World, channels: Sequence[Channel]) -> None:
        self.channels = {channel.name: channel for channel in channels}
        self.routes = routes_of(channels)
        senders = {each.name: each.sender for each in channels if each.sender is not None}
        self.core: Core = build_core(
            database=database,
            clock=world.clock,
            seal=TextSeal(b"k" * 32),
            routes=self.routes,
            senders=senders,
        )


class Desk:
    """A branch whose people and groups the platform knows, and processes that write to them."""

    def __init__(self, database: Database, fake: FakeTencent, folder: Path) -> None:
        self.database, self.fake, self._folder = database, fake, folder
        self.world = World(database)
        self.third = self.world.unit("第一支部")
        self.fifth = self.world.unit("第二支部")
        self.members = {
            account: self.person(name, account)
            for name, account in (("张三", "zhangsan"), ("李四", "lisi"), ("王五", "wangwu"))
        }
        fake.reset()
        self.now()
        self.node = self.process()

    def person(self, name: str, account: str) -> MemberId:
        """Put somebody with a WeCom account on the roll."""
        found = self.world.member(name, self.third, account=False)
        self.world.account(found, account, CORP)
        return found

    def process(self, agent: int = 1000002, secret: str = "app-secret") -> Node:
        """Return one more process with an app and two group robots."""
        crypto = {"token": "T" * 8, "aes_key": "k" * 43}
        own = {"api_base": self.fake.qyapi, "allow_insecure": True}
        app = {"kind": "wecom_app", "corp_id": "ww_test_corp", "agent_id": agent, "secret": secret}
        entries: list[dict[str, Any]] = [{"name": "wecom", **app, **crypto, **own}]
        for number, unit in ((1, "第一支部"), (2, "第二支部")):
            robot = {"kind": "group_webhook", "key": f"key-branch{number}", "unit": unit}
            entries.append({"name": f"group{number}", **robot, **own})
        config = parse({"channel": entries}, self._folder)
        lease = DatabaseLeases(self.database, self.world.clock)
        http = Http(deadline=DEADLINE, allow_insecure=True)
        channels = [
            build(
                entry,
                store=DatabaseTokens(self.database),
                lease=lease,
                clock=self.world.clock,
                http=http,
            )
            for entry in config.channels
        ]
        return Node(self.database, self.world, channels)

    def now(self) -> None:
        """Let the platform's clock show what ours does."""
        self.fake.clock(at=self.world.now.timestamp())

    def live(self, length: timedelta) -> None:
        """Let time pass, stopping wherever something falls due on the way."""
        until = self.world.now + length
        while True:
            self.now()
            self.node.core.dispatcher.drain()
            due = self.node.core.dispatcher.next_due()
            if self.world.now >= until:
                return
            self.world.clock.set(min(until, due) if due is not None else until)

    def tell(self, *accounts: str, text: str = "明天下午3点开会") -> str:
        """Queue a text for some members."""
        members = [self.members[account] for account in accounts or self.members]
        self._queue([self._letter(text, member_id=member) for member in members])
        return text

    def tell_group(self, *said: str, unit: UnitId | None = None) -> None:
        """Queue texts for a group."""
        self._queue([self._letter(text, unit_id=unit or self.third) for text in said])

    def _letter(self, text: str, **whom: Any) -> Letter:
        key = f"test:{text}:{whom}"
        return Letter(key=key, text=Text(text), due_at=self.world.now, **whom)

    def _queue(self, letters: Sequence[Letter]) -> None:
        self.world.enqueue(*letters, routes=self.node.routes)

    def got(self, account: str, text: str) -> int:
        """Return how often a text has really reached somebody."""
        return texts(self.fake.delivered(user=account)).count(text)

    def calls(self, endpoint: str, said: str) -> list[dict[str, Any]]:
        """Return the calls that carried a text."""
        return [call for call in self.fake.log(endpoint) if said in str(call["body"])]

    def states(self) -> set[SendState]:
        """Return in which states the outgoing rows are."""
        return {row.state for row in self.world.outbox()}

    def resting(self) -> str:
        """Return why a channel rests."""
        with self.database.reading() as session:
            return " ".join(session.scalars(select(ChannelState.why)))


@pytest.fixture
def desk(
    database: Database, platform: FakeTencent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Return a desk in front of a platform that behaves, so far."""
    monkeypatch.setattr(tokens, "_FAILED_FOR", 0.0)  # seconds of the machine, not of our clock
    yield Desk(database, platform, tmp_path)
    platform.clear_faults()


# --- faults --------------------------------------------------------------------------------------


def test_fault_01_revoked_tokens_are_renewed_once_and_nothing_is_lost(desk: Desk) -> None:
    desk.tell(text="撤销以前")
    desk.live(MINUTE)
    fetched = desk.fake.counters()["gettoken"]["app-secret"]
    desk.fake.revoke("app-secret")

    said = desk.tell(text="撤销以后")
    desk.live(MINUTE)

    assert desk.fake.counters()["gettoken"]["app-secret"] == fetched + 1
    assert len(desk.calls(SEND, said)) == 2
    assert [desk.got(who, said) for who in desk.members] == [1, 1, 1]


def test_fault_02_an_address_that_is_not_trusted_is_an_alarm_and_no_loss(desk: Desk) -> None:
    said = desk.tell()
    desk.fake.ip(allow=False)
    desk.live(3 * MINUTE)
    assert (desk.states(), "可信IP" in desk.resting()) == ({SendState.QUEUED}, True)
    assert len(desk.calls(SEND, said)) <= 1

    desk.fake.ip(allow=True)
    desk.live(15 * MINUTE)

    assert [desk.got(who, said) for who in desk.members] == [1, 1, 1]


def test_fault_03_lowered_limits_are_waited_for(desk: Desk) -> None:
    numbered = [f"群通知第{number}条" for number in range(9)]
    desk.fake.limits(webhook_per_min=4)
    desk.tell_group(*numbered)

    desk.live(15 * MINUTE)

    assert texts(desk.fake.delivered(key="key-branch1")) == numbered


@pytest.mark.parametrize("code", [-1])
def test_fault_04_a_busy_platform_is_asked_again(desk: Desk, code: int) -> None:
    _asked_again(desk, {"errcode": code})


def test_fault_05_too_many_at_once_are_sent_a_little_later(desk: Desk) -> None:
    _asked_again(desk, {"errcode": 45033})


def _asked_again(desk: Desk, do: Mapping[str, Any]) -> None:
    said = desk.tell("zhangsan")
    desk.fake.fault(SEND, do)

    desk.live(5 * MINUTE)

    assert desk.got("zhangsan", said) == 1
    assert len(desk.calls(SEND, said)) == 2


def test_fault_06_a_token_that_ends_early_is_renewed(desk: Desk) -> None:
    _asked_again(desk, {"errcode": 42001})


def test_fault_07_a_token_that_stays_bad_ends_after_two_calls_with_an_alarm(desk: Desk) -> None:
    said = desk.tell("zhangsan")
    desk.fake.fault(SEND, {"errcode": 42001}, times=-1)
    desk.live(5 * MINUTE)
    assert len(desk.calls(SEND, said)) == 2
    assert "secret" in desk.resting()

    desk.fake.clear_faults()
    desk.live(20 * MINUTE)

    assert desk.got("zhangsan", said) == 1


def _spoilt(desk: Desk, do: Mapping[str, Any]) -> None:
    """Hold the answer of a send back in some way: a text to a member arrives once under the
    duplicate check, one to a group at most once, and nobody is asked again."""
    said = desk.tell("zhangsan", text="只收到一次")
    desk.tell_group("群里至多一次")
    began = time.monotonic()
    desk.fake.fault(SEND, do)
    desk.fake.fault(TO_GROUP, do)

    desk.live(40 * MINUTE)

    assert time.monotonic() - began < 20
    assert desk.got("zhangsan", said) == 1
    bodies = [call["body"] for call in desk.calls(SEND, said)]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert texts(desk.fake.delivered(key="key-branch1")).count("群里至多一次") <= 1
    assert len(desk.calls(TO_GROUP, "群里至多一次")) == 1
    by_channel = {row.channel: row.state for row in desk.world.outbox()}
    assert by_channel == {"wecom": SendState.ACCEPTED, "group1": SendState.UNCERTAIN}


def test_fault_08_a_gateway_that_answers_502(desk: Desk) -> None:
    _spoilt(desk, {"http": 502, "body": "<html>Bad Gateway</html>"})


def test_fault_09_an_answer_that_is_no_json(desk: Desk) -> None:
    _spoilt(desk, {"http": 200, "body": "not json"})


def test_fault_10_an_empty_answer(desk: Desk) -> None:
    _spoilt(desk, {"body": ""})


def test_fault_11_a_platform_that_hangs(desk: Desk) -> None:
    _spoilt(desk, {"delay": 2})


def test_fault_12_a_connection_closed_before_anything_is_done(desk: Desk) -> None:
    _spoilt(desk, {"drop": "before"})


def test_fault_13_a_connection_closed_after_all_was_done(desk: Desk) -> None:
    _spoilt(desk, {"drop": "after"})


def test_fault_14_an_answer_byte_by_byte(desk: Desk) -> None:
    _spoilt(desk, {"trickle": 2})


def test_fault_15_a_redirect_is_not_followed(desk: Desk) -> None:
    before = desk.fake.counters()["calls"].get("/cgi-bin/stolen", 0)
    _spoilt(desk, {"redirect": f"{desk.fake.qyapi}/cgi-bin/stolen"})

    assert desk.fake.counters()["calls"].get("/cgi-bin/stolen", 0) == before


def test_fault_16_an_answer_of_fifty_megabytes(desk: Desk) -> None:
    _spoilt(desk, {"big": 50_000_000})


# --- scenarios -----------------------------------------------------------------------------------


def test_scenario_01_eight_cold_workers_fetch_one_token_and_renew_it_once(desk: Desk) -> None:
    nodes = [desk.process() for _ in range(8)]
    numbered = [f"第{number}条" for number in range(8)]
    for text in numbered[:4]:
        desk.tell(text=text)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda node: node.core.dispatcher.drain(), nodes))
    first = desk.fake.counters()
    desk.fake.revoke("app-secret")
    for text in numbered[4:]:
        desk.tell(text=text)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda node: node.core.dispatcher.drain(), nodes))
    desk.live(5 * MINUTE)

    assert (first["gettoken"]["app-secret"], first["most_concurrent_gettoken"]) == (1, 1)
    assert desk.fake.counters()["gettoken"]["app-secret"] == 2
    for who in desk.members:
        assert [desk.got(who, text) for text in numbered] == [1] * 8


def test_scenario_02_2500_members_are_three_requests_and_two_unknown_are_named(desk: Desk) -> None:
    accounts = [f"u{number:04}" for number in range(2500)]
    known = [each for each in accounts if each not in ("u0007", "u1234")]
    users = [{"userid": each, "name": each, "departments": [1]} for each in known]
    desk.fake.reset({"users": users})
    desk.now()
    members = desk.world.members(2500, desk.fifth)
    rows = [
        {
            "member_id": member,
            "space": CORP,
            "external_id": account,
            "external_key": fold(account),
            "bound_how": "roster",
            "bound_at": desk.world.now,
        }
        for member, account in zip(members, accounts, strict=True)
    ]
    with desk.database.writing() as session:
        session.execute(insert(Account), rows)
    letters = [
        Letter(key=f"b{member}", text=Text("全街道开会"), due_at=desk.world.now, member_id=member)
        for member in members
    ]
    desk.world.enqueue(*letters, routes=desk.node.routes)

    desk.live(2 * MINUTE)

    sent = [call["body"]["touser"].split("|") for call in desk.calls(SEND, "全街道开会")]
    assert [len(each) for each in sent] == [1000, 1000, 500]
    by_state = dict.fromkeys(desk.states(), 0)
    for row in desk.world.outbox():
        by_state[row.state] += 1
    assert by_state == {SendState.ACCEPTED: 2498, SendState.REFUSED: 2}
    with desk.database.reading() as session:
        refused = session.execute(
            select(Outbox.address, Outbox.detail).where(Outbox.state == SendState.REFUSED)
        ).all()
    assert {tuple(row) for row in refused} == {
        (who, "账号不对，或不在应用的可见范围里") for who in ("u0007", "u1234")
    }


def test_scenario_02_an_app_outside_its_range_says_what_to_do(desk: Desk) -> None:
    desk.node = desk.process(1000003, "app2-secret")  # it sees the first branch alone
    desk.tell("wangwu")

    desk.live(MINUTE)

    (row,) = desk.world.outbox()
    assert row.state is SendState.REFUSED
    assert "可见范围" in row.detail


def test_scenario_03_no_group_hears_a_21st_in_a_minute_and_order_is_kept(desk: Desk) -> None:
    first = [f"一号群第{number}条" for number in range(30)]
    second = [f"二号群第{number}条" for number in range(30)]
    desk.tell_group(*first)
    desk.tell_group(*second, unit=desk.fifth)
    desk.fake.fault(TO_GROUP, {"errcode": 45009})  # once: the block is waited out

    desk.live(20 * MINUTE)

    for key, said in (("key-branch1", first), ("key-branch2", second)):
        copies = desk.fake.delivered(key=key)
        moments = [copy["at"] for copy in copies]
        assert texts(copies) == said
        assert max(sum(0 <= each - start < 60 for each in moments) for start in moments) <= 20


def test_scenario_04_an_answer_lost_after_all_was_done(desk: Desk) -> None:
    said = desk.tell(text="断在回执上")
    desk.tell_group("群里断在回执上")
    desk.fake.fault(SEND, {"drop": "after"})
    desk.fake.fault(TO_GROUP, {"drop": "after"})

    desk.live(40 * MINUTE)

    assert [desk.got(who, said) for who in desk.members] == [1, 1, 1]
    assert len(desk.calls(SEND, said)) == 2
    assert texts(desk.fake.delivered(key="key-branch1")) == ["群里断在回执上"]
    (row,) = [row for row in desk.world.outbox() if row.channel == "group1"]
    assert row.state is SendState.UNCERTAIN


def test_scenario_08_our_limiter_holds_back_what_the_platform_would_drop(desk: Desk) -> None:
    numbered = [f"给一人的第{number}条" for number in range(40)]
    for text in numbered:
        desk.tell("zhangsan", text=text)

    desk.live(5 * MINUTE)

    assert texts(desk.fake.delivered(user="zhangsan")) == numbered


def test_scenario_10_an_outsider_who_logs_in_is_no_member(desk: Desk) -> None:
    door = desk.node.channels["wecom"].door
    assert door is not None
    find = door.who

    member = find(desk.fake.oauth(userid="zhangsan"))
    outsider = find(desk.fake.oauth(external="wm_stranger"))

    assert (member, outsider) == ("zhangsan", None)
    with pytest.raises(SendError, match="重新扫码"):
        find("made-up")
    code = desk.fake.oauth(userid="lisi")
    find(code)
    with pytest.raises(SendError):
        find(code)


def test_scenario_11_a_refusal_in_json_is_no_file(desk: Desk) -> None:
    files = desk.node.channels["wecom"].files
    assert files is not None
    content = "年度报告".encode() * 10
    media_id = files.upload("年度报告.docx", content)

    assert files.fetch(media_id) == content
    with pytest.raises(SendError, match="只留三天"):
        files.fetch("gone")
    desk.fake.revoke("app-secret")
    assert files.fetch(media_id) == content  # the token was renewed, and the call made again
    desk.fake.clock(advance=4 * 86400)
    with pytest.raises(SendError):
        files.fetch(media_id)


def test_files_and_pictures_reach_a_member_and_odd_ones_are_refused(desk: Desk) -> None:
    files = desk.node.channels["wecom"].files
    assert files is not None
    for name, kind in (("报告.pdf", "file"), ("合影.JPG", "image")):
        media_id = files.upload(name, b"0123456789")
        sent = files.send(["zhangsan", "nobody"], name, media_id)
        assert list(sent.refused) == ["nobody"]
        assert desk.fake.delivered(user="zhangsan")[-1]["msgtype"] == kind
    for content in (b"", b"12345", b"x" * (20 * 1024 * 1024 + 1)):
        with pytest.raises(SendError, match="文件大小"):
            files.upload("报告.pdf", content)


@pytest.mark.parametrize(
    "do",
    [
        {"http": 200, "body": "<html>"},
        {"http": 502, "body": "<html>"},
        {"redirect": "http://127.0.0.1:9/x"},
        {"trickle": 1},
    ],
)
def test_scenario_12_odd_answers_cost_bounded_time_and_no_secret(
    desk: Desk, do: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for endpoint in (TOKEN, SEND, TO_GROUP):
        desk.fake.fault(endpoint, do)
    said = desk.tell("zhangsan")
    desk.tell_group("群里也一样")
    began = time.monotonic()

    desk.live(30 * MINUTE)

    assert time.monotonic() - began < 20
    assert desk.got("zhangsan", said) == 1
    assert not [secret for secret in SECRETS if secret in caplog.text]
    assert said not in caplog.text
