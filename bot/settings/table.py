"""Every setting that is not a follower's: the table that code, ``.env.example`` and docs share."""

from decimal import Decimal
from enum import StrEnum, unique
from pathlib import Path

from bot.settings import addresses as address
from bot.settings import parsers as p
from bot.settings.key import SettingKey
from engine.core.values.secrets import Secret


@unique
class SoldLegRefused(StrEnum):
    """What becomes of the bought leg when the sold one is refused."""

    KEEP = "keep"
    UNWIND = "unwind"


@unique
class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@unique
class LogFormat(StrEnum):
    """How a log line looks."""

    HUMAN = "human"
    JSON = "json"


@unique
class Calendar(StrEnum):
    """When the market is open; ``always_open`` is for demo and tests on any day."""

    NSE = "nse"
    ALWAYS_OPEN = "always_open"


DATA_DIR: SettingKey[Path] = SettingKey(
    name="DATA_DIR",
    parse=p.path,
    default="var",
    unit="folder",
    help="Store, logs, lock and control socket; created so that only you can open it.",
)
KEY_FILE: SettingKey[Path] = SettingKey(
    name="KEY_FILE",
    parse=p.path,
    default="~/.config/kitecopytrader/key",
    unit="file",
    help="Key for enc: values and stored sessions; made when first needed. Back it up, keep it "
    "out of DATA_DIR. Instead of it, PASSPHRASE may be set in the real environment.",
)
LOG_LEVEL: SettingKey[LogLevel] = SettingKey(
    name="LOG_LEVEL",
    parse=p.choice(LogLevel),
    default="INFO",
    unit="DEBUG, INFO, WARNING or ERROR",
    help="How much is logged.",
)
LOG_FORMAT: SettingKey[LogFormat] = SettingKey(
    name="LOG_FORMAT",
    parse=p.choice(LogFormat),
    default="human",
    unit="human or json",
    help="How a log line looks.",
)
TELEGRAM_BOT_TOKEN: SettingKey[Secret] = SettingKey(
    name="TELEGRAM__BOT_TOKEN",
    parse=p.bot_token,
    required=True,
    secret=True,
    help="Token of your bot, from @BotFather.",
)
TELEGRAM_ADMINS: SettingKey[tuple[int, ...]] = SettingKey(
    name="TELEGRAM__ADMINS",
    parse=p.comma_list(p.telegram_id),
    unit="comma-separated numeric user ids",
    help="Who may command the bot; empty means nobody. The id is a number, not an @name.",
)
TELEGRAM_API_URL: SettingKey[str] = SettingKey(
    name="TELEGRAM__API_URL",
    parse=address.https_url,
    default="https://api.telegram.org",
    unit="https address",
    help="Any Bot API server; plain http only on this machine.",
)
TELEGRAM_DEAD_MAN: SettingKey[int | None] = SettingKey(
    name="TELEGRAM__DEAD_MAN_MINUTES",
    parse=p.optional(p.whole(1, 1440)),
    default="off",
    unit="minutes, 1 to 1440",
    help="In LIVE copying stops by itself when Telegram was not reached for so long; exits go on.",
)
KITE_API_URL: SettingKey[str] = SettingKey(
    name="KITE__API_URL",
    parse=address.https_url,
    default="https://api.kite.trade",
    unit="https address",
    help="Kite Connect; plain http only on this machine.",
)
KITE_WS_URL: SettingKey[str] = SettingKey(
    name="KITE__WS_URL",
    parse=address.wss_url,
    default="wss://ws.kite.trade",
    unit="wss address",
    help="Kite's stream; plain ws only on this machine.",
)
KITE_LOGIN_URL: SettingKey[str] = SettingKey(
    name="KITE__LOGIN_URL",
    parse=address.https_url,
    default="https://kite.zerodha.com/connect/login",
    unit="https address",
    help="Kite's login page; plain http only on this machine.",
)
KITE_CA_FILE: SettingKey[Path | None] = SettingKey(
    name="KITE__CA_FILE",
    parse=p.optional(p.path),
    unit="PEM file",
    help="An extra certificate authority for Kite; empty means the system's own.",
)
MARKET_CALENDAR: SettingKey[Calendar] = SettingKey(
    name="MARKET__CALENDAR",
    parse=p.choice(Calendar),
    default="nse",
    unit="nse or always_open",
    help="always_open is for demo and tests, only while KITE__API_URL is on this machine.",
)
MASTER_USER_ID: SettingKey[str] = SettingKey(
    name="MASTER__USER_ID",
    parse=p.client_id,
    required=True,
    unit="Kite client id",
    help="The one account that is watched.",
)
MASTER_API_KEY: SettingKey[str] = SettingKey(
    name="MASTER__API_KEY",
    parse=p.text,
    required=True,
    help="api_key of the master's Kite Connect app.",
)
MASTER_API_SECRET: SettingKey[Secret] = SettingKey(
    name="MASTER__API_SECRET",
    parse=p.secret,
    required=True,
    secret=True,
    help="api_secret of the master's Kite Connect app.",
)
TOTP_SECRET: SettingKey[Secret | None] = SettingKey(
    name="SECURITY__TOTP_SECRET",
    parse=p.optional(p.totp_secret),
    secret=True,
    unit="base32",
    help="Seed of the 6-digit codes that /live asks for; add the same seed to your phone.",
)
REQUIRE_TOTP: SettingKey[bool] = SettingKey(
    name="SECURITY__REQUIRE_TOTP",
    parse=p.boolean,
    default="true",
    unit="true or false",
    help="false lets whoever holds your Telegram account go live: a risk you take.",
)
ALLOW_PLAIN_SECRETS: SettingKey[bool] = SettingKey(
    name="SECURITY__ALLOW_PLAIN_SECRETS",
    parse=p.boolean,
    default="false",
    unit="true or false",
    help="true lets LIVE start with secrets in plain text: a risk you take.",
)

