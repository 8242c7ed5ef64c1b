"""The HTTP API: what it answers is what its page says, and nobody gets more than they may."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bot.clock import at
from bot.domain.api_scopes import Scope
from bot.domain.ids import MemberId, UnitId
from bot.domain.reads import Seen
from bot.domain.rights import Role
from bot.services import api_requests, api_tokens
from bot.services.api_tokens import BadToken
from bot.services.incoming_limits import MemoryThrottle, per_minute
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import ApiRequest, ApiToken, AuditLine, Meeting, Outbox, ReadLine
from bot.web import api
from bot.web.api.contract import IDEMPOTENCY_KEY, PREFIX, REPEATED
from bot.web.api.page import page
from bot.web.api.routes import ROUTES
from bot.web.app import create_app
from bot.web.desk import Desk
from tests.support.schema import mistakes
from tests.support.world import HOURS, World
from tests.support.world import ROUTES as WAYS
from tests.web.fakes import SECRET, FakeConfig, FakeHealth

PAGE = Path(__file__).parents[2] / "docs" / "openapi.json"
EVERYTHING = tuple(Scope)
MEETING = {
    "kind": "branch_general_meeting",
    "starts_at": "2026-03-16T15:00:00+08:00",
    "place": "社区二楼",
}


class Api:
    """A branch, its secretary's token, and a client that holds every answer against the page."""

    def __init__(self, world: World, throttle: MemoryThrottle | None = None) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch)
        self.token = self.issue(self.li)
        self.page: dict[str, Any] = json.loads(PAGE.read_text(encoding="utf-8"))
        desk = Desk(
            world.database, world.clock, WAYS, HOURS, throttle or MemoryThrottle(world.clock)
        )
        self.client: FlaskClient = create_app(
            FakeConfig(), FakeHealth(), secret_key=SECRET, desk=desk
        ).test_client()
        self.sent = 0

    def issue(self, member: MemberId, *scopes: Scope, days: int | None = None) -> str:
        """Return a token of a member."""
        with self.world.database.writing() as session:
            made = api_tokens.issue(
                session,
                member_id=member,
                scopes=scopes or EVERYTHING,
                note="测试",
                by=OPERATOR,
                now=self.world.now,
                days=days,
            )
        return made.secret

    def get(self, path: str, token: str = "", **headers: str) -> TestResponse:
        """Ask, and check the answer."""
        headers = {"Authorization": f"Bearer {token or self.token}", **headers}
        return self._checked("get", path, self.client.get(PREFIX + path, headers=headers))

    def post(
        self, path: str, body: Mapping[str, Any], token: str = "", key: str = ""
    ) -> TestResponse:
        """Do something under a key of its own, and check the answer."""
        self.sent += 1
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            IDEMPOTENCY_KEY: key or f"request-{self.sent:04}",
        }
        answer = self.client.post(PREFIX + path, json=dict(body), headers=headers)
        return self._checked("post", path, answer)

    def _checked(self, method: str, path: str, answer: TestResponse) -> TestResponse:
        parts = path.partition("?")[0].split("/")
        for address, operations in self.page["paths"].items():
            own = address.split("/")
            same = len(own) == len(parts) and all(
                a == b or a.startswith("{") for a, b in zip(own, parts, strict=True)
            )
            if same and method in operations:
                said = operations[method]["responses"]
                which = said["200"] if answer.status_code == 200 else said["default"]
                schema = which["content"]["application/json"]["schema"]
                assert mistakes(answer.json, schema, self.page) == []
                return answer
        raise AssertionError(f"{method} {path} is not in the page")


@pytest.fixture
def desk(database: Database) -> Api:
    """Return the API over a branch."""
    return Api(World(database))


@pytest.fixture
def elsewhere(desk: Api) -> UnitId:
    """Return another branch."""
    return desk.world.unit("第五党支部")


def _told(answer: TestResponse) -> Any:
    return answer.json


def _count(desk: Api, model: Any) -> int:
    with desk.world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- the page ---------------------------------------------------------------------------------


