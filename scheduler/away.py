"""After a silence over which something was due, whoever runs the bot is told so, once.

Example:
    » 周专干: 周专干您好：3月12日 08:50到11:50小助手没有在运行。
    | 补发5条：会前提醒3条、党费提醒2条。
    | 已过时效、没有再发1条：会前提醒1条（第三党支部3月支部党员大会）。
    | 这段时间大家发来的签到、请假可能没有收到，请书记问一下。
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Urgency, deliver_at
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.lateness import LATE_AFTER
from bot.domain.privacy import Text, count, event, join, say
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.domain.wording import moment_words
from bot.services import meetings, people, survey
from bot.services.outbox import Letter
from bot.storage.models import Membership, Outbox, Unit
from bot.storage.models.outbox import is_unfinished
from scheduler.left_out import LEFT_OUT
from scheduler.rule import Asked, Reason, Rule, Setting

NAME = "away"
TEXT = "{name}您好：{since}到{until}小助手没有在运行。"
MADE_UP = "补发{n}条：{things}。"
LAPSED = "已过时效、没有再发{n}条：{things}。"
UNHEARD = "这段时间大家发来的签到、请假可能没有收到，请书记问一下。"
TOO_LONG = "停了超过7天，7天以前的没有补。"
THING = "{title}{n}条{what}"
WHAT = "（{names}）"
MORE = "等{n}项"
SOURCE = "程序停过要告诉管它的人（本产品设定）"
FACTS = "{since}到{until}没有运行"
ENDS = "只说这一次"
SEEN = "只发给您"

FURTHEST_BACK = timedelta(days=7)
"""Further back nothing is made up."""

_MOST_NAMED = 3
_USEFUL_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Away:
    """A silence: from the last tick before it to the first one after, aware."""

    since: datetime
    until: datetime

    @property
    def is_worth_a_look(self) -> bool:
        """Something that was due may have been missed; a restart takes less."""
        return self.until - self.since >= LATE_AFTER


@dataclass(frozen=True, slots=True)
class _Missed:
    """Something that was due while nobody was there."""

    id: int
    rule: str
    slot: str
    subject: str
    member_id: int | None
    unit_id: int | None
    state: SendState
    expires_at: datetime | None
    path: str

    def has_lapsed(self, now: datetime) -> bool:
        """Tell whether it is not sent any more."""
        over = self.expires_at is not None and self.expires_at <= now
        waits = self.state in (SendState.QUEUED, SendState.CLAIMED)
        return self.state is SendState.EXPIRED or (over and waits)


def letters(
    session: Session, away: Away, rules: Sequence[Rule], setting: Setting
) -> Iterable[Letter]:
    """Yield what is told of a silence, once all that fell due in it is queued.

    The key is that of the silence, so of several nodes that come back together one tells it.
    """
    missed = _missed(session, away, rules)
    if not missed:
        return
    titles = {rule.name: rule.title for rule in (*rules, LEFT_OUT)}
    names = _names(session, missed)
    for root, path, owner, name in _owners(session, away):
        own = [one for one in missed if not one.path or one.path.startswith(path)]
        if own:
            key = f"{NAME}:{away.since:%Y-%m-%dT%H:%M}:unit:{root}:m{owner}"
            yield _letter(key, owner, _text(name, away, own, titles, names), away, setting)


def _missed(session: Session, away: Away, rules: Sequence[Rule]) -> list[_Missed]:
    """Return what should have left in the silence and is still wanted, or has lapsed."""
    waits = (
        is_unfinished()
        & (Outbox.due_at > away.since)
        & (Outbox.due_at <= away.until - LATE_AFTER)
        & (Outbox.tries == 0)
    )
    late = (Outbox.late_since > away.since) & (Outbox.late_since <= away.until)
    columns = (
        *(Outbox.id, Outbox.rule, Outbox.slot, Outbox.subject, Outbox.member_id, Outbox.unit_id),
        *(Outbox.state, Outbox.expires_at),
    )
    rows = session.execute(
        select(*columns)
        .where(
            or_(waits, late),
            Outbox.rule.in_([*(rule.name for rule in rules), LEFT_OUT.name]),
            Outbox.state != SendState.VOID,
            Outbox.key.not_like("%#%"),
        )
        .order_by(Outbox.id)
    ).all()
    paths = _paths(session, [(row.member_id, row.unit_id) for row in rows])
    found = [_Missed(*row, paths.get((row.member_id, row.unit_id), "")) for row in rows]
    settled = _settled(session, found, rules, away.until)
    return [one for one in found if one.id not in settled]


def _settled(
    session: Session, missed: Sequence[_Missed], rules: Sequence[Rule], now: datetime
) -> Collection[int]:
    """Return what will be dropped before it leaves, since its reason is gone."""
    asked: dict[str, list[Asked]] = defaultdict(list)
    for one in missed:
        if not one.has_lapsed(now):
            member = None if one.member_id is None else MemberId(one.member_id)
            asked[one.rule].append(Asked(one.id, one.slot, one.subject, member))
    known = {rule.name: rule for rule in rules}
    return {
        row_id
        for name, rows in asked.items()
        if name in known
        for row_id in known[name].satisfied(session, rows, now)
    }


def _paths(
    session: Session, whose: Collection[tuple[int | None, int | None]]
) -> dict[tuple[int | None, int | None], str]:
    """Return the path of the unit that a text was for, by (member, unit)."""
    units = session.execute(
        select(Unit.id, Unit.path).where(Unit.id.in_({unit for _, unit in whose if unit}))
    )
    members = session.execute(
        select(Membership.member_id, Unit.path)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Membership.member_id.in_({member for member, _ in whose if member}),
            Membership.valid_to.is_(None),
        )
    )
    found: dict[tuple[int | None, int | None], str] = {(None, unit): path for unit, path in units}
    return found | {(member, None): path for member, path in members}


def _owners(session: Session, away: Away) -> Iterable[tuple[UnitId, str, MemberId, str]]:
    """Yield for every root of units who runs the bot there: (root, path, member, name)."""
    today = day_of(away.until)
    roots = {
        UnitId(row.id): row.path
        for row in session.execute(
            select(Unit.id, Unit.path).where(
                Unit.parent_id.is_(None), or_(Unit.valid_to.is_(None), Unit.valid_to > today)
            )
        )
    }
    owners = survey.answerable(session, roots, today)
    for root, _, officer, _ in reversed(people.list_holders(session, roots, [Role.OFFICER], today)):
        owners[root] = officer  # of several the first
    names = survey.names_of(session, owners.values())
    for root, owner in owners.items():
        yield root, roots[root], owner, names[owner]


def _text(
    name: str,
    away: Away,
    missed: Sequence[_Missed],
    titles: Mapping[str, str],
    names: Mapping[str, str],
) -> Text:
    since, until = moment_words(away.since), moment_words(away.until)
    lines: list[Text | str] = [say(TEXT, name=name, since=event(since), until=event(until))]
    lapsed = [one for one in missed if one.has_lapsed(away.until)]
    left = [one for one in missed if not one.has_lapsed(away.until)]
    if left:
        things = _things(left, titles, {})
        lines.append(say(MADE_UP, n=count(len(left)), things=event(things)))
    if lapsed:
        things = _things(lapsed, titles, names)
        lines.append(say(LAPSED, n=count(len(lapsed)), things=event(things)))
    if away.until - away.since > FURTHEST_BACK:
        lines.append(TOO_LONG)
    return join(*lines, UNHEARD)


def _things(missed: Sequence[_Missed], titles: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return what it was, by rule: 会前提醒3条（第三党支部3月支部党员大会）、党费提醒2条."""
    found = []
    for rule, n in Counter(one.rule for one in missed).most_common():
        subjects = dict.fromkeys(one.subject for one in missed if one.rule == rule)
        named = [names[subject] for subject in subjects if subject in names]
        found.append(THING.format(title=titles[rule], n=n, what=_what(named)))
    return "、".join(found)


