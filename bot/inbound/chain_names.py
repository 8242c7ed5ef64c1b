"""Whose a line of a #接龙 is: names set apart from units, posts and house numbers, and from notes."""

from __future__ import annotations

import re

from bot.inbound.names import NAME, clean, find_name, is_real_name
from bot.inbound.surnames import COMPOUND

MARKS = " \t\u3000\u2005\u2006\xa0·•*-—–_=>✅☑✔√✓🙋👍🌹🌸⭐♥❤️"
_EDGE = MARKS + "。！!~～，,、;；:："
_HAN = r"[\u4e00-\u9fa5·]"
_NUMERAL = r"(?:[一二三四五六七八九十]{1,3}|\d{1,3})"

_NOTE = (
    r"\d|[xX×*]\s?\d|[一二两三四五六七八九十壹贰]{1,2}(?:人|位|名|个|份|元|块|箱|斤|件|套|本)|请.{0,2}假|[病事公产婚丧年]假|告假|已[交缴转付阅读签到学完报参知收捐领]|已经"
    r"|未[交缴到签学报定]|没[交缴来空去到签有]|还没|[交缴转捐付]了|转账|捐(?=\d|款)|参加|不参|不[来去到能报要吃用订领买会确一太方]|[来去到参]不了|[来去]不成"
    r"|报名|收到|知悉|签到|迟到|晚[点到些]|稍[后晚等]|准时|到了|到[会场]|来了|[能可]以?(?:参加|来|去|到)|带|加(?=\d|[一两]|家)|和?老伴|夫[妻妇]|两口子|一家|全家"
    r"|同意|反对|弃权|确认|完成|学完|打卡|待定|出差|住院|尽量|争取|可能|看情况|再说|明天|今晚|放弃|退出|取消|无法|有事|没法|要(?=\d|[一二两三四五])"
    r"|线上|线下|视频|现场|微信|支付宝|现金|红包|上午|下午|全天|[早中晚]上|[帮代](?=.)"
    r"|因(?=[事病公为])|由于|身体|在(?:外|家|医院|单位|上班|路上|老家|开会|出差)|正常|按时|走不开|轮休|公差|公务|值班|加班|上班|生病|感冒|发烧|回老家|外出"
)
_GLUED = re.compile(rf"(?P<name>{_HAN}{{2,4}}?)(?P<note>(?:{_NOTE}).*)", re.DOTALL)
_PLAINLY = re.compile(
    r"(?P<name>[^\s\d][^\s]{0,11}?)(?P<note>(?:请假|[病事公]假|不参加|[来去到参]不了|不[来去要]$|看情况|待定|不确定|已[交转缴付]|收到|参加|晚点到|迟到"
    r"|\d{1,3}[人位名份本套个箱斤件枚册]|[两三四五]人|¥?\d{1,5}(?:\.\d{1,2})?(?:元|块)|¥\d).*)",
    re.DOTALL,
)
"""Notes that no nickname ends in, behind a name of any length or script."""
_ARRIVED = re.compile(rf"(?P<name>{_HAN}{{2,4}})(?P<note>到|签|去|已?报)")
_IS_NOTE = re.compile(rf"(?:{_NOTE}|[到来去在签报]$|好的|OK|ok|¥|￥|[+＋]).*", re.DOTALL)
"""A word that opens a note, so it is no name: 张三 请假 is one person, and 请假 none."""

_ONLY_NOTE = re.compile(
    r"(?:(?:已经?|准时|一定|能|可以)?(?:参加|报名|签到|到|来|去|在|交|转|阅|报|知悉)了?|收到|请.{0,2}假|[病事公产婚丧年]假|不(?:参加|来|去|到|要|吃|报|能来)|[来去到]不了|有事|没空"
    r"|待定|不?确定|同意|反对|弃权|好的?|行|可以|OK|ok|Ok|知道了|明白|线[上下]|晚点[到来]?|迟到|带(?:老伴|家属|孩子)|\d{1,4}(?:\.\d{1,2})?(?:人|位|名|份|元|块|本|个|套|箱)?|[一二两三四五]人"
    r"|微信|支付宝|现金|红包|[上下]午|中午|晚上|全天)"
)
"""A note that stands alone, with no name before it."""
_STAYS = re.compile(r"代[\u4e00-\u9fa5]{1,2}$|\d{1,4}(?:[-#]\d{1,4}){1,3}$|\d{3,4}$")
"""What looks like a note and names somebody: the surname 代, a house number with no name."""

