"""One module a ledger; a new ledger is listed here."""

from bot.storage.models.aliases import Alias
from bot.storage.models.api import ApiRequest, ApiToken, SignInTries
from bot.storage.models.attendance import AttendanceMark, RollClosing
from bot.storage.models.calendar_feed import CalendarFeed
from bot.storage.models.chains import Chain, ChainChoice, ChainLine, ChainPaste, ChainRecord
from bot.storage.models.contacts import Contact, Place, Visit, WorkPlan
from bot.storage.models.development import DevelopmentCase, DevelopmentEntry
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
    MeetingTopic,
    StatedCount,
)
from bot.storage.models.member_files import MemberFileEntry
from bot.storage.models.members import Account, BindCode, BindTry, Member, Membership, Post
from bot.storage.models.messages import AuditLine, DoneAction, Inbound, Prompt
from bot.storage.models.minutes import FrozenAttendance, MeetingDecision, MinutesEntry
from bot.storage.models.notices import Notice, NoticeRecipient, Receipt
from bot.storage.models.open_items import IssuePublication, OpenItem, OpenItemStep
from bot.storage.models.opening import OpeningDues, OpeningHours, OpeningMeeting
from bot.storage.models.outbox import ChannelState, Outbox, OutboxBatch, SendBucket
from bot.storage.models.privacy import Anonymised, ReadLine
from bot.storage.models.quiz import Quiz, QuizAnswered, QuizChosen, QuizQuestion
from bot.storage.models.reports import ReportCopy
from bot.storage.models.roll import RollChange
from bot.storage.models.studied import StudyRecord
from bot.storage.models.study import StudyMaterial, StudyProgramme, StudySignup, StudyTerms
from bot.storage.models.transfers import Transfer, TransferStep
from bot.storage.models.units import ChatGroup, Unit, UnitChange, UnitPolicy
from bot.storage.models.wordings import TaughtWording, UnreadWording

__all__ = [
    "Account",
    "Alias",
    "Anonymised",
    "ApiRequest",
    "ApiToken",
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
    "Contact",
    "Counter",
    "DevelopmentCase",
    "DevelopmentEntry",
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
    "IssuePublication",
    "Meeting",
    "MeetingChange",
    "MeetingDecision",
    "MeetingSeries",
    "MeetingTopic",
    "Member",
    "MemberFileEntry",
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
    "Place",
    "Post",
    "Prompt",
    "Quiz",
    "QuizAnswered",
    "QuizChosen",
    "QuizQuestion",
    "ReadLine",
    "Receipt",
    "ReminderHold",
    "ReportCopy",
    "RollChange",
    "RollClosing",
    "SendBucket",
    "SignInTries",
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
    "Visit",
    "WorkPlan",
]
