"""Posts, rules, aliases, votes, records, seats, letters by file: what stands, what is refused, why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

import handlers
from bot.clock import at, day_of
from bot.domain.cadence import MeetingKind
from bot.domain.decisions import Stage
from bot.domain.errors import Forbidden
from bot.domain.minutes import Act
from bot.domain.policy_table import POLICIES
from bot.domain.rights import Role
from bot.domain.study import SignupAction
from bot.files.tables import CellValue
from bot.inbound.teaching import check_lesson
from bot.services import aliases, policies
from bot.services.importing import LEDGERS, ImportRefused, Line, Outcome, Source, run_lines
from bot.services.importing.cells import squeeze
from bot.services.importing.policy_words import BY_KEY, read_value, value_words
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import (
    Alias,
    AuditLine,
    GatheringEvent,
    Meeting,
    MeetingDecision,
    MeetingSeries,
    MinutesEntry,
    Post,
    Quiz,
    StatedCount,
    StudyMaterial,
    StudyProgramme,
    StudySignup,
    TaughtWording,
    Transfer,
    UnitPolicy,
)
from tests.support.branch import Branch
from tests.support.world import World

Row = Mapping[str, CellValue]
Import = Callable[..., Outcome]

HERE = "第三党支部"
POST = {"姓名": "张三", "职务": "书记", "任职组织": HERE, "任职日期": "2020-01-01"}
RULE = {
    "党组织": HERE,
    "规定": "会议记录锁定",
    "内容": "5天",
    "起始日期": "2026-03-01",
    "谁定的": "支委会",
}
NICK = {"姓名": "张三", "党组织": HERE, "别名": "老张"}
HELD: Row = {"党组织": HERE, "会议": "3月支部党员大会", "日期": "2026-03-10"}
VOTE: Row = {**HELD, "题目": "接收小刘为预备党员", "赞成": 3, "到会": 3, "应到": 4}
LINE = {**HELD, "部分": "议题", "内容": "学习条例"}
SERIES = {
    "党组织": HERE,
    "会议类型": "支委会",
    "怎么重复": "每月第一个周五",
    "时间": "19:30",
    "到哪天": "2026-06-30",
}
PLAN = {"党组织": HERE, "学习计划": "冬训", "自学算学时": "是"}
MATERIAL = {"党组织": HERE, "名称": "党章全文", "链接": "https://www.12371.cn/dz/"}
QUESTION: Row = {
    "党组织": HERE,
    "名称": "党章十题",
    "题号": 1,
    "题目": "党员一年至少学多少学时？",
    "选项A": "16学时",
    "选项B": "32学时",
    "答案": "B",
}
WORDING = {"党组织": HERE, "说法": "交过喽钱", "当作": "党费已交"}
SEAT = {"姓名": "张三", "党组织": HERE, "办课组织": HERE, "课程": "党章专题", "日期": "2026-03-20"}
LETTER = {
    "姓名": "张三",
    "党组织": HERE,
    "转出自": HERE,
    "转入到": "城东街道第一党支部",
    "开信日期": "2026-03-01",
    "党费交到": "2026-03",
}
COUNT = {**HELD, "人数": 12}


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return a branch with a general meeting on 10 March and a class of two seats on the 20th."""
    branch = Branch(World(database))
    world = branch.world
    world.clock.set(at(date(2026, 3, 9), 12))
    world.call(MeetingKind.GENERAL, at(date(2026, 3, 10), 15), branch.li)
    world.call(MeetingKind.STUDY, at(date(2026, 3, 20), 9), branch.li, seats=2, title="党章专题")
    world.clock.set(at(date(2026, 3, 12), 12))
    return branch


def _try_out(wording: str, target: str, now: datetime) -> None:
    """Test a lesson as the command line does."""
    check_lesson(wording, target, handlers.INTENTS, now)


