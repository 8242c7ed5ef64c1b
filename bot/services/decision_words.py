"""A decision of a meeting in words: totals, what the rule asks, and what follows from it."""

from __future__ import annotations

from bot.domain.decisions import NEED_WORDS, Stage, Verdict
from bot.domain.meetings import Decision
from bot.domain.privacy import Text, count, event, join, missing, say
from bot.services.decisions import Voted

ANNOUNCED = "要表决：{title}（还没有票数）"
TOTALS = "表决“{title}”：赞成{yes}、反对{no}、弃权{abstain}{written}。"
WRITTEN = "；会前书面赞成{yes}、反对{no}、弃权{abstain}"
ROOM = "有表决权的应到{due}人，到会{present}人（要{need}，{needed}人）"
LAWFUL = ROOM + "；赞成共{yes}票（要{needed_yes}票）。符合规定，通过。"
NOT_CARRIED = ROOM + "；赞成共{yes}票，要{needed_yes}票，还差{short}票。没有通过。"
NO_QUORUM = "“{title}”这次不能表决：" + ROOM + "。票数没有登记。会可以当学习开，表决要另定时间。"
SHAKEN = ROOM + "。登记以后又有更正："
GONE, DUE = "{names}表决时不在场", "应到是{due}人"
AGAIN = "。结果要核对：请把票数再登一次，写上原因；更正错了的，先把更正改回来。"
NOT_COUNTED = (
    "另有{n}人登记了到会，表决时不算在场（补签、事后更正、早退或后到）。早退的人表决时还在的，"
    "请写上表决的时间再登，例如：表决 {title} 赞成3 反对0 弃权0 10:30 原因 补时间"
)
HELD = ROOM + "，人数够。"


def verdict_words(voted: Voted) -> Text:
    """Return a decision as it is told; 符合规定 only of what is valid and carried.

    Source:
        quorum
    """
    title = event(voted.title)
    verdict = voted.verdict
    if verdict is None:
        return say(ANNOUNCED, title=title)
    shaken = _shaken_words(voted, verdict) if voted.is_shaken else None
    if voted.stage is Stage.BLOCKED or voted.ballot is None:
        return shaken or say(NO_QUORUM, title=title, **_numbers(verdict))
    ballot = voted.ballot
    written = ""
    if ballot.written:
        written = WRITTEN.format(
            yes=ballot.written_yes, no=ballot.written_no, abstain=ballot.written_abstain
        )
    totals = say(
        TOTALS,
        title=title,
        yes=count(ballot.yes),
        no=count(ballot.no),
        abstain=count(ballot.abstain),
        written=written,
    )
    template = LAWFUL if verdict.is_lawful else NOT_CARRIED
    if voted.kind is Decision.DEMOCRATIC_LIFE:
        template = HELD
    judged = shaken or say(template, **_numbers(verdict))
    return Text(totals.words + judged.words, (*totals.facts, *judged.facts))


def _shaken_words(voted: Voted, verdict: Verdict) -> Text:
    """Return what the verdict rested on and is not so any more; 符合规定 is not said of it."""
    what = [say(GONE, names=missing("、".join(voted.gone)))] if voted.gone else []
    what += [say(DUE, due=count(voted.due_now))] if voted.due_now is not None else []
    return join(say(SHAKEN, **_numbers(verdict)), join(*what, by="，"), AGAIN, by="")


def left_out_words(voted: Voted) -> Text:
    """Return how many that were marked as present did not count at the vote."""
    return say(NOT_COUNTED, n=count(voted.not_counted), title=event(voted.title))


def _numbers(verdict: Verdict) -> dict[str, str | int]:
    return {
        "due": verdict.due,
        "present": verdict.present,
        "need": NEED_WORDS[verdict.decision],
        "needed": verdict.needed,
        "yes": verdict.yes,
        "needed_yes": verdict.needed_yes,
        "short": max(0, verdict.needed_yes - verdict.yes),
    }
