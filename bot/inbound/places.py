"""Where something takes place, as said in a notice or an order."""

from __future__ import annotations

import re

from bot.inbound.titles import HEADS

_VENUES = (
    "会议室|活动室|活动中心|服务中心|群众中心|中心|礼堂|社区|居委会|村委会|村部|广场"
    "|公园|大厅|教室|党校|展馆|纪念馆|博物馆|图书馆"
    "|陵园|文化站|服务站|门口|大门|[东南西北正]门|[一二三四五六七八九\\d]+[楼层]|食堂"
    "|院子|大院|小区|馆|站|线上|腾讯会议|书屋|祠堂|茶园|林场|农场|果园|基地|办公室|之家|阵地|驿站|活动点|村委|镇政府|政府|剧院|影院|体育场|操场|河边|桥头|路口|车站|卫生室|诊所|医院|学校"
)
_SAID = re.compile(
    r"(?:地点|地址|地方|集合地|集合点|地方)[是在:：\s]*(?P<place>[^\s，。；！,]{2,20})"
)
_AT = re.compile(
    r"(?:在|到|去|于)(?P<place>[^\s，。；！在到于]{1,16}?)(?=召开|举行|举办|开会|开展"
    r"|集合|集中|学习|上课|参加|进行|开[一个]|$|[\s，。；！])"
)
_GATHER = re.compile(r"(?P<place>[^\s，。；！\d:点半]{2,10})(?:集合|集中)")
_VENUE = re.compile(
    rf"(?P<place>[\u4e00-\u9fa5\d]{{0,8}}?(?:{_VENUES})[\u4e00-\u9fa5\d]{{0,6}})(?=$"
    rf"|[\s，。；！]|开会|集合|召开|举行)"
)


_LEAD = re.compile(r"^(?:[上下]午|晚上|早上|中午|打扫|清扫|就|从|在|到|去|于|来)+")
_ACT = re.compile(rf"(?<=[园场馆堂室楼层心院校区])(?:{HEADS}).*$")


def find_place(text: str) -> str | None:
    """Return the words that say where, if a text says so."""
    for pattern in (_SAID, _AT, _GATHER, _VENUE):
        for match in pattern.finditer(text):
            place = _LEAD.sub("", _ACT.sub("", match["place"]))
            if len(place) > 1 and not re.search(
                r"前|今天|明天|后天|月|号$|人$|^[了过着]|[一二三四五六七八九十\d]个", place
            ):
                return place
    return None