def test_the_page_is_what_the_routes_say(rewrite_scenarios: bool) -> None:
    if rewrite_scenarios:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_route_of_the_application_is_in_the_page_and_back(desk: Api) -> None:
    served = {
        (rule.rule.removeprefix(PREFIX).replace("<int:", "{").replace(">", "}"), method.lower())
        for rule in desk.client.application.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method) for path, operations in desk.page["paths"].items() for method in operations
    }

    assert served == described
    assert desk.page["openapi"] == "3.1.0"
    assert len({route.name for route in ROUTES}) == len(ROUTES)


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "zhibu_1_" + "x" * 43, "zhibu_99_" + "x" * 43, "基本"])
def test_without_a_valid_token_nothing_is_told(desk: Api, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}

    answer = desk.client.get(f"{PREFIX}/me", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_says_whose_it_is_and_what_it_opens(desk: Api) -> None:
    token = desk.issue(desk.li, Scope.ROLL_READ)

    told = _told(desk.get("/me", token))

    assert told == {
        "member_id": desk.li,
        "name": "李书记",
        "scopes": ["roll:read"],
        "posts": [{"role": "secretary", "unit_id": desk.branch}],
    }


def test_only_the_digest_of_a_token_is_kept(desk: Api) -> None:
    with desk.world.database.reading() as session:
        row = session.execute(select(*ApiToken.__table__.columns)).one()

    assert desk.token.rpartition("_")[2] not in str(row)
    assert len(row.token_hash) == 64


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scope], ids=lambda r: r.name)
def test_every_route_refuses_a_token_without_its_scope(desk: Api, route: Any) -> None:
    others = [scope for scope in Scope if scope is not route.scope]
    token = desk.issue(desk.li, *others)
    path = route.path.replace("<int:unit_id>", "1").replace("<int:meeting_id>", "1")
    path = path.replace("<int:notice_id>", "1")

    answer = desk.post(path, {}, token) if route.writes else desk.get(path, token)

    assert answer.status_code == 403
    assert route.scope.value in _told(answer)["sentence"]


def test_a_token_ends_when_it_is_revoked_or_over(desk: Api) -> None:
    short = desk.issue(desk.li, days=1)
    with desk.world.database.writing() as session:
        api_tokens.revoke(session, token_id=1, by=OPERATOR, now=desk.world.now)
    assert desk.get("/me", short).status_code == 200

    desk.world.clock.advance(timedelta(days=1))

    assert desk.get("/me").status_code == 401
    assert desk.get("/me", short).status_code == 401


def test_who_loses_the_post_loses_what_the_token_opened(desk: Api) -> None:
    path = f"/units/{desk.branch}/members"
    assert desk.get(path).status_code == 200
    with desk.world.database.writing() as session:
        from bot.storage.models import Post

        post = session.scalars(select(Post).where(Post.member_id == desk.li)).one()
        post.valid_to = desk.world.today + timedelta(days=1)
    desk.world.clock.advance(timedelta(days=1))

    assert desk.get(path).status_code == 404
    assert desk.post("/meetings", MEETING).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/units/{id}/members",
        "/units/{id}/meetings?first=2026-03-01&last=2026-03-31",
        "/units/{id}/dues?month=2026-03",
        "/units/{id}/receipts",
    ],
)
def test_another_branch_is_like_one_that_is_not_there(
    desk: Api, elsewhere: UnitId, path: str
) -> None:
    theirs = desk.get(path.format(id=elsewhere))
    nobodys = desk.get(path.format(id=999))

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json == nobodys.json


def test_only_the_operator_makes_tokens_and_only_for_who_holds_a_post(desk: Api) -> None:
    with desk.world.database.writing() as session, pytest.raises(BadToken, match="没有职务"):
        api_tokens.issue(
            session,
            member_id=desk.zhang,
            scopes=EVERYTHING,
            note="测试",
            by=OPERATOR,
            now=desk.world.now,
        )


# --- reading ----------------------------------------------------------------------------------


def test_it_tells_the_units_the_roll_and_the_dues_within_reach(
    desk: Api, elsewhere: UnitId
) -> None:
    desk.world.assess(desk.zhang, 3000)

    found = _told(desk.get("/units"))
    roll = _told(desk.get(f"/units/{desk.branch}/members?on=2026-03-12"))
    owed = _told(desk.get(f"/units/{desk.branch}/dues?month=2026-03"))

    assert [unit["name"] for unit in found["units"]] == ["第三党支部"]
    assert [member["name"] for member in roll["members"]] == ["李书记", "张三"]
    zhang = next(one for one in owed["members"] if one["name"] == "张三")
    assert (zhang["assessed_fen"], zhang["declared_fen"], zhang["state"]) == (3000, 0, "unpaid")


