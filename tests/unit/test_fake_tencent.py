"""The fake platform itself is tested, or its silence would pass for the bot's correctness."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.fake_tencent import FakeTencent, Policy, Receiver, crypto
from tests.fake_tencent.callback_messages import to_xml
from tests.fake_tencent.callback_replies import read_xml
from tests.fake_tencent.contents import cut
from tests.fake_tencent.limits import Limits

Json = dict[str, Any]

VECTORS: list[Json] = json.loads(
    (Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8")
)["vectors"]
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SEND = "/cgi-bin/message/send"
HOOK = "/cgi-bin/webhook/send"
GETTOKEN = "/cgi-bin/gettoken"
CORP = {"corpid": "ww_test_corp", "corpsecret": "app-secret"}
HELLO = {"msgtype": "text", "text": {"content": "签到"}}


# --- calling the platform ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[FakeTencent]:
    with FakeTencent() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeTencent) -> FakeTencent:
    running.reset()
    return running


def raw(
    fake: FakeTencent,
    path: str,
    query: Json | None = None,
    body: bytes | None = None,
    *,
    method: str = "",
    kind: str = "application/json",
    timeout: float = 5,
) -> tuple[int, bytes, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", fake.port, timeout=timeout)
    try:
        target = f"{path}?{urlencode(query or {})}"
        how = method or ("GET" if body is None else "POST")
        connection.request(how, target, body, {"Content-Type": kind})
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


def ask(fake: FakeTencent, path: str, query: Json | None = None, body: Any = None) -> Json:
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    status, answer, _ = raw(fake, path, query, data)
    assert status == 200
    found: Json = json.loads(answer)
    return found


def work_token(fake: FakeTencent, secret: str = "app-secret") -> str:
    answer = ask(fake, f"/qyapi{GETTOKEN}", {**CORP, "corpsecret": secret})
    return str(answer["access_token"])


def work(fake: FakeTencent, path: str, body: Any = None, **query: str) -> Json:
    token = query.pop("token", None) or work_token(fake)
    return ask(fake, f"/qyapi{path}", {"access_token": token, **query}, body)


def send(fake: FakeTencent, **changes: Any) -> Json:
    token = changes.pop("token", "")
    body: Json = {"touser": "zhangsan", "agentid": 1000002, **HELLO, **changes}
    return work(fake, SEND, {k: v for k, v in body.items() if v is not None}, token=token)


def hook(fake: FakeTencent, key: str = "key-branch1", **changes: Any) -> Json:
    return ask(fake, f"/qyapi{HOOK}", {"key": key}, {**HELLO, **changes})


def oa(fake: FakeTencent, path: str, body: Any = None, **query: str) -> Json:
    credentials = {"grant_type": "client_credential", "appid": "wx_test_app"}
    issued = ask(fake, "/wxapi/cgi-bin/stable_token", None, {**credentials, "secret": "oa-secret"})
    return ask(fake, f"/wxapi{path}", {"access_token": issued["access_token"], **query}, body)


def upload(fake: FakeTencent, path: str, query: Json, data: bytes, name: str = "表.txt") -> Json:
    head = f'--b\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--b--\r\n"
    _, answer, _ = raw(fake, path, query, body, kind="multipart/form-data; boundary=b")
    found: Json = json.loads(answer)
    return found


def texts(copies: list[Json]) -> list[str]:
    return [copy["content"]["content"] for copy in copies]


# --- crypto ----------------------------------------------------------------------------------


def vector_ids(*needed: str) -> list[Any]:
    return [pytest.param(v, id=v["id"]) for v in VECTORS if all(name in v for name in needed)]


@pytest.mark.parametrize("vector", vector_ids("encrypt"))
def test_it_opens_every_vector(vector: Json) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])

    opened = crypto.decrypt(vector["encoding_aes_key"], vector["encrypt"], vector["receive_id"])

    assert opened == vector["plaintext"]
    assert crypto.is_signed(vector["msg_signature"], *parts)


@pytest.mark.parametrize("vector", vector_ids("signature"))
def test_it_signs_like_every_vector(vector: Json) -> None:
    signature = crypto.sign(vector["token"], vector["timestamp"], vector["nonce"])

    assert signature == vector["signature"]


@pytest.mark.parametrize("vector", vector_ids("random"))
def test_it_reproduces_the_bytes_of_a_vector(vector: Json) -> None:
    encrypted = crypto.encrypt(
        vector["encoding_aes_key"], vector["plaintext"], vector["receive_id"], vector["random"]
    )

    assert encrypted == vector["encrypt"]


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 4096])
def test_it_opens_what_it_encrypted(length: int) -> None:
    text = "党" * length

    assert crypto.decrypt(KEY, crypto.encrypt(KEY, text, "ww1"), "ww1") == text


@pytest.mark.parametrize(
    "encrypted",
    ["", "!", "QUJD", base64.b64encode(bytes(32)).decode(), crypto.encrypt(KEY, "x", "ww2")],
    ids=["empty", "not base64", "half a block", "bad padding", "other receive id"],
)
def test_it_refuses_what_is_not_for_us(encrypted: str) -> None:
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt(KEY, encrypted, "ww1")


# --- tokens and the door ---------------------------------------------------------------------


def test_a_token_stays_the_same_while_it_is_good(fake: FakeTencent) -> None:
    first = work_token(fake)
    fake.clock(advance=7100)
    again = ask(fake, f"/qyapi{GETTOKEN}", CORP)

    assert again["access_token"] == first
    assert again["expires_in"] <= 100
    assert 64 <= len(first) <= 512


def test_a_token_ends_after_two_hours(fake: FakeTencent) -> None:
    token = work_token(fake)
    fake.clock(advance=7201)

    assert send(fake, token=token)["errcode"] == 42001
    assert work_token(fake) != token


def test_a_revoked_token_is_refused_and_replaced(fake: FakeTencent) -> None:
    token = work_token(fake)
    fake.revoke("app-secret")

    assert send(fake, token=token)["errcode"] == 40014
    assert work_token(fake) != token
    assert send(fake)["errcode"] == 0


@pytest.mark.parametrize("code", [40001, 42001])
def test_a_token_can_be_revoked_with_another_code(fake: FakeTencent, code: int) -> None:
    token = work_token(fake)
    fake.revoke("app-secret", code)

    assert send(fake, token=token)["errcode"] == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"corpsecret": "app-secret"}, 41002),
        ({"corpid": "ww_test_corp"}, 41004),
        ({**CORP, "corpid": "other"}, 40013),
        ({**CORP, "corpsecret": "other"}, 40001),
    ],
)
def test_gettoken_refuses_wrong_credentials(fake: FakeTencent, query: Json, code: int) -> None:
    assert ask(fake, f"/qyapi{GETTOKEN}", query)["errcode"] == code


def test_gettoken_is_blocked_after_too_many_failures(fake: FakeTencent) -> None:
    fake.limits(gettoken_failures_per_hour=2)
    for _ in range(3):
        ask(fake, f"/qyapi{GETTOKEN}", {**CORP, "corpsecret": "other"})

    assert ask(fake, f"/qyapi{GETTOKEN}", CORP)["errcode"] == 45009


def test_the_door_asks_for_the_right_method_and_a_token(fake: FakeTencent) -> None:
    assert ask(fake, f"/qyapi{SEND}", {})["errcode"] == 43002
    assert ask(fake, f"/qyapi{GETTOKEN}", {}, {})["errcode"] == 43001
    assert ask(fake, f"/qyapi{SEND}", {}, {})["errcode"] == 41001
    assert send(fake, token="made-up")["errcode"] == 40014
    assert ask(fake, "/wxapi/cgi-bin/user/info", {"access_token": "x"})["errcode"] == 40001
    assert raw(fake, "/qyapi/cgi-bin/unknown")[:2] == (404, b"")


def test_refusals_never_read_the_same_twice(fake: FakeTencent) -> None:
    first, second = send(fake, token="x"), send(fake, token="x")

    assert first["errmsg"] != second["errmsg"]
    assert "hint: [" in first["errmsg"]


def test_an_address_can_be_refused(fake: FakeTencent) -> None:
    token = work_token(fake)
    fake.ip(allow=False)

    assert send(fake, token=token)["errcode"] == 60020
    wanted = {"grant_type": "client_credential", "appid": "wx_test_app", "secret": "oa-secret"}
    assert ask(fake, "/wxapi/cgi-bin/token", wanted)["errcode"] == 40164


def test_an_api_is_blocked_for_a_minute_when_called_too_often(fake: FakeTencent) -> None:
    fake.limits(api_per_min=2)
    token = work_token(fake)
    codes = [send(fake, token=token)["errcode"] for _ in range(3)]
    fake.clock(advance=58)
    codes.append(send(fake, token=token)["errcode"])
    fake.clock(advance=62)
    codes.append(send(fake, token=token)["errcode"])

    assert codes == [0, 0, 45009, 45009, 0]


@pytest.mark.parametrize("body", [b"{", b"[1]", '{"a": "党"}'.encode("gbk")])
def test_a_body_that_is_no_json_is_refused(fake: FakeTencent, body: bytes) -> None:
    answer = raw(fake, f"/qyapi{SEND}", {"access_token": work_token(fake)}, body)[1]

    assert json.loads(answer)["errcode"] == 40058
    assert b"Warning: wrong json format." in answer


def test_menus_are_accepted(fake: FakeTencent) -> None:
    menu = {"button": [{"type": "click", "name": "签到", "key": "sign-in"}]}
    path = "/cgi-bin/menu/create"

    assert work(fake, path, menu, agentid="1000002")["errcode"] == 0
    assert work(fake, path, menu, agentid="1000003")["errcode"] == 301002
    assert oa(fake, path, menu)["errcode"] == 0


def test_callback_addresses_are_told(fake: FakeTencent) -> None:
    assert work(fake, "/cgi-bin/getcallbackip")["ip_list"] == ["127.0.0.*"]
    assert work(fake, "/cgi-bin/get_api_domain_ip")["ip_list"] == ["127.0.0.*"]


# --- message/send ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"touser": ""}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1000))}, 81013),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"totag": "|".join(str(n) for n in range(101))}, 82003),
        ({"agentid": None}, 41011),
        ({"agentid": 1000003}, 301002),
        ({"msgtype": None}, 40008),
        ({"msgtype": "poem"}, 40008),
        ({"text": None}, 44004),
        ({"text": {"content": ""}}, 44004),
        ({"duplicate_check_interval": 14_400}, 0),
        ({"duplicate_check_interval": 14_401}, 40058),
        ({"touser": "nobody"}, 81013),
        ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "textcard", "textcard": {"title": "t"}}, 40058),
        ({"msgtype": "news", "news": {"articles": []}}, 40058),
        ({"msgtype": "template_card", "template_card": {"card_type": "x"}}, 40058),
    ],
)
def test_send_answers_each_case_of_the_table(fake: FakeTencent, changes: Json, code: int) -> None:
    assert send(fake, **changes)["errcode"] == code


def test_send_delivers_to_people_departments_and_tags_once(fake: FakeTencent) -> None:
    answer = send(fake, touser="ZhangSan|lisi", toparty="2|9", totag="1|8")

    assert (answer["invalidparty"], answer["invalidtag"]) == ("9", "8")
    assert [copy["to"] for copy in fake.delivered()] == ["zhangsan", "lisi"]
    assert fake.delivered(user="lisi")[0]["msgid"] == answer["msgid"]


def test_send_to_a_department_reaches_those_below(fake: FakeTencent) -> None:
    answer = send(fake, touser="", toparty="1")

    assert [copy["to"] for copy in fake.delivered()] == ["zhangsan", "lisi", "wangwu"]
    assert answer["unlicenseduser"] == "zhaoliu"


def test_send_to_everybody_reaches_the_visible_range(fake: FakeTencent) -> None:
    token = work_token(fake, "app2-secret")
    send(fake, touser="@all", agentid=1000003, token=token)

    assert {copy["to"] for copy in fake.delivered()} == {"zhangsan", "lisi"}


def test_send_names_the_unknown_in_lower_case_and_delivers_the_rest(fake: FakeTencent) -> None:
    answer = send(fake, touser="zhangsan|NoBody|zhaoliu")

    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["unlicenseduser"]) == ("nobody", "zhaoliu")
    assert [copy["to"] for copy in fake.delivered()] == ["zhangsan"]


def test_send_counts_people_outside_the_visible_range_as_unknown(fake: FakeTencent) -> None:
    token = work_token(fake, "app2-secret")
    outside = send(fake, touser="wangwu", agentid=1000003, token=token)
    partly = send(fake, touser="wangwu|lisi", agentid=1000003, token=token)

    assert outside["errcode"] == 81013
    assert (partly["errcode"], partly["invaliduser"]) == (0, "wangwu")


def test_send_cuts_a_long_text_between_characters(fake: FakeTencent) -> None:
    send(fake, text={"content": "党" * 700})

    assert texts(fake.delivered()) == ["党" * 682]
    assert cut("党员", 5) == "党"


def test_send_does_not_know_media_after_three_days(fake: FakeTencent) -> None:
    query = {"access_token": work_token(fake), "type": "file"}
    stored = upload(fake, "/qyapi/cgi-bin/media/upload", query, b"contents")
    wanted = {"msgtype": "file", "file": {"media_id": stored["media_id"]}}

    assert send(fake, **wanted)["errcode"] == 0
    fake.clock(advance=3 * 86_400 + 1)
    assert send(fake, **wanted)["errcode"] == 40007


def test_send_swallows_a_duplicate_only_when_asked(fake: FakeTencent) -> None:
    first = send(fake, enable_duplicate_check=1)
    second = send(fake, enable_duplicate_check=1)
    assert (second["errcode"], len(fake.delivered())) == (0, 1)
    assert first["msgid"] != second["msgid"]

    send(fake)
    send(fake, enable_duplicate_check=1, touser="lisi")
    send(fake, enable_duplicate_check=1, text={"content": "别的"})
    assert len(fake.delivered()) == 4

    fake.clock(advance=1801)
    send(fake, enable_duplicate_check=1)
    assert len(fake.delivered()) == 5


def test_send_drops_silently_what_is_over_thirty_a_minute(fake: FakeTencent) -> None:
    token = work_token(fake)
    codes = {send(fake, token=token)["errcode"] for _ in range(Limits().member_per_min + 1)}

    assert codes == {0}
    assert len(fake.delivered(user="zhangsan")) == 30
    fake.clock(advance=61)
    send(fake, token=token)
    assert len(fake.delivered(user="zhangsan")) == 31


def test_send_drops_silently_what_is_over_the_hour(fake: FakeTencent) -> None:
    fake.limits(member_per_hour=2)
    for _ in range(3):
        assert send(fake)["errcode"] == 0

    assert len(fake.delivered()) == 2


def test_send_is_refused_when_the_day_is_used_up(fake: FakeTencent) -> None:
    fake.limits(day_per_account=1)
    codes = [send(fake, touser="zhangsan|lisi")["errcode"] for _ in range(3)]

    assert codes == [0, 0, 45009]
    fake.clock(advance=86_400)
    assert send(fake)["errcode"] == 0


def test_a_limit_that_does_not_exist_is_refused(fake: FakeTencent) -> None:
    with pytest.raises(ValueError, match="per_century"):
        fake.limits(per_century=1)


def test_recall_works_for_a_day(fake: FakeTencent) -> None:
    early, late = send(fake)["msgid"], send(fake)["msgid"]

    assert work(fake, "/cgi-bin/message/recall", {"msgid": early})["errcode"] == 0
    assert [copy["recalled"] for copy in fake.delivered()] == [True, False]
    fake.clock(advance=86_401)
    assert work(fake, "/cgi-bin/message/recall", {"msgid": late})["errcode"] == 40058


def test_a_card_is_updated_once(fake: FakeTencent) -> None:
    card = {"card_type": "button_interaction"}
    code = send(fake, msgtype="template_card", template_card=card)["response_code"]
    update = {"userids": ["zhangsan", "nobody"], "agentid": 1000002, "response_code": code}
    path = "/cgi-bin/message/update_template_card"

    assert work(fake, path, update)["invaliduser"] == ["nobody"]
    assert work(fake, path, update)["errcode"] == 42022
    assert work(fake, path, {**update, "response_code": "x"})["errcode"] == 40058


# --- appchat ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"chatid": "bad-id"}, 86001),
        ({"name": "名" * 51}, 86004),
        ({"owner": "wangwu"}, 86005),
        ({"userlist": ["zhangsan"]}, 86006),
        ({"userlist": ["zhangsan", "nobody"]}, 86007),
    ],
)
def test_a_group_is_created_by_the_rules(fake: FakeTencent, changes: Json, code: int) -> None:
    chat = {"name": "第一支部", "owner": "zhangsan", "userlist": ["zhangsan", "lisi"]}

    assert work(fake, "/cgi-bin/appchat/create", {**chat, **changes})["errcode"] == code


def test_a_group_receives_messages_and_changes(fake: FakeTencent) -> None:
    chat = {"name": "一", "owner": "lisi", "userlist": ["zhangsan", "lisi"], "chatid": "c1"}
    assert work(fake, "/cgi-bin/appchat/create", chat)["chatid"] == "c1"
    assert work(fake, "/cgi-bin/appchat/create", chat)["errcode"] == 86215
    change = {"chatid": "c1", "add_user_list": ["wangwu"], "del_user_list": ["zhangsan"]}
    assert work(fake, "/cgi-bin/appchat/update", change)["errcode"] == 0
    info = work(fake, "/cgi-bin/appchat/get", chatid="c1")["chat_info"]
    assert info["userlist"] == ["lisi", "wangwu"]

    fake.limits(chat_member_per_min=1)
    answers = [work(fake, "/cgi-bin/appchat/send", {"chatid": "c1", **HELLO}) for _ in range(2)]

    assert answers == [{"errcode": 0, "errmsg": "ok"}] * 2
    assert [copy["members"] for copy in fake.delivered(chat="c1")] == [["lisi", "wangwu"], []]


def test_a_group_belongs_to_one_app(fake: FakeTencent) -> None:
    chat = {"owner": "lisi", "userlist": ["zhangsan", "lisi"], "chatid": "c1"}
    other = work_token(fake, "app2-secret")
    work(fake, "/cgi-bin/appchat/create", chat)

    assert work(fake, "/cgi-bin/appchat/create", chat, token=other)["errcode"] == 48002
    path, body = "/cgi-bin/appchat/send", {"chatid": "c1", **HELLO}
    assert work(fake, path, body, token=other)["errcode"] == 86008
    assert work(fake, path, {**body, "chatid": "c2"})["errcode"] == 86003
    assert work(fake, path, {**body, "chatid": ""})["errcode"] == 40050
    assert work(fake, path, {**body, "text": {}})["errcode"] == 44004
    fake.limits(chat_person_times_per_min=1)
    assert work(fake, path, body)["errcode"] == 45009


# --- webhook ---------------------------------------------------------------------------------


def test_the_21st_message_of_a_webhook_is_refused(fake: FakeTencent) -> None:
    codes = [hook(fake)["errcode"] for _ in range(21)]

    assert codes == [0] * 20 + [45009]
    assert hook(fake, "key-branch2")["errcode"] == 0
    assert len(fake.delivered(key="key-branch1")) == 20
    fake.clock(advance=61)
    assert hook(fake)["errcode"] == 0


PICTURE = b"picture"
IMAGE = {"base64": base64.b64encode(PICTURE).decode(), "md5": hashlib.md5(PICTURE).hexdigest()}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "x" * 2048}}, 0),
        ({"text": {"content": "x" * 2049}}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4096}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4097}}, 40058),
        ({"msgtype": "image", "image": IMAGE}, 0),
        ({"msgtype": "image", "image": {**IMAGE, "md5": "0"}}, 40058),
        ({"msgtype": "news", "news": {"articles": [{}] * 8}}, 0),
        ({"msgtype": "news", "news": {"articles": [{}] * 9}}, 40058),
        ({"msgtype": "file", "file": {"media_id": "x"}}, 40007),
    ],
)
def test_a_webhook_checks_its_message(fake: FakeTencent, changes: Json, code: int) -> None:
    assert hook(fake, **changes)["errcode"] == code


@pytest.mark.parametrize(
    ("state", "code"), [("ok", 0), ("removed", 93000), ("disabled", 93004), ("absent", 93008)]
)
def test_a_webhook_can_be_out_of_order(fake: FakeTencent, state: str, code: int) -> None:
    fake.webhook("key-branch1", state)

    assert hook(fake)["errcode"] == code
    assert hook(fake, "unknown")["errcode"] == 93000


def test_a_webhook_sends_only_its_own_files(fake: FakeTencent) -> None:
    path = "/qyapi/cgi-bin/webhook/upload_media"
    query = {"key": "key-branch1", "type": "file"}
    stored = upload(fake, path, query, b"contents")
    wanted: Json = {"msgtype": "file", "file": {"media_id": stored["media_id"]}}

    assert isinstance(stored["created_at"], str)
    assert hook(fake, **wanted)["errcode"] == 0
    assert hook(fake, "key-branch2", **wanted)["errcode"] == 40007
    assert upload(fake, path, query, b"12345")["errcode"] == 40006
    assert upload(fake, path, {**query, "type": "poem"}, b"contents")["errcode"] == 40004
    assert upload(fake, path, {**query, "type": "voice"}, bytes(2**21 + 1))["errcode"] == 45001
    assert upload(fake, path, query, b"contents", name="")["errcode"] == 41005


# --- media, contacts, OAuth ------------------------------------------------------------------


def test_media_get_answers_bytes_or_json(fake: FakeTencent) -> None:
    query = {"access_token": work_token(fake), "type": "file"}
    stored = upload(fake, "/qyapi/cgi-bin/media/upload", query, b"contents")
    wanted = {**query, "media_id": stored["media_id"]}

    _, data, headers = raw(fake, "/qyapi/cgi-bin/media/get", wanted)

    assert (data, headers["Content-Type"]) == (b"contents", "application/octet-stream")
    assert ask(fake, "/qyapi/cgi-bin/media/get", {**query, "media_id": "x"})["errcode"] == 40007


def test_contacts_are_paged_for_the_contact_secret_only(fake: FakeTencent) -> None:
    token, path = work_token(fake, "contact-secret"), "/cgi-bin/user/list_id"
    first = work(fake, path, {"limit": 3}, token=token)
    last = work(fake, path, {"limit": 3, "cursor": first["next_cursor"]}, token=token)

    assert len(first["dept_user"]) + len(last["dept_user"]) == 5
    assert last["next_cursor"] == ""
    assert work(fake, path, {})["errcode"] == 48002
    assert "mobile" not in work(fake, "/cgi-bin/user/get", userid="lisi")


def test_an_outsider_logs_in_with_errcode_0_and_no_userid(fake: FakeTencent) -> None:
    path = "/cgi-bin/auth/getuserinfo"
    code, stranger = fake.oauth(userid="lisi"), fake.oauth(external="wm1")

    assert work(fake, path, code=code)["userid"] == "lisi"
    assert work(fake, path, code=code)["errcode"] == 40029
    outsider = work(fake, path, code=stranger)
    assert outsider["errcode"] == 0
    assert "userid" not in outsider


# --- Official Account ------------------------------------------------------------------------

OA_CREDENTIALS = {
    "grant_type": "client_credential",
    "appid": "wx_test_app",
    "secret": "oa-secret",
}


def test_each_token_call_makes_a_new_token(fake: FakeTencent) -> None:
    old = ask(fake, "/wxapi/cgi-bin/token", OA_CREDENTIALS)
    new = ask(fake, "/wxapi/cgi-bin/token", OA_CREDENTIALS)
    query = {"openid": "o_li", "access_token": old["access_token"]}

    assert "errcode" not in old
    assert old["access_token"] != new["access_token"]
    assert ask(fake, "/wxapi/cgi-bin/user/info", query)["subscribe"] == 1
    fake.clock(advance=301)
    assert ask(fake, "/wxapi/cgi-bin/user/info", query)["errcode"] == 42001


def test_a_stable_token_stays_until_five_minutes_are_left(fake: FakeTencent) -> None:
    path = "/wxapi/cgi-bin/stable_token"
    first = ask(fake, path, None, OA_CREDENTIALS)
    fake.clock(advance=6000)
    second = ask(fake, path, None, OA_CREDENTIALS)
    fake.clock(advance=1000)
    third = ask(fake, path, None, OA_CREDENTIALS)

    assert first["access_token"] == second["access_token"] != third["access_token"]
    forced = {**OA_CREDENTIALS, "force_refresh": True}
    assert "access_token" in ask(fake, path, None, forced)
    assert ask(fake, path, None, forced)["errcode"] == 45011


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"grant_type": "x"}, 40002), ({"appid": "x"}, 40013), ({"secret": "x"}, 40125)],
)
def test_oa_tokens_need_credentials(fake: FakeTencent, changes: Json, code: int) -> None:
    wanted = {**OA_CREDENTIALS, **changes}

    assert ask(fake, "/wxapi/cgi-bin/token", wanted)["errcode"] == code
    assert ask(fake, "/wxapi/cgi-bin/stable_token", None, wanted)["errcode"] == code


def test_custom_messages_need_an_open_quota(fake: FakeTencent, bot: Bot) -> None:
    message = {"touser": "o_li", **HELLO}
    path = "/cgi-bin/message/custom/send"
    assert oa(fake, path, {**message, "touser": "x"})["errcode"] == 40003
    assert oa(fake, path, message)["errcode"] == 45015

    fake.push(bot.receiver("oa-safe"), user="o_li", text="你好")
    codes = [oa(fake, path, message)["errcode"] for _ in range(6)]
    fake.push(bot.receiver("oa-safe"), user="o_li", event="CLICK", event_key="menu")
    codes += [oa(fake, path, message)["errcode"] for _ in range(4)]
    fake.clock(advance=48 * 3600)

    assert codes == [0] * 5 + [45047] + [0] * 3 + [45047]
    assert oa(fake, path, message)["errcode"] == 45015
    assert oa(fake, path, {**message, "text": {"content": "x" * 2049}})["errcode"] == 45002


def test_who_left_cannot_be_written_to(fake: FakeTencent, bot: Bot) -> None:
    fake.push(bot.receiver("oa-safe"), user="o_li", text="你好")
    fake.push(bot.receiver("oa-safe"), user="o_li", event="unsubscribe")

    assert oa(fake, "/cgi-bin/message/custom/send", {"touser": "o_li", **HELLO})["errcode"] == 45015
    info = oa(fake, "/cgi-bin/user/info", openid="o_li")
    assert info == {"subscribe": 0, "openid": "o_li"}


def test_a_template_message_is_reported_on(fake: FakeTencent, bot: Bot) -> None:
    fake.report_to(bot.receiver("oa-safe"))
    data = {"thing1": {"value": "会议"}, "time2": {"value": "9:00"}}
    message = {"touser": "o_li", "template_id": "tpl-meeting", "data": data}
    path = "/cgi-bin/message/template/send"

    msgid = oa(fake, path, message)["msgid"]

    assert isinstance(msgid, int)
    bot.wait_for(1)
    assert read_xml(bot.heard[0])["Status"] == "success"
    assert oa(fake, path, {**message, "template_id": "x"})["errcode"] == 40037
    assert oa(fake, path, {**message, "data": {}})["errcode"] == 47003


def test_a_consent_is_good_for_one_message(fake: FakeTencent) -> None:
    data = {"thing1": {"value": "会" * 20}, "time2": {"value": "9:00"}}
    message: Json = {"touser": "o_li", "template_id": "tpl-meeting", "data": data}
    path = "/cgi-bin/message/subscribe/bizsend"
    fake.consent("o_li", "tpl-meeting")
    long = {**data, "thing1": {"value": "会" * 21}}

    codes = [oa(fake, path, {**message, "data": long})["errcode"]]
    codes += [oa(fake, path, message)["errcode"] for _ in range(2)]

    assert codes == [47003, 0, 43101]


# --- faults, log, counters -------------------------------------------------------------------


@pytest.mark.parametrize("code", [-1, 45033, 42001])
def test_a_fault_answers_an_errcode_as_often_as_told(fake: FakeTencent, code: int) -> None:
    fake.fault(SEND, {"errcode": code}, times=2)

    assert [send(fake)["errcode"] for _ in range(3)] == [code, code, 0]
    assert len(fake.delivered()) == 1


def test_a_fault_can_stay(fake: FakeTencent) -> None:
    fake.fault(SEND, {"errcode": 42001}, times=-1)
    assert {send(fake)["errcode"] for _ in range(5)} == {42001}

    fake.clear_faults()
    assert send(fake)["errcode"] == 0


@pytest.mark.parametrize(
    ("do", "status", "body"),
    [
        ({"http": 502, "body": "<html>"}, 502, b"<html>"),
        ({"http": 200, "body": "not json"}, 200, b"not json"),
        ({"body": ""}, 200, b""),
        ({"redirect": "http://127.0.0.1:1/"}, 302, b""),
    ],
)
def test_a_fault_answers_anything(fake: FakeTencent, do: Json, status: int, body: bytes) -> None:
    fake.fault(HOOK, do)

    answer = raw(fake, f"/qyapi{HOOK}", {"key": "key-branch1"}, json.dumps(HELLO).encode())

    assert answer[:2] == (status, body)
    assert answer[2].get("Location") == do.get("redirect")
    assert fake.delivered() == []


def test_a_fault_hangs_for_a_while(fake: FakeTencent) -> None:
    fake.fault(HOOK, {"delay": 0.3})
    started = time.monotonic()

    assert hook(fake)["errcode"] == 0
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(("when", "copies"), [("before", 0), ("after", 1)])
def test_a_fault_drops_the_connection(fake: FakeTencent, when: str, copies: int) -> None:
    fake.fault(HOOK, {"drop": when})

    with pytest.raises((HTTPException, ConnectionError)):
        hook(fake)
    assert len(fake.delivered()) == copies


def test_a_message_whose_answer_was_lost_is_not_doubled(fake: FakeTencent) -> None:
    fake.fault(SEND, {"drop": "after"})

    with pytest.raises((HTTPException, ConnectionError)):
        send(fake, enable_duplicate_check=1)
    send(fake, enable_duplicate_check=1)

    assert len(fake.delivered()) == 1


def test_a_fault_trickles(fake: FakeTencent) -> None:
    fake.fault(HOOK, {"trickle": 1})

    with pytest.raises((IncompleteRead, TimeoutError)):
        raw(fake, f"/qyapi{HOOK}", {"key": "key-branch1"}, b"{}", timeout=0.3)


def test_a_fault_answers_too_much(fake: FakeTencent) -> None:
    fake.fault(HOOK, {"big": 1_000_000})

    answer = raw(fake, f"/qyapi{HOOK}", {"key": "key-branch1"}, b"{}")[1]

    assert len(answer) == 1_000_000
    assert json.loads(answer)["errcode"] == 0


def test_an_unknown_fault_is_refused(fake: FakeTencent) -> None:
    with pytest.raises(ValueError, match="do must hold"):
        fake.fault(HOOK, {"explode": True})


def test_the_log_shows_requests_without_secrets(fake: FakeTencent) -> None:
    token = work_token(fake)
    send(fake, token=token)

    (entry,) = fake.log(SEND)
    assert entry["body"]["text"] == {"content": "签到"}
    assert entry["answer"]["errcode"] == 0
    assert entry["delivered"] == [{"place": "user", "to": "zhangsan"}]
    shown = json.dumps(fake.log())
    assert token not in shown
    assert "app-secret" not in shown
    assert fake.log(GETTOKEN)[0]["answer"]["access_token"] == entry["query"]["access_token"]


def test_the_log_notes_escaped_chinese(fake: FakeTencent) -> None:
    raw(fake, f"/qyapi{HOOK}", {"key": "key-branch1"}, json.dumps(HELLO).encode())
    hook(fake)

    assert [entry["escaped"] for entry in fake.log(HOOK)] == [True, False]


def test_counters_see_how_many_fetch_a_token_at_once(fake: FakeTencent) -> None:
    fake.fault(GETTOKEN, {"delay": 0.2}, times=3)

    with ThreadPoolExecutor(3) as pool:
        tokens = set(pool.map(work_token, [fake] * 3))

    assert len(tokens) == 1
    counters = fake.counters()
    assert counters["gettoken"] == {"app-secret": 3}
    assert counters["most_concurrent_gettoken"] == 3
    assert counters["calls"] == {GETTOKEN: 3}


def test_reset_brings_another_world(fake: FakeTencent) -> None:
    send(fake)
    fake.reset({"users": [{"userid": "u1", "name": "甲", "departments": [1]}], "token_length": 99})

    assert (fake.log(), fake.delivered()) == ([], [])
    assert len(work_token(fake)) == 99
    assert send(fake, touser="zhangsan")["errcode"] == 81013
    assert send(fake, touser="u1")["errcode"] == 0


# --- callbacks -------------------------------------------------------------------------------

TOKEN = "callback-token"
RECEIVE_IDS = {"work": "ww_test_corp", "aibot": ""}
FAST = Policy(timeout=0.3)


class Bot:
    """A tiny receiver: opens a callback and answers what the test told it to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.stamps: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.unsigned: list[bool] = []
        self.running = self.most_running = 0
        self.answer: Callable[[Json, str], tuple[int, str]] = lambda query, heard: (200, "")
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(self))
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def receiver(self, kind: Any) -> Receiver:
        url = f"http://127.0.0.1:{self.server.server_address[1]}/callback/{kind}"
        return Receiver(kind, url, TOKEN, KEY, RECEIVE_IDS.get(kind, "wx_test_app"))

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 5
        while len(self.heard) < count:
            assert time.monotonic() < end, f"heard {len(self.heard)} of {count}"
            time.sleep(0.01)

    def handle(self, kind: str, query: Json, body: bytes) -> tuple[int, str]:
        with self.lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            self.stamps.append((query["timestamp"], query["nonce"]))
            self.bodies.append(body)
            heard = self.open(kind, query, body)
            self.heard.append(heard)
        try:
            return self.answer(query, heard)
        finally:
            with self.lock:
                self.running -= 1

    def open(self, kind: str, query: Json, body: bytes) -> str:
        stamp = (TOKEN, query["timestamp"], query["nonce"])
        if kind.startswith("oa-"):
            assert crypto.is_signed(query["signature"], *stamp)
            assert query["openid"]
        if kind == "oa-plain":
            return body.decode()
        encrypted = json.loads(body)["encrypt"] if kind == "aibot" else ""
        encrypted = encrypted or read_xml(body.decode())["Encrypt"]
        assert crypto.is_signed(query["msg_signature"], *stamp, encrypted)
        return crypto.decrypt(KEY, encrypted, RECEIVE_IDS.get(kind, "wx_test_app"))

    def check(self, kind: str, query: Json) -> tuple[int, str]:
        if kind.startswith("oa-"):
            return 200, query["echostr"]
        return 200, crypto.decrypt(KEY, query["echostr"], RECEIVE_IDS[kind])