BASKET_WINDOW_MS: SettingKey[int] = SettingKey(
    name="BASKET__WINDOW_MS",
    parse=p.whole(0, 5000),
    default="150",
    unit="milliseconds, 0 is off",
    help="How long a sell-to-open option waits for its hedge leg.",
)
BASKET_SOLD_LEG_REFUSED: SettingKey[SoldLegRefused] = SettingKey(
    name="BASKET__SOLD_LEG_REFUSED",
    parse=p.choice(SoldLegRefused),
    default="keep",
    unit="keep or unwind",
    help="What becomes of the bought leg when the sold one is refused.",
)
MAX_DAILY_LOSS: SettingKey[Decimal | None] = SettingKey(
    name="RISK__MAX_DAILY_LOSS",
    parse=p.optional(p.above_zero),
    default="none",
    unit="rupees",
    help="Largest loss of a day over all followers: at 70, 85 and 100 per cent as in LOSS_LADDER.",
)

LISTENER_BIND: SettingKey[tuple[str, int] | None] = SettingKey(
    name="LISTENER__BIND",
    parse=p.optional(address.host_port),
    default="off",
    unit="host:port",
    help="Login callback, open only while a login is pending.",
)
LISTENER_PUBLIC_URL: SettingKey[str | None] = SettingKey(
    name="LISTENER__PUBLIC_URL",
    parse=p.optional(address.https_url),
    default="off",
    unit="https address",
    help="How the login callback is reached from outside.",
)

COMMON_KEYS: tuple[SettingKey[object], ...] = (
    DATA_DIR,
    KEY_FILE,
    LOG_LEVEL,
    LOG_FORMAT,
    TELEGRAM_BOT_TOKEN,
    TELEGRAM_ADMINS,
    TELEGRAM_API_URL,
    TELEGRAM_DEAD_MAN,
    KITE_API_URL,
    KITE_WS_URL,
    KITE_LOGIN_URL,
    KITE_CA_FILE,
    MARKET_CALENDAR,
    MASTER_USER_ID,
    MASTER_API_KEY,
    MASTER_API_SECRET,
    TOTP_SECRET,
    REQUIRE_TOTP,
    ALLOW_PLAIN_SECRETS,
    BASKET_WINDOW_MS,
    BASKET_SOLD_LEG_REFUSED,
    MAX_DAILY_LOSS,
    LISTENER_BIND,
    LISTENER_PUBLIC_URL,
)
