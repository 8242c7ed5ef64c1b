"""The 25 steps from an application to full membership, with what is filed and who decides.

The steps are the same under both texts in force since 2014; what differs (a publicity before
somebody becomes a prospect, times that were only practice) are dated rows of `regulations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.regulations_membership import SINCE_2014, SINCE_2026


class Phase(Enum):
    """A stage of the way; the value names it to people."""

    APPLICANT = "入党申请"
    ACTIVIST = "入党积极分子"
    PROSPECT = "发展对象"
    ADMISSION = "预备党员接收"
    PROBATION = "教育考察和转正"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        done: What it is called once it is done (谈话).
        words: How else people name it.
        reviewer: Who decides it, or sees to it.
        materials: Papers that are commonly filed with it; the bot notes that they are there, never
            what they say.
    """

    number: int
    phase: Phase
    done: str
    reviewer: str
    materials: tuple[str, ...]
    words: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """第7步 确定发展对象."""
        return f"第{self.number}步 {self.done}"


APPLIED, TALKED, ACTIVIST, OBSERVED_AT, TRAINED = 1, 2, 3, 6, 11
PROSPECT, REVIEWED, ADMITTED, APPROVED = 7, 13, 15, 17
OATH, ASKED, CONFIRMED, CONFIRMATION_APPROVED, FILED = 20, 22, 23, 24, 25

STEPS: tuple[Step, ...] = (
    Step(1, Phase.APPLICANT, "递交入党申请书", "支部", ("入党申请书",), ("入党申请", "申请")),
    Step(2, Phase.APPLICANT, "派人谈话", "支部", ("谈话记录",), ("谈话",)),
    Step(
        3,
        Phase.ACTIVIST,
        "推荐和确定入党积极分子",
        "支委会（不设支委会的由党员大会）",
        ("推荐材料", "研究积极分子的会议记录"),
        ("确定积极分子", "列为积极分子", "积极分子", "入党积极分子"),
    ),
    Step(4, Phase.ACTIVIST, "积极分子备案", "上级党委", ("积极分子备案材料",)),
    Step(
        5,
        Phase.ACTIVIST,
        "指定培养联系人",
        "支部",
        ("培养联系人登记",),
        ("培养联系人", "确定培养联系人"),
    ),
    Step(
        6, Phase.ACTIVIST, "培养教育考察", "支部", ("培养教育考察登记", "思想汇报"), ("培养教育",)
    ),
    Step(
        7,
        Phase.PROSPECT,
        "确定发展对象",
        "支委会（不设支委会的由党员大会）",
        ("听取意见的记录", "公示材料", "研究发展对象的会议记录"),
        ("列为发展对象", "发展对象"),
    ),
    Step(8, Phase.PROSPECT, "发展对象备案", "上级党委", ("发展对象备案材料",)),
    Step(9, Phase.PROSPECT, "确定入党介绍人", "支部", ("入党介绍人登记",), ("入党介绍人",)),
    Step(10, Phase.PROSPECT, "政治审查", "支部和上级党委", ("政治审查材料",), ("政审",)),
    Step(11, Phase.PROSPECT, "集中培训", "上级党委", ("培训结业材料",), ("培训",)),
    Step(12, Phase.ADMISSION, "支委会审查", "支委会", ("支委会审查记录",)),
    Step(13, Phase.ADMISSION, "上级预审", "上级党委", ("预审批复",), ("预审", "上级党委预审")),
    Step(14, Phase.ADMISSION, "填写入党志愿书", "支部", ("入党志愿书",), ("入党志愿书",)),
    Step(
        15,
        Phase.ADMISSION,
        "党员大会通过接收",
        "支部党员大会",
        ("接收大会的会议记录", "接收的表决结果"),
        ("党员大会讨论接收", "大会通过接收"),
    ),
    Step(16, Phase.ADMISSION, "上级派人谈话", "上级党委", ("上级谈话记录",), ("上级谈话",)),
    Step(
        17,
        Phase.ADMISSION,
        "上级审批接收",
        "上级党委",
        ("接收的批复",),
        ("上级审批", "审批接收", "上级批准接收"),
    ),
    Step(18, Phase.ADMISSION, "再上一级备案", "再上一级组织部门", ("接收备案材料",)),
    Step(19, Phase.PROBATION, "编入支部和小组", "支部", ("编入支部的通知",), ("编入支部",)),
    Step(20, Phase.PROBATION, "入党宣誓", "支部或上级党委", ("入党宣誓记录",), ("宣誓",)),
    Step(21, Phase.PROBATION, "继续教育考察", "支部", ("预备党员考察登记",)),
    Step(
        22, Phase.PROBATION, "提出转正申请", "本人", ("转正申请书",), ("转正申请", "递交转正申请书")
    ),
    Step(
        23,
        Phase.PROBATION,
        "党员大会讨论转正",
        "支部党员大会",
        ("转正大会的会议记录", "转正的表决结果"),
        ("大会通过转正", "党员大会通过转正"),
    ),
    Step(
        24,
        Phase.PROBATION,
        "上级审批转正",
        "上级党委",
        ("转正的批复",),
        ("审批转正", "上级批准转正"),
    ),
    Step(25, Phase.PROBATION, "材料归档", "上级党委", ("归档材料清单",), ("归档",)),
)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The steps as one text has them, for a stretch of time.

    Attributes:
        until: Exclusive; None while in force.
        publicity_required: Whether a publicity before step 7 is in the text itself.
    """

    since: date
    until: date | None
    steps: tuple[Step, ...]
    publicity_required: bool

    @property
    def name(self) -> str:
        """The instrument, as people know it."""
        return regulations.on("development.steps", self.since).source


RULE_SETS = (
    RuleSet(SINCE_2014, SINCE_2026, STEPS, publicity_required=False),
    RuleSet(SINCE_2026, None, STEPS, publicity_required=True),
)


def rules_on(day: date) -> RuleSet | None:
    """Return the text in force on a day; None before 2014, whose wording is not known to us.

    Source:
        development.steps
    """
    return next(
        (r for r in RULE_SETS if r.since <= day and (r.until is None or day < r.until)), None
    )


def step_of(number: int) -> Step:
    """Return a step by its number."""
    return STEPS[number - 1]


def find_step(words: str) -> Step | None:
    """Return the one step called so, or None."""
    return next((step for step in STEPS if words in (step.done, *step.words)), None)


def find_material(words: str) -> tuple[Step, str] | None:
    """Return the step and the paper called so: by its name, else by a part that only one has."""
    every = [(step, name) for step in STEPS for name in step.materials]
    same = [found for found in every if found[1] == words]
    part = [found for found in every if words in found[1]] if len(words) > 1 else []
    fitting = same or part
    return fitting[0] if len(fitting) == 1 else None
