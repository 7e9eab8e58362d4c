"""Secrets may be plain, sealed for their key, or sealed for none, side by side: each is read as the other."""

import pyotp

from tests.bot_cli.cli_builders import NOW, TOTP_SECRET, VALID, command, write_env
from tests.bot_cli.test_doctor_online import bot_api

TOKEN = VALID["TELEGRAM__BOT_TOKEN"]
BOT = '{"ok": true, "result": {"username": "my_bot"}}'


def sealed(folder, text: str, *key: str) -> str:
    return command(folder, "encrypt", *key, typed=f"{text}\n").out.strip()


def test_every_command_reads_a_sealed_secret_as_it_reads_a_plain_one(tmp_path):
    write_env(tmp_path)
    totp = sealed(tmp_path, TOTP_SECRET, "SECURITY__TOTP_SECRET")
    token = sealed(tmp_path, TOKEN)
    with bot_api(BOT) as (url, paths):
        write_env(
            tmp_path,
            TELEGRAM__API_URL=url,
            TELEGRAM__BOT_TOKEN=token,
            SECURITY__TOTP_SECRET=totp,
        )
        shown = command(tmp_path, "check", "--online")
    assert shown.status == 0, shown.out
    assert paths == [f"/bot{TOKEN}/getMe"], "Telegram hears the plain one"
    plain = "MASTER__API_SECRET, FOLLOWERS__ASHA__API_SECRET"
    said = f"secrets: 2 encrypted, 2 plain: {plain}, LIVE is refused - run for each: copytrader encrypt KEY"
    assert f"warn {said}" in shown.out
    assert command(tmp_path, "kill").status == 0
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    released = command(tmp_path, "kill", "--release", typed=f"{code}\n")
    assert (released.status, released.out) == (0, "Kill switch released for the next start.\n")


def test_a_set_up_without_a_plain_secret_is_said_to_be_so(tmp_path):
    write_env(tmp_path)
    secrets = ("TELEGRAM__BOT_TOKEN", "MASTER__API_SECRET", "FOLLOWERS__ASHA__API_SECRET")
    write_env(tmp_path, **{key: sealed(tmp_path, VALID[key], key) for key in secrets})
    shown = command(tmp_path, "check").out
    assert "ok   secrets: 3 encrypted, none plain" in shown
    assert "LIVE is refused" not in shown
    assert not any(VALID[key] in shown for key in secrets)
