"""One module a ledger; a new ledger is listed here."""

from bot.storage.models.aliases import Alias
from bot.storage.models.attendance import AttendanceMark, RollClosing
from bot.storage.models.calendar_feed import CalendarFeed
from bot.storage.models.chains import Chain, ChainChoice, ChainLine, ChainPaste, ChainRecord
from bot.storage.models.dues import DuesAssessment, DuesEntry, DuesReminder
from bot.storage.models.dues_books import (
    DuesBillLine,
    DuesExemption,
    DuesPublication,
    DuesRemittance,
    DuesRemitted,
)
from bot.storage.models.holds import MemberPreference, ReminderHold
from bot.storage.models.machine import Counter, StoredLease, StoredToken, TickMark
from bot.storage.models.meetings import (
    GatheringEvent,
    Meeting,
    MeetingChange,
    MeetingSeries,
    StatedCount,
)
from bot.storage.models.members import Account, BindCode, BindTry, Member, Membership, Post
from bot.storage.models.messages import AuditLine, DoneAction, Inbound, Prompt
from bot.storage.models.minutes import FrozenAttendance, MeetingDecision, MinutesEntry
from bot.storage.models.notices import Notice, NoticeRecipient, Receipt
from bot.storage.models.open_items import OpenItem, OpenItemStep
from bot.storage.models.opening import OpeningDues, OpeningHours, OpeningMeeting
from bot.storage.models.outbox import ChannelState, Outbox, OutboxBatch, SendBucket
from bot.storage.models.privacy import Anonymised, ReadLine
from bot.storage.models.quiz import Quiz, QuizAnswered, QuizChosen, QuizQuestion
from bot.storage.models.roll import RollChange
from bot.storage.models.sign_in import ConsolePassword, ConsoleSession, SignIn
from bot.storage.models.studied import StudyRecord
from bot.storage.models.study import StudyMaterial, StudyProgramme, StudySignup, StudyTerms
from bot.storage.models.transfers import Transfer, TransferStep
from bot.storage.models.units import ChatGroup, Unit, UnitChange, UnitPolicy
from bot.storage.models.wordings import TaughtWording, UnreadWording

__all__ = [
    "Account",
    "Alias",
    "Anonymised",
    "AttendanceMark",
    "AuditLine",
    "BindCode",
    "BindTry",
    "CalendarFeed",
    "Chain",
    "ChainChoice",
    "ChainLine",
    "ChainPaste",
    "ChainRecord",
    "ChannelState",
    "ChatGroup",
    "ConsolePassword",
    "ConsoleSession",
    "Counter",
    "DoneAction",
    "DuesAssessment",
    "DuesBillLine",
    "DuesEntry",
    "DuesExemption",
    "DuesPublication",
    "DuesReminder",
    "DuesRemittance",
    "DuesRemitted",
    "FrozenAttendance",
    "GatheringEvent",
    "Inbound",
    "Meeting",
    "MeetingChange",
    "MeetingDecision",
    "MeetingSeries",
    "Member",
    "MemberPreference",
    "Membership",
    "MinutesEntry",
    "Notice",
    "NoticeRecipient",
    "OpenItem",
    "OpenItemStep",
    "OpeningDues",
    "OpeningHours",
    "OpeningMeeting",
    "Outbox",
    "OutboxBatch",
    "Post",
    "Prompt",
    "Quiz",
    "QuizAnswered",
    "QuizChosen",
    "QuizQuestion",
    "ReadLine",
    "Receipt",
    "ReminderHold",
    "RollChange",
    "RollClosing",
    "SendBucket",
    "SignIn",
    "StatedCount",
    "StoredLease",
    "StoredToken",
    "StudyMaterial",
    "StudyProgramme",
    "StudyRecord",
    "StudySignup",
    "StudyTerms",
    "TaughtWording",
    "TickMark",
    "Transfer",
    "TransferStep",
    "Unit",
    "UnitChange",
    "UnitPolicy",
    "UnreadWording",
]
