"""Who joins an activity or withdraws from one, read from what was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.inbound.intents import Reading, Strength
from bot.inbound.moods import mood_of
from bot.inbound.names import NAME, find_people, read_list, read_names
from bot.inbound.numerals import SMALL, read_int
from bot.inbound.patterns import one_of
from bot.inbound.reasons import find_reason
from bot.inbound.scope import about_everybody, about_listener, elsewhere, looks_for_people, politely
from bot.inbound.titles import find_title, trim_title
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance


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


@dataclass(frozen=True, slots=True)
class SignupCancelSlots:
    """Somebody withdraws; fields as in `SignupSlots`.

    Attributes:
        reason: The words that say why, if any.
    """

    number: int | None = None
    title: str | None = None
    day: date | None = None
    names: tuple[str, ...] = ()
    count: int | None = None
    reason: str | None = None
    until: date | None = None


_THEIRS = re.compile(
    r"(?:我们?|我家|隔壁|楼[上下]|对门|[大小老二三]){0,2}(?:侄[子女儿]|外甥女?|外?孙[子女儿]?|女婿|儿媳妇?|姑娘|小子|儿子|女儿|闺女"
    r"|[表堂][哥弟姐妹]|同[事学]|邻居|亲戚|朋友|老乡|战友|妹夫|姐夫|嫂子|弟妹|爸|妈|爷爷?|奶奶?|哥|弟|姐|妹)[^，]{0,4}报名[了过]?(?=[\u4e00-\u9fa5]{2})"
)
"""What others have joined elsewhere (侄子报名了游泳班)."""
_INSTEAD = re.compile(r"[帮给替]|换")
_SEEKS = re.compile(r"谁(?:也|还|想|要|愿意|一起)*(?:去|来|参加|报名|点)|有没有人|有人")
_PLUS = re.compile(r"\+\s?(?P<n>[1-9])")
_JOINS = one_of(
    r"报(?:个|上|一下|一个|下|了)?名|报我|(?:给|帮)我报|报(?:上|一[个位]|[两二三四五六七八九\d]个?人?)(?!次|字|警|错|价)|\+[1-9]$|我报$|必须我"
    r"|我(?:也|都|全)?报(?:一个|上|了|[两二三四五六\d]个|周[一二三四五六日天末]|星期|礼拜|[上下]午|第|那|这|$)|全报"
    r"|(?<![不上汇填申预播通])报(?=植树|种树|义诊|义剪|参观|慰问|清扫|打扫|巡逻|讲座|值守|执勤|志愿服务)"
    r"|[也都]报(?=$|，|上|了)|一[起块同道]儿?报(?=$|，|上|了)"
    r"|把我(?:[和跟与][^，]{1,6})?(?:的?名字)?(?:也|都)?(?:写|加|算|填|添|列)(?:上|进去?来?)(?!群)|写上?我(?:的?名字|$)|[加添]我(?:$|一个)|给我[添加]上|加上[\u4e00-\u9fa5]{2}|[给帮替][^，]{2,12}报(?:上|[一两二三四五六\d]个)"
    r"|我们?[^，]{0,4}出[一两二三四五六七八九\d]个?人|算(?:上)?我(?!请|倒|输|赢|错|欠|头)|加上我"
    r"|留[个俩两三四]?(?:位|名额)|报进去"
    r"|(?:我们?两口子|我们|我俩|我家|我|老两口)(?:[和跟与同]\S{1,4}?)?"
    r"(?:也|要|想|都|愿意|可以|能|一定|准时|按时|会|来|一起)*"
    r"参加(?!了|过|不|的|工作|考|比|婚)"
)
_WISH = re.compile(r"想(?=报)")
_GOES = re.compile(
    r"(?:我们|我俩|我)(?:也|要|想|都|可以|能|一定|准时)*(?:去|到|来)(?:!|$|的$|，|参加)"
)
_NOT_JOIN = one_of(
    r"报名(?:表(?!上)|费|时间|截止|链接|情况|名单|人数|的|方式|通知|开始|入口|结束|流程|条件"
    r"|成功|工作|要|须|需|点|处|系统|登记表|材料|群)"
    r"|(?:开始|可以|欢迎|踊跃|积极|抓紧|需要|要求|组织|停止|截止|发起|开启|开放|发布)报名|想报名?的|来着|本来|记得|提醒"
    r"|听[讲说]|那年|结果|参军|主要内容|一、|忙完|以后|附议|报上去|统计表|^我(?:妈|爸|爷|奶|儿|女|姐|哥|弟|妹|朋友|同事|邻居|同学)|学会|[取退撤删]|作废|不算|名额满|报名?满|说|大家|各位|(?<![和帮给替])[他她]|谁|都.{0,2}谁|帮我看"
    r"|我的报名$|错"
)
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
    r"(?:带|加|还有|另带|外带|算上|和|跟)(?:上|着|了)?(?:我|他|她)?(?:家|们)?(?P<n>\d{1,2}"
    r"|[一二两俩三四五六七八九])?\s?(?:个|位|名)?(?P<who>徒弟|那口子|爱人|媳妇|老婆|老公|爸|妈|父|母|外孙|家属|家人|孩子|小孩|小?年轻人?|小伙子?|姑娘|学生|老乡|战友|朋友|老伴"
    r"|孙子|孙女|儿子|女儿|人|邻居|群众|亲戚|同事)"
)
_BROUGHT = re.compile(r"(?:带|(?<!参)加|算上|和|跟|[他她]和)[^，。！？]*")
_GUESTS = re.compile(
    r"孙子|孙女|外孙女?|儿子|女儿|媳妇|老伴|爱人|爸|妈|老公|老婆|那口子|女婿|孩子|小孩|朋友|徒弟"
)
_SAID = re.compile(
    r"(?:^|，|\s|共|总共|一共|合计|我们|咱们?)\s?(?P<n>[一二两三四五六七八九]|\d{1,2})个(?=$|，|人)"
)
_NO_HEADS = re.compile(r"(?:捎|载|坐|差|缺|限|能|收|还剩|满)[^，]{0,3}$")
_PAIR = re.compile(r"我们?俩|我们?两个|俩人|两口子|夫妻俩?|老两口|一家(?P<n>[三四五六])口")
_NUMBER = re.compile(r"^(?:我)?报名\s?(?:第)?(?P<n>\d{1,2})(?:号|$)(?!人)")

_WILL_COME = re.compile(r"(?:我|会|一定|肯定|准时|按时)*(?:参加|到会|出席)")
_SHORT = 8
_JOINABLE = frozenset((Topic.SIGNUP, Topic.MEETING, Topic.RECEIPT))

_ACTIVITIES = (
    r"植树|种树|义诊|义剪|志愿|参观|慰问|清扫|打扫|巡逻|骑行|[春秋]游|[爬登]山"
    r"|讲座|演练|扫[雪街]|拔[河草]|培训|研学|朗诵|演讲|观影|采摘|劝导|值守|执勤"
)
_WITHDRAWS = one_of(
    r"(?:取消|退出|退掉?|撤[掉销回]?|去掉|删[掉除]?|划掉|不要|拿掉|抹掉|收回"
    r"|放弃)[^，]{0,14}(?:报名|名字|名额|报的名|位子|活动|参加)"
    r"|不报(?:[^，名]{1,6})?了|(?:报名|名字|名额|报的名)[^，]{0,6}(?:取消|退|撤|去掉|删|划[掉了]|作废|不算|不作数|销[掉了]|让(?!人|他|她)|拿[掉下]"
    r"|不要)|报的[^，]{1,12}(?:退|取消|不去|撤|划掉|去掉|删)|不报名?了|退报"
    r"|(?:我|我们)(?:也|想|要|先|得)?退出|给[他她]撤|[帮给把替](?![^，]{0,8}[签假费])(?!我的?请)[^，]{1,12}(?:也|都)?(?:取消|退|划掉?|去掉)(?:掉|了)?吧?$"
    r"|^(?:都|全部?|也|就|一起|给我|帮我|把它|请|麻烦)+取消(?:掉|了|吧|一下)*$"
)
_BACKS_OUT = re.compile(
    r"^(?:那|就|先|只[能好])?(?:取消|退出|退了?|撤了?|撤我报名|删了?我?|划掉)(?:吧|了|掉|报名|我)*$|名单上?(?:删|划|去)|让给(?:别人|其他|大家)|得?鸽了"
    r"|退赛|把我从.{1,8}(?:拿掉|删|去掉|划)|销掉?我的?名|要撤$|我们?(?:也|就|先|都|想|要|得|只好|只能)*退了?(?:$|吧)|报不了|退出$|退了吧|撤我|(?:一共)?退[一两二三四五六\d]个?人|报的名(?:也|就|先)?(?:取消|退|撤)"
)
_LEAVES_ACTIVITY = re.compile(rf"退(?:出|掉|了)[^，群]{{0,10}}?(?:{_ACTIVITIES})(?!群)")
_MAY_WITHDRAW = one_of(r"[退取撤删划销抹让不拿废]|去掉|放弃|收回")
_ONLY_LEAVES = re.compile(r"我?(?:今天|明天)?(?:不参加|不去|不来)了")
_WHO_HOW = re.compile(r"怎|谁|什么")
_NOT_WITHDRAWN = re.compile(
    r"要不要|刚才?刚?[建发录]的|我建的|(?:别|没|不[能要会用想]?|谁)(?:取消|退|撤|删|划)|要是|如果"
)
_LEAVES = re.compile(r"(?:不参加|不去|去不了|去不成|来不了|参加不了|不来|不想(?:去|来|参加))了?")
_NAMED = one_of(
    r"(?<![上汇填申预])报的(?![警数价名])|报(?:的|过|了|上)?(?:的)?名|名额|名单|报不了|活动|徒步|比赛|球赛|合唱|登山|漂流|健步"
)
_SIGNED_UP_FOR = re.compile(
    r"植树|种树|义诊|义剪|志愿服务|慰问|清扫|打扫|巡逻|骑行|[春秋]游|[爬登]山|扫[雪街]|拔[河草]|采摘|值守|执勤"
)
"""What nobody is bound to come to: who does not go withdraws, and asks no leave."""
_ACTIVITY = one_of(_ACTIVITIES)
_DOES = re.compile(r"的?(?:不|有|去|来|要|也|都|临时|家|生|因|突|病|住|退|报|名|参|他|她|$)")
_PERSONS = re.compile(r"\s?个?[人位]")
_N = rf"(?:\d{{1,2}}|[{SMALL}]{{1,3}})\s?个?[人位]"
_CHANGED = re.compile(
    rf"(?P<named>(?:我的?|把|请|麻烦|帮我|刚才|的)*(?:报名|名额)(?:的|人数)*)?(?:人数)?"
    rf"(?:不是{_N}[，\s]*(?:应该?)?是|(?:应该?是|改成|改为|变成|改到|改))\s?(?P<n>{_N})(?:了|吧|的)?"
)
_ONE = re.compile(r"(?P<n>1)")
_GOING = frozenset(["我去", "我要去", "我也去", "我也参加", "我也要去"])
_EACH_OF = re.compile(
    r"(?P<one>[^我他她你，。、\s]{2,8})[和跟与、](?P<two>[^我他她你，。、\s]{2,8}?)(?:我|活动|这?两个)*都(?:要|想)?(?:报名?|参加)了?"
)
_REPLACED = re.compile(r"[换让].{1,4}[去上来顶]")
_THEM = re.compile(r"[帮替代把给](?:他|她|他们|她的|他的)")


def recognise_signup(utterance: Utterance) -> list[Reading]:
    """Recognise joining; +1 and 我参加 alone read `BARE`."""
    text = utterance.text
    if utterance.private and text in _GOING:
        return [Reading(SignupSlots(), Strength.BARE, (0, len(text)))]
    if changed := _changed(utterance) or _by_title(utterance):
        return [changed]
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
    joined = [clause for clause in utterance.clauses if _is_joining(utterance, clause)]
    if not joined or _is_elsewhere(utterance, joined) or _is_invitation(utterance, joined):
        return []
    withdrawn = _withdrawing(utterance)
    if withdrawn:  # 我退出，换老傅去，给他报上; 植树不去了，义诊我报名
        joined = [
            c
            for c in joined
            if c not in withdrawn and (_INSTEAD.search(c.text) or _is_another(c, withdrawn))
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
    return bool(_ACTIVITY.search(quoted)) and looks_for_people(quoted)


def _changed(utterance: Utterance) -> Reading | None:
    """Read 报名人数改成3人; 改成2个人 alone is `BARE`, and said to the bot only."""
    match = _CHANGED.fullmatch(utterance.text) if "人" in utterance.text else None
    count = read_int(_PERSONS.sub("", match["n"])) if match else None
    if match is None or not count or not (match["named"] or utterance.addressed):
        return None
    strength = Strength.CLEAR if match["named"] else Strength.BARE
    return Reading(SignupSlots(count=count, changed=True), strength, match.span())


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


def _is_another(clause: Clause, others: Sequence[Clause]) -> bool:
    """Tell whether a clause names an activity that the others, which name theirs, do not."""
    named = _ACTIVITY.search(clause.text)
    theirs = [found[0] for other in others if (found := _ACTIVITY.search(other.text))]
    return named is not None and bool(theirs) and named[0] not in theirs


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


def _is_joining(utterance: Utterance, clause: Clause) -> bool:
    text = clause.text
    if not clause.stated and not ("报" in text and (politely(text) or _is_wished(clause))):
        return False
    if _THEIRS.match(text) and Topic.MEETING not in utterance.topics:
        return False
    if _NOT_JOIN.search(text) or about_listener(text) or Topic.LEAVE in clause.topics:
        return False
    if Topic.RECEIPT in utterance.topics and _WILL_COME.fullmatch(text):
        return True
    joins = _JOINS.search(text)
    if joins and ("参加" not in joins[0] or _names_activity(utterance, clause)):
        return True
    ours = Topic.MEETING in utterance.topics or _ACTIVITY.search(utterance.text)
    ours = None if Topic.LEAVE in utterance.topics else ours  # 请不了假，我去
    return bool(ours and len(text) <= 16 and _GOES.search(text))


def _is_wished(clause: Clause) -> bool:
    """Tell whether it counts as still to come only for its 想 (我想报名植树)."""
    if clause.mood is not Mood.FUTURE or "想" not in clause.text:
        return False
    return mood_of(_WISH.sub("", clause.text)) is Mood.STATEMENT


def _names_activity(utterance: Utterance, clause: Clause) -> bool:
    """Tell 我参加 and 植树我参加 from 我要参加我们班的聚会."""
    return (
        utterance.addressed
        or Topic.MEETING in utterance.topics
        or bool(_ACTIVITY.search(utterance.text))
        or len(clause.text) <= _SHORT
        or utterance.quoted is not None
    )


def _signup(utterance: Utterance, joined: list[Clause]) -> Reading:
    around = _around(utterance)
    if all(_is_another(clause, _denied(utterance)) for clause in joined):
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


def _around(utterance: Utterance) -> tuple[Clause, ...]:
    return (
        tuple(
            clause
            for clause in utterance.about(Topic.SIGNUP) or utterance.clauses
            if Topic.RECEIPT not in clause.topics or "报" in clause.text
        )
        or utterance.clauses
    )


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
        if _THEM.search(text) and (names := _named_before(utterance, clause)):
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


def _named_before(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read whom 给他, 替他俩 means: those whom the nearest clause before names."""
    before = [other for other in utterance.clauses if other.start < clause.start]
    for other in reversed(before):
        people = find_people(other.text, utterance.lexicon)
        if people:
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


