"""The older script's settings: of every key it is said what became of it."""

import json

import pytest
from cryptography.fernet import Fernet

from bot.cli.configuration import Configuration
from bot.setup.old_script import belongs_to_old, is_old, take_over
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import invocation
from tests.bot_setup.setup_fakes import BOT_TOKEN, CODE, play

#: Every key of the script's sample file and its notification guide, filled in.
OLD = {
    "MASTER_API_KEY": "masterkey",
    "MASTER_API_SECRET": "mastersecretcanary",
    "MASTER_ACCESS_TOKEN": "yesterdaycanary",
    "MASTER_USER_ID": "ab1234",
    "FOLLOWER_COUNT": "2",
    "FOLLOWER_1_API_KEY": "ashakey",
    "FOLLOWER_1_API_SECRET": "ashasecretcanary",
    "FOLLOWER_1_ACCESS_TOKEN": "yesterdaycanary2",
    "FOLLOWER_1_USER_ID": "CD5678",
    "FOLLOWER_1_NAME": "Asha Rao",
    "FOLLOWER_1_MULTIPLIER": "0.3",
    "FOLLOWER_1_MAX_POSITION": "1000",
    "FOLLOWER_1_ENABLED": "True",
    "FOLLOWER_1_ENABLED_SEGMENTS": "NSE, NFO,MCX",
    "FOLLOWER_1_NSE_MULTIPLIER": "1.0",
    "FOLLOWER_1_NFO_MULTIPLIER": "0.1",
    "FOLLOWER_1_NSE_LIMIT": "900",
    "FOLLOWER_1_NFO_LIMIT": "500",
    "FOLLOWER_2_API_KEY": "dadkey",
    "FOLLOWER_2_API_SECRET": "dadsecretcanary",
    "FOLLOWER_2_USER_ID": "EF9012",
    "FOLLOWER_2_MULTIPLIER": "0.5",
    "FOLLOWER_2_MAX_POSITION": "500",
    "FOLLOWER_2_ENABLED": "False",
    "CHECK_INTERVAL": "1",
    "MAX_RETRIES": "3",
    "LOG_LEVEL": "INFO",
    "PAPER_TRADING": "True",
    "MAX_DAILY_TRADES": "100",
    "RISK_MANAGEMENT": "True",
    "WHATSAPP_ENABLED": "True",
    "TWILIO_ACCOUNT_SID": "AC123",
    "TWILIO_AUTH_TOKEN": "twiliocanary",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "WHATSAPP_TO": "whatsapp:+919876543210",
    "TELEGRAM_ENABLED": "True",
    "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
    "TELEGRAM_CHAT_ID": "4242",
    "EMAIL_ENABLED": "True",
    "SMTP_SERVER": "smtp.gmail.com",
    "SMTP_PORT": "587",
    "EMAIL_USER": "ravi@gmail.com",
    "EMAIL_PASSWORD": "abcd efgh",
    "EMAIL_TO": "alerts@example.com",
    "DISCORD_ENABLED": "True",
    "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/canary",
}
WHERE = {
    "MASTER_API_KEY": "MASTER__API_KEY",
    "MASTER_API_SECRET": "MASTER__API_SECRET",
    "MASTER_USER_ID": "MASTER__USER_ID",
    "FOLLOWER_1_API_KEY": "FOLLOWERS__ASHA_RAO__API_KEY",
    "FOLLOWER_1_API_SECRET": "FOLLOWERS__ASHA_RAO__API_SECRET",
    "FOLLOWER_1_USER_ID": "FOLLOWERS__ASHA_RAO__USER_ID",
    "FOLLOWER_1_NAME": "FOLLOWERS__ASHA_RAO__USER_ID",
    "FOLLOWER_1_MULTIPLIER": "FOLLOWERS__ASHA_RAO__SEGMENT_MULTIPLIERS",
    "FOLLOWER_1_NSE_MULTIPLIER": "FOLLOWERS__ASHA_RAO__SEGMENT_MULTIPLIERS",
    "FOLLOWER_1_NFO_MULTIPLIER": "FOLLOWERS__ASHA_RAO__SEGMENT_MULTIPLIERS",
    "FOLLOWER_1_MAX_POSITION": "FOLLOWERS__ASHA_RAO__MAX_ORDER_QUANTITY",
    "FOLLOWER_1_NSE_LIMIT": "FOLLOWERS__ASHA_RAO__MAX_ORDER_QUANTITY",
    "FOLLOWER_1_NFO_LIMIT": "FOLLOWERS__ASHA_RAO__MAX_ORDER_QUANTITY",
    "FOLLOWER_1_ENABLED": "FOLLOWERS__ASHA_RAO__ENABLED",
    "FOLLOWER_1_ENABLED_SEGMENTS": "FOLLOWERS__ASHA_RAO__SEGMENTS",
    "FOLLOWER_2_API_KEY": "FOLLOWERS__FOLLOWER2__API_KEY",
    "FOLLOWER_2_API_SECRET": "FOLLOWERS__FOLLOWER2__API_SECRET",
    "FOLLOWER_2_USER_ID": "FOLLOWERS__FOLLOWER2__USER_ID",
    "FOLLOWER_2_MULTIPLIER": "FOLLOWERS__FOLLOWER2__MULTIPLIER",
    "FOLLOWER_2_MAX_POSITION": "FOLLOWERS__FOLLOWER2__MAX_ORDER_QUANTITY",
    "FOLLOWER_2_ENABLED": "FOLLOWERS__FOLLOWER2__ENABLED",
    "LOG_LEVEL": "LOG_LEVEL",
    "MAX_DAILY_TRADES": (
        "FOLLOWERS__ASHA_RAO__MAX_ORDERS_PER_DAY, FOLLOWERS__FOLLOWER2__MAX_ORDERS_PER_DAY"
    ),
    "TWILIO_ACCOUNT_SID": "WHATSAPP__TWILIO_SID",
    "TWILIO_AUTH_TOKEN": "WHATSAPP__TWILIO_TOKEN",
    "TWILIO_WHATSAPP_FROM": "WHATSAPP__FROM",
    "WHATSAPP_TO": "WHATSAPP__TO",
    "TELEGRAM_BOT_TOKEN": "TELEGRAM__BOT_TOKEN",
    "TELEGRAM_CHAT_ID": "TELEGRAM__ADMINS",
    "SMTP_SERVER": "EMAIL__SMTP_URL",
    "SMTP_PORT": "EMAIL__SMTP_URL",
    "EMAIL_USER": "EMAIL__SMTP_URL, EMAIL__FROM",
    "EMAIL_PASSWORD": "EMAIL__SMTP_URL",
    "EMAIL_TO": "EMAIL__TO",
    "DISCORD_WEBHOOK_URL": "DISCORD__WEBHOOK_URL",
}
#: What is asked after the old file was taken over whole: the second factor is new.
REST = (
    ("Add another", False),
    ("all followers together", ""),
    ("Second factor", "new"),
    ("6 digits", CODE),
    ("second way", "done"),
    ("What now", "write"),
)
ONLINE, LOCK = ("checked online", False), ("Lock them", "key")


