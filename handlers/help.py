"""How to use the bot (帮助).

Example:
    张三: 怎么签到
    » 会议前半小时起，在群里或这里回复 签到。
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.rights import RIGHTS, ROLE_NAMES, Action, Actor, Role, holds, refusal
from bot.inbound.context import FIRST_CONTACT, Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.patterns import one_of
from bot.inbound.replies import Reply, reply
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Utterance
from bot.inbound.vocabulary import words

EXAMPLES_OF: Mapping[Role | None, tuple[str, ...]] = {
    None: ("签到", "请假 出差", "党费已交 3月 30"),
    Role.SECRETARY: (
        "建会 支部党员大会 3月12日 10:00 社区二楼",
        "发通知 明天下午3点社区二楼开会",
        "名单",
    ),
    Role.DEPUTY: (
        "建会 支部党员大会 3月12日 10:00 社区二楼",
        "发通知 明天下午3点社区二楼开会",
        "名单",
    ),
    Role.ORGANISER: ("确认党费 全部", "催缴党费", "补录 3月10日 支委会 二楼 到会5人"),
    Role.PUBLICITY: (
        "发通知 明天下午3点社区二楼开会",
        "建会 党课 3月12日 10:00 社区二楼",
        "下次什么时候",
    ),
    Role.DISCIPLINE: ("名单", "谁没签到", "出勤率统计"),
    Role.CELL_LEADER: ("建会 党小组会 3月12日 15:00 二楼", "补录 3月10日 党小组会 到会4人", "名单"),
    Role.OFFICER: ("发通知 明天下午3点社区二楼开会", "名单", "绑定码 姓名"),
}
HEAD = "您可以发："
AS_POST = "您是{post}，还可以发："
MORE = (
    "别的：报名、我的、下次什么时候、学习强国学完了。打错了发 撤销；为什么提醒我，发 为什么；"
    "不清楚就问，例如 怎么签到"
)
MORE_OF_POST = "别的："
CALLS_ABOVE = "建会 党工委会议 3月12日 09:00 三楼会议室"
BY_RIGHT = (  # in the order in which they are needed
    (Action.SEND_NOTICE, ("发通知 明天下午3点社区二楼开会", "没送到")),
    (Action.CALL_MEETING, ("改期", "取消会议")),
    (Action.VIEW_LISTS, ("名单（谁到了）", "名单 报名", "名单 通知", "名单 学习", "出勤率 一季度")),
    (
        Action.CONFIRM_DUES,
        ("名单 党费 3月（谁交了）", "确认党费 全部", "催缴党费", "上缴党费 3月", "公示党费 一季度"),
    ),
    (
        Action.RECORD_ATTENDANCE,
        (
            *("除张三都到", "点名完毕", "签到码", "纸质签到 党员大会 张三、李四"),
            *("补学材料 主题党日 材料或链接", "补学名单", "核对接龙（或贴一条接龙）"),
        ),
    ),
    (
        Action.MANAGE_ROLL,
        (
            *("绑定码 姓名", "解除绑定 姓名", "名册变动", "介绍信", "怎么转组织关系"),
            *("发展党员", "发展步骤", "档案进度"),
        ),
    ),
    (
        Action.WRITE_MINUTES,
        ("纪要 党员大会", "法定人数 党员大会", "问题 3号楼漏雨 王强 4月20日前", "问题清单"),
    ),
    (Action.VIEW_REPORT, ("年报 2026",)),
    (Action.BIND_GROUP, ("绑定群 支部名称（在群里 @我 发）",)),
)
RELATION = (
    "要转组织关系，请告诉本支部书记：转到哪个支部、什么时候、党费交到几月。"
    "对方接收以前，仍在原支部参加活动、交党费。看自己的请发 我的组织关系"
)
KEEPS_ROLL = """名册和组织关系：
转出 张三 到 第五党支部 党费交到3月
接收 张三；退回 张三 原因；收回介绍信 张三
回执 张三 3月20日（转到外面的）
转入 王新 从 城东街道第一党支部 党费交到2月
介绍信（没接收的、过期的）
接收预备党员 赵新 3月10日；转正 赵新 3月10日
外出流动 张三；流动返回 张三；失联 张三；恢复联系 张三
停止党籍 张三 失去联系；恢复党籍 张三；除名 张三；去世 张三 3月1日
留党察看 张三；恢复表决权 张三
不作硬性要求 张三；不计入应到会 张三 在服刑 街道党工委同意
党小组 第一党小组 张三、王五；成立党小组 第二党小组
任命 王五 组织委员 4月1日；免去 王五 组织委员；班子
名册 3月1日；名册变动 一季度；名册更正 张三 转正 登记错了"""
KEEPS_UNITS = """成立支部 第七党支部 上级 和平社区；支部更名 五支部 为 第六党支部
划转 五支部 到 和平社区；分设支部 三支部 分出 第七党支部 张三、王五
五支部 并入 三支部；撤销支部 五支部 党员转到 三支部；设为联合支部 五支部"""
TOPICS = {
    "签到": "开会前半小时起，发 签到 两个字就行。会后48小时内可以发 补签。",
    "请假": "发 请假 加原因，例如：请假 出差。原因只有书记和组织委员看得到，生病的只记病假。",
    "党费": "交了以后发：党费已交 3月 30。不清楚多少，发：党费多少。",
    "学习": "学完了说一声就行，例如：党课视频看完了。缺的会算补学；不要心得、截图，不记学时。",
    "会议": "要开的会发：建会 党课 3月12日 10:00 社区二楼。开过的会发：补录 3月10日 党课 到会20人。"
    "改时间发：改期 党课 3月13日 15:00。不开了发：取消会议 党课。"
    "写纪要发：记录 党员大会 主持 李建国 记录 王敏 议题 学习条例。",
    "接龙": "把接龙整条贴给我，或引用它@我说 统计。您自己的一行马上算，别人的等组织委员确认；"
    "我会告诉组织委员认出几人、还缺谁。",
    "报名": "发 报名，有几个班时我会列出来让您选。不去了发 取消报名。",
}
PAGES: Mapping[str, tuple[Action, str]] = {
    "确认党费": (
        Action.CONFIRM_DUES,
        "先看谁报了：名单 党费 3月。核对发 确认党费 全部，只核对一位发 确认党费 张三 3月；"
        "看过预览，照着它写的人数，例如回复 确认3，才记账。",
    ),
    "催缴党费": (
        Action.CONFIRM_DUES,
        "发 催缴党费，只催一个月发 催缴党费 3月。先给您看名单，照着它写的人数，例如回复 确认3，才私聊提醒。",
    ),
    "更正党费": (
        Action.CONFIRM_DUES,
        "一个月一个月更正，写上原因，例如：更正 张三 3月党费 15 记错了。",
    ),
    "教": (
        Action.TEACH_WORDINGS,
        "发 没看懂，看我没看懂的话；再发 教 编号 一句我懂的话，例如 教 1 签到。"
        "教错了发 忘掉 加编号。",
    ),
}
_PAGES = (
    (re.compile(r"(?:确认|核对)(?:一下)?党费|党费.{0,3}(?:确认|核对)"), "确认党费"),
    (re.compile(r"催缴?(?:一下)?(?:党费|欠费)|党费.{0,3}催"), "催缴党费"),
    (re.compile(r"(?:更正|改正|修改)(?:一下)?党费|党费.{0,3}(?:更正|改正)"), "更正党费"),
    (
        re.compile(
            r"(?:怎么|怎样|如何|咋)教(?:你|说法|会你|它|机器人)?(?:一?个?说法|新说法|说话)?$"
        ),
        "教",
    ),
)
_HOW_WORD = re.compile(r"怎么(?!还|没|不|又)|怎样|如何|咋")


@dataclass(frozen=True, slots=True)
class HelpSlots:
    """A question how to use the bot.

    Attributes:
        topic: What it is about (怎么签到: CHECKIN), None for everything.
        page: A key of `PAGES`, where it asks for an order of those who hold a post.
    """

    topic: Topic | None = None
    page: str | None = None


EXAMPLES = (
    "帮助",
    "怎么用",
    "怎么签到",
    "怎么补签",
    "你能干什么",
    "如何取消报名",
    "使用说明",
    "怎么转组织关系",
)
SILENT = ("怎么还不来", "请假条怎么写", "感谢您的帮助", "签到")

_ALONE = words(
    """
    帮助 帮助一下 help HELP Help 怎么用 怎么使用 使用说明 使用方法 使用帮助 菜单 功能
    帮助文档 能干啥 能干什么 干啥用的 说明 命令 指令 ？ 教程 操作说明 功能列表 功能介绍
    """
)
_ABLE = re.compile(
    r"(?:你|小助手|机器人)(?:都|还)?(?:能|会|可以)(?:干|做|帮.{0,3}做)?(?:点"
    r"|些)?(?:什么|啥|哪些)|(?:有|都有)(?:什么|哪些|啥)(?:功能|命令|用法)"
    r"|(?:怎么|如何|咋)(?:使?用|操作)(?:你|小助手|机器人|这个)?|不会(?:用|弄|操作|搞|使)|指令|命令|(?:你"
    r"|小助手)(?:是干|有)(?:什么|啥)|使用(?:说明|方法|帮助)|说明书|操作(?:手册|说明|指南)|教程|功能(?:菜单|列表|介绍)|菜单|你是(?:干|做)|第一次用|从哪(?:里|儿)?(?:开始|学)|需要帮助|教教?我"
)
_HOW = re.compile(
    r"(?:怎么|怎样|如何|咋|咋个|在哪(?:里|儿)?|怎么样才能|怎么才能)(?!没|不|还|又|老|总|这么|那么|都)(?:才能|去|来"
    r"|在.{0,6})?(?P<what>[^，？]{1,10})|(?P<that>[^，？]{1,10})(?:怎么|如何|咋)(?:弄"
    r"|操作|办|搞|用|做|签|报|填|发|写|整)"
)
_OF_OTHERS = re.compile(
    r"[帮替代给](?:[他她]|(?!我|忙)[^，]{1,10}?[签补记请报交])|[他她](?:们|俩)?[都也]?(?:不会|弄不)"
)
_TEACH = re.compile(r"怎|如何|咋|教")
_LEARNT = re.compile(
    r"我想想|(?<![发给让])我看看|一会儿|明白.{0,8}了|学会了|会了(?!吗|没)|懂了|弄清楚了|搞清楚了"
)
_HELPS = re.compile(
    r"^(?![^，]*(?:怎|如何|咋|教))[^，]{0,6}[帮给替代](?!我|忙)[^，]{1,8}(?:[补签报请记登]|签到)(?!错)"
)
"""Somebody who cannot himself is helped (帮她补个签，她不会用手机): an order, no question."""
_ASKS_HOW = one_of(
    r"[点按填发回写说讲](?:哪|什么|啥|几个字)|格式|该怎么|(?:怎么|怎样|如何|咋|哪里|在哪)(?!还|没|不|又|这么|那么|回事|办|样|了|知道|突然|老|总|是我|都)"
    r"|教(?:教|一下|下|会)?我|不会(?:用|弄|操作|搞|发|写|签|报|请|填|点|整)|不知道(?:怎么|咋|如何)|手把手|(?:步骤|流程)(?:是|怎)"
)
_WHERE_TO = re.compile(r"[点按填发回写说弄搞](?:哪|什么|啥)|哪里[点填按补]|怎么[点填按补弄]")
_TOPICS = (
    (re.compile(r"学习打卡|记学时|补学|(?:登记|报)学习|学完"), Topic.STUDY),
    (re.compile(r"[补代]签|签到|报到|打卡|签个到"), Topic.CHECKIN),
    (re.compile(r"请.{0,2}假(?!条|单)|销假"), Topic.LEAVE),
    (re.compile(r"报.{0,1}名(?!表|费)"), Topic.SIGNUP),
    (re.compile(r"绑定|认证|实名"), Topic.BINDING),
    (re.compile(r"撤[销回]|改(?:正|错)?签|更正"), Topic.UNDO),
    (re.compile(r"发通知|通知"), Topic.NOTICE),
    (re.compile(r"接龙"), Topic.CHAIN),
    (re.compile(r"[查看](?:一下|询)?(?:我的?)?(?:出勤|考勤|积分)"), Topic.ATTENDANCE),
    (
        re.compile(
            r"建(?:会|活动)|会议记录|改期|取消(?:会|活动)"
            r"|(?:登记|补录|录入|创建|建)(?:一次|一个|个|新)?(?:会|活动)"
        ),
        Topic.MEETING,
    ),
    (re.compile(r"组织关系|介绍信|名册变动"), Topic.PROFILE),
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a question how to use the bot or what it can do."""
    text = utterance.text
    if text in _ALONE:
        strength = Strength.CLEAR if utterance.addressed else Strength.BARE
        return [Reading(HelpSlots(), strength, (0, len(text)))]
    if not utterance.addressed or _LEARNT.search(text):
        return []
    if _HOW_WORD.search(text):
        page = next((page for pattern, page in _PAGES if pattern.search(text)), None)
        if page:
            return [Reading(HelpSlots(page=page), Strength.CLEAR, (0, len(text)))]
    if Topic.DUES in utterance.topics:
        return []
    found = _asked(utterance)
    return [] if found and any(_HELPS.search(c.text) for c in utterance.clauses) else found