@pytest.fixture
def load(branch: Branch) -> Import:
    """Return a way to import rows."""

    def run(ledger: str, *rows: Row, source: Source | None = None, dry: bool = False) -> Outcome:
        now = branch.world.now
        source = source or Source(OPERATOR, now, check_lesson=lambda w, t: _try_out(w, t, now))
        with branch.world.database.writing() as session:
            lines = (Line(number, row) for number, row in enumerate(rows, start=2))
            outcome = run_lines(session, LEDGERS[ledger], lines, source)
            if dry:
                session.rollback()
        return outcome

    return run


def wrong(load: Import, ledger: str, *rows: Row, **more: Any) -> list[str]:
    """Return the mistakes that are told."""
    with pytest.raises(ImportRefused) as refused:
        load(ledger, *rows, **more)
    return list(refused.value.problems)


def count(branch: Branch, model: Any) -> int:
    """Return how many rows there are."""
    with branch.world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


NEW = [
    pytest.param("posts", {**POST, "免职日期": "2021-01-01"}, Post, id="职务"),
    pytest.param("policies", RULE, UnitPolicy, id="规定"),
    pytest.param("aliases", NICK, Alias, id="别名"),
    pytest.param("decisions", VOTE, MeetingDecision, id="表决"),
    pytest.param("minutes", LINE, MinutesEntry, id="会议记录"),
    pytest.param("signups", SEAT, StudySignup, id="报名"),
    pytest.param("transfers", LETTER, Transfer, id="介绍信"),
    pytest.param("stated_counts", COUNT, StatedCount, id="到会人数"),
    pytest.param("series", SERIES, MeetingSeries, id="系列会议"),
    pytest.param("materials", MATERIAL, StudyMaterial, id="学习资料"),
    pytest.param("quizzes", QUESTION, Quiz, id="答题"),
    pytest.param("wordings", WORDING, TaughtWording, id="说法"),
]


@pytest.mark.parametrize(("ledger", "row", "model"), NEW)
def test_a_row_comes_in_once_after_a_dry_run_that_wrote_nothing(
    branch: Branch, load: Import, ledger: str, row: Row, model: Any
) -> None:
    before, trail = count(branch, model), count(branch, AuditLine)

    dry = load(ledger, row, dry=True)
    assert (count(branch, model), count(branch, AuditLine)) == (before, trail)
    assert load(ledger, row) == dry
    again = load(ledger, row)

    assert (dry.added, dry.changed, dry.unchanged) == (1, 0, 0)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert (count(branch, model), count(branch, AuditLine)) == (before + 1, trail + 1)


@pytest.mark.parametrize(("ledger", "row", "model"), NEW)
def test_who_has_no_right_there_brings_nothing_in(
    branch: Branch, load: Import, ledger: str, row: Row, model: Any
) -> None:
    before = count(branch, model)
    stranger = branch.world.member("周强", branch.world.unit("第五党支部"), Role.SECRETARY)

    with pytest.raises(Forbidden):
        load(ledger, row, source=Source(branch.world.actor(stranger), branch.world.now))

    assert count(branch, model) == before + (model is Post)  # the stranger's own


