"""Periods as a cell takes them: `2026-04`, `2026Q2`, `2026`."""

from __future__ import annotations

import re

PERIOD = re.compile(r"20\d\d(?:-(?:0[1-9]|1[0-2])|Q[1-4])?")
PERIOD_WORDS = "应如 2026-04、2026Q2 或 2026，现在是{said}。"
