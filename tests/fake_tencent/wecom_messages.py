"""WeCom application messages: send, recall, update a card."""

from __future__ import annotations

import json
import secrets

from tests.fake_tencent import contents
from tests.fake_tencent.calls import Call, Route, integer
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.limits import DAY
from tests.fake_tencent.records import App, Copy, Message
from tests.fake_tencent.wecom_recipients import (
    Recipients,
    check_lists,
    is_dropped,
    resolve,
    visible,
)

_DUPLICATE_SECONDS = 1800
_DUPLICATE_MOST = 14_400
_RECALL_SECONDS = DAY
_CARD_SECONDS = 3 * DAY
_CHINA = 8 * 3600
_UPLOADS = "corp"


def send(call: Call) -> Json:
    """Deliver a message to members, departments and tags."""
    body, app = call.json(), call.app()
    lists = check_lists(body)
    _check_agent(body, app)
    msgtype, content = contents.read(body, contents.APP_TYPES)
    interval = _interval(body)
    recipients = resolve(call.world, app, lists)
    if msgtype in contents.MEDIA_TYPES:
        call.world.get_media(content.get("media_id"), _UPLOADS)
    _count_day(call, len(recipients.users))
    message = _new_message(call, app, msgtype, content)
    if not _is_duplicate(call, app, recipients, [msgtype, content], interval):
        _deliver(call, app, recipients, message, msgtype, content)
    return _answer(recipients, message)


def _check_agent(body: Json, app: App) -> None:
    agent_id = integer(body.get("agentid"))
    if agent_id is None:
        raise ApiError(41011)
    if agent_id != app.agent_id:
        raise ApiError(301002)


def _interval(body: Json) -> int:
    """Return the seconds in which a repetition is swallowed, 0 if it is not asked for."""
    interval = body.get("duplicate_check_interval", _DUPLICATE_SECONDS)
    if not isinstance(interval, int) or interval > _DUPLICATE_MOST:
        raise ApiError(40058)  # [D] the code
    return interval if body.get("enable_duplicate_check") == 1 else 0


def _count_day(call: Call, person_times: int) -> None:
    """Count against what the corp may send in a day of China. [D] 45009."""
    world = call.world
    day = ("day", int(call.now + _CHINA) // DAY)
    most = len(world.users) * world.limits.day_per_account
    if world.windows.count(day, 2 * DAY, call.now) + person_times > most:
        raise ApiError(45009)
    world.windows.add(day, call.now, person_times)


def _new_message(call: Call, app: App, msgtype: str, content: Json) -> Message:
    message = Message(f"M{secrets.token_hex(12)}", app.agent_id, call.now)
    if msgtype == "template_card" and content["card_type"] in contents.ANSWERABLE_CARDS:
        message.response_code = secrets.token_hex(16)
    call.world.messages[message.msgid] = message
    return message


def _is_duplicate(
    call: Call, app: App, recipients: Recipients, said: list[object], interval: int
) -> bool:
    # [D] Only messages that were sent with the check themselves are remembered.
    if not interval:
        return False
    everybody = sorted(recipients.users)
    key = json.dumps([app.agent_id, everybody, said], sort_keys=True)
    last = call.world.duplicates.get(key)
    if last is not None and call.now - last < interval:
        return True
    call.world.duplicates[key] = call.now
    return False


def _deliver(
    call: Call, app: App, recipients: Recipients, message: Message, msgtype: str, content: Json
) -> None:
    if msgtype in ("text", "markdown"):
        content["content"] = contents.cut(content["content"], contents.TEXT_BYTES)
    for userid in recipients.users:
        if not is_dropped(call, app, userid):
            copy = Copy("user", userid, "app", call.now, msgtype, content, message.msgid)
            copy.agent_id = app.agent_id
            call.deliver(copy)


def _answer(recipients: Recipients, message: Message) -> Json:
    answer = ok(msgid=message.msgid)
    lists = {
        "invaliduser": recipients.invalid_users,
        "invalidparty": recipients.invalid_parties,
        "invalidtag": recipients.invalid_tags,
        "unlicenseduser": recipients.unlicensed,
    }
    for name, names in lists.items():
        # [D] An empty list is absent or empty, so a client must cope with both.
        if names or secrets.randbelow(2):
            answer[name] = "|".join(names)
    if message.response_code:
        answer["response_code"] = message.response_code
    return answer


def recall(call: Call) -> Json:
    """Take a message back within a day."""
    message = call.world.messages.get(str(call.json().get("msgid")))
    mine = message is not None and message.agent_id == call.app().agent_id
    if message is None or not mine or call.now - message.sent_at > _RECALL_SECONDS:
        raise ApiError(40058)  # [D] the code
    for copy in call.world.journal.copies:
        if copy.msgid == message.msgid:
            copy.recalled = True
    return ok()


def update_template_card(call: Call) -> Json:
    """Change the button of a card, once within three days."""
    body, app = call.json(), call.app()
    _check_agent(body, app)
    code = str(body.get("response_code") or "")
    found = [m for m in call.world.messages.values() if code and m.response_code == code]
    if not found or found[0].agent_id != app.agent_id:
        raise ApiError(40058)  # [D] the code
    message = found[0]
    if message.used or call.now - message.sent_at > _CARD_SECONDS:
        raise ApiError(42022)
    message.used = True
    people = visible(call.world, app)
    wrong = [name for name in body.get("userids") or () if str(name).lower() not in people]
    return ok(invaliduser=wrong)


ROUTES = {
    "/cgi-bin/message/send": Route("POST", send),
    "/cgi-bin/message/recall": Route("POST", recall),
    "/cgi-bin/message/update_template_card": Route("POST", update_template_card),
}
