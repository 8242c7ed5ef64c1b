"""Whom an app message is for, and who of them gets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fake_tencent.calls import Call, integer
from tests.fake_tencent.errors import ApiError, Json
from tests.fake_tencent.limits import HOUR, MINUTE
from tests.fake_tencent.records import App, User
from tests.fake_tencent.world import World

_MOST = {"touser": (1000, 40032), "toparty": (100, 82002), "totag": (100, 82003)}


@dataclass(slots=True)
class Recipients:
    """The people a message reaches, and the names that were wrong."""

    users: dict[str, User] = field(default_factory=dict)
    unlicensed: list[str] = field(default_factory=list)
    invalid_users: list[str] = field(default_factory=list)
    invalid_parties: list[str] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)

    def add(self, user: User) -> None:
        """Add a person once. [D] A member without a licence is named and left out."""
        if not user.active:
            if user.userid not in self.unlicensed:
                self.unlicensed.append(user.userid)
            return
        self.users[user.userid] = user


def visible(world: World, app: App) -> dict[str, User]:
    """Return who is in the visible range of an app, by userid in lower case."""
    reached = _with_children(world, app.departments)
    return {userid: user for userid, user in world.users.items() if reached & set(user.departments)}


def _with_children(world: World, roots: Iterable[int]) -> set[int]:
    """Return departments and all below them; a parent has the smaller number."""
    reached = set(roots)
    for number in sorted(world.departments):
        if world.departments[number].parent in reached:
            reached.add(number)
    return reached


def check_lists(body: Json) -> dict[str, list[str]]:
    """Return the three lists of recipients.

    Raises:
        ApiError: 82001 if all are empty, and a code for each that is too long.
    """
    lists = {name: _names(body.get(name)) for name in _MOST}
    if not any(lists.values()):
        raise ApiError(82001)
    for name, (most, code) in _MOST.items():
        if len(lists[name]) > most:
            raise ApiError(code)
    return lists


def _names(value: object) -> list[str]:
    return [name for name in str(value or "").split("|") if name]


def resolve(world: World, app: App, lists: dict[str, list[str]]) -> Recipients:
    """Find the people behind the lists.

    Raises:
        ApiError: 81013 if there is nobody.
    """
    people = visible(world, app)
    found = Recipients()
    _add_users(found, people, lists["touser"])
    _add_parties(found, world, people, lists["toparty"])
    _add_tags(found, world, people, lists["totag"])
    if not found.users and not found.unlicensed:
        raise ApiError(81013)
    return found


def _add_users(found: Recipients, people: dict[str, User], names: list[str]) -> None:
    chosen = list(people) if names == ["@all"] else names
    for name in chosen:
        user = people.get(name.lower())
        if user is None:
            found.invalid_users.append(name.lower())
        else:
            found.add(user)


def _add_parties(found: Recipients, world: World, people: dict[str, User], ids: list[str]) -> None:
    # [D] A department stands for the departments below it too.
    for party in ids:
        reached = _with_children(world, [integer(party) or -1])
        members = [user for user in people.values() if reached & set(user.departments)]
        if not members:
            found.invalid_parties.append(party)
        for user in members:
            found.add(user)


def _add_tags(found: Recipients, world: World, people: dict[str, User], ids: list[str]) -> None:
    for number in ids:
        tag = world.tags.get(integer(number) or 0)
        if tag is None:
            found.invalid_tags.append(number)
            continue
        for userid in tag.users:
            if userid.lower() in people:
                found.add(people[userid.lower()])


def is_dropped(call: Call, app: App, userid: str) -> bool:
    """Count a copy for a member, and tell whether it is over the silent limits."""
    windows, limits = call.world.windows, call.world.limits
    key = ("member", app.agent_id, userid)
    if windows.count(key, HOUR, call.now) >= limits.member_per_hour:
        return True
    return not windows.take(key, limits.member_per_min, MINUTE, call.now)
