"""What a branch leaves open, how it settles it by chat, and which rule asks for it in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from tests.support.world import World, core


class Upkeep:
    """第三党支部 of a community: 李书记, 王敏 who keeps its records, 张三, 赵六; 第五党支部 beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.community = world.unit("花园社区", UnitKind.COMMUNITY)
        self.third = world.unit("第三党支部", under=self.community)
        self.fifth = world.unit("第五党支部")
        self.li = world.member("李书记", self.third, Role.SECRETARY, dues_fen=5000)
        self.wang = world.member("王敏", self.third, Role.ORGANISER, dues_fen=4000)
        self.zhang = world.member("张三", self.third, dues_fen=3000)
        self.zhao = world.member("赵六", self.third, dues_fen=1500)
        self.zhou = world.member("周书记", self.fifth, Role.SECRETARY, dues_fen=2000)
        self.chen = world.member("陈书记", None)
        world.post(self.chen, self.community, Role.SECRETARY)
        self.core = core(world.database, world.clock)
        self.answers: list[str] = []

    def say(self, name: str, words: str) -> str:
        """Let somebody write privately; return the answer."""
        number = f"said-{len(self.answers)}"
        message = Incoming(SPACE, SPACE, number, None, name, self.world.now, words)
        answer = self.core.pipeline.receive(message).text or ""
        self.answers.append(answer)
        return answer

    def agree(self, name: str, words: str) -> str:
        """Let somebody give an order and answer its preview as it asks to be answered."""
        shown = re.search(r"回复 (确认\d*)", self.say(name, words))
        assert shown is not None, self.answers[-1]
        return self.say(name, shown[1])

    def go_to(self, day: date, hour: int = 12) -> None:
        """Set the clock."""
        self.world.clock.set(at(day, hour))


def _hold(branch: Upkeep) -> None:
    """A general meeting that 张三 has checked in at."""
    branch.world.call(MeetingKind.GENERAL, at(date(2026, 3, 12), 14), branch.li)
    branch.world.clock.set(at(date(2026, 3, 12), 14))
    branch.say("张三", "签到")
    branch.world.clock.set(at(date(2026, 3, 12), 17))


def _write(branch: Upkeep) -> None:
    branch.say("王敏", "记录 3月支部党员大会 主持 李书记 记录 王敏 议题 学习支部工作条例")


def _hold_and_write(branch: Upkeep) -> None:
    _hold(branch)
    _write(branch)


def _pay(branch: Upkeep) -> None:
    branch.say("张三", "党费 3月 30")


def _pay_and_confirm(branch: Upkeep) -> None:
    _pay(branch)
    branch.agree("王敏", "确认党费 全部")


def _lecture(branch: Upkeep) -> None:
    branch.world.clock.set(at(date(2026, 7, 2), 9))
    branch.agree("王敏", "补录 7月1日 党课 二楼 到会4人")
    branch.say("王敏", "记录 7月党课 主讲 陈书记 记录 王敏 议题 七一党课")


def _elect(branch: Upkeep) -> None:
    branch.agree("李书记", "补录 2024年3月18日 换届选举 社区二楼 到会4人")


def _send(branch: Upkeep) -> None:
    branch.agree("李书记", "转出 张三 到 第五党支部 党费交到3月 有效期30天")


def _report(branch: Upkeep) -> None:
    branch.say("张三", "问题 3号楼漏雨 赵六 4月20日前")


def _put_right(branch: Upkeep) -> None:
    branch.say("赵六", "办好了 1 换了防水")


def _look_after(branch: Upkeep) -> None:
    branch.say("陈书记", "分包 陈书记 花园社区")
    branch.say("陈书记", "登记楼院 1号院 花园社区 无主管")
    branch.say("陈书记", "分包 第三党支部 1号院")


def _nothing(_branch: Upkeep) -> None:
    pass


Step = Callable[[Upkeep], object]


@dataclass(frozen=True, slots=True)
class Case:
    """One rule, from what is left open to what settles it.

    Attributes:
        open: What happens before.
        rung: The day on which it is said.
        told: Who is told.
        says: What the text says, and what it advises.
        why: What 为什么 names as its source.
        settle: What ends it.
    """

    rule: str
    open: Step
    rung: date
    told: tuple[str, ...]
    says: Sequence[str]
    why: str
    settle: Step


