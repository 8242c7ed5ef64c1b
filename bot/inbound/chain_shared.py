"""Several people in one line of a #接龙 about money, and the digits that tell namesakes apart."""

from __future__ import annotations

import re

from bot.inbound.chain_names import KIN_ONLY, is_plain_name
from bot.inbound.names import find_name

FOR_WHOM = ("代", "帮", "替")
_JOINT = re.compile(r"[\s，,;；、。和跟与及]+|(?=[代帮替])")
_ANSWERS = re.compile(
    r"(?<!\d)\d{1,3}(?:\.\d{1,2})?(?!\d)|[一二两三四五六七八九十百](?:元|块)|(?<![\u4e00-\u9fa5])[一二两三四五六七八九十百]{1,4}$|[角毛]|[交缴转付捐](?:了|过|$|[\s，,])|已[交缴转付捐]"
)
_ALSO = re.compile(r"(?<=[\u4e00-\u9fa5]{2})也(?=已?[交缴转付捐])")
_ORDER = re.compile(r"[代帮替]\s*(?:[交缴转付]\s*)?")
_PAYS = re.compile(
    r"(?:\s?(?:[（(](?:手机)?(?:尾号)?\d{4}[)）]|(?:手机)?(?:尾号)?\d{4}(?!\d)))?\s?(?:同志)?\s?[:：]?(?:也|的)?\s?(?:¥|￥)?(?:\d{1,3}(?![\d号])|[一二两三四五六七八九十百]{1,4}(?:元|块|$|[\s，,、])|已?[交缴转付捐])"
)
_TAIL = r"[（(]?\s?(?:手机)?(?:尾号|尾数|后四位)[:：是为]?\s?(?P<tail>\d{4})(?!\d)\s?[)）]?"
_SAID = re.compile(_TAIL)
_BEHIND = re.compile(
    r"(?:[（(]\s?(?P<in>\d{4})\s?[)）]|(?P<n>\d{4})(?=$|[\s，,、:：（(])(?!\s?[元块]))"
)


def apart(line: str) -> list[str]:
    """Cut a line where the next one pays: 张三 30，李四 30 · 王五 15元 替赵六15元."""
    line = _ALSO.sub("", line)
    parts: list[str] = []
    begin = 0
    for joint in _JOINT.finditer(line):
        if _pays(line, joint.end()) and _ANSWERS.search(line, begin, joint.start()):
            parts.append(line[begin : joint.start()])
            begin = joint.end()
    return [*parts, line[begin:]]


def _pays(line: str, start: int) -> bool:
    """Tell whether somebody and what he paid stands here, also 替赵六15元."""
    order = _ORDER.match(line, start)
    found = find_name(line, order.end() if order else start)
    if found is None or not is_plain_name(found[0]) or KIN_ONLY.fullmatch(found[0]):
        return False
    return bool(_PAYS.match(line, found[1]))


def without_tail(line: str) -> tuple[str, str]:
    """Take out 尾号4567; return the line without it, and the digits."""
    said = _SAID.search(line)
    if said is None:
        return line, ""
    return f"{line[: said.start()]} {line[said.end() :]}".strip(), said["tail"]


def tail_of(note: str) -> tuple[str, str]:
    """Return the four digits a note opens with, which may be a tail, and the words behind them."""
    found = _BEHIND.match(note)
    if found is None:
        return "", note
    return found["in"] or found["n"], note[found.end() :].strip(" ，,、:：")
