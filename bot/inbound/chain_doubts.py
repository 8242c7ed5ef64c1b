"""Which notes of a #接龙 about money hold more than is understood: those a person has to read.

A name alone says that the assessed amount was paid. So a note counts as that only where every word
of it is one of paying (已交, 微信已转, 谢谢): 1O元, 两个月30 and 欠一个月 are never guessed at.
"""

from __future__ import annotations

import re

from bot.inbound.chain_names import KIN_ONLY, is_plain_name
from bot.inbound.names import NAME, find_name

_KIN = r"(?:我|俺)?(?:家)?(?:老伴儿?|爱人|家属|老公|老婆|妻子|丈夫|夫人|先生|太太|孩子|儿子|女儿|闺女|媳妇|家人|对象|爸爸?|妈妈?)"
_HAN = r"[\u4e00-\u9fa5]"
_MONTH = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})"
_MONTHS = rf"(?:{_MONTH}月?份?\s?[-~—至到、,，和]\s?){{0,11}}{_MONTH}月份?|第?[一二三四1-4]季度|[上下]半年|\d{{4}}年"
_NAMES_SEVERAL = re.compile(rf"{_MONTH}月?份?\s?[-~—至到、和]\s?{_MONTH}月|季度|[上下]半年")
_COUNTS_MONTHS = re.compile(
    r"(?:\d{1,2}|[一二两俩三四五六七八九十几半]{1,2})个多?月|[两俩]月|个季度|(?<![上下])半年|[全一两]年"
)
_OWES = re.compile(r"欠|赊|垫")
_NO_FIGURE = re.compile(r"\d[A-Za-z](?!MB)|(?<!RMB)(?<!CNY)(?<![Xx×])[A-Za-z]\d|[Oo〇]\d|\d〇")
"""A letter where a figure should be: 1O元, l5元; 20x3 is a product."""
_WITH_KIN = re.compile(rf"{_KIN}(?!.{{0,2}}[代帮替交缴转付给])")
_JOINT = re.compile(r"[\s，,;；、。和跟与及]+|(?=[代帮替])")
_THANKS = re.compile(r"谢+|多谢|感谢|辛苦|麻烦")
_UNDERSTOOD = re.compile(
    rf"(?:由|让|叫|请)?{_KIN}(?=.{{0,2}}[代帮替交缴转付给])|{_MONTHS}|{_MONTH}[日号]"
    rf"|(?:给|找|由)\s?(?:{NAME})|(?:{NAME})(?=[代帮替][交缴转付])"
    r"|(?:小组|组|班|支部)?(?:组织委员|委员|书记|组长|班长|会计|主任|老师)|支部|你们?|您"
    rf"|(?:农民|退休|离退休|预备|正式|流动|在职|老)?党员|(?<!{_HAN})[\u4e00-\u9fa5\d]{{1,4}}(?:科|室|小组|支部)(?!{_HAN})"
    r"|转账|打款|到账|付款|扫码|收款|现金|红包|微信|支付宝|银行卡?|网银|手机|当面|网上|线上"
    r"|今天|昨天|前天|刚才?|[上下]午|[早晚]上|中午|本月|当月|这个?月|上个?月|按时|按标准"
    r"|已经?|[代帮替]?[交缴转付捐补上打发给]+(?:了|过|齐|清|完|好|讫|的)*|完成|代|帮忙?|党费|费用?|钱|款"
    rf"|{_THANKS.pattern}|请?(?:查收|核对|查看)|本人|我|自己|全部|都|也|了|啦|OK|ok"
)


def is_doubtful(note: str, amount_fen: int | None) -> bool:
    """Tell whether a note about money is not understood to its last word.

    Args:
        amount_fen: What was read of it; with an amount, words besides do no harm unless they
            say that it is for more than one month or person.
    """
    if not note:
        return False
    several = _COUNTS_MONTHS.search(note) and not _NAMES_SEVERAL.search(note)
    if several or any(p.search(note) for p in (_OWES, _NO_FIGURE, _WITH_KIN)) or _names(note):
        return True
    rest = "" if amount_fen is not None else _UNDERSTOOD.sub("", note)
    return any(map(str.isalnum, rest))


def _names(note: str) -> bool:
    """Tell whether somebody else is named, besides whom it was given to: 15元 赵六也交了."""
    note = _THANKS.sub("", note)
    for joint in _JOINT.finditer(note):
        found = find_name(note, joint.end())
        if found and _is_other(found[0]) and not note.startswith(("代", "帮", "替"), found[1]):
            return True
    return False


def _is_other(name: str) -> bool:
    return is_plain_name(name) and not KIN_ONLY.fullmatch(name)
