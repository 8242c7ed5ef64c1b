"""Stand-ins for the ports that `bot.web` works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.clock import at
from bot.domain.errors import DomainError
from bot.domain.incoming import Answer, Incoming
from bot.domain.ports import Opened
from bot.services.ports import CastMember, ChatLine, Readiness, Sample, Stage

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
SECRET = b"k" * 32

LI = CastMember("li", "李建国", "书记")
WANG = CastMember("wang", "王秀英", "组织委员")
ZHANG = CastMember("zhang", "张三", "党员")
ZHAO = CastMember("zhao", "赵玉兰", "党员 · 退休")


@dataclass
class FakeConfig:
    """The part of the configuration that pages read."""

    public_url: str | None = None


@dataclass
class FakeHealth:
    """Says what it was told to say, or breaks."""

    readiness: Readiness = field(
        default_factory=lambda: Readiness(ok=True, checks={"database": (True, "正常")})
    )
    error: Exception | None = None
    numbers: list[Sample] = field(default_factory=list)

    def ready(self) -> Readiness:
        if self.error is not None:
            raise self.error
        return self.readiness

    def samples(self) -> list[Sample]:
        return self.numbers


@dataclass
class FakePipeline:
    """Remembers what it received."""

    answer: Answer = field(default_factory=lambda: Answer("✓ 张三，已签到。"))
    error: Exception | None = None
    received: list[Incoming] = field(default_factory=list)

    def receive(self, message: Incoming) -> Answer:
        self.received.append(message)
        if self.error is not None:
            raise self.error
        return self.answer


def a_message(**changes: object) -> Incoming:
    """Return a message, with some fields changed."""
    values: dict[str, object] = {
        "channel": "wecom",
        "space": "wecom:ww1",
        "message_id": "1234567890123456789",
        "chat_id": None,
        "sender_id": "zhangsan-account",
        "sent_at": NOW,
        "text": "签到 秘密的话",
    }
    return Incoming(**{**values, **changes})  # type: ignore[arg-type]  # values of a table


def plain_seal(answer: Answer) -> tuple[str, bytes]:
    """Seal nothing: the text itself, or `silence`."""
    return "application/xml", (answer.text or "silence").encode()


@dataclass
class FakeReceiver:
    """A channel that opens every delivery the same way, or refuses it."""

    name: str = "wecom"
    space: str = "wecom:ww1"
    opened: Opened = field(default_factory=lambda: Opened(a_message(), plain_seal))
    error: Exception | None = None
    seen: list[tuple[str, bytes, datetime]] = field(default_factory=list)

    def verify(self, query: str) -> bytes:
        if self.error is not None:
            raise self.error
        return b"\xe7echo:" + query.encode()

    def open(self, query: str, body: bytes, now: datetime) -> Opened:
        self.seen.append((query, body, now))
        if self.error is not None:
            raise self.error
        return self.opened


class FakeRehearsal:
    """A branch that answers every message, and sends a reminder whenever the clock moves."""

    def __init__(self) -> None:
        self.seq = 0
        self.restart()

    def restart(self) -> None:
        self.now = at(NOW.date(), 9, 58)
        self.lines: list[ChatLine] = []

    def stage(self, after: int = 0) -> Stage:
        lines = tuple(line for line in self.lines if line.seq > after)
        return Stage(self.now, "幸福路三支部", "三支部党员群", (LI, WANG, ZHANG, ZHAO), lines)

    def say(self, speaker: str, text: str, *, in_group: bool) -> None:
        member = next((each for each in self.stage().cast if each.key == speaker), None)
        if member is None:
            raise DomainError("没有这位同志，请重新选择。")
        if not text.strip():
            raise DomainError("还没有写字。写一句话再发送。")
        if len(text) > 2000:
            raise DomainError("太长了，最多2000个字。")
        chat = "group" if in_group else member.key
        self.add(chat, member.name, text)
        self.add(chat, "小助手", f"✓ {member.name}，已收到：\n{text}", from_bot=True)

    def move_clock(self, to: datetime) -> None:
        if to < self.now:
            raise DomainError("时钟只能往前拨。要回到从前，请按“重新开始”。")
        if to - self.now > timedelta(days=400):
            raise DomainError("一次最多拨400天。")
        self.now = to
        for member in self.stage().cast:
            self.add(
                member.key, "小助手", f"{member.name}您好：16日（周一）主题党日。", from_bot=True
            )

    def add(self, chat: str, speaker: str, text: str, *, from_bot: bool = False) -> None:
        self.seq += 1
        self.lines.append(ChatLine(self.seq, self.now, chat, speaker, text, from_bot))
