"""Health, headers, error pages, cookies, form tokens."""

from __future__ import annotations

import logging
import sys

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect

from bot import __version__
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.services.ports import Readiness, Sample
from bot.web.app import MAX_UPLOAD, create_app
from tests.web.conftest import Post, token_of
from tests.web.fakes import SECRET, FakeConfig, FakeHealth, FakeRehearsal


def test_healthz_tells_that_the_process_lives_even_when_nothing_else_does(
    client: FlaskClient, health: FakeHealth
) -> None:
    health.error = OSError("database gone")

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": __version__}


def test_readyz_shows_every_check(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {
        "ok": True,
        "reasons": [],
        "checks": {"database": {"ok": True, "value": "正常"}},
    }
    assert "正常" in answer.text


def test_readyz_answers_503_when_a_check_fails(client: FlaskClient, health: FakeHealth) -> None:
    health.readiness = Readiness(
        ok=False, checks={"last_tick_age_s": (False, "900")}, reasons=("定时15分钟没有动静。",)
    )

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {
        "ok": False,
        "reasons": ["定时15分钟没有动静。"],
        "checks": {"last_tick_age_s": {"ok": False, "value": "900"}},
    }


def test_readyz_answers_503_when_the_check_itself_breaks(
    client: FlaskClient, health: FakeHealth
) -> None:
    health.error = OSError("database gone")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "database gone" not in answer.text


def test_metrics_are_the_numbers_behind(client: FlaskClient, health: FakeHealth) -> None:
    health.readiness = Readiness(
        ok=True,
        checks={
            "database": (True, "ok"),
            "migration": (True, "0013"),
            "last_tick_age_s": (True, "7"),
        },
    )
    answer = client.get("/metrics")

    assert answer.content_type.startswith("text/plain")
    lines = answer.text.splitlines()
    assert {"zhibu_ready 1.0", "zhibu_last_tick_age_s 7.0"} <= set(lines)
    assert "# TYPE zhibu_last_tick_age_s gauge" in lines
    assert "migration" not in answer.text


def test_metrics_carry_labels(client: FlaskClient, health: FakeHealth) -> None:
    health.numbers = [
        Sample("deliveries_lately", 3, (("state", "accepted"),)),
        Sample("deliveries_lately", 1, (("state", "refused"),)),
        Sample("plugin_faults", 2, (("package", "zhibu-duty"),)),
    ]

    lines = set(client.get("/metrics").text.splitlines())

    assert 'zhibu_deliveries_lately{state="accepted"} 3.0' in lines
    assert 'zhibu_deliveries_lately{state="refused"} 1.0' in lines
    assert 'zhibu_plugin_faults{package="zhibu-duty"} 2.0' in lines


def test_metrics_tell_that_the_check_itself_broke(client: FlaskClient, health: FakeHealth) -> None:
    health.error = OSError("database gone")

    assert "zhibu_ready 0.0" in client.get("/metrics").text


def test_without_the_client_of_prometheus_there_are_no_metrics(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/rehearsal", "/rehearsal/lines", "/healthz", "/readyz", "/nothing", "/static/zhibu.css"],
)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_are_not_stored_and_files_are(client: FlaskClient) -> None:
    assert client.get("/rehearsal").headers["Cache-Control"] == "no-store"
    assert client.get("/readyz").headers["Cache-Control"] == "no-store"
    assert client.get("/static/none.css").headers["Cache-Control"] == "no-store"
    assert "max-age" in client.get("/static/zhibu.css").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/rehearsal", "/nothing"])
def test_no_page_has_inline_script_or_style(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert 'lang="zh-CN"' in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick" not in page
    assert "<script>" not in page


def test_the_landing_page_links_the_rehearsal_where_there_is_one(client: FlaskClient) -> None:
    page = client.get("/").text

    assert 'href="/rehearsal"' in page
    assert "http://localhost/webhook/wecom" in page


def test_without_a_rehearsal_there_is_neither_link_nor_page(health: FakeHealth) -> None:
    config = FakeConfig("https://zhibu.example.cn/")
    client = create_app(config, health, secret_key=SECRET).test_client()

    page = client.get("/").text
    assert "/rehearsal" not in page
    assert "https://zhibu.example.cn/webhook/wecom" in page
    assert client.get("/rehearsal").status_code == 404
    assert client.get("/rehearsal/lines").status_code == 404


@pytest.mark.parametrize(
    ("public_url", "secure"), [("https://zhibu.example.cn", True), ("http://10.0.0.2", False)]
)
def test_the_cookie_is_kept_from_scripts_and_from_plain_http(
    rehearsal: FakeRehearsal, public_url: str, secure: bool
) -> None:
    app = create_app(FakeConfig(public_url), FakeHealth(), secret_key=SECRET, rehearsal=rehearsal)

    cookie = app.test_client().get("/rehearsal").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure


def test_a_form_works_over_https_although_browsers_send_no_referer(
    rehearsal: FakeRehearsal,
) -> None:
    config = FakeConfig("https://zhibu.example.cn")
    app = create_app(config, FakeHealth(), secret_key=SECRET, rehearsal=rehearsal)
    client = app.test_client()
    base = "https://zhibu.example.cn"
    token = token_of(client.get("/rehearsal", base_url=base).text)

    fields = {"csrf_token": token, "who": "li", "text": "签到"}
    answer = client.post("/rehearsal/say", data=fields, base_url=base)

    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/rehearsal/say", "/rehearsal/clock", "/rehearsal/restart"])
@pytest.mark.parametrize("token", [None, "", "forged"])
def test_a_form_without_its_token_does_nothing(
    client: FlaskClient, rehearsal: FakeRehearsal, path: str, token: str | None
) -> None:
    rehearsal.add("li", "李建国", "在")
    client.get("/rehearsal")
    fields = {"who": "li", "text": "签到<b>", "step": "ten"}

    answer = client.post(path, data=fields if token is None else {**fields, "csrf_token": token})

    assert answer.status_code == 400
    assert "没有提交" in answer.text
    assert "签到&lt;b&gt;</textarea>" in answer.text
    assert [line.text for line in rehearsal.lines] == ["在"]


@pytest.mark.parametrize("path", ["/rehearsal/say", "/rehearsal/clock", "/rehearsal/restart"])
def test_an_action_refuses_get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 405
    assert "不能直接打开" in answer.text
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_page_is_said_to_be_unknown_in_chinese(client: FlaskClient) -> None:
    answer = client.get("/<script>alert(1)</script>")

    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert "alert(1)" not in answer.text


def test_too_large_a_form_is_refused_in_chinese(client: FlaskClient) -> None:
    answer = client.post("/rehearsal/say", data={"text": "x" * MAX_UPLOAD})

    assert answer.status_code == 413
    assert "太大" in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DomainError("先选一个人。"), 400),
        (Forbidden("先问书记。"), 403),
        (NotFound("没有这个人。"), 404),
    ],
)
def test_a_refusal_becomes_a_page_with_its_sentence(
    app: Flask, client: FlaskClient, error: DomainError, status: int
) -> None:
    def refuse() -> str:
        raise error

    app.add_url_rule("/refuse", view_func=refuse)

    answer = client.get("/refuse")

    assert answer.status_code == status
    assert error.sentence in answer.text


