"""Which columns of which ledgers are about a person; a new ledger with a member is listed here.

A test reads every model: one that names a member and is not covered fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.privacy import FactKind
from bot.storage import models
from bot.storage.types import Base

NAME = object()  # stands for the number that takes the place of the name
WITHOUT_NAME = object()  # the words stay, the name in them is replaced


@dataclass(frozen=True, slots=True)
class Held:
    """One ledger, as it concerns a person.

    Attributes:
        title: What it is to its reader; the name of its sheet.
        kind: Who may read it, by the privacy table.
        about: Columns that name the person a row is about; none where rows are only written by
            people. `through` leads to such a row instead: (column here, model there).
        acted: Columns that name who said, decided or wrote it.
        hidden: Columns that are never told: keys, digests, and what speaks of other people.
        wiped: What takes the place of a column's value once the person is anonymous.
    """

    model: type[Base]
    title: str
    kind: FactKind
    about: tuple[str, ...] = ()
    acted: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    wiped: Mapping[str, Any] = field(default_factory=dict)
    through: tuple[str, type[Base]] | None = None

    @property
    def is_about_people(self) -> bool:
        """Tell whether its rows are about somebody."""
        return bool(self.about) or self.through is not None


def _held(
    model: type[Base],
    title: str,
    kind: FactKind,
    about: str = "",
    acted: str = "",
    hidden: str = "",
    wiped: Mapping[str, Any] | None = None,
    through: tuple[str, type[Base]] | None = None,
) -> Held:
    """Return an entry; columns are written as words, for the table below to be read as one."""
    return Held(
        model,
        title,
        kind,
        tuple(about.split()),
        tuple(acted.split()),
        frozenset(hidden.split()),
        wiped or {},
        through,
    )


_ROLL, _MOVED, _DUES = FactKind.ROLL, FactKind.MOVEMENT, FactKind.DUES
_PRESENCE, _STUDY, _NOTICE = FactKind.PRESENCE, FactKind.STUDY, FactKind.NOTICE
_BY = "by_id"

LEDGERS: tuple[Held, ...] = (
    _held(models.Member, "基本信息", _ROLL, "id", wiped={"name": NAME, "phone_tail": ""}),
    _held(
        models.Account,
        "绑定的账号",
        _ROLL,
        "member_id",
        hidden="external_key",
        wiped={"external_id": NAME, "external_key": NAME},
    ),
    _held(models.BindCode, "绑定码", _ROLL, "member_id", "created_by", "code_hash"),
    _held(
        models.CalendarFeed, "日历订阅", _ROLL, "member_id", "created_by", "token_hash salt unit_id"
    ),
    _held(
        models.ApiToken, "接口令牌", _ROLL, "member_id", hidden="token_hash", wiped={"purpose": ""}
    ),
    _held(models.Membership, "所在支部", _ROLL, "member_id"),
    _held(models.Post, "职务", _ROLL, "member_id"),
    _held(
        models.Alias,
        "别名",
        _ROLL,
        "member_id",
        "speaker_id taught_by_id revoked_by_id",
        wiped={"text": NAME},
    ),
    _held(
        models.RollChange,
        "名册变动",
        _MOVED,
        "member_id",
        _BY,
        "key closed_id opened_id refers_to before",
        {"reason": ""},
    ),
    _held(
        models.Transfer,
        "组织关系",
        _MOVED,
        "member_id",
        _BY,
        wiped={"place": "", "letter_no": ""},
    ),
    _held(
        models.TransferStep,
        "组织关系办理",
        _MOVED,
        acted=_BY,
        hidden="change_id",
        wiped={"reason": ""},
        through=("transfer_id", models.Transfer),
    ),
    _held(
        models.AttendanceMark,
        "出勤",
        _PRESENCE,
        "member_id",
        "reporter_id decided_by_id",
        "revision",
        {"reason": ""},
    ),
    _held(models.FrozenAttendance, "会议记录里的出勤", _PRESENCE, "member_id"),
    _held(
        models.MinutesEntry,
        "会议记录",
        FactKind.NOTICE,
        "member_id",
        _BY,
        "refers_to",
        {"text": WITHOUT_NAME, "old": WITHOUT_NAME, "reason": WITHOUT_NAME},
    ),
    _held(
        models.OpenItem,
        "待办和问题",
        _NOTICE,
        "owner_id",
        _BY,
        "key source category",
        {"words": WITHOUT_NAME, "measure": WITHOUT_NAME},
    ),
    _held(
        models.OpenItemStep,
        "待办和问题的办理",
        _NOTICE,
        acted=_BY,
        wiped={"note": WITHOUT_NAME},
        through=("item_id", models.OpenItem),
    ),
    _held(
        models.DuesAssessment, "党费核定", _DUES, "member_id", "approved_by", wiped={"reason": ""}
    ),
    _held(
        models.DuesExemption,
        "党费减免",
        _DUES,
        "member_id",
        _BY,
        wiped={"reason": ""},
    ),
    _held(
        models.DuesEntry,
        "党费台账",
        _DUES,
        "member_id",
        "payer_id by_id",
        "key refers_to claim",
        {"reason": ""},
    ),
    _held(models.DuesReminder, "党费提醒", _DUES, "member_id", _BY, "batch"),
    _held(
        models.ReminderHold,
        "推后或不要的提醒",
        _NOTICE,
        "member_id",
        hidden="subject period",
        wiped={"reason": ""},
    ),
    _held(models.MemberPreference, "提醒的选择", _NOTICE, "member_id"),
    _held(models.DuesBillLine, "账单里的转账", _DUES, "member_id", "closed_by", "mark"),
    _held(models.OpeningDues, "启用前已交的党费", _DUES, "member_id", _BY, "seq", {"reason": ""}),
    _held(models.OpeningMeeting, "启用前开过的会", _PRESENCE, "", _BY, wiped={"reason": ""}),
    _held(models.OpeningHours, "启用前的学时", _STUDY, "member_id", _BY, "seq", {"reason": ""}),
    _held(models.StudyRecord, "学习", _STUDY, "member_id", "reporter_id", "key refers_to"),
    _held(models.StudySignup, "报名", FactKind.SIGNUP, "member_id", _BY, "place"),
    _held(models.StudyProgramme, "学习计划", _STUDY, acted=_BY),
    _held(models.StudyTerms, "学时设置", _STUDY, acted=_BY),
    _held(models.StudyMaterial, "学习资料", _STUDY, acted=_BY),
    _held(models.Quiz, "出题", _STUDY, acted=_BY),
    _held(models.QuizAnswered, "答过的题", _STUDY, "member_id"),
    _held(models.NoticeRecipient, "收到的通知", _NOTICE, "member_id"),
    _held(models.Receipt, "回复收到", _NOTICE, "member_id"),
    _held(models.ChainPaste, "贴过的接龙", _ROLL, "member_id", hidden="chain_id inbound_id state"),
    _held(
        models.ChainLine,
        "接龙里的行",
        _ROLL,
        "member_id",
        hidden="paste_id number nth",
        wiped={"name": NAME},
    ),
    _held(
        models.ChainChoice,
        "接龙里认出的名字",
        _ROLL,
        "member_id",
        _BY,
        "chain_id nth",
        {"name": NAME},
    ),
    _held(
        models.ChainRecord,
        "接龙入账",
        _ROLL,
        "member_id",
        "reporter_id confirmed_by",
        "paste_id row_id",
    ),
    _held(
        models.Inbound,
        "发给小助手的消息",
        _NOTICE,
        "member_id",
        hidden=(
            "message_id space chat_id sender_id sealed_text sealed_quote addressed answer decision"
        ),
        wiped={"sealed_text": None, "sealed_quote": None, "answer": None, "sender_id": NAME},
    ),
    _held(
        models.Outbox,
        "小助手发来的消息",
        _NOTICE,
        "member_id",
        hidden=(
            "key address thread unit_id text slot subject rule claim lease_until tries"
            " maybe_sent batch_id platform_id not_before expires_at late_since due_at card instead_of"
        ),
        wiped={
            "text": "",
            "address": "",
            "thread": "",
            "reason": None,
            "detail": "",
            "card": None,
        },
    ),
    _held(
        models.Prompt,
        "小助手问过的问题",
        _NOTICE,
        "member_id",
        hidden="chat_id payload",
        wiped={"payload": {}},
    ),
    _held(
        models.DoneAction,
        "可撤销的操作",
        _NOTICE,
        "member_id subject_id",
        hidden="inverse title batch",
        wiped={"inverse": {}, "title": ""},
    ),
    _held(models.ReadLine, "谁看过我的记录", FactKind.SEEN, "member_id", _BY, "unit_id command"),
    _held(models.Anonymised, "匿名处理", _ROLL, "member_id", _BY),
    _held(
        models.DevelopmentCase,
        "发展党员",
        _MOVED,
        "member_id",
        _BY,
        "key",
        {"name": NAME},
    ),
    _held(
        models.DevelopmentEntry,
        "发展党员的步骤",
        _MOVED,
        acted=_BY,
        hidden="change_id refers_to",
        wiped={"words": ""},
        through=("case_id", models.DevelopmentCase),
    ),
    _held(
        models.MemberFileEntry,
        "党员档案",
        _ROLL,
        "member_id",
        _BY,
        "refers_to",
        {"reason": "", "location_code": ""},
    ),
    # Only written by people, about meetings, money and units:
    _held(models.AuditLine, "留痕", _NOTICE, acted=_BY),
    _held(models.RollClosing, "点名完毕", _PRESENCE, acted=_BY),
    _held(models.MeetingTopic, "党建议题", _NOTICE, acted=_BY),
    _held(models.StatedCount, "到会人数", _PRESENCE, acted="reporter_id"),
    _held(models.MeetingSeries, "例会", _NOTICE, acted="created_by"),
    _held(models.GatheringEvent, "活动", _NOTICE, acted="created_by"),
    _held(models.MeetingChange, "会议更改", _NOTICE, acted=_BY),
    _held(models.MeetingDecision, "表决", _NOTICE, acted=_BY),
    _held(models.Notice, "通知", _NOTICE, acted="created_by"),
    _held(models.DuesRemittance, "上缴党费", _DUES, acted=_BY),
    _held(models.DuesPublication, "公示党费", _DUES, acted=_BY),
    _held(models.ReportCopy, "年报", _NOTICE, acted=_BY),
    _held(models.IssuePublication, "公示整改", _NOTICE, acted=_BY),
    _held(models.UnitChange, "组织变动", _ROLL, acted=_BY),
    _held(models.ChatGroup, "绑定群", _ROLL, acted="bound_by"),
    _held(models.TaughtWording, "教过的说法", _NOTICE, acted="taught_by revoked_by"),
)
