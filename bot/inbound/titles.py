"""What an activity, course or meeting is called, as said while speaking of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.inbound.utterance import Clause, Utterance

BRACKETED = re.compile(r"[《“\"「](?P<title>[^》”\"」]{2,30})[》”\"」]")
HEADS = (
    "活动(?![室中点])|服务(?![中站])|[种栽]树|扫[街墓]|[拔除]草|座谈|党课|党日|学习|培训|轮训|讲座|植树|参观|义诊|祭扫|清扫|打扫|慰问|大会|评议|班(?!长)|比赛|大赛|竞赛|演练|演讲"
    "|宣讲|宣传|升旗|采摘|读书|观影|电影|粽子|饺子|月饼|春联|灯谜|调研|值班|值守|执勤|巡逻|劝导|志愿|公益|体检|献血|捐"
    "|行动|之旅|红军路|联欢|文艺|演出|合唱|运动会|健步|扫除|栽树|种树|教育(?!基地|局|部|系统|片)|仪式|晚会|分享|表彰|送温暖|扫雪|清河|整治|研学|茶话|家访|走访|托管|帮扶|募捐|旅行|展览|志愿者|爬山|登山|徒步|秋游|春游|骑行"
    "|义剪|理发|磨刀|补课|讲解|朗诵|歌咏|球赛|拔河|会(?![员计不上做说议])|会议(?!室)"
)
_HEAD = re.compile(HEADS)
_CUT = re.compile(
    r"(?:我们|我俩|我家|我|俺|咱们?|本人)(?=$|准|也|要|想|都|去|来|参|报|退|和|跟|带|能|可|愿|一|不|有|就|肯|得|请|上次|取|的名|出|全|三|几|两|组|科|班|室|处)"
    r"|报我们?|报(?=周[一二三四五六日天末]|星期|礼拜|[上下]午|第)"
    r"|把我们?(?:的?名字)?(?=[写加算填添列和跟与])|报了名的?|报的名|写上?我(?:的?名字)?|添我|给我|报名参加|不?参加|报个?名|报[一二两三四五六七八九\d]个?人?|报(?:上|了|的)|算上?我|加上?我|加我|留个|要去|退出|取消|撤销|撤回|撤掉|删掉|退[一掉了]|划掉"
    r"|去不|来不|不去|不来|帮[我他她]|[帮替给](?!扶|困|教|忙)@?(?=[\u4e00-\u9fa5]{2,4})|带(?=[我两三几\d老孩孙爱家])|还有|一共|总共|共\d|\+\d|的名额|名额|的报名"
)
_TRIMMED = re.compile(
    r"^(?:的|把?我的?(?=.{3})|[他她]们?|那个|这个|这次|上次|本次|那次|上回|咱们?|我们|想|要|去|来|参加|报名|报|搞个?|上午|下午|晚上|早上|中午|之?后|前|年年|当|换|请问|书记|关于|是|有个?|"
    r"收到|好的|另外|明天|今天|后天|也|就|周|一下|把|:|\s|~)+"
    r"|(?:的|那个|这个|那次|这次|那回|的话|吧|哈|啊|呀|哦|了|嘛|呢|也|都|全|替|帮|给|报名?|当|，|:|\s|-)+$"
)
_NO_TITLE = re.compile(
    r"^(?:准时|按时|一定|肯定|直接|接龙|第一个|占个?位|代表.{0,3}组|那就|原先|别人|.*[两三四五六七八九]个|的|活动|会|会议|报名表.*|.{0,2}划掉|表上.*|开通|创建.*|新建.*|这个|那个|人|我|他|她|家属|老伴|名|一个|一下|两个?|成功|了|吧|也|都|还|另外|收到|好的|不好意思|实在.*"
    r"|抱歉|对吧|是吧|截止.*|自带.*|工具.*|当.*|时间.*|.*[了吗吧呢]$|让出来|出来|名字|位子|位置|名单|书记|麻烦.*|谢谢.*|临时.*|有事.*|.*有事)?$"
    r"|[帮替、]|^[我带跟和都开]|名[字额]|把我|不|没|我|截止|对吧"
)
_LONGEST = 18


def find_title(utterance: Utterance, clauses: Sequence[Clause], names: Sequence[str]) -> str | None:
    """Return the words that name the activity, without dates, people and numbers."""
    bracketed = BRACKETED.search(utterance.text)
    if bracketed:
        return bracketed["title"]
    best: tuple[int, str] | None = None
    for clause in clauses:
        for rank, words in _candidates(utterance, clause, names):
            if best is None or rank > best[0]:
                best = rank, words
    return best[1] if best else None


def _candidates(
    utterance: Utterance, clause: Clause, names: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Yield what may be a title in a clause, each with how likely it is."""
    text = without_values(utterance, clause)
    for name in names:
        text = text.replace(name, "", 1)
    pieces = _CUT.split(text)
    for index, piece in enumerate(pieces):
        words = trim_title(piece)
        if not 2 <= len(words) <= _LONGEST or _NO_TITLE.search(words):
            continue
        has_head = bool(_HEAD.search(words))
        if len(pieces) == 1 and not has_head:
            continue
        yield 4 * has_head + 2 * (len(pieces) > 1) + (index == 0), words


def trim_title(words: str) -> str:
    """Return a title without the particles around it."""
    return _TRIMMED.sub("", _TRIMMED.sub("", words.strip()))


def without_values(utterance: Utterance, clause: Clause) -> str:
    """Return a clause without its dates, times and counts."""
    text = clause.text
    for span in (*utterance.dates, *utterance.times, *utterance.counts):
        words = utterance.text[span.start : span.end]
        if clause.start <= span.start and span.end <= clause.end and "节" not in words:
            text = text.replace(words, "", 1)
    return text