@pytest.mark.parametrize(
    ("ledger", "row", "says"),
    [
        pytest.param("posts", {**POST, "姓名": "李四"}, "姓名：李四不在第三党支部", id="不在名册"),
        pytest.param("posts", {**POST, "职务": "主任"}, "职务：只能是书记、", id="不认识的职务"),
        pytest.param("posts", {**POST, "任职组织": "九支部"}, "没有登记过“九支部”", id="没有组织"),
        pytest.param("posts", {**POST, "任职日期": ""}, "任职日期：没有填。", id="没有任职日期"),
        pytest.param("posts", {**POST, "免职日期": "2019-01-01"}, "要在任职日期", id="免职早了"),
        pytest.param("posts", POST, "登记的是李书记，同时只能有一位。", id="两位书记"),
        pytest.param(
            "policies", {**RULE, "规定": "作息"}, "规定：只能是签到时间、", id="没有的规定"
        ),
        pytest.param("policies", {**RULE, "内容": "五天"}, "内容：应如 7天", id="看不懂的内容"),
        pytest.param("policies", {**RULE, "内容": "99天"}, "1到30天锁定", id="锁得太晚"),
        pytest.param("policies", {**RULE, "谁定的": ""}, "谁定的：没有填。", id="没写谁定"),
        pytest.param("policies", {**RULE, "起始日期": "2036-01-01"}, "请核对年份", id="太远"),
        pytest.param("policies", {**RULE, "党组织": "九支部"}, "没有登记过", id="没有这个组织"),
        pytest.param("aliases", {**NICK, "别名": "王五"}, "名册里有人就叫王五", id="别人的姓名"),
        pytest.param("aliases", {**NICK, "别名": "书记"}, "“书记”是职务", id="职务当别名"),
        pytest.param("aliases", {**NICK, "别名": "老伴"}, "请写是谁这样叫", id="各人的称呼"),
        pytest.param("aliases", {**NICK, "谁这样叫": "钱七"}, "名册里没有钱七", id="没有这个人"),
        pytest.param("aliases", {**NICK, "状态": "已取消"}, "请删掉这一行", id="没有时间的取消"),
        pytest.param("decisions", {**VOTE, "赞成": 5}, "票数5张", id="票比人多"),
        pytest.param("decisions", {**VOTE, "赞成": "三票"}, "赞成：应是0到9999", id="不是数"),
        pytest.param("decisions", {**VOTE, "应到": ""}, "应到：没有填。", id="没有应到"),
        pytest.param("decisions", {**VOTE, "到会": 1, "赞成": 1}, "请写人数不够", id="人数不够"),
        pytest.param("decisions", {**VOTE, "结果": "人数不够"}, "请写已表决", id="人数够了"),
        pytest.param("decisions", {**VOTE, "到会": 5}, "比应到4人还多", id="到会比应到多"),
        pytest.param("decisions", {**VOTE, "种类": "选举"}, "是接收预备党员", id="种类不对"),
        pytest.param(
            "decisions", {**VOTE, "题目": "接收小刘、小马为预备党员"}, "逐个人表决", id="几个人"
        ),
        pytest.param("decisions", {**VOTE, "会议": "支委会"}, "对不上", id="没有这个会"),
        pytest.param("minutes", {**LINE, "部分": "附件"}, "部分：只能是主持、", id="没有的部分"),
        pytest.param("minutes", {**LINE, "内容": ""}, "内容：没有填。", id="没有内容"),
        pytest.param("minutes", {**LINE, "内容": "张三投了反对票"}, "只记总数", id="谁投什么票"),
        pytest.param("minutes", {**LINE, "内容": "赵六住院手术"}, "病情不能写", id="病情"),
        pytest.param("minutes", {**LINE, "党员": "钱七"}, "名册里没有钱七", id="没有这位党员"),
        pytest.param("minutes", {**LINE, "序号": 3}, "前面少了第1条", id="缺了前面的"),
        pytest.param("minutes", {**LINE, "事项": "收回"}, "只能在聊天里办", id="收回"),
        pytest.param("minutes", {**HELD, "序号": 1, "事项": "确认"}, "等于书记签字", id="代确认"),
        pytest.param("signups", {**SEAT, "人数": 3}, "一次可报1到2人", id="人太多"),
        pytest.param("signups", {**SEAT, "情况": "候补"}, "还有2个名额，请写报名", id="不用候补"),
        pytest.param("signups", {**SEAT, "情况": "想去"}, "只能是报名、候补、取消", id="看不懂"),
        pytest.param(
            "signups", {**SEAT, "课程": "党员大会", "日期": "2026-03-10"}, "不用报名", id="不是课"
        ),
        pytest.param("transfers", {**LETTER, "转出自": "外面"}, "两头都不是", id="两头都在外面"),
        pytest.param("transfers", {**LETTER, "转入到": HERE}, "同一个支部", id="自己转自己"),
        pytest.param("transfers", {**LETTER, "有效天数": 200}, "有效期是1到90天", id="太长"),
        pytest.param("transfers", {**LETTER, "党费交到": "2020-01"}, "超过一年", id="党费太早"),
        pytest.param(
            "transfers",
            {**LETTER, "状态": "已接收", "办理日期": "2026-03-05"},
            "名册里还没有转过去",
            id="名册没有转",
        ),
        pytest.param(
            "transfers", {**LETTER, "状态": "已收回"}, "办理日期：没有填。", id="哪天收回"
        ),
        pytest.param(
            "transfers",
            {**LETTER, "状态": "已退回", "办理日期": "2026-03-05"},
            "退回要写为什么",
            id="没有原因",
        ),
        pytest.param(
            "decisions",
            {**VOTE, "在场": "张三、李书记"},
            "写了2个人，到会写的是3人",
            id="在场的少了",
        ),
        pytest.param(
            "decisions", {**VOTE, "在场": "张三、李书记、钱七"}, "名册里找不到", id="在场的不认识"
        ),
        pytest.param("series", {**SERIES, "怎么重复": "常常"}, "请写 每月16日、", id="怎么重复"),
        pytest.param("series", {**SERIES, "时间": "晚上"}, "应是时间，如 15:00", id="系列的时间"),
        pytest.param(
            "series", {**SERIES, "到哪天": "2026-03-20"}, "没有每月第一个周五了", id="没有"
        ),
        pytest.param("series", {**SERIES, "到哪天": "2036-01-01"}, "请核对年份", id="系列太远"),
        pytest.param("series", {**SERIES, "会议类型": "茶话"}, "不认识“茶话”", id="不是会"),
        pytest.param("series", {**SERIES, "会议类型": "党小组会"}, "写党小组的全称", id="小组会"),
        pytest.param("programmes", {**PLAN, "学习计划": "训"}, "2到40个字", id="计划名称太短"),
        pytest.param("programmes", {**PLAN, "党组织": "无"}, "没有登记过", id="计划没有支部"),
        pytest.param("materials", {**MATERIAL, "链接": "www.12371.cn"}, "https://", id="链接"),
        pytest.param("materials", {**MATERIAL, "学习计划": "无"}, "没有“无”这个", id="没有计划"),
        pytest.param("materials", {**MATERIAL, "状态": "已撤下"}, "不写链接", id="撤下又有链接"),
        pytest.param("materials", {**MATERIAL, "名称": "书"}, "请写2到40个字", id="名称太短"),
        pytest.param("quizzes", {**QUESTION, "答案": "F"}, "请写对的选项的字母", id="没有这个选项"),
        pytest.param("quizzes", {**QUESTION, "答案": "C"}, "没看懂哪个对", id="选项没有写"),
        pytest.param("quizzes", {**QUESTION, "选项B": ""}, "请写2到5个选项", id="一个选项"),
        pytest.param(
            "quizzes", {**QUESTION, "选项B": "", "选项C": "32学时"}, "中间空了", id="空了一个选项"
        ),
        pytest.param("quizzes", {**QUESTION, "题号": 2}, "题号要从1起", id="缺第1题"),
        pytest.param(
            "wordings", {**WORDING, "当作": "没这一句话"}, "我自己也没看懂", id="当作什么"
        ),
        pytest.param("wordings", {**WORDING, "说法": "张三到喽"}, "名册上的人名", id="有人名"),
        pytest.param("wordings", {**WORDING, "说法": "好的"}, "不能教", id="平常的话"),
        pytest.param(
            "wordings", {**WORDING, "状态": "已取消"}, "请删掉这一行", id="没有时间的忘掉"
        ),
        pytest.param("stated_counts", {**COUNT, "人数": "不少"}, "应是0到9999", id="不是人数"),
        pytest.param("stated_counts", {**COUNT, "会议": "党课"}, "对不上", id="没有这个会的人数"),
    ],
)
def test_a_mistake_says_what_would_be_right(load: Import, ledger: str, row: Row, says: str) -> None:
    found = wrong(load, ledger, row)

    assert len(found) == 1, found
    assert found[0].startswith("第2行 ")
    assert says in found[0]


