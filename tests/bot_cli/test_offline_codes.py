"""Wrong codes at the command line while nothing runs: counted in the store with those of the chat."""

import pyotp
import pytest

from engine.core.values.control import TotpFailed
from storage.journal import STORE_NAME, Journal
from tests.bot_cli.cli_builders import NOW, TOTP_SECRET, command
from tests.bot_cli.test_pair_command import _keep, _state

CODE = pyotp.TOTP(TOTP_SECRET).at(NOW)
RELEASE, PAIR = ("kill", "--release"), ("pair", "operator")


def begun(folder):
    """Begin a store, as a first run does."""
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    Journal.open(folder / "var").close()


@pytest.mark.parametrize("argv", [RELEASE, PAIR], ids=["kill --release", "pair"])
def test_five_wrong_ones_lock_whoever_asks_and_over_every_start(tmp_path, env, argv):
    begun(tmp_path)
    for count in range(1, 6):
        ran = command(tmp_path, *argv, typed="000000\n")
        assert (ran.status, _state(tmp_path).totp_failures) == (1, count)
        assert "wrong code" in ran.err
    for again in (RELEASE, PAIR):
        right = command(tmp_path, *again, typed=f"{CODE}\n")
        assert right.status == 1
        assert "locked after five wrong codes - run: copytrader unlock" in right.err
    assert _state(tmp_path).totp_failures == 5
    assert command(tmp_path, "unlock").status == 0
    assert command(tmp_path, *argv, typed=f"{CODE}\n").status == 0


def test_those_of_the_chat_count_too_and_a_right_one_ends_the_row(tmp_path, env):
    _keep(tmp_path, TotpFailed(), times=3)
    command(tmp_path, *RELEASE, typed="000000\n")
    assert _state(tmp_path).totp_failures == 4
    assert command(tmp_path, *RELEASE, typed=f"{CODE}\n").status == 0
    state = _state(tmp_path)
    assert (state.totp_failures, state.totp_last_step) == (0, int(NOW.timestamp()) // 30)
    again = command(tmp_path, *PAIR, typed=f"{CODE}\n")
    assert "used already" in again.err


def test_a_store_that_is_not_there_is_not_begun_by_a_wrong_code(tmp_path, env):
    ran = command(tmp_path, *RELEASE, typed="000000\n")
    assert "wrong code" in ran.err
    assert not (tmp_path / "var" / STORE_NAME).exists()
    assert command(tmp_path, *RELEASE, typed=f"{CODE}\n").status == 0
