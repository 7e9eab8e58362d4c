"""The settings of the channels: what they become, and which halves are refused."""

import pytest

from bot.settings.settings import load_settings
from engine.core.values.notices import Severity
from engine.core.values.secrets import Secret
from engine.errors import ConfigError
from tests.bot_cli.cli_builders import VALID, command, write_env

MAIL = {
    "EMAIL__SMTP_URL": "smtps://me%40mail.example:p%2Fw%20canary@mail.example",
    "EMAIL__FROM": "me@mail.example",
    "EMAIL__TO": "me@mail.example,ravi@mail.example",
}
WHATSAPP = {
    "WHATSAPP__TWILIO_SID": "AC1",
    "WHATSAPP__TWILIO_TOKEN": "twiliocanary",
    "WHATSAPP__FROM": "whatsapp:+1 415 523-8886",
    "WHATSAPP__TO": "+919812345678",
}


def load(tmp_path, **values: str):
    return load_settings({**VALID, **values}, folder=tmp_path, open_secret=str)


def faults_of(tmp_path, **values: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **values)
    return refused.value.faults


def test_what_is_not_set_is_no_channel(tmp_path):
    channels = load(tmp_path, EMAIL__MIN_SEVERITY="info").channels
    assert channels.email is channels.discord is channels.whatsapp is channels.apprise is None


def test_each_channel_has_its_own_least_severity_and_its_secrets_are_hidden(tmp_path):
    settings = load(
        tmp_path,
        **MAIL,
        **WHATSAPP,
        EMAIL__MIN_SEVERITY="info",
        DISCORD__WEBHOOK_URL="https://discord.com/api/webhooks/77/webhookcanary",
        DISCORD__MIN_SEVERITY="critical",
        APPRISE__URLS="json://a:apprisecanary@b, tgram://1/2",
    )
    mail, discord = settings.channels.email, settings.channels.discord
    assert (mail.host, mail.port, mail.tls) == ("mail.example", 465, True)
    assert (mail.user, mail.password) == ("me@mail.example", Secret("p/w canary"))
    assert mail.to == ("me@mail.example", "ravi@mail.example")
    assert (mail.least, discord.least) == (Severity.INFO, Severity.CRITICAL)
    assert settings.channels.whatsapp.sender == "+14155238886"
    assert settings.channels.whatsapp.api_url == "https://api.twilio.com"
    texts = {secret.reveal() for secret in settings.secrets()}
    assert {"p/w canary", "twiliocanary", "webhookcanary", "tgram://1/2"} <= texts
    assert "canary" not in repr(settings)


@pytest.mark.parametrize("missing", [*MAIL, *WHATSAPP])
def test_half_a_channel_is_refused_and_what_is_missing_is_named(tmp_path, missing):
    group = MAIL if missing in MAIL else WHATSAPP
    [fault] = faults_of(tmp_path, **{k: v for k, v in group.items() if k != missing})
    assert fault.startswith(f"{missing}: missing, though ")
    assert "docs/NOTIFICATION_SETUP.md" in fault


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"EMAIL__SMTP_URL": "smtp://me@mail.example"}, "user without a password"),
        ({"EMAIL__SMTP_URL": "smtp://me:canary/x@mail.example"}, "EMAIL__SMTP_URL"),
        ({"WHATSAPP__TO": "98123"}, "no phone number - write e.g. +919812345678"),
        ({"APPRISE__URLS": "json://a canary"}, "has blanks inside"),
    ],
)
def test_a_value_that_cannot_work_is_refused_without_being_quoted(tmp_path, changed, words):
    [fault] = faults_of(tmp_path, **{**MAIL, **WHATSAPP, **changed})
    assert words in fault
    assert "canary" not in fault


def test_the_doctor_names_the_ways_that_alerts_take(tmp_path):
    write_env(tmp_path)
    assert (
        "alerts: Telegram only; a second way: docs/NOTIFICATION_SETUP.md"
        in command(tmp_path, "check").out
    )
    write_env(tmp_path, **MAIL, EMAIL__MIN_SEVERITY="warning")
    assert "alerts: Telegram, email (from warning on)" in command(tmp_path, "check").out
