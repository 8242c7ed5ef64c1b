"""Which ledger takes its own actions back; one line a ledger."""

from __future__ import annotations

from bot.services import attendance, dues, dues_claims, study, wordings
from bot.services.undo import Inverse

INVERSES: dict[str, Inverse] = {
    attendance.STEM: attendance.undo_mark,
    dues.STEM: dues_claims.undo_declared,
    study.STEM: study.undo_signup,
    wordings.STEM: wordings.undo_taught,
}