@pytest.mark.parametrize(
    ("ledger", "row"),
    [
        pytest.param("posts", {**POST, "免职日期": "2021-01-01"}, id="职务"),
        pytest.param("policies", RULE, id="规定"),
        pytest.param("decisions", VOTE, id="表决"),
        pytest.param("signups", SEAT, id="报名"),
        pytest.param("stated_counts", COUNT, id="到会人数"),
        pytest.param("materials", MATERIAL, id="学习资料"),
        pytest.param("quizzes", QUESTION, id="答题"),
        pytest.param("wordings", WORDING, id="说法"),
    ],
)
def test_the_same_thing_twice_is_told(load: Import, ledger: str, row: Row) -> None:
    (found,) = wrong(load, ledger, row, row)

    assert found.startswith("第3行 ")
    assert "与第2行" in found
    assert found.endswith("请留一行。")


# --- what stands is not rewritten ------------------------------------------------------------


def test_a_post_ends_by_its_own_row_and_the_next_begins(branch: Branch, load: Import) -> None:
    secretary = {"姓名": "李书记", "职务": "书记", "任职组织": HERE, "任职日期": "2021-07-01"}
    heir = {**POST, "任职日期": "2026-03-01"}

    outcome = load("posts", {**secretary, "免职日期": "2026-03-01"}, heir)

    assert (outcome.added, outcome.changed) == (1, 1)
    assert outcome.changes == ("第2行 李书记：2026-03-01起不再担任书记",)
    assert load("posts", {**secretary, "免职日期": "2026-03-01"}, heir).unchanged == 2
    assert load("posts", secretary).unchanged == 1, "an older file gives nothing back"
    assert wrong(load, "posts", {**secretary, "免职日期": "2026-02-01"}) == [
        "第2行 免职日期：已经登记到2026-03-01为止。要改请在聊天里发 任命 或 免职。"
    ]