def make_handler(bot: Bot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*bot.check(*self.asked()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(*bot.handle(*self.asked(), body))

        def asked(self) -> tuple[str, Json]:
            parts = urlsplit(self.path)
            return parts.path.rpartition("/")[2], dict(parse_qsl(parts.query))

        def reply(self, status: int, text: str) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                pass  # the platform lost its patience

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def bot() -> Iterator[Bot]:
    receiving = Bot()
    yield receiving
    receiving.server.shutdown()
    receiving.server.server_close()


def xml_reply(heard: str, content: str, **changes: Any) -> str:
    fields = read_xml(heard)
    return to_xml(
        "xml",
        {
            "ToUserName": fields["FromUserName"],
            "FromUserName": fields["ToUserName"],
            "CreateTime": 1700000000,
            "MsgType": "text",
            "Content": content,
            **changes,
        },
    )


def sealed_xml(text: str, receive_id: str, token: str = TOKEN) -> str:
    encrypted = crypto.encrypt(KEY, text, receive_id)
    signature = crypto.sign(token, "1700000000", "77", encrypted)
    stamp = {"TimeStamp": 1700000000, "Nonce": "77"}
    return to_xml("xml", {"Encrypt": encrypted, "MsgSignature": signature, **stamp})


def sealed_json(query: Json, reply: Json, nonce: str = "", stamp: Any = 1700000000) -> str:
    nonce = nonce or query["nonce"]
    encrypted = crypto.encrypt(KEY, json.dumps(reply, ensure_ascii=False), "")
    signature = crypto.sign(TOKEN, str(stamp), nonce, encrypted)
    return json.dumps(
        {"encrypt": encrypted, "msgsignature": signature, "timestamp": stamp, "nonce": nonce}
    )


def slowly(seconds: float, text: str) -> tuple[int, str]:
    time.sleep(seconds)
    return 200, text


def stream(content: str, *, finish: bool = True) -> Json:
    return {"msgtype": "stream", "stream": {"id": "S1", "finish": finish, "content": content}}


@pytest.mark.parametrize("kind", ["work", "oa-safe", "oa-compat", "oa-plain"])
def test_a_text_reaches_the_bot_and_the_reply_comes_back(
    fake: FakeTencent, bot: Bot, kind: str
) -> None:
    receiver = bot.receiver(kind)

    def answer(_query: Json, heard: str) -> tuple[int, str]:
        reply = xml_reply(heard, "✓ 张三，已签到 ]]>")
        return 200, reply if kind == "oa-plain" else sealed_xml(reply, receiver.receive_id)

    bot.answer = answer
    delivery = fake.push(receiver, user="zhangsan", text="签到 ]]>")

    heard = read_xml(bot.heard[0])
    assert (heard["Content"], heard["MsgType"]) == ("签到 ]]>", "text")
    assert (heard["MsgId"], int(heard["CreateTime"])) == (delivery.msg_id, delivery.create_time)
    assert delivery.done
    assert read_xml(delivery.reply or "")["Content"] == "✓ 张三，已签到 ]]>"
    (copy,) = fake.delivered(user="zhangsan")
    assert (copy["via"], copy["content"]["Content"]) == ("passive", "✓ 张三，已签到 ]]>")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"image": "http://p/1"}, {"MsgType": "image", "PicUrl": "http://p/1"}),
        ({"voice": "签到"}, {"MsgType": "voice", "Recognition": "签到"}),
        ({"event": "subscribe"}, {"MsgType": "event", "Event": "subscribe", "EventKey": ""}),
        ({"event": "enter_agent"}, {"Event": "enter_agent"}),
        ({"event": "click", "event_key": "dues"}, {"Event": "click", "EventKey": "dues"}),
        ({"event": "SCAN", "event_key": "s1", "fields": {"Ticket": "T"}}, {"Ticket": "T"}),
    ],
)
def test_pictures_voices_and_events_reach_the_bot(
    fake: FakeTencent, bot: Bot, said: Json, expected: Json
) -> None:
    fake.push(bot.receiver("work"), user="lisi", **said)

    heard = read_xml(bot.heard[0])
    assert expected.items() <= heard.items()
    assert ("MsgId" in heard) == ("event" not in said)
    assert heard["AgentID"] == "1000002"