def test_a_bug_becomes_a_page_without_detail_and_a_log_line_without_the_address(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(secret: str) -> str:
        raise RuntimeError(f"detail {len(secret)}")

    app.add_url_rule("/secrets/<secret>.ics", endpoint="secrets", view_func=fail)
    caplog.set_level(logging.ERROR)

    answer = client.get("/secrets/s3cret.ics")

    assert answer.status_code == 500
    assert "出了问题" in answer.text
    assert "detail" not in answer.text
    assert "page secrets failed" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(("status", "shown"), [(418, "没看懂"), (503, "出了问题")])
def test_any_other_error_is_worded_too(
    app: Flask, client: FlaskClient, status: int, shown: str
) -> None:
    class Strange(HTTPException):
        code = status

    def fail() -> str:
        raise Strange

    app.add_url_rule("/strange", view_func=fail)

    answer = client.get("/strange")

    assert answer.status_code == status
    assert shown in answer.text


def test_a_redirect_that_is_raised_stays_one(app: Flask, client: FlaskClient) -> None:
    class Moved(HTTPException):
        code = 308

    def move() -> str:
        raise Moved(response=redirect("/", 308))

    app.add_url_rule("/moved", view_func=move)

    assert client.get("/moved").headers["Location"] == "/"


def test_a_flash_says_once_that_all_began_anew(client: FlaskClient, post: Post) -> None:
    post("/rehearsal/restart")

    assert "已经从头开始" in client.get("/rehearsal").text
    assert "已经从头开始" not in client.get("/rehearsal").text
