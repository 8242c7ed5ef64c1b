"""Wordings that are taught: their one form, what may be one, and how they are masked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from bot.domain.attendance import speaks_of_illness
from bot.domain.errors import DomainError

SOMEBODY, NUMBER = "某某", "#"
MAX_KEPT = 60
MIN_WORDING, MAX_WORDING = 2, 30

_TITLES = (
    "大爷|大妈|阿姨|奶奶|爷爷|叔叔|大叔|大伯|大姐|大哥|大嫂|大婶|大娘|师傅|老师|书记|主任"
    "|委员|组长|医生|先生|女士|同志|叔|婶|姐|哥|姨|嫂|伯"
)
_DIGITS = re.compile(r"[0-9][0-9.,:/\-]*[Xx]?|[一二三四五六七八九零〇十百]{4,}")
_APART = re.compile(r"[\s，。！？；：、,.!?;:~…·“”\"'‘’()（）]+")
_PARTICLES = re.compile(r"[哈啊呀哦哟嘞啦咯噢唷呗嘛呐滴]+$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_EVERYDAY = (
    "好 好的 好了 好吧 行 行吧 可以 可以的 对 对的 是 是的 嗯 嗯嗯 哦 噢 ok 没事 没问题 没有 有 "
    "不 不是 不行 不用 不用了 不要 不好 算了 再说 再见 拜拜 谢谢 谢谢您 多谢 感谢 辛苦了 麻烦了 "
    "不客气 您好 你好 大家好 早 早上好 上午好 中午好 下午好 晚上好 晚安 在吗 在不在 在 到 到了 "
    "来了 走了 收到 知道 知道了 明白 明白了 了解 懂了 看到了 听到了 哈哈 哈哈哈 呵呵 嘻嘻 啊 哎 "
    "唉 什么 怎么 为什么 啥 谁 哪里 几点 多少 真的 真的吗 是吗 厉害 加油 点赞 不错 很好 太好了 "
    "同意 支持 祝贺 恭喜 稍等 等一下 等等 马上 马上来 来 去 今天 明天 昨天 现在 一会儿 回头 有空 "
    "吃了吗 忙 忙着 开会 会议 学习 党费 通知 活动 报名 请假 签到 帮忙 麻烦 拜托 对不起 不好意思 "
    "抱歉 没关系 理解 确认 取消 同志们 大家 书记 委员 要得 中 成 妥 妥了 晓得 晓得了 得 没得"
)


class NotTeachable(DomainError):
    """A wording that may not be taught; the sentence says why."""


def wording_key(text: str) -> str:
    """Return the one form in which wordings are compared.

    Args:
        text: In one form, as people spell it; spaces, marks and a closing 哈 or 啊 do not count.
    """
    joined = _APART.sub("", text).lower()
    return _PARTICLES.sub("", joined) or joined


def mask(text: str, names: Iterable[str]) -> str:
    """Return a text without the people of a roll and without numbers.

    Args:
        text: In one form.
        names: Full names; given names of two characters and 老张, 张大爷 go as well.
    """
    for pattern in _name_patterns(names):
        text = pattern.sub(SOMEBODY, text)
    return _DIGITS.sub(NUMBER, text)[:MAX_KEPT]


def may_be_kept(text: str) -> bool:
    """Tell whether a text may be kept for the organiser: nothing that speaks of an illness.

    Source:
        privacy.table
    """
    return bool(text) and not speaks_of_illness(text)


def check_wording(wording: str) -> str:
    """Return the key of a wording that may be taught.

    Raises:
        NotTeachable: It holds a name or a number, is an everyday word, too short or too long.
    """
    key = wording_key(wording)
    if SOMEBODY in wording or NUMBER in wording or _DIGITS.search(wording):
        raise NotTeachable(
            f"“{wording}”里有人名或数字，换个人说就不一样了，教不了。请教一句不带人名和数字的。"
        )
    if key in _EVERYDAY.split() or not _HAN.search(key):
        raise NotTeachable(f"“{wording}”是平常聊天也会说的话，不能教。请教一句更具体的说法。")
    if not MIN_WORDING <= len(key) <= MAX_WORDING:
        raise NotTeachable(
            f"教的说法要{MIN_WORDING}到{MAX_WORDING}个字，“{wording[:MAX_WORDING]}”不合适。"
        )
    return key


def _name_patterns(names: Iterable[str]) -> list[re.Pattern[str]]:
    full = sorted({name for name in names if len(name) > 1}, key=len, reverse=True)
    if not full:
        return []
    given = {name[-2:] for name in full if len(name) > 2}
    surnames = "|".join(sorted({re.escape(_surname(name)) for name in full}))
    whole = "|".join(re.escape(name) for name in full)
    return [
        re.compile(whole),
        re.compile(f"(?:老|小|阿)(?:{surnames})(?:{_TITLES})?|(?:{surnames})(?:{_TITLES})"),
        *([re.compile("|".join(map(re.escape, sorted(given))))] if given else []),
    ]


def _surname(name: str) -> str:
    return name[:2] if len(name) > 3 else name[:1]


def holds_name(text: str, names: Collection[str]) -> bool:
    """Tell whether a text speaks of somebody on a roll."""
    return SOMEBODY in mask(text, names)
