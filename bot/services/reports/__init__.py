"""Reports: made from metrics, kept as copies that never change; a new kind is listed here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.services.reports.annual import REPORT as ANNUAL
from bot.services.reports.report import Report

__all__ = ["REPORTS"]

REPORTS: Mapping[str, Report] = {report.name: report for report in (ANNUAL,)}
