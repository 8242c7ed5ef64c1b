"""The way into the pages (登录): a link that opens once, or the code that a computer shows.

Example:
    王敏: 登录
    » 网页的入口，只给您一个人用，10分钟内点开有效：
    | https://zhibu.example.org/login/link/…
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say, writer
from bot.domain.sign_in import is_code
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import console_sessions, sign_in

LINK = (
    "网页的入口，只给您一个人用，10分钟内点开有效，只能用一次，请不要转发：\n{address}\n"
    "点开后按“进入”。用电脑的，在电脑上打开网页，把上面的6位数字发给我，例如 登录 482913"
)
LET_IN = "✓ {name}，电脑上可以进入了，请在电脑上按“进入”。不是您在用电脑的，马上回复 退出网页"
NO_SUCH_CODE = "没有等着用这个码的电脑。请看一下电脑上的6位数字，10分钟内有效。"
OUT = "✓ 网页全部退出了，没用过的入口也作废了。再要进入请回复 登录"
PRIVATELY = "网页入口要私聊我才能给，请私聊回复 登录"


@dataclass(frozen=True, slots=True)
class SignInSlots:
    """Somebody wants into the pages, or out of them.

    Attributes:
        code: What a computer shows, or "".
        leaves: Out of all of them.
    """

    code: str = ""
    leaves: bool = False


EXAMPLES = (
    "登录",
    "登录网页",
    "网页登录",
    "我要登录网页",
    "登录 482913",
    "登录码 482 913",
    "退出网页",
    "网页全部退出",
)
SILENT = ("登录不上学习强国", "怎么登录共产党员网", "昨天登录过了", "大家记得登录系统", "退出群聊")

_IN = re.compile(
    r"(?:我要|我想|帮我|请)?(?:登[录陆](?:一下)?(?:网页|后台|控制台|电脑|网站)?|(?:网页|后台|控制台|电脑|网站)登[录陆]"
    r"|(?:打开|进入?)(?:网页|后台|控制台))码?"
    r"(?:[\s:]*(?P<code>\d{3}\s?\d{3}))?"
)
_OUT = re.compile(
    r"(?:网页|后台|控制台)(?:全部)?退出(?:登[录陆])?|退出(?:网页|后台|控制台)(?:登[录陆])?"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 登录, 登录 482913 and 退出网页, said to the bot (`EXACT`)."""
    text = utterance.text
    if _OUT.fullmatch(text):
        return [Reading(SignInSlots(leaves=True), Strength.EXACT, (0, len(text)))]
    match = _IN.fullmatch(text) if utterance.addressed else None
    if match is None:
        return []
    code = (match["code"] or "").replace(" ", "")
    return [Reading(SignInSlots(code), Strength.EXACT, (0, len(text)))]


def handle(slots: SignInSlots, context: Context) -> Reply:
    """Give a link, let a computer in, or end every session; links are for private chats only."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.leaves:
        console_sessions.end_all(context.session, by=context.actor, now=context.now)
        return reply(OUT)
    if not context.private or context.replayed:
        return reply(PRIVATELY)
    if is_code(slots.code):
        return _let_in(slots.code, context)
    address = sign_in.give_link(
        context.session, by=context.actor, public_url=context.public_url, now=context.arrived_at
    )
    return Reply(say(LINK, address=Fact(FactKind.ROLL, address)))


def _let_in(code: str, context: Context) -> Reply:
    if not sign_in.approve(context.session, code, by=context.actor, now=context.arrived_at):
        return reply(NO_SUCH_CODE)
    return Reply(say(LET_IN, name=writer(context.actor.name)))


INTENT = Intent(
    name="sign_in",
    title="登录网页",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
