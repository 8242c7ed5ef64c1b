"""Answering the bot's question (确认42, 取消, 1).

Example:
    李书记: 确认42
    » ✓ 已交平台发送，共42人。回复 名单 通知 可看谁收到了、谁没送到。
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.aliases import Consent
from bot.domain.cadence import KIND_ALIASES, KIND_NAMES
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, event, join, say, writer
from bot.domain.prompts import ANSWERED, MAX_CHOICES, PromptKind
from bot.inbound.amending import Values, values_alone
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.learning import learn
from bot.inbound.names import read_names
from bot.inbound.questions import (
    Option,
    ask,
    close,
    finish,
    number_of,
    put_next,
    resume,
    with_values,
)
from bot.inbound.reasons import reason_to_keep
from bot.inbound.replies import Reply, both, refused, reply
from bot.inbound.signup_changes import change_of
from bot.inbound.topics import Topic
from bot.inbound.utterance import Utterance
from bot.services import attendance, prompts, reminders
from bot.services.prompts import OpenPrompt
from bot.services.reminders import AskedMeeting

NOTHING_WAITS = "没有等着确认的事。"
TYPE_THE_COUNT = "请带上{of}数再确认：确认{n}。不办了回复 取消"
NO_COUNT = "这次不用带人数，回复 确认 就行。不办了回复 取消"
WRONG_COUNT = "{of}数对不上，这次是{n}{of}。请回复 确认{n}，不办了回复 取消"
CANCELLED = "好的，已作罢，什么也没有发出。"
NOT_OFFERED = "没有第{n}项。请回复 1 到 {last} 之间的数字。"
NOT_ASKED = "没看懂。等您确认的事还没办，回复 取消 就作罢。要办别的请说全，不清楚回复 帮助"
PICK = "请回复数字，1 到 {last}。"
ONLY_ONE = "是请回复 1；不是请回复 取消，再发一次。"
WILL_COME = "✓ {name}，已记您来：{title}，{when}。来不了再回复 请假 原因"
WHICH_MESSAGE = "想确认一下，您是要：{choices}。回复数字就行。"
ANSWER_COMING = "答复开会：来"
ANSWER_MISSED = "答复开会：来不了"
WHICH_MEETING = "您说的是哪个会？{choices}。回复数字就行。"
ALL_COMING = "都来"
ALL_MISSED = "都请假"
_COMING, _NOT_COMING = 1, 2


@dataclass(frozen=True, slots=True)
class ConfirmSlots:
    """A preview is accepted.

    Attributes:
        number: The head-count typed along (确认42), None for 确认 alone.
        at_once: Said as 立即确认42: it is not to wait for the morning.
    """

    number: int | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A preview is given up."""


@dataclass(frozen=True, slots=True)
class ChooseSlots:
    """One of the numbered choices.

    Attributes:
        number: 1 to 9, with words behind it any number of a line (11 王伟).
        reason: Words after the number (2 出差), if any.
        remember: The word asked about is to mean this person from now on (1 记住).
        yes: Said as 是: it fits a question of one option.
        comes: Said as 我来: it fits a reminder of a meeting.
        words: Said in words of the option (4567, 3月, 党课) instead of its number, which is 0.
        values: The months and the amount these words are.
        names: The people these words name; `with_me` together with the writer (我和张三).
    """

    number: int
    reason: str | None = None
    remember: bool = False
    yes: bool = False
    comes: bool = False
    words: str = ""
    values: Values | None = None
    names: tuple[str, ...] = ()
    with_me: bool = False


CONFIRM_EXAMPLES = ("确认42", "确认 42", "立即确认42", "确认", "确认发送")
CONFIRM_SILENT = ("我确认了一下", "再确认一下时间")
CANCEL_EXAMPLES = ("取消", "作罢", "算了")
CANCEL_SILENT = ("取消报名", "取消签到", "怎么取消")
CHOOSE_EXAMPLES = ("1", "2", "选2", "2 出差", "2出差", "我来")
AGREE_EXAMPLES = ("是的", "对")
CHOOSE_SILENT = ("1号交", "2人", "2个人", "2点开会", "谢谢", "我不去")

