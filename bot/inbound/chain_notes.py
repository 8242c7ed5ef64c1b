"""What stands behind a name in a #接龙: yes or no, how many persons, how much money."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.domain.chains import NoteKind
from bot.domain.study import MAX_PARTY
from bot.inbound.chain_asks import Asks
from bot.inbound.numerals import WORDS, read_int, read_number
from bot.inbound.spans.money import find_money

_PAY = "[交缴转付补给捐打]"
_LATER = (
    r"(?:今晚|晚上|下午|中午|[明后][天日早晚儿]{0,2}|改天|过.{1,3}天|月底|月初|下个?月|到时候?|回[来去头家]|下次|稍[后等晚]|待会儿?"
    r"|等会儿?|一会儿?|晚[点些]|发工资|(?:(?:下|这|本)个?)?(?:周|星期|礼拜)[一二三四五六日天末]|[下这本]个?(?:周|星期|礼拜)|\d{1,2}[号日])"
)
_LEAVE = re.compile(r"请.{0,3}假|[病事公产婚丧年]假|告假")
_NO_LEAVE = re.compile(r"[不没未](?![适舒便在]).{0,2}请.{0,2}假|[销取].{0,2}假")
_AT_ONCE = re.compile(
    r"(?:有事|抱歉|对不起|不好意思|很遗憾)?[，\s(（]*(?:不(?:能|想|打算)?(?:参加|来|去)(?!一定)|[来去参]加?不[了成]|到不了)(?!.{0,4}[？?吗])"
)
_DECLINES = re.compile(
    r"不(?:参加|来|去|到(?!\d)|报|能(?!确)|接|需要?|[交捐缴])|[来去到参]加?不[了成]|参加不|无法|没法|没空|没时间|没有时间"
    r"|走不开|[脱抽]不开|赶不[上回到]|有课|放弃|弃权|退出|取消|缺席|算了|有事(?!项|情况)|不[要吃用订领买](?:了|啦|$|(?=[\s，。、(（)）]))"
)
_NO_DECLINE = re.compile(r"不(?:能|会)?(?:迟到|缺席|见不散|来不行)|不到不")
_UNSURE = re.compile(
    r"还[没未差]|没[交缴转付到签学报带收写做填看]|未[交缴转付到签学报收定写填完]|待定|不(?:一)?定|不(?:太|能|敢)?确定|不好说|说不[准定好]|难说|没准"
    r"|再[说看定]|看(?:情况|时间|安排|天气)|尽量|尽可能|争取|可能|也许|或许|大概|考虑|回头|欠着|缓[交缴]|没带钱"
    rf"|等.{{1,6}}[交缴转来去到]|[？?吗]|{_LATER}.{{0,4}}(?:{_PAY}(?!了|过|完|好|清|的)|学|定|回复|确认|报)"
    r"|[准预]备|打算|[让叫托](?!.*[了过]).{1,5}[交转]|到时候?[再看]|看(?:下午|上午|晚上|明天|当天|那天|工作|手术|能不能)"
)
_ON_THE_WAY = re.compile(
    r"^[，\s(（]*(?:还|正|已经?|刚|人)*(?:在|正在|往)?(?:来的?|赶来的?|过来的?|回来的?|半)?(?:路上|途中)(?!见|小心)|堵(?:车|在)"
    r"|^[，\s(（]*(?:马上|快|立马|即将|(?:还有)?[\d一二两三四五十几]{1,3}分钟?后?)(?:就|要|能)*(?:到|来)(?:了|啦)?[)）]?$"
    r"|^[，\s(（]*(?:正在?|在)?(?:往|赶)(?:过)?(?:来|回|这)|^[，\s(（]*(?:刚|才|已)?(?:出发|出门)了?[)）]?$"
)
"""Said of who is not there yet, and may still come or not."""
_LATE_TO_PAY = re.compile(r"^(?:晚[点些]|稍[后等晚]|待会儿?|等会儿?|一会儿?)$")
_ABSENT = re.compile(
    r"(?:出差|住院|生病|外地|值班|加班|手术|公差|公务|轮休|感冒|发烧|不舒服|出门|旅游|在?国外|回老家)(?:了|中)?"
)
_OTHERS = re.compile(
    r"(?:还|只)?[差欠少]了?\s?[\d.]{1,7}\s?(?:元|块)|还[差剩有]\s?\d{1,3}\s?个?[人位名].*|(?:可以?|能)(?:坐|带|载|捎).{0,3}人"
)
"""What is not said of the writer: how many are still missing, seats in his car."""
_PAID = re.compile(
    r"已?(?:上交|补交|补缴|代交|代缴|代转|代付|[交缴转付捐])(?:了|过|齐|清|完|好|讫|$|[\s)）])"
    r"|已[交缴付捐]|已转(?![告达发正入出])|已?(?:转账|打款|到账|付款|扫码)|[交转]给|(?:现金|红包|微信|支付宝)(?:已?[交给转付发]|支付|了|$)"
)
_N = r"\d{1,2}|[一二两三四五六七八九]"
_KIN = (
    r"(?:老伴|爱人|家属|先生|太太|妻子|丈夫|老公|老婆|媳妇|夫人|对象|老头子?|老太太|父亲|母亲|爸爸?|妈妈?|孩子|小孩|宝宝|娃娃?|儿子|女儿|闺女"
    r"|外?孙[子女]?|家人|女婿|儿媳|徒弟|朋友|同事)"
)
_EXTRA = re.compile(
    r"(?<![可能以])(?:带|加|携|另|外加|还有)(?:上|着)?(?:我)?(?P<who>[^\d\s一二两三四五六七八九十，瓶]{0,4}?)"
    rf"(?P<n>{_N}|俩)\s?(?:(?:人|位|名|口)(?!数)|个?(?:大人|老人|{_KIN})|个(?=$|[\s，。)）])|(?=$|[\s，。)）])|(?<=俩))"
)
_TOTAL = re.compile(
    r"(?<![\d.第])(?P<n>\d{1,2}|[一二两三四五六七八九]?十?[一二两三四五六七八九十])\s?(?:个?人(?!民)|口(?![子头罩令])|位|名(?!额|单|字))"
)
_IN_ALL = re.compile(rf"(?:一?共|总[共计]|合计)\s?(?P<n>{_N})(?=\s?[人个位口]|$)")
_PLUS = re.compile(rf"(?<![\d元块])[+＋]\s?(?P<n>{_N})(?![\d.元块份本月])")
_MIXED = re.compile(rf"(?P<big>{_N})\s?个?大人?\s?[、，和]?(?P<small>{_N})\s?个?小")
_APIECE = re.compile(r"各|每人|自己|本人|老伴|爱人|老公|老婆|两人")
_MIXED_BEHIND = re.compile(r"大人?\s?(?P<big>\d)\s?个?[、，和]?小孩?\s?(?P<small>\d)")
_PAIR = re.compile(
    rf"(?:[带和跟与携及同+＋]|外?加|我).{{0,2}}?(?P<kin>{_KIN}(?:[、和跟及]?{_KIN})*)"
)
_TWO = re.compile(r"夫[妻妇](?:俩|[二两]人)?|两口子|老两口|俩人?|双人")
_ONE_KIN = re.compile(_KIN)
_NUMBER = re.compile(r"\d{1,2}")
_TIMES_HEADS = re.compile(r"[（(]?[xX×✕*]\s?(?P<n>\d{1,2})[)）]?")
_PRICE = r"\d{1,5}(?:\.\d{1,2})?"
_ALONE = re.compile(
    rf"(?:^|(?<=[\s，、])){_PRICE}(?=$|[\s，、。(（)）]|已?[交缴转付捐]|代[交缴转付])"
)
_SAID = re.compile(
    rf"[转交缴付捐](?:了|款)?\s?(?P<n>{_PRICE})(?![\d.份本张个人页号日月年点:枚篇件套次/-])"
)
_SIGNED = re.compile(rf"(?<![\d.])(?P<n>{_PRICE})\s?¥(?!\d)")
_SUM = re.compile(rf"(?:=|一?共|总[共计]|合计)\s?¥?(?P<n>{_PRICE})(?:元|块|¥|$|(?=[\s，。)）]))")
_TIMES = re.compile(r"\d(?:元|块)?\s?[×xX*乘]\s?\d")
_BY_MONTH = re.compile(rf"\d{{1,2}}月份?\s?(?P<n>{_PRICE})(?:元|块)")
_ADDED = re.compile(rf"{_PRICE}(?:元|块)?(?:\+{_PRICE}(?:元|块)?){{1,4}}")
_IN_WORDS = re.compile(rf"[{WORDS}]{{1,6}}")


def read_kind(note: str, asks: Asks) -> NoteKind:
    """Return what a note amounts to; nothing at all is a yes."""
    note = _OTHERS.sub("", note).strip()
    if not note:
        return NoteKind.PLAIN
    if _LEAVE.search(note) and not _NO_LEAVE.search(note):
        return NoteKind.LEAVE
    if _AT_ONCE.match(note) and not _NO_DECLINE.match(note):
        return NoteKind.DECLINES
    if (
        _ON_THE_WAY.search(note)
        or _UNSURE.search(note)
        or (asks.money and _LATE_TO_PAY.match(note))
    ):
        return NoteKind.UNSURE
    if _DECLINES.search(note) and not _NO_DECLINE.search(note):
        return NoteKind.DECLINES
    if _ABSENT.fullmatch(note):
        return NoteKind.UNSURE
    return NoteKind.PAID if _pays(note, asks) else NoteKind.PLAIN


def _pays(note: str, asks: Asks) -> bool:
    if asks.papers and not asks.money:
        return False
    if _PAID.search(note) or any(find_money(note)) or _SAID.search(note) or _SIGNED.search(note):
        return True
    return asks.money and read_amount(note, asks) is not None


def read_count(note: str, asks: Asks) -> int:
    """Return how many persons a line adds up to, the one named included; 1 where it says none."""
    note = _OTHERS.sub("", note).strip()
    count = _count(note, asks) if note else 1
    return count if 1 <= count <= MAX_PARTY else 1


def _count(note: str, asks: Asks) -> int:
    in_all = _IN_ALL.search(note)
    mixed = _MIXED.search(note) or _MIXED_BEHIND.search(note)
    if in_all and not asks.money:
        return read_int(in_all["n"]) or 1
    if mixed:
        return (read_int(mixed["big"]) or 0) + (read_int(mixed["small"]) or 0)
    more = _EXTRA.search(note) or (None if asks.money else _PLUS.search(note))
    if more:
        return 1 + (2 if more["n"] == "俩" else read_int(more["n"]) or 1)
    total = _TOTAL.search(note)
    if total:
        return read_int(total["n"]) or 1
    if asks.heads and _NUMBER.fullmatch(note):
        return int(note)
    times = _TIMES_HEADS.fullmatch(note) if asks.heads or asks.seats else None
    if times:
        return int(times["n"])
    pair = _PAIR.search(note)
    if pair:
        return 1 + len(_ONE_KIN.findall(pair["kin"]))
    return 2 if _TWO.search(note) else 1


def read_amount(note: str, asks: Asks) -> int | None:
    """Return the one amount of a note in fen; two that nothing adds up are none."""
    note = _OTHERS.sub("", note)
    if not note:
        return None
    whole = _SUM.search(note)
    if whole and (asks.money or any(find_money(note))):
        return _fen(whole["n"])
    if _TIMES.search(note):
        return None
    parts = _BY_MONTH.findall(note)
    found = [span.value for span in find_money(note)]
    if len(parts) > 1 and len(parts) == len(found):
        return sum(_fen(part) for part in parts)
    added = _ADDED.search(note) if asks.money or found else None
    if added:
        return sum(_fen(part) for part in re.findall(_PRICE, added[0]))
    if len(found) > 1 and _APIECE.search(note):
        return None
    amounts = {*found, *(_fen(match["n"]) for match in _said(note))}
    if not amounts and asks.money:
        amounts = {_fen(amount) for amount in _ALONE.findall(note)}
        if _IN_WORDS.fullmatch(note):
            amounts = {int((read_number(note) or 0) * 100)}
    amount = amounts.pop() if len(amounts) == 1 else None
    return amount if isinstance(amount, int) and amount else None


def _said(note: str) -> list[re.Match[str]]:
    return [*_SIGNED.finditer(note), *_SAID.finditer(note)]


def _fen(amount: str) -> int:
    return int(Decimal(amount) * 100)