_HEAD = re.compile(r"[^\s,，、;；:：（(|｜/【\[+＋…。！!→=&＆×]+")
_SPACED = re.compile(
    rf"(?:([\u4e00-\u9fa5])[ \u3000]{{1,2}}([\u4e00-\u9fa5]{{1,2}})|({COMPOUND})[ \u3000]([\u4e00-\u9fa5]{{1,2}}))"
    r"(?=[^\u4e00-\u9fa5]|$|请假|[病事公]假|已[交转])"
)
_LATIN = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Miss)\.? ?[A-Z][A-Za-z]+|[A-Za-z][a-z.]+ (?:[\u4e00-\u9fa5](?![\u4e00-\u9fa5])|(?!Ok\b)[A-Z][a-z]+))(?![A-Za-z\d])"
)
_DOTTED = re.compile(r"[\u4e00-\u9fa5]{2,6} ?[·•・.．] ?[\u4e00-\u9fa5]{2,6}(?![\u4e00-\u9fa5])")

_MYSELF = re.compile(r"(我|俺|本人)(?=[和跟与带加+＋一 ，（(])")
_NOBODY = re.compile(
    r"(?:\d{1,2}月\d|\d{1,2}[:：点]|只[能有参来要]|可以|可能|应该|大概|我们|咱们|大家|你们|他们|都[来去到]|也[来去参]|还[有是]|就[我是]|如果|因为|由于|请(?!.{0,2}假)|谢谢|注意|备注|截止|以上|合计|共计|总计|其他)"
)
"""What begins a sentence and no name."""

_FOR = re.compile(rf"(?:由|请)?[代帮替][\s:：]*(?:[签交报填接]\s*)?(?P<name>{NAME})")
_DOES = re.compile(r"\s*(?:同志)?(?:[交缴转付签报接填]|的?\d)")
"""What is done for another (替孙丽交0.2); 帮李四带一份 is an errand."""
_BY = re.compile(rf"(?:由|[(（])\s*(?P<name>{NAME})\s*(?:[代帮替](?:[签交报填接转缴付]|$|[)）\s]))")
_SUR_DAI = re.compile(
    r"代(?!老伴|爱人|老公|老婆|妻子|丈夫|儿子|女儿|父亲|母亲)[\u4e00-\u9fa5]{1,2}(?:\s|$)"
)

_SEP = r"[ \u3000]*[-—–_:：/|｜·,，]?[ \u3000]*"
_COUNTED_UNIT = re.compile(
    rf"第?{_NUMERAL}(?:党?支部|党?小组|组|单元|栋|幢|号楼)(?:{_NUMERAL}单元)?(?:\d{{3,4}}室?)?{_SEP}(?=\S)"
)
"""So plainly no part of a name that what follows may be any nickname: 二组半夏."""
_SURE_UNIT = re.compile(
    rf"[\u4e00-\u9fa5A-Za-z\d]{{0,8}}?(?:支部|党委|总支|小组|[内外儿妇骨眼剂验材]科|科室|财务科|护理部|工会|车间|办公室|机关|党办|[人财总]{{1,2}}务?部|{_NUMERAL}[组队村社栋楼])"
    r"(?:[ \u3000]+|[ \u3000]*[-—–_:：/|｜][ \u3000]*)(?=\S)"
)
"""The same where a space or a mark stands between: 内科 静."""
_HOUSE = (
    r"(?:[A-Za-z]座?|\d{1,4}[#＃栋幢座号楼])?-?\d{1,4}(?:[-—－#＃/]\d{1,4}){1,3}(?:室|号|户)?"
    r"|(?:[A-Za-z]座?-?|\d{1,3}[#＃栋幢座号楼])?\d{3,4}(?:室|号|户)?"
)
_POST = (
    r"(?:老|预备|正式|退休|流动|在职|女)?(?:党员|群众|积极分子)|发展对象|志愿者|网格员|联络员|联系人"
    r"|(?:党?支部|总支|党委)?(?:宣传|组织|纪检|纪律|统战|生活|青年|学习|群团|保密|文体|体育|妇女|支部?)(?:委员|干事)"
    r"|(?:党?支部|党小组|小|副|总支|党委|工会|村)*(?:组长|书记|主任|主席|支书|委员)"
    r"|副?(?:科|处|班|队|村|楼|楼栋|护士|院|校|所|站|局)长|会计|护士|医生|教师|老师|司机|保安"
)
_WHEN = r"(?:周|星期)[一二三四五六日天]|\d{1,2}[月/]\d{1,2}[日号]?|(?:[上下]午|[早晚]上)(?=[ :：])"
_PLACE = r"村?[东西南北上下前后中][头边院街巷口门村屯庄塘沟湾岭坡]|村[东西南北头口]|河[东西南北]"
_BODY = (
    r"[\u4e00-\u9fa5A-Za-z\d]{0,8}?(?:支部|党委|总支|车间|中心|公司|社区|街道|单元|学校|幼儿园|工会|妇联|(?:食堂|门卫|保安|物业|后勤|财务|人事|行政|机关|退休|在职|离退)(?:科|部|处|室|股|办)?"
    r"|居委会?|网格|办公室|[\u4e00-\u9fa5A-Za-z\d](?:组|科|队))"
)
_SHORT_BODY = (
    r"[\u4e00-\u9fa5A-Za-z\d]{1,8}?(?:部|室|处|办|股|班|院|系|所|站|局|厂|村|屯|区|楼|栋|座|店|园)"
)
_ANY_UNITS = tuple(
    re.compile(rf"(?:{unit}){_SEP}(?=\S)") for unit in (_HOUSE, _WHEN, _POST, _PLACE, _BODY)
)
_SHORT_UNIT = re.compile(rf"{_SHORT_BODY}{_SEP}(?=\S)")
"""Its last character ends nicknames as well: glued, only a name of three characters is believed."""
"""Units, places, house numbers and posts: only before what is surely a person (东头莫二嫂)."""
_NICK = re.compile(r"(?:老|小|阿)[\u4e00-\u9fa5](?![\u4e00-\u9fa5])")
_UNIT_NEXT = re.compile(r"\d{1,4}(?:单元|楼|室|号|栋|组|\s)|[A-Za-z]座")
_MOST_BEFORE = 3
_PAIR_OF = 2
_SURELY = 3

