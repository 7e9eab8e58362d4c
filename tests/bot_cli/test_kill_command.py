"""`copytrader kill`, its release by a code, and `unlock`."""

import pyotp
import pytest

from bot.instance import instance_lock
from bot.kill_switch import KillSwitch
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import (
    NOW,
    TOTP_SECRET,
    FakeInstance,
    command,
    write_env,
)


def test_kill_sets_the_switch_and_waits_for_the_ack(env, tmp_path):
    with FakeInstance(tmp_path, kill={}) as one:
        shown = command(tmp_path, "kill")
    assert shown.status == 0
    assert "acknowledged" in shown.out
    assert one.asked == [("kill", {"active": True})]
    assert (tmp_path / "var" / "kill").exists()


def test_kill_without_an_ack_fails_but_the_switch_is_set(env, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    with instance_lock(tmp_path / "var"):
        shown = command(tmp_path, "kill")
    assert shown.status == 1
    assert "the switch is set, but was not acknowledged" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_release_gives_the_code_itself_to_the_instance_to_judge(env, tmp_path):
    command(tmp_path, "kill")
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    with FakeInstance(tmp_path, kill={}) as one:
        shown = command(tmp_path, "kill", "--release", typed=f"{code[:3]} {code[3:]}\n")
    assert shown.status == 0, shown.err
    assert one.asked == [("kill", {"active": False, "code": code})]
    assert not (tmp_path / "var" / "kill").exists()


@pytest.mark.parametrize("typed", ["000000\n", "\u0660" * 6, "abc\n", "\n", ""])
def test_a_wrong_code_leaves_the_switch_set(env, tmp_path, typed):
    command(tmp_path, "kill")
    shown = command(tmp_path, "kill", "--release", typed=typed)
    assert shown.status == 1
    assert ("wrong code" if typed else "no input") in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_a_code_the_instance_has_seen_before_leaves_the_switch_set(env, tmp_path):
    command(tmp_path, "kill")
    used = CopyTraderError("that code was used before - wait for the next one")
    with FakeInstance(tmp_path, kill=used):
        code = pyotp.TOTP(TOTP_SECRET).at(NOW)
        shown = command(tmp_path, "kill", "--release", typed=f"{code}\n")
    assert shown.status == 1
    assert "used before" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_a_code_releases_once_also_while_nothing_runs(env, tmp_path):
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    command(tmp_path, "kill")
    assert command(tmp_path, "kill", "--release", typed=f"{code}\n").status == 0
    command(tmp_path, "kill")
    for again in (code, pyotp.TOTP(TOTP_SECRET).at(NOW.timestamp() - 30)):
        shown = command(tmp_path, "kill", "--release", typed=f"{again}\n")
        assert shown.status == 1
        assert "used already" in shown.err
        assert (tmp_path / "var" / "kill").exists()
    assert (tmp_path / "var" / "totp.used").stat().st_mode & 0o777 == 0o600
    later = pyotp.TOTP(TOTP_SECRET).at(NOW.timestamp() + 30)
    assert command(tmp_path, "kill", "--release", typed=f"{later}\n").status == 0


def test_no_release_where_it_cannot_be_told_which_codes_were_used(env, tmp_path):
    command(tmp_path, "kill")
    (tmp_path / "var" / "totp.used").write_text("scribble")
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    shown = command(tmp_path, "kill", "--release", typed=f"{code}\n")
    assert shown.status == 1
    assert "totp.used is damaged - remove it" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_release_needs_no_code_where_none_is_required(tmp_path):
    write_env(tmp_path, SECURITY__REQUIRE_TOTP="false")
    command(tmp_path, "kill")
    assert command(tmp_path, "kill", "--release").status == 0


def test_unlock_asks_the_instance(env, tmp_path):
    with FakeInstance(tmp_path, unlock={}) as one:
        assert command(tmp_path, "unlock").status == 0
    assert one.asked == [("unlock", {})]


def test_a_switch_that_cannot_be_looked_at_counts_as_set(tmp_path):
    """The folder is gone wrong (here a file stands in its place): no entry may leave on doubt."""
    in_the_way = tmp_path / "var"
    in_the_way.write_text("")
    assert KillSwitch(in_the_way / "kill").is_set()
    assert not KillSwitch(tmp_path / "kill").is_set()
