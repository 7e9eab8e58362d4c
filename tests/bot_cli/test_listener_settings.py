"""The login callback is never plain HTTP on a network."""

import pytest

from bot.settings.settings import load_settings
from engine.errors import ConfigError
from tests.bot_cli.cli_builders import VALID, command, write_env


def load(tmp_path, **values: str):
    return load_settings({**VALID, **values}, folder=tmp_path, open_secret=str)


@pytest.mark.parametrize(
    ("values", "redirect_url"),
    [
        ({"LISTENER__BIND": "127.0.0.1:8123"}, "http://127.0.0.1:8123/callback"),
        ({"LISTENER__BIND": "[::1]:8123"}, "http://[::1]:8123/callback"),
        (
            {"LISTENER__BIND": "0.0.0.0:8123", "LISTENER__PUBLIC_URL": "https://me.example/kite/"},
            "https://me.example/kite/callback",
        ),
    ],
)
def test_what_each_kite_app_is_to_have_as_its_redirect_url(tmp_path, values, redirect_url):
    listener = load(tmp_path, **values).listener
    assert listener is not None
    assert listener.redirect_url == redirect_url


def test_off_is_off(tmp_path):
    assert load(tmp_path).listener is None
    assert load(tmp_path, LISTENER__BIND="off", LISTENER__PUBLIC_URL="off").listener is None


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (
            {"LISTENER__BIND": "0.0.0.0:80"},
            "LISTENER__BIND: is plain HTTP and not only on this machine",
        ),
        (
            {"LISTENER__BIND": "10.0.0.4:80", "LISTENER__PUBLIC_URL": "http://127.0.0.1:80"},
            "LISTENER__BIND: is plain HTTP and not only on this machine",
        ),
        ({"LISTENER__PUBLIC_URL": "https://me.example"}, "LISTENER__BIND is off - set it too"),
        (
            {"LISTENER__BIND": "127.0.0.1:80", "LISTENER__PUBLIC_URL": "http://me.example"},
            "is unencrypted and not on this machine",
        ),
    ],
)
def test_what_a_network_could_read_is_refused(tmp_path, values, fault):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **values)
    (line,) = refused.value.faults
    assert fault in line


def test_the_doctor_says_what_to_enter_at_zerodha(tmp_path):
    write_env(tmp_path, LISTENER__BIND="127.0.0.1:8123")
    said = command(tmp_path, "check").out
    assert "http://127.0.0.1:8123/callback is to be the redirect URL of each Kite app" in said