def test_a_post_a_roster_opened_takes_its_true_first_day(branch: Branch, load: Import) -> None:
    secretary = {"姓名": "李书记", "职务": "书记", "任职组织": HERE}

    outcome = load("posts", {**secretary, "任职日期": "2019-05-01"})

    assert outcome.changes == ("第2行 李书记：任职日期 2021-07-01 → 2019-05-01",)
    assert load("posts", {**secretary, "任职日期": "2019-05-01"}).unchanged == 1


def test_another_decision_of_the_same_day_is_added_and_the_older_one_kept(
    branch: Branch, load: Import
) -> None:
    load("policies", RULE)

    assert load("policies", {**RULE, "内容": "7天"}).changed == 1
    assert load("policies", {**RULE, "内容": "7天"}).unchanged == 1

    world = branch.world
    with world.database.reading() as session:
        path = world.actor(branch.li).branch_path
        found = policies.load(session, {branch.id: path}, world.today, (policies.MINUTES,))
        values = session.scalars(select(UnitPolicy.value).order_by(UnitPolicy.id)).all()
    assert found[branch.id][policies.MINUTES] == {"lock_days": 7}
    assert values == [{"lock_days": 5}, {"lock_days": 7}]


def test_only_who_moves_the_books_settles_for_the_past_or_without_a_reason(
    branch: Branch, load: Import
) -> None:
    source = Source(branch.world.actor(branch.li), branch.world.now)

    found = wrong(load, "policies", RULE, source=source)

    assert [words.partition("：")[0] for words in found] == ["第2行 起始日期", "第2行 原因"]
    later: Row = {**RULE, "起始日期": "2026-03-12", "原因": "大家忙"}
    assert load("policies", later, source=source).added == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("checkin", {"opens_before": 20, "makeup": 2880}),
        ("checkin", {"duration": 90}),
        ("activity_day", {"day": 16, "shift": "nearest"}),
        ("activity_day", {"nth": -1, "weekday": 4, "shift": "keep"}),
        ("minutes", {"lock_days": 3}),
        ("org_life", {"fills_general": False}),
        ("letter", {"days": 60}),
        ("lecture", {"every": None}),
        ("lecture", {"every": "month"}),
        ("leave", {"approval": True}),
        ("study_hours", {"member": 32, "committee": 56}),
        ("study_hours", {"committee": 40}),
        ("dues_prepayment", {"ahead": None}),
        ("dues_prepayment", {"ahead": 0}),
        ("dues_prepayment", {"ahead": 3}),
        *((policy.key, {}) for policy in POLICIES),
    ],
)
def test_what_a_cell_says_of_a_rule_is_read_back_the_same(key: str, value: Row) -> None:
    said = value_words(key, value)

    assert read_value(BY_KEY[key], squeeze(said), date(2026, 3, 12)) == value


