"""What a person reads when something is refused or goes wrong."""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from bot.domain.errors import DomainError, Forbidden, NotFound

MOST_TYPED = 5000  # characters shown again
_SENTENCES = {
    400: "这个请求没看懂。请返回上一页再试一次。",
    403: "这一页要由有权限的同志来看。",
    404: "没有这个页面。地址可能写错了，或者页面已经挪走。",
    405: "这个地址不能直接打开。请从页面上的按钮进入。",
    413: "内容太大了，没有收下。请减少一些再试。",
    500: "我们这边出了问题，已经记下。请过一会儿再试。",
}
_STALE = (
    "这一页放得太久，或者浏览器没有保存登录信息，刚才的内容没有提交。请返回上一页，刷新后再试。"
)


def register(app: Flask) -> None:
    """Turn every error into a page in plain Chinese."""
    app.register_error_handler(DomainError, _show_refusal)
    app.register_error_handler(CSRFError, _show_stale)
    app.register_error_handler(HTTPException, _show_http_error)


def status_of(error: DomainError) -> int:
    """Return the HTTP status for something a person can put right."""
    if isinstance(error, Forbidden):
        return 403
    return 404 if isinstance(error, NotFound) else 400


def _show_refusal(error: DomainError) -> tuple[str, int]:
    return _page(status_of(error), error.sentence)


def _show_stale(_error: CSRFError) -> tuple[str, int]:
    return _page(400, _STALE)


def _show_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error  # a ready answer, such as a redirect
    sentence = _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])
    response = cast(Response, error.get_response())  # keeps its headers, such as Allow
    response.set_data(_page(status, sentence)[0])
    return response


def _page(status: int, sentence: str) -> tuple[str, int]:
    """Return an error page; what was typed stands on it, so that nothing is lost."""
    typed = "" if status == 413 else request.form.get("text", "")[:MOST_TYPED]
    return render_template("error.html", sentence=sentence, typed=typed), status
