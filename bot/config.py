"""The configuration file: one TOML file, checked as a whole, told in plain Chinese.

Importing this module loads pydantic and nothing of the product.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from bot.config_base import Section as _Section
from bot.config_base import wrong as _wrong
from bot.config_operations import LimitsConfig, PluginsConfig
from bot.config_reminders import RemindersConfig

DEFAULT_PATH = Path("zhibu.toml")
WECOM_API = "https://qyapi.weixin.qq.com"
OFFICIAL_API = "https://api.weixin.qq.com"
FEISHU_API = "https://open.feishu.cn"
DINGTALK_API = "https://oapi.dingtalk.com"
ROBOT_WS = "wss://openws.work.weixin.qq.com"

_MAX_FILE = 1024 * 1024
_MAX_SECRET = 4096
_LOOPBACK_NAMES = ("localhost",)


class ConfigError(Exception):
    """The configuration cannot work.

    Attributes:
        problems: One sentence a mistake: which key, and what would be right.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


# --- values -------------------------------------------------------------------------------------


def is_allowed_base(url: str, *, allow_insecure: bool) -> bool:
    """Tell whether a platform may be called at this address: https, or this machine in tests."""
    parts = urlsplit(url)
    if parts.scheme in ("https", "wss"):
        return bool(parts.hostname)
    return allow_insecure and parts.scheme in ("http", "ws") and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES


def _base(value: str) -> str:
    parts = _split(value)
    plain = not (parts.query or parts.fragment or parts.username)
    if parts.scheme in ("https", "http", "wss", "ws") and parts.hostname and plain:
        return value.rstrip("/")
    raise _wrong("应是 https:// 开头的地址，不带 ? 和账号")


def _public_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme in ("https", "http") and parts.hostname and not (parts.query or parts.fragment):
        return value.rstrip("/")
    raise _wrong('应是别人访问本服务的地址，如 "https://zhibu.example.org"')


def _split(value: str) -> Any:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise _wrong("不是有效的网址") from None
    return parts


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise _wrong('应是IP地址或网段，如 "127.0.0.1"、"10.0.0.0/8"') from None
    return value


def _wall_time(value: object) -> object:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, str) and re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", value):
        hour, _, minute = value.partition(":")
        return time(int(hour), int(minute))
    raise _wrong('应是时和分，如 "20:30"')


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if re.match(r"sqlite:///.|postgresql(\+psycopg)?://.", url):
        return value
    raise _wrong('应是 "sqlite:///data/zhibu.db" 或 "postgresql://用户:密码@主机/库名"')


def _ping_url(value: SecretStr) -> SecretStr:
    parts = _split(value.get_secret_value())
    if parts.scheme in ("https", "http") and parts.hostname and not parts.fragment:
        return value
    raise _wrong("应是看门狗服务给的地址，以 https:// 开头")


def _redis_url(value: SecretStr) -> SecretStr:
    if re.match(r"(rediss?|unix)://.", value.get_secret_value()):
        return value
    raise _wrong('应是 "redis://主机:6379/0" 这样的地址')


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text.strip() == text and text.isprintable():
        return value
    raise _wrong("前后不能有空格，中间不能有换行")


def _callback_token(value: SecretStr) -> SecretStr:
    if re.fullmatch(r"[A-Za-z0-9]{3,32}", value.get_secret_value()):
        return value
    raise _wrong("应是管理后台“接收消息”页的 Token：3到32位英文或数字")


def _aes_key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if re.fullmatch(r"[A-Za-z0-9+/]{43}", text):
        return value
    raise _wrong(f"应是管理后台“接收消息”页的 EncodingAESKey，43位英文和数字，现在是{len(text)}位")


def _webhook_key(value: SecretStr) -> SecretStr:
    if re.fullmatch(r"[A-Za-z0-9_-]{4,128}", value.get_secret_value()):
        return value
    raise _wrong(
        "只填群机器人地址里 key= 后面那一段（飞书是 hook/ 后面，钉钉是 access_token= 后面），不要整个网址"
    )


def _span(value: str) -> str:
    try:
        first, last = _ends_of(value)
    except ValueError:
        raise _wrong('应是日期，或者起止两天，如 "2027-02-14" 或 "2027-02-05~2027-02-11"') from None
    if timedelta() <= last - first <= _LONGEST_SPAN:
        return value
    raise _wrong("起止两天前后颠倒了，或者超过一个月")