def test_what_is_read_about_people_is_written_down(desk: Api) -> None:
    desk.get(f"/units/{desk.branch}/members")
    desk.get(f"/units/{desk.branch}/dues?month=2026-03")

    with desk.world.database.reading() as session:
        columns = (ReadLine.how, ReadLine.command, ReadLine.what, ReadLine.by_id)
        lines = session.execute(select(*columns).order_by(ReadLine.id)).all()
    assert [tuple(line) for line in lines] == [
        ("api", "api", Seen.ROLL, desk.li),
        ("api", "api", Seen.DUES, desk.li),
    ]


def test_receipts_are_empty_without_a_notice(desk: Api) -> None:
    told = _told(desk.get(f"/units/{desk.branch}/receipts"))

    assert (told["notice_id"], told["silent"]) == (None, [])


# --- writing ----------------------------------------------------------------------------------


def test_a_meeting_is_called_moved_attended_and_called_off(desk: Api) -> None:
    wang = desk.world.member("王秀英", desk.branch)
    called = desk.post("/meetings", MEETING)
    assert called.status_code == 200, called.json
    number = _told(called)["meeting"]["id"]
    moved = _told(desk.post(f"/meetings/{number}/move", {"starts_at": "2026-03-17T15:00:00+08:00"}))
    listed = _told(desk.get(f"/units/{desk.branch}/meetings?first=2026-03-01&last=2026-03-31"))
    desk.world.clock.set(at(date(2026, 3, 17), 15, 5))
    present = desk.post(f"/meetings/{number}/attendance", {"member_ids": [desk.zhang]})
    away = desk.post(f"/meetings/{number}/leave", {"member_ids": [wang], "reason": "出差"})
    roll = _told(desk.get(f"/meetings/{number}/attendance"))
    off = _told(desk.post(f"/meetings/{number}/cancel", {"reason": "重复建了"}))

    assert moved["meeting"]["starts_at"] == "2026-03-17T15:00:00+08:00"
    assert [one["id"] for one in listed["meetings"]] == [number]
    assert _told(present)["marks"][0]["new"] is True
    assert _told(away)["marks"][0]["mark"] == "leave"
    assert [one["name"] for one in roll["present"]] == ["张三"]
    assert [one["name"] for one in roll["on_leave"]] == ["王秀英"]
    assert off["meeting"]["state"] == "cancelled"
    with desk.world.database.reading() as session:
        hows = set(session.scalars(select(AuditLine.how).where(AuditLine.action == "meeting.call")))
    assert hows == {"api"}


def test_a_notice_is_sent_only_with_the_number_that_was_shown(desk: Api) -> None:
    drafted = _told(desk.post("/notices", {"body": "周三前交心得"}))
    wrong = desk.post(f"/notices/{drafted['id']}/release", {"headcount": 5})
    sent = desk.post(f"/notices/{drafted['id']}/release", {"headcount": drafted["headcount"]})
    again = desk.post(f"/notices/{drafted['id']}/release", {"headcount": drafted["headcount"]})

    assert drafted["headcount"] == 2
    assert wrong.status_code == 409
    assert sent.status_code == 200
    assert again.status_code == 409
    assert _count(desk, Outbox) == _told(sent)["sent_to"]


def test_a_key_lets_a_write_happen_once_and_gives_its_first_answer_again(desk: Api) -> None:
    first = desk.post("/meetings", MEETING, key="same-key-1")
    repeat = desk.post("/meetings", MEETING, key="same-key-1")
    other = desk.post("/meetings", {**MEETING, "place": "三楼"}, key="same-key-1")

    assert first.json == repeat.json
    assert (REPEATED in first.headers, repeat.headers[REPEATED]) == (False, "true")
    assert other.status_code == 422
    assert _count(desk, Meeting) == 1


