"""Delivering one message to the bot: tries, repetitions, unfinished streams."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from tests.fake_tencent.callback_envelopes import new_nonce, seal
from tests.fake_tencent.callback_messages import new_msg_id, robot_head
from tests.fake_tencent.callback_replies import BadReply, open_reply, read_xml
from tests.fake_tencent.errors import Json
from tests.fake_tencent.exchange import exchange
from tests.fake_tencent.receivers import Policy, Receiver
from tests.fake_tencent.records import CallbackMessage, Copy, Outgoing
from tests.fake_tencent.world import World

UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"
_STREAM_SECONDS = 360
_NAP = 0.02


@dataclass(slots=True)
class Result:
    """How the delivery of one message went."""

    user: str
    msg_id: str
    create_time: int
    done: bool = False
    reply: str | None = None
    user_saw: str | None = None
    attempts: list[Json] = field(default_factory=list)
    stream: list[str] = field(default_factory=list)


def deliver(world: World, receiver: Receiver, message: CallbackMessage, policy: Policy) -> Result:
    """Bring a message to the bot, repeating it until it is answered well."""
    result = Result(message.user, message.msg_id, message.create_time)
    # A click on a robot's card is the one callback that is never repeated.
    once = receiver.kind == "aibot" and message.event == "template_card_event"
    sealed: Outgoing | None = None
    for number in range(1 if once else policy.tries):
        if number:
            time.sleep(policy.spacing)
        if sealed is None or not policy.same_stamp:
            sealed = seal(receiver, message, int(world.clock.now()), new_nonce())
        if attempt(world, receiver, message, sealed, policy.timeout, result):
            break
    _finish(world, receiver, message, policy, result)
    return result


def attempt(
    world: World,
    receiver: Receiver,
    message: CallbackMessage,
    sealed: Outgoing,
    timeout: float,
    result: Result,
) -> bool:
    """Send a callback once, note how it went, and tell whether it was answered well."""
    with world.lock:
        world.sent.append((receiver, message, sealed))
    got = exchange(sealed, timeout)
    note: Json = {"status": got.status, "elapsed": got.elapsed}
    note.update(timestamp=sealed.timestamp, nonce=sealed.nonce, error=got.error, reply=None)
    result.attempts.append(note)
    if got.error is None and got.status != 200:
        note["error"] = f"status {got.status}"
    if note["error"]:
        return False
    try:
        result.reply = note["reply"] = open_reply(receiver, message, sealed.nonce, got.body)
    except BadReply as error:
        note["error"] = f"bad reply: {error}"
        return False
    result.done = True
    return True


def _finish(
    world: World,
    receiver: Receiver,
    message: CallbackMessage,
    policy: Policy,
    result: Result,
) -> None:
    if not result.done and receiver.kind.startswith("oa-"):
        result.user_saw = UNAVAILABLE
    if receiver.kind == "aibot" and result.reply:
        _follow_stream(world, receiver, message, policy, result)
    if result.reply and result.reply != "success":
        with world.lock:
            # A callback that came twice is answered twice, but the person reads one reply [D].
            if message.plaintext not in world.answered:
                world.answered.add(message.plaintext)
                world.journal.copies.append(_copy(world, receiver, message, result.reply))


def _copy(world: World, receiver: Receiver, message: CallbackMessage, reply: str) -> Copy:
    """Return the passive reply as the person or the group sees it."""
    content = json.loads(reply) if receiver.kind == "aibot" else read_xml(reply)
    msgtype = content.get("msgtype") or content.get("MsgType") or content.get("response_type")
    copy = Copy("user", message.user, "passive", world.clock.now(), str(msgtype), content)
    if message.chat:
        copy.place, copy.to = "chat", message.chat
    return copy


def _stream_id(reply: str) -> str:
    """Return the id of a stream that goes on, or nothing."""
    stream = json.loads(reply).get("stream") or {}
    return "" if stream.get("finish", True) else str(stream["id"])


def _follow_stream(
    world: World,
    receiver: Receiver,
    message: CallbackMessage,
    policy: Policy,
    result: Result,
) -> None:
    """Ask for the rest of an unfinished stream, for six minutes at most."""
    started = asked_at = world.clock.now()
    while result.reply and (stream_id := _stream_id(result.reply)):
        while world.clock.now() < asked_at + policy.poll_every:
            time.sleep(_NAP)
        asked_at = world.clock.now()
        if asked_at - started > _STREAM_SECONDS:
            return
        question = _question(receiver, message, stream_id)
        sealed = seal(receiver, question, int(asked_at), new_nonce())
        poll = Result(message.user, question.msg_id, message.create_time)
        if attempt(world, receiver, question, sealed, policy.timeout, poll) and poll.reply:
            result.stream.append(poll.reply)
            result.reply = poll.reply


def _question(receiver: Receiver, message: CallbackMessage, stream_id: str) -> CallbackMessage:
    msg_id = new_msg_id(receiver)
    body = robot_head(receiver, msg_id, message.chat, message.user)
    body.update(msgtype="stream", stream={"id": stream_id})
    return CallbackMessage(
        message.user, json.dumps(body), message.create_time, msg_id, chat=message.chat
    )
