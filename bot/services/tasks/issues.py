"""Issues that wait for the desk: reported done and not verified, or nobody was named for them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.tasks import TaskKind, Waiting
from bot.services import issues, survey
from bot.services.issues import Issue
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import Unit

VERIFY = TaskKind("issues_verify", "问题报了办结，等您核实{n}件：{names}", "等核实")
DRAFTS = TaskKind("issues_draft", "问题还没定谁办或哪天前办好{n}件：{names}", "没定的问题")


def find_verify(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return what was reported done, at the desk that may verify it."""
    waiting = issues.list_waiting(session, scope.holds(Unit.path))
    if not waiting:
        return
    units = {issue.unit_id for issue in waiting}
    keepers = survey.keepers(session, units, day_of(scope.now))
    for issue in waiting:
        keeper = keepers.get(issue.unit_id)
        unit = issues.verifying_unit(issue, None if keeper is None else keeper[0])
        done = issue.standing.done
        assert done is not None
        yield Waiting(VERIFY, unit, _name(issue), done.at)


def find_drafts(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return what nobody was named for, or no day."""
    for issue in issues.list_drafts(session, scope.holds(Unit.path)):
        yield Waiting(DRAFTS, issue.unit_id, _name(issue), issue.at)


def _name(issue: Issue) -> str:
    return f"{issue.title}{issue.words[:12]}"


VERIFY_LEAF = Leaf(VERIFY, find_verify)
DRAFTS_LEAF = Leaf(DRAFTS, find_drafts)