def recognise_signup_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise withdrawing from an activity."""
    if not utterance.clauses or utterance.to_others:
        return []
    clauses = _withdrawing(utterance)
    if not clauses:
        return []
    around = _around(utterance)
    contrasted = any(_is_another(c, clauses) for c in utterance.clauses if c not in clauses)
    if contrasted:
        around = tuple(clauses)  # 植树我不去了，义诊我报名
    whole = utterance.stretch(around)
    names = _leavers(utterance, clauses)
    slots = SignupCancelSlots(
        title=find_title(utterance, around, names) or _activity(clauses),
        day=utterance.days_in(whole)[0],
        until=utterance.days_in(whole)[1],
        names=names,
        count=utterance.count_in(whole),
        reason=None if contrasted else _why(utterance, names),
    )
    only = _ONLY_LEAVES.fullmatch(utterance.text)
    strength = Strength.BARE if only else Strength.CLEAR
    return [Reading(slots, strength, (clauses[0].start, clauses[-1].end))]


def _activity(clauses: Sequence[Clause]) -> str | None:
    """Return the activity named where no title was found: never is another one withdrawn from."""
    found = [match[0] for clause in clauses if (match := _ACTIVITY.search(clause.text))]
    return found[0] if found else None


def _why(utterance: Utterance, names: tuple[str, ...]) -> str | None:
    """Return the clause that says why, if one besides the withdrawal does."""
    others = [
        c
        for c in utterance.clauses
        if not (_WITHDRAWS.search(c.text) or _BACKS_OUT.search(c.text))
        and not _REPLACED.fullmatch(c.text)
    ]
    title = find_title(utterance, utterance.clauses, names)
    reason = find_reason(utterance, others, names)
    return None if reason and title and reason in title else reason


def _withdrawing(utterance: Utterance) -> list[Clause]:
    if not _MAY_WITHDRAW.search(utterance.text):
        return []
    named = bool(_NAMED.search(utterance.text)) or Topic.SIGNUP in utterance.quoted_topics
    named = named or bool(_SIGNED_UP_FOR.search(utterance.text))
    return [
        clause
        for clause in utterance.clauses
        if _is_withdrawing(clause, utterance, named) and not _stays_at_home(utterance, clause)
    ]


def _stays_at_home(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether 老伴去不了 only says who does not come along (植树我报名，老伴去不了)."""
    names, end = read_names(clause.text, 0, utterance.lexicon)
    if not names or not _ONLY_ABSENT.fullmatch(clause.text, end):
        return False
    return any(
        "我" in other.text
        and not _WAS_SIGNED_UP.search(other.text)
        and not find_people(other.text, utterance.lexicon)
        and _is_joining(utterance, other)
        for other in utterance.clauses
        if other is not clause
    )