def _ends_of(span: str) -> tuple[date, date]:
    first, _, last = span.replace("～", "~").partition("~")
    return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())


def _word_file(value: Any) -> Any:
    if isinstance(value, Path) and value.suffix.lower() == ".docx":
        return value
    raise _wrong("应是加引号的Word文件的路径，以 .docx 结尾")


_LONGEST_SPAN = timedelta(days=31)
_WordFile = Annotated[Path, BeforeValidator(_word_file)]
_Days = Annotated[tuple[Annotated[str, AfterValidator(_span)], ...], Field(strict=False)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=40)]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_@.-]{1,64}$")]
_Base = Annotated[str, AfterValidator(_base)]
_Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_secret)]
_Token = Annotated[SecretStr, AfterValidator(_callback_token)]
_AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
_WallTime = Annotated[time, BeforeValidator(_wall_time)]
_Setting = Annotated[SecretStr | int | bool, Field(union_mode="left_to_right")]


# --- sections -----------------------------------------------------------------------------------


class ServerConfig(_Section):
    """`[server]`: where the web side listens.

    Attributes:
        public_url: How members and the platforms reach it, without a slash at the end.
        trusted_proxies: Addresses or networks whose forwarding headers are believed.
    """

    host: _Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...], Field(strict=False)
    ] = ()


class DatabaseConfig(_Section):
    """`[database]`: a SQLAlchemy address; the password in it is never shown."""

    url: Annotated[SecretStr, AfterValidator(_database_url)]


class RedisConfig(_Section):
    """`[redis]`, optional: tokens and incoming limits at hand for all processes; never the only place."""

    url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = None


class QuietConfig(_Section):
    """`[quiet]`: Shanghai wall times between which nothing is sent; equal times mean never.

    Rest days are quiet too (but for what is about the day), unless nothing is.
    """

    from_: _WallTime = Field(default=time(20, 30), alias="from")
    until: _WallTime = time(8, 0)
    group_notices_per_day: Annotated[int, Field(ge=0, le=20)] = 1
    notices_per_week: Annotated[int, Field(ge=1, le=100)] = 5

    @model_validator(mode="after")
    def _leaves_an_hour(self) -> QuietConfig:
        open_for = (_minutes(self.from_) - _minutes(self.until)) % (24 * 60)
        if self.from_ != self.until and open_for < 60:
            raise _wrong("from 和 until 之间全天静默，每天至少要留一小时可以发送")
        return self


class PrivacyConfig(_Section):
    """`[privacy]`: days that the text of a message is kept, encrypted."""

    keep_text_days: Annotated[int, Field(ge=0, le=3650)] = 30


class CalendarConfig(_Section):
    """`[calendar]`: the State Council's notice of a year that the product does not know yet.

    Attributes:
        holidays: Days nobody works. A year that stands here is taken to be written down whole.
        workdays: Weekend days that are worked instead.
    """

    holidays: _Days = ()
    workdays: _Days = ()

    def days(self) -> dict[date, bool]:
        """Return day → whether it is worked."""
        return dict.fromkeys(_all_days(self.holidays), False) | dict.fromkeys(
            _all_days(self.workdays), True
        )

    def years(self) -> frozenset[int]:
        """Return the years whose notice is written down."""
        return frozenset(day.year for day in _all_days(self.holidays))


def _all_days(spans: Sequence[str]) -> Iterator[date]:
    for first, last in map(_ends_of, spans):
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


class WatchdogConfig(_Section):
    """`[watchdog]`: how it is noticed that the bot does nothing any more.

    Attributes:
        ping_url: Called while all is well, so that who owns it notices when the calls end; the
            address is a secret, and nothing goes there but the call itself.
        every_minutes: How often.
        silent_minutes: After how long without a tick this process says that it is not ready.
    """

    ping_url: Annotated[SecretStr, AfterValidator(_ping_url)] | None = None
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    silent_minutes: Annotated[int, Field(ge=2, le=1440)] = 5
    allow_insecure: bool = False

    @model_validator(mode="after")
    def _is_safe(self) -> WatchdogConfig:
        url = None if self.ping_url is None else self.ping_url.get_secret_value()
        if url is not None and not is_allowed_base(url, allow_insecure=self.allow_insecure):
            raise _wrong("ping_url 应以 https:// 开头；只有本机地址加 allow_insecure = true 除外")
        return self


