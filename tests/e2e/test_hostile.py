"""Whatever an attacker sends to the served bot: a refusal or silence, never 5xx, never an effect."""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.e2e.conftest import MakePlace
from tests.e2e.served import CORP, Place, Process, request
from tests.e2e.street import Branch
from tests.e2e.talking import words
from tests.fake_tencent import Receiver, crypto

MANY = 1024 * 1024
SAFE = ("wecom", "wecom2", "robot", "mp")
ALL = (*SAFE, "mp2")
SILENT = "silent"
"""Authentic, but nothing for us: acknowledged with nothing to read."""


@pytest.fixture(scope="module")
def place(make_place: MakePlace) -> Place:
    """Return the installation that is attacked."""
    return make_place(5)


@pytest.fixture(scope="module")
def bot(place: Place) -> Iterator[Process]:
    """Return the receiving process; nothing happens by itself in it."""
    with Process(place, "web") as process:
        yield process


@dataclass(frozen=True, slots=True)
class Attack:
    """One request, right in everything that is not changed.

    Attributes:
        text: The decrypted message; None for what an honest member would send.
        sealed: Where the message is encrypted; made from `text` unless given.
        query: Replaces the query string.
    """

    receiver: Receiver
    text: str | None = None
    sealed: str | None = None
    body: bytes | None = None
    query: str | None = None
    stamp: str = ""
    nonce: str = "1234567890"
    method: str = "POST"
    path: str | None = None

    def shot(self) -> tuple[str, str, bytes]:
        """Return method, path with query, and body."""
        stamp = self.stamp or str(int(time.time()))
        text = honest(self.receiver) if self.text is None else self.text
        sealed = self.sealed
        if sealed is None:
            sealed = seal(self.receiver, text)
        body = outer(self.receiver, sealed, text) if self.body is None else self.body
        query = self.query
        if query is None:
            query = urlencode(stamped(self.receiver, stamp, self.nonce, sealed))
        path = self.path or "/webhook/" + self.receiver.url.rpartition("/")[2]
        return self.method, f"{path}?{query}" if query else path, body


def honest(receiver: Receiver, **fields: Any) -> str:
    """Return the plaintext of a member who signs in; fields replace or, as None, drop."""
    seconds, number = int(time.time()), str(6_000_000_000_000_000_000 + time.monotonic_ns())
    if receiver.kind == "aibot":
        said = {
            "msgid": number,
            "aibotid": "bot1",
            "chattype": "single",
            "from": {"userid": Branch(1).account("zhang")},
            "msgtype": "text",
            "text": {"content": "签到"},
        }
        return json.dumps({k: v for k, v in {**said, **fields}.items() if v is not None})
    work = receiver.kind == "work"
    whole = {
        "ToUserName": receiver.receive_id if work else receiver.account,
        "FromUserName": Branch(1).account("zhang") if work else Branch(1).openid("zhang"),
        "CreateTime": seconds,
        "MsgType": "text",
        "Content": "签到",
        "MsgId": number,
        **({"AgentID": receiver.agent_id} if work else {}),
        **fields,
    }
    inner = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in whole.items() if v is not None)
    return f"<xml>{inner}</xml>"


def seal(receiver: Receiver, text: str, receive_id: str | None = None) -> str:
    """Encrypt a text for an endpoint, or leave it where the endpoint has no key."""
    if not receiver.aes_key:
        return ""
    return crypto.encrypt(
        receiver.aes_key, text, receiver.receive_id if receive_id is None else receive_id
    )


def seal_bytes(receiver: Receiver, framed: bytes) -> str:
    """Encrypt any bytes, in whole blocks, as they are."""
    key = base64.b64decode(receiver.aes_key + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(framed) + encryptor.finalize()).decode()


def frame(receiver: Receiver, text: bytes, *, length: int | None = None, pad: int = 0) -> bytes:
    """Return an unencrypted frame with a false length or padding."""
    size = len(text) if length is None else length
    whole = os.urandom(16) + size.to_bytes(4, "big") + text + receiver.receive_id.encode()
    missing = 32 - len(whole) % 32
    return whole + bytes([pad or missing]) * missing