@pytest.mark.parametrize("stamp", [1700000000, "1700000000"])
def test_a_robot_in_a_group_hears_a_quote_and_answers(
    fake: FakeTencent, bot: Bot, stamp: int | str
) -> None:
    bot.answer = lambda query, heard: (200, sealed_json(query, stream("收到"), stamp=stamp))

    delivery = fake.push(
        bot.receiver("aibot"), user="lisi", chat="c1", text="@助手 统计", quote="#接龙\n1. 张三"
    )

    heard = json.loads(bot.heard[0])
    assert (heard["chattype"], heard["chatid"], heard["from"]) == (
        "group",
        "c1",
        {"userid": "lisi"},
    )
    assert heard["quote"] == {"msgtype": "text", "text": {"content": "#接龙\n1. 张三"}}
    assert json.loads(delivery.reply or "")["stream"]["content"] == "收到"
    assert [copy["via"] for copy in fake.delivered(chat="c1")] == ["passive"]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ({"text": "签到"}, {"msgtype": "text", "text": {"content": "签到"}}),
        ({"voice": "签到"}, {"msgtype": "voice", "voice": {"content": "签到"}}),
        ({"image": "http://p/1"}, {"msgtype": "image", "image": {"url": "http://p/1"}}),
        (
            {"mixed": ["看", {"msgtype": "image", "image": {"url": "http://p/1"}}]},
            {"msgtype": "mixed"},
        ),
        ({"event": "enter_chat"}, {"event": {"eventtype": "enter_chat"}}),
    ],
)
def test_a_robot_in_private_hears_everything(
    fake: FakeTencent, bot: Bot, said: Json, part: Json
) -> None:
    fake.push(bot.receiver("aibot"), user="lisi", **said)

    heard = json.loads(bot.heard[0])
    assert part.items() <= heard.items()
    assert heard["chattype"] == "single"
    assert ("response_url" in heard) == (said != {"event": "enter_chat"})


