"""The settings as one frozen value, built once and handed down in parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.settings import table as common
from bot.settings import table_followers as theirs
from bot.settings import table_operation as operation
from bot.settings.channels import ChannelSettings, channel_settings, check_channels
from bot.settings.checks import check_accounts, check_calendar, check_listener
from bot.settings.reading import Reading
from bot.settings.table import Calendar, LogFormat, LogLevel
from engine.core.values.market import MASTER, AccountName
from engine.core.values.rules import FollowerRules
from engine.core.values.secrets import Secret
from engine.errors import ConfigError

# The contract's defaults for MAX_SLIPPAGE_BPS; one given value stands for both.
_SLIPPAGE_BPS = 100
_OPTION_SLIPPAGE_BPS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """The bot: its token, its owners' numeric user ids (empty: nobody), its server.

    ``dead_man_minutes``: after so long without Telegram copying stops; None: never.
    """

    bot_token: Secret
    admins: tuple[int, ...]
    api_url: str
    dead_man_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KiteSettings:
    """Where Kite is; no address ends in ``/``. ``ca_file`` adds a certificate authority."""

    api_url: str
    ws_url: str
    login_url: str
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """One Kite account and its Connect app; ``name`` is ``master`` or the follower's."""

    name: AccountName
    user_id: str
    api_key: str
    api_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerSettings:
    """One follower: the account, its way out (None: direct) and its copying rules."""

    account: AccountSettings
    proxy: Secret | None
    rules: FollowerRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """What guards going live; without ``totp_secret`` a required code can never be given."""

    totp_secret: Secret | None
    require_totp: bool
    allow_plain_secrets: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """The login callback: where it listens, and how a browser reaches it."""

    bind: tuple[str, int]
    public_url: str

    @property
    def redirect_url(self) -> str:
        """What each Kite app is to have as its redirect URL."""
        return f"{self.public_url}/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the program was told.

    Attributes:
        data_dir: Absolute folder of store, logs, lock and control socket.
        key_file: Absolute path of the key.
        plain_secrets: Keys of secrets that were given unencrypted; LIVE judges them.
        max_daily_loss: Rupees over all followers; None: no limit.
        listener: The login callback; None: off.
        channels: Where alerts go besides the chat.
        metrics_bind: Host and port on this machine where metrics are read; None: off.
        backup_dir: Where nightly backups go; None: none are made.
        env_file: The file that these were read from, for backups; None where that is not known.
        values: Every value by its full key, so that two readings can be compared; secret ones are wrapped.
    """

    data_dir: Path
    key_file: Path
    log_level: LogLevel
    log_format: LogFormat
    telegram: TelegramSettings
    kite: KiteSettings
    calendar: Calendar
    master: AccountSettings
    followers: tuple[FollowerSettings, ...]
    security: SecuritySettings
    plain_secrets: tuple[str, ...]
    max_daily_loss: Decimal | None = None
    listener: ListenerSettings | None = None
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    metrics_bind: tuple[str, int] | None = None
    backup_dir: Path | None = None
    env_file: Path | None = None
    values: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    def live_refusals(self, *, key_file_used: bool = True) -> tuple[str, ...]:
        """Return why LIVE may not start with secrets kept this way; one line each with the mend.

        Args:
            key_file_used: False where a passphrase stands in for the key file.
        """
        if self.security.allow_plain_secrets:
            return ()
        lines = [
            f"{key} is in plain text - run copytrader encrypt {key} and put what it prints into the key"
            for key in self.plain_secrets
        ]
        if key_file_used and self.key_file.is_relative_to(self.data_dir):
            lines.append("KEY_FILE is inside DATA_DIR - move the key file elsewhere")
        return tuple(lines)

    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret, for the log's redaction."""
        accounts = (self.master, *(follower.account for follower in self.followers))
        found = (
            self.telegram.bot_token,
            self.security.totp_secret,
            *(account.api_secret for account in accounts),
            *(follower.proxy for follower in self.followers),
            *self.channels.secrets(),
        )
        return tuple(secret for secret in found if secret)


def load_settings(
    values: Mapping[str, str], *, folder: Path, open_secret: Callable[[str, str], str]
) -> Settings:
    """Build the settings from their texts.

    Args:
        values: Key → text, of the env file and the real environment together.
        folder: Absolute folder of the env file; relative paths are resolved against it.
        open_secret: Decrypts an ``enc:…`` text of the key named beside it; may raise any
            :class:`CopyTraderError`, a :class:`ConfigError` where the fault is not the one key's.

    Raises:
        ConfigError: Refused; ``faults`` holds every fault at once. Do not start.
    """
    reading = Reading(values, open_secret)
    check_calendar(reading)
    check_accounts(reading)
    check_channels(reading)
    check_listener(reading)
    if reading.faults:
        raise ConfigError(tuple(reading.faults))
    return _build(reading, folder)


def resolve_path(value: Path, folder: Path) -> Path:
    """Return an absolute path without ``..``; symbolic links stay as they are."""
    return Path(*_normal((folder / value).absolute().parts))