_WORD = rf"{_HAN}{{2,5}}"
_SHARED = re.compile(
    rf"{_WORD}(?:[ \u3000]*[、，,&＆/／+＋ ][ \u3000]*{_WORD}|[和跟与及]{_WORD}){{1,3}}"
)
_CUT = re.compile(r"[ \u3000]*([、，,&＆/／+＋]|[和跟与及](?=[\u4e00-\u9fa5])| )[ \u3000]*")
_HEADS = re.compile(r"(\d|[一二两三四])\s?[个]?[人位名口]|俩")
_DIGIT = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4}
KIN_ONLY = re.compile(
    r"(?:我|俺)?(?:家)?(?:老伴儿?|爱人|家属|老公|老婆|妻子|丈夫|夫人|先生|太太|孩子|儿子|女儿|闺女|孙[子女]|媳妇|家人|对象|爸|妈|爸爸|妈妈|父亲|母亲|老头|朋友|同事)"
)


def is_person(name: str) -> bool:
    """Tell whether a word is somebody's name or what people call him (王秀英, 老李, 王大爷)."""
    return is_real_name(name) or is_plain_name(name)


def is_plain_name(name: str) -> bool:
    """Tell whether a word is a name even where everyday words are looked out for."""
    found = find_name(name)
    return found is not None and found[1] == len(name)


def opens_with_person(text: str) -> bool:
    """Tell whether a line begins with somebody's name, whatever stands before it."""
    names, _ = split_line(text)
    return any(is_plain_name(name) for name in names)


def split_line(line: str) -> tuple[list[str], str]:
    """Split a line into the names it begins with, none, one or several, and the note."""
    line = line.lstrip("@＠.．、 ")
    order = re.match(r"[代帮替][\s:：]*", line)
    if order and not _SUR_DAI.match(line) and (found := find_name(line, order.end())):
        return [found[0]], (line[: order.end()] + line[found[1] :]).strip()
    line = _without_unit(line)
    shared = _SHARED.match(line)
    if shared and (several := _several(line, shared[0])):
        return several
    name, note = _one(line)
    if _ONLY_NOTE.fullmatch(name) and not (is_plain_name(name) or _STAYS.match(name)):
        return _behind_note(name, note)
    return ([name] if name else []), note


def helped(name: str, note: str) -> tuple[str, str]:
    """Return (whose line it is, who wrote it for them): 张三 代 李四 is 李四's."""
    by = _BY.search(note)
    if by:
        return name, clean(by["name"])
    for_whom = _FOR.search(note)
    if for_whom and ("代" in for_whom[0] or _DOES.match(note, for_whom.end())):
        return clean(for_whom["name"]), name
    return name, ""


def _without_unit(line: str) -> str:
    """Drop what stands before the name: 一组, 内科, 3-2-501, 宣传委员."""
    for _ in range(_MOST_BEFORE):
        rest = _behind_unit(line)
        if not rest:
            break
        line = rest
    return line


def _behind_unit(line: str, depth: int = 2) -> str:
    """Return what stands behind one unit, post or number, where that is somebody; else nothing."""
    for pattern in (_COUNTED_UNIT, _SURE_UNIT, *_ANY_UNITS, _SHORT_UNIT):
        unit = pattern.match(line)
        if unit is None:
            continue
        rest = line[unit.end() :].lstrip(_EDGE)
        head = _HEAD.match(rest)
        if head is None:
            continue
        if _IS_NOTE.match(head[0]) and not is_plain_name(head[0]):
            if depth and _UNIT_NEXT.match(rest) and _behind_unit(rest, depth - 1):
                return rest
            continue
        if pattern in (_COUNTED_UNIT, _SURE_UNIT):
            return rest
        apart = unit[0][-1] in _EDGE
        if pattern is _SHORT_UNIT and not apart and len(_one(rest)[0]) < _SURELY:
            continue
        if not is_plain_name(unit[0].strip(_EDGE)) and _is_somebody(rest, depth, apart=apart):
            return rest
    return ""