def _asked(utterance: Utterance) -> list[Reading]:
    text = utterance.text
    for match in _HOW.finditer(text):
        topic = _topic(match["what"] or match["that"])
        if topic:
            return [Reading(HelpSlots(topic), Strength.CLEAR, _clause_around(utterance, match))]
    if _OF_OTHERS.search(text) and not _TEACH.search(text):
        return []
    for clause in utterance.clauses:
        topic = _topic(clause.text) if _ASKS_HOW.search(clause.text) else None
        if topic:
            return [Reading(HelpSlots(topic), Strength.CLEAR, (clause.start, clause.end))]
    if topic := _asked_behind(utterance.clauses):
        return [Reading(HelpSlots(topic), Strength.CLEAR, (0, len(text)))]
    if _ABLE.search(text):
        return [Reading(HelpSlots(), Strength.CLEAR, (0, len(text)))]
    return []


def _clause_around(utterance: Utterance, match: re.Match[str]) -> tuple[int, int]:
    """Return the clauses a match lies in; what stands beside them is another matter."""
    inside = [c for c in utterance.clauses if c.start < match.end() and match.start() < c.end]
    return (inside[0].start, inside[-1].end) if inside else match.span()


def _asked_behind(clauses: Sequence[Clause]) -> Topic | None:
    """Read 忘签了，后面补要点哪里: what it is about stands in the clause before."""
    for before, clause in pairwise(clauses):
        if _WHERE_TO.search(clause.text) and (topic := _topic_of_slip(before.text)):
            return topic
    return None


