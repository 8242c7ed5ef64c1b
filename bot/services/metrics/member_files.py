"""K13: members' files sorted, filed and archived (一人一档), of who is on the roll that day."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.member_files import FileState
from bot.domain.reports.figures import Measure, Row
from bot.services import member_files
from bot.services.metrics import roll
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    members = {
        MemberId(int(row.ref.partition(":")[2])): row
        for row in roll.members_on(session, scope, scope.until)
    }
    rows = []
    for member, entries in member_files.load(session, list(members)).items():
        known = {entry.state: entry for entry in entries if entry.on <= scope.until}
        if all(state in known for state in FileState):
            last = known[FileState.ARCHIVED]
            row = members[member]
            rows.append(Row(row.ref, (row.cells[0], last.file_class.value, last.on.isoformat())))
    return rows


METRIC = Metric(
    "member_files",
    "整理、立卷、归档的党员档案",
    Measure.PERSONS,
    "统计日在册、档案已经整理、立卷、归档三步都做完的党员。一名党员一份，转走的不算。",
    ("党组织", "分类", "归档日期"),
    _rows,
    mark="K13",
)