def test_a_robot_hears_no_voice_in_a_group(fake: FakeTencent, bot: Bot) -> None:
    with pytest.raises(ValueError, match="only hears text"):
        fake.push(bot.receiver("aibot"), user="lisi", chat="c1", voice="签到")


def test_a_response_url_is_good_for_one_answer(fake: FakeTencent, bot: Bot) -> None:
    for _ in range(2):
        fake.push(bot.receiver("aibot"), user="lisi", chat="c1", text="统计")
    urls = [urlsplit(json.loads(heard)["response_url"]) for heard in bot.heard]
    codes = [dict(parse_qsl(url.query)) for url in urls]
    path, answer = urls[0].path, {"msgtype": "markdown", "markdown": {"content": "**50**"}}
    card = {"msgtype": "template_card", "template_card": {"card_type": "text_notice"}}

    assert ask(fake, path, codes[0], card)["errcode"] == 40058
    assert ask(fake, path, codes[0], answer)["errcode"] == 0
    assert ask(fake, path, codes[0], answer)["errcode"] == 42022
    assert texts(fake.delivered(chat="c1")) == ["**50**"]
    fake.clock(advance=3601)
    assert ask(fake, path, codes[1], answer)["errcode"] == 40058


def test_an_unfinished_stream_is_asked_for(fake: FakeTencent, bot: Bot) -> None:
    def answer(query: Json, _heard: str) -> tuple[int, str]:
        return 200, sealed_json(query, stream("好", finish=len(bot.heard) == 3))

    bot.answer = answer
    delivery = fake.push(
        bot.receiver("aibot"), user="lisi", text="统计", policy=Policy(poll_every=0.05)
    )

    assert len(delivery.stream) == 2
    assert json.loads(bot.heard[2])["stream"] == {"id": "S1"}
    assert json.loads(delivery.reply or "")["stream"]["finish"] is True