def _what(named: Sequence[str]) -> str:
    if not named:
        return ""
    more = MORE.format(n=len(named)) if len(named) > _MOST_NAMED else ""
    return WHAT.format(names="、".join(named[:_MOST_NAMED]) + more)


def _names(session: Session, missed: Sequence[_Missed]) -> dict[str, str]:
    """Return what a thing is called, by subject: a meeting with its unit, a unit."""
    ids = _ids_of(missed, "meeting")
    called = meetings.list_by_ids(session, {MeetingId(number) for number in ids})
    units = {UnitId(number) for number in _ids_of(missed, "unit")}
    known = survey.names_and_paths(session, units | {meeting.unit_id for meeting in called})
    names = {f"unit:{unit}": known[unit][0] for unit in units if unit in known}
    for meeting in called:
        names[meeting.subject] = f"{known[meeting.unit_id][0]}{meeting.title}"
    return names


def _ids_of(missed: Iterable[_Missed], kind: str) -> set[int]:
    parts = (one.subject.partition(":") for one in missed)
    return {int(number) for named, _, number in parts if named == kind and number.isdigit()}


def _letter(key: str, owner: MemberId, text: Text, away: Away, setting: Setting) -> Letter:
    due = deliver_at(away.until, key, setting.burden, setting.workdays, Urgency.EVENT_DAY)
    facts = FACTS.format(since=moment_words(away.since), until=moment_words(away.until))
    return Letter(
        key=key,
        text=text,
        due_at=due,
        member_id=owner,
        rule=NAME,
        reason=Reason(SOURCE, facts, ENDS, SEEN).stored(NAME, {}),
        expires_at=due + _USEFUL_FOR,
    )
