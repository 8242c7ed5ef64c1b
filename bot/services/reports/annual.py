"""The annual report (年报, 述职报告)."""

from __future__ import annotations

from bot.domain.reports.annual import SECTIONS
from bot.services.reports.report import Report

REPORT = Report("annual", "年报", SECTIONS)
