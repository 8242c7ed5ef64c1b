"""What people can say: one file an intent family, listed here. The order means nothing."""

from __future__ import annotations

from bot.inbound.intents import Intent
from handlers import (
    accounts,
    bind,
    checkin,
    confirm,
    dues,
    groups,
    help,
    leave,
    lists,
    meetings,
    mine,
    notices,
    receipts,
    reschedule,
    signup,
    undo,
    why,
)

INTENTS: tuple[Intent, ...] = (
    accounts.ISSUE_CODE,
    accounts.UNBIND,
    bind.INTENT,
    checkin.CHECKIN,
    checkin.PROXY_CHECKIN,
    confirm.CANCEL,
    confirm.CHOOSE,
    confirm.CONFIRM,
    confirm.CONFIRM_DUES,
    dues.PAID,
    dues.QUERY,
    groups.INTENT,
    help.INTENT,
    leave.INTENT,
    lists.INTENT,
    meetings.CREATE,
    meetings.QUERY,
    mine.INTENT,
    notices.INTENT,
    receipts.INTENT,
    reschedule.CANCEL,
    reschedule.MOVE,
    signup.CANCEL,
    signup.SIGNUP,
    undo.INTENT,
    why.INTENT,
)
