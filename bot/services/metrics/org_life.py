"""K8: organisational life meetings (组织生活会): of the street's organ, and of all branches."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.domain.units import UnitForm
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _of_organ(session: Session, scope: Scope) -> list[Row]:
    found = held.of_kind(session, scope, MeetingKind.ORG_LIFE)
    return held.as_meetings(
        [one for one in found if scope.places[one.branch_id].form is UnitForm.ORGAN], scope
    )


def _of_all(session: Session, scope: Scope) -> list[Row]:
    return held.as_meetings(held.of_kind(session, scope, MeetingKind.ORG_LIFE), scope)


METRICS = (
    Metric(
        "organ_org_life",
        "机关支部专题组织生活会",
        Measure.SESSIONS,
        "只算机关支部（组织里写明是机关支部的）开的组织生活会，按它是哪一年的会算。"
        "别的支部的另有一个数。",
        held.COLUMNS,
        _of_organ,
        mark="K8",
    ),
    Metric(
        "org_life",
        "各支部组织生活会",
        Measure.SESSIONS,
        "所有支部（也有机关支部）开的组织生活会，按它是哪一年的会算，1月补开的算上一年。",
        held.COLUMNS,
        _of_all,
    ),
)