def outer(receiver: Receiver, sealed: str, text: str) -> bytes:
    """Return the body that carries a sealed message."""
    if receiver.kind == "aibot":
        return json.dumps({"encrypt": sealed}).encode()
    if receiver.kind == "oa-plain":
        return text.encode()
    to = receiver.receive_id if receiver.kind == "work" else receiver.account
    agent = "" if receiver.kind != "work" else f"<AgentID>{receiver.agent_id}</AgentID>"
    return f"<xml><ToUserName>{to}</ToUserName>{agent}<Encrypt>{sealed}</Encrypt></xml>".encode()


def stamped(receiver: Receiver, stamp: str, nonce: str, sealed: str) -> dict[str, str]:
    """Return the parameters of an honest query."""
    token = receiver.token
    query = {"timestamp": stamp, "nonce": nonce}
    if receiver.kind.startswith("oa"):
        query["signature"] = crypto.sign(token, stamp, nonce)
        query["openid"] = "o_zhang_1"
    if receiver.kind == "oa-safe":
        query["encrypt_type"] = "aes"
    if receiver.kind != "oa-plain":
        query["msg_signature"] = crypto.sign(token, stamp, nonce, sealed)
    return query


# --- the table -----------------------------------------------------------------------------------


def now(seconds: int = 0) -> str:
    return str(int(time.time()) + seconds)


def with_query(each: Receiver, change: Callable[[str], str]) -> Attack:
    """Change the finished query string of an otherwise honest delivery."""
    text = honest(each)
    sealed = seal(each, text)
    query = urlencode(stamped(each, now(), "1234567890", sealed))
    return Attack(each, text=text, sealed=sealed, query=change(query))


def with_parameter(each: Receiver, **changed: str | None) -> Attack:
    """Change parameters of an otherwise honest delivery; None drops one."""
    text = honest(each)
    sealed = seal(each, text)
    query = {**stamped(each, now(), "1234567890", sealed), **changed}
    kept = urlencode({name: value for name, value in query.items() if value is not None})
    return Attack(each, text=text, sealed=sealed, query=kept)


def signature_name(each: Receiver) -> str:
    """Return the parameter whose signature counts."""
    return "signature" if each.kind == "oa-plain" else "msg_signature"


def spoilt_signature(each: Receiver, spoil: Callable[[str], str]) -> Attack:
    """Change the signature that counts."""
    text = honest(each)
    sealed = seal(each, text)
    name = signature_name(each)
    good = stamped(each, now(), "1234567890", sealed)
    query = urlencode({**good, name: spoil(good[name])})
    return Attack(each, text=text, sealed=sealed, query=query)


def with_body(each: Receiver, make: Callable[[str], bytes]) -> Attack:
    """Change the body around an honest sealed message."""
    sealed = seal(each, honest(each))
    return Attack(each, sealed=sealed, body=make(sealed))


def in_wrapper(each: Receiver, before: str, inside: str = "", after: str = "") -> Attack:
    """Put markup around the honest body of an XML endpoint."""
    text = honest(each)
    sealed = seal(each, text)
    plain = each.kind == "oa-plain"
    inner = text.removeprefix("<xml>").removesuffix("</xml>")
    inner = inner if plain else f"<Encrypt>{sealed}</Encrypt>"
    body = f"{before}<xml>{inside}{inner}</xml>{after}".encode()
    return Attack(each, text=text, sealed=sealed, body=body)


LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

