"""A rehearsal: a branch to play with, in a scratch copy of a database, with a clock of its own.

Nothing here touches the served database, its channels or its clock.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from bot import stage
from bot.channels.simulator import SPACE, Delivered
from bot.clock import Clock, ManualClock, day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Incoming
from bot.domain.rights import ROLE_NAMES, Role
from bot.main import Core
from bot.services import people
from bot.services.ports import CastMember, ChatLine, Stage
from bot.storage.engine import Database
from bot.storage.models import Account, Unit
from bot.storage.sealing import TextSeal

GROUP = "group"
BOT = "小助手"
MOST_CHARACTERS = 2000
FURTHEST = timedelta(days=400)
CAST_SIZE = 6
_KEEP_LINES = 2000
_SPEAKERS_FIRST = (Role.SECRETARY, Role.ORGANISER, Role.CELL_LEADER)


class BadMove(DomainError):
    """The clock or a speaker cannot do that."""


class ScratchRehearsal:
    """The port `Rehearsal`.

    Args:
        template: SQLite file the scratch database is copied from; never written to.
        folder: Where the scratch file is kept.
        branch: Name of the branch that is played.
        clock: Tells where the rehearsal's own clock starts.
    """

    def __init__(self, *, template: Path, folder: Path, branch: str, clock: Clock) -> None:
        self._template = template
        self._file = folder / "rehearsal.db"
        self._branch = branch
        self._real_clock = clock
        self._lock = threading.RLock()
        self._lines: list[ChatLine] = []
        self._seq = 0
        self._said = 0
        self._begin()

    def stage(self, after: int = 0) -> Stage:
        """Return clock, cast and the lines with `seq` above `after`."""
        with self._lock:
            lines = tuple(line for line in self._lines if line.seq > after)
            return Stage(self._clock.now(), self._branch, self._chat, self._cast, lines)

    def say(self, speaker: str, text: str, *, in_group: bool) -> None:
        """Let a cast member write, privately to the bot or in the branch group.

        Raises:
            BadMove: Nobody of that key, an empty text, or one over 2000 characters.
        """
        text = text.strip()
        if not text:
            raise BadMove("还没有写内容。")
        if len(text) > MOST_CHARACTERS:
            raise BadMove(f"内容太长了，最多{MOST_CHARACTERS}字。")
        with self._lock:
            self._speak(self._member(speaker), text, in_group=in_group)

    def move_clock(self, to: datetime) -> None:
        """Move the clock forward; reminders due on the way arrive.

        Raises:
            BadMove: Backwards, or more than 400 days at once.
        """
        with self._lock:
            if to < self._clock.now():
                raise BadMove("时间只能往后走。想从头来，请点“重新开始”。")
            if to - self._clock.now() > FURTHEST:
                raise BadMove("一次最多往后走400天。")
            self._core.run_until(self._clock, to)

    def restart(self) -> None:
        """Throw the scratch database away and begin anew; line numbers go on growing."""
        with self._lock:
            self._database.close()
            self._lines.clear()
            self._begin()

    def _begin(self) -> None:
        _copy(self._template, self._file)
        self._clock = ManualClock(self._real_clock.now())
        self._database = Database(f"sqlite:///{self._file}", scratch=True)
        self._core: Core = stage.simulated_core(
            self._database, self._clock, TextSeal(AESGCM.generate_key(256)), self._hear
        )
        self._chat = f"{self._branch}群"
        stage.bind_chats(self._database, {self._chat: self._branch}, self._clock.now())
        self._cast, self._accounts = self._choose_cast()
        self._leave_others_alone()

    def _leave_others_alone(self) -> None:
        """Unbind everybody who is not played: nobody would see what they are told."""
        with self._database.writing() as session:
            session.execute(
                update(Account)
                .where(Account.external_id.not_in(tuple(self._accounts.values())))
                .values(unbound_at=self._clock.now())
            )

    def _speak(self, member: CastMember, text: str, *, in_group: bool) -> None:
        self._said += 1
        self._write(GROUP if in_group else member.key, member.name, text, from_bot=False)
        answer = self._core.pipeline.receive(
            Incoming(
                channel=SPACE,
                space=SPACE,
                message_id=f"rehearsal-{self._said}",
                chat_id=self._chat if in_group else None,
                sender_id=self._accounts[member.key],
                sent_at=self._clock.now(),
                text=text.removeprefix(f"@{BOT}").lstrip(),
                mentions_bot=not in_group or text.startswith(f"@{BOT}"),
            )
        )
        if answer.text is not None:
            self._write(GROUP if in_group else member.key, BOT, answer.text, from_bot=True)
        self._core.turn()

    def _hear(self, delivered: Delivered) -> None:
        keys = {account: key for key, account in self._accounts.items()}
        chat = GROUP if delivered.address == self._chat else keys.get(delivered.address)
        if chat is not None:
            self._write(chat, BOT, delivered.text, from_bot=True)

    def _write(self, chat: str, speaker: str, text: str, *, from_bot: bool) -> None:
        self._seq += 1
        now = self._clock.now()
        self._lines.append(ChatLine(self._seq, now, chat, speaker, text, from_bot))
        del self._lines[:-_KEEP_LINES]

    def _member(self, key: str) -> CastMember:
        found = next((member for member in self._cast if member.key == key), None)
        if found is None:
            raise BadMove("没有这个人，请重新选一位。")
        return found

    def _choose_cast(self) -> tuple[tuple[CastMember, ...], dict[str, str]]:
        """Choose who can be played: the post holders first, then members with an account."""
        on = day_of(self._clock.now())
        with self._database.reading() as session:
            branch_id = session.scalar(select(Unit.id).where(Unit.name == self._branch))
            if branch_id is None:
                raise BadMove(f"没有找到{self._branch}。")
            roll = people.list_members(session, UnitId(branch_id), on)
            holders = people.list_holders(session, [UnitId(branch_id)], tuple(Role), on)
            accounts = {
                MemberId(member_id): external_id
                for member_id, external_id in session.execute(
                    select(Account.member_id, Account.external_id).where(
                        Account.space == SPACE,
                        Account.unbound_at.is_(None),
                        Account.member_id.in_([person.id for person in roll]),
                    )
                )
            }
        posts = {member_id: role for _, role, member_id, _ in reversed(holders)}
        playable = [person for person in roll if person.id in accounts]
        playable.sort(key=lambda person: _rank(posts.get(person.id), person.id))
        cast = tuple(
            CastMember(f"m{person.id}", person.name, _post_name(posts.get(person.id)))
            for person in playable[:CAST_SIZE]
        )
        return cast, {f"m{person.id}": accounts[person.id] for person in playable[:CAST_SIZE]}


def _rank(role: Role | None, member_id: MemberId) -> tuple[int, int]:
    order: Sequence[Role] = _SPEAKERS_FIRST
    return (order.index(role) if role in order else len(order), member_id)


def _post_name(role: Role | None) -> str:
    return "党员" if role is None else ROLE_NAMES[role]


def _copy(template: Path, to: Path) -> None:
    """Copy a SQLite database as it is at this moment, also while somebody writes to it."""
    for stale in (to, to.with_name(to.name + "-wal"), to.with_name(to.name + "-shm")):
        stale.unlink(missing_ok=True)
    with (
        sqlite3.connect(f"file:{template}?mode=ro", uri=True) as source,
        sqlite3.connect(to) as target,
    ):
        source.backup(target)
    source.close()
    target.close()