class DataConfig(_Section):
    """`[data]`: the folder for files that the product writes itself."""

    dir: Path = Path("data")


class DocumentsConfig(_Section):
    """`[documents]`: Word files of one's own to fill in, instead of the built-in templates."""

    minutes: _WordFile | None = None
    sign_in: _WordFile | None = None
    calls: _WordFile | None = None
    annual: _WordFile | None = None


class _ChannelSection(_Section):
    name: _Name
    allow_insecure: bool = False

    @model_validator(mode="after")
    def _bases_are_allowed(self) -> _ChannelSection:
        for key in ("api_base", "ws_url"):
            base = getattr(self, key, None)
            if base is not None and not is_allowed_base(base, allow_insecure=self.allow_insecure):
                raise _wrong(f"{key} 应以 https:// 开头；只有本机地址加 allow_insecure = true 除外")
        return self


class WecomAppConfig(_ChannelSection):
    """A WeCom self-built app.

    Attributes:
        cards: Notices come as cards with a button; false where members read them in WeChat.
    """

    kind: Literal["wecom_app"]
    corp_id: _Id
    agent_id: Annotated[int, Field(ge=1)]
    secret: _Secret
    token: _Token
    aes_key: _AesKey
    cards: bool = True
    api_base: _Base = WECOM_API


class WecomRobotConfig(_ChannelSection):
    """A WeCom smart robot, reached by callback or over its long connection.

    Attributes:
        token, aes_key: For callbacks.
        bot_id: Refuses other robots' messages.
        secret, ws_url: For the long connection, which needs no public address.
        bot_name: What members write after the @.
    """

    kind: Literal["wecom_robot"]
    corp_id: _Id
    token: _Token | None = None
    aes_key: _AesKey | None = None
    bot_id: _Id | None = None
    secret: _Secret | None = None
    bot_name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    ws_url: _Base = ROBOT_WS

    @model_validator(mode="after")
    def _secret_needs_a_bot(self) -> WecomRobotConfig:
        if self.secret is not None and self.bot_id is None:
            raise _wrong("写了 secret 就要写 bot_id（长连接用这两项）")
        if self.secret is None and (self.token is None or self.aes_key is None):
            raise _wrong("长连接要写 bot_id 和 secret；用回调地址要写 token 和 aes_key")
        return self


class OfficialAccountConfig(_ChannelSection):
    """An Official Account.

    Attributes:
        mode: `safe`, or `plaintext` (no protection of the contents; only for experiments).
    """

    kind: Literal["official_account"]
    app_id: _Id
    secret: _Secret
    token: _Token
    aes_key: _AesKey | None = None
    mode: Literal["safe", "plaintext"] = "safe"
    api_base: _Base = OFFICIAL_API

    @model_validator(mode="after")
    def _safe_needs_a_key(self) -> OfficialAccountConfig:
        if self.mode == "safe" and self.aes_key is None:
            raise _wrong("安全模式要写 aes_key（公众平台“服务器配置”里的 EncodingAESKey）")
        return self


class GroupWebhookConfig(_ChannelSection):
    """A group's webhook robot.

    Attributes:
        unit: Name of the organisation whose group it is.
    """

    kind: Literal["group_webhook"]
    key: Annotated[SecretStr, AfterValidator(_webhook_key)]
    unit: _Text
    api_base: _Base = WECOM_API


class FeishuGroupConfig(_ChannelSection):
    """A group's custom robot on Feishu.

    Attributes:
        hook: The end of its address. secret: Signs what is sent, where the robot asks for it.
        unit: Name of the organisation whose group it is.
    """

    kind: Literal["feishu_group"]
    hook: Annotated[SecretStr, AfterValidator(_webhook_key)]
    secret: _Secret | None = None
    unit: _Text
    api_base: _Base = FEISHU_API


class DingtalkGroupConfig(_ChannelSection):
    """A group's custom robot on DingTalk.

    Attributes:
        secret: Signs what is sent, where the robot asks for it (加签).
        unit: Name of the organisation whose group it is.
    """

    kind: Literal["dingtalk_group"]
    access_token: Annotated[SecretStr, AfterValidator(_webhook_key)]
    secret: _Secret | None = None
    unit: _Text
    api_base: _Base = DINGTALK_API


