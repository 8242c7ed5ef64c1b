"""How to use the bot (帮助).

Example:
    张三: 怎么签到
    » 会议前半小时起，在群里或这里回复 签到。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.context import FIRST_CONTACT, Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.replies import Reply, reply
from bot.inbound.topics import Topic
from bot.inbound.utterance import Utterance
from bot.inbound.vocabulary import words

MEMBER = (
    "会前发：签到\n来不了发：请假 原因\n交了党费发：党费已交 3月 30\n"
    "学习报名发：报名\n看自己的发：我的\n问时间发：下次什么时候\n打错了发：撤销\n"
    "为什么提醒我，发：为什么"
)
SECRETARY = (
    "您管支部，还可以发：\n发通知 明天下午3点社区二楼开会\n"
    "建会 支部党员大会 3月12日 10:00 社区二楼\n名单（谁到了）；名单 党费 3月（谁交了）\n"
    "确认党费 全部\n改期、取消会议；绑定码 姓名"
)
TOPICS = {
    "签到": "开会前半小时起，发 签到 两个字就行。会后48小时内可以发 补签。",
    "请假": "发 请假 加原因，例如：请假 出差。原因只有组织委员看得到。",
    "党费": "交了以后发：党费已交 3月 30。不清楚多少，发：党费多少。",
    "报名": "发 报名，有几个班时我会列出来让您选。不去了发 取消报名。",
}


@dataclass(frozen=True, slots=True)
class HelpSlots:
    """A question how to use the bot.

    Attributes:
        topic: What it is about (怎么签到: CHECKIN), None for everything.
    """

    topic: Topic | None = None


EXAMPLES = ("帮助", "怎么用", "怎么签到", "怎么补签", "你能干什么", "如何取消报名", "使用说明")
SILENT = ("怎么还不来", "请假条怎么写", "感谢您的帮助", "签到")

_ALONE = words(
    """
    帮助 帮助一下 help HELP Help 怎么用 怎么使用 使用说明 使用方法 使用帮助 菜单 功能
    说明 命令 指令 ？ 教程 操作说明 功能列表 功能介绍
    """
)
_ABLE = re.compile(
    r"(?:你|小助手|机器人)(?:都|还)?(?:能|会|可以)(?:干|做|帮.{0,3}做)?(?:点"
    r"|些)?(?:什么|啥|哪些)|(?:有|都有)(?:什么|哪些|啥)(?:功能|命令|用法)"
    r"|(?:怎么|如何|咋)(?:使?用|操作)(?:你|小助手|机器人|这个)?|不会用|(?:你"
    r"|小助手)(?:是干|有)(?:什么|啥)|使用(?:说明|方法|帮助)|需要帮助|教教?我"
)
_HOW = re.compile(
    r"(?:怎么|怎样|如何|咋|咋个|在哪(?:里|儿)?|怎么样才能|怎么才能)(?:才能|去|来"
    r"|在.{0,6})?(?P<what>[^，？]{1,10})|(?P<that>[^，？]{1,10})(?:怎么|如何|咋)(?:弄"
    r"|操作|办|搞|用|做|签|报|填|发|写|整)"
)
_TOPICS = (
    (re.compile(r"[补代]签|签到|报到|打卡|签个到"), Topic.CHECKIN),
    (re.compile(r"请.{0,2}假(?!条|单)|销假"), Topic.LEAVE),
    (re.compile(r"报.{0,1}名(?!表|费)"), Topic.SIGNUP),
    (re.compile(r"绑定|认证|实名"), Topic.BINDING),
    (re.compile(r"撤[销回]|改(?:正|错)?签|更正"), Topic.UNDO),
    (re.compile(r"发通知|通知"), Topic.NOTICE),
    (re.compile(r"接龙"), Topic.SIGNUP),
    (re.compile(r"查(?:出勤|考勤|积分)"), Topic.ATTENDANCE),
    (re.compile(r"学习打卡|记学时|补学"), Topic.STUDY),
    (re.compile(r"建会|会议记录|建活动"), Topic.MEETING),
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a question how to use the bot or what it can do."""
    text = utterance.text
    if text in _ALONE:
        strength = Strength.CLEAR if utterance.addressed else Strength.BARE
        return [Reading(HelpSlots(), strength, (0, len(text)))]
    if not utterance.addressed or Topic.DUES in utterance.topics:
        return []
    for match in _HOW.finditer(text):
        topic = _topic(match["what"] or match["that"])
        if topic:
            return [Reading(HelpSlots(topic), Strength.CLEAR, (0, len(text)))]
    if _ABLE.search(text):
        return [Reading(HelpSlots(), Strength.CLEAR, (0, len(text)))]
    return []


def _topic(text: str) -> Topic | None:
    return next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)


def handle(slots: HelpSlots, context: Context) -> Reply:
    """Show what the writer can say, by their own role."""
    if context.actor.member_id is None:
        return reply(FIRST_CONTACT)
    if slots.topic is not None and slots.topic.value in TOPICS:
        return reply(TOPICS[slots.topic.value])
    return reply(f"{MEMBER}\n\n{SECRETARY}" if context.actor.grants else MEMBER)


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