@pytest.mark.parametrize("same_stamp", [True, False])
def test_a_callback_is_repeated_while_the_first_is_still_handled(
    fake: FakeTencent, bot: Bot, same_stamp: bool
) -> None:
    def answer(_query: Json, _heard: str) -> tuple[int, str]:
        time.sleep(0.8 if len(bot.heard) == 1 else 0)
        return 200, "success"

    bot.answer = answer
    policy = Policy(timeout=0.3, same_stamp=same_stamp)
    delivery = fake.push(bot.receiver("work"), user="lisi", text="签到", policy=policy)

    assert [attempt.error for attempt in delivery.attempts] == ["timeout", None]
    assert delivery.attempts[0].elapsed == pytest.approx(0.3, abs=0.2)
    assert (delivery.done, delivery.reply) == (True, "success")
    assert bot.most_running == 2
    assert bot.heard[0] == bot.heard[1]
    assert (len(set(bot.stamps)) == 1) == same_stamp
    assert (len(set(bot.bodies)) == 1) == same_stamp


def test_a_callback_is_given_up_after_its_tries(fake: FakeTencent, bot: Bot) -> None:
    bot.answer = lambda query, heard: (500, "")
    policy = Policy(spacing=0.1)
    started = time.monotonic()

    work_delivery = fake.push(bot.receiver("work"), user="lisi", text="签到", policy=policy)
    oa_delivery = fake.push(bot.receiver("oa-safe"), user="o_li", text="签到")

    assert time.monotonic() - started >= 0.2
    assert [attempt.status for attempt in work_delivery.attempts] == [500] * 3
    assert (work_delivery.done, work_delivery.user_saw) == (False, None)
    assert oa_delivery.user_saw == "该公众号暂时无法提供服务，请稍后再试"


