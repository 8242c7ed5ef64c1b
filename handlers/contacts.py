"""Who looks after whom: places, lines of the matrix, and the matrix itself with gaps and doubles.

Example:
    赵敏: 登记楼院 幸福里1号院 西后街社区 无主管
    » ✓ 已登记楼院：幸福里1号院（西后街社区），无主管。打错了回复 撤销
    赵敏: 分包 第三党支部 幸福里1号院
    » ✓ 第三党支部联系幸福里1号院（3月12日起）。打错了回复 撤销
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.contacts import PLACE_NAMES, PlaceKind
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.rights import Action
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Mood, Utterance
from bot.services import contacts, groups, scopes
from bot.services.contacts import NewPlace, Overview

PLACED = "✓ 已登记{kind}：{name}（{unit}）{more}。打错了回复 撤销"
UNMANAGED, BODY, ORG, MEMBERS = "，无主管", "，自治组织{body}", "，党组织{org}", "，正式党员{n}人"
ASSIGNED = "✓ {line}。打错了回复 撤销"
ENDED = "✓ 已结束：{line}。打错了回复 撤销"
SO = "请这样写：分包 陈主任 西后街社区；分包 第三党支部 幸福里1号院"
PLACE_SO = "请写明在哪个社区或支部，例如：登记楼院 幸福里1号院 西后街社区 无主管"
TABLE = "分包和联系（{unit}）：\n{lines}"
KIND = "{kind}：{n}条{gaps}"
GAPS, DOUBLES, IDLE, ALL_WELL = "；没人管：{names}", "；重复：{names}", "；还没有包的：{names}", ""
ENTERPRISES = "企业：{n}家，有组织或指导员的{covered}家{gaps}"
ENTERPRISE_GAP = "；{name}：{lacks}"
COURTYARDS = "无主管楼院：{n}个，有支部联系的{covered}个，有自治组织的{bodies}个"
NOTHING = "还没有登记分包。可以发，例如：分包 陈主任 西后街社区"


@dataclass(frozen=True, slots=True)
class PlaceSlots:
    """A place to write down."""

    kind: PlaceKind
    name: str
    unit: str
    unmanaged: bool = False
    body: str = ""
    org: str = ""
    members: int | None = None


@dataclass(frozen=True, slots=True)
class ContactSlots:
    """One is to look after the other, or no longer; `day` None for today."""

    who: str
    whom: str
    ends: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class TableSlots:
    """A question how contacts stand."""

    unit: str | None = None


PLACE_EXAMPLES = (
    "登记楼院 幸福里1号院 西后街社区 无主管",
    "登记楼院 幸福里2号院 西后街社区 无主管 自治组织：院委会",
    "登记楼栋 3号楼 西后街社区",
    "登记困难户 A01 西后街社区",
    "登记企业 华联超市 西彩社区 党员2人",
    "登记企业 永兴公司 西彩社区 党组织：第九党支部",
)
PLACE_SILENT = ("登记楼院了吗", "登记企业信息的表在哪", "楼院登记")
CONTACT_EXAMPLES = (
    "分包 陈主任 西后街社区",
    "分包 第三党支部 幸福里1号院",
    "结束分包 陈主任 西后街社区",
    "分包 张三 3号楼 4月1日起",
)
CONTACT_SILENT = ("分包到户了吗", "分包制度", "怎么分包 社区")
TABLE_EXAMPLES = ("分包表", "分包表 三支部")
TABLE_SILENT = ("分包表填好了吗", "分包")

_PLACE = re.compile(
    r"登记(?P<kind>楼院|楼栋|困难户|企业)[\s:，]+(?P<name>\S+)\s+(?P<unit>\S+)(?P<more>(?:\s.*)?)"
)
_KINDS = {name: kind for kind, name in PLACE_NAMES.items()}
_BODY = re.compile(r"自治组织[:：]?\s?(?P<body>\S{1,30})")
_ORG = re.compile(r"党组织[:：]?\s?(?P<org>\S{1,30})")
_MEMBERS = re.compile(r"(?:正式)?党员\s?(?P<n>\d{1,4})\s?[人名个]")
_CONTACT = re.compile(r"(?P<ends>结束)?分包[\s:，]+(?P<who>\S+)\s+(?P<whom>\S+)(?:\s(?P<day>\S+))?")
_TABLE = re.compile(r"(?:看|查)?(?:分包|联系点)(?:表|情况)")


def recognise_place(utterance: Utterance) -> list[Reading]:
    """Recognise 登记楼院, 登记企业 and the like (`EXACT`)."""
    found = _PLACE.fullmatch(utterance.text) if _is_order(utterance) else None
    if found is None:
        return []
    more = found["more"]
    body, org, members = _BODY.search(more), _ORG.search(more), _MEMBERS.search(more)
    slots = PlaceSlots(
        _KINDS[found["kind"]],
        found["name"],
        found["unit"],
        "无主管" in more,
        body["body"] if body else "",
        org["org"] if org else "",
        int(members["n"]) if members else None,
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_contact(utterance: Utterance) -> list[Reading]:
    """Recognise 分包 and 结束分包 with who and whom (`EXACT`)."""
    found = _CONTACT.fullmatch(utterance.text) if _is_order(utterance) else None
    if found is None:
        return []
    days = [span.value for span in utterance.dates if isinstance(span.value, date)]
    if found["day"] and not days:
        return []
    day = days[-1] if found["day"] else None
    slots = ContactSlots(found["who"], found["whom"], bool(found["ends"]), day)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_table(utterance: Utterance) -> list[Reading]:
    """Recognise 分包表 (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    if _TABLE.fullmatch(text.strip()) is None:
        return []
    return [Reading(TableSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def _is_order(utterance: Utterance) -> bool:
    asks = any(clause.mood is Mood.QUESTION for clause in utterance.clauses)
    return utterance.addressed and not asks


def handle_place(slots: PlaceSlots, context: Context) -> Reply:
    """Write a place down."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    unit = groups.find_unit(context.session, slots.unit)
    org = groups.find_unit(context.session, slots.org) if slots.org else None
    place = NewPlace(
        UnitId(unit.id),
        slots.kind,
        slots.name,
        slots.unmanaged,
        slots.body,
        UnitId(org.id) if org is not None else None,
        slots.members,
    )
    found = contacts.add_place(
        context.session, place, on=context.today, by=context.actor, now=context.now
    )
    more = UNMANAGED if slots.unmanaged else ""
    more += BODY.format(body=slots.body) if slots.body else ""
    more += ORG.format(org=org.name) if org is not None else ""
    more += MEMBERS.format(n=slots.members) if slots.members is not None else ""
    text = say(
        PLACED,
        kind=PLACE_NAMES[slots.kind],
        name=event(found.name),
        unit=event(unit.name),
        more=event(more),
    )
    return Reply(text)


def handle_contact(slots: ContactSlots, context: Context) -> Reply:
    """Let one look after the other, or no longer."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    session, by, today = context.session, context.actor, context.today
    who = contacts.find_who(session, slots.who, by=by, on=today)
    whom = contacts.find_whom(session, slots.whom, by=by, on=today)
    day = slots.day or today
    if slots.ends and day > today:
        raise DomainError("结束的日子还没到，到那天再发一次。")
    change = contacts.end if slots.ends else contacts.assign
    line = change(session, who, whom, on=day, by=by, now=context.now)
    words = Fact(FactKind.EVENT, contacts.line_words(line))
    return Reply(say(ENDED if slots.ends else ASSIGNED, line=words))


def handle_table(slots: TableSlots, context: Context) -> Reply:
    """Tell how every kind of contact stands: how many, who is missing, what is double."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    session = context.session
    unit_id = scopes.unit_meant(session, context.actor, Action.VIEW_LISTS, slots.unit)
    found = contacts.overview(session, unit_id, context.today)
    lines = [_kind_line(one) for one in found if one.lines or one.gaps]
    lines += _courtyards(unit_id, context) + _enterprises(unit_id, context)
    if not lines:
        return Reply(say("{words}", words=NOTHING))
    return Reply(
        say(
            TABLE,
            unit=event(scopes.name_of(session, unit_id)),
            lines=Fact(FactKind.MISSING_NAMES, "\n".join(lines)),
        )
    )


def _kind_line(one: Overview) -> str:
    parts = [
        template.format(names=names_words(names))
        for template, names in ((GAPS, one.gaps), (DOUBLES, one.doubles), (IDLE, one.idle))
        if names
    ]
    return KIND.format(kind=contacts.title_of(one.kind), n=len(one.lines), gaps="".join(parts))


def _courtyards(unit_id: UnitId, context: Context) -> list[str]:
    found = contacts.courtyards(context.session, unit_id, context.today)
    if not found:
        return []
    covered, bodies = sum(bool(c.branch) for c in found), sum(bool(c.body) for c in found)
    return [COURTYARDS.format(n=len(found), covered=covered, bodies=bodies)]


def _enterprises(unit_id: UnitId, context: Context) -> list[str]:
    found = contacts.enterprises(context.session, unit_id, context.today)
    if not found:
        return []
    lacking = [one for one in found if one.lacks]
    gaps = "".join(ENTERPRISE_GAP.format(name=one.name, lacks=one.lacks) for one in lacking)
    covered = len(found) - len(lacking)
    return [ENTERPRISES.format(n=len(found), covered=covered, gaps=gaps)]


PLACE = Intent(
    name="place_add",
    title="登记楼院、楼栋、困难户、企业",
    recognise=recognise_place,
    handle=handle_place,
    examples=PLACE_EXAMPLES,
    silent=PLACE_SILENT,
    for_secretaries=True,
)
CONTACT = Intent(
    name="contact",
    title="分包，或结束分包",
    recognise=recognise_contact,
    handle=handle_contact,
    examples=CONTACT_EXAMPLES,
    silent=CONTACT_SILENT,
    for_secretaries=True,
)
TABLE_INTENT = Intent(
    name="contact_table",
    title="看分包表",
    recognise=recognise_table,
    handle=handle_table,
    examples=TABLE_EXAMPLES,
    silent=TABLE_SILENT,
    for_secretaries=True,
)