_NUMBERED = re.compile(r"(?P<now>立即|马上)?确认\s?(?:发送)?\s?(?P<number>\d{1,6})(?:人|位)?")
_ALONE = frozenset(("确认", "确认发送", "确认入账", "确认建立", "确认登记", "确定"))
_GIVEN_UP = frozenset(
    (
        "取消",
        "作罢",
        "算了",
        "取消发送",
        "不发了",
        "取消吧",
        "算了不发了",
        "先不发了",
        "别发",
        "别发了",
        "不对，别发",
    )
)
_YES = frozenset(("是", "是的", "对", "对的", "对对", "没错", "是啊", "对啊"))
_AGREES = re.compile(
    r"^(?:(?:可以|好的?|好嘞|行|没问题|嗯+|能|中|得行|要得|成|可|OK|ok)(?:啊|呀|的|嘞|吧)*[，。！\s]*)+(?=.)"
)
_COMES = frozenset(
    [
        "来",
        "我来",
        "我会来",
        "我要来",
        "我要来的",
        "我能来",
        "我去",
        "我要去",
        "我会去",
        "准时到",
        "准时参加",
    ]
)
_CHOICE = re.compile(
    r"(?:选|第)?(?P<number>[1-9]\d{0,2}(?=[\s，:、；;。.]+[^\d\s，])|[1-9])(?:号|个)?"
    r"(?:[\s，:、；;。]*(?P<remember>(?:请|帮我)?记[住下着牢])"
    r"|[\s，:、；;。.]+(?P<reason>[^\d\s，；;][^，。]{0,30}))?"
)
_LABEL = re.compile(r"(?:尾号|是)?\d{3,4}|[^\s，。]{1,12}(?:支部|总支|党委|小组)")
_LONGEST_WORDS = 14
_LONGEST_NAMES = 40
_POINTING = re.compile(
    r"^(?:选|就|要|我选)(?=[^\d\s一二三四五])|(?:的?那个?|这个|那一?[个场次期班位项])$"
)
_LOOSE = re.compile(r"[\u4e00-\u9fa5][\u4e00-\u9fa5\d]{1,7}")
_NO_ANSWER = re.compile(
    r"[哈了吗呢吧啊哦嗯]|不|没|好|行|谢|辛苦|收到|知道|明白|清楚|可以|什么|怎|谁|哪|在|你|您"
)
_THANKS = re.compile(r"谢谢|多谢|辛苦|麻烦")
_NAMING = frozenset((Topic.MEETING, Topic.STUDY, Topic.NOTICE))
_ORDINALS = {word: number for number, word in enumerate("一二三四五六七八九", start=1)}
_ORDINAL = re.compile(r"(?:我?选|要|是|就)?(?:第(?P<n>[一二三四五六七八九])个?|头一个)(?:吧|的)?")
_SPELLED = re.compile(
    r"(?P<lead>选|我选|回)?(?P<number>[一二三四五六七八九])(?:号|$|(?=[\s，:、；;。]))"
)
_KINDS = (*KIND_NAMES.values(), *(word for words in KIND_ALIASES.values() for word in words))
_KIND = re.compile(rf"(?:\d{{1,2}}(?:月|日|号)的?)?(?:{'|'.join(_KINDS)})")
_UNITS = "人名位个月日号点元块时周次楼年级天岁角毛分度两斤十百千万亿倍折层排组班季"
_CHOICE_AND_WHY = re.compile(
    rf"(?P<number>[12])(?P<reason>(?![{_UNITS}])[\u4e00-\u9fa5][^\d，。]{{1,29}})"
)