def _topic_of_slip(text: str) -> Topic | None:
    return _topic(text) or (Topic.CHECKIN if "签" in text else None)


def _topic(text: str) -> Topic | None:
    return next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)


def handle(slots: HelpSlots, context: Context) -> Reply:
    """Show what the writer can say, by their own role."""
    if context.actor.member_id is None:
        return reply(FIRST_CONTACT)
    if slots.page is not None:
        action, words = PAGES[slots.page]
        if holds(context.actor, action):
            return reply(words)
        if action is Action.CONFIRM_DUES:
            return reply(TOPICS["党费"])
        raise refusal(action)
    if slots.topic is not None and slots.topic.value in TOPICS:
        return reply(TOPICS[slots.topic.value])
    if slots.topic is Topic.PROFILE:
        return reply(_relation(context.actor))
    held = {grant.role for grant in context.actor.grants}
    return reply("\n".join(_lines([role for role in EXAMPLES_OF if role in held])))


def _relation(actor: Actor) -> str:
    """Return how the organisational relation is kept, as far as the reader may keep it."""
    pages = [KEEPS_ROLL] if holds(actor, Action.MANAGE_ROLL) else [RELATION]
    pages += [KEEPS_UNITS] if holds(actor, Action.MANAGE_UNITS) else []
    return "\n".join(pages)


def _lines(posts: Sequence[Role]) -> list[str]:
    """Return three examples for a member, three for the first post, the rest by right.

    Args:
        posts: Those held, the widest first.
    """
    lines = [HEAD, *EXAMPLES_OF[None], MORE]
    if posts:
        examples = EXAMPLES_OF[posts[0]]
        lines += ["", AS_POST.format(post=ROLE_NAMES[posts[0]]), *examples]
        lines += [MORE_OF_POST, *_more(posts, examples)]
    return lines


def _more(posts: Sequence[Role], examples: Sequence[str]) -> list[str]:
    """Return one line a right with what was no example yet; nothing that would be refused."""
    may = {action for role in posts for action in RIGHTS[role]}
    of_street = all(role is Role.OFFICER for role in posts)
    groups = [
        [said for said in commands if said.split("（")[0] not in examples]
        for action, commands in BY_RIGHT
        if action in may
    ]
    if of_street:
        groups[1].insert(0, CALLS_ABOVE)
    return ["；".join(group) for group in groups if group]


INTENT = Intent(
    name="help",
    title="帮助",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    strangers=True,
    teachable=Teachable.QUESTION,
)
