"""Two machines' worth of processes on one database, of which one is killed again and again.

Two receive: all of them get every message, as a platform that repeats what it got no answer to. Two
send what is queued to everybody, through a platform that writes down each request and loses some
answers. The clock runs fast, so that the lease of whoever was killed ends while the others go on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import func, select

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.burden import Policy
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.sending import Pace, SendError, SendState, Sent
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Inbound, Outbox
from scheduler.dispatcher import Dispatcher
from scheduler.rule import Setting
from tests.support.world import World, core

BEGINS = at(date(2026, 3, 12), 9, 55)
FASTER = 60  # a second of ours is a minute of theirs: a lease of two minutes ends in two seconds
LOST_ANSWERS = 0.02
NEVER_QUIET = Policy(quiet_from=clock_time(0), quiet_until=clock_time(0), quiet_rest_days=False)
_SENDING = (SendState.QUEUED, SendState.CLAIMED, SendState.SENDING)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and how much.

    Attributes:
        kill_every_s: Seconds between two kills.
        texts: How many texts each member gets.
    """

    seconds: float
    kill_every_s: float = 1.0
    members: int = 200
    texts: int = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found at the end.

    Attributes:
        answered: Messages that got an answer. stored: Of all, how many are kept.
        marks: Members with a mark; most_marks: of any one member.
        unsent: Rows that nobody finished. accepted, uncertain: What was said of the others.
        unseen: Accepted, and never handed to the platform. most_sent: How often one text went out.
    """

    killed: int
    messages: int
    answered: int
    stored: int
    marks: int
    most_marks: int
    unsent: int
    accepted: int
    uncertain: int
    unseen: int
    most_sent: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        lost = (
            self.unsent
            or self.unseen
            or {self.stored, self.answered, self.marks} != {self.messages}
        )
        return not lost and self.most_marks == self.most_sent == 1


class FastClock:
    """The same time in every process, from the moment the soak began.

    Args:
        began: That moment, in seconds of the machine.
        faster: How much faster than the machine's it runs.
    """

    def __init__(self, began: float, faster: int) -> None:
        self._began = began
        self._faster = faster

    def now(self) -> datetime:
        """Return the moment it is."""
        return BEGINS + timedelta(seconds=(time.time() - self._began) * self._faster)


class Platform:
    """Writes down every request before it answers, and loses some answers."""

    name = SPACE
    max_recipients = 4
    max_bytes = 2048
    duplicate_window: timedelta | None = None
    pace: Pace | None = None
    address_pace: Pace | None = None

    def __init__(self, journal: Path) -> None:
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dice = random.Random()

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return addresses and text as JSON."""
        return json.dumps({"to": list(addresses), "text": text})

    def send(self, body: str) -> Sent:
        """Take it, and sometimes lose the answer."""
        os.write(self._journal, f"{body}\n".encode())
        time.sleep(0.002)
        if self._dice.random() < LOST_ANSWERS:
            raise SendError("没有等到回应", code="timeout", uncertain=True)
        return Sent()


def send(url: str, folder: Path, began: float) -> None:
    """Send for ever."""
    dispatcher = Dispatcher(
        database=Database(url),
        clock=FastClock(began, FASTER),
        senders={SPACE: Platform(folder / "sent")},
        rules=[],
        setting=Setting(PublishedWorkdays(), NEVER_QUIET),
    )
    while True:
        try:
            idle = not dispatcher.drain()
        except Exception:  # as the timer does: it is written down, and the next round comes
            _note(folder)
            idle = True
        if idle:
            time.sleep(0.02)