# What works alike against every way in: the id, the attack.
EVERYWHERE: dict[str, Callable[[Receiver], Attack]] = {
    "没有参数": lambda r: Attack(r, query=""),
    "没有签名": lambda r: with_parameter(r, **{signature_name(r): None}),
    "签名为空": lambda r: with_parameter(r, **{signature_name(r): ""}),
    "签名改一位": lambda r: spoilt_signature(r, lambda s: ("0" if s[0] != "0" else "1") + s[1:]),
    "签名截短": lambda r: spoilt_signature(r, lambda s: s[:-1]),
    "签名加长": lambda r: spoilt_signature(r, lambda s: s + "0"),
    "签名大写": lambda r: spoilt_signature(r, str.upper),
    "签名是中文": lambda r: spoilt_signature(r, lambda s: "签名" * 20),
    "签名带空字节": lambda r: spoilt_signature(r, lambda s: s[:-1] + "\0"),
    "别的令牌签的": lambda r: with_query(replace(r, token="SomebodyElses"), str),
    "没有时间": lambda r: with_parameter(r, timestamp=None),
    "没有随机数": lambda r: with_parameter(r, nonce=None),
    "换了随机数": lambda r: with_parameter(r, nonce="999"),
    "换了时间": lambda r: with_parameter(r, timestamp=now(-1)),
    "时间过期": lambda r: Attack(r, stamp=now(-660)),
    "时间在将来": lambda r: Attack(r, stamp=now(660)),
    "时间是零": lambda r: Attack(r, stamp="0"),
    "时间是负数": lambda r: Attack(r, stamp="-" + now()),
    "时间是小数": lambda r: Attack(r, stamp=now() + ".0"),
    "时间带加号": lambda r: Attack(r, stamp="+" + now()),
    "时间带前导零": lambda r: Attack(r, stamp="0" + now()),
    "时间带空格": lambda r: Attack(r, stamp=f" {now()}"),
    "时间是全角数字": lambda r: Attack(r, stamp=now().translate({48 + n: 0xFF10 + n for n in range(10)})),
    "时间是毫秒": lambda r: Attack(r, stamp=now() + "000"),
    "时间有一千位": lambda r: Attack(r, stamp="1" * 1000),
    "时间是字母": lambda r: Attack(r, stamp="1e9"),
    "签名给两次": lambda r: with_query(r, lambda q: q + f"&{signature_name(r)}=x"),
    "时间给两次": lambda r: with_query(r, lambda q: q + f"&timestamp={now()}"),
    "随机数给两次": lambda r: with_query(r, lambda q: "nonce=1234567890&" + q),
    "转义后给两次": lambda r: with_query(r, lambda q: q + "&%6eonce=1234567890"),
    "无关参数给两次": lambda r: with_query(r, lambda q: q + "&a=1&a=2"),
    "转义坏了": lambda r: with_query(r, lambda q: q.replace("nonce=1", "nonce=%ff%fe1")),
    "转义只有一半": lambda r: with_query(r, lambda q: q.replace("nonce=1", "nonce=%1")),
    "转义两遍": lambda r: with_query(r, lambda q: q.replace("nonce=1", "nonce=%2531")),
    "查询串里是空字节": lambda r: with_query(r, lambda q: q.replace("nonce=1", "nonce=%001")),
    "查询串里是原样中文": lambda r: with_query(r, lambda q: q + "&名=值"),
    "查询串很长": lambda r: with_query(r, lambda q: q + "&a=" + "x" * 20_000),
    "查询串有一万个参数": lambda r: with_query(r, lambda q: q + "".join(f"&a{n}=" for n in range(8000))),
    "分号当分隔": lambda r: with_query(r, lambda q: q.replace("&", ";")),
    "参数在正文里": lambda r: with_query(r, lambda q: "").__class__(r, query="", body=b"timestamp=1&nonce=1"),
    "正文为空": lambda r: with_body(r, lambda s: b""),
    "正文是垃圾": lambda r: with_body(r, lambda s: bytes(range(256)) * 8),
    "正文全是空字节": lambda r: with_body(r, lambda s: b"\0" * 4096),
    "正文是UTF-16": lambda r: with_body(r, lambda s: f"<xml><Encrypt>{s}</Encrypt></xml>".encode("utf-16")),
    "正文超过1MB": lambda r: with_body(r, lambda s: b" " * MANY + outer(r, s, honest(r))),
    "正文有17MB": lambda r: with_body(r, lambda s: b"<" * (17 * MANY)),
    "PUT方法": lambda r: Attack(r, method="PUT"),
    "DELETE方法": lambda r: Attack(r, method="DELETE"),
    "PATCH方法": lambda r: Attack(r, method="PATCH"),
    "HEAD方法": lambda r: Attack(r, method="HEAD", body=b""),
    "怪方法": lambda r: Attack(r, method="BREW"),
    "消息当网址验证": lambda r: Attack(r, method="GET", body=b""),
    "地址多一个斜杠": lambda r: Attack(r, path=f"/webhook/{r.url.rpartition('/')[2]}/"),
    "地址带点点": lambda r: Attack(r, path=f"/static/../webhook/{r.url.rpartition('/')[2]}x"),
    "地址大写": lambda r: Attack(r, path=f"/WEBHOOK/{r.url.rpartition('/')[2]}"),
    "地址带空字节": lambda r: Attack(r, path=f"/webhook/{r.url.rpartition('/')[2]}%00"),
    "地址是中文": lambda r: Attack(r, path="/webhook/" + quote("企业微信")),
}  # fmt: skip

