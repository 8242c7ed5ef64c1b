"""WeCom groups that an app created."""

from __future__ import annotations

import re
import secrets

from tests.fake_tencent import contents
from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.limits import DAY, MINUTE
from tests.fake_tencent.records import Chat, Copy
from tests.fake_tencent.wecom_recipients import visible

_CHATID = re.compile(r"[0-9A-Za-z]{1,32}")
_ROOT = 1
_NAME_MOST = 50
_FEWEST, _MOST = 2, 2000


def create(call: Call) -> Json:
    """Create a group of members."""
    app = call.app()
    if _ROOT not in app.departments:
        raise ApiError(48002)  # [D] the code
    body = call.json()
    chatid = str(body.get("chatid") or secrets.token_hex(16))
    if not _CHATID.fullmatch(chatid):
        raise ApiError(86001)
    if chatid in call.world.chats:
        raise ApiError(86215)
    members = [str(userid) for userid in body.get("userlist") or ()]
    chat = Chat(chatid, str(body.get("name") or ""), str(body.get("owner") or ""), members,
                app.agent_id)  # fmt: skip
    if not chat.owner and members:
        chat.owner = members[0]
    _check(call, chat)
    _count_creation(call)
    call.world.chats[chatid] = chat
    return ok(chatid=chatid)


def _check(call: Call, chat: Chat) -> None:
    if len(chat.name) > _NAME_MOST:
        raise ApiError(86004)
    if not _FEWEST <= len(chat.members) <= _MOST:
        raise ApiError(86006)
    if chat.owner not in chat.members:
        raise ApiError(86005)
    people = visible(call.world, call.app())
    if any(userid.lower() not in people for userid in chat.members):
        raise ApiError(86007)


def _count_creation(call: Call) -> None:
    limit = call.world.limits.chat_creations_per_day
    if not call.world.windows.take("appchat/create", limit, DAY, call.now):
        raise ApiError(45009)


def update(call: Call) -> Json:
    """Change name, owner or members of a group."""
    body = call.json()
    old = _chat(call, body.get("chatid"))
    gone = set(body.get("del_user_list") or ())
    members = [userid for userid in old.members if userid not in gone]
    members += [u for u in body.get("add_user_list") or () if u not in members]
    new = Chat(old.chatid, body.get("name") or old.name, body.get("owner") or old.owner, members,
               old.agent_id)  # fmt: skip
    _check(call, new)
    call.world.chats[new.chatid] = new
    return ok()


def get(call: Call) -> Json:
    """Return a group with its members."""
    chat = _chat(call, call.query("chatid"))
    info = {"chatid": chat.chatid, "name": chat.name, "owner": chat.owner}
    return ok(chat_info={**info, "userlist": chat.members})


def _chat(call: Call, chatid: object) -> Chat:
    if not chatid:
        raise ApiError(40050)
    if not _CHATID.fullmatch(str(chatid)):
        raise ApiError(86001)
    chat = call.world.chats.get(str(chatid))
    if chat is None:
        raise ApiError(86003)
    if chat.agent_id != call.app().agent_id:
        raise ApiError(86008)
    return chat


def send(call: Call) -> Json:
    """Send a message into a group; the answer has no msgid."""
    body = call.json()
    chat = _chat(call, body.get("chatid"))
    msgtype, content = contents.read(body, contents.CHAT_TYPES)
    if msgtype in contents.MEDIA_TYPES:
        call.world.get_media(content.get("media_id"), "corp")
    _count_person_times(call, chat)
    if msgtype in ("text", "markdown"):
        content["content"] = contents.cut(content["content"], contents.TEXT_BYTES)
    copy = Copy("chat", chat.chatid, "appchat", call.now, msgtype, content)
    copy.agent_id = chat.agent_id
    copy.members = [userid for userid in chat.members if _is_reached(call, chat, userid)]
    call.deliver(copy)
    return ok()


def _count_person_times(call: Call, chat: Chat) -> None:
    windows, most = call.world.windows, call.world.limits.chat_person_times_per_min
    if windows.count("appchat/send", MINUTE, call.now) + len(chat.members) > most:
        raise ApiError(45009)
    windows.add("appchat/send", call.now, len(chat.members))


def _is_reached(call: Call, chat: Chat, userid: str) -> bool:
    """Count a group message for a member; the excess is dropped silently."""
    key = ("appchat", chat.agent_id, userid)
    most = call.world.limits.chat_member_per_min
    return call.world.windows.take(key, most, MINUTE, call.now)


ROUTES = {
    "/cgi-bin/appchat/create": Route("POST", create),
    "/cgi-bin/appchat/update": Route("POST", update),
    "/cgi-bin/appchat/get": Route("GET", get),
    "/cgi-bin/appchat/send": Route("POST", send),
}
