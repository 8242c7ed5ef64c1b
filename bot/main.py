"""The composition root: puts the parts together. Nothing else imports handlers and scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

import handlers
from bot import channels, plugins
from bot.channels import Channel, Http
from bot.channels.links import Links
from bot.clock import Clock, ManualClock, SystemClock
from bot.config import Config, ConfigError, PluginChannelConfig
from bot.config_reminders import RemindersConfig, day_numbers
from bot.domain.burden import Hours, Policy
from bot.domain.calendar import Workdays
from bot.domain.ladders import Change, Ladders
from bot.domain.ports import HasWindow, Lease, Sender, Throttle, TokenStore
from bot.inbound.again import SecondTry
from bot.inbound.pipeline import MessagePipeline
from bot.inbound.replay import Replay
from bot.inbound.teaching import sentences_to_suggest
from bot.plugins import Plugins
from bot.services import api_requests, limits, retention, throttle
from bot.services.calendar_feed import CalendarFeeds
from bot.services.health import DatabaseHealth
from bot.services.incoming_limits import MemoryThrottle, per_minute
from bot.services.outbox import Routes, Way
from bot.services.ports import Rehearsal, Suggester
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.keyfile import load_or_create_key
from bot.storage.models import Unit
from bot.storage.sealing import TextSeal
from bot.storage.shared import Shared, SharedThrottle, SharedTokens
from bot.storage.tokens import DatabaseLeases, DatabaseTokens
from bot.web.app import create_app
from bot.web.desk import Desk
from bot.web.webhook import Slow, Webhook
from scheduler.dispatcher import Dispatcher
from scheduler.jobs import Jobs
from scheduler.plan import ReminderPlanner
from scheduler.rule import Setting
from scheduler.rules import RULES, with_rules
from scheduler.suggesting import Suggesting
from scheduler.tick import Ticker
from scheduler.watchdog import Watchdog

log = logging.getLogger(__name__)

SIGNED_OUT = "打开着的网页要重新登录"
CHANNEL_BROKEN = "渠道 {name}：插件的 {use} 装不上，没有启用，其余照常。请看日志。"


@dataclass(frozen=True, slots=True)
class Core:
    """What answers, reminds and sends, over one database with one clock.

    A rehearsal, a conversation file and the served bot are each a core of their own.

    Attributes:
        suggesting: Asks a suggester about what was not understood; None where there is none.
    """

    database: Database
    clock: Clock
    routes: Routes
    pipeline: MessagePipeline
    ticker: Ticker
    dispatcher: Dispatcher
    planner: ReminderPlanner
    replay: Replay
    second_try: SecondTry
    suggesting: Suggesting | None = None

    def turn(self) -> None:
        """Do what is due now: queue reminders, send what may leave."""
        self.ticker.tick()
        self.dispatcher.drain()

    def run_until(self, clock: ManualClock, moment: datetime) -> None:
        """Move a manual clock forward, stopping wherever something falls due on the way.

        Args:
            clock: The clock this core was built with.
        """
        self.turn()
        while clock.now() < moment:
            stops = [self.ticker.next_slot(moment), self.dispatcher.next_due()]
            clock.set(min([moment, *(stop for stop in stops if stop is not None)]))
            self.turn()


@dataclass(frozen=True, slots=True)
class App:
    """The served bot: a core, its channels, and what watches over it."""

    config: Config
    core: Core
    channels: tuple[Channel, ...]
    health: DatabaseHealth
    plugins: Plugins
    hours: Hours
    throttle: Throttle
    shared: Shared | None = None

    def jobs(self) -> Jobs:
        """Return the timers of this process, not started."""
        return Jobs(
            tick=self.core.ticker.tick,
            dispatch=self.core.dispatcher.drain,
            clean=self._clean,
            interrupt=self.core.dispatcher.stop,
            suggest=None if self.core.suggesting is None else self.core.suggesting.run,
            watch=self._watch(),
            watch_every_s=self.config.watchdog.every_minutes * 60,
        )

    def links(self) -> Links:
        """Return the connections over which messages come in, not opened."""
        ways = {c.name: c.listen for c in self.channels if c.listen is not None}
        return Links(ways, self.core.pipeline.receive)

    def wsgi(self, rehearsal: Rehearsal | None = None) -> Webhook:
        """Return what an HTTP server calls."""
        pages = create_app(
            self.config.server,
            self.health,
            secret_key=load_or_create_key(self.config.data.dir / "web.key", lost=SIGNED_OUT),
            rehearsal=rehearsal,
            planner=self.core.planner,
            calendars=CalendarFeeds(database=self.core.database, clock=self.core.clock),
            desk=Desk(
                self.core.database, self.core.clock, self.core.routes, self.hours, self.throttle
            ),
        )
        receivers = {c.name: c.receiver for c in self.channels if c.receiver is not None}
        most = self.config.limits
        slow = Slow(
            self.throttle,
            of_sender=per_minute(most.sender_per_minute) if most.sender_per_minute else None,
            of_address=per_minute(most.address_per_minute) if most.address_per_minute else None,
        )
        return Webhook(receivers, self.core.pipeline, self.core.clock, pages, slow)

    def close(self) -> None:
        """Let go of the database and of Redis."""
        self.core.database.close()
        if self.shared is not None:
            self.shared.close()

    def _watch(self) -> Callable[[], object] | None:
        watchdog = self.config.watchdog
        if watchdog.ping_url is None:
            return None
        http = channels.Http(allow_insecure=watchdog.allow_insecure)
        url = watchdog.ping_url.get_secret_value()
        return Watchdog(is_well=lambda: self.health.ready().ok, ping=lambda: http.touch(url)).run

    def _clean(self) -> None:
        now, days = self.core.clock.now(), self.config.privacy.keep_text_days
        with self.core.database.writing() as session:
            retention.forget_texts(session, now=now, keep_days=days)
            retention.forget_unread(session, now=now, keep_days=days)
            limits.forget_idle(session, now)
            api_requests.forget(session, now)
            throttle.forget_old(session, now)


def build_core(
    *,
    database: Database,
    clock: Clock,
    seal: TextSeal,
    routes: Routes,
    senders: Mapping[str, Sender],
    burden: Policy | None = None,
    workdays: Workdays | None = None,
    ladders: Ladders | None = None,
    suggester: Suggester | None = None,
    public_url: str | None = None,
    added: Plugins | None = None,
) -> Core:
    """Put a core together over an open database.

    Args:
        added: What installed packages add.
        public_url: Where this server is reached from outside, without a final slash.
        suggester: Guesses what an un-understood wording means; what it says is only shown.
    """
    setting = Setting(workdays or PublishedWorkdays(), burden or Policy(), ladders or Ladders())
    added = added or Plugins()
    intents = (*handlers.INTENTS, *added.intents)
    rules = with_rules(added.rules)
    pipeline = MessagePipeline(
        database=database,
        intents=intents,
        seal=seal,
        clock=clock,
        routes=routes,
        hours=Hours(setting.burden, setting.workdays),
        public_url=public_url,
        ladders=setting.ladders,
    )
    return Core(
        database=database,
        clock=clock,
        routes=routes,
        pipeline=pipeline,
        ticker=Ticker(database=database, clock=clock, rules=rules, setting=setting, routes=routes),
        dispatcher=Dispatcher(
            database=database,
            clock=clock,
            senders=senders,
            rules=rules,
            setting=setting,
            routes=routes,
        ),
        planner=ReminderPlanner(
            database=database,
            rules=with_rules(plugins.forgiving(added.rules)),
            setting=setting,
        ),
        replay=Replay(database=database, intents=intents, seal=seal),
        second_try=SecondTry(pipeline=pipeline, database=database, seal=seal, clock=clock),
        suggesting=None
        if suggester is None
        else Suggesting(
            database=database,
            clock=clock,
            seal=seal,
            suggester=suggester,
            sentences=sentences_to_suggest(handlers.INTENTS),
        ),
    )


def build(config: Config, clock: Clock | None = None, suggester: Suggester | None = None) -> App:
    """Put the served bot together from its configuration.

    Args:
        suggester: None is shipped; whoever runs the bot may hand one in here.

    Raises:
        ConfigError: A channel cannot work as it is configured.
    """
    clock = clock or SystemClock()
    database = Database(config.database.url.get_secret_value())
    added = load_plugins(config)
    shared = shared_of(config)
    built = _channels(config, database, clock, added, shared)
    senders = {c.name: c.sender for c in built if c.sender is not None}
    burden = Policy(
        quiet_from=config.quiet.from_,
        quiet_until=config.quiet.until,
        group_notices_per_day=config.quiet.group_notices_per_day,
        quiet_rest_days=config.quiet.from_ != config.quiet.until,
        notices_per_week=config.quiet.notices_per_week,
    )
    workdays = PublishedWorkdays(config.calendar.days(), config.calendar.years())
    core = build_core(
        database=database,
        clock=clock,
        seal=TextSeal.from_file(Path(config.data.dir) / "text.key"),
        routes=routes_of(built),
        senders=senders,
        burden=burden,
        workdays=workdays,
        ladders=ladders_of(config.reminders),
        suggester=suggester,
        public_url=config.server.public_url,
        added=added,
    )
    health = DatabaseHealth(
        database=database,
        clock=clock,
        channels=tuple(senders),
        silent_after=timedelta(minutes=config.watchdog.silent_minutes),
        plugin_faults=added.counts,
    )
    alone = MemoryThrottle(clock)
    return App(
        config,
        core,
        built,
        health,
        added,
        Hours(burden, workdays),
        alone if shared is None else SharedThrottle(shared, alone),
        shared,
    )


def shared_of(config: Config) -> Shared | None:
    """Return the Redis that is configured; without its client the bot works as without Redis."""
    if config.redis.url is None:
        return None
    try:
        return Shared(config.redis.url.get_secret_value())
    except ImportError:
        log.warning("[redis] is configured and its client is not installed: ZHIBU_LOCK=scale")
        return None


def load_plugins(config: Config) -> Plugins:
    """Load the packages that the configuration names; one that breaks is left out."""
    return plugins.load(
        config.plugins.packages,
        intents=[intent.name for intent in handlers.INTENTS],
        rules=[rule.name for rule in RULES],
    )


def ladders_of(config: RemindersConfig) -> Ladders:
    """Return the reminder ladders with what the configuration changes of them."""
    return Ladders(
        {
            rule: Change(
                days=day_numbers(section),
                late=getattr(section, "late", None),
                above=getattr(section, "above", None),
                off=section.off,
            )
            for rule, section in config.written()
        }
    )


def routes_of(built: Sequence[Channel]) -> Routes:
    """Tell which channel reaches whom: people by account space, groups by the unit's name."""
    private: dict[str, Way] = {}
    groups: dict[str, Way] = {}
    chats: dict[str, Way] = {}
    # A robot writes only to whom has written to it: of one space its app goes first.
    for channel in sorted(built, key=lambda channel: channel.group_prefix is not None):
        if channel.sender is None:
            continue
        window = channel.sender.window if isinstance(channel.sender, HasWindow) else None
        way = Way(channel.name, channel.sender.max_bytes, window=window)
        if channel.unit is not None:
            groups[channel.unit] = way
            continue
        private.setdefault(channel.space, way)
        if channel.group_prefix is not None:
            in_group = Way(channel.name, channel.sender.max_bytes, channel.group_prefix)
            chats.setdefault(channel.space, in_group)
    return Routes(private=private, groups=groups, chats=chats)


