"""Installed packages that add what people can say, what is reminded of, and channels.

A package names what it adds as entry points, the configuration names the package:

    [project.entry-points."zhibu.intents"]
    duty = "zhibu_duty.saying:INTENT"
    [project.entry-points."zhibu.rules"]
    duty_list = "zhibu_duty.reminding:RULE"
    [project.entry-points."zhibu.channels"]
    notice_board = "zhibu_duty.board:build"

What breaks in one of them stops nothing else: it is logged with the name of the package, counted,
and told by `zhibu doctor`. A package is trusted like the program itself; this is no sandbox.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution
from typing import Any, TypeVar

from bot.channels.channel import Builder
from bot.domain.errors import DomainError
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Waiting
from bot.inbound.utterance import Utterance
from scheduler.rule import Asked, Behind, Reminder, Rule, Setting, Slot

INTENTS, RULES, CHANNELS = "zhibu.intents", "zhibu.rules", "zhibu.channels"
MISSING = "没有安装。请在程序的环境里运行：pip install {name}"
EMPTY = "没有可以加的东西（入口点 zhibu.intents、zhibu.rules、zhibu.channels）"
BROKEN = "{piece} 装不上（{error}），其余照常"
NOT_ONE = "{piece} 不是{what}，没有装"
TAKEN = "{piece} 的名字 {name} 已经有了，没有装"

log = logging.getLogger(__name__)
Found = TypeVar("Found")


class Faults:
    """How often each package broke in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, package: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[package] += 1

    def counts(self) -> Mapping[str, int]:
        """Return package → how often."""
        with self._lock:
            return dict(self._counts)


