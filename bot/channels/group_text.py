"""What every one-way robot of a group shares: one text, one group, no duplicate check.

The address or the token alone decides which group gets it. A lost answer stays `uncertain` and is
never repeated by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.channels.text import clean
from bot.domain.sending import Pace, SendError


class GroupText:
    """The way out into one group, as far as all platforms are alike.

    Attributes:
        max_bytes: UTF-8 bytes one text may have.
    """

    max_recipients = 1
    max_bytes: int
    duplicate_window: timedelta | None = None
    pace: Pace | None
    address_pace: Pace | None = None

    def content(self, addresses: Sequence[str], text: str) -> str:
        """Return the text as it may be sent.

        Args:
            addresses: One, whatever it is.

        Raises:
            SendError: It is longer than the platform takes.
        """
        content = clean(text)
        if len(addresses) != self.max_recipients or len(content.encode()) > self.max_bytes:
            raise SendError("文字太长，请改短再发", code="too_long", permanent=True)
        return content