class PluginChannelConfig(_ChannelSection):
    """A channel that an installed package brings.

    Attributes:
        use: Name of the channel within the package.
        settings: What the package asks for; it checks them itself.
        unit: Name of the organisation whose group it writes to, where it is a group's.
    """

    kind: Literal["plugin"]
    use: _Id
    unit: _Text | None = None
    settings: Mapping[str, _Setting] = Field(default_factory=dict)


ChannelConfig: TypeAlias = Annotated[
    WecomAppConfig
    | WecomRobotConfig
    | OfficialAccountConfig
    | GroupWebhookConfig
    | FeishuGroupConfig
    | DingtalkGroupConfig
    | PluginChannelConfig,
    Field(discriminator="kind"),
]


class Config(_Section):
    """The whole file, checked.

    Attributes:
        database: Its address is absolute for SQLite, so that the working folder does not matter.
        channels: In the order of the file.
    """

    server: ServerConfig = ServerConfig()
    database: DatabaseConfig
    redis: RedisConfig = RedisConfig()
    quiet: QuietConfig = QuietConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    data: DataConfig = DataConfig()
    documents: DocumentsConfig = DocumentsConfig()
    calendar: CalendarConfig = CalendarConfig()
    reminders: RemindersConfig = RemindersConfig()
    watchdog: WatchdogConfig = WatchdogConfig()
    plugins: PluginsConfig = PluginsConfig()
    limits: LimitsConfig = LimitsConfig()
    channels: tuple[ChannelConfig, ...] = Field(default=(), alias="channel", strict=False)


def unused(config: Config) -> list[str]:
    """Return what is written in a configuration and does nothing yet, one sentence each."""
    found = []
    for channel in config.channels:
        if isinstance(channel, WecomRobotConfig):
            keys = [key for key in ("secret", "ws_url") if key in channel.model_fields_set]
            if keys:
                words = "、".join(keys)
                found.append(
                    f"渠道 {channel.name} 的 {words} 现在还没有用到：长连接还不支持，消息走回调地址。"
                )
    return found


# --- loading ------------------------------------------------------------------------------------


def load(path: str | Path | None = None) -> Config:
    """Read and check the configuration.

    Args:
        path: The file; None takes `./zhibu.toml` if there is one, else the defaults with
            everything in `./data/`. Relative paths in the file start at the file's folder.

    Raises:
        ConfigError: With every mistake at once.
    """
    if path is None and not DEFAULT_PATH.exists():
        return parse({}, Path.cwd())
    file = DEFAULT_PATH if path is None else Path(path)
    return parse(_read(file), file.absolute().parent)


def parse(raw: Mapping[str, Any], base: Path) -> Config:
    """Check configuration that was read from TOML.

    Args:
        base: Folder at which relative paths start.

    Raises:
        ConfigError: With every mistake at once.
    """
    problems: list[str] = []
    values = _with_secrets(raw, base, problems)
    _place_files(values, base)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        untold = [each for each in details if not isinstance(each["input"], _Unresolved)]
        problems += [_sentence(detail, raw) for detail in untold]
    problems += list(_repeated_names(raw))
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()[: _MAX_FILE + 1]
    except OSError:
        raise ConfigError([f"读不到配置文件 {file}，请检查路径和权限。"]) from None
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = f"配置文件 {file} 不是 UTF-8 编码，请用记事本另存为 UTF-8。"
    except tomllib.TOMLDecodeError as error:
        problem = f"配置文件 {file} {_place(str(error))}写法不对，请看那一行的引号、等号和括号。"
    raise ConfigError([problem])


def _place(message: str) -> str:
    found = re.search(r"at line (\d+), column (\d+)", message)
    return f"第{found[1]}行第{found[2]}列" if found else "末尾"


def _place_files(values: dict[str, Any], base: Path) -> None:
    """Make the folder and a SQLite address absolute, and fill in the default address."""
    data = values.setdefault("data", {})
    if isinstance(data, dict) and isinstance(folder := data.get("dir", "data"), str):
        data["dir"] = base / folder
    templates = values.get("documents")
    if isinstance(templates, dict):
        for key, name in templates.items():
            if isinstance(name, str):
                templates[key] = base / name
    database = values.setdefault("database", {})
    if not isinstance(database, dict):
        return
    folder = data.get("dir") if isinstance(data, dict) else None
    url = database.setdefault("url", f"sqlite:///{folder or base / 'data'}/zhibu.db")
    if isinstance(url, str) and url.startswith("sqlite:///") and url != "sqlite:///:memory:":
        database["url"] = f"sqlite:///{base / url.removeprefix('sqlite:///')}"