def test_two_at_once_under_one_key_do_it_once(desk: Api) -> None:
    answers: list[int] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        answers.append(desk.post("/meetings", MEETING, key="at-once-1").status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 4
    assert _count(desk, Meeting) == 1


def test_what_was_refused_leaves_nothing_and_frees_its_key(desk: Api) -> None:
    past = {**MEETING, "starts_at": "2020-03-16T15:00:00+08:00"}

    refused = desk.post("/meetings", past, key="free-again")
    done = desk.post("/meetings", MEETING, key="free-again")

    assert refused.status_code == 409
    assert done.status_code == 200
    assert _count(desk, ApiRequest) == 1


def test_old_keys_are_forgotten(desk: Api) -> None:
    desk.post("/meetings", MEETING)
    with desk.world.database.writing() as session:
        api_requests.forget(session, desk.world.now + api_requests.KEPT)
    assert _count(desk, ApiRequest) == 1

    with desk.world.database.writing() as session:
        api_requests.forget(session, desk.world.now + api_requests.KEPT + timedelta(seconds=1))
    assert _count(desk, ApiRequest) == 0


def test_somebody_of_another_branch_is_not_recorded(desk: Api, elsewhere: UnitId) -> None:
    stranger = desk.world.member("王五", elsewhere)
    number = _told(desk.post("/meetings", MEETING))["meeting"]["id"]

    answer = desk.post(f"/meetings/{number}/attendance", {"member_ids": [desk.zhang, stranger]})

    assert answer.status_code == 404
    assert str(stranger) in _told(answer)["sentence"]
    assert _told(desk.get(f"/meetings/{number}/attendance"))["present"] == []


# --- what is wrong with it ----------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "少一项": ({"kind": "party_lecture", "place": "二楼"}, "starts_at", "没有写"),
    "多一项": ({**MEETING, "room": 2}, "room", "没有这一项"),
    "没有时区": ({**MEETING, "starts_at": "2026-03-16T15:00:00"}, "starts_at", "时区"),
    "没有这种会": ({**MEETING, "kind": "party"}, "kind", "只能是"),
    "名额为零": ({**MEETING, "seats": 0}, "seats", "最小是 1"),
    "名额是字": ({**MEETING, "seats": "很多"}, "seats", "应是整数"),
    "地方太长": ({**MEETING, "place": "长" * 61}, "place", "最多60个字"),
}


@pytest.mark.parametrize(("body", "field", "words"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_by_field(
    desk: Api, body: dict[str, Any], field: str, words: str
) -> None:
    answer = desk.post("/meetings", body)

    assert answer.status_code == 422
    (problem,) = _told(answer)["problems"]
    assert problem["field"] == field
    assert words in problem["sentence"]


def test_what_is_too_large_no_json_or_without_a_key_is_refused(desk: Api) -> None:
    headers = {"Authorization": f"Bearer {desk.token}"}
    keyed = {**headers, IDEMPOTENCY_KEY: "some-key-1"}
    address = f"{PREFIX}/meetings"

    large = desk.client.post(
        address, data=b"x" * (api.MAX_BODY + 1), headers=keyed, content_type="application/json"
    )
    form = desk.client.post(address, data={"a": "1"}, headers=keyed)
    broken = desk.client.post(address, data="{", headers=keyed, content_type="application/json")
    keyless = desk.client.post(address, json=MEETING, headers=headers)

    statuses = [one.status_code for one in (large, form, broken, keyless)]
    assert statuses == [413, 415, 422, 400]


def test_months_and_days_are_checked_before_anything_is_read(desk: Api) -> None:
    assert desk.get(f"/units/{desk.branch}/dues?month=2026-13").status_code == 422
    assert desk.get(f"/units/{desk.branch}/dues").status_code == 422
    assert desk.get(f"/units/{desk.branch}/members?on=3月").status_code == 422
    path = f"/units/{desk.branch}/meetings?first=2024-01-01&last=2026-01-01"
    assert desk.get(path).status_code == 409


def test_an_unknown_number_is_told_like_one_out_of_reach(desk: Api) -> None:
    assert desk.get("/meetings/999/attendance").status_code == 404
    assert desk.post("/notices/999/release", {"headcount": 1}).status_code == 404


# --- how often -------------------------------------------------------------------------------


@pytest.fixture
def impatient(database: Database, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Return the API with small limits."""
    monkeypatch.setattr(api, "PER_TOKEN", per_minute(3))
    monkeypatch.setattr(api, "PER_ADDRESS", per_minute(5))
    return Api(World(database))


def test_a_token_and_an_address_get_so_many_a_minute(impatient: Api) -> None:
    own = [impatient.get("/me").status_code for _ in range(4)]
    slow = impatient.get("/me", impatient.issue(impatient.li))
    flood = impatient.get("/me", impatient.issue(impatient.li))
    impatient.world.clock.advance(timedelta(minutes=1))

    assert own == [200, 200, 200, 429]
    assert (slow.status_code, flood.status_code) == (200, 429)
    assert 0 < int(flood.headers["Retry-After"]) <= 60
    assert impatient.get("/me").status_code == 200


def test_guessing_tokens_is_slowed_down_by_address(impatient: Api) -> None:
    tries = [impatient.get("/me", f"zhibu_1_{n:043}").status_code for n in range(6)]

    assert tries == [401] * 5 + [429]


def test_there_is_no_api_where_none_is_offered() -> None:
    client = create_app(FakeConfig(), FakeHealth(), secret_key=SECRET).test_client()

    assert client.get(f"{PREFIX}/me").status_code == 404