def recognise_confirm(utterance: Utterance) -> list[Reading]:
    """Recognise 确认42 (`EXACT`) and 确认 alone (`BARE`)."""
    text = utterance.text
    if not text.startswith(("确", "立即", "马上")):
        return []
    if text in _ALONE:
        return [Reading(ConfirmSlots(), Strength.BARE, (0, len(text)))]
    match = _NUMBERED.fullmatch(text)
    if not match:
        return []
    slots = ConfirmSlots(int(match["number"]), at_once=bool(match["now"]))
    return [Reading(slots, Strength.EXACT, match.span())]


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise 取消 alone (`BARE`)."""
    if utterance.text not in _GIVEN_UP:
        return []
    return [Reading(CancelSlots(), Strength.BARE, (0, len(utterance.text)))]


def recognise_choose(utterance: Utterance) -> list[Reading]:
    """Recognise a number alone, 1 to 9, or with words behind it; in private 我来 (`BARE`)."""
    text = utterance.text
    if utterance.private and _AGREES.sub("", text) in _COMES:
        return [Reading(ChooseSlots(1, comes=True), Strength.BARE, (0, len(text)))]
    ordinal = _ORDINAL.fullmatch(text)
    if ordinal:
        slots = ChooseSlots(_ORDINALS[ordinal["n"] or "一"])
        return [Reading(slots, Strength.BARE, (0, len(text)))]
    spelled = _SPELLED.match(text)
    if spelled:  # 二；要带孙子
        lead = spelled["lead"] or ""
        text = f"{_ORDINALS[spelled['number']]}{text[len(lead) + 1 :]}"
    match = _CHOICE.fullmatch(text) or _CHOICE_AND_WHY.fullmatch(text)
    if not match:
        words = _in_words(utterance)
        if not words:
            return []
        names, with_me = _named(words, utterance)
        slots = ChooseSlots(
            0, words=words, values=values_alone(utterance), names=names, with_me=with_me
        )
        return [Reading(slots, Strength.ANSWER, (0, len(text)))]
    said = match.groupdict()
    slots = ChooseSlots(int(said["number"]), said["reason"], bool(said.get("remember")))
    return [Reading(slots, Strength.BARE, (0, len(utterance.text)))]


def recognise_agree(utterance: Utterance) -> list[Reading]:
    """Recognise 是的 in private (`BARE`); said of nothing that waits, it is mere courtesy."""
    if not utterance.private or utterance.text not in _YES:
        return []
    return [Reading(ChooseSlots(1, yes=True), Strength.BARE, (0, len(utterance.text)))]


def _in_words(utterance: Utterance) -> str:
    """Read what may be the words of an option: a tail, a month or day, a meeting, a name, a unit.

    What the bot alone is told may be any words of it (植树那个), unless they speak of a thing of
    their own or are mere courtesy.
    """
    text = _POINTING.sub("", utterance.text.removeprefix("是").removesuffix("的"))
    if _THANKS.match(text) or change_of(utterance.text) is not None:
        return ""
    if len(text) <= _LONGEST_NAMES and _named(text, utterance)[0]:
        return text
    if not 2 <= len(text) <= _LONGEST_WORDS:
        return ""
    if text != utterance.text and _POINTING.search(utterance.text):
        return text
    values = (*utterance.months, *utterance.dates)
    whole = any(span.start == 0 and span.end == len(utterance.text) for span in values)
    if whole or values_alone(utterance) or _LABEL.fullmatch(text):
        return text.removesuffix("份")
    if _KIND.fullmatch(text):
        return text
    loose = utterance.private and _LOOSE.fullmatch(text) and not _NO_ANSWER.search(text)
    return text if loose and utterance.topics <= _NAMING else ""


def _named(text: str, utterance: Utterance) -> tuple[tuple[str, ...], bool]:
    """Read 张伟, 替张伟, 我和张伟、李四 as the people they name, and whether the writer is one."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    names, end = read_names(text, start, utterance.lexicon)
    if not names or not _NAMES_END.fullmatch(text, end):
        return (), False
    return names, bool(lead and lead["me"]) or "我" in text[end:]


_LEAD = re.compile(
    r"(?:(?:是|就是|还有|叫|名字叫|替|帮|代|给|为)(?!我)+|(?:是|还有)*(?P<me>我(?:自己|本人)?[和跟与同、，]))+"
)
_NAMES_END = re.compile(
    r"(?:[和跟与、，]\s?我(?:自己|本人)?)?(?:几个|几位|[两三四五]个?人|[两三四五]个|[俩仨]|同志|的|吧)*"
)


def handle_confirm(slots: ConfirmSlots, context: Context) -> Reply:
    """Do what was previewed, if the head-count typed is the one shown."""
    waiting = _waiting(context, PromptKind.CONFIRM)
    if not waiting:
        return reply(NOTHING_WAITS)
    prompt = waiting[0]
    expects = prompt.payload["expects"]
    if slots.number is None and prompt.payload["kept"].get("shown") is False:
        return resume(prompt.payload["intent"], prompt.payload["kept"], context)
    if slots.number is None and expects is not None:
        return reply(TYPE_THE_COUNT.format(n=expects, of=_counted(prompt)))
    if slots.number != expects:
        if expects is None:
            return reply(NO_COUNT)
        return reply(WRONG_COUNT.format(n=expects, of=_counted(prompt)))
    close(prompt, context)
    kept = {**prompt.payload["kept"], "at_once": slots.at_once}
    return resume(prompt.payload["intent"], kept, context)