def receive(url: str, folder: Path, began: float) -> None:
    """Receive every message, again and again, in an order of one's own; note who was answered."""
    own = core(Database(url), FastClock(began, 1))
    answered = os.open(folder / "answered", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    names = (folder / "names").read_text(encoding="utf-8").split()
    while True:
        random.shuffle(names)
        for name in names:
            message = Incoming(SPACE, SPACE, f"m:{name}", None, name, BEGINS, "签到")
            try:
                answer = own.pipeline.receive(message).text or ""
            except Exception:  # as the webhook does: no answer, and the platform tries again
                _note(folder)
                continue
            os.write(answered, f"{name}\t{answer}\n".encode())


def _note(folder: Path) -> None:
    with (folder / "errors").open("a", encoding="utf-8") as errors:
        errors.write(traceback.format_exc())


def run(database: Database, folder: Path, plan: Plan, seed: int = 0) -> Outcome:
    """Let it go, kill, and look at what is there when all is done.

    Args:
        folder: For the journals.
    """
    names = _prepare(database, plan)
    (folder / "names").write_text(" ".join(names), encoding="utf-8")
    (folder / "sent").touch()
    (folder / "answered").touch()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.soak"])
    dice, began = random.Random(seed), time.time()
    jobs = (receive, receive, send, send)

    def start(job: int) -> BaseProcess:
        child = processes.Process(target=jobs[job], args=(database.url, folder, began), daemon=True)
        child.start()
        return child

    alive = [start(job) for job in range(len(jobs))]
    killed = 0
    try:
        _wait_for_life(folder)
        end = time.time() + plan.seconds
        while time.time() < end:
            time.sleep(plan.kill_every_s)
            job = dice.randrange(len(jobs))
            alive[job].kill()
            alive[job].join(10)
            killed += 1
            alive[job] = start(job)
        _wait(database, folder, len(names), until=time.time() + 60)
    finally:
        for child in alive:
            child.kill()
            child.join(10)
    return _look(database, folder, len(names), killed)


def _prepare(database: Database, plan: Plan) -> list[str]:
    """Found a branch with a meeting, and queue texts for everybody."""
    world = World(database, now=BEGINS)
    branch = world.unit("第三党支部")
    secretary = world.member("李书记", branch, Role.SECRETARY)
    members = world.members(plan.members, branch)
    world.call(MeetingKind.GENERAL, BEGINS + timedelta(minutes=10), secretary)
    world.enqueue(
        *(
            world.letter(member, f"第{number}条", due_at=BEGINS)
            for number in range(plan.texts)
            for member in members
        )
    )
    with database.reading() as session:
        addresses = session.scalars(select(Outbox.address).distinct())
        return sorted(addresses)


def _wait_for_life(folder: Path) -> None:
    """Wait until something was answered and sent: loading takes longer than a short soak."""
    until = time.time() + 60
    while time.time() < until and not all(
        (folder / name).stat().st_size for name in ("answered", "sent")
    ):
        time.sleep(0.02)


def _wait(database: Database, folder: Path, messages: int, until: float) -> None:
    """Wait until everything is sent and every message was answered."""
    while time.time() < until:
        with database.reading() as session:
            left = session.scalar(select(func.count(Outbox.id)).where(Outbox.state.in_(_SENDING)))
        if not left and len(_answers(folder)) == messages:
            return
        time.sleep(0.2)


def _answers(folder: Path) -> dict[str, set[str]]:
    """Return who was answered what."""
    found: dict[str, set[str]] = {}
    for line in (folder / "answered").read_text(encoding="utf-8").splitlines():
        name, tab, answer = line.partition("\t")
        if tab:
            found.setdefault(name, set()).add(answer)
    return found


def _look(database: Database, folder: Path, messages: int, killed: int) -> Outcome:
    lines = (folder / "sent").read_text(encoding="utf-8").splitlines()
    sent = Counter(
        (address, letter["text"]) for letter in map(json.loads, lines) for address in letter["to"]
    )
    with database.reading() as session:
        rows = session.execute(select(Outbox.address, Outbox.text, Outbox.state)).all()
        marks = Counter(session.scalars(select(AttendanceMark.member_id)))
        stored = session.scalar(select(func.count(Inbound.id))) or 0
    states = Counter(row.state for row in rows)
    accepted = {(row.address, row.text) for row in rows if row.state is SendState.ACCEPTED}
    answers = _answers(folder)
    assert all(len(said) == 1 for said in answers.values()), "a repeat got another answer"
    return Outcome(
        killed=killed,
        messages=messages,
        answered=len(answers),
        stored=stored,
        marks=len(marks),
        most_marks=max(marks.values(), default=0),
        unsent=sum(states[state] for state in _SENDING),
        accepted=states[SendState.ACCEPTED],
        uncertain=states[SendState.UNCERTAIN],
        unseen=len(accepted - set(sent)),
        most_sent=max(sent.values(), default=0),
    )


def describe(outcome: Outcome) -> str:
    """Return it in a line."""
    return (
        f"{outcome.killed} kills; {outcome.messages} messages: {outcome.stored} stored, "
        f"{outcome.answered} answered, {outcome.marks} marked, at most {outcome.most_marks} each; "
        f"texts: {outcome.accepted} accepted, {outcome.uncertain} uncertain and shown, "
        f"{outcome.unsent} left, {outcome.unseen} accepted and unseen, "
        f"at most {outcome.most_sent} each"
    )
