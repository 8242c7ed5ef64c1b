"""An application over fakes, its test client, and the same application behind a real server."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.web.app import create_app
from bot.web.server import serve
from tests.web.fakes import SECRET, FakeConfig, FakeHealth, FakeRehearsal

Post = Callable[..., TestResponse]


@pytest.fixture
def rehearsal() -> FakeRehearsal:
    """Return an empty stage."""
    return FakeRehearsal()


@pytest.fixture
def health() -> FakeHealth:
    """Return a health that is fine."""
    return FakeHealth()


@pytest.fixture
def app(rehearsal: FakeRehearsal, health: FakeHealth) -> Flask:
    """Return the application with a rehearsal."""
    return create_app(FakeConfig(), health, secret_key=SECRET, rehearsal=rehearsal)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without scripts."""
    return app.test_client()


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Return a way to send a form of the rehearsal page, with the token that stands on it."""

    def send(path: str, **fields: str) -> TestResponse:
        token = token_of(client.get("/rehearsal").text)
        return client.post(path, data={"csrf_token": token, **fields})

    return send


def token_of(page: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@contextmanager
def serving(wsgi: WSGIApplication, *, threads: int = 4) -> Iterator[int]:
    """Serve from a thread of its own; the value is the port."""
    stop, ready, port = threading.Event(), threading.Event(), [0]

    def on_ready(number: int) -> None:
        port[0] = number
        ready.set()

    thread = threading.Thread(
        target=serve,
        args=(wsgi, "127.0.0.1", 0),
        kwargs={"stop": stop, "threads": threads, "on_ready": on_ready},
    )
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Return the address of the application behind a real server."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"