@dataclass(frozen=True, slots=True)
class Package:
    """What one package adds.

    Attributes:
        problems: What it names and could not be added, one phrase each.
    """

    name: str
    version: str = ""
    intents: tuple[Intent, ...] = ()
    rules: tuple[Rule, ...] = ()
    channels: Mapping[str, Builder] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugins:
    """What all packages add, each piece watched over."""

    packages: tuple[Package, ...] = ()
    faults: Faults = field(default_factory=Faults)

    @property
    def intents(self) -> tuple[Intent, ...]:
        """What people can say besides; where reading breaks, nothing was read."""
        return tuple(
            _watched_intent(intent, each.name, self.faults)
            for each in self.packages
            for intent in each.intents
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What is reminded of besides; tick and dispatcher go on with the others and try again."""
        return tuple(
            _watched_rule(rule, each.name, self.faults)
            for each in self.packages
            for rule in each.rules
        )

    @property
    def channels(self) -> Mapping[str, Builder]:
        """The channels that may be configured besides."""
        return {name: build for each in self.packages for name, build in each.channels.items()}

    def note_channel(self, name: str) -> None:
        """Count that a channel could not be built, for the package that brings it."""
        for each in self.packages:
            if name in each.channels:
                self.faults.note(each.name)

    def counts(self) -> Mapping[str, int]:
        """Return package → what could not be added, and how often it has broken since."""
        broken = self.faults.counts()
        return {each.name: len(each.problems) + broken.get(each.name, 0) for each in self.packages}


def load(
    names: Iterable[str], *, intents: Collection[str] = (), rules: Collection[str] = ()
) -> Plugins:
    """Load installed packages; what cannot be loaded is left out and told of.

    Args:
        names: Of the packages, as pip knows them.
        intents, rules: Names that are taken.
    """
    taken = {INTENTS: set(intents), RULES: set(rules), CHANNELS: set[str]()}
    packages = tuple(_load_package(name, taken) for name in dict.fromkeys(names))
    for package in packages:
        for problem in package.problems:
            log.error("plugin %s: %s", package.name, problem)
    return Plugins(packages)


def forgiving(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules of which one that breaks has nothing to say: the plan is shown without it."""
    return tuple(
        replace(
            rule,
            slots=_or_nothing(rule.slots),
            reminders=_or_nothing(rule.reminders),
            satisfied=_or_nothing(rule.satisfied),
        )
        for rule in rules
    )


def _load_package(name: str, taken: Mapping[str, set[str]]) -> Package:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Package(name, problems=(MISSING.format(name=name),))
    problems: list[str] = []
    intents = list(_load_pieces(found, INTENTS, Intent, "一种说法（Intent）", problems))
    rules = list(_load_pieces(found, RULES, Rule, "一条提醒（Rule）", problems))
    builders = {
        entry.name: build
        for entry in found.entry_points.select(group=CHANNELS)
        if callable(build := _load_piece(entry, problems))
    }
    package = Package(
        name,
        found.version,
        tuple(_free(intents, lambda one: one.name, taken[INTENTS], problems)),
        tuple(_free(rules, lambda one: one.name, taken[RULES], problems)),
        dict(_free(list(builders.items()), lambda one: one[0], taken[CHANNELS], problems)),
    )
    if not (package.intents or package.rules or package.channels or problems):
        problems.append(EMPTY)
    return replace(package, problems=tuple(problems))


def _load_pieces(
    found: Distribution, group: str, kind: type[Found], what: str, problems: list[str]
) -> Iterator[Found]:
    for entry in found.entry_points.select(group=group):
        piece = _load_piece(entry, problems)
        if isinstance(piece, kind):
            yield piece
        elif piece is not None:
            problems.append(NOT_ONE.format(piece=entry.value, what=what))


def _load_piece(entry: EntryPoint, problems: list[str]) -> Any:
    """Import what an entry point names, or note what is wrong and return None.

    Even a package that ends the process while it is imported is only left out.
    """
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        log.exception("plugin piece %s could not be loaded", entry.value)
        problems.append(BROKEN.format(piece=entry.value, error=type(error).__name__))
        return None


def _free(
    pieces: Sequence[Found], name_of: Callable[[Found], str], taken: set[str], problems: list[str]
) -> Iterator[Found]:
    """Yield those whose name nobody has yet: rows of the outbox and prompts are known by it."""
    for piece in pieces:
        name = name_of(piece)
        if name in taken:
            problems.append(TAKEN.format(piece=type(piece).__name__, name=name))
            continue
        taken.add(name)
        yield piece


# --- watched over -------------------------------------------------------------------------------


def _watched_intent(intent: Intent, package: str, faults: Faults) -> Intent:
    """Return an intent that cannot keep a message from being read by the others."""

    def recognise(utterance: Utterance) -> Sequence[Reading]:
        try:
            found: Iterable[Any] = intent.recognise(utterance)
            return [one for one in found if isinstance(one, Reading)]
        except Exception:
            faults.note(package)
            log.exception("plugin %s: intent %s could not read", package, intent.name)
            return ()

    def waits(context: Context) -> Waiting:
        try:
            return Waiting.NOTHING if intent.waits is None else intent.waits(context)
        except Exception:
            faults.note(package)
            log.exception("plugin %s: intent %s could not tell", package, intent.name)
            return Waiting.NOTHING

    return replace(
        intent,
        recognise=recognise,
        waits=None if intent.waits is None else waits,
        handle=_counted(intent.handle, package, faults),
        resume=None if intent.resume is None else _counted(intent.resume, package, faults),
    )


def _watched_rule(rule: Rule, package: str, faults: Faults) -> Rule:
    """Return a rule whose faults are counted; what they mean is for tick and dispatcher to say."""

    def slots(after: Any, until: Any) -> Iterable[Slot]:
        yield from _told(lambda: rule.slots(after, until), package, faults)

    def reminders(session: Any, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        yield from _told(lambda: rule.reminders(session, slot, setting), package, faults)

    def behind(session: Any, slot: Slot, setting: Setting) -> Iterable[Behind]:
        # The unit above hears of all rules in one: here a broken one has nothing to say.
        found: list[Behind] = _or_nothing(_counted(rule.behind, package, faults))(
            session, slot, setting
        )
        return found

    def satisfied(session: Any, asked: Sequence[Asked], now: Any) -> Collection[int]:
        settled: Collection[int] = _counted(rule.satisfied, package, faults)(session, asked, now)
        return settled

    return replace(
        rule,
        slots=slots,
        reminders=reminders,
        satisfied=satisfied,
        behind=None if rule.behind is None else behind,
    )


def _counted(work: Any, package: str, faults: Faults) -> Callable[..., Any]:
    def run(*given: Any) -> Any:
        try:
            return work(*given)
        except DomainError:
            raise
        except Exception:
            faults.note(package)
            raise

    return run


def _told(ask: Callable[[], Iterable[Found]], package: str, faults: Faults) -> Iterator[Found]:
    try:
        yield from ask()
    except Exception:
        faults.note(package)
        raise


def _or_nothing(work: Callable[..., Iterable[Any]]) -> Callable[..., Any]:
    def run(*given: Any) -> list[Any]:
        try:
            return list(work(*given))
        except Exception:
            log.exception("a rule of a plugin could not be asked")
            return []

    return run