def read(**changed):
    values = {name: text for name, text in {**OLD, **changed}.items() if text is not None}
    return take_over(values, lambda _text: None)


@pytest.mark.parametrize("name", OLD)
def test_every_old_key_is_taken_over_or_its_absence_has_a_reason(name):
    taken = read()
    assert taken.names.get(name) == WHERE.get(name)
    assert (name in taken.left) is (name not in WHERE)


def test_old_figures_mean_what_they_meant():
    values = read().values
    asha = "FOLLOWERS__ASHA_RAO__"
    # There a segment's figure replaced the usual one; here it is a factor on it.
    assert values[f"{asha}MULTIPLIER"] == "1"
    usual = dict.fromkeys(("BSE", "BFO", "MCX", "CDS"), "0.3")
    factors = json.loads(values[f"{asha}SEGMENT_MULTIPLIERS"])
    assert factors == {"NSE": "1", "NFO": "0.1", **usual}
    assert values[f"{asha}SEGMENTS"] == "NSE,NFO,MCX"
    assert values[f"{asha}MAX_ORDER_QUANTITY"] == "500"
    assert values["FOLLOWERS__FOLLOWER2__ENABLED"] == "false"
    assert values["EMAIL__SMTP_URL"] == "smtp://ravi%40gmail.com:abcdefgh@smtp.gmail.com:587"