def test_a_word_its_bearer_refused_does_not_come_back_by_file(branch: Branch, load: Import) -> None:
    note = "1个新别名请告诉本人一声；本人不同意的，给小助手发 取消别名 加上别名就行。"
    assert load("aliases", NICK).notes == (note,)
    with branch.world.database.writing() as session:
        by = branch.world.actor(branch.zhang)
        aliases.revoke(session, text="老张", by=by, now=branch.world.now)

    assert wrong(load, "aliases", NICK) == [
        "第2行 别名：张三本人不同意用“老张”称呼，请删掉这一行。"
    ]


def test_a_word_means_one_person(load: Import) -> None:
    load("aliases", NICK)

    assert wrong(load, "aliases", {**NICK, "姓名": "王五"}) == [
        "第2行 别名：“老张”已经是别人的别名了。要改，先发 取消别名 老张"
    ]


def test_totals_are_changed_with_a_reason_and_the_old_ones_stay(
    branch: Branch, load: Import
) -> None:
    load("decisions", VOTE)
    changed: Row = {**VOTE, "赞成": 2, "弃权": 1}

    assert wrong(load, "decisions", changed) == [
        "第2行 原因：和登记的不一样。要更正请写上原因，原来的会留着。"
    ]
    assert load("decisions", {**changed, "原因": "唱票记错"}).changed == 1
    assert load("decisions", {**changed, "原因": "唱票记错"}).unchanged == 1

    with branch.world.database.reading() as session:
        rows = session.execute(
            select(MeetingDecision.seq, MeetingDecision.yes, MeetingDecision.reason).order_by(
                MeetingDecision.seq
            )
        ).all()
    assert rows == [(1, 3, ""), (2, 2, "唱票记错")]


def test_what_was_announced_is_voted_on_by_file_and_stays_voted(load: Import) -> None:
    announced = {**VOTE, "结果": "还没表决"}

    assert load("decisions", announced).added == 1
    assert load("decisions", VOTE).changed == 1
    assert load("decisions", announced).unchanged == 1


def test_without_a_quorum_no_totals_are_kept(branch: Branch, load: Import) -> None:
    load("decisions", {**VOTE, "结果": "人数不够", "到会": 1})

    with branch.world.database.reading() as session:
        row = session.scalars(select(MeetingDecision)).one()
        assert (row.stage, row.yes, row.present, row.due) == (Stage.BLOCKED, None, 1, 4)


def test_a_line_that_says_otherwise_is_a_correction_with_its_reason(
    branch: Branch, load: Import
) -> None:
    load("minutes", LINE)
    edited: Row = {**LINE, "序号": 1, "内容": "学习工作条例"}

    assert wrong(load, "minutes", edited) == [
        "第2行 原因：和登记的不一样。要更正请写上原因，原来的会留着。"
    ]
    assert load("minutes", {**edited, "原因": "题目写短了"}).changed == 1
    assert load("minutes", {**edited, "原因": "题目写短了"}).unchanged == 1
    assert load("minutes", {**LINE, "序号": 1}).unchanged == 1, "as it was written"
    assert load("minutes", LINE).unchanged == 1

    with branch.world.database.reading() as session:
        rows = session.execute(
            select(MinutesEntry.act, MinutesEntry.text, MinutesEntry.old).order_by(MinutesEntry.seq)
        ).all()
    assert rows == [
        (Act.WRITE, "学习条例", ""),
        (Act.CORRECT, "学习工作条例", "学习条例"),
    ]