def _is_somebody(text: str, depth: int, *, apart: bool) -> bool:
    """Tell whether a person's name stands at the start, also behind another unit or post.

    Args:
        apart: A space or a mark sets it off, so that a rarer surname is believed.
    """
    name, _ = _one(text)
    if is_plain_name(name) or _NICK.fullmatch(name) or (apart and is_person(name)):
        return True
    return depth > 0 and bool(_behind_unit(text, depth - 1))


def _several(line: str, words: str) -> tuple[list[str], str] | None:
    """Read names that share a line, where each is a person or the line says how many they are."""
    names: list[str] = []
    end, weak = 0, False
    for part in _parts(words):
        sep, word, stop = part
        name, glued = _unglue_word(word)
        if not name or KIN_ONLY.match(name) or _IS_NOTE.match(name) or name in names:
            break
        weak = weak or sep in (" ", "，", ",")
        names.append(name)
        end = stop - len(glued)
        if glued:
            break
    if len(names) < _PAIR_OF:
        return None
    rest = line[end:]
    said = _HEADS.search(rest[:8])
    told = bool(said) and (2 if said[0] == "俩" else _DIGIT.get(said[1]) or int(said[1])) == len(  # type: ignore[index]
        names
    )
    known = sum(map(is_person, names))
    in_a_row = len(names) > _PAIR_OF and all(map(is_plain_name, names))
    if in_a_row or (known == len(names) and (told or not weak)) or (told and known and not weak):
        return names, rest.strip(_EDGE)
    return None


def _parts(words: str) -> list[tuple[str, str, int]]:
    """Cut words at their joints: (the joint before it, the word, where it ends)."""
    parts: list[tuple[str, str, int]] = []
    sep, begin = "", 0
    for joint in _CUT.finditer(words):
        if joint[1] in "和跟与及" and not is_person(words[begin : joint.start()]):
            continue  # a 和 within a name
        parts.append((sep, words[begin : joint.start()], joint.start()))
        sep, begin = joint[1], joint.end()
    parts.append((sep, words[begin:], len(words)))
    return parts


def _unglue_word(word: str) -> tuple[str, str]:
    glued = None if is_person(word) else _GLUED.fullmatch(word) or _ARRIVED.fullmatch(word)
    return (glued["name"], glued["note"]) if glued else (word, "")


def _one(line: str) -> tuple[str, str]:
    spaced = _SPACED.match(line)
    if spaced and not _IS_NOTE.match(line, spaced.start(2 if spaced[2] else 4)):
        name = "".join(part for part in spaced.groups() if part)
        if is_plain_name(name):
            return name, line[spaced.end() :].strip(_EDGE)
    for pattern in (_LATIN, _DOTTED):
        whole = pattern.match(line)
        if whole:
            return whole[0], line[whole.end() :].strip(_EDGE)
    self_first = _MYSELF.match(line)
    if self_first:
        return self_first[1], line[self_first.end() :]
    head = _HEAD.match(line)
    if head is None or _NOBODY.match(head[0]):
        return "", line
    return _unglue(head[0], line[head.end() :])


def _unglue(head: str, rest: str) -> tuple[str, str]:
    glued = None
    if not (_ONLY_NOTE.fullmatch(head) or _STAYS.match(head)):
        glued = _GLUED.fullmatch(head) or _ARRIVED.fullmatch(head) or _PLAINLY.fullmatch(head)
    if glued:
        return glued["name"].rstrip(_EDGE), (glued["note"] + rest).strip()
    if len(head) > _SURELY and head[-1] in "来去" and is_plain_name(head[:-1]):
        return head[:-1], f"{head[-1]}{rest}".strip()
    first, dash, behind = _parted(head)
    if dash and is_real_name(first):
        return first, f"{behind}{rest}".strip()
    return head.rstrip(_EDGE) or head, rest.strip(
        _EDGE if not rest.lstrip().startswith(("+", "＋")) else " "
    )


def _parted(head: str) -> tuple[str, str, str]:
    for dash in "-—–_~":
        if dash in head:
            return head.partition(dash)
    return head, "", ""


def _behind_note(note: str, rest: str) -> tuple[list[str], str]:
    """Read 请假：张三, the note before the name; a note alone names nobody."""
    name, more = _one(rest.lstrip(_EDGE))
    if is_plain_name(name):
        return [name], f"{note} {more}".strip()
    return [], note
