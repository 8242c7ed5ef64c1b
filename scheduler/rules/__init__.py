"""What the bot says by itself: one file a rule, listed here. Their order means nothing."""

from __future__ import annotations

from scheduler.escalation import above_rule
from scheduler.rule import Rule
from scheduler.rules import (
    cell_meeting,
    committee_meeting,
    desk_digest,
    dues_open_run,
    dues_unpaid,
    general_meeting,
    makeup_study,
    makeup_unchecked,
    meeting_unheld,
    meeting_upcoming,
    open_item_due,
    party_lecture,
    post_vacant,
    quorum_forecast,
    remind_unpaid,
    roll_call_unfinished,
    study_shortfall,
    study_waiting,
    theme_party_day,
)

_LEAVES: tuple[Rule, ...] = (
    cell_meeting.RULE,
    committee_meeting.RULE,
    desk_digest.RULE,
    dues_open_run.RULE,
    dues_unpaid.RULE,
    general_meeting.RULE,
    makeup_study.RULE,
    makeup_unchecked.RULE,
    meeting_unheld.RULE,
    meeting_upcoming.RULE,
    open_item_due.RULE,
    party_lecture.RULE,
    post_vacant.RULE,
    quorum_forecast.AHEAD,
    quorum_forecast.SOON,
    remind_unpaid.RULE,
    roll_call_unfinished.RULE,
    study_shortfall.RULE,
    study_waiting.RULE,
    theme_party_day.RULE,
)
RULES: tuple[Rule, ...] = (*_LEAVES, above_rule(_LEAVES))
"""The unit above is told last: by then a tick has queued what its leaves have due."""
