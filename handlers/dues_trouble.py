"""Dues that went wrong on the way (交重了, 退回来了): a person sorts it out, nothing is recorded.

Example:
    张三: 党费交重了
    » 您别着急，您的党费记录没有动。请跟组织委员王敏说一声，对过账会给您办好。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import ROLE_NAMES
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.payments import recognise_dues_paid
from bot.inbound.replies import Reply, reply
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.services import people, posts

TURN_TO = "您别着急，您的党费记录没有动。请跟{role}{name}说一声，对过账会给您办好。"
NOBODY = "您别着急，您的党费记录没有动。请跟街道党务专干说一声，对过账会给您办好。"


@dataclass(frozen=True, slots=True)
class TroubleSlots:
    """Dues were paid twice, or came back."""


EXAMPLES = (
    "党费交重了",
    "党费退回来了",
    "党费交了两遍",
    "党费多交了怎么办",
    "我的党费被扣了两次",
    "退回来了",
)
SILENT = (
    "燃气费交重了",
    "党费没交重",
    "党费是不是交重了",
    "老王的快递退回来了",
    "党费10元，上次交多了5元这次少交",
    "党费退回来了吗",
)

_TROUBLE = re.compile(
    r"[交缴转付扣打汇]重(?:了|复)|重复(?:[交缴转付扣打])|[交缴转付扣打]了?(?:[两二2三3])[次遍回]"
    r"|(?:多[交缴转付扣打]|[交缴转付扣打]多)了|退回(?:来|给我)?了|被退|原路退"
)
_ASKS_HOW = re.compile(
    r"怎么(?:办|弄|退|处理)|咋(?:办|弄|整)|如何(?:退|处理|办)|找谁|能不能退|能退"
)
_BACK = re.compile(
    r"(?:钱|款|转账|转的钱|微信转账)?(?:又|被|都|给|自动|我|的)*退回(?:来|给我)了|(?:钱|款)(?:又|都)?[交缴转付扣]重了"
)
_DENIED = re.compile(r"^退(?!回)|没|不是|别|免得|怕|要是|如果|会不会")
_LONGEST = 30


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise dues paid twice or returned, where nothing else is stated of them."""
    text = utterance.text
    if len(text) > _LONGEST or utterance.to_others or not _TROUBLE.search(text):
        return []
    said = [clause for clause in utterance.clauses if _is_trouble(clause)]
    ours = Topic.DUES in utterance.topics or (utterance.addressed and _BACK.fullmatch(text))
    if not said or not ours or utterance.elsewhere or recognise_dues_paid(utterance):
        return []
    return [Reading(TroubleSlots(), Strength.EXACT, (0, len(text)))]


def _is_trouble(clause: Clause) -> bool:
    text = clause.text
    if not _TROUBLE.search(text) or _DENIED.search(text):
        return False
    if about_listener(text) or about_everybody(text):
        return False
    return clause.mood is not Mood.QUESTION or _ASKS_HOW.search(text) is not None


def handle(_slots: TroubleSlots, context: Context) -> Reply:
    """Name who sorts it out: the organiser, else the secretary, else who answers above."""
    session, today, me = context.session, context.today, context.member_id
    holder = people.find_organiser(session, context.branch_id, today, but=me)
    if holder is None or holder.id == me:
        holder = posts.find_above(session, context.branch_id, today)
    if holder is None:
        return reply(NOBODY)
    return Reply(say(TURN_TO, role=ROLE_NAMES[holder.role], name=Fact(FactKind.ROLL, holder.name)))


INTENT = Intent(
    name="dues_trouble",
    title="党费交重了、退回来了",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
