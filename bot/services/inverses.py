"""Which ledger takes its own actions back; one line a ledger."""

from __future__ import annotations

from bot.services import (
    attendance,
    chain_confirm,
    chains,
    decisions,
    dues,
    dues_claims,
    dues_extra,
    ladder_settings,
    meeting_record,
    minutes,
    notices,
    organisation,
    organisation_undo,
    posts,
    quizzes,
    roll_calls,
    roll_changes,
    studied,
    study,
    study_materials,
    study_terms,
    transfers,
    wordings,
)
from bot.services.undo import Inverse

INVERSES: dict[str, Inverse] = {
    attendance.STEM: attendance.undo_mark,
    chains.STEM: chain_confirm.undo_confirmed,
    decisions.STEM: decisions.undo_vote,
    dues.STEM: dues_claims.undo_declared,
    dues_extra.STEM: dues_extra.undo_offer,
    ladder_settings.STEM: ladder_settings.undo_settled,
    meeting_record.STEM: meeting_record.undo_recorded,
    minutes.STEM: minutes.undo_written,
    notices.STEM: notices.undo_release,
    organisation.STEM: organisation_undo.undo_change,
    posts.STEM: posts.undo_post,
    quizzes.STEM: quizzes.undo_put,
    roll_changes.STEM: roll_changes.undo_change,
    roll_calls.STEM: roll_calls.undo_roll_call,
    studied.STEM: studied.undo_studied,
    study.STEM: study.undo_signup,
    study_materials.STEM: study_materials.undo_kept,
    study_terms.STEM: study_terms.undo_change,
    transfers.STEM: transfers.undo_transfer,
    wordings.STEM: wordings.undo_taught,
}