def _normal(parts: tuple[str, ...]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if part != "..":
            kept.append(part)
        elif len(kept) > 1:
            kept.pop()
    return kept


def _build(reading: Reading, folder: Path) -> Settings:
    value = reading.value
    ca_file = value(common.KITE_CA_FILE)
    backup_dir = value(operation.BACKUP_DIR)
    return Settings(
        data_dir=resolve_path(value(common.DATA_DIR), folder),
        key_file=resolve_path(value(common.KEY_FILE), folder),
        log_level=value(common.LOG_LEVEL),
        log_format=value(common.LOG_FORMAT),
        telegram=TelegramSettings(
            bot_token=value(common.TELEGRAM_BOT_TOKEN),
            admins=value(common.TELEGRAM_ADMINS),
            api_url=value(common.TELEGRAM_API_URL),
            dead_man_minutes=value(common.TELEGRAM_DEAD_MAN),
        ),
        kite=KiteSettings(
            api_url=value(common.KITE_API_URL),
            ws_url=value(common.KITE_WS_URL),
            login_url=value(common.KITE_LOGIN_URL),
            ca_file=None if ca_file is None else resolve_path(ca_file, folder),
        ),
        calendar=value(common.MARKET_CALENDAR),
        master=AccountSettings(
            name=MASTER,
            user_id=value(common.MASTER_USER_ID),
            api_key=value(common.MASTER_API_KEY),
            api_secret=value(common.MASTER_API_SECRET),
        ),
        followers=tuple(_follower(reading, written) for written in reading.followers),
        security=SecuritySettings(
            totp_secret=value(common.TOTP_SECRET),
            require_totp=value(common.REQUIRE_TOTP),
            allow_plain_secrets=value(common.ALLOW_PLAIN_SECRETS),
        ),
        plain_secrets=tuple(reading.plain_secrets),
        max_daily_loss=value(common.MAX_DAILY_LOSS),
        listener=_listener(reading),
        channels=channel_settings(reading),
        metrics_bind=value(operation.METRICS_BIND),
        backup_dir=None if backup_dir is None else resolve_path(backup_dir, folder),
        values=reading.values,
    )


def _listener(reading: Reading) -> ListenerSettings | None:
    bind, public_url = (
        reading.value(common.LISTENER_BIND),
        reading.value(common.LISTENER_PUBLIC_URL),
    )
    if bind is None:
        return None
    host = f"[{bind[0]}]" if ":" in bind[0] else bind[0]
    return ListenerSettings(bind=bind, public_url=public_url or f"http://{host}:{bind[1]}")


def _account(reading: Reading, written: str) -> AccountSettings:
    return AccountSettings(
        name=AccountName(written.lower()),
        user_id=reading.value(theirs.USER_ID, written),
        api_key=reading.value(theirs.API_KEY, written),
        api_secret=reading.value(theirs.API_SECRET, written),
    )


def _follower(reading: Reading, written: str) -> FollowerSettings:
    return FollowerSettings(
        account=_account(reading, written),
        proxy=reading.value(theirs.PROXY, written),
        rules=_rules(reading, written),
    )


def _rules(reading: Reading, written: str) -> FollowerRules:
    value = reading.value
    band = value(theirs.MAX_SLIPPAGE_BPS, written)
    return FollowerRules(
        name=AccountName(written.lower()),
        user_id=value(theirs.USER_ID, written),
        enabled=value(theirs.ENABLED, written),
        ask_first=value(theirs.APPROVE, written) is theirs.Approve.ASK,
        multiplier=value(theirs.MULTIPLIER, written),
        segment_multipliers=value(theirs.SEGMENT_MULTIPLIERS, written),
        sizing=value(theirs.SIZING, written),
        fixed_lots=value(theirs.FIXED_LOTS, written),
        mirror=value(theirs.MIRROR, written),
        segments=value(theirs.SEGMENTS, written),
        symbols_allow=value(theirs.SYMBOLS_ALLOW, written),
        symbols_block=value(theirs.SYMBOLS_BLOCK, written),
        max_entry_age=timedelta(seconds=value(theirs.MAX_ENTRY_AGE_S, written)),
        max_slippage_bps=_SLIPPAGE_BPS if band is None else band,
        option_slippage_bps=_OPTION_SLIPPAGE_BPS if band is None else band,
        market_protection=value(theirs.MARKET_PROTECTION, written),
        orphan=value(theirs.ORPHAN, written),
        basket_window=timedelta(milliseconds=value(common.BASKET_WINDOW_MS)),
        unwind_bought_leg=value(common.BASKET_SOLD_LEG_REFUSED) is common.SoldLegRefused.UNWIND,
        max_daily_loss=value(theirs.MAX_DAILY_LOSS, written),
        loss_ladder=value(theirs.LOSS_LADDER, written),
        loss_action=value(theirs.LOSS_ACTION, written),
        loss_trailing=value(theirs.LOSS_TRAILING, written),
        max_order_quantity=value(theirs.MAX_ORDER_QUANTITY, written),
        max_order_value=value(theirs.MAX_ORDER_VALUE, written),
        max_position_value=value(theirs.MAX_POSITION_VALUE, written),
        max_open_positions=value(theirs.MAX_OPEN_POSITIONS, written),
        max_orders_per_day=value(theirs.MAX_ORDERS_PER_DAY, written),
        oversize=value(theirs.OVERSIZE, written),
    )
