"""Telling the bot's own texts from what people say: forwarded or quoted, they are no orders."""

from __future__ import annotations

import re

from bot.inbound.patterns import one_of

# Its texts say 回复 with a space and the word to write, behind a sentence; people who write such a
# line begin with it, or leave the space out.
_SAYS_HOW = re.compile(
    r"\S[^\n]*?回复 (?:撤销|取消|作罢|更正|确认|为什么|名单|接龙|教|忘掉|我的|人工|帮助|看|[12](?!\d)|请假"
    r"|补签|签到|收到|改期|同意|不同意|补学|报名|核对|党费)"
)
_MARKS = one_of(
    r"^✓ |^预览（未发送）|回复数字就行|来不了请私聊我：|名单已私聊您|^(?:没看懂。)?常用：签到 /"
    r"|收据号 \d{4}-|有疑问直接问就行。$"
)


def is_own_text(text: str) -> bool:
    """Tell whether a text is one that the bot has written.

    Somebody who forwards a reminder (来不了回复 2 加原因) or a receipt (打错了回复 撤销) asks for
    nothing; a robot that hears itself must not answer either.

    Args:
        text: As it was written.
    """
    return bool(_MARKS.search(text) or ("回复 " in text and _SAYS_HOW.search(text)))