@pytest.mark.parametrize(
    ("changed", "name", "why"),
    [
        ({"TELEGRAM_CHAT_ID": "-100123"}, "TELEGRAM_CHAT_ID", "a group"),
        (
            {"MASTER_API_SECRET": "your_master_api_secret_here"},
            "MASTER_API_SECRET",
            "not filled in",
        ),
        ({"FOLLOWER_COUNT": "1"}, "FOLLOWER_2_API_KEY", "FOLLOWER_COUNT is 1"),
        ({"FOLLOWER_2_USER_ID": "AB1234"}, "FOLLOWER_2_API_KEY", "the same account as the master"),
        ({"FOLLOWER_2_USER_ID": "cd5678"}, "FOLLOWER_2_API_KEY", "a follower already"),
        ({"FOLLOWER_2_API_SECRET": ""}, "FOLLOWER_2_API_KEY", "API_SECRET is missing"),
        ({"FOLLOWER_2_MULTIPLIER": "0"}, "FOLLOWER_2_MULTIPLIER", "not above 0"),
        ({"EMAIL_ENABLED": "False"}, "EMAIL_TO", "EMAIL_ENABLED was off"),
        ({"DISCORD_ENABLED": "False"}, "DISCORD_WEBHOOK_URL", "DISCORD_ENABLED was off"),
        ({"TWILIO_AUTH_TOKEN": None}, "WHATSAPP_TO", "of no use without WHATSAPP__TWILIO_TOKEN"),
        ({"SMTP_SERVER": None}, "EMAIL_TO", "of no use without EMAIL__SMTP_URL"),
        ({"SOMETHING_ELSE": "1"}, "SOMETHING_ELSE", "not a setting of the older script"),
    ],
)
def test_what_has_no_place_here_says_why(changed, name, why):
    taken = read(**changed)
    assert why in taken.left[name]
    assert name not in taken.names


def test_only_the_old_scripts_file_is_taken_for_one():
    assert is_old({"MASTER_API_KEY": "x"})
    assert not is_old({"MASTER__API_KEY": "x", "LOG_LEVEL": "INFO"})
    assert all(belongs_to_old(name) for name in OLD if name != "LOG_LEVEL")
    assert not any(map(belongs_to_old, ("EMAIL__TO", "MASTER__API_KEY", "FOLLOWERS__A__USER_ID")))


def old_file(folder, values=None, name=".env"):
    path = folder / name
    path.write_text("# old\n" + "".join(f"{k}={v}\n" for k, v in (values or OLD).items()))
    return path


def loaded(folder):
    return Configuration.read(None, invocation(folder, environ={"KEY_FILE": "keys/key"})).settings()


def test_an_old_env_becomes_ours_and_the_doctor_is_content(tmp_path):
    old_file(tmp_path)
    over = ("older copy-trading script", True)
    played = play(tmp_path, (ONLINE, LOCK, over, *REST, ("Delete that file", False)))
    assert (played.status, played.asker.left) == (0, [])
    assert "FAIL" not in played.out
    assert "canary" not in played.text
    assert not any(belongs_to_old(name) for name in played.env)
    settings = loaded(tmp_path)
    assert [one.account.name for one in settings.followers] == ["asha_rao", "follower2"]
    assert settings.followers[0].account.api_secret.reveal() == "ashasecretcanary"
    told = played.asker.told
    assert "FOLLOWER_1_NAME -> the name asha_rao" in told
    assert any("x1 times (NSE 1, BSE 0.3, NFO 0.1" in line for line in told)
    assert "MASTER_ACCESS_TOKEN=yesterdaycanary" in (tmp_path / ".env.before-setup").read_text()


def test_an_encrypted_file_is_opened_by_the_key_that_is_asked_for(tmp_path):
    key = Fernet.generate_key()
    sealed = {
        name: Fernet(key).encrypt(text.encode()).decode() if "SECRET" in name else text
        for name, text in OLD.items()
    }
    old_file(tmp_path, sealed, "old.env")
    keys = ("short", Fernet.generate_key().decode(), key.decode())
    asked = tuple(("The old file is encrypted", one) for one in keys)
    played = play(tmp_path, (ONLINE, LOCK, *asked, *REST), import_file="old.env")
    assert played.status == 0
    assert any("the smallest counts" in line for line in played.asker.told)
    assert sum("does not open" in line for line in played.asker.told) == 2
    assert loaded(tmp_path).master.api_secret.reveal() == "mastersecretcanary"
    assert (tmp_path / "old.env").read_text().count("gAAAAA") == 3


def test_without_the_key_the_secrets_are_asked_for_anew(tmp_path):
    old = {**OLD, "MASTER_API_SECRET": Fernet(Fernet.generate_key()).encrypt(b"x").decode()}
    old_file(tmp_path, old, "old.env")
    master = (("client id", ""), ("api_key", ""), ("api_secret", "typedanewcanary"))
    script = (ONLINE, LOCK, ("is encrypted", ""), *master, *REST)
    played = play(tmp_path, script, import_file="old.env")
    assert played.status == 0
    assert loaded(tmp_path).master.api_secret.reveal() == "typedanewcanary"


def test_a_file_that_is_none_of_the_old_script_is_refused(tmp_path):
    with pytest.raises(CopyTraderError, match="does not exist"):
        play(tmp_path, (), import_file="nowhere.env")
    old_file(tmp_path, {"A": "1"}, "other.env")
    with pytest.raises(CopyTraderError, match="no MASTER_API_KEY"):
        play(tmp_path, (), import_file="other.env")
