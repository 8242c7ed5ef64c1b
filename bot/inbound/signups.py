"""Who joins an activity or withdraws from one, read from what was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.inbound.intents import Reading, Strength
from bot.inbound.names import NAME, find_people, read_list, read_names
from bot.inbound.numerals import SMALL, read_int
from bot.inbound.scope import elsewhere, looks_for_people
from bot.inbound.several_chosen import is_several
from bot.inbound.signup_cancels import is_withdrawn
from bot.inbound.signup_changes import is_fewer
from bot.inbound.signup_contrasts import find_contrast
from bot.inbound.signup_joining import (
    ACTIVITY,
    THEM,
    activity_around,
    find_named_before,
    is_another,
    is_joining,
)
from bot.inbound.signups_for import find_put_down
from bot.inbound.titles import find_title, trim_title
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Utterance


@dataclass(frozen=True, slots=True)
class SignupSlots:
    """Somebody joins.

    Attributes:
        number: The number of the activity (报名 3号活动 reads its title; 报名 3 this), if given.
        title: The activity named, if any.
        day: The day of it, None when not said; `until` the last day of a span (周末).
        names: Others who join, as written, empty for the sender alone.
        count: Persons in all, the sender included unless he speaks for others only; None for
            one, or as many as `names`.
        with_me: With `names`: the sender comes along.
        changed: The sender is signed up already, and comes with another `count`.
    """

    number: int | None = None
    title: str | None = None
    day: date | None = None
    names: tuple[str, ...] = ()
    count: int | None = None
    with_me: bool = False
    changed: bool = False
    until: date | None = None


_INSTEAD = re.compile(r"[帮给替]|换")
_SEEKS = re.compile(r"谁(?:也|还|想|要|愿意|一起)*(?:去|来|参加|报名|点)|有没有人|有人")
_PLUS = re.compile(r"\+\s?(?P<n>[1-9])")
_FOR = re.compile(r"(?:[帮替代给为]|加上)@?")
_TOO = re.compile(r"(?:他|她)?[也都](?:想|要|会|能)?(?:去|来|参加|报|算)")
_WITH = re.compile(r"我(?:和|跟|与|同|带上?|还有|、)@?|^(?:还有|另外还有|以及)")
_AFTER = re.compile(rf"(?<!我)(?<!我[想要也])报名\s?[:+，]?\s?@?(?={NAME})")
_KIN = re.compile(
    r"闺女|姑娘|丫头|小子|女婿|老伴|爱人|家属|家里|孩子|爸|妈|[儿孙][子女]|老公|老婆|媳妇|夫妻|父|母"
)
_FAMILY = re.compile(
    r"(?P<a>[一两二三四五])大(?P<c>[一两二三四五])小|(?:我们?家)?(?P<n>[两三四五六])口"
)
_EXTRA = re.compile(
    r"(?<!不)(?:带|加(?!我\s?[\d两三四五六七八九])|还有|另带|外带|算上|和|跟)(?:上|着|了)?(?:我|他|她)?(?:家|们)?(?P<n>\d{1,2}"
    r"|[一二两俩三四五六七八九])?\s?(?:个|位|名)?(?P<who>徒弟|那口子|爱人|媳妇|老婆|老公|爸|妈|父|母|外孙|家属|家人|孩子|小孩|小?年轻人?|小伙子?|姑娘|学生|老乡|战友|朋友|老伴"
    r"|孙子|孙女|儿子|女儿|人|邻居|群众|亲戚|同事)"
)
_BROUGHT = re.compile(r"(?:带|(?<!参)加|算上|和|跟|[他她]和)[^，。！？]*")
_GUESTS = re.compile(
    r"孙子|孙女|外孙女?|儿子|女儿|媳妇|老伴|爱人|爸|妈|老公|老婆|那口子|女婿|孩子|小孩|朋友|徒弟"
)
_SAID = re.compile(
    r"(?:^|，|\s|共|总共|一共|合计|我们|咱们?|(?<![上汇填申预])报名?(?![一1]个))\s?(?P<n>[一二两三四五六七八九]|\d{1,2})个(?=$|，|人|名额|位)"
)
_NO_HEADS = re.compile(r"(?:捎|载|坐|差|缺|限|能|收|还剩|满)[^，]{0,3}$")
_PAIR = re.compile(r"我们?俩|我们?两个|俩人|两口子|夫妻俩?|老两口|一家(?P<n>[三四五六])口")
_NUMBER = re.compile(r"^(?:我)?报名\s?(?:第)?(?P<n>\d{1,2})(?:号|$)(?!人)")

_JOINABLE = frozenset((Topic.SIGNUP, Topic.MEETING, Topic.RECEIPT))

_PERSONS = re.compile(r"\s?个?[人位个]")
_N = rf"(?:\d{{1,2}}|[{SMALL}]{{1,3}})\s?(?:个?[人位]|个|(?<=\d)(?=$|了|吧))"
_CHANGED = re.compile(
    rf"(?P<title>(?!报|人数|把|请|麻烦|帮|刚才|改|变|不是|应|我)[^，\d\s]{{2,8}}?)??(?:活动)?(?:那个|的)?"
    rf"(?P<named>(?:我的?|把|请|麻烦|帮我|刚才|的)*(?:报名|名额|报的)(?:的|人数)*)?(?P<heads>人数)?我?"
    rf"(?:不是{_N}[，\s]*(?:应该?)?是|(?:应该?是|改成|改为|变成|改到|改))\s?(?P<n>{_N})(?:了|吧|的|去|来|参加)*"
)
_ONE = re.compile(r"(?P<n>1)")
_GOING = frozenset(["我去", "我要去", "我也去", "我也参加", "我也要去"])
_EACH_OF = re.compile(
    r"(?P<one>[^我他她你，。、\s]{2,8})[和跟与、](?P<two>[^我他她你，。、\s]{2,8}?)(?:我|活动|这?两个)*都(?:要|想)?(?:报名?|参加)了?"
)


def recognise_signup(utterance: Utterance) -> list[Reading]:
    """Recognise joining; +1 and 我参加 alone read `BARE`."""
    text = utterance.text
    if utterance.private and text in _GOING:
        return [Reading(SignupSlots(), Strength.BARE, (0, len(text)))]
    if changed := _changed(utterance) or _by_title(utterance):
        return [changed]
    if put := find_put_down(utterance):
        names, title, count, span = put
        day, until = utterance.days_in(utterance.stretch(utterance.clauses))
        slots = SignupSlots(title=title, day=day, until=until, names=names, count=count)
        return [Reading(slots, Strength.CLEAR, span)]
    if is_several(text) or is_fewer(text):  # 少报一个: those who are signed up already, but one
        return []
    plus = _PLUS.fullmatch(text) or (_ONE.fullmatch(text) if utterance.quoted else None)
    if plus and utterance.quoted is not None and not _asks_to_join(utterance):
        return []
    if plus:
        slots = SignupSlots(count=int(plus["n"]))
        return [Reading(slots, Strength.BARE, (0, len(text)))]
    if not utterance.clauses or utterance.to_others or utterance.topics.isdisjoint(_JOINABLE):
        return []
    if both := _both(utterance):
        return both
    if contrast := find_contrast(utterance):
        return [
            Reading(
                SignupSlots(title=trim_title(one.title) or one.title),
                Strength.CLEAR,
                (one.clause.start, one.clause.end),
            )
            for one in contrast
            if one.joins
        ]
    joined = [clause for clause in utterance.clauses if is_joining(utterance, clause)]
    if not joined or _is_elsewhere(utterance, joined) or _is_invitation(utterance, joined):
        return []
    withdrawn = is_withdrawn(utterance)
    if withdrawn:  # 我退出，换老傅去，给他报上; 植树不去了，义诊我报名
        joined = [
            c
            for c in joined
            if c not in withdrawn and (_INSTEAD.search(c.text) or is_another(c, withdrawn))
        ]
    if each := _one_each(utterance, joined):
        return each
    return [_signup(utterance, joined)] if joined else []


def _one_each(utterance: Utterance, joined: list[Clause]) -> list[Reading]:
    """Read 那个红色基地我报一个，植树也算我 as a sign-up for each: every clause names its own."""
    found = [_OWN_TITLE.match(clause.text) for clause in joined]
    titles = [match["title"] for match in found if match]
    if len(titles) < 2 or len(titles) < len(joined) or len(set(titles)) < len(titles):
        return []
    if find_people("，".join(titles), utterance.lexicon):
        return []
    return [
        Reading(SignupSlots(title=title), Strength.CLEAR, (clause.start, clause.end))
        for title, clause in zip(titles, joined, strict=True)
    ]


_OWN_TITLE = re.compile(
    r"(?:[那这]个|还有)*(?P<title>[^我他她你，、\d\s]{2,10}?)(?:活动)?(?:的话)?"
    r"(?:我?[也就都]?(?:要|想)?(?:报一?个|报个?名|报上|算上?我(?:一个)?|加上?我(?:一个)?)|我[也就都]?(?:参加|去))$"
)


def _asks_to_join(utterance: Utterance) -> bool:
    """Tell whether what is replied to looks for those who come along to something of ours."""
    quoted = utterance.quoted or ""
    if Topic.SIGNUP in utterance.quoted_topics:
        return not elsewhere(quoted)
    return bool(ACTIVITY.search(quoted)) and looks_for_people(quoted)


def _changed(utterance: Utterance) -> Reading | None:
    """Read 报名人数改成3人, 植树改成2个; 改成2个人 alone is `BARE`, and said to the bot only."""
    match = (
        _CHANGED.fullmatch(utterance.text)
        if "改" in utterance.text or "是" in utterance.text
        else None
    )
    count = read_int(_PERSONS.sub("", match["n"])) if match else None
    if match is None or not count or find_people(match["title"] or "", utterance.lexicon):
        return None
    if not (match["named"] or utterance.addressed) or _NO_HEAD_COUNT.search(utterance.text):
        return None
    strength = Strength.CLEAR if match["named"] else Strength.BARE
    title = trim_title(match["title"]) or None if match["title"] else None
    return Reading(SignupSlots(title=title, count=count, changed=True), strength, match.span())


_NO_HEAD_COUNT = re.compile(r"应到|实到|到会|参会|请假|缺席|党费|学时|金额|名册|时间|地点|会议")


def _by_title(utterance: Utterance) -> Reading | None:
    """Read 报一下红色影院 (`BARE`): by a piece of its title or the place, said to the bot."""
    match = _BY_TITLE.fullmatch(utterance.text) if utterance.addressed else None
    if match is None or _NO_ACTIVITY.search(match["title"]):
        return None
    if utterance.topics - _JOINABLE or find_people(match["title"], utterance.lexicon):
        return None
    whole = utterance.stretch(utterance.clauses) if utterance.clauses else None
    days = utterance.days_in(whole) if whole else (None, None)
    text = match["title"]
    for span in utterance.dates:
        text = text.replace(utterance.text[span.start : span.end], "", 1)
    title = trim_title(text) or None
    slots = SignupSlots(title=title, day=days[0], until=days[1])
    return Reading(slots, Strength.BARE, match.span())


_BY_TITLE = re.compile(
    r"(?:我|俺|那|就|也|想|要|给我|帮我|麻烦|请|把)*报(?:一下|一个|个|上|下)(?P<title>[^，。？\d]{2,14}?)(?:吧|了|哈|啊|呗|的|那个|那场)*"
)
_NO_ACTIVITY = re.compile(
    r"^(?:一|名)|体温|数[字量据]?$|账|人数|名单|姓名|警|错|价|喜|平安|菜|站|备|表|号$|进度|情况|党费|[吗谁怎哪什几]|我|他|她|名$|到$"
)


def _both(utterance: Utterance) -> list[Reading]:
    """Read 植树和义诊我都报 as a sign-up for each."""
    match = _EACH_OF.fullmatch(utterance.text)
    if match is None or find_people(match["one"] + "，" + match["two"], utterance.lexicon):
        return []
    return [
        Reading(SignupSlots(title=match[title]), Strength.CLEAR, match.span(title))
        for title in ("one", "two")
    ]


def _denied(utterance: Utterance) -> list[Clause]:
    return [clause for clause in utterance.clauses if _DENIED.search(clause.text)]


_DENIED = re.compile(r"不(?:想|要|打算)?(?:报|参加|去|来)|[去来]不|参加不|取消|退")


def _is_elsewhere(utterance: Utterance, joined: list[Clause]) -> bool:
    """Tell whether it is another world's sign-up; a child brought along is not.

    What stands beside a clause that names an activity of ours is a circumstance (驾照考完有空了，
    明天义诊算我一个).
    """
    if not utterance.elsewhere:
        return False
    ours = [c.text for c in joined if Topic.MEETING in c.topics]
    return any(elsewhere(_BROUGHT.sub("", text)) for text in ours or [utterance.text])


def _is_invitation(utterance: Utterance, joined: list[Clause]) -> bool:
    """Tell whether others are looked for (周末钓鱼谁去，报名)."""
    asked = any(_SEEKS.search(clause.text) for clause in utterance.clauses)
    return asked and not any("我" in clause.text for clause in joined)


def _signup(utterance: Utterance, joined: list[Clause]) -> Reading:
    around = activity_around(utterance)
    if all(is_another(clause, _denied(utterance)) for clause in joined):
        around = tuple(joined)  # 我不报名植树，报名义诊
    whole = utterance.stretch(around)
    names, with_me = _joiners(utterance, joined, around)
    number = _NUMBER.search(utterance.text)
    slots = SignupSlots(
        number=int(number["n"]) if number else None,
        title=None if number else find_title(utterance, around, names),
        day=utterance.days_in(whole)[0],
        until=utterance.days_in(whole)[1],
        names=names,
        count=_heads(utterance, whole, names, with_me),
        with_me=bool(names) and with_me,
    )
    return Reading(slots, Strength.CLEAR, (joined[0].start, joined[-1].end))


def _joiners(
    utterance: Utterance, joined: list[Clause], around: Sequence[Clause]
) -> tuple[tuple[str, ...], bool]:
    """Read who joins besides the sender, and whether the sender does."""
    each = _each_by_name(utterance)
    if each is not None:
        return each
    beside = _beside_me(utterance, around)
    if beside is not None:
        return beside, True
    for clause in joined:
        text = clause.text
        for pattern, with_me in ((_FOR, False), (_AFTER, False)):
            for match in pattern.finditer(text):
                names, end = read_names(text, match.end(), utterance.lexicon)
                if pattern is _AFTER and text[end:].strip():
                    continue
                if names:
                    return names, with_me or _joins_too(joined, clause)
        if THEM.search(text) and (names := find_named_before(utterance, clause)):
            return names, _joins_too(joined, clause)
        names, end = read_names(text, 0, utterance.lexicon)
        if not (names and re.match(r"(?:也|都|要|想|\s)*(?:报|参加)", text[end:])):
            names = _entered(utterance, clause)
        if names:
            return names, _joins_too(joined, clause)
    return _also(utterance, joined), True


def _each_by_name(utterance: Utterance) -> tuple[tuple[str, ...], bool] | None:
    """Read 张三报名，李四报名: everybody by himself, the writer perhaps among them."""
    if utterance.text.count("报") < 2 and utterance.text.count("参加") < 2:
        return None
    names: list[str] = []
    with_me = False
    for part in _PARTS.split(utterance.text):
        found, end = read_names(part, 0, utterance.lexicon)
        end = end if found else 1
        if not (found or part.startswith("我")) or not _ENTERS_ALONE.fullmatch(part, end):
            return None
        names += found
        with_me = with_me or not found
    return (tuple(dict.fromkeys(names)), with_me) if len(names) + with_me > 1 else None


_PARTS = re.compile(r"[，。；、\s]+")
_ENTERS_ALONE = re.compile(
    r"(?:也|都|要|想|来|一起|同志)*(?:报(?:个|上|一个|一下)?名?|参加)(?:了|吧|哈|啊|一个)*"
)
_ENTERS = re.compile(r"(?:也|都|要|想|来|愿意|一起|\s)*(?:报|参加)|加一个?:?")


def _entered(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read whom a secretary enters: 我们组的阚勇、栾红也报名, 给第三小组的时文斌报名, 加一个：夏侯明."""
    text = clause.text
    listed = text.partition(":")[2]
    if listed and re.search(r"报[一二两三四五六七八九\d]?个?|加|报名", text.partition(":")[0]):
        following = utterance.text[clause.start + text.index(":") + 1 :]
        return read_list(following.split("，")[0]) or tuple(
            name for name, _, _ in find_people(listed, utterance.lexicon)
        )
    enters = next((m for m in _ENTERS.finditer(text) if m.start()), None)
    before = text[: enters.start()] if enters else ""
    if not before or re.search(r"我(?!们组|们小组|们支部)", before):
        return ()
    people = find_people(before, utterance.lexicon)
    ends = people and people[-1][2] == len(before)
    return tuple(dict.fromkeys(name for name, _, _ in people)) if ends else ()