def _counted(prompt: OpenPrompt) -> str:
    """Return what the number to be typed back counts."""
    return str(prompt.payload.get("counted", "人"))


def handle_cancel(_slots: CancelSlots, context: Context) -> Reply:
    """Give up what waits for an answer; a question of money behind it is not given up unread."""
    later: list[Mapping[str, Any]] = []
    for prompt in _waiting(context, *ANSWERED):
        prompts.close_prompt(context.session, prompt.id, context.now)
        later += prompt.payload.get("then", ())
    return put_next(context, later, reply(CANCELLED))


def handle_choose(slots: ChooseSlots, context: Context) -> Reply:
    """Take the option of this number: of an open question, else of the last reminder.

    A preview that was put last is no question: a number alone does not accept it.
    """
    if slots.words:
        return _choose_in_words(slots, context)
    prompt = next(_numbered(context, with_words=slots.reason is not None), None)
    if prompt is None and slots.yes:
        return reply(PICK.format(last=_NOT_COMING))
    if prompt is None or slots.comes:
        return _answer_reminder(slots, context)
    if prompt.kind is PromptKind.CONFIRM and not slots.yes:
        prompt = _question_beneath(prompt, context) or prompt
    if prompt.kind is PromptKind.CONFIRM:
        expects = prompt.payload["expects"]
        return reply(
            NO_COUNT if expects is None else TYPE_THE_COUNT.format(n=expects, of=_counted(prompt))
        )
    if slots.yes and len(prompt.payload["options"]) != 1:
        return _pick(prompt)
    worded = prompt.payload.get("worded")
    if worded is not None and slots.reason is not None:
        close(prompt, context)
        said = {"number": slots.number, "said": slots.reason}
        return resume(prompt.payload["intent"], {**worded, **said}, context)
    options = prompt.payload["options"]
    if not 1 <= slots.number <= len(options):
        if not options:
            return _pick(prompt)
        if len(options) == 1:
            return reply(ONLY_ONE)
        return reply(NOT_OFFERED.format(n=slots.number, last=len(options)))
    return _take(prompt, slots.number, context, remember=slots.remember, note=slots.reason)


def _question_beneath(shown: OpenPrompt, context: Context) -> OpenPrompt | None:
    """Return the question on the very thing whose preview was put after it: 4「老李」是谁.

    It still stands above the preview, and only a number alone answers it.
    """
    paste = shown.payload["kept"].get("paste")
    for prompt in _waiting(context, PromptKind.CHOOSE) if paste is not None else ():
        if (prompt.payload.get("worded") or {}).get("paste") == paste:
            return prompt
    return None


def _take(
    prompt: OpenPrompt,
    number: int,
    context: Context,
    *,
    remember: bool = False,
    note: str | None = None,
) -> Reply:
    close(prompt, context)
    option = _noted(prompt.payload["options"][number - 1], note)
    answer = resume(prompt.payload["intent"], option, context)
    if remember and "written" in option:
        answer = both(_learn(option, context), answer)
    return _go_on(prompt.payload, option, answer, context)


def _noted(option: Mapping[str, Any], note: str | None) -> Mapping[str, Any]:
    """Return an option with the words behind its number: a reason (2 出差), or who comes along."""
    if note is None:
        return option
    if "reason" in option and not option["reason"]:
        return {**option, "reason": reason_to_keep(note)}
    change = change_of(note)
    if change is not None and "seats" in option:
        return {**option, "seats": max((option["seats"] or 1) + change.more, 1)}
    return option


def _choose_in_words(slots: ChooseSlots, context: Context) -> Reply:
    """Take the option that was named instead of numbered; words that fit none are no answer."""
    prompt = next(_numbered(context, with_words=True), None)
    if prompt is None:
        return reply(NOT_ASKED) if context.private else Reply()
    number = number_of(slots.words, prompt.payload.get("labels", ()))
    if number is not None:
        return _take(prompt, number, context)
    kept = _with_answer(prompt.payload, slots)
    if kept is not None:
        return finish(prompt, kept, context)
    return _pick(prompt) if context.private else Reply()


