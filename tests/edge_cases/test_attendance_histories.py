"""Any order of messages leaves one mark a member that its history explains, and the sum holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.attendance import Mark
from bot.domain.ids import MemberId
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark
from tests.support.hall import DAY, HOUR, MINUTE, START, Hall

_MEMBERS = ("张三", "王五", "赵六")
_OWN = ("签到", "请假 出差", "撤销", "我先走了，早退", "补签", "我会来", "取消请假")
_ORDERS = (
    "全到",
    "除张三都到",
    "都到了，除了王五请假、赵六缺席",
    "点名完毕",
    "纸质签到 张三、王五",
    "确认签到 全部",
    "同意请假 全部",
    "更正 赵六 主题党日 迟到 记错了",
    "更正 王五 主题党日 缺席 没有来",
    "代王五签到",
    "撤销",
    "改期 主题党日 3月17日 15:00 社区二楼",
    "确认1",
    "确认3",
    "确认5",
    "确认6",
    "取消",
)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(_MEMBERS), st.sampled_from(_OWN)),
        st.tuples(st.just("王敏"), st.sampled_from(_ORDERS)),
        st.tuples(st.just("李建国"), st.sampled_from(_ORDERS)),
    ),
    min_size=3,
    max_size=14,
)
_PACE = st.lists(st.sampled_from((MINUTE, 20 * MINUTE, HOUR, 5 * HOUR)), min_size=14, max_size=14)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty database, to be copied for every history."""
    path = tmp_path_factory.mktemp("empty") / "zhibu.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


@contextmanager
def _hall(empty: Path) -> Iterator[Hall]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "zhibu.db"
        shutil.copyfile(empty, path)
        database = Database(f"sqlite:///{path}")
        yield Hall(database)
        database.close()


@settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=_STEPS, pace=_PACE, excused=st.booleans(), approval=st.booleans())
def test_any_order_of_messages_leaves_one_mark_that_its_history_explains(
    empty: Path, steps: list[tuple[str, str]], pace: list[timedelta], excused: bool, approval: bool
) -> None:
    with _hall(empty) as hall:
        if excused:
            hall.excuse("赵六")
        if approval:
            hall.world.policy(hall.branch, "leave", {"approval": True})
        moment = START - DAY
        for (name, text), wait in zip(steps, pace, strict=False):
            answer = hall.say(name, text, moment)
            assert "出了点问题" not in answer, (name, text)
            _check_sum(hall)
            moment += 4 * wait
        _check_histories(hall)


def _check_sum(hall: Hall) -> None:
    tally = hall.tally
    assert tally.expected == 6
    assert tally.present + tally.leave + tally.absent + tally.open == tally.expected


def _check_histories(hall: Hall) -> None:
    revision = hall.meeting.revision
    for name, member in hall.members.items():
        rows = _rows(hall, member)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1)), name
        last = rows[-1] if rows else None
        valid = last is not None and last.revision == revision
        stands = last.mark if last is not None and valid else None
        assert hall.mark(name) is (None if stands is Mark.WITHDRAWN else stands)
        for row in rows:
            assert row.reporter_id is not None
            assert (row.mark is Mark.LEFT_EARLY) is (row.left_at is not None)


def _rows(hall: Hall, member: MemberId) -> Sequence[AttendanceMark]:
    with hall.world.database.reading() as session:
        rows = session.scalars(
            select(AttendanceMark)
            .where(AttendanceMark.member_id == member)
            .order_by(AttendanceMark.seq)
        ).all()
        session.expunge_all()
    return rows