def test_a_click_on_a_robot_card_is_answered_with_another_card(fake: FakeTencent, bot: Bot) -> None:
    card = {"response_type": "update_template_card", "template_card": {}}
    bot.answer = lambda query, heard: (200, sealed_json(query, card))
    click = {"event_key": "sign-in", "task_id": "T1"}

    delivery = fake.push(
        bot.receiver("aibot"), user="lisi", chat="c1", event="template_card_event", fields=click
    )

    assert json.loads(bot.heard[0])["event"]["template_card_event"] == click
    assert delivery.done


def test_a_click_on_a_robot_card_is_never_repeated(fake: FakeTencent, bot: Bot) -> None:
    bot.answer = lambda query, heard: (500, "")

    delivery = fake.push(bot.receiver("aibot"), user="lisi", event="template_card_event")

    assert len(delivery.attempts) == 1


BAD_WORK_REPLIES: dict[str, Callable[[str], str]] = {
    "json": lambda heard: '{"a": 1}',
    "plaintext": lambda heard: xml_reply(heard, "好"),
    "wrong token": lambda heard: sealed_xml(xml_reply(heard, "好"), "ww_test_corp", "other"),
    "wrong receive id": lambda heard: sealed_xml(xml_reply(heard, "好"), "other"),
    "wrong person": lambda heard: sealed_xml(
        xml_reply(heard, "好", ToUserName="x"), "ww_test_corp"
    ),
    "empty text": lambda heard: sealed_xml(xml_reply(heard, ""), "ww_test_corp"),
}