def _with_answer(asked: Mapping[str, Any], slots: ChooseSlots) -> Mapping[str, Any] | None:
    """Return what finishes the request with the values or the name answered, if that was asked."""
    by_name = asked.get("by_name")
    if "by_values" in asked and slots.values:
        return with_values(asked, slots.values)
    if by_name is not None and "several" in by_name:
        said = {"said_names": list(slots.names), "said_me": slots.with_me}
        return {**by_name, **said} if slots.names else None
    if by_name is not None and len(slots.names) == 1:
        written = by_name["written"]
        names = [slots.names[0] if name == written else name for name in by_name["names"]]
        kept = {key: value for key, value in by_name.items() if key != "written"}
        return {**kept, "names": names}
    return None


def _pick(prompt: OpenPrompt) -> Reply:
    """Ask for one of the numbers; a question without any is put once more."""
    last = len(prompt.payload["options"])
    if last > 1:
        return reply(PICK.format(last=last))
    facts = tuple(Fact(FactKind[kind], "") for kind in prompt.payload["facts"])
    return Reply(Text(prompt.payload["words"], facts))


def _go_on(
    answered: Mapping[str, Any], option: Mapping[str, Any], answer: Reply, context: Context
) -> Reply:
    """Put the next question of the message; what the same answer settles is not asked again."""
    later = list(answered.get("then", ()))
    while later and (same := _same(option, later[0]["options"])) is not None:
        answer = both(answer, resume(later.pop(0)["intent"], same, context))
    return put_next(context, later, answer)


def _same(
    option: Mapping[str, Any], options: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the option that gives the same word the same person."""
    meant = option.get("written"), option.get("member_id")
    found = (o for o in options if (o.get("written"), o.get("member_id")) == meant)
    return next(found, None) if meant[0] else None


def _learn(option: Mapping[str, Any], context: Context) -> Reply:
    """Let the word asked about mean the person chosen; a word that may not changes nothing else."""
    try:
        return learn(context, option["written"], MemberId(option["member_id"]), Consent.ASKED)
    except DomainError as refusal:
        return refused(refusal)


def _answer_reminder(slots: ChooseSlots, context: Context) -> Reply:
    asked, orders = _asked(context), _orders(slots, context)
    if orders and context.message.quoted_text:
        return _obey(slots.number, orders, context)
    if orders and asked:
        return _which_message(slots, orders, context)
    if orders:
        return _obey(slots.number, orders, context)
    if not asked:
        raise DomainError(NOTHING_WAITS)
    return _answer_meetings(slots, asked, context)


def _orders(slots: ChooseSlots, context: Context) -> Sequence[str]:
    """Return what a number alone may mean of the morning's note, unless another text is quoted."""
    if slots.reason is not None or slots.comes or slots.yes:
        return ()
    note = reminders.latest_note(context.session, context.member_id, context.now)
    quoted = (context.message.quoted_text or "").strip()
    if note is None or (quoted and quoted not in note.text and note.text not in quoted):
        return ()
    return note.orders


def _obey(number: int, orders: Sequence[str], context: Context) -> Reply:
    if not 1 <= number <= len(orders):
        return reply(NOT_OFFERED.format(n=number, last=len(orders)))
    return context.obey(context, orders[number - 1])


def _which_message(slots: ChooseSlots, orders: Sequence[str], context: Context) -> Reply:
    """Ask whether a number answers a meeting or the morning's note; where one fits, take it."""
    if slots.number not in (_COMING, _NOT_COMING):
        return _obey(slots.number, orders, context)
    if slots.number > len(orders):
        return _answer_meetings(slots, _asked(context), context)
    order = orders[slots.number - 1]
    coming = ANSWER_COMING if slots.number == _COMING else ANSWER_MISSED
    options: list[Option] = [(coming, {"meeting_answer": slots.number}), (order, {"order": order})]
    return ask(context, "choose", WHICH_MESSAGE, options)


def _answer_meetings(slots: ChooseSlots, asked: Sequence[AskedMeeting], context: Context) -> Reply:
    if slots.number not in (_COMING, _NOT_COMING):
        return reply(NOT_OFFERED.format(n=slots.number, last=_NOT_COMING))
    answer = {"number": slots.number, "reason": slots.reason}
    if len(asked) == 1:
        return _answer([asked[0].meeting.id], answer, context)
    answer["reason"] = reason_to_keep(slots.reason)
    options = [
        (f"{one.meeting.title}，{one.meeting.when}", {"meetings": [one.meeting.id], **answer})
        for one in asked[: MAX_CHOICES - 1]
    ]
    every = {"meetings": [one.meeting.id for one in asked], **answer}
    options.append((ALL_COMING if slots.number == _COMING else ALL_MISSED, every))
    return ask(context, "choose", WHICH_MEETING, options)


def resume_choose(option: Mapping[str, Any], context: Context) -> Reply:
    """Give the answer to the meetings chosen, of several that were asked about."""
    if "order" in option:
        return context.obey(context, option["order"])
    if "meeting_answer" in option:
        return _answer_meetings(ChooseSlots(option["meeting_answer"]), _asked(context), context)
    return _answer([MeetingId(one) for one in option["meetings"]], option, context)


def _asked(context: Context) -> list[AskedMeeting]:
    """Return the meetings the answer may be about; a quote says which."""
    asked = reminders.list_asked(context.session, context.member_id, context.now)
    quoted = (context.message.quoted_text or "").strip()
    meant = [one for one in asked if quoted and (quoted in one.text or one.text in quoted)]
    return meant or asked


def _answer(about: Sequence[MeetingId], answer: Mapping[str, Any], context: Context) -> Reply:
    if answer["number"] == _NOT_COMING:
        return resume("leave", {"meetings": about, "reason": answer["reason"]}, context)
    return Reply(join(*(_promise(meeting_id, context) for meeting_id in about)))


def _promise(meeting_id: MeetingId, context: Context) -> Text:
    marked = attendance.promise(
        context.session,
        by=context.actor,
        meeting_id=meeting_id,
        said_at=context.now,
        now=context.arrived_at,
    )
    return say(
        WILL_COME,
        name=writer(context.actor.name),
        title=event(marked.meeting.title),
        when=event(marked.meeting.when),
    )


def _waiting(context: Context, *kinds: PromptKind) -> list[OpenPrompt]:
    return prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=kinds,
    )