def test_a_confirmed_record_takes_further_lines_with_a_reason_alone(
    branch: Branch, load: Import
) -> None:
    confirmed = {**HELD, "序号": 2, "事项": "确认", "登记人": "李书记", "登记时间": "2026-03-11"}
    load("minutes", {**LINE, "序号": 1}, confirmed)
    more: Row = {**LINE, "内容": "还有一件事"}

    assert wrong(load, "minutes", more) == [
        "第2行 原因：3月支部党员大会的记录已经确认，再加要写上原因。"
    ]
    assert load("minutes", {**more, "原因": "漏记"}).added == 1
    assert wrong(load, "decisions", VOTE) == [
        "第2行 原因：3月支部党员大会的记录已经确认，补登要写上原因。"
    ]


def test_nobody_but_the_operator_brings_in_what_others_signed(branch: Branch, load: Import) -> None:
    source = Source(branch.world.actor(branch.li), branch.world.now)
    said = {**LINE, "登记人": "王敏", "登记时间": "2026-03-10 17:00"}
    signed: Row = {**HELD, "序号": 2, "事项": "确认", "登记人": "李书记", "登记时间": "2026-03-11"}

    load("minutes", said, source=source)

    with branch.world.database.reading() as session:
        row = session.scalars(select(MinutesEntry)).one()
        assert (row.by_id, row.at) == (branch.li, branch.world.now)
    assert "等于书记签字" in wrong(load, "minutes", signed, source=source)[0]


def test_seats_are_never_given_twice_and_come_free_for_who_waits(
    branch: Branch, load: Import
) -> None:
    third: Row = {**SEAT, "姓名": "赵六"}
    load("signups", SEAT, {**SEAT, "姓名": "王五"})

    assert wrong(load, "signups", third) == [
        "第2行 人数：党章专题还剩0个名额。请写候补，或者先加名额。"
    ]
    assert load("signups", {**third, "情况": "候补"}).added == 1
    assert load("signups", {**SEAT, "情况": "取消"}).changed == 1
    assert load("signups", {**SEAT, "情况": "取消"}).unchanged == 1

    with branch.world.database.reading() as session:
        taken = session.scalar(select(Meeting.taken).where(Meeting.seats.is_not(None)))
        mine = session.execute(
            select(StudySignup.action, StudySignup.promoted_at.is_not(None))
            .where(StudySignup.member_id == branch.zhao)
            .order_by(StudySignup.seq)
        ).all()
    assert taken == 2
    assert mine == [(SignupAction.WAIT, False), (SignupAction.JOIN, True)]
    assert load("signups", third).unchanged == 1


def test_a_letter_is_answered_in_the_chat_and_moves_nobody_by_file(load: Import) -> None:
    load("transfers", LETTER)

    assert wrong(load, "transfers", {**LETTER, "状态": "已接收", "办理日期": "2026-03-05"}) == [
        "第2行 状态：登记的是等对方接收。接收、退回、收回要在聊天里办，名册跟着变，例如发 接收 加姓名。"
    ]
    assert wrong(load, "transfers", {**LETTER, "党费交到": "2026-04"}) == [
        "第2行 党费交到：登记的是“2026-03”。开出的介绍信不改，要改请在聊天里收回重开。"
    ]
    assert wrong(load, "transfers", {**LETTER, "开信日期": "2026-03-05"}) == [
        "第2行 状态：已经有一封等接收的介绍信了，请先办好那一封。"
    ]


def test_a_number_stated_anew_leaves_the_older_one(branch: Branch, load: Import) -> None:
    load("stated_counts", COUNT)

    assert load("stated_counts", {**COUNT, "人数": 14}).changed == 1
    assert load("stated_counts", {**COUNT, "人数": "14人"}).unchanged == 1
    assert count(branch, StatedCount) == 2


# --- meetings that recur, material, quizzes, wordings -----------------------------------------


