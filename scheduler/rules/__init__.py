"""What the bot says by itself: one file a rule, listed here. Their order means nothing."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.escalation import above_rule
from scheduler.rule import Rule
from scheduler.rules import (
    cell_meeting,
    committee_meeting,
    committee_term,
    democratic_appraisal,
    democratic_life_meeting,
    desk_digest,
    development_due,
    dues_open_run,
    dues_unassessed,
    dues_unconfirmed,
    dues_unpaid,
    dues_unpublished,
    dues_unremitted,
    general_meeting,
    heart_to_heart_talk,
    issue_above,
    issue_due,
    leader_lecture,
    letter_open,
    makeup_study,
    meeting_unheld,
    meeting_upcoming,
    minutes_missing,
    minutes_unconfirmed,
    oath_renewal,
    open_item_due,
    org_life_meeting,
    party_lecture,
    post_vacant,
    probation_ending,
    quorum_forecast,
    remind_unpaid,
    roll_call_unfinished,
    secretary_lecture,
    study_shortfall,
    study_waiting,
    theme_party_day,
    theory_group,
    working_committee,
)

_LEAVES: tuple[Rule, ...] = (
    cell_meeting.RULE,
    committee_meeting.RULE,
    desk_digest.RULE,
    committee_term.RULE,
    democratic_appraisal.RULE,
    democratic_life_meeting.RULE,
    development_due.RULE,
    dues_open_run.RULE,
    dues_unassessed.RULE,
    dues_unconfirmed.RULE,
    dues_unpaid.RULE,
    dues_unpublished.RULE,
    dues_unremitted.RULE,
    general_meeting.RULE,
    heart_to_heart_talk.RULE,
    leader_lecture.RULE,
    issue_above.RULE,
    issue_due.DUE,
    issue_due.OVERDUE,
    letter_open.RULE,
    makeup_study.RULE,
    meeting_unheld.RULE,
    meeting_upcoming.RULE,
    minutes_missing.RULE,
    minutes_unconfirmed.RULE,
    oath_renewal.RULE,
    open_item_due.RULE,
    org_life_meeting.RULE,
    party_lecture.RULE,
    post_vacant.RULE,
    probation_ending.RULE,
    quorum_forecast.AHEAD,
    quorum_forecast.SOON,
    remind_unpaid.RULE,
    roll_call_unfinished.RULE,
    secretary_lecture.RULE,
    study_shortfall.RULE,
    study_waiting.RULE,
    theme_party_day.RULE,
    theory_group.RULE,
    working_committee.RULE,
)


def with_rules(more: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules listed here and those that installed packages bring.

    The unit above is told last: by then a tick has queued what its leaves have due.
    """
    leaves = (*_LEAVES, *more)
    return (*leaves, above_rule(leaves))


RULES: tuple[Rule, ...] = with_rules(())