# Against the ways in that are encrypted.
SEALED: dict[str, Callable[[Receiver], Attack]] = {
    "直接发明文": lambda r: Attack(r, body=honest(r).encode()),
    "密文为空": lambda r: Attack(r, sealed=""),
    "密文不是base64": lambda r: Attack(r, sealed="签到！！"),
    "密文带换行": lambda r: Attack(r, sealed=seal(r, honest(r))[:-4] + "\n" + seal(r, honest(r))[-4:]),
    "密文少一块": lambda r: Attack(r, sealed=base64.b64encode(os.urandom(15)).decode()),
    "密文是随机块": lambda r: Attack(r, sealed=base64.b64encode(os.urandom(64)).decode()),
    "密文只有一块": lambda r: Attack(r, sealed=seal_bytes(r, bytes([16]) * 16)),
    "密文被调包": lambda r: Attack(r, body=outer(r, seal(r, honest(r)), ""), sealed=seal(r, honest(r))),
    "填充是零": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode())[:-1] + b"\0")),
    "填充是33": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode())[:-1] + b"\x21")),
    "填充是255": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode(), pad=255))),
    "填充不一致": lambda r: Attack(r, sealed=seal_bytes(r, os.urandom(64)[:-2] + b"\x07\x08")),
    "长度超过全文": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode(), length=2**31))),
    "长度是最大数": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode(), length=2**32 - 1))),
    "长度少一": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode(), length=len(honest(r).encode()) - 1))),
    "长度是零": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, honest(r).encode(), length=0))),
    "明文不是UTF-8": lambda r: Attack(r, sealed=seal_bytes(r, frame(r, b"\xff\xfe" * 20))),
    "接收方是别人": lambda r: Attack(r, sealed=seal(r, honest(r), "ww_other_corp")),
    "接收方多一个字": lambda r: Attack(r, sealed=seal(r, honest(r), r.receive_id + "x")),
    "接收方大小写不同": lambda r: Attack(r, sealed=seal(r, honest(r), (r.receive_id or "a").upper())),
    "别人的密钥": lambda r: Attack(r, sealed=seal(replace(r, aes_key="A" * 43), honest(r))),
    "只给signature": lambda r: with_parameter(r, msg_signature=None, signature=crypto.sign(r.token, now(), "1234567890")),
}  # fmt: skip

