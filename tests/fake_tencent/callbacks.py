"""Pushing what people do to the bot, orderly or in the disorder of real life."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from tests.fake_tencent import oa_quota
from tests.fake_tencent.callback_delivery import Result, attempt, deliver
from tests.fake_tencent.callback_envelopes import check, new_nonce
from tests.fake_tencent.callback_messages import build
from tests.fake_tencent.errors import Json
from tests.fake_tencent.exchange import check_loopback, exchange
from tests.fake_tencent.receivers import Policy, Receiver
from tests.fake_tencent.records import CallbackMessage, Follower
from tests.fake_tencent.world import World

MODES = ("", "duplicate", "reorder", "same_second", "burst", "replay")
_VERIFY_SECONDS = 1.0
_OA_VERIFY_SECONDS = 5.0


def push(world: World, wanted: Json) -> Json:
    """Push callbacks as a control call describes them, and tell how each went.

    Raises:
        ValueError: If the description makes no sense.
    """
    receiver, mode = Receiver.read(wanted), wanted.get("mode", "")
    check_loopback(receiver.url)
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}")
    policy = Policy.read(wanted.get("policy") or {})
    if mode == "replay":
        return _shown(_replay(world, wanted.get("msg_id"), policy))
    messages = _messages(world, receiver, wanted, mode)
    if mode == "reorder":
        with world.lock:
            world.held.extend((receiver, message, policy) for message in messages)
        return {"held": len(messages), **_shown([])}
    if mode in ("duplicate", "burst"):
        return _shown(_at_once(world, receiver, messages, policy))
    results = [deliver(world, receiver, message, policy) for message in messages]
    return _shown(results + _release(world))


def _messages(world: World, receiver: Receiver, wanted: Json, mode: str) -> list[CallbackMessage]:
    """Return the messages of a push: each once, except copies."""
    said = [wanted]
    if mode == "same_second":
        said = [{**wanted, **other} for other in wanted["messages"]]
    if mode == "burst":
        said = [{**wanted, "user": user} for user in wanted["users"]]
    with world.lock:
        create_time = int(wanted.get("create_time") or world.clock.now())
        messages = [build(world, receiver, one, create_time) for one in said]
        for message in messages:
            _note(world, receiver, message)
    copies = int(wanted.get("copies", 2 if mode == "duplicate" else 1))
    return [message for message in messages for _ in range(copies)]


def _note(world: World, receiver: Receiver, message: CallbackMessage) -> None:
    """Let an Official Account know that a follower did something."""
    if not receiver.kind.startswith("oa-"):
        return
    now = world.clock.now()
    if message.event.lower() == "subscribe":
        world.followers.setdefault(message.user, Follower(message.user))
    follower = world.followers.get(message.user)
    if follower is None:
        return
    if message.event:
        oa_quota.note_event(follower, message.event, now)
    else:
        oa_quota.note_message(follower, now)


def _at_once(
    world: World, receiver: Receiver, messages: list[CallbackMessage], policy: Policy
) -> list[Result]:
    """Deliver all messages at the same moment."""
    barrier = threading.Barrier(len(messages))

    def run(message: CallbackMessage) -> Result:
        barrier.wait()
        return deliver(world, receiver, message, policy)

    with ThreadPoolExecutor(max_workers=len(messages)) as pool:
        return list(pool.map(run, messages))


def _release(world: World) -> list[Result]:
    """Deliver what was held back to be overtaken."""
    with world.lock:
        held, world.held = world.held, []
    return [deliver(world, receiver, message, policy) for receiver, message, policy in held]


def _replay(world: World, msg_id: str | None, policy: Policy) -> list[Result]:
    """Send the very bytes of an earlier callback again, once."""
    with world.lock:
        earlier = [sent for sent in world.sent if msg_id in (None, sent[1].msg_id)]
    if not earlier:
        raise ValueError("there is nothing to replay")
    receiver, message, sealed = earlier[-1]
    result = Result(message.user, message.msg_id, message.create_time)
    attempt(world, receiver, message, sealed, policy.timeout, result)
    return [result]


def _shown(results: list[Result]) -> Json:
    shown = [asdict(result) for result in results]
    return {"results": shown, "attempts": shown[0]["attempts"] if shown else []}


def push_in_background(world: World, receiver: Receiver, said: Json) -> None:
    """Push one callback without waiting for its answer."""
    message = build(world, receiver, said, int(world.clock.now()))
    arguments = (world, receiver, message, Policy())
    threading.Thread(target=deliver, args=arguments, daemon=True).start()


def verify(world: World, wanted: Json) -> Json:
    """Check the bot's address with a GET, to the byte and within the platform's time.

    Raises:
        ValueError: If the description makes no sense.
    """
    receiver = Receiver.read(wanted)
    echo = str(10**18 + secrets.randbelow(9 * 10**18))
    limit = _OA_VERIFY_SECONDS if receiver.kind.startswith("oa-") else _VERIFY_SECONDS
    got = exchange(check(receiver, int(world.clock.now()), new_nonce(), echo), limit)
    return {
        "ok": got.status == 200 and got.body == echo.encode(),
        "status": got.status,
        "elapsed": got.elapsed,
        "error": got.error,
        "expected": echo,
        "body": got.body.decode(errors="replace"),
    }