def _numbered(context: Context, *, with_words: bool = False) -> Iterator[OpenPrompt]:
    """Yield what a number may be meant for, the last first: a question, or a preview on show.

    Args:
        with_words: Words stand behind the number, so that no preview is meant.
    """
    for prompt in _waiting(context, *PromptKind):
        shown = prompt.payload.get("kept", {}).get("shown") is not False
        if prompt.kind is PromptKind.CHOOSE or (shown and not with_words):
            yield prompt


def _question_waits(context: Context) -> Waiting:
    if any(_numbered(context)):
        return Waiting.ASKED
    if not context.private:
        return Waiting.NOTHING
    if _asked(context):
        return Waiting.OPEN
    note = reminders.latest_note(context.session, context.member_id, context.now)
    return Waiting.NOTHING if note is None else Waiting.OPEN


def _anything_waits(context: Context) -> Waiting:
    return Waiting.ASKED if _waiting(context, *ANSWERED) else Waiting.NOTHING


CONFIRM = Intent(
    name="confirm",
    title="确认",
    recognise=recognise_confirm,
    handle=handle_confirm,
    waits=_anything_waits,
    examples=CONFIRM_EXAMPLES,
    silent=CONFIRM_SILENT,
)
CANCEL = Intent(
    name="cancel",
    title="作罢",
    recognise=recognise_cancel,
    handle=handle_cancel,
    waits=_anything_waits,
    examples=CANCEL_EXAMPLES,
    silent=CANCEL_SILENT,
)
CHOOSE = Intent(
    name="choose",
    title="答复来不来",
    recognise=recognise_choose,
    handle=handle_choose,
    resume=resume_choose,
    waits=_question_waits,
    examples=CHOOSE_EXAMPLES,
    silent=CHOOSE_SILENT,
)
AGREE = Intent(
    name="agree",
    title="答是",
    recognise=recognise_agree,
    handle=handle_choose,
    waits=_question_waits,
    examples=AGREE_EXAMPLES,
    silent=CHOOSE_SILENT,
)