@pytest.mark.parametrize("make", BAD_WORK_REPLIES.values(), ids=BAD_WORK_REPLIES)
def test_a_bad_reply_is_not_accepted(
    fake: FakeTencent, bot: Bot, make: Callable[[str], str]
) -> None:
    bot.answer = lambda query, heard: (200, make(heard))

    delivery = fake.push(bot.receiver("work"), user="lisi", text="签到")

    assert not delivery.done
    assert [(attempt.error or "")[:9] for attempt in delivery.attempts] == ["bad reply"] * 3
    assert fake.delivered() == []


BAD_ROBOT_REPLIES: dict[str, Callable[[Json], str]] = {
    "own nonce": lambda query: sealed_json(query, stream("好"), nonce="own"),
    "plain text": lambda query: sealed_json(query, HELLO),
    "too long": lambda query: sealed_json(query, stream("x" * 20_481)),
    "XML": lambda query: "<xml></xml>",
}


@pytest.mark.parametrize("make", BAD_ROBOT_REPLIES.values(), ids=BAD_ROBOT_REPLIES)
def test_a_bad_robot_reply_is_not_accepted(
    fake: FakeTencent, bot: Bot, make: Callable[[Json], str]
) -> None:
    bot.answer = lambda query, heard: (200, make(query))

    assert not fake.push(bot.receiver("aibot"), user="lisi", text="签到").done


