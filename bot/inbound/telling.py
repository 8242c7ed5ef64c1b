"""An order to tell people something: whom, and the words that are told.

The order stands before the words (发通知 明天开会), behind them (明天开会，群里说一声) or between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.inbound.names import read_names
from bot.inbound.order_words import EVERYBODY, GROUP, LEAD, SAYS, SENDS, SET_UP, SOME, TELLS
from bot.inbound.script import simplify
from bot.inbound.utterance import Lexicon, Utterance, shared

_MOST_PIECES = 8
_GIVEN = r"[^，,。：:；;！!\n]{1,24}?"
_MORE = r"(?:[，,\s]*[让叫好]?(?:大家|同志们|他们)都?(?:知道|晓得|看看)(?:一下)?)?"
_TELL = re.compile(
    rf"{LEAD}(?:"
    rf"(?:给|跟|向|对|为|在(?=群)|到(?=群)|往(?=群))\s?(?P<to>{_GIVEN})\s?(?:再|也|都|先|来|单独|统一|分别|私下){{0,2}}(?:{SENDS}|{SAYS}|群?发(?:布|送|出去|一?[个条下])?(?=[\s:：，,]|$)|讲(?=[\s:：，,])|[说讲](?=[\s:：，,]))"
    rf"|{SENDS}(?:给|到|通知)?\s?(?P<all>{EVERYBODY}|{GROUP})?"
    r"|群发(?:一下|通知|消息)?|(?:推送|推|发)一?[条个份则](?=[\s:：，,])"
    rf"|(?P<verb>{TELLS})(?P<how>下去|一?下|一声|到|给)?(?:\s?(?P<whom>{EVERYBODY}|{GROUP})|(?=[\s:：，,]|$)|\s?(?P<named>(?=\S)))"
    rf"|(?:在|到|往)?群里面?(?:{SENDS}|{SAYS}|转(?:发|一下|出去)?|发|@所有人[，,\s]*(?:提醒一?下?|通知一?下?)?)"
    rf"|把(?P<this>[^，,：:\n]{{1,16}}?)(?:的?事儿?|的?消息)?(?:群?发|转发?|通知|传达|告诉|公布)(?:到|给|出去|下去|一下)*\s?(?P<reached>{EVERYBODY}|{GROUP}|群里?)?"
    rf"|(?:{SAYS}|发(?:一下|出去|群里|一遍|下)|发群里?)(?=[\s:：，,。]|$)"
    rf"){_MORE}(?P<mark>[\s:：,，。]*(?:(?:就|就是)?说(?!明)|内容是?(?=[\s:：]))?[\s:：,，]*)(?P<body>.*)",
    re.DOTALL,
)
_EVERYBODY = re.compile(rf"(?:{EVERYBODY}|群)+")
_ROLE = re.compile(
    r"(?:入党)?积极分子|(?:预备|流动|退休|在职|困难|老)?党员|发展对象|(?:党?小?组|楼|楼栋)长|网格员|支委|志愿者|邻居|门卫"
)
_NAMES_END = re.compile(r"(?:[几三四五两]位|他们)?")
_PIECE = re.compile(r"[^，,。；;！!？?\n]+")
_SPACED = re.compile(r"(?<=\s)\S+")
_ASKED = re.compile(
    r"^(?:了|过|的格式|的|吗|没|里|怎|什么|是|上|中|栏|群|不|我|看看)|怎么发|[吗？?]$"
)
_ONLY_ASKED = re.compile(r"[了过]?(?:没有?|吗|么|嘛)?[？?]*(?<=[吗没有么嘛？?])")
"""Behind 发通知 and a space the words are the notice's, whatever they are; but not 发通知 了吗."""
_TOLD_TO = re.compile(r"^(?:叫|让|请|说)(?:他|她)们?")
_PREAMBLE = re.compile(
    r"\d|[一二三四五六七八九十两]|今|明|后天|周|礼拜|星期|月|会|课|学习|活动|党|通知|交|取消|改|带|停|开门"
)
_MAY_TELL = frozenset("通群告发發说說讲講喊叫带帶捎致兹播布佈传傳吆招提知转轉推把")
_EXPLICIT = re.compile(
    rf"{LEAD}(?:发|群发|推)(?:一?个|布|送|一?条)?(?:通知|通告|公告)|{LEAD}群发|\s*(?:给|跟|向){EVERYBODY}发"
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told.

    Attributes:
        body: The words, as typed.
        names: Those it is for, as written.
        some: Likewise, where no name is said: 请假的人, 第三党小组.
        start, end: What the order and its words take of what was typed.
    """

    body: str
    names: tuple[str, ...] = ()
    some: str = ""
    start: int = 0
    end: int = 0


@shared
def telling_of(utterance: Utterance) -> Telling | None:
    """Return what a message tells others through the bot, worked out once for all intents."""
    return find_telling(utterance.raw, utterance.lexicon, addressed=utterance.addressed)


def find_telling(raw: str, lexicon: Lexicon, *, addressed: bool) -> Telling | None:
    """Return what is to be told, and whom.

    Args:
        raw: As typed.
        addressed: Said to the bot; else only the plain command counts.
    """
    if _MAY_TELL.isdisjoint(raw):
        return _spelled(raw) if addressed else None
    plain = _typed(raw)
    if addressed and (":" in plain or "：" in plain) and (headed := _headed(raw, plain, lexicon)):
        return headed
    if plain.lstrip().startswith(("定时通知", "定时发")):
        return None  # an order of its own: the time belongs to it
    if not addressed:
        found = _TELL.match(plain) if _EXPLICIT.match(plain) else None
        return _telling(raw, plain, found, lexicon) if found else None
    for start in _starts(plain):
        found = _TELL.match(plain, start)
        telling = _telling(raw, plain, found, lexicon) if found else None
        if telling:
            return telling
    return None


_SPELLED = re.compile(
    r"\s*(?:qun ?fa|fa ?(?:ge ?)?tong ?zhi|tong ?zhi)(?![a-z])[\s:：,，]+(?P<body>\S.*)",
    re.DOTALL | re.I,
)


def _spelled(raw: str) -> Telling | None:
    """Read an order typed in letters (qunfa 明天下午三点开会)."""
    found = _SPELLED.fullmatch(raw)
    return Telling(found["body"].strip(), end=len(raw)) if found else None


_HEADED = re.compile(
    r"\s*(?:@小助手\s*)?(?:(?:请|麻烦|帮我|现|特此|兹|紧急)*(?:兹|现|特此)(?:通知|公告|告知)"
    r"|(?:请|麻烦|帮我)?(?:发送|转发|转达|传达|转告|下发|抄送|推送)(?:给|到|至)?(?P<to>[^，,。：:；\n我]{1,14})|致(?P<dear>[^，,。：:；\n]{2,14}))[\s]*[：:]\s*(?P<body>\S.*)",
    re.DOTALL,
)
"""A formal heading, or whom it is sent to, and a colon (致退休党员：…, 兹通知：…)."""


def _headed(raw: str, plain: str, lexicon: Lexicon) -> Telling | None:
    found = _HEADED.fullmatch(plain)
    if found is None or "党费" in plain or found["body"].rstrip()[-1:] in tuple("吗？?"):
        return None
    body = raw[found.start("body") :].strip()
    said = (found["to"] or found["dear"] or "").strip()
    if not said or _EVERYBODY.fullmatch(said):
        return Telling(body, end=len(raw))
    names, end = read_names(said, 0, lexicon)
    if names and end == len(said):
        return Telling(body, names, end=len(raw))
    return Telling(body, some=said, end=len(raw))


def _typed(raw: str) -> str:
    """Return what was typed for matching, each character at its place."""
    text = simplify(raw)
    for slip in ("通之", "通只", "同知"):
        text = text.replace(slip, "通知")
    return text


def _starts(plain: str) -> Iterator[int]:
    """Yield where an order may begin: at the head, and behind a mark or a space."""
    yield 0
    starts = [piece.start() for piece in _PIECE.finditer(plain)][1:_MOST_PIECES]
    spaced = [word.start() for word in _SPACED.finditer(plain)][:_MOST_PIECES]
    yield from sorted({*starts, *spaced})


def _is_apart(plain: str, found: re.Match[str]) -> bool:
    """Tell whether a space or a mark parts the order from its words."""
    return plain[: found.start("body")][-1:] in tuple(" \n\t：:，,。")


def _telling(raw: str, plain: str, found: re.Match[str], lexicon: Lexicon) -> Telling | None:
    whom = _whom(raw, found, lexicon)
    if whom is None:
        return None
    names, some, body_at, marked = whom
    start, end = found.start(), len(plain)
    body = _TOLD_TO.sub("", raw[body_at:end].strip()).strip() if names else raw[body_at:end].strip()
    apart = start == 0 and bool(_EXPLICIT.match(plain)) and _is_apart(plain, found)
    if apart and _ONLY_ASKED.fullmatch(body):
        return None
    if not apart and ((not marked and _ASKED.search(body)) or body[-1:] in tuple("吗？?")):
        return None
    if _is_dues(plain, found, some):
        return None
    if start == 0:
        return Telling(body, names, some, 0, end) if body or not (names or some) else None
    before = raw[:start].strip(" ，,。；;\n")
    return _behind(before, Telling(body, names, some, start, end))


def _behind(before: str, told: Telling) -> Telling | None:
    """Read an order that has words before it: they are told, or only lead up to it."""
    if re.search(r"[吗？?]|怎么|谁|就是$|等于$|意思是|^教|^以后", before):
        return None
    if SET_UP.search(before):  # an order of its own; what is told of it is said there
        return told
    if told.body and not _PREAMBLE.search(before):
        return told
    body = f"{before}，{told.body}" if told.body else before
    return Telling(body, told.names, told.some, 0, told.end)


def _whom(
    raw: str, found: re.Match[str], lexicon: Lexicon
) -> tuple[tuple[str, ...], str, int, bool] | None:
    """Return names, the group that is some only, where the body begins and whether marked off."""
    body_at, marked = found.start("body"), bool(found["mark"])
    said = found["to"] or found["all"] or found["whom"] or found["reached"] or ""
    if found["named"] is not None:
        names, end = read_names(raw, found.start("body"), lexicon)
        return (names, "", _skip(raw, end), True) if names and len(raw) - end > 1 else None
    if found["verb"] and not said and not found["how"] and found.start() and not marked:
        return None
    if not said or _EVERYBODY.fullmatch(said):
        return (), "", body_at, marked
    if SOME.fullmatch(said):
        return (), said, body_at, marked
    names, end = read_names(said, 0, lexicon)
    if names and _NAMES_END.fullmatch(said, end):
        return names, "", body_at, marked
    role = _ROLE.match(said)
    names, end = read_names(said, role.end(), lexicon) if role else ((), 0)
    return (names, "", body_at, marked) if names and end == len(said) else None


def _skip(raw: str, end: int) -> int:
    return end + len(raw[end:]) - len(raw[end:].lstrip(" ，,：:"))


def _is_dues(plain: str, found: re.Match[str], some: str) -> bool:
    """Tell whether it is a reminder of dues: those who owe are asked one by one."""
    order = found[0][: found.start("body") - found.start()]
    if "催" in order or found["body"].startswith("催"):
        return True
    return "党费" in plain and (bool(some) or "提醒" in order or "催" in found["body"][:8])