def missing_units(app: App) -> list[str]:
    """Return the units that group webhooks name and the roll does not know, for the start-up."""
    with app.core.database.reading() as session:
        known = set(session.scalars(select(Unit.name)))
    return [c.unit for c in app.channels if c.unit is not None and c.unit not in known]


def build_channels(
    config: Config, added: Plugins, *, store: TokenStore, lease: Lease, clock: Clock, http: Http
) -> tuple[list[Channel], list[str]]:
    """Build what is configured; return it, and why channels of packages are left out.

    Raises:
        ConfigError: One of our own cannot work as it is configured.
    """
    built: list[Channel] = []
    left_out: list[str] = []
    for entry in config.channels:
        try:
            built.append(
                channels.build(
                    entry,
                    store=store,
                    lease=lease,
                    clock=clock,
                    http=http,
                    builders=added.channels,
                )
            )
        except Exception as error:
            if not isinstance(entry, PluginChannelConfig):
                raise
            added.note_channel(entry.use)
            log.exception("channel %s is left out", entry.name)
            is_told = isinstance(error, ConfigError)
            left_out.append(
                str(error) if is_told else CHANNEL_BROKEN.format(name=entry.name, use=entry.use)
            )
    return built, left_out


def _channels(
    config: Config, database: Database, clock: Clock, added: Plugins, shared: Shared | None
) -> tuple[Channel, ...]:
    kept = DatabaseTokens(database)
    built, _ = build_channels(
        config,
        added,
        store=kept if shared is None else SharedTokens(shared, kept, clock),
        lease=DatabaseLeases(database, clock),
        clock=clock,
        http=channels.http_for(config.channels),
    )
    return tuple(built)
