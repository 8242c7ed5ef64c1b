"""The signed and encrypted envelope, held against Tencent's own vectors and hostile input."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.envelope import Envelope, parameters, signature_of
from bot.config import ConfigError
from bot.domain.ports import Rejected
from tests.fake_tencent import crypto
from tests.unit.channels.platform import (
    AES_KEY,
    CORP,
    NOW,
    SECONDS,
    TOKEN,
    VECTORS,
    Delivery,
    encrypt_raw,
    frame,
    pad,
    vectors,
)

ENVELOPE = Envelope(TOKEN, AES_KEY, CORP)


def _open(delivery: Delivery, envelope: Envelope = ENVELOPE, now: datetime = NOW) -> str:
    sealed = delivery.sealed()
    return envelope.open(envelope.check(delivery.query(sealed), now), sealed)


@pytest.mark.parametrize("vector", vectors(""), ids=lambda vector: vector["id"])
def test_it_opens_every_vector(vector: dict[str, str]) -> None:
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])
    query = "&".join(f"{name}={vector[name]}" for name in ("msg_signature", "timestamp", "nonce"))
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)

    opened = envelope.open(envelope.check(query, then), vector["encrypt"])

    assert opened == vector["plaintext"]


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if "signature" in each], ids=lambda vector: vector["id"]
)
def test_it_makes_the_signature_of_every_vector(vector: dict[str, str]) -> None:
    values = (vector[name].encode() for name in ("token", "timestamp", "nonce"))

    assert signature_of(*values) == vector["signature"]


@pytest.mark.parametrize("vector", vectors("wecom-sample-v", "wecom-py-sample-v"))
@pytest.mark.parametrize("escape", [quote, str], ids=["转义", "加号原样"])
def test_a_url_check_gives_the_exact_echostr(vector: dict[str, str], escape: type) -> None:
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])
    query = "&".join(f"{name}={vector[name]}" for name in ("msg_signature", "timestamp", "nonce"))
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)

    answer = envelope.verify(f"{query}&echostr={escape(vector['encrypt'])}", then)

    assert answer == vector["plaintext"].encode()
    assert "+" in vector["encrypt"]


def test_a_url_check_needs_its_echostr() -> None:
    delivery = Delivery("", CORP)

    with pytest.raises(Rejected):
        ENVELOPE.verify(delivery.query(delivery.sealed()), NOW)


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.sampled_from(["", CORP]))
def test_what_is_sealed_opens_for_the_platform_and_for_us(text: str, receive_id: str) -> None:
    envelope = Envelope(TOKEN, AES_KEY, receive_id)

    sealed = envelope.seal(text, SECONDS, "nonce0")

    assert crypto.decrypt(AES_KEY, sealed.encrypt, receive_id) == text
    assert crypto.is_signed(sealed.signature, TOKEN, str(SECONDS), "nonce0", sealed.encrypt)
    assert _open(Delivery(text, receive_id, encrypt=sealed.encrypt), envelope) == text


def test_every_answer_has_its_own_nonce_and_ciphertext() -> None:
    first, second = ENVELOPE.seal("好", SECONDS), ENVELOPE.seal("好", SECONDS)

    assert first.nonce != second.nonce
    assert first.encrypt != second.encrypt


GOOD = Delivery("签到", CORP)
MESSAGE = "签到".encode()
FRAME = frame(MESSAGE, CORP)
PADDED = pad(FRAME)

HOSTILE = {
    "签名不对": replace(GOOD, signature="0" * 40),
    "签名不是ASCII": replace(GOOD, signature="签" * 40),
    "签名为空": replace(GOOD, signature=""),
    "签名大写": replace(GOOD, signature="A" * 40),
    "时间太早": replace(GOOD, timestamp=str(SECONDS - 601)),
    "时间太晚": replace(GOOD, timestamp=str(SECONDS + 601)),
    "时间为空": replace(GOOD, timestamp=""),
    "时间不是数": replace(GOOD, timestamp="abc"),
    "时间是小数": replace(GOOD, timestamp=f"{SECONDS}.0"),
    "时间带正号": replace(GOOD, timestamp=f"+{SECONDS}"),
    "时间是全角": replace(GOOD, timestamp="１７７３６２６４００"),
    "时间前面有零": replace(GOOD, timestamp=f"0{SECONDS}"),
    "时间极长": replace(GOOD, timestamp="9" * 5000),
    "随机串为空": replace(GOOD, nonce=""),
    "不是base64": replace(GOOD, encrypt="***"),
    "base64带空格": replace(GOOD, encrypt=" " + encrypt_raw(PADDED)),
    "base64带换行": replace(GOOD, encrypt=encrypt_raw(PADDED) + "\n"),
    "base64没有等号": replace(GOOD, encrypt=encrypt_raw(PADDED).rstrip("=")),
    "base64多出一段": replace(GOOD, encrypt=encrypt_raw(PADDED) + "AAAA"),
    "密文为空": replace(GOOD, encrypt=""),
    "密文不是ASCII": replace(GOOD, encrypt="签到"),
    "不满一块": replace(GOOD, encrypt="AAAA"),
    "填充为0": replace(GOOD, encrypt=encrypt_raw(PADDED[:-1] + b"\0")),
    "填充为33": replace(GOOD, encrypt=encrypt_raw(FRAME[:20] + b"\x21" * 44)),
    "填充为200": replace(GOOD, encrypt=encrypt_raw(PADDED[:-1] + b"\xc8")),
    "填充不一致": replace(GOOD, encrypt=encrypt_raw(PADDED[:-2] + b"\0" + PADDED[-1:])),
    "填充吃掉长度": replace(GOOD, encrypt=encrypt_raw(b"\x20" * 32)),
    "只有一块": replace(GOOD, encrypt=encrypt_raw(b"\x10" * 16)),
    "长度溢出": replace(GOOD, encrypt=encrypt_raw(pad(frame(MESSAGE, CORP, length=2**32 - 1)))),
    "长度多一": replace(GOOD, encrypt=encrypt_raw(pad(frame(MESSAGE, CORP, length=7)))),
    "长度算进填充": replace(GOOD, encrypt=encrypt_raw(pad(frame(MESSAGE, CORP, length=30)))),
    "不是UTF-8": replace(GOOD, encrypt=encrypt_raw(pad(frame(b"\xff\xfe", CORP)))),
    "收件方不对": replace(GOOD, receive_id="ww0000000000000000"),
    "收件方为空": replace(GOOD, receive_id=""),
    "收件方大小写": replace(GOOD, receive_id=CORP.upper()),
    "收件方多一字": replace(GOOD, receive_id=CORP + "0"),
}


@pytest.mark.parametrize("delivery", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_rejects(delivery: Delivery) -> None:
    with pytest.raises(Rejected) as refusal:
        _open(delivery)

    assert 400 <= refusal.value.status < 500
    assert TOKEN not in refusal.value.reason


@pytest.mark.parametrize("seconds", [-600, 600])
def test_the_window_is_ten_minutes_inclusive(seconds: int) -> None:
    assert _open(replace(GOOD, timestamp=str(SECONDS + seconds))) == "签到"


def test_a_receive_id_of_nothing_is_compared_too() -> None:
    with pytest.raises(Rejected):
        _open(GOOD, Envelope(TOKEN, AES_KEY, ""))


def test_the_window_can_be_narrowed() -> None:
    envelope = Envelope(TOKEN, AES_KEY, CORP, window=timedelta(minutes=5))

    with pytest.raises(Rejected):
        _open(replace(GOOD, timestamp=str(SECONDS - 301)), envelope)


QUERIES = {
    "空": "",
    "缺签名": "timestamp=1&nonce=1",
    "重复": "{query}&nonce=nonce0",
    "重复且为空": "{query}&nonce=",
    "换个写法重复": "{query}&n%6fnce=nonce0",
    "别的参数重复": "{query}&a=1&a=2",
    "断的转义": "{query}&a=%ff",
    "不是ASCII": "{query}&a=签",
    "太长": "{query}&a=" + "1" * 9000,
}


@pytest.mark.parametrize("form", QUERIES.values(), ids=QUERIES.keys())
def test_it_rejects_the_query(form: str) -> None:
    query = GOOD.query(GOOD.sealed())

    with pytest.raises(Rejected):
        ENVELOPE.check(form.format(query=query), NOW)


def test_a_plus_stands_for_itself() -> None:
    assert parameters("a=1+2%2B3&b=&c") == {"a": "1+2+3", "b": "", "c": ""}


@given(st.text(max_size=100), st.text(max_size=80))
def test_nothing_but_rejected_is_ever_raised(query: str, encrypt: str) -> None:
    signed = GOOD.query(GOOD.sealed())
    for each in (query, f"{signed}&{query}"):
        try:
            stamp = ENVELOPE.check(each, NOW)
            ENVELOPE.open(stamp, encrypt)
        except Rejected:
            pass


@given(st.binary(max_size=160).map(lambda data: data[: len(data) // 16 * 16]))
def test_no_decrypted_bytes_break_it(data: bytes) -> None:
    with suppress(Rejected):
        _open(replace(GOOD, encrypt=encrypt_raw(data)))


@pytest.mark.parametrize(
    "key", ["", AES_KEY[:-1], AES_KEY + "A", "签" * 43, "*" * 43, AES_KEY + "="]
)
def test_a_wrong_key_is_told_at_start(key: str) -> None:
    with pytest.raises(ConfigError, match="aes_key") as problem:
        Envelope(TOKEN, key, CORP)

    assert key == "" or key not in str(problem.value)
