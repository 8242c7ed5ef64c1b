"""How often the Official Account may write to a follower who did something."""

from __future__ import annotations

from tests.fake_tencent.errors import ApiError
from tests.fake_tencent.limits import HOUR, MINUTE
from tests.fake_tencent.records import Follower

_MESSAGE_SECONDS, _MESSAGE_TIMES = 48 * HOUR, 5
_EVENT_SECONDS, _EVENT_TIMES = MINUTE, 3
_OPENING_EVENTS = ("subscribe", "scan", "click", "view")


def note_message(follower: Follower, now: float) -> None:
    """Open the quota of a message. [D] A new message starts it anew, it does not add up."""
    follower.message_until = now + _MESSAGE_SECONDS
    follower.message_left = _MESSAGE_TIMES


def note_event(follower: Follower, event: str, now: float) -> None:
    """Open the quota of a follow, scan or menu click, and keep track of who follows."""
    name = event.lower()
    if name == "unsubscribe":
        follower.subscribed = False
    if name == "subscribe":
        follower.subscribed, follower.subscribed_at = True, now
    if name in _OPENING_EVENTS:
        follower.event_until = now + _EVENT_SECONDS
        follower.event_left = _EVENT_TIMES


def spend(follower: Follower, now: float) -> None:
    """Use one message of the quota, of the window that closes sooner first.

    Raises:
        ApiError: 45015 if no window is open, 45047 if all open ones are used up.
    """
    in_event, in_message = now < follower.event_until, now < follower.message_until
    if not follower.subscribed or not (in_event or in_message):
        raise ApiError(45015)
    if in_event and follower.event_left:
        follower.event_left -= 1
    elif in_message and follower.message_left:
        follower.message_left -= 1
    else:
        raise ApiError(45047)