def _also(utterance: Utterance, joined: list[Clause]) -> tuple[str, ...]:
    """Read who comes along in a clause behind (算我一个，隔壁老侯也去)."""
    for clause in utterance.clauses:
        too = _TOO.search(clause.text) if clause.start > joined[0].start else None
        people = find_people(clause.text[: too.start()], utterance.lexicon) if too else ()
        if too and people and people[-1][2] == too.start() and clause.stated:
            return tuple(dict.fromkeys(name for name, _, _ in people))
    return ()


def _beside_me(utterance: Utterance, around: Sequence[Clause]) -> tuple[str, ...] | None:
    """Read 我和同事小蔡、小覃; kin and children are counted, not named."""
    for clause in around:
        for match in _WITH.finditer(clause.text):
            people = find_people(clause.text[match.end() :], utterance.lexicon)
            names = tuple(dict.fromkeys(name for name, _, _ in people))
            if names:
                return () if any(_KIN.search(name) for name in names) else names
    return None


def _joins_too(joined: list[Clause], clause: Clause) -> bool:
    """Tell whether the sender joins in another clause (我参加，另外给崔姐也报上)."""
    return any(other is not clause and "我" in other.text for other in joined)


def _heads(
    utterance: Utterance, whole: Clause, names: tuple[str, ...], with_me: bool
) -> int | None:
    """Add up the persons; None where it is one, or as many as names."""
    text = whole.text
    extra = _EXTRA.search(text)
    plus = _PLUS.search(text)
    pair = _PAIR.search(text)
    said = _total(utterance, whole, extra)
    named = extra and not extra["n"] and text.startswith(names, extra.end())
    if said:
        count = said
    elif extra and not named:  # 跟邻居刘婶: the name is counted
        guests = 1 if extra["n"] else len(_GUESTS.findall(text[extra.start() :].partition("，")[0]))
        count = len(names) + with_me + (read_int(extra["n"]) or 1 if extra["n"] else max(guests, 1))
    elif plus:
        count = int(plus["n"])
    elif pair:
        count = read_int(pair["n"]) or 2 if pair["n"] else 2
    elif with_me and (names or re.search(rf"我[和跟与带](?:{_KIN.pattern})", text)):
        count = 1 + max(len(names), 1)
    else:
        return None
    return None if count == max(1, len(names)) else count


def _total(utterance: Utterance, whole: Clause, extra: re.Match[str] | None) -> int | None:
    """Return a number said of all who come, not of guests (带2人) or seats (还能捎三个人)."""
    for span in utterance.counts:
        start = span.start - whole.start
        guests = extra is not None and extra.start() <= start < extra.end()
        if start < 0 or span.end > whole.end or guests:
            continue
        if not _NO_HEADS.search(whole.text[:start]) and isinstance(span.value, int):
            return span.value
    family = _FAMILY.search(whole.text)
    if family:
        return sum(read_int(part) or 0 for part in family.groups() if part)
    match = _SAID.search(whole.text)
    return read_int(match["n"]) if match else None
