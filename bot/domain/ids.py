"""Identifiers, kept apart by type so that a unit can never be passed for a member."""

from __future__ import annotations

from typing import NewType

MemberId = NewType("MemberId", int)
UnitId = NewType("UnitId", int)
MeetingId = NewType("MeetingId", int)
NoticeId = NewType("NoticeId", int)
PromptId = NewType("PromptId", int)
InboundId = NewType("InboundId", int)
OutboxId = NewType("OutboxId", int)
