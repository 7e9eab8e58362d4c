"""Where secrets may go: to the real servers over verified TLS, and nobody is asked for a password of Kite."""

import re
from pathlib import Path

import pytest

from bot.settings.names import ALL_KEYS
from tests.bot_cli.cli_builders import command, write_env

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("key", "url", "real"),
    [
        ("KITE__API_URL", "https://api.kite.trade.example", "api.kite.trade"),
        ("KITE__WS_URL", "wss://ws.kite.example", "ws.kite.trade"),
        ("KITE__LOGIN_URL", "https://kite.zerodha.example/connect/login", "kite.zerodha.com"),
        ("TELEGRAM__API_URL", "https://telegram.example", "api.telegram.org"),
    ],
)
def test_a_server_that_is_not_the_real_one_is_named(tmp_path, key, url, real):
    write_env(tmp_path, **{key: url})
    host = url.split("/")[2]
    assert f"warn {key} leads to {host}, not to {real}" in command(tmp_path, "check").out
    for harmless in (url.replace(host, real), url.replace(host, "127.0.0.1:9")):
        write_env(tmp_path, **{key: harmless})
        assert "leads to" not in command(tmp_path, "check").out


#: What switches the check of certificates off in the libraries that are used here.
UNVERIFIED = re.compile(
    r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified|disable_ssl"
    r"|validate_certs\s*=\s*False|ssl\s*=\s*False"
)


def test_certificates_are_verified_everywhere():
    found = [
        path
        for package in ("bot", "engine", "storage")
        for path in (ROOT / package).rglob("*.py")
        if UNVERIFIED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_setting_takes_what_a_login_at_kite_is_made_of():
    asked = {key.name for key in ALL_KEYS if re.search(r"PASSWORD|PIN\b|2FA|TWOFA|TOTP", key.name)}
    ours = {"SECURITY__TOTP_SECRET", "SECURITY__REQUIRE_TOTP"}
    assert asked == ours, "those are of the bot's own codes"
