"""Taking back what was just recorded (撤销).

Example:
    张三: 打错了
    » ✓ 张三，已撤销：3月12日签到。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, ToMember
from bot.inbound.scope import elsewhere, politely
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.services.inverses import INVERSES
from bot.services.undo import Undone, undo_last

DONE = "✓ 已撤销{title}。"
AGAIN = "✓ 已撤销{title}。请重新发一次正确的，例如 党费 3月 30"
OBJECTED = "✓ 已撤销别人替您办的：{title}。"
TOLD_REPORTER = "{name}撤销了您替他办的：{title}。"
TOLD_SUBJECT = "{reporter}撤销了替您办的：{title}。"


@dataclass(frozen=True, slots=True)
class UndoSlots:
    """The sender takes back an earlier message.

    Attributes:
        topic: What it is about (取消签到: CHECKIN, 请假不算了: LEAVE, DUES), None for the latest.
        amount_fen: The right amount in fen, when the sender corrects one (打错了，38).
    """

    topic: Topic | None = None
    amount_fen: int | None = None


EXAMPLES = (
    "撤销",
    "撤回",
    "刚才打错了",
    "刚才那条发错了，不算",
    "取消签到",
    "请假不算了",
    "打错了，38",
    "更正：30不是300",
)
SILENT = ("取消报名", "怎么撤销", "不能撤销吗", "没打错", "做错题了", "我错了")

_TAKES_BACK = re.compile(
    r"撤[销回]|作废(?!的)|手误|误触|手[快抖](?!点)|(?:弄|搞|看|记|签|点|按|登|算|说)[混岔反错]了|不作准|别[算记]了|(?:那|上|前)(?:一?条|个).{0,6}(?:删|撤|去掉|抹)"
    r"|(?:请|麻烦|给我|帮我)?(?:纠正|改正)一?下|以.{1,8}为准|取消我?.{0,4}请的?假|假不请了|更正|(?:打|发|写|说|填|搞|弄|点|按|记|输|签|登)错|不算[了数]?(?:$"
    r"|，|吧|啊|哈)|不作数|当我没(?:说|发|签)|收回"
    r"|取消(?:掉|一下|了)?(?:刚才|刚刚|我|的|上一条|今天)*(?:签到|请假|打卡|补签|登记"
    r"|记录)|(?:签到|请假|打卡|补签|登记|请的假)(?:给我|帮我|的|先|请|麻烦|我)*(?:取消"
    r"|作废|不算|撤|删)"
    r"|(?:删|撤|去)掉?我?(?:刚才|刚刚)?(?:刚刚|才)?(?:建|发|报|登记|录)的|(?:删|去)(?:掉|除|了)?(?:刚才|刚刚|上一条|上条|前面)|(?:上一?条|刚才|刚刚"
    r"|前面)[^，]{0,6}(?:删|取消|不算|不对|有误|误发|错)|误发|手滑|[销消]假"
)
_SLIPS = re.compile(r"(?:打|发|写|说|填|搞|弄|点|按|记|输)错|误发|手滑|收回")
_TIED = re.compile(
    r"刚才|刚刚|上一?条|上面|前面|不算|作废|撤|更正|是\s?\d|应该?是|签到|请假|党费|金额|不是"
)
_NOT_UNDO = re.compile(
    r"撤回(?:干嘛|什么|了?一条)|口头|规定|要写|撤销(?:处分|职务|案|资格|决定|党内|了?对)|没(?:有)?[打发写说填搞弄点按记]错|不(?:能|会|要|用|可以|让)撤|(?:你|他|她|谁|老师"
    r"|公司)[^，]{0,4}[错撤]|撤(?:退|离|资|军|诉|职)|如何|怎"
)
_SIGNUP = re.compile(r"报.{0,1}名|名额|名字")
_RIGHT = re.compile(r"(?:应该?是|改成|改为|是|为|更正[:：\s]*|错了[，\s:]*)\s?$")
_WRONG = re.compile(r"(?:不是|写成了?|打成了?|而非)\s?$")
_TOPICS = (
    (re.compile(r"签|打卡|报到"), Topic.CHECKIN),
    (re.compile(r"假"), Topic.LEAVE),
    (re.compile(r"党费|金额|元|块"), Topic.DUES),
    (re.compile(r"学习|学时"), Topic.STUDY),
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a retraction or correction."""
    if not utterance.clauses or utterance.to_others:
        return []
    for clause in utterance.clauses:
        if _is_undo(clause):
            return _readings(utterance, clause)
    return []


def _is_undo(clause: Clause) -> bool:
    text = clause.text
    if not _TAKES_BACK.search(text) or _NOT_UNDO.search(text) or elsewhere(text):
        return False
    if clause.mood is Mood.QUESTION and not politely(text):
        return False
    return not (_SIGNUP.search(text) and not re.search(r"[打发写说填]错", text))


def _readings(utterance: Utterance, clause: Clause) -> list[Reading]:
    text = utterance.text
    topic = next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)
    amount = None if Topic.DUES in utterance.topics else _amount(utterance)
    slip = _SLIPS.search(clause.text) and not (_TIED.search(text) or amount)
    unsure = slip and not utterance.addressed
    if unsure and len(text) > 8:
        return []
    strength = Strength.BARE if unsure else Strength.CLEAR
    # A correction that names the dues states them anew: that part is read by the dues intent.
    match = _TAKES_BACK.search(clause.text)
    start, end = clause.start, clause.end
    if match and Topic.DUES in clause.topics:
        start, end = start + match.start(), start + match.end()
    return [Reading(UndoSlots(topic, amount), strength, (start, end))]


def _amount(utterance: Utterance) -> int | None:
    """Return the right amount of a correction: 打错了，38 and 是150 不是15."""
    text = utterance.text
    spans = utterance.money or tuple(find_bare_amounts(text, 0, len(text)))
    for span in spans:
        before = text[max(0, span.start - 8) : span.start]
        if not _WRONG.search(before) and _RIGHT.search(before) and isinstance(span.value, int):
            return span.value
    return None


def handle(slots: UndoSlots, context: Context) -> Reply:
    """Take back the last thing the writer did, or that was done for him; others concerned hear."""
    context.member_id  # noqa: B018 - strangers have nothing to take back
    undone = undo_last(context.session, INVERSES, by=context.actor, now=context.now)
    template = AGAIN if undone.stem == "dues" else DONE
    if undone.objected_to is not None:
        template = OBJECTED
    return Reply(say(template, title=event(undone.title)), send=_told(undone, context))


def _told(undone: Undone, context: Context) -> tuple[ToMember, ...]:
    """Tell the author of what he did not take back himself, else those it was done for."""
    title, key = event(undone.title), f"undone:{context.inbound_id}"
    if undone.objected_to is not None:
        text = say(TOLD_REPORTER, name=context.actor.name, title=title)
        return (ToMember(undone.objected_to, text, f"{key}:{undone.objected_to}"),)
    text = say(TOLD_SUBJECT, reporter=context.actor.name, title=title)
    return tuple(ToMember(member, text, f"{key}:{member}") for member in undone.subjects)


INTENT = Intent(
    name="undo",
    title="撤销",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