_PLUGIN_SETTINGS = "settings"  # of a channel; secrets may stand in it as anywhere else

# --- secrets ------------------------------------------------------------------------------------


def _with_secrets(raw: Mapping[str, Any], base: Path, problems: list[str]) -> dict[str, Any]:
    """Return a copy in which `{ env = … }` and `{ file = … }` are replaced by what they name."""
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if isinstance(value, dict) and key not in _NESTED:
            values[key] = _resolved(value, base, f"[{key}] 的 ", problems)
        elif key == "channel" and isinstance(value, list):
            values[key] = [
                _resolved(entry, base, _channel_place(value, index), problems)
                if isinstance(entry, dict)
                else entry
                for index, entry in enumerate(value)
            ]
        else:
            values[key] = value
    return values


def _resolved(
    section: Mapping[str, Any], base: Path, place: str, problems: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in section.items():
        values[key] = value
        if key == _PLUGIN_SETTINGS and isinstance(value, dict):
            values[key] = _resolved(value, base, f"{place}{key} ", problems)
        elif isinstance(value, dict):
            try:
                values[key] = _look_up(value, base)
            except ConfigError as error:
                problems.append(f"{place}{key}：{error}")
                values[key] = _Unresolved()
    return values


class _Unresolved:
    """Stands for a secret that could not be found; the problem is already told."""


def _look_up(where: Mapping[str, Any], base: Path) -> str:
    match dict(where):
        case {"env": str(name), **rest} if not rest:
            value = os.environ.get(name, "")
            missing = f"环境变量 {name} 没有设置。"
        case {"file": str(name), **rest} if not rest:
            value = _first_bytes(base / name)
            missing = f"读不到文件 {name}，或者它是空的。"
        case _:
            raise ConfigError(['应是文字、{ env = "变量名" } 或 { file = "文件路径" }。'])
    if not value:
        raise ConfigError([missing])
    return value


def _first_bytes(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_SECRET).decode("utf-8-sig").strip()
    except (OSError, ValueError):
        return ""


# --- mistakes in plain Chinese ------------------------------------------------------------------

_MODELS: Mapping[str, type[BaseModel]] = {
    "server": ServerConfig,
    "database": DatabaseConfig,
    "redis": RedisConfig,
    "quiet": QuietConfig,
    "privacy": PrivacyConfig,
    "data": DataConfig,
    "documents": DocumentsConfig,
    "calendar": CalendarConfig,
    "reminders": RemindersConfig,
    "watchdog": WatchdogConfig,
    "plugins": PluginsConfig,
    "limits": LimitsConfig,
}
_NESTED: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "reminders": {
        rule: type(getattr(RemindersConfig(), rule)) for rule in RemindersConfig.model_fields
    }
}
"""Sections made of sections; there are no secrets in them."""
_KINDS: Mapping[str, type[BaseModel]] = {
    "wecom_app": WecomAppConfig,
    "wecom_robot": WecomRobotConfig,
    "official_account": OfficialAccountConfig,
    "group_webhook": GroupWebhookConfig,
    "feishu_group": FeishuGroupConfig,
    "dingtalk_group": DingtalkGroupConfig,
    "plugin": PluginChannelConfig,
}
_COMPAT = (
    '不支持兼容模式：它把消息同时用明文发来，等于没有加密。请在公众平台改成安全模式，这里写 "safe"'
)
_SENTENCES: Mapping[str, str] = {
    "missing": "没有写，这一项必须有",
    "string_type": "应是加引号的文字",
    "int_type": "应是不加引号的整数",
    "bool_type": "应是 true 或 false，不加引号",
    "tuple_type": "应是方括号里的一列",
    "model_type": "应是一节，写成 [名字] 再另起行写各项",
    "model_attributes_type": "应是一节，写成 [名字] 再另起行写各项",
    "path_type": "应是加引号的文件夹路径",
    "is_instance_of": "应是加引号的文件夹路径",
    "string_too_short": "不能是空的",
    "too_short": "不能是空的",
    "string_too_long": "最多{max_length}个字",
    "greater_than_equal": "最小是 {ge}",
    "less_than_equal": "最大是 {le}",
    "union_tag_not_found": "没有写 kind，可以是 {kinds}",
}