CASES = (
    Case(
        "org_life_meeting",
        _nothing,
        date(2026, 10, 8),
        ("李书记",),
        ("第三党支部2026年度的组织生活会还没有安排", "最晚明年1月31日", "建会 组织生活会 12月31日"),
        "支部工作条例第十七条",
        lambda branch: branch.say("李书记", "建会 组织生活会 10月20日 10:00 社区二楼"),
    ),
    Case(
        "democratic_appraisal",
        _nothing,
        date(2026, 10, 8),
        ("李书记",),
        ("第三党支部2026年度的民主评议党员还没有安排",),
        "党员教育管理工作条例第十八条",
        lambda branch: branch.say("李书记", "建会 民主评议党员 10月20日 10:00 社区二楼"),
    ),
    Case(
        "heart_to_heart_talk",
        _nothing,
        date(2026, 10, 20),
        ("李书记",),
        ("2026年度的谈心谈话还没有登记", "补录 10月20日 谈心谈话 到会2人", "内容不用写"),
        "支部工作条例第十九条",
        lambda branch: branch.agree("李书记", "补录 10月20日 谈心谈话 到会2人"),
    ),
    Case(
        "secretary_lecture",
        _nothing,
        date(2026, 7, 1),
        ("陈书记",),
        ("今年还没有您讲党课的登记", "主讲 陈书记"),
        "支部工作条例第十六条",
        _lecture,
    ),
    Case(
        "committee_term",
        _elect,
        date(2026, 9, 18),
        ("李书记",),
        (
            "第三党支部这一届到2027年3月18日届满",
            "2024年3月18日换届",
            "按3年一届算",
            "定规定 任期 5年",
        ),
        "选举工作条例第三条",
        lambda branch: branch.say("李书记", "建会 换届选举 10月20日 10:00 社区二楼"),
    ),
    Case(
        "minutes_missing",
        _hold,
        date(2026, 3, 15),
        ("王敏",),
        ("3月12日的支部党员大会还没有会议记录", "记录 3月支部党员大会 主持 姓名"),
        "3天内记好",
        _write,
    ),
    Case(
        "minutes_unconfirmed",
        _hold_and_write,
        date(2026, 3, 17),
        ("李书记",),
        ("3月12日的支部党员大会的会议记录还没有确认", "确认纪要 3月支部党员大会"),
        "会议记录由书记确认",
        lambda branch: branch.agree("李书记", "确认纪要 3月支部党员大会"),
    ),
    Case(
        "dues_unconfirmed",
        _pay,
        date(2026, 4, 3),
        ("王敏",),
        ("3月党费有1人登记了、还没有核对", "确认党费 全部", "名单 党费 3月"),
        "党费规定第十二条",
        lambda branch: branch.agree("王敏", "确认党费 全部"),
    ),
    Case(
        "dues_unassessed",
        _nothing,
        date(2027, 1, 12),
        ("王敏",),
        ("第三党支部今年还没有核定过", "没有变动的不用动"),
        "进一步规范党费工作",
        lambda branch: branch.agree("王敏", "核定 张三 40 1月起 涨了工资"),
    ),
    Case(
        "dues_unremitted",
        _pay_and_confirm,
        date(2026, 4, 12),
        ("王敏",),
        ("一季度和以前的党费，有1人的核对过了、还没有登记上缴", "上缴党费 3月"),
        "每一笔只上缴一次",
        lambda branch: branch.agree("王敏", "上缴党费 3月"),
    ),
    Case(
        "dues_unpublished",
        _pay_and_confirm,
        date(2026, 4, 15),
        ("王敏",),
        ("第三党支部一季度的党费还没有公示", "公示党费 一季度"),
        "至少每年一次",
        lambda branch: branch.agree("王敏", "公示党费 一季度"),
    ),
    Case(
        "letter_open",
        _send,
        date(2026, 4, 6),
        ("王敏", "周书记"),
        ("介绍信4月11日到期",),
        "第二十五条",
        lambda branch: branch.say("周书记", "接收 张三"),
    ),
    Case(
        "visit_gap",
        _look_after,
        date(2026, 3, 25),
        ("陈书记",),
        ("本月还没有走访的有：花园社区", "走访 花园社区 3月25日"),
        "每月一次",
        lambda branch: branch.say("陈书记", "走访 花园社区"),
    ),
    Case(
        "contact_quiet",
        _look_after,
        date(2026, 5, 30),
        ("李书记",),
        ("本季度还没有走访的有：1号院",),
        "每季度一次",
        lambda branch: branch.say("李书记", "走访 1号院 5月30日"),
    ),
    Case(
        "plan_missing",
        _look_after,
        date(2027, 1, 24),
        ("陈书记",),
        ("花园社区2027年的工作计划还没有交，1月31日前交就行", "交计划 花园社区"),
        "自己写的工作计划",
        lambda branch: branch.say("陈书记", "交计划 花园社区 每月走访一次"),
    ),
    Case(
        "issue_due",
        _report,
        date(2026, 4, 13),
        ("赵六",),
        ("问题1“3号楼漏雨”4月20日前要办好，还有7天", "办好了 1，后面写怎么办的"),
        "提醒负责人",
        _put_right,
    ),
    Case(
        "issue_overdue",
        _report,
        date(2026, 4, 21),
        ("赵六",),
        ("问题1“3号楼漏雨”4月20日到期，还没有办结", "有难处请告诉书记"),
        "提醒负责人",
        _put_right,
    ),
    Case(
        "issue_above",
        _report,
        date(2026, 4, 27),
        ("陈书记",),
        ("第三党支部的问题1“3号楼漏雨”4月20日到期，过了7天还没有办结，由赵六办",),
        "每周告诉上级",
        _put_right,
    ),
)
RULES = frozenset(case.rule for case in CASES)
