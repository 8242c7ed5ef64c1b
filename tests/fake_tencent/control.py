"""What a test may do to the fake platform."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from tests.fake_tencent import callbacks
from tests.fake_tencent.errors import OA, Json
from tests.fake_tencent.receivers import Receiver
from tests.fake_tencent.world import World


def clock(world: World, wanted: Json) -> Json:
    """Move the fake clock."""
    if "set" in wanted:
        world.clock.set(float(wanted["set"]))
    world.clock.advance(float(wanted.get("advance", 0)))
    return {"now": world.clock.now()}


def log(world: World, wanted: Json) -> Json:
    """Return the requests to an endpoint, or all."""
    return {"entries": world.journal.log(wanted.get("endpoint", ""))}


def delivered(world: World, wanted: Json) -> Json:
    """Return what a user, chat or webhook key received."""
    for place in ("user", "chat", "key"):
        if place in wanted:
            return {"copies": world.journal.delivered(place, wanted[place])}
    return {"copies": world.journal.delivered("", "")}


def counters(world: World, _wanted: Json) -> Json:
    """Return how often everything was called."""
    return world.journal.counters()


def revoke(world: World, wanted: Json) -> Json:
    """Make the live tokens of a secret invalid at once."""
    tokens = [t for t in world.tokens.values() if t.secret == wanted["secret"]]
    for token in tokens:
        token.revoked_as = int(wanted.get("as") or (40001 if token.base == OA else 40014))
    return {"revoked": len(tokens)}


def address(world: World, wanted: Json) -> Json:
    """Allow or refuse the caller's address."""
    world.address_allowed = bool(wanted["allow"])
    return {}


def limits(world: World, wanted: Json) -> Json:
    """Change what is allowed per minute, hour and day."""
    world.limits.change(wanted)
    return {}


def fault(world: World, wanted: Json) -> Json:
    """Script misbehaviour, or end all of it with `{"clear": true}`."""
    if wanted.get("clear"):
        world.faults.clear()
        return {}
    world.faults.add(wanted["endpoint"], int(wanted.get("times", 1)), wanted["do"])
    return {}


def webhook(world: World, wanted: Json) -> Json:
    """Change the state of a webhook: ok, disabled, absent or removed."""
    world.hooks[wanted["key"]].state = wanted["state"]
    return {}


def consent(world: World, wanted: Json) -> Json:
    """Let a follower agree to some subscription messages of a template."""
    key = (wanted["openid"], wanted["template_id"])
    world.consents[key] = world.consents.get(key, 0) + int(wanted.get("times", 1))
    return {}


def oauth(world: World, wanted: Json) -> Json:
    """Play the browser of somebody who logs in."""
    code = secrets.token_urlsafe(32)
    who = (wanted.get("userid", ""), wanted.get("external", ""))
    world.oauth_codes[code] = (*who, world.clock.now())
    return {"code": code}


def receiver(world: World, wanted: Json) -> Json:
    """Set where the Official Account reports on its template messages."""
    world.oa_receiver = Receiver.read(wanted)
    return {}


QUICK: dict[str, Callable[[World, Json], Json]] = {
    "clock": clock,
    "log": log,
    "delivered": delivered,
    "counters": counters,
    "revoke": revoke,
    "ip": address,
    "limits": limits,
    "fault": fault,
    "webhook": webhook,
    "consent": consent,
    "oauth": oauth,
    "receiver": receiver,
}
"""Done under the world's lock."""

SLOW: dict[str, Callable[[World, Json], Json]] = {
    "push": callbacks.push,
    "verify": callbacks.verify,
}
"""These call the bot, which may call back meanwhile; they lock only for moments."""


def run(world: World, name: str, wanted: Json) -> Json | None:
    """Run a control call, or return None for one that does not exist."""
    if name in SLOW:
        return SLOW[name](world, wanted)
    if name not in QUICK:
        return None
    with world.lock:
        return QUICK[name](world, wanted)