# Against the ways in that speak XML.
XML: dict[str, Callable[[Receiver], Attack]] = {
    "十亿大笑": lambda r: in_wrapper(r, LAUGHS, "<a>&j;</a>"),
    "外部实体": lambda r: in_wrapper(r, OUTSIDE, "<a>&x;</a>"),
    "文档类型声明": lambda r: in_wrapper(r, "<!DOCTYPE xml>"),
    "嵌套很深": lambda r: in_wrapper(r, "", "<a>" * 50_000 + "</a>" * 50_000),
    "一层没关上": lambda r: in_wrapper(r, "", "<a>"),
    "根不对": lambda r: in_wrapper(r, "<html>", "", "</html>"),
    "两个根": lambda r: in_wrapper(r, "", "", "<xml><a>1</a></xml>"),
    "元素给两次": lambda r: in_wrapper(r, "", "<FromUserName>x</FromUserName><FromUserName>y</FromUserName>"),
    "十万个元素": lambda r: in_wrapper(r, "", "".join(f"<a{n}/>" for n in range(60_000)) + "<a1/>"),
    "未定义实体": lambda r: in_wrapper(r, "", "<a>&nbsp;</a>"),
    "正文是JSON": lambda r: with_body(r, lambda s: json.dumps({"encrypt": s}).encode()),
}  # fmt: skip

ROBOT: dict[str, Callable[[Receiver], Attack]] = {
    "机器人正文是XML": lambda r: with_body(r, lambda s: f"<xml><Encrypt>{s}</Encrypt></xml>".encode()),
    "机器人encrypt两个": lambda r: with_body(r, lambda s: f'{{"encrypt":"{s}","encrypt":"{s}"}}'.encode()),
    "机器人encrypt是列表": lambda r: with_body(r, lambda s: json.dumps({"encrypt": [s]}).encode()),
    "机器人encrypt是数": lambda r: with_body(r, lambda s: b'{"encrypt":1}'),
    "机器人正文是列表": lambda r: with_body(r, lambda s: json.dumps([{"encrypt": s}]).encode()),
    "机器人正文是NaN": lambda r: with_body(r, lambda s: f'{{"encrypt":"{s}","a":NaN}}'.encode()),
    "机器人嵌套很深": lambda r: with_body(r, lambda s: f'{{"encrypt":"{s}","a":{"[" * 100_000}'.encode() + b"]" * 100_000 + b"}"),
    "机器人嵌套十七层": lambda r: with_body(r, lambda s: f'{{"encrypt":"{s}","a":{"[" * 17}'.encode() + b"]" * 17 + b"}"),
    "机器人数字很长": lambda r: with_body(r, lambda s: f'{{"encrypt":"{s}","a":{"9" * 10_000}}}'.encode()),
}  # fmt: skip

OFFICIAL: dict[str, Callable[[Receiver], Attack]] = {
    "兼容模式": lambda r: with_body(r, lambda s: honest(r).replace("</xml>", f"<Encrypt>{s}</Encrypt></xml>").encode()),
    "两个Encrypt": lambda r: with_body(r, lambda s: f"<xml><Encrypt>{s}</Encrypt><Encrypt>{s}</Encrypt></xml>".encode()),
    "Encrypt藏在里层": lambda r: with_body(r, lambda s: f"<xml><a><Encrypt>{s}</Encrypt></a></xml>".encode()),
    "加密类型raw": lambda r: with_parameter(r, encrypt_type="raw"),
    "加密类型没写": lambda r: with_parameter(r, encrypt_type=None),
    "加密类型大写": lambda r: with_parameter(r, encrypt_type="AES"),
    "加密类型给两次": lambda r: with_query(r, lambda q: q + "&encrypt_type=raw"),
    "明文加旧签名": lambda r: replace(with_parameter(r, encrypt_type="raw", msg_signature=None), body=honest(r).encode()),
    "明文加两个签名": lambda r: replace(with_parameter(r, encrypt_type=None), body=honest(r).encode()),
}  # fmt: skip

PLAIN: dict[str, Callable[[Receiver], Attack]] = {
    "明文入口收到加密类型": lambda r: with_parameter(r, encrypt_type="aes"),
    "明文入口不是UTF-8": lambda r: with_body(r, lambda s: b"<xml><a>\xff</a></xml>"),
}

