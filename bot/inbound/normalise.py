"""One form for what people type: width, script, emoji, mention, quotes, slips, courtesies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from bot.inbound.patterns import leads, one_of
from bot.inbound.script import SIMPLER

MENTION = "@小助手"
LONGEST = 600
"""Characters of a message that are read; nobody gives the bot an order longer than that."""
LONGEST_RAW = 4000
"""Characters kept as typed, for what is longer: the body of a notice, a chain of sixty lines."""

_MARKS = {
    "?": "？",
    "!": "！",
    ";": "；",
    "\r": "\n",
    "〜": "~",
    "～": "~",
    "－": "-",
    "﹣": "-",
    "—": "-",
    "–": "-",
    "‐": "-",
    "−": "-",
    "✚": "+",
    "➕": "+",
    "👌": " OK ",
    "🙆": " OK ",
    "🔟": "10",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\u2060": "",
    "\ufeff": "",
    "\ufe0e": "",
    "\ufe0f": "",
    "\u20e3": "",
    "\u200e": "",
    "\u200f": "",
}
_PICTURES = (  # emoji and the signs beside them
    *range(0x2190, 0x2200),
    *range(0x2300, 0x2400),
    *range(0x2460, 0x27C0),
    *range(0x2900, 0x2C00),
    *range(0x1F000, 0x1FB00),
)
_TABLE = SIMPLER | dict.fromkeys(_PICTURES, " ") | str.maketrans(_MARKS)
_IN_TABLE = frozenset(map(chr, _TABLE))
"""Most messages hold no character that is put in another form."""
_CODES = re.compile(r"\[(?:(?P<ok>OK|ok|Ok)|[^\[\]\s\d]{1,6})\]")
_COMMA = one_of(r",(?!\d{3}(?!\d))|(?<!\d),")
_DOTS = re.compile(r"\.{2,}")
_SPACED = re.compile(
    r"^[\u4e00-\u9fa5] +[\u4e00-\u9fa5] ?[。！~]?$|(?:(?<=[\s])|^)[\u4e00-\u9fa5](?: [\u4e00-\u9fa5]){3}(?= |$)"
)
_APART = re.compile(r"(?<=[\u4e00-\u9fa5]) +(?=[\u4e00-\u9fa5。！](?: |$|[。！]))")
_LATIN = re.compile(r"[a-zA-Z]")

_SLIPS = {
    "签道": "签到",
    "签倒": "签到",
    "鉴到": "签到",
    "签導": "签到",
    "抱名": "报名",
    "暴个名": "报个名",
    "抱一个": "报一个",
    "抱上名": "报上名",
    "仲有": "还有",
    "报明": "报名",
    "暴名": "报名",
    "情假": "请假",
    "请价": "请假",
    "清假": "请假",
    "请驾": "请假",
    "当费": "党费",
    "挡费": "党费",
    "档费": "党费",
    "党肥": "党费",
    "党废": "党费",
    "党飞": "党费",
    "裆费": "党费",
    "学习墙国": "学习强国",
    "学习强过": "学习强国",
    "撤消": "撤销",
    "收倒": "收到",
    "收道": "收到",
    "己签": "已签",
    "己交": "已交",
    "己缴": "已缴",
    "己转": "已转",
    "己阅": "已阅",
    "己到": "已到",
    "以签到": "已签到",
    "以交党费": "已交党费",
    "知晓了": "知悉了",
    "签一哈": "签一下",
    "啥前儿": "什么时候",
    "啥子时候": "什么时候",
    "么子时候": "什么时候",
    "哪疙瘩": "哪里",
    "哪旮旯": "哪里",
    "哪嘎达": "哪里",
    "搁哪": "在哪",
    "边度": "哪里",
    "没得": "没有",
    "冇": "没有",
    "啥子": "什么",
    "么子": "什么",
    "乜嘢": "什么",
    "咋个": "怎么",
    "昨儿个": "昨天",
    "今儿个": "今天",
    "明儿个": "明天",
    "听日": "明天",
    "啱啱": "刚刚",
    "係": "是",
    "俺": "我",
    "咧": "了",
    "签哒": "签了",
    "到哒": "到了",
    "交哒": "交了",
    "报哒": "报了",
    "党非": "党费",
    "党匪": "党费",
    "当匪": "党费",
    "一哈": "一下",
    "下哈": "一下",
    "唔该": "麻烦",
    "不该帮": "麻烦帮",
    "刚啱": "刚刚",
    "畀咗": "交了",
    "廿": "二十",
    "卅": "三十",
    "睇": "看",
    "返不到": "回不来",
    "婆娘": "老婆",
    "堂客": "老婆",
    "屋头": "家里",
    "我滴": "我的",
    "他滴": "他的",
    "嗒": "了",
    "咯": "了",
    "嘞": "了",
    "咗": "了",
    "喺": "在",
    "唔": "不",
    "佢": "他",
    "嗰": "那",
    "嘅": "的",
    "新键": "新建",
    "创键": "创建",
    "书计": "书记",
    "书机": "书记",
    "同只": "同志",
    "通之": "通知",
    "会仪": "会议",
    "情个假": "请个假",
    "清个假": "请个假",
    "请个价": "请个假",
    "请个驾": "请个假",
    "抱个名": "报个名",
    "签个道": "签个到",
    "签个倒": "签个到",
    "前个到": "签个到",
    "千个到": "签个到",
    "补钱到": "补签到",
    "签刀": "签到",
}
_SLIP = re.compile(
    "|".join(sorted(map(re.escape, _SLIPS), key=len, reverse=True))
    .replace("情假", "情(?<![爱感真]情)假(?!意)")  # plain first characters: most texts hold none
    .replace("当费", "当(?<!应当)费(?![用心力劲神])")
)
_HEARD = re.compile(r"(?:千|迁|前|签|欠|牵)(?:到|道|倒)(?=了?(?:\s|[。！~]|$))")
_PINYIN = re.compile(
    r"(?<![a-z])(?:(?P<签到>qian ?dao|签 ?dao|qian ?到)|(?P<报名>bao ?ming|报 ?ming)|(?P<请假>qing ?jia|请 ?jia)"
    r"|(?P<党费>dang ?fei|党 ?fei|dang ?费)|(?P<收到>shou ?dao)|(?P<撤销>che ?xiao)|(?P<补签>bu ?qian)"
    r"|(?P<已交>yi ?jiao)|(?P<帮助>bang ?zhu)"
    r"|(?P<学习>xue ?xi)|(?P<完成>wan ?cheng))(?![a-z])",
    re.IGNORECASE,
)
_VOCATIVE = one_of(r"^@(?!所有人)[^\s@，。:：]{1,12}[\s\u2005]+(?=\S{6})")
_GREETING_WORDS = (
    r"(?:(?:各位)?(?:书记|委员|大家|老师|领导|同志们?|组长|主任|小助手))?"
    r"(?:您好|你好|好|早上好|上午好|中午好|下午好|晚上好|早|辛苦了|哈喽|麻烦了?)[\s，。！~、]+"
)
_CALLED_WORDS = r"(?:@?小助手|机器人)[\s，。！~、:]+"
_GREETING, _CALLED = re.compile(_GREETING_WORDS), re.compile(_CALLED_WORDS)
_GREETING_OPENS = frozenset(leads(f"{_GREETING_WORDS}|{_CALLED_WORDS}"))
_ARRIVING = frozenset("我前千迁")
_ARRIVED = re.compile(
    r"(?<=^我)[前千迁]到(?=了?(?:[，。！\s]|$))|^[前千迁]到(?=了?(?:[，。！\s]|$))"
)
_TWICE = re.compile(r"(收到|签到|报名|请假|已阅|知悉)(?:[ ，。！]?\1){1,5}")
_TAIL = re.compile(
    r"(?:谢谢|多谢|感谢|辛苦|麻烦|劳驾|拜托)(?:了|啦|您|你|大家|各位|书记|委员|组长"
    r"|老师|领导|同志|小助手|哈|啊|[\s，。！~]){0,6}$"
)
_GREETS = re.compile(
    r"[\s，。！~]+(?:各位|大家)?[\u4e00-\u9fa5]{0,5}(?:[早上中下晚][上午]好|大家好|大家早|各位好|[早晚]安|节日快乐|新年好)[啊呀！。~ ]*$"
)
_GREETS_MARKS, _TAIL_MARKS = frozenset("好早安乐"), frozenset("谢辛麻劳拜")
_ITEM = re.compile(
    r"(?:(?<=[\n；。，:！])|^) ?(?:\(?(?P<digit>[1-6])(?:[、.):] ?(?!\d)|(?<=\n\d) (?=[^\d\s]))"
    r"|\(?(?P<word>[一二三四五六])[、.):] ?)"
)
_EDGE = " \n，。！~、；;.,·"


@dataclass(slots=True, unsafe_hash=True)
class Normal:
    """A message taken apart.

    Attributes:
        text: The sender's own words in one form.
        raw: The same as typed.
        quoted: The words replied to in one form, if the text carried them.
        raw_quoted: The same as they arrived, with their line ends.
        mentioned: The text mentions the bot.
    """

    text: str
    raw: str
    quoted: str | None
    mentioned: bool
    raw_quoted: str | None = None


_RECEIVED = re.compile(r"^收到 (?=\S)")  # 收到 明天来不了 says two things
_LONE_CHARACTERS = re.compile(r"[\u4e00-\u9fa5](?: [\u4e00-\u9fa5])+")  # 签 到
_SPREAD_OUT = 11  # six characters with their spaces


def normalise(text: str) -> Normal:
    """Take a message as it arrived apart and bring it into one form."""
    quoted, raw = _unquote(text[:LONGEST_RAW].strip())
    mentioned = MENTION in raw or "＠小助手" in raw
    if mentioned:
        raw = raw.replace("＠小助手", MENTION).replace(MENTION, " ").strip(" \u2005\u3000\n")
    raw = _VOCATIVE.sub("", raw)
    return Normal(
        text=trim(_unnumbered(plain(raw[:LONGEST]))),
        raw=raw,
        quoted=None if quoted is None else plain(quoted[:LONGEST]).strip(_EDGE),
        mentioned=mentioned,
        raw_quoted=quoted,
    )


def is_reply(text: str) -> bool:
    """Tell whether a message as it arrived carries the words it replies to."""
    return _unquote(text[:LONGEST_RAW].strip())[0] is not None


def _unnumbered(text: str) -> str:
    """Take the numbers off a list of matters (1、签到 2、党费45交了): they count nothing."""
    if not (("1" in text and "2" in text) or ("一" in text and "二" in text)):
        return text
    items = [match for match in _ITEM.finditer(text) if match["digit"] or match["word"]]
    numbers = [
        "123456".find(m["digit"]) if m["digit"] else "一二三四五六".find(m["word"]) for m in items
    ]
    if len(numbers) < 2 or numbers != list(range(len(numbers))):
        return text
    for match in reversed(items):
        text = text[: match.start()] + text[match.end() :]
    return text


def spelled(text: str) -> str:
    """Return a message as its sender spells it: in one form, but with no word put for another.

    What is shown again to people keeps its 俺 and its 咧.
    """
    _, raw = _unquote(text[:LONGEST_RAW].strip())
    raw = raw.replace("＠小助手", MENTION).replace(MENTION, " ").strip(" \u2005\u3000\n")
    return trim(_in_one_form(_VOCATIVE.sub("", raw)[:LONGEST]))


def plain(text: str) -> str:
    """Bring characters into one form: width, script, marks, emoji, known slips."""
    text = _respell(_in_one_form(text))
    if "月" in text and not _FORMAL.isdisjoint(text):
        text = _FORMAL_MONTH.sub(_in_plain_numerals, text)
    text = _COMPACT.sub(_with_marks, text) if _PAYING.search(text) else text
    return _MONTHS_ALONE.sub(_with_month, text, count=1) if "党费" in text else text


_FORMAL = frozenset("壹贰叁肆伍陆柒捌玖拾")
_FORMAL_MONTH = re.compile("(?:拾[壹贰]?|[壹贰叁肆伍陆柒捌玖])(?=月)")
_PLAIN_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")


def _in_plain_numerals(match: re.Match[str]) -> str:
    """Write 拾壹月 as 十一月: receipts spell months as they spell sums."""
    return match[0].translate(_PLAIN_NUMERALS)


_PAYING = re.compile(r"党费|[交缴补转付]")
_COMPACT = re.compile(
    r"(?<![\d.])(?P<year>20[2-4]\d)(?P<month>0[1-9]|1[0-2])(?:月份?)?"
    r"(?=$|[\s,，、。:~和到至已交缴补转付党的]|-20[2-4]\d(?:0[1-9]|1[0-2])(?!\d))"
)
"""Months as forms write them: 202608-202610."""


def _with_marks(match: re.Match[str]) -> str:
    return f"{match['year']}年{int(match['month'])}月"


_MONTHS_ALONE = re.compile(r"(?:^|(?<=[我把补的]))\d[\d，、]{1,30}(?:月份?)?(?=的?党费)")


def _with_month(match: re.Match[str]) -> str:
    """Write 7，8，9党费 as 7、8、9月党费: numbers that follow each other before dues are months."""
    numbers = [int(number) for number in re.findall(r"\d+", match[0])]
    follow = all(1 <= one == other - 1 < 12 for one, other in pairwise(numbers))
    return "、".join(map(str, numbers)) + "月" if follow else match[0]


def _in_one_form(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if not _IN_TABLE.isdisjoint(text):
        text = text.translate(_TABLE)
    if ".." in text:
        text = _DOTS.sub("。", text)
    if "[" in text:
        text = _CODES.sub(lambda match: " OK " if match["ok"] else " ", text)
    if "," in text:
        text = _COMMA.sub("，", text)
    parts = text.split()
    if len(parts) < 2:  # most messages hold no space
        return parts[0] if parts else ""
    if "\n" not in text and _is_spread_out(" ".join(parts)):
        return "".join(parts)
    if _SPACED.search(text):
        text = _APART.sub("", text)
    return "\n".join(words for line in text.split("\n") if (words := " ".join(line.split())))


def _is_spread_out(text: str) -> bool:
    """Tell whether each character was typed apart: 签 到, 11 月 党 费 15 元.

    Two numbers side by side stay apart, unless every digit stands alone as well (1 1 月).
    """
    if len(text) <= _SPREAD_OUT and _LONE_CHARACTERS.fullmatch(text):
        return True
    if len(text) < _SPREAD_LEAST or not _SPREAD.fullmatch(text):
        return False
    return all(len(piece) == 1 for piece in text.split(" ")) or not _TWO_NUMBERS.search(text)


_SPREAD_LEAST = 9
_SPREAD = re.compile(
    r"(?=.*(?:党 费|签 到|请 假|报 名))(?:[\u4e00-\u9fa5。，]|\d+(?:\.\d{1,2})?)(?: (?:[\u4e00-\u9fa5。，]|\d+(?:\.\d{1,2})?))+"
)
_TWO_NUMBERS = re.compile(r"\d \d")


def trim(text: str) -> str:
    """Drop greetings before, thanks after, and marks around what was said."""
    text = text.strip(_EDGE)
    if text[:1] in _GREETING_OPENS:
        for opening in (_CALLED, _GREETING, _CALLED):
            match = opening.match(text)
            if match and match.end() < len(text):
                text = text[match.end() :]
    if text.startswith("收到 "):
        text = _RECEIVED.sub("收到，", text)
    if len(text) > 2:
        text = _without_closing(text)
    return text.strip(_EDGE)


def _without_closing(text: str) -> str:
    for closing, marks in ((_GREETS, _GREETS_MARKS), (_TAIL, _TAIL_MARKS)):
        match = None if marks.isdisjoint(text) else closing.search(text)
        if match and match.start():
            text = text[: match.start()]
    return text


def _respell(text: str) -> str:
    text = _SLIP.sub(lambda match: _SLIPS[match[0]], text)
    if text[:1] in _ARRIVING:
        text = _ARRIVED.sub("签到", text, count=1)
    if len(text) <= 20 and _TWICE.search(text):  # a template is costly even where it is not used
        text = _TWICE.sub(r"\1，", text)
    if len(text) <= 20:
        text = text.rstrip("，")
    if len(text) <= 8:
        text = _HEARD.sub("签到", text) if _HEARD.match(text.removeprefix("我")) else text
    if _LATIN.search(text):
        text = spelled_out(text)
        text = _PINYIN.sub(lambda match: match.lastgroup or "", text)
    return text


def _unquote(text: str) -> tuple[str | None, str]:
    """Split off the words replied to, as the chat programs write them into the text."""
    if text.startswith("「"):
        lines = text.split("\n")
        for index, line in enumerate(lines):
            if line.count("-") + line.count("—") >= 3 and not line.strip("- —\r\t"):
                return _said("\n".join(lines[:index])), "\n".join(lines[index + 1 :]).strip()
    if text.startswith("回复"):
        name, colon, words = text.replace("：", ":", 1).partition(":")
        if colon and len(name) <= 14 and "小助手" not in name and "\n" not in name:
            first, _, rest = words.partition("\n")
            return first.strip(), rest.strip("- —\r\t\n")
    return None, text


def _said(block: str) -> str:
    """Return a quoted block without its brackets and the name of who said it."""
    words = block.strip().removeprefix("「").removesuffix("」")
    name, colon, said = words.replace("：", ":", 1).partition(":")
    return said.strip() if colon and len(name) <= 14 else words


_SYLLABLES = {
    "qunfa": "群发",
    "tongzhi": "通知",
    "fa": "发",
    "shei": "谁",
    "shui": "谁",
    "hai": "还",
    "mei": "没",
    "meiyou": "没有",
    "you": "有",
    "bulu": "补录",
    "huiyi": "会议",
    "kaihui": "开会",
    "tixing": "提醒",
    "jiaona": "交纳",
    "jiao": "交",
    "cuijiao": "催缴",
    "cui": "催",
    "jian": "建",
    "jianhui": "建会",
    "huodong": "活动",
    "jige": "几个",
    "ge": "个",
    "ji": "几",
    "ren": "人",
    "duoshao": "多少",
    "le": "了",
    "tongji": "统计",
    "mingdan": "名单",
    "cha": "查",
    "chaxun": "查询",
    "dangke": "党课",
    "dangyuan": "党员",
    "dengji": "登记",
    "luru": "录入",
    "jilu": "记录",
    "dao": "到",
    "yixia": "一下",
    "de": "的",
    "qingkuang": "情况",
    "baoming": "报名",
    "qiandao": "签到",
    "dangfei": "党费",
    "qingjia": "请假",
    "xuexi": "学习",
    "chuangjian": "创建",
}
_ORDER_LETTERS = re.compile(r"[a-zA-Z]+")
_TYPED_ORDER = re.compile(
    r"^(?:qunfa|bulu|jian|fa|tixing|cui|cuijiao|tongji|shei|shui|jige|ji|duoshao|cha|dengji|luru|jilu|hai|xianzai|chuangjian|mingdan|kaihui)\b",
    re.IGNORECASE,
)
_BETWEEN_SIGNS = re.compile(r"(?<=[\u4e00-\u9fa5]) (?=[\u4e00-\u9fa5])")


def spelled_out(text: str) -> str:
    """Return an order typed in toneless letters in characters, if every word of it is known."""
    if not _TYPED_ORDER.match(text):
        return text
    typed = _ORDER_LETTERS.findall(text)
    if not all(word.lower() in _SYLLABLES for word in typed):
        return text
    end = max(match.end() for match in _ORDER_LETTERS.finditer(text))
    head = _ORDER_LETTERS.sub(lambda match: _SYLLABLES[match[0].lower()], text[:end])
    return _BETWEEN_SIGNS.sub("", head) + text[end:]
