"""One line of a #接龙: whose it is, and what stands behind the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.domain.chains import LONGEST_NAME, Entry, NoteKind
from bot.domain.study import MAX_PARTY
from bot.inbound.names import NAME, clean, find_name, is_real_name
from bot.inbound.normalise import plain
from bot.inbound.numerals import read_int
from bot.inbound.spans.money import find_money

LONGEST_LINE = 240
"""Characters of a line that are read; what stands behind them is kept in `raw` only."""

_MARKS = " \t\u3000\u2005\u2006\xa0·•*-—–_=>✅☑✔√✓🙋👍🌹🌸⭐♥❤️"
_EDGE = _MARKS + "。！!~～，,、;；:："
_CROSSED = re.compile("[❌✖✗×╳]")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+")
_NOTHING = frozenset(("", "空", "待填", "(空)", "（空）", "无"))
_UNIT = re.compile(
    r"第?[一二三四五六七八九十\d]{1,3}(?:党?支部|党?小组|组|单元|栋|号楼)[\s\-:：]?(?=\S)"
)
_HEAD = re.compile(r"[^\s,，、;；:：（(|｜/【\[+＋…。！!→=]+")
_SPACED = re.compile(r"([\u4e00-\u9fa5])[ \u3000]([\u4e00-\u9fa5])(?=\s|$)")
_GLUED = re.compile(
    r"(?P<name>[\u4e00-\u9fa5·]{2,4}?)(?P<note>(?:\d|[一二两三四五六七八九十壹贰]{1,2}(?:人|位|名|个|份"
    r"|元|块)|请.{0,2}假|[病事公]假|告假|已[交缴转付阅读签到学完报参知收]|未[交缴到签学报定]|没[交缴来空去到签]"
    r"|还没|[交缴转]了|参加|不参|不[来去到能报]|[来去到参]不了|报名|收到|知悉|签到|到了|到[会场]|来了"
    r"|[能可]以?(?:参加|来|去|到)|带|和?老伴|夫[妻妇]|两口子|一家|全家|同意|确认|完成|学完|打卡|待定"
    r"|出差|住院|尽量|争取|可能|明天|放弃|退出|取消|无法|[帮代]).*)",
    re.DOTALL,
)
_ARRIVED = re.compile(r"(?P<name>[\u4e00-\u9fa5·]{2,4})(?P<note>到|签|去|已?报)")
_FOR = re.compile(rf"(?:由|请)?[代帮替][\s:：]*(?:[签交报填接]\s*)?(?P<name>{NAME})")
_BY = re.compile(rf"(?:由|[(（])\s*(?P<name>{NAME})\s*(?:[代帮替](?:[签交报填接]|$|[)）\s]))")
_SUR_DAI = re.compile(r"代[\u4e00-\u9fa5]{1,2}(?:\s|$)")
_JOINED = re.compile(r"(?P<one>[\u4e00-\u9fa5·]{2,4})[、和跟与&](?P<other>[\u4e00-\u9fa5·]{2,4})")

_LEAVE = re.compile(r"请.{0,3}假|[病事公]假|告假")
_NO_LEAVE = re.compile(r"[不没未].{0,2}请.{0,2}假|[销取].{0,2}假")
_DECLINES = re.compile(
    r"不(?:参加|来|去|到(?!\d)|报|能|接|需要)|[来去到参]加?不[了成]|参加不|无法|没法|没空|没时间|没有时间"
    r"|放弃|弃权|退出|取消|缺席|算了|有事(?!项|情况)"
)
_NO_DECLINE = re.compile(r"不(?:能|会)?(?:迟到|缺席|见不散|来不行)|不到不")
_UNSURE = re.compile(
    r"还[没未差]|没[交缴转付到签学报带收]|未[交缴转付到签学报收定]|待定|不(?:一)?定|不确定|再说|看情况|尽量"
    r"|争取|可能|也许|考虑|晚点|稍后|回头|等.{1,6}[交缴转来去到]|[？?吗]"
    r"|(?:明|后)[天日早晚].{0,4}[交缴转付补学]|(?:下|这)?周[一二三四五六日天末].{0,3}[交缴转付补学]"
    r"|[准预]备|打算|下(?:个)?月.{0,3}[交缴转付补]"
)
_ABSENT = re.compile(
    r"(?:出差|住院|生病|外地|值班|加班|手术|感冒|发烧|不舒服|出门|旅游|在?国外|回老家)(?:了|中)?"
)
_PAID = re.compile(
    r"已?(?:上交|补交|补缴|代交|代缴|[交缴转付])(?:了|过|齐|清|完|讫|$|\s)|已[交缴转付]"
)
_EXTRA = re.compile(
    r"(?:带|加|携|另|外加|还有)(?:上|着)?(?:我)?(?P<who>[^\d\s一二两三四五六七八九十,，]{0,4}?)"
    r"(?P<n>\d{1,2}|[一二两三四五六七八九])\s?(?:人|个|位|名|口)?"
)
_TOTAL = re.compile(
    r"(?<![\d.])(?P<n>\d{1,2}|[一二两三四五六七八九]?十?[一二两三四五六七八九十])\s?(?:个?人(?!民)|口(?![子头罩令])|位|名(?!额|单|字))"
)
_PLUS = re.compile(r"^[+＋]\s?(?P<n>\d{1,2})$")
_MIXED = re.compile(r"(?P<big>\d{1,2})大(?P<small>\d{1,2})小")
_PAIR = re.compile(
    r"(?:[带和跟与携及同]|夫人|我).{0,2}(?:老伴|爱人|家属|先生|太太|妻子|丈夫|老公|老婆|媳妇|孩子|儿子|女儿"
    r"|孙子|孙女|家人)|夫[妻妇](?:俩|二人)?|两口子|俩人?|双人"
)
_ALONE = re.compile(r"(?:^|(?<=[\s，、]))\d{1,4}(?:\.\d{1,2})?(?=$|[\s，、]|已?[交缴转付])")


def read_entries(number: int, text: str) -> Iterator[Entry]:
    """Read one entry: nobody where it is empty, one person, or two who share a line.

    Args:
        text: What stands behind the number; further lines belong to the note only where the
            first holds nothing but the name.
    """
    line, _, more = text.partition("\n")
    line = _said(line[:LONGEST_LINE])
    if line in _NOTHING:
        return
    name, note = _split(line)
    if not note and more:
        note = _said(more.partition("\n")[0][:LONGEST_LINE])
    if not name:
        return
    joined = _JOINED.fullmatch(name)
    if joined and is_real_name(joined["one"]) and is_real_name(joined["other"]):
        yield _entry(number, text, joined["one"], note, shared=True)
        yield _entry(number, text, joined["other"], note, shared=True)
        return
    yield _entry(number, text, name, note)


def _said(line: str) -> str:
    crossed = "不参加" if _CROSSED.search(line) else ""
    words = _EMOJI.sub(" ", _CROSSED.sub(" ", line)).strip(_MARKS)
    return f"{words} {crossed}".strip() if words else ""


def _entry(number: int, raw: str, name: str, note: str, *, shared: bool = False) -> Entry:
    note = plain(note)
    name, helper = _helped(name, note)
    kind = _kind(note)
    return Entry(
        number=number,
        raw=raw.strip(),
        name=clean(plain(name))[:LONGEST_NAME],
        note=note,
        count=1 if shared else read_count(note),
        kind=kind,
        amount_fen=_amount(note),
        helper=helper,
    )


def _split(line: str) -> tuple[str, str]:
    """Split a line into name and note: at a space or mark, else where a known note begins."""
    line = line.lstrip("@＠")
    order = re.match(r"[代帮替][\s:：]*", line)
    if order and not _SUR_DAI.match(line) and (found := find_name(line, order.end())):
        return found[0], (line[: order.end()] + line[found[1] :]).strip()
    unit = _UNIT.match(line)
    if unit and unit.end() < len(line):
        line = line[unit.end() :].lstrip(_EDGE)
    shared = _JOINED.match(line)
    if shared and is_real_name(shared["one"]) and is_real_name(shared["other"]):
        return shared[0], line[shared.end() :].strip(_EDGE)
    spaced = _SPACED.match(line)
    if spaced and is_real_name("".join(spaced.groups())):
        return "".join(spaced.groups()), line[spaced.end() :].strip(_EDGE)
    head = _HEAD.match(line)
    if head is None:
        return "", line
    return _unglue(head[0], line[head.end() :])


def _unglue(head: str, rest: str) -> tuple[str, str]:
    glued = _GLUED.fullmatch(head) or _ARRIVED.fullmatch(head)
    if glued:
        return glued["name"], (glued["note"] + rest).strip()
    first, dash, behind = _parted(head)
    if dash and is_real_name(first):
        return first, f"{behind}{rest}".strip()
    return head.rstrip(_EDGE) or head, rest.strip(
        _EDGE if not rest.lstrip().startswith("+") else " "
    )


def _parted(head: str) -> tuple[str, str, str]:
    for dash in "-—–_~":
        if dash in head:
            return head.partition(dash)
    return head, "", ""


def _helped(name: str, note: str) -> tuple[str, str]:
    """Return (whose line it is, who wrote it for them): 张三 代 李四 is 李四's."""
    by = _BY.search(note)
    if by:
        return name, clean(by["name"])
    for_whom = _FOR.search(note)
    if for_whom and "代" in for_whom[0]:
        return clean(for_whom["name"]), name
    return name, ""