# Authentic, and still nothing for us: acknowledged without a word, so that nobody tries again.
ONLY_SILENCE: dict[str, tuple[str, Callable[[Receiver], Attack]]] = {
    "应用编号不对": ("wecom", lambda r: Attack(r, text=honest(r, AgentID=1000003))),
    "没有应用编号": ("wecom", lambda r: Attack(r, text=honest(r, AgentID=None))),
    "企业不对": ("wecom", lambda r: Attack(r, text=honest(r, ToUserName="ww_other"))),
    "企业没写": ("wecom2", lambda r: Attack(r, text=honest(r, ToUserName=None))),
    "机器人不对": ("robot", lambda r: Attack(r, text=honest(r, aibotid="bot2"))),
    "机器人没写": ("robot", lambda r: Attack(r, text=honest(r, aibotid=None))),
    "应用没有发件人": ("wecom", lambda r: Attack(r, text=honest(r, FromUserName=None))),
    "公众号没有发件人": ("mp", lambda r: Attack(r, text=honest(r, FromUserName=""))),
    "机器人没有发件人": ("robot", lambda r: Attack(r, text=honest(r, **{"from": {}}))),
    "发件人是系统": ("wecom", lambda r: Attack(r, text=honest(r, FromUserName="sys"))),
    "发件人很长": ("mp", lambda r: Attack(r, text=honest(r, FromUserName="o" * 5000))),
    "消息号没写": ("mp", lambda r: Attack(r, text=honest(r, MsgId=None))),
    "消息号很长": ("robot", lambda r: Attack(r, text=honest(r, msgid="9" * 500))),
    "消息号是数组": ("robot", lambda r: Attack(r, text=honest(r, msgid=["1"]))),
    "发送时间是字母": ("wecom", lambda r: Attack(r, text=honest(r, CreateTime="昨天"))),
    "发送时间很大": ("mp", lambda r: Attack(r, text=honest(r, CreateTime="9" * 30))),
    "没见过的类型": ("mp", lambda r: Attack(r, text=honest(r, MsgType="hologram"))),
    "机器人没见过的类型": ("robot", lambda r: Attack(r, text=honest(r, msgtype="hologram"))),
    "群没有编号": ("robot", lambda r: Attack(r, text=honest(r, chattype="group"))),
    "里面是十亿大笑": ("wecom", lambda r: Attack(r, text=honest(r).replace("<xml>", LAUGHS + "<xml>"))),
    "里面嵌套很深": ("mp", lambda r: Attack(r, text=f"<xml>{'<a>' * 9}{'</a>' * 9}</xml>")),
    "里面不是XML": ("wecom2", lambda r: Attack(r, text="签到")),
    "里面不是JSON": ("robot", lambda r: Attack(r, text="签到")),
    "里面是空的": ("mp", lambda r: Attack(r, text="")),
    "里面两个发件人": ("wecom", lambda r: Attack(r, text=honest(r).replace("<FromUserName>", "<FromUserName>x</FromUserName><FromUserName>"))),
    "明文没有发件人": ("mp2", lambda r: Attack(r, text=honest(r, FromUserName=None))),
}  # fmt: skip

TABLE: list[tuple[str, str, Callable[[Receiver], Attack]]] = [
    *((name, way, make) for name, make in EVERYWHERE.items() for way in ALL),
    *((name, way, make) for name, make in SEALED.items() for way in SAFE),
    *((name, way, make) for name, make in XML.items() for way in ("wecom", "mp", "mp2")),
    *((name, "robot", make) for name, make in ROBOT.items()),
    *((name, "mp", make) for name, make in OFFICIAL.items()),
    *((name, "mp2", make) for name, make in PLAIN.items()),
]


def test_the_attacks_would_work_if_they_were_honest(place: Place, bot: Process) -> None:
    before = place.counts()["inbound"]

    statuses = {name: fire(place, Attack(each))[0] for name, each in place.receivers().items()}

    assert set(statuses.values()) == {200}
    assert place.counts()["inbound"] == before + len(ALL)