_ONLY_ABSENT = re.compile(
    r"(?:就|也|有事|没空|这次|这回|的话)*(?:[去来参]加?不[了成]|不[去来]|不参加)了?"
)
_WAS_SIGNED_UP = re.compile(r"报[了过]")


def _is_withdrawing(clause: Clause, utterance: Utterance, named: bool) -> bool:
    text = clause.text
    named_here = named or bool(_ACTIVITY.search(text))
    backs_out = (
        named_here and _BACKS_OUT.search(text) and not clause.topics & {Topic.CHECKIN, Topic.LEAVE}
    )
    if not (
        backs_out
        or _WITHDRAWS.search(text)
        or _LEAVES_ACTIVITY.search(text)
        or _ONLY_LEAVES.fullmatch(utterance.text)
    ) and not (
        named
        and _LEAVES.search(text)
        and clause.mood is not Mood.FUTURE
        and Topic.LEAVE not in utterance.topics
    ):
        return False
    if clause.mood is Mood.QUESTION and (not politely(text) or _WHO_HOW.search(text)):
        return False
    if _NOT_WITHDRAWN.search(text) or about_listener(text):
        return False
    if about_everybody(text.replace("名单", "")):
        return False
    return not (utterance.elsewhere and elsewhere(text))


def _leavers(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    for clause in clauses:
        for match in re.finditer(r"[帮替代把给]@?", clause.text):
            names, _ = read_names(clause.text, match.end(), utterance.lexicon)
            if names:
                return names
    for clause in utterance.clauses:
        names, end = read_names(clause.text, 0, utterance.lexicon)
        if names and re.match(
            r"的(?:[^，]{0,8})?报名|(?:临时|家里)?有事|[^，]{0,8}报名(?:取消|退)", clause.text[end:]
        ):
            return names
    for clause in clauses:
        if "我" not in clause.text:
            people = find_people(clause.text, utterance.lexicon)
            if people:
                return tuple(dict.fromkeys(name for name, _, _ in people))
    for clause in clauses:
        if _THEM.search(clause.text) and (names := _named_before(utterance, clause)):
            return names
    names, end = read_names(clauses[0].text, 0, utterance.lexicon)
    return names if _DOES.match(clauses[0].text, end) else ()