def test_a_series_somebody_adds_calls_its_times_from_now_on(branch: Branch, load: Import) -> None:
    branch.world.call(MeetingKind.COMMITTEE, at(date(2026, 4, 3), 19, 30), branch.li)

    load("series", SERIES)

    with branch.world.database.reading() as session:
        called = session.execute(
            select(Meeting.starts_at, GatheringEvent.series_id)
            .join(GatheringEvent, GatheringEvent.id == Meeting.event_id)
            .where(Meeting.kind == MeetingKind.COMMITTEE)
            .order_by(Meeting.starts_at)
        ).all()
    days = [(day_of(moment), series is not None) for moment, series in called]
    assert days == [
        (date(2026, 4, 3), False),  # was called before
        (date(2026, 5, 1), True),
        (date(2026, 6, 5), True),
    ]


def test_a_series_that_moves_with_its_books_calls_nothing(branch: Branch, load: Import) -> None:
    before = count(branch, Meeting)

    load("series", {**SERIES, "登记时间": "2026-01-02 9:00"})

    assert count(branch, MeetingSeries) == 1
    assert count(branch, Meeting) == before


def test_a_series_on_record_is_not_changed_by_file(load: Import) -> None:
    load("series", SERIES)

    (found,) = wrong(load, "series", {**SERIES, "地点": "社区二楼"})

    assert "导入不改已有的系列" in found


def test_a_plan_on_record_is_never_changed_by_a_file(branch: Branch, load: Import) -> None:
    first = load("programmes", PLAN)
    again = load("programmes", {**PLAN, "自学算学时": ""})
    (found,) = wrong(load, "programmes", {**PLAN, "自学算学时": "否"})

    assert (first.added, again.added, again.unchanged) == (1, 0, 1)
    assert "登记的是“是”，导入不改" in found
    assert count(branch, StudyProgramme) == 1


def test_an_older_export_puts_nothing_back_to_read(branch: Branch, load: Import) -> None:
    old = {**MATERIAL, "登记时间": "2026-03-01 9:00"}
    load("materials", old)
    load("materials", {"党组织": HERE, "名称": "党章全文", "状态": "已撤下"})

    again, anew = load("materials", old), load("materials", MATERIAL)

    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert (anew.added, anew.changed) == (0, 1)
    assert count(branch, StudyMaterial) == 3


def test_a_quiz_is_put_whole_and_never_changed(branch: Branch, load: Import) -> None:
    second = {**QUESTION, "题号": 2, "题目": "多长时间开一次支部党员大会？"}
    load("quizzes", second, QUESTION)

    (found,) = wrong(load, "quizzes", {**QUESTION, "答案": "A"}, second)
    ended = load("quizzes", {**QUESTION, "状态": "已撤下"}, {**second, "状态": "已撤下"})
    back = load("quizzes", QUESTION, second)

    assert "要出新题请换个名称" in found
    assert (ended.changed, back.changed, back.unchanged) == (2, 0, 2)
    with branch.world.database.reading() as session:
        assert session.scalars(select(Quiz.withdrawn_at)).one() == branch.world.now


def test_a_wording_is_taught_once_and_stays_forgotten(branch: Branch, load: Import) -> None:
    moved = {**WORDING, "登记时间": "2026-03-01 9:00"}
    load("wordings", moved)

    (taken,) = wrong(load, "wordings", {**WORDING, "当作": "签到"})
    over = load("wordings", {**moved, "状态": "已取消", "取消时间": "2026-03-02 9:00"})
    again = load("wordings", moved)

    assert "要改，先发 忘掉" in taken
    assert (over.changed, again.added, again.changed) == (1, 0, 0)
    with branch.world.database.reading() as session:
        assert session.scalars(select(TaughtWording.revoked_at)).one() is not None


def test_without_a_test_no_wording_is_taught(branch: Branch, load: Import) -> None:
    (found,) = wrong(load, "wordings", WORDING, source=Source(OPERATOR, branch.world.now))

    assert "在服务器上用 zhibu import wordings" in found
