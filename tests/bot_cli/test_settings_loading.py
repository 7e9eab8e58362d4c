"""The settings: what is accepted, what is refused, and that every fault comes at once."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.settings.settings import load_settings
from bot.settings.table import Calendar, LogFormat
from engine.core.values.market import Exchange
from engine.core.values.rules import FollowerRules, LossAction, Mirror, Oversize
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from tests.bot_cli.cli_builders import TOTP_SECRET, VALID

FOLDER = Path("/srv/trading")


def load(open_secret=str, **changed):
    values = {key: text for key, text in {**VALID, **changed}.items() if text is not None}
    return load_settings(values, folder=FOLDER, open_secret=open_secret)


def faults(open_secret=str, **changed) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(open_secret, **changed)
    return list(refused.value.faults)


def test_the_least_settings_have_the_documented_defaults():
    settings = load()
    assert settings.data_dir == FOLDER / "var"
    assert settings.key_file == Path.home() / ".config/kitecopytrader/key"
    assert settings.kite.api_url == "https://api.kite.trade"
    assert settings.kite.ws_url == "wss://ws.kite.trade"
    assert settings.kite.login_url == "https://kite.zerodha.com/connect/login"
    assert settings.kite.ca_file is None
    assert settings.telegram.admins == (42,)
    assert settings.calendar is Calendar.NSE
    assert settings.log_format is LogFormat.HUMAN
    assert settings.security.require_totp
    assert not settings.security.allow_plain_secrets
    assert settings.master.name == "master"
    (asha,) = settings.followers
    assert asha.proxy is None
    assert asha.rules == FollowerRules(name="asha", user_id="CD5678")
    assert (settings.metrics_bind, settings.backup_dir) == (None, None)


def test_follower_settings_become_copying_rules():
    (asha,) = load(
        FOLLOWERS__ASHA__ENABLED="False",
        FOLLOWERS__ASHA__MULTIPLIER="0.5",
        FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS='{"NFO": "0.1", "MCX": 0, "NSE": 2.5}',
        FOLLOWERS__ASHA__MIRROR="orders",
        FOLLOWERS__ASHA__SEGMENTS="nse, NFO",
        FOLLOWERS__ASHA__SYMBOLS_BLOCK="NFO:NIFTY*,MCX:*",
        FOLLOWERS__ASHA__MAX_ENTRY_AGE_S="30",
        FOLLOWERS__ASHA__MAX_SLIPPAGE_BPS="50",
        FOLLOWERS__ASHA__MARKET_PROTECTION="2.5",
        FOLLOWERS__ASHA__PROXY="socks5://user:hidden@10.0.0.1:1080",
    ).followers
    rules = asha.rules
    assert not rules.enabled
    assert rules.multiplier == Decimal("0.5")
    assert rules.ratio("NFO") == Decimal("0.05")
    assert rules.ratio("MCX") == 0
    assert rules.ratio("NSE") == Decimal("1.25")
    assert rules.mirror is Mirror.ORDERS
    assert rules.segments == {Exchange.NSE, Exchange.NFO}
    assert not rules.allows("NFO", "NIFTY26NOVFUT")
    assert rules.allows("NSE", "INFY")
    assert rules.max_entry_age == timedelta(seconds=30)
    assert (rules.max_slippage_bps, rules.option_slippage_bps) == (50, 50)
    assert rules.market_protection == Decimal("2.5")
    assert asha.proxy == Secret("socks5://user:hidden@10.0.0.1:1080")


def test_every_fault_is_listed_at_once_with_its_key():
    found = faults(
        TELEGRAM__BOT_TOKEN=None,
        TELEGRAM__ADMINS="me",
        LOG_LEVEL="LOUD",
        KITE__API_URL="http://api.example.com",
        MASTER__API_SECRET="",
        FOLLOWERS__ASHA__MULTIPLIER="-1",
        FOLLOWERS__ASHA__SEGMENTS="NSE,NYSE",
        FOLLOWERS__ASHA__MAX_DAILY_LOSS="-5000",
        FOLLOWERS__RAVI__USER_ID="EF9012",
        TELEGRAM__ADMIN="42",
    )
    assert {line.split(":")[0] for line in found} == {
        "TELEGRAM__BOT_TOKEN",
        "TELEGRAM__ADMINS",
        "LOG_LEVEL",
        "KITE__API_URL",
        "MASTER__API_SECRET",
        "FOLLOWERS__ASHA__MULTIPLIER",
        "FOLLOWERS__ASHA__SEGMENTS",
        "FOLLOWERS__ASHA__MAX_DAILY_LOSS",
        "FOLLOWERS__RAVI__API_KEY",
        "FOLLOWERS__RAVI__API_SECRET",
        "TELEGRAM__ADMIN",
    }
    assert len(found) == 11


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("LOG_FORMAT", "xml", "not one of human, json"),
        ("TELEGRAM__BOT_TOKEN", "nonsense", "@BotFather"),
        ("TELEGRAM__ADMINS", "@asha", "whole number"),
        ("TELEGRAM__ADMINS", "-100123", "your numeric id, e.g. from @userinfobot"),
        ("TELEGRAM__ADMINS", "42,@asha", "'@asha'"),
        ("TELEGRAM__ADMINS", "@asha,42,@ravi", "not the @name; '@ravi'"),
        ("TELEGRAM__ADMINS", "42,,43", "extra comma"),
        ("TELEGRAM__ADMINS", "٤٢", "whole number"),
        ("TELEGRAM__API_URL", "ftp://127.0.0.1", "use https"),
        ("KITE__WS_URL", "ws://10.0.0.1:9000", "use wss"),
        ("KITE__WS_URL", "https://ws.kite.trade", "use wss"),
        ("KITE__API_URL", "https://user:pass@api.kite.trade", "remove the rest"),
        ("KITE__API_URL", "https://127.0.0.1.evil.example:x", "not an address"),
        ("KITE__LOGIN_URL", "http://localhost.evil.example", "use https"),
        ("MASTER__USER_ID", "not an id", "AB1234"),
        ("MASTER__API_KEY", "two words", "blanks"),
        ("MARKET__CALENDAR", "always_open", "KITE__API_URL on this machine"),
        ("SECURITY__REQUIRE_TOTP", "no", "neither true nor false"),
        ("SECURITY__TOTP_SECRET", "0189", "base32"),
        ("SECURITY__TOTP_SECRET", "ABCD", "too short"),
        ("LOG_LEVEL", "enc:abc", "is not a secret"),
        ("FOLLOWERS__ASHA__MULTIPLIER", "0", "above 0"),
        ("FOLLOWERS__ASHA__MULTIPLIER", "1e3", "not a number"),
        ("FOLLOWERS__ASHA__MULTIPLIER", "1_000", "not a number"),
        ("FOLLOWERS__ASHA__MULTIPLIER", "NaN", "not a number"),
        ("FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS", "NFO=1", "not JSON"),
        ("FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS", "[1]", "not a JSON object"),
        ("FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS", '{"NYSE": 1}', "'NYSE'"),
        ("FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS", '{"NFO": null}', "a number"),
        ("FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS", '{"NFO": "-1"}', "below 0"),
        ("FOLLOWERS__ASHA__SYMBOLS_ALLOW", "INFY", "EXCHANGE:SYMBOL"),
        ("FOLLOWERS__ASHA__MARKET_PROTECTION", "0", "neither -1"),
        ("FOLLOWERS__ASHA__MARKET_PROTECTION", "100.5", "neither -1"),
        ("FOLLOWERS__ASHA__MAX_ENTRY_AGE_S", "0", "whole number"),
        ("FOLLOWERS__ASHA__PROXY", "ftp://10.0.0.1", "does not start with"),
        ("FOLLOWERS__ASHA__LOSS_LADDER", "90,85,100", "rising"),
        ("FOLLOWERS__ASHA__USER_ID", "AB1234", "is the master already"),
        ("METRICS__BIND", "0.0.0.0:9000", "127.0.0.1:9000"),
        ("LISTENER__BIND", "8080", "host:port"),
        ("EMAIL__TO", "asha", "e-mail"),
        ("EMAIL__SMTP_URL", "http://a:b@c", "does not start with"),
        ("DISCORD__MIN_SEVERITY", "loud", "info, warning, error, critical"),
        ("BASKET__WINDOW_MS", "-1", "whole number"),
    ],
)
def test_a_wrong_value_is_refused_with_the_mend(key, text, says):
    (line,) = faults(**{key: text})
    assert line.startswith(f"{key}: ")
    assert says in line


def test_loss_limits_are_read_and_none_is_set_by_default():
    settings = load(
        FOLLOWERS__ASHA__MAX_DAILY_LOSS="10000",
        FOLLOWERS__ASHA__LOSS_ACTION="flatten",
        FOLLOWERS__ASHA__LOSS_TRAILING="true",
        FOLLOWERS__ASHA__LOSS_LADDER="50,60,70",
        RISK__MAX_DAILY_LOSS="50000",
    )
    rules = settings.followers[0].rules
    assert (rules.max_daily_loss, rules.loss_ladder) == (10000, (50, 60, 70))
    assert (rules.loss_action, rules.loss_trailing) == (LossAction.FLATTEN, True)
    assert settings.max_daily_loss == 50000
    plain = load()
    assert (plain.max_daily_loss, plain.followers[0].rules.max_daily_loss) == (None, None)


def test_limits_on_entries_are_read_and_none_is_set_by_default():
    rules = load(
        FOLLOWERS__ASHA__MAX_ORDER_QUANTITY="1800",
        FOLLOWERS__ASHA__MAX_ORDER_VALUE="200000.50",
        FOLLOWERS__ASHA__MAX_POSITION_VALUE="none",
        FOLLOWERS__ASHA__MAX_OPEN_POSITIONS="5",
        FOLLOWERS__ASHA__MAX_ORDERS_PER_DAY="40",
        FOLLOWERS__ASHA__OVERSIZE="cut",
    ).followers[0].rules  # fmt: skip
    assert (rules.max_order_quantity, rules.max_order_value) == (1800, Decimal("200000.50"))
    assert (rules.max_position_value, rules.max_open_positions) == (None, 5)
    assert (rules.max_orders_per_day, rules.oversize) == (40, Oversize.CUT)
    assert not load().followers[0].rules.limits_entries


@pytest.mark.parametrize("key", ["MAX_ORDER_QUANTITY", "MAX_OPEN_POSITIONS", "MAX_ORDERS_PER_DAY"])
@pytest.mark.parametrize("text", ["0", "1.5", "-3"])
def test_a_limit_that_counts_is_a_whole_number_above_zero(key, text):
    (line,) = faults(**{f"FOLLOWERS__ASHA__{key}": text})
    assert line.startswith(f"FOLLOWERS__ASHA__{key}: ")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("TELEGRAM__ADMIN", "did you mean TELEGRAM__ADMINS?"),
        ("TELEGRAM_BOT_TOKEN", "did you mean TELEGRAM__BOT_TOKEN?"),
        ("FOLLOWERS__ASHA__MULTIPLYER", "did you mean FOLLOWERS__ASHA__MULTIPLIER?"),
        ("FOLLOWERS__A_VERY_LONG_NAME_OF_MORE__USER_ID", "at most 19"),
        ("FOLLOWER__ASHA__USER_ID", "FOLLOWERS__<NAME>"),
        ("MAX_DAILY_LOSS", "for each follower: FOLLOWERS__<NAME>__MAX_DAILY_LOSS"),
        ("MAX_ORDER_VALU", "for each follower: FOLLOWERS__<NAME>__MAX_ORDER_VALUE"),
        ("KITE__NONSENSE_WITHOUT_LIKENESS", "docs/configuration.md"),
        ("PASSPHRASE", "real environment"),
    ],
)
def test_an_unknown_key_is_a_fault_that_says_what_was_meant(key, meant):
    (line,) = faults(**{key: "x"})
    assert line.startswith(f"{key}: ")
    assert meant in line


def test_keys_of_other_programs_are_left_alone():
    others = {"TZ": "Asia/Kolkata", "COMPOSE_PROJECT_NAME": "x", "POSTGRES__URL": "y"}
    assert load(**others, API_KEY="of another", PROXY="p", ENABLED="1").followers


def test_one_account_may_not_follow_twice_nor_be_the_master():
    found = faults(
        FOLLOWERS__RAVI__USER_ID="cd5678",
        FOLLOWERS__RAVI__API_KEY="k",
        FOLLOWERS__RAVI__API_SECRET="s",
        FOLLOWERS__master__USER_ID="ZZ0001",
        FOLLOWERS__master__API_KEY="k",
        FOLLOWERS__master__API_SECRET="s",
        FOLLOWERS__asha__USER_ID="ZZ0002",
        FOLLOWERS__asha__API_KEY="k",
        FOLLOWERS__asha__API_SECRET="s",
    )
    assert any("CD5678 is follower asha already" in line for line in found)
    assert any("may not be named master" in line for line in found)
    assert any("same name as FOLLOWERS__ASHA" in line for line in found)
    assert len(found) == 3


def test_an_empty_follower_line_does_not_make_the_follower_vanish():
    found = faults(FOLLOWERS__RAVI__USER_ID="")
    assert [line.split(":")[0] for line in found] == [
        "FOLLOWERS__RAVI__USER_ID",
        "FOLLOWERS__RAVI__API_KEY",
        "FOLLOWERS__RAVI__API_SECRET",
    ]


def test_the_always_open_calendar_is_for_an_exchange_on_this_machine():
    settings = load(
        MARKET__CALENDAR="always_open",
        KITE__API_URL="http://127.0.0.1:8000/",
        KITE__WS_URL="ws://[::1]:8001",
        KITE__LOGIN_URL="http://localhost:8000/connect/login",
    )
    assert settings.calendar is Calendar.ALWAYS_OPEN
    assert settings.kite.api_url == "http://127.0.0.1:8000"


def test_relative_paths_start_at_the_env_files_folder():
    settings = load(DATA_DIR="../data/./x", KEY_FILE="/etc/key", KITE__CA_FILE="ca.pem")
    assert settings.data_dir == Path("/srv/data/x")
    assert settings.key_file == Path("/etc/key")
    assert settings.kite.ca_file == FOLDER / "ca.pem"


def test_plain_secrets_are_named_and_sealed_ones_are_opened():
    settings = load(
        lambda sealed, _name: {"enc:1": "opened", "enc:2": TOTP_SECRET}[sealed],
        MASTER__API_SECRET="enc:1",
        SECURITY__TOTP_SECRET="enc:2",
        FOLLOWERS__ASHA__PROXY="http://10.0.0.1:3128",
        EMAIL__SMTP_URL="smtps://me:pw@mail.example:465",
        EMAIL__FROM="me@mail.example",
        EMAIL__TO="me@mail.example",
    )
    assert settings.master.api_secret == Secret("opened")
    assert settings.security.totp_secret == Secret(TOTP_SECRET)
    assert set(settings.plain_secrets) == {
        "TELEGRAM__BOT_TOKEN",
        "FOLLOWERS__ASHA__API_SECRET",
        "EMAIL__SMTP_URL",
    }
    assert settings.channels.email.password == Secret("pw")
    assert "pw" not in repr(settings)


def test_live_refuses_plain_secrets_and_a_key_beside_the_data_unless_allowed():
    settings = load(KEY_FILE="var/key")
    refusals = settings.live_refusals()
    assert len(refusals) == 4
    assert "KEY_FILE is inside DATA_DIR" in refusals[-1]
    assert len(settings.live_refusals(key_file_used=False)) == 3
    assert load(SECURITY__ALLOW_PLAIN_SECRETS="true", KEY_FILE="var/key").live_refusals() == ()


def test_a_secret_that_does_not_open_is_one_fault_of_its_key():
    def closed(_sealed: str, _name: str) -> str:
        raise CopyTraderError("sealed with another key - put that key file back")

    (line,) = faults(closed, MASTER__API_SECRET="enc:x")
    assert line.startswith("MASTER__API_SECRET: cannot be decrypted: sealed with another key")


def test_a_missing_key_file_is_said_once_for_all_secrets():
    def no_vault(_sealed: str, _name: str) -> str:
        raise ConfigError(("KEY_FILE: does not exist - put it back",))

    found = faults(no_vault, MASTER__API_SECRET="enc:x", FOLLOWERS__ASHA__API_SECRET="enc:y")
    assert found == ["KEY_FILE: does not exist - put it back"]


def test_faults_never_quote_a_secret():
    canary = "canary secret"
    found = faults(
        TELEGRAM__BOT_TOKEN=canary,
        MASTER__API_SECRET=canary,
        SECURITY__TOTP_SECRET=canary + "!",
        FOLLOWERS__ASHA__PROXY=f"http//{canary}",
        FOLLOWERS__ASHA__API_SECRET=canary,
        EMAIL__SMTP_URL=canary,
        DISCORD__WEBHOOK_URL="ftp://" + canary,
        WHATSAPP__TWILIO_TOKEN=canary,
    )
    assert len(found) == 8
    assert "canary" not in "\n".join(found)
