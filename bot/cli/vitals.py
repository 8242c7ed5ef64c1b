"""What `zhibu doctor` asks of a bot at work: timers, what waits, what went wrong, platforms, clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import channels
from bot.channels import Channel, Http
from bot.clock import Clock, local
from bot.config import Config
from bot.domain.sending import SendError, SendState
from bot.services import backlog, deliveries
from bot.services.health import DatabaseHealth
from bot.storage.engine import Database
from bot.storage.tokens import DatabaseLeases, DatabaseTokens

_KINDS = {
    "wecom_app": "企业微信应用",
    "wecom_robot": "企业微信智能机器人",
    "official_account": "公众号",
    "group_webhook": "群机器人",
    "feishu_group": "飞书群机器人",
    "dingtalk_group": "钉钉群机器人",
    "plugin": "插件带来的渠道",
}
_CLOCKS_DIFFER_AFTER = timedelta(seconds=60)  # a callback is refused for minutes of difference
_MOST_REASONS = 3
OFFICERS_MISSED = (
    "近7天有{n}条发给街道党务专干的没有送到，下面没有人看得到。请核对专干的账号，"
    "是谁请专干或街道书记在聊天里发：没送到"
)
_WHERE = "请看 serve 或 work 是否在运行，再看它的日志。"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    fine: bool
    sentence: str


def look_at_work(database: Database, config: Config, clock: Clock) -> Iterator[Check]:
    """Look at the timers, at what waits, and at what did not arrive lately."""
    with _built(config, clock) as (built, _, _):
        able = [each.name for each in built if each.sender is not None]
    silent_after = timedelta(minutes=config.watchdog.silent_minutes)
    health = DatabaseHealth(
        database=database, clock=clock, channels=able, silent_after=silent_after
    )
    ready = health.ready().checks
    yield _timers(*ready["last_tick_age_s"])
    fine, seconds = ready["oldest_due_s"]
    waiting = ready["outbox_backlog"][1]
    late = "" if fine else f"，最早的已经等了{int(seconds) // 60}分钟。{_WHERE}"
    yield Check(fine, f"排队：{waiting}条等着发{late or '。'}")
    now = clock.now()
    since = now - deliveries.LOOKS_BACK
    with database.reading() as session:
        missed = deliveries.count_missed_by_officers(session, since)
        orphans = backlog.count_orphans(session, able)
        lost = {
            state: backlog.count_finished(session, state, since)
            for state in (SendState.UNCERTAIN, SendState.REFUSED)
        }
    for name, count in orphans.items():
        words = (
            f"排队：{count}条等着用渠道 {name} 发，配置里没有它。请把它加回配置，不然一天后不再发。"
        )
        yield Check(False, words)
    yield from _lost(lost)
    if missed:
        yield Check(False, OFFICERS_MISSED.format(n=missed))


def look_at_plugins(config: Config) -> Iterator[Check]:
    """Tell what each package of the configuration adds, and what of it could not be added."""
    from bot import main

    for each in main.load_plugins(config).packages:
        adds = f"{len(each.intents)}种说法、{len(each.rules)}条提醒、{len(each.channels)}种渠道"
        if not each.problems:
            yield Check(True, f"插件 {each.name} {each.version}：{adds}。")
        for problem in each.problems:
            yield Check(False, f"插件 {each.name}：{problem}。")


def look_at_platforms(config: Config, clock: Clock) -> Iterator[Check]:
    """Ask every platform for an access token, and what time it is there."""
    with _built(config, clock) as (built, http, left_out):
        yield from (Check(False, sentence) for sentence in left_out)
        with ThreadPoolExecutor(max(1, len(built))) as pool:
            yield from pool.map(_credentials, built)
        yield _clock(http.told_at, clock.now())


@contextmanager
def _built(config: Config, clock: Clock) -> Iterator[tuple[Sequence[Channel], Http, Sequence[str]]]:
    """Build the channels over a store in memory: nothing that is asked for is kept."""
    from bot import main

    nowhere = Database("sqlite:///:memory:")
    http = channels.http_for(config.channels)
    store, lease = DatabaseTokens(nowhere), DatabaseLeases(nowhere, clock)
    try:
        added = main.load_plugins(config)
        built, left_out = main.build_channels(
            config, added, store=store, lease=lease, clock=clock, http=http
        )
        yield built, http, left_out
    finally:
        nowhere.close()


def _timers(fine: bool, age: str) -> Check:
    if age == "never":
        return Check(True, "定时：还没有运行过，启动请运行：zhibu serve")
    ago = f"定时：上一次在{int(age)}秒前。" if age.isdigit() else f"定时：读不到（{age}）。"
    return Check(fine, ago if fine else ago + _WHERE)


def _lost(lost: Mapping[SendState, Mapping[str, int]]) -> Iterator[Check]:
    """Tell what is not known and what was refused; the names are for the branch, not for here."""
    who = "是谁请书记看：名单 通知"
    unknown, refused = lost[SendState.UNCERTAIN], lost[SendState.REFUSED]
    if unknown:
        yield Check(True, f"近7天有{sum(unknown.values())}条不知道送到没有，没有重发。{who}")
    if refused:
        reasons = "；".join(f"{why}（{n}条）" for why, n in list(refused.items())[:_MOST_REASONS])
        yield Check(True, f"近7天有{sum(refused.values())}条没有送到：{reasons}。{who}")


def _credentials(channel: Channel) -> Check:
    kind = f"渠道 {channel.name}：{_KINDS[channel.kind]}"
    if channel.tokens is None:
        hint = f"检查请运行：zhibu channel check {channel.name}"
        return Check(True, f"{kind}，已配置。{hint}")
    try:
        channel.tokens.probe()
    except SendError as error:
        return Check(False, f"{kind}，{error.reason}。")
    return Check(True, f"{kind}，平台接受了凭证。")


def _clock(there: datetime | None, here: datetime) -> Check:
    words = f"时钟：{local(here):%Y-%m-%d %H:%M:%S}（北京时间）"
    if there is None:
        return Check(True, f"{words}，没有平台可以对照。")
    ahead = here - there
    if abs(ahead) <= _CLOCKS_DIFFER_AFTER:
        return Check(True, f"{words}，和平台一致。")
    side = "快" if ahead > timedelta() else "慢"
    seconds = int(abs(ahead).total_seconds())
    fix = "请打开自动对时：timedatectl set-ntp true"
    return Check(False, f"{words}，比平台{side}{seconds}秒，平台的消息会被拒收。{fix}")
