"""Which words may stand for a person, and how it was agreed that they do."""

from __future__ import annotations

import re
from enum import Enum

from bot.domain.errors import DomainError
from bot.domain.name_forms import POST_TITLES, fold_name

_WORD = re.compile(r"[一-鿿㐀-䶿A-Za-z]{2,8}")
_NOBODYS = frozenset(
    (
        *(
            "我",
            "你",
            "您",
            "他",
            "她",
            "我们",
            "大家",
            "全部",
            "所有",
            "所有人",
            "全体",
            "本人",
            "自己",
        ),
        *(
            "签到",
            "补签",
            "代签",
            "请假",
            "党费",
            "报名",
            "收到",
            "确认",
            "取消",
            "撤销",
            "帮助",
            "名单",
        ),
    )
)


class Consent(Enum):
    """How an alias was agreed to; the member named is told and may object."""

    ASKED = "asked"  # the answer to a question: 1 记住
    COMMAND = "command"  # 别名 老李 李建国


class NotAnAlias(DomainError):
    """A word that cannot stand for a person."""


def check_alias(text: str) -> str:
    """Return a word in the form in which it is kept.

    Raises:
        NotAnAlias: It has signs or too many characters, is a command, or names a post, whose
            holder changes.
    """
    word = fold_name(text)
    if not _WORD.fullmatch(word):
        raise NotAnAlias("别名请用2到8个汉字，例如 别名 老李 李建国")
    if word in _NOBODYS:
        raise NotAnAlias(f"“{word}”另有意思，不能当别名。换一个，例如 别名 老李 李建国")
    if word in POST_TITLES:
        raise NotAnAlias(f"“{word}”是职务，谁担任就是谁，不用记别名。")
    return word