@pytest.mark.parametrize("attack", sorted({name for name, _, _ in TABLE}))
def test_it_is_refused_without_a_word_and_without_an_effect(
    place: Place, bot: Process, attack: str
) -> None:
    before, ways = place.counts(), place.receivers()
    shots = [(way, make) for name, way, make in TABLE if name == attack]

    answers = {way: fire(place, make(ways[way])) for way, make in shots}

    assert {way: status for way, (status, _) in answers.items() if not 400 <= status < 500} == {}
    if not attack.startswith("地址"):
        assert {way: body for way, (_, body) in answers.items() if body} == {}
    assert place.counts() == before


@pytest.mark.parametrize("attack", ONLY_SILENCE)
def test_it_is_acknowledged_in_silence_and_without_an_effect(
    place: Place, bot: Process, attack: str
) -> None:
    before = place.counts()
    way, make = ONLY_SILENCE[attack]

    status, body = fire(place, make(place.receivers()[way]))

    assert (status, body) in ((200, b""), (200, b"success"))
    assert place.counts() == before


@pytest.mark.parametrize("way", ALL)
def test_the_check_of_the_address_tells_nobody_anything(
    place: Place, bot: Process, way: str
) -> None:
    each = place.receivers()[way]
    name = "signature" if each.kind.startswith("oa") else "msg_signature"
    echo = "12345" if each.kind.startswith("oa") else seal(each, "12345")
    covered = () if each.kind.startswith("oa") else (echo,)

    def check(stamp: str, token: str = each.token, **more: str) -> tuple[int, bytes]:
        signed = crypto.sign(token, stamp, "7", *covered)
        query = {name: signed, "timestamp": stamp, "nonce": "7", "echostr": echo, **more}
        return request(place.port, "GET", f"/webhook/{way}?{urlencode(query)}")

    refused = [
        check(now(), token="SomebodyElses"),
        check(now(-660)),
        check(now(660)),
        check(now(), nonce="8"),
        check(now(), timestamp=now(-1)),
        request(place.port, "GET", f"/webhook/{way}"),
        request(place.port, "GET", f"/webhook/{way}?echostr=12345"),
    ]

    assert check(now()) == (200, b"12345")
    assert {status // 100 for status, _ in refused} == {4}
    assert {body for _, body in refused} == {b""}


@pytest.mark.parametrize("way", SAFE)
def test_a_delivery_of_another_way_in_opens_nothing(place: Place, bot: Process, way: str) -> None:
    before, ways = place.counts(), place.receivers()

    statuses = {
        other: fire(place, Attack(ways[other], path=f"/webhook/{way}"))[0]
        for other in ALL
        if other != way
    }

    assert {status // 100 for status in statuses.values()} == {4}, statuses
    assert place.counts() == before


@pytest.mark.parametrize("way", ALL)
def test_what_was_valid_once_does_nothing_a_second_time(
    place: Place, bot: Process, way: str
) -> None:
    shot = Attack(place.receivers()[way]).shot()
    first = send(place, *shot)
    before = place.counts()

    again = [send(place, *shot) for _ in range(3)]

    assert first[0] == 200
    assert {status for status, _ in again} == {200}
    assert place.counts() == before


@pytest.mark.parametrize("way", ALL)
def test_what_was_valid_once_is_refused_when_the_window_is_over(
    place: Place, bot: Process, way: str
) -> None:
    before = place.counts()

    at_the_edge = fire(place, Attack(place.receivers()[way], stamp=now(-590)))
    late = fire(place, Attack(place.receivers()[way], stamp=now(-601)))

    assert (at_the_edge[0], late[0]) == (200, 403)
    assert place.counts()["inbound"] == before["inbound"] + 1


# --- below HTTP ----------------------------------------------------------------------------------

CRAZY: dict[str, bytes] = {
    "长度说多了": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nshort",
    "长度说少了": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabcdefgh",
    "长度两个": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\nabcdefgh",
    "长度是负数": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "长度是字母": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "长度很长": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "没有长度": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "分块又给长度": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "分块坏了": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "分块很大": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
    "分块正文": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "没听过的编码": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "只听过一半的编码": b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "头很长": b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "头里有换行": b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nX: a\n\tb\r\n\r\n",
    "头没有冒号": b"POST /webhook/wecom HTTP/1.1\r\nHost x\r\n\r\n",
    "头里有空字节": b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    "地址不是ASCII": "POST /webhook/企业?签=到 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode(),
    "地址是坏网址": b"POST http://[::1/webhook/wecom HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "地址是别的主机": b"POST http://example.org/webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "地址是星号": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "代理请求": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
    "协议是乱码": b"POST /webhook/wecom HTP/9\r\n\r\n",
    "版本是2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "不是HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    "方法小写": b"post /webhook/wecom HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "只有换行": b"\r\n\r\n\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("attack", CRAZY)
def test_no_bytes_on_the_wire_bring_5xx_or_an_effect(
    place: Place, bot: Process, attack: str
) -> None:
    before = place.counts()

    told = talk(place.port, CRAZY[attack])

    statuses = [line.split()[1] for line in told.split(b"\r\n") if line.startswith(b"HTTP/")]
    assert all(status.startswith(b"4") for status in statuses), told[:200]
    assert place.counts() == before
    assert bot.status("/healthz") == 200


def test_senders_that_dawdle_keep_nobody_waiting(place: Place, bot: Process) -> None:
    head = b"POST /webhook/wecom?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nhalf"
    dawdling = [socket.create_connection(("127.0.0.1", place.port)) for _ in range(100)]
    for number, connection in enumerate(dawdling):
        connection.sendall(head if number % 2 else head[:20])
    zhang = Branch(2).account("zhang")

    try:
        delivery = place.fake.push(place.receivers()["wecom"], user=zhang, text="签到")
    finally:
        for connection in dawdling:
            connection.close()

    assert words(delivery) == "现在没有要签到的会。"
    assert len(delivery.attempts) == 1
    assert delivery.attempts[0].elapsed < 2


def test_a_storm_of_nonsense_stops_no_honest_message(place: Place, bot: Process) -> None:
    before, wecom = place.counts(), place.receivers()["wecom"]
    wild = [make for name, way, make in TABLE if way == "wecom" and "17MB" not in name][:60]

    with ThreadPoolExecutor(8) as pool:
        storm = [pool.submit(fire, place, make(wecom)) for make in wild]
        said = words(place.fake.push(wecom, user=Branch(2).account("sun"), text="签到"))
    statuses = {each.result()[0] for each in storm}

    assert said == "现在没有要签到的会。"
    assert {status // 100 for status in statuses} == {4}
    assert place.counts()["inbound"] == before["inbound"] + 1


def test_nothing_broke_and_nothing_leaked_in_the_log(place: Place, bot: Process) -> None:
    for name, way, make in TABLE:
        if "MB" not in name:
            fire(place, make(place.receivers()[way]))

    told = bot.told()

    assert "Traceback" not in told
    assert '"level": "error"' not in told
    assert '"outcome": "broken"' not in told
    for leak in ("msg_signature", "1234567890", "签到", "zhang-1", "o_zhang_1", "<xml>", CORP):
        assert leak not in told


# --- helpers -------------------------------------------------------------------------------------


def fire(place: Place, attack: Attack) -> tuple[int, bytes]:
    """Send an attack and return status and body."""
    return send(place, *attack.shot())


def send(place: Place, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Send one request as raw bytes, since no client library would."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    told = talk(place.port, head.encode() + body, within=10)
    line, _, rest = told.partition(b"\r\n")
    assert line.startswith(b"HTTP/1."), (method, path[:200], told[:200])
    return int(line.split()[1]), rest.partition(b"\r\n\r\n")[2]


def talk(port: int, data: bytes, within: float = 0.5) -> bytes:
    """Send bytes, and return what comes back until the other side closes or time is up."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=within) as connection:
        try:
            connection.sendall(data)
        except ConnectionError:
            pass  # it had seen enough; its answer is there all the same
        try:
            while part := connection.recv(65536):
                told += part
        except (ConnectionError, TimeoutError):
            pass
    return told