def test_a_duplicate_arrives_at_once(fake: FakeTencent, bot: Bot) -> None:
    bot.answer = lambda query, heard: slowly(
        0.2, sealed_xml(xml_reply(heard, "好"), "ww_test_corp")
    )

    deliveries = fake.duplicate(bot.receiver("work"), copies=3, user="lisi", text="签到")

    assert len({delivery.msg_id for delivery in deliveries}) == 1
    assert len(set(bot.heard)) == 1
    assert bot.most_running == 3
    assert len({delivery.reply for delivery in deliveries}) == 1
    assert len(fake.delivered(user="lisi")) == 1


def test_a_message_overtakes_another(fake: FakeTencent, bot: Bot) -> None:
    fake.hold(bot.receiver("work"), user="lisi", text="先说")
    assert bot.heard == []

    fake.push_all(bot.receiver("work"), user="lisi", text="后说")

    assert [read_xml(heard)["Content"] for heard in bot.heard] == ["后说", "先说"]


def test_two_events_fall_into_one_second(fake: FakeTencent, bot: Bot) -> None:
    events = [{"event": "subscribe"}, {"event": "click", "event_key": "dues"}]

    fake.same_second(bot.receiver("work"), events, user="lisi")

    first, second = (read_xml(heard) for heard in bot.heard)
    assert first["CreateTime"] == second["CreateTime"]
    assert first["Event"] != second["Event"]


def test_many_sign_in_at_once(fake: FakeTencent, bot: Bot) -> None:
    users = [f"member{n}" for n in range(50)]
    deliveries = fake.burst(bot.receiver("work"), users, copies=2, text="签到")

    assert len(deliveries) == len(bot.heard) == 100
    assert all(delivery.done for delivery in deliveries)
    assert {read_xml(heard)["FromUserName"] for heard in bot.heard} == set(users)
    assert len({delivery.msg_id for delivery in deliveries}) == 50


def test_a_replay_has_the_same_bytes(fake: FakeTencent, bot: Bot) -> None:
    first = fake.push(bot.receiver("work"), user="lisi", text="签到")
    fake.push(bot.receiver("work"), user="lisi", text="别的")
    fake.clock(advance=3600)

    fake.replay(bot.receiver("work"), msg_id=first.msg_id)

    assert bot.bodies[0] == bot.bodies[2]
    assert bot.stamps[0] == bot.stamps[2]


@pytest.mark.parametrize("kind", ["work", "aibot", "oa-safe", "oa-compat", "oa-plain"])
def test_an_address_is_verified(fake: FakeTencent, bot: Bot, kind: str) -> None:
    assert fake.verify(bot.receiver(kind)).ok


def test_an_address_is_verified_to_the_byte(
    fake: FakeTencent, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot, "check", lambda kind, query: (200, f'"{query["echostr"]}"\n'))

    checked = fake.verify(bot.receiver("oa-safe"))

    assert not checked.ok
    assert checked.body == f'"{checked.expected}"\n'


def test_an_address_is_verified_within_a_second(
    fake: FakeTencent, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot, "check", lambda kind, query: slowly(1.3, "x"))

    checked = fake.verify(bot.receiver("work"))

    assert (checked.ok, checked.error) == (False, "timeout")


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "file:///x"])
def test_nothing_outside_this_machine_is_called(fake: FakeTencent, url: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        fake.push(Receiver("oa-plain", url, TOKEN), user="o_li", text="你好", policy=FAST)


def test_nobody_listening_is_an_error_of_each_try(fake: FakeTencent) -> None:
    receiver = Receiver("oa-plain", "http://127.0.0.1:1/", TOKEN)

    delivery = fake.push(receiver, user="o_li", text="你好", policy=FAST)

    assert [attempt.error for attempt in delivery.attempts] == ["ConnectionRefusedError"] * 3
