"""What people do, in the words of the three kinds of callback."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.fake_tencent.errors import Json
from tests.fake_tencent.receivers import Receiver
from tests.fake_tencent.records import CallbackMessage, RobotCode
from tests.fake_tencent.world import World

_SILENT_EVENTS = ("enter_chat", "feedback_event")
_GROUP_TYPES = ("text", "mixed", "event")
_RESPONSE_PATH = "/qyapi/cgi-bin/aibot/response?response_code="


def build(world: World, receiver: Receiver, said: Json, create_time: int) -> CallbackMessage:
    """Put what was said or done into the platform's words.

    Args:
        said: `user` and one of text, image, voice, event (robots: mixed too), and for robots
            `chat` (the group) and `quote`; `msg_id` and `plaintext` are for special cases.

    Raises:
        ValueError: If there is nothing to say, or a robot would never hear it.
    """
    if receiver.kind == "aibot":
        return _robot_message(world, receiver, said, create_time)
    return _xml_message(receiver, said, create_time)


def new_msg_id(receiver: Receiver) -> str:
    """Return an id as the platform makes them: 64 bits, or for robots a base64 text."""
    if receiver.kind == "aibot":
        return secrets.token_urlsafe(18)
    return str(6_000_000_000_000_000_000 + secrets.randbelow(10**18))


def to_xml(name: str, value: Any) -> str:
    """Return an XML element; texts are CDATA, lists repeat the element."""
    if isinstance(value, list):
        return "".join(to_xml(name, entry) for entry in value)
    if isinstance(value, dict):
        inner = "".join(to_xml(key, entry) for key, entry in value.items())
        return f"<{name}>{inner}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"


def _xml_message(receiver: Receiver, said: Json, create_time: int) -> CallbackMessage:
    event = str(said.get("event") or "")
    # Events have no id on these platforms; user, second and event have to do.
    msg_id = "" if event else str(said.get("msg_id") or new_msg_id(receiver))
    work = receiver.kind == "work"
    fields: Json = {
        "ToUserName": receiver.receive_id if work else receiver.account,
        "FromUserName": said["user"],
        "CreateTime": create_time,
        **_xml_content(said),
        **({"MsgId": int(msg_id)} if msg_id else {}),
        **({"AgentID": receiver.agent_id} if work else {}),
        **(said.get("fields") or {}),
    }
    plaintext = said.get("plaintext") or to_xml("xml", fields)
    return CallbackMessage(said["user"], plaintext, create_time, msg_id, event)


def _xml_content(said: Json) -> Json:
    if "event" in said:
        key = said.get("event_key")
        return {"MsgType": "event", "Event": said["event"], "EventKey": key or ""}
    if "image" in said:
        return {"MsgType": "image", "PicUrl": said["image"], "MediaId": secrets.token_hex(16)}
    if "voice" in said:
        media = {"MediaId": secrets.token_hex(16), "Format": "amr"}
        return {"MsgType": "voice", **media, "Recognition": said["voice"]}
    if "text" in said:
        return {"MsgType": "text", "Content": said["text"]}
    if "plaintext" in said:
        return {}
    raise ValueError("a callback needs text, image, voice, event or plaintext")


def _robot_message(
    world: World, receiver: Receiver, said: Json, create_time: int
) -> CallbackMessage:
    chat, event = str(said.get("chat") or ""), str(said.get("event") or "")
    msg_id = str(said.get("msg_id") or new_msg_id(receiver))
    body = robot_head(receiver, msg_id, chat, said["user"])
    if event:
        body["create_time"] = create_time
    if event not in _SILENT_EVENTS:
        body["response_url"] = _response_url(world, chat, said["user"])
    body.update(_robot_content(said))
    if chat and body["msgtype"] not in _GROUP_TYPES:
        raise ValueError("in a group a robot only hears text and mixed")
    if "quote" in said:
        body["quote"] = _item(said["quote"])
    plaintext = said.get("plaintext") or json.dumps(body, ensure_ascii=False)
    return CallbackMessage(said["user"], plaintext, create_time, msg_id, event, chat)


def robot_head(receiver: Receiver, msg_id: str, chat: str, user: str) -> Json:
    """Return what every robot callback begins with."""
    where = {"chatid": chat, "chattype": "group"} if chat else {"chattype": "single"}
    return {"msgid": msg_id, "aibotid": receiver.robot_id, **where, "from": {"userid": user}}


def _response_url(world: World, chat: str, user: str) -> str:
    code = RobotCode(secrets.token_hex(16), chat, user, world.clock.now())
    world.robot_codes[code.code] = code
    return f"{world.base_url}{_RESPONSE_PATH}{code.code}"


def _robot_content(said: Json) -> Json:
    if "event" in said:
        name = said["event"]
        # The details of an event lie below its own name; enter_chat has none.
        event = {"eventtype": name, **({name: said["fields"]} if "fields" in said else {})}
        return {"msgtype": "event", "event": event}
    if "mixed" in said:
        items = [_item(entry) for entry in said["mixed"]]
        return {"msgtype": "mixed", "mixed": {"msg_item": items}}
    if "image" in said:
        return {"msgtype": "image", "image": {"url": said["image"]}}
    if "voice" in said:
        return {"msgtype": "voice", "voice": {"content": said["voice"]}}
    if "text" in said:
        return _item(said["text"])
    if "plaintext" in said:
        return {"msgtype": "text"}
    raise ValueError("a robot callback needs text, mixed, image, voice, event or plaintext")


def _item(entry: str | Json) -> Json:
    """Return a part of a message; a bare text stands for a text part."""
    if isinstance(entry, dict):
        return entry
    return {"msgtype": "text", "text": {"content": entry}}
