"""What there is to read (学习资料): put there with a link, found by a word, sent privately.

Example:
    王敏: 加资料 党章全文 https://www.12371.cn/
    » ✓ 已放好资料：党章全文。大家回复 资料 党章全文 就能看，要发给大家回复 发资料 党章全文
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, count, event, join, missing, say
from bot.domain.wording import names_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.utterance import Utterance
from bot.services import study_materials, study_programmes

KEPT = "✓ 已放好资料：{title}。大家回复 资料 {title} 就能看，要发给大家回复 发资料 {title}"
STOOD = "资料“{title}”本来就是这个链接，没有改动。"
GONE = "✓ 已撤下资料：{title}。打错了回复 撤销"
NONE = "还没有学习资料。"
LIST = "学习资料：{titles}。看哪个回复 资料 加名称。"
ONE = "{title}：{link}"
PREVIEW = (
    "预览（未发送），学习资料：{title}\n{link}\n——\n"
    "私下发给{n}人。{left}回复 确认{n} 发送，回复 取消 作罢"
)
LEFT = "{names}没有账号，请当面告诉。"
NOBODY = "没有能私下发到的人。{left}"
SENT = "学习资料：{title}\n{link}\n看完不用截图、不用回复。"
DONE = "✓ 已交平台发送：{title}，共{n}人。"
NOT_BACK = "资料已经交给平台，收不回来。链接不对请重新 加资料，再发一次。"
_MOST = 5


@dataclass(frozen=True, slots=True)
class KeepSlots:
    """Material to put there; without a link, to take away."""

    title: str
    link: str | None


@dataclass(frozen=True, slots=True)
class MaterialSlots:
    """Material to look at, or to send to everybody."""

    words: str = ""


KEEP_EXAMPLES = ("加资料 党章全文 https://www.12371.cn/", "撤资料 党章全文")
KEEP_SILENT = ("加资料了吗", "加资料 党章全文", "资料补充好了 https://www.12371.cn/")
LOOK_EXAMPLES = ("资料", "学习资料", "资料 党章")
LOOK_SILENT = ("资料发我", "我的资料", "资料在哪领", "入党资料 还差一份", "资料交齐了")
SEND_EXAMPLES = ("发资料 党章全文",)
SEND_SILENT = ("发资料", "发资料了吗", "发补学材料", "资料发了没")

_KEEP = re.compile(
    r"\s*(?:加|放|存)(?:学习)?资料[\s:：]+(?P<title>[^\s:：]{2,40})[\s:：]+(?P<link>\S+)\s*"
)
_TAKE = re.compile(r"(?:撤|删)(?:下|掉)?(?:学习)?资料[\s:，]+(?P<title>[^\s，。？]{2,40})")
_LOOK = re.compile(r"(?:看)?(?:学习)?资料(?:[\s:，]+(?P<words>[^\s，。？吗呢]{2,40}))?")
_SEND = re.compile(r"发(?:学习)?资料[\s:，]+(?P<words>[^\s，。？吗呢]{2,40})")


def recognise_keep(utterance: Utterance) -> list[Reading]:
    """Recognise 加资料 with title and link, and 撤资料 (`EXACT`)."""
    if "资料" not in utterance.raw:
        return []
    match = _KEEP.fullmatch(utterance.raw)
    if match is not None and "://" in match["link"]:
        slots = KeepSlots(match["title"], match["link"])
        return [Reading(slots, Strength.EXACT, (0, max(len(utterance.text), 1)))]
    taken = _TAKE.fullmatch(utterance.text)
    if taken is None:
        return []
    return [Reading(KeepSlots(taken["title"], None), Strength.EXACT, taken.span())]


def recognise_look(utterance: Utterance) -> list[Reading]:
    """Recognise 资料 alone, or with a word of its title (`EXACT`)."""
    match = _LOOK.fullmatch(utterance.text) if "资料" in utterance.text else None
    if match is None or not utterance.addressed:
        return []
    return [Reading(MaterialSlots(match["words"] or ""), Strength.EXACT, match.span())]


def recognise_send(utterance: Utterance) -> list[Reading]:
    """Recognise 发资料 with a word of its title (`EXACT`)."""
    match = _SEND.fullmatch(utterance.text) if "资料" in utterance.text else None
    if match is None:
        return []
    return [Reading(MaterialSlots(match["words"]), Strength.EXACT, match.span())]


def handle_keep(slots: KeepSlots, context: Context) -> Reply:
    """Put material there, or take it away."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    new = study_materials.keep(
        context.session, title=slots.title, link=slots.link, by=context.actor, now=context.now
    )
    template = (KEPT if slots.link else GONE) if new else STOOD
    return Reply(say(template, title=event(slots.title)))


def handle_look(slots: MaterialSlots, context: Context) -> Reply:
    """Tell what there is to read, or where."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    units = study_programmes.units_seen_by(context.actor)
    if not slots.words:
        titles = "、".join(m.title for m in study_materials.list_seen(context.session, units))
        return Reply(say(LIST, titles=event(titles))) if titles else reply(NONE)
    found = study_materials.find(context.session, units, slots.words)
    lines = [say(ONE, title=event(m.title), link=event(m.link)) for m in found[:_MOST]]
    return Reply(join(*lines))


def handle_send(slots: MaterialSlots, context: Context) -> Reply:
    """Show what would be sent to whom, with the head-count."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    units = study_programmes.units_seen_by(context.actor)
    material = study_materials.find(context.session, units, slots.words)[0]
    found = study_materials.readers(
        context.session,
        material,
        by=context.actor,
        routes=context.routes,
        now=context.now,
    )
    without = names_words([person.name for person in found.unreachable])
    left = missing(LEFT.format(names=without) if without else "")
    if not found.persons:
        return Reply(say(NOBODY, left=left))
    number = len(found.persons)
    text = say(
        PREVIEW,
        title=event(material.title),
        link=Fact(FactKind.NOTICE, material.link or ""),
        n=count(number),
        left=left,
    )
    kept = {
        "title": material.title,
        "link": material.link,
        "members": [person.id for person in found.persons],
    }
    return preview(context, SEND_NAME, number, kept, text)


def resume_send(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send the material to those of the preview."""
    text = say(SENT, title=event(kept["title"]), link=Fact(FactKind.NOTICE, kept["link"]))
    send = tuple(
        ToMember(MemberId(member), text, f"material:{context.inbound_id}:m{member}")
        for member in kept["members"]
    )
    bar(context, "发资料", NOT_BACK)
    return Reply(say(DONE, title=event(kept["title"]), n=count(len(send))), send=send)


KEEP = Intent(
    name="study_material_keep",
    title="放学习资料",
    recognise=recognise_keep,
    handle=handle_keep,
    examples=KEEP_EXAMPLES,
    silent=KEEP_SILENT,
    for_secretaries=True,
)
LOOK = Intent(
    name="study_material",
    title="看学习资料",
    recognise=recognise_look,
    handle=handle_look,
    examples=LOOK_EXAMPLES,
    silent=LOOK_SILENT,
    teachable=Teachable.QUESTION,
)
SEND_NAME = "study_material_send"
SEND = Intent(
    name=SEND_NAME,
    title="发学习资料",
    recognise=recognise_send,
    handle=handle_send,
    resume=resume_send,
    examples=SEND_EXAMPLES,
    silent=SEND_SILENT,
    for_secretaries=True,
)
