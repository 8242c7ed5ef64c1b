"""The system's Chromium, for the tests of the pages."""

from __future__ import annotations

import shutil

from tests.support.process import MissingProgram

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # root, and most containers, cannot have one; only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str:
    """Return the path of the browser.

    Raises:
        MissingProgram: When none is installed.
    """
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise MissingProgram("Chromium", "chromium fonts-wqy-microhei")