def _kind(note: str) -> NoteKind:
    if not note:
        return NoteKind.PLAIN
    if _LEAVE.search(note) and not _NO_LEAVE.search(note):
        return NoteKind.LEAVE
    if _UNSURE.search(note):
        return NoteKind.UNSURE
    if _DECLINES.search(note) and not _NO_DECLINE.search(note):
        return NoteKind.DECLINES
    if _ABSENT.fullmatch(note):
        return NoteKind.UNSURE
    return NoteKind.PAID if _PAID.search(note) or any(find_money(note)) else NoteKind.PLAIN


def read_count(note: str) -> int:
    """Return how many persons a line adds up to, the one named included; 1 where it says none."""
    if not note:
        return 1
    mixed, extra, plus = _MIXED.search(note), _EXTRA.search(note), _PLUS.match(note)
    total = _TOTAL.search(note)
    if mixed:
        count = int(mixed["big"]) + int(mixed["small"])
    elif extra:
        count = 1 + (read_int(extra["n"]) or 1)
    elif plus:
        count = int(plus["n"])
    elif total:
        count = read_int(total["n"]) or 1
    else:
        count = 2 if _PAIR.search(note) else 1
    return count if 1 <= count <= MAX_PARTY else 1


def _amount(note: str) -> int | None:
    """Return the one amount of a note in fen; two different ones are none."""
    found = {span.value for span in find_money(note)}
    if not found:
        found = {int(Decimal(amount) * 100) for amount in _ALONE.findall(note)}
    amount = found.pop() if len(found) == 1 else None
    return amount if isinstance(amount, int) and amount else None