def _sentence(detail: ErrorDetails, raw: Mapping[str, Any]) -> str:
    """Say one mistake; what was typed is never repeated, except the name of a key or kind."""
    path = [part for part in detail["loc"] if part not in _KINDS]
    return f"{_place_of(path, raw)}：{_advice(detail, path, raw)}。"


def _advice(detail: ErrorDetails, path: Sequence[str | int], raw: Mapping[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if list(path) == ["channel"]:
        return "每个渠道写成 [[channel]]（两层方括号）再另起行写各项"
    if kind == "zhibu":
        return str(context["sentence"])
    if kind == "extra_forbidden":
        return f"没有这一项{_nearest(str(path[-1]), _known_keys(detail['loc']))}"
    if kind == "union_tag_invalid":
        return f"没有这种 kind{_nearest(str(context['tag']), _KINDS)}，可以是 {_all_kinds()}"
    if kind == "literal_error":
        return _literal_advice(path, raw, context)
    if kind == "string_pattern_mismatch":
        return _pattern_advice(str(path[-1]))
    sentence = _SENTENCES.get(kind, "写法不对，请看 config.example.toml 里的说明")
    return sentence.format(kinds=_all_kinds(), **context)


def _literal_advice(
    path: Sequence[str | int], raw: Mapping[str, Any], context: Mapping[str, Any]
) -> str:
    channel = _channel_at(raw, path)
    if path[-1] == "mode" and channel.get("mode") in ("compat", "compatible", "mixed"):
        return _COMPAT
    return f"只能是 {str(context['expected']).replace(' or ', ' 或 ')}"


def _pattern_advice(key: str) -> str:
    if key == "name":
        return "只能用小写英文字母、数字和减号，它会出现在回调地址里"
    return "只能用英文、数字和 _ - . @，请从管理后台复制"


def _nearest(written: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(written, list(known), n=1, cutoff=0.6)
    return f"，也许应写 {close[0]}" if close else ""


def _all_kinds() -> str:
    return "、".join(_KINDS)


def _known_keys(loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand where an unknown one was found."""
    if len(loc) == 1:
        return [*_MODELS, "channel"]
    section = str(loc[0])
    if section in _NESTED and len(loc) > 2:
        model = _NESTED[section][str(loc[1])]
    else:
        model = _KINDS[str(loc[2])] if section == "channel" else _MODELS[section]
    return [field.alias or name for name, field in model.model_fields.items()]


def _place_of(path: Sequence[str | int], raw: Mapping[str, Any]) -> str:
    if path[0] == "channel" and len(path) > 1 and isinstance(path[1], int):
        place, rest = _channel_place(raw["channel"], path[1]), path[2:]
    elif path[0] in _NESTED and len(path) > 2:
        place, rest = f"[{path[0]}.{path[1]}] 的 ", path[2:]
    elif len(path) > 1:
        place, rest = f"[{path[0]}] 的 ", path[1:]
    else:
        return f"[{path[0]}]" if path[0] in _MODELS else str(path[0])
    keys = [f"第{part + 1}项" if isinstance(part, int) else part for part in rest]
    return place + " ".join(keys) if keys else place.removesuffix("的 ").strip()


def _channel_place(entries: Sequence[Any], index: int) -> str:
    entry = entries[index]
    name = entry.get("name") if isinstance(entry, dict) else None
    label = f"（{name}）" if isinstance(name, str) and re.fullmatch(r"[\w-]{1,40}", name) else " "
    return f"第{index + 1}个 [[channel]]{label}的 "


def _channel_at(raw: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    entry = raw["channel"][path[1]] if path[0] == "channel" else {}
    return entry if isinstance(entry, dict) else {}


def _repeated_names(raw: Mapping[str, Any]) -> Iterator[str]:
    entries = raw.get("channel")
    names = [
        entry["name"]
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    ]
    for name, count in Counter(names).items():
        if count > 1:
            yield f"[[channel]] 的 name：有{count}个都叫 {name}，每个渠道要有自己的名字。"
