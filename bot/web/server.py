"""The HTTP server: waitress, embedded, so that scheduler and dispatcher share its process."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from threading import Event
from time import monotonic
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.proxy_headers import proxy_headers_middleware
from waitress.server import BaseWSGIServer, create_server

MAX_BODY = 16 * 1024 * 1024  # bytes; pages take spreadsheets, the webhook has its own limit
_BLINK = 0.25  # seconds until a stop is noticed
_PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}

_Sockets = dict[int, Any]  # of waitress's dispatchers; its stubs say sockets

log = logging.getLogger(__name__)


class _Parser(HTTPRequestParser):
    def parse_header(self, header_plus: bytes) -> None:
        """Refuse with 400 what waitress answers with 501, or not at all and with an error logged.

        Those are a Transfer-Encoding that it does not know, and an address such as `http://[::1/`.
        """
        try:
            super().parse_header(header_plus)
        except (TransferEncodingNotImplemented, ValueError):
            raise ParsingError("Bad header") from None


class _Channel(HTTPChannel):
    parser_class = _Parser


def serve(
    wsgi: WSGIApplication,
    host: str,
    port: int,
    *,
    stop: Event,
    threads: int = 8,
    on_ready: Callable[[int], None] | None = None,
    trusted_proxies: Sequence[str] = (),
    patience: float = 20.0,
) -> None:
    """Serve until told to stop, then finish the requests in flight and return.

    Args:
        port: 0 takes any free one.
        stop: Set by the caller, for example on SIGTERM.
        threads: Requests worked on at once.
        on_ready: Called with the port as soon as connections are accepted.
        trusted_proxies: Addresses or networks whose `X-Forwarded-…` headers count; those of
            everybody else are dropped.
        patience: Seconds that requests in flight may take after the stop.

    Raises:
        OSError: The address cannot be listened on.
    """
    # Its warnings come by the thousand under load; the queue's length is no news then.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    sockets: _Sockets = {}
    server = _start(behind_proxies(wsgi, trusted_proxies), listener, threads, sockets)
    try:
        if on_ready is not None:
            on_ready(listener.getsockname()[1])
        while not stop.is_set():
            _turn(sockets, _BLINK)
        _drain(server, sockets, monotonic() + patience)
    finally:
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets, ignore_all=True)


def behind_proxies(wsgi: WSGIApplication, trusted: Sequence[str]) -> WSGIApplication:
    """Return a WSGI callable that believes `X-Forwarded-…` headers of trusted proxies only.

    Args:
        trusted: Addresses or networks, such as `127.0.0.1` or `10.0.0.0/8`.

    Raises:
        ValueError: One of them is neither.
    """
    networks = [ip_network(each) for each in trusted]
    believing: WSGIApplication = proxy_headers_middleware(
        wsgi, trusted_proxy="*", trusted_proxy_headers=_PROXY_HEADERS
    )
    doubting: WSGIApplication = proxy_headers_middleware(wsgi)

    @lru_cache(maxsize=1024)
    def is_trusted(address: str) -> bool:
        return any(ip_address(address) in network for network in networks)

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = believing if networks and is_trusted(environ["REMOTE_ADDR"]) else doubting
        return chosen(environ, start_response)

    return choose


def _start(
    wsgi: WSGIApplication, listener: socket.socket, threads: int, sockets: _Sockets
) -> BaseWSGIServer:
    server = create_server(
        wsgi,
        map=sockets,
        sockets=[listener],
        threads=threads,
        ident="",
        # Half-sent requests cost a file handle each, so allow many and drop them soon.
        connection_limit=1000,
        channel_timeout=30,
        cleanup_interval=5,
        asyncore_use_poll=True,
        max_request_body_size=MAX_BODY,
        max_request_header_size=64 * 1024,
        clear_untrusted_proxy_headers=False,  # `behind_proxies` does it
    )
    # Otherwise a worker sends head and body by itself, in a tug-of-war with the main loop over the
    # interpreter lock: measured with 16 clients, 2 to 20 times slower, and p99 300 ms instead of 6.
    server.adj.send_bytes = 18_000
    single = cast(BaseWSGIServer, server)  # one socket makes one server
    single.channel_class = _Channel
    return single


def _turn(sockets: _Sockets, timeout: float) -> None:
    wasyncore.loop(timeout=timeout, use_poll=True, map=sockets, count=1)


def _drain(server: BaseWSGIServer, sockets: _Sockets, until: float) -> None:
    """Stop listening, let requests that arrived in full be answered, close the rest."""
    _turn(sockets, 0)
    wasyncore.dispatcher.close(server)  # the listening socket only; answers need its trigger
    while (busy := _close_idle(sockets)) and monotonic() < until:
        _turn(sockets, 0.05)
    if busy:
        log.warning("stopped with %d requests unanswered", busy)


def _close_idle(sockets: _Sockets) -> int:
    """Close connections without a request in flight; return how many are left."""
    connections = [each for each in sockets.values() if isinstance(each, HTTPChannel)]
    idle = [each for each in connections if not (each.requests or each.total_outbufs_len)]
    for connection in idle:
        connection.handle_close()
    return len(connections) - len(idle)
