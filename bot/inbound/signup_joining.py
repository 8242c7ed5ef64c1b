"""Who joins what activity, as people say it: shared by signing up and by taking it back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.inbound.moods import mood_of
from bot.inbound.names import find_people
from bot.inbound.patterns import one_of
from bot.inbound.scope import about_listener, politely
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance

_THEIRS = re.compile(
    r"(?:我们?|我家|隔壁|楼[上下]|对门|[大小老二三]){0,2}(?:侄[子女儿]|外甥女?|外?孙[子女儿]?|女婿|儿媳妇?|姑娘|小子|儿子|女儿|闺女"
    r"|[表堂][哥弟姐妹]|同[事学]|邻居|亲戚|朋友|老乡|战友|妹夫|姐夫|嫂子|弟妹|爸|妈|爷爷?|奶奶?|哥|弟|姐|妹)[^，]{0,4}报名[了过]?(?=[\u4e00-\u9fa5]{2})"
)
"""What others have joined elsewhere (侄子报名了游泳班)."""

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
    r"(?:前|后|完|好|数|汇总|清点|散会|清楚|齐|准|拢|妥)报(?:给)?我|[加添补]上?[他她]?个?签|报名(?:表(?!上)|费|时间|截止|链接|情况|名单|人数|的|方式|通知|开始|入口|结束|流程|条件"
    r"|成功|工作|要|须|需|点|处|系统|登记表|材料|群)"
    r"|(?:开始|可以|欢迎|踊跃|积极|抓紧|需要|要求|组织|停止|截止|发起|开启|开放|发布)报名|想报名?的|来着|本来|记得|提醒"
    r"|听[讲说]|那年|结果|参军|主要内容|一、|忙完|以后|附议|报上去|统计表|^我(?:妈|爸|爷|奶|儿|女|姐|哥|弟|妹|朋友|同事|邻居|同学)|学会|[取退撤删]|作废|不算|名额满|报名?满|说|大家|各位|(?<![和帮给替])[他她]|谁|都.{0,2}谁|帮我看"
    r"|我的报名$|错"
)

_WILL_COME = re.compile(r"(?:我|会|一定|肯定|准时|按时)*(?:参加|到会|出席)")

_SHORT = 8

ACTIVITIES = (
    r"植树|种树|义诊|义剪|志愿|参观|慰问|清扫|打扫|巡逻|骑行|[春秋]游|[爬登]山"
    r"|讲座|演练|扫[雪街]|拔[河草]|培训|研学|朗诵|演讲|观影|采摘|劝导|值守|执勤"
)

ACTIVITY = one_of(ACTIVITIES)

THEM = re.compile(r"[帮替代把给](?:他|她|他们|她的|他的)")


def is_another(clause: Clause, others: Sequence[Clause]) -> bool:
    """Tell whether a clause names an activity that the others, which name theirs, do not."""
    named = ACTIVITY.search(clause.text)
    theirs = [found[0] for other in others if (found := ACTIVITY.search(other.text))]
    return named is not None and bool(theirs) and named[0] not in theirs


def is_joining(utterance: Utterance, clause: Clause) -> bool:
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
    ours = Topic.MEETING in utterance.topics or ACTIVITY.search(utterance.text)
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
        or bool(ACTIVITY.search(utterance.text))
        or len(clause.text) <= _SHORT
        or utterance.quoted is not None
    )


def activity_around(utterance: Utterance) -> tuple[Clause, ...]:
    return (
        tuple(
            clause
            for clause in utterance.about(Topic.SIGNUP) or utterance.clauses
            if Topic.RECEIPT not in clause.topics or "报" in clause.text
        )
        or utterance.clauses
    )


def find_named_before(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read whom 给他, 替他俩 means: those whom the nearest clause before names."""
    before = [other for other in utterance.clauses if other.start < clause.start]
    for other in reversed(before):
        people = find_people(other.text, utterance.lexicon)
        if people:
            return tuple(dict.fromkeys(name for name, _, _ in people))
    return ()
