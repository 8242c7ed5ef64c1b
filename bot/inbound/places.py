"""Where something takes place, as said in a notice or an order."""

from __future__ import annotations

import re

from bot.inbound.titles import HEADS

_VENUES = (
    "会议室|活动室|活动中心|服务中心|群众中心|中心|礼堂|社区|居委会|村委会|村部|广场"
    "|公园|大厅|教室|党校|展馆|纪念馆|博物馆|图书馆"
    "|陵园|文化站|服务站|门口|大门|[东南西北正]门|[一二三四五六七八九\\d]+[楼层]|食堂"
    "|院子|大院|小区|馆|站|线上|腾讯会议|书屋|祠堂|牌坊|戏台|凉亭|宿舍|阅览室|图书室|书画室|指挥部|司法所|派出所|党建办|居委|老地方|工地|田头|村口|镇上|村上|码头|茶园|林场|农场|果园|基地|办公室|之家|阵地|驿站|活动点|村委|镇政府|政府|剧院|影院|影城|电影院|文化宫|少年宫|活动宫|体育场|操场|河边|桥头|路口|车站|卫生室|诊所|医院|学校"
)
_SAID = re.compile(
    r"(?:地点|地址|地方|集合地|集合点|地方)[是在:：\s]*(?P<place>[^\s，。；！,]{2,20})"
)
_AT = re.compile(
    r"(?:在|到|去|于)(?P<place>[^\s，。；！在到于]{1,16}?)(?=召开|举行|举办|开会|开展"
    r"|集合|集中|学习|上课|参加|进行|开[一个]|$|[\s，。；！])"
)
_GATHER = re.compile(
    r"(?P<place>[^\s，。；！\d:点半]{2,10})(?:集合|集中(?!学习|培训|轮训)|上车|碰头(?!会))"
)
_WITHIN = (
    r"(?:[一二三四五六七八九十\d]{1,3}(?:号楼|[楼层号室栋])|[一二三四五六七八九十\d]{1,4}(?![月日点号])|门[口前]|大门|[里内外旁边前后上下]面?"
    r"|旁边|对面|大厅|院子|大院|会议室|活动室|办公室|厅|室|[东南西北]侧)"
)
_VENUE = re.compile(
    rf"(?P<place>[\u4e00-\u9fa5\d]{{0,8}}?(?:{_VENUES}){_WITHIN}{{0,2}})(?=$"
    rf"|[\s，。；！]|开会|集合|召开|举行|[开放签补参领办听看观做打搞见找拍清栽种捡包坐]|{HEADS})"
)


_LEAD = re.compile(r"^(?:[上下]午|晚上|早上|中午|打扫|清扫|就|从|在|到|去|于|来)+")
_HEAD = re.compile(HEADS)
_TO_SEE = re.compile(r"^(?:参观|慰问|打扫|清扫|走访)(?=[^，]{2})")
_FROM = re.compile(r"^.*[在到于](?=[^在到于]{2})")
_NO_PLACE = re.compile(
    rf"^(?:{HEADS})[^，]{{0,4}}$|(?<![门楼台村校馆院园店点堂站场碑家])前|今天|明天|后天|月|号$|人$|^[了过着]|[一二三四五六七八九十\d]个"
)
_ACT = re.compile(
    rf"(?<=[园场馆堂室楼层心院校区边上头口旁里家])[包做写看听上开放打捡]?(?:{HEADS}).*$"
)


def find_place(text: str) -> str | None:
    """Return the words that say where, if a text says so."""
    for pattern in (_SAID, _GATHER, _AT, _VENUE):
        matches = list(pattern.finditer(text))
        found = [match["place"] for match in matches]
        alone = {m["place"] for m in matches if not _HEAD.match(text, m.end())}
        if pattern is _GATHER:
            found = [_FROM.sub("", words) for words in found]
        # 党校 within 党校培训班 is a place only where no other is said.
        for words in sorted(
            found, key=lambda words: bool(_ACT.search(words)) or words not in alone
        ):
            place = _TO_SEE.sub("", _LEAD.sub("", _ACT.sub("", words)))
            if len(place) > 1 and not _NO_PLACE.search(place):
                return place
    return None
