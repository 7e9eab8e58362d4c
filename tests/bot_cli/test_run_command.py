"""`copytrader run`: what it hands over, warns of, and refuses to begin with."""

from bot.cli.run import run_app_here
from engine.core.values.market import Venue
from engine.errors import StoreDamaged
from storage.journal import STORE_NAME, Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import (
    VALID,
    command,
    invocation,
    write_env,
)


def run_with(tmp_path, app):
    given = invocation(tmp_path)
    status = run_app_here(None, given, lambda: app)
    return int(status), given.terminal.err.getvalue()


def test_run_hands_over_what_the_app_needs_and_returns_its_status(env, tmp_path):
    seen = {}

    async def app(settings, vault, kill_switch, control_path, began, _around):
        seen.update(
            settings=settings, sealed=vault.seal("x", "y"), kill=kill_switch, at=control_path
        )
        began(Venue.PAPER)
        Journal.open(settings.data_dir).close()
        return 0

    status, err = run_with(tmp_path, app)
    assert status == 0, err
    assert "made a new key" in err
    assert seen["settings"].followers[0].account.name == "asha"
    assert seen["sealed"].startswith("enc:")
    assert seen["kill"].path == tmp_path / "var" / "kill"
    assert seen["at"] == tmp_path / "var" / "control.sock"
    status, err = run_with(tmp_path, app)
    assert status == 0
    began, ended = err.splitlines()
    assert began.startswith("copytrader ")
    log = tmp_path / "var" / "logs" / "copytrader.log"
    assert began.endswith(
        " runs in PAPER: followers asha. Open your bot in Telegram and send /start: it says what is next."
        f" Log: {log}. Ctrl-C ends it."
    )
    assert ended == "copytrader: ended; orders resting at the broker stay there"


async def an_app_that_keeps_a_store(settings, *_args):
    Journal.open(settings.data_dir).close()
    return 0


def test_a_store_that_vanished_is_not_begun_anew_unless_the_key_mark_goes_too(env, tmp_path):
    assert run_with(tmp_path, an_app_that_keeps_a_store)[0] == 0
    store = tmp_path / "var" / STORE_NAME
    store.unlink()
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 4
    assert "journal.db is missing" in err
    assert "remove" in err
    assert "key.id too" in err
    assert not store.exists(), "nothing was begun"
    checked = command(tmp_path, "check")
    assert checked.status == 1
    assert "FAIL store:" in checked.out
    (tmp_path / "var" / "key.id").unlink()
    assert run_with(tmp_path, an_app_that_keeps_a_store)[0] == 0
    assert store.exists()


def test_a_fault_of_several_lines_is_told_in_one(env, tmp_path):
    async def app(*_args):
        raise StoreDamaged("journal.db is damaged (*** in database main ***\nTree 3)")

    status, err = run_with(tmp_path, app)
    assert status == 4
    assert err.endswith("damaged (*** in database main *** Tree 3)\n")


def test_run_refuses_a_damaged_store_with_status_4(env, tmp_path):
    async def app(*_args):
        raise StoreDamaged("the store is newer than this program - install the newer one")

    status, err = run_with(tmp_path, app)
    assert status == 4
    assert "newer than this program" in err


def test_run_ends_an_error_of_its_own_with_a_line_and_keeps_the_traceback_in_the_log(env, tmp_path):
    async def app(settings, *_args):
        raise RuntimeError(f"cannot use {settings.master.api_secret.reveal()}")

    status, err = run_with(tmp_path, app)
    assert status == 1
    assert "Traceback" not in err
    assert "copytrader.log" in err
    log = (tmp_path / "var" / "logs" / "copytrader.log").read_text()
    assert "Traceback" in log
    assert "canary" not in log + err


def test_run_refuses_another_key_than_the_one_that_sealed_the_sessions(env, tmp_path):
    app = an_app_that_keeps_a_store
    assert run_with(tmp_path, app)[0] == 0
    (tmp_path / "keys" / "key").unlink()
    status, err = run_with(tmp_path, app)
    assert status == 2
    assert "put the key file back" in err
    command(tmp_path, "encrypt", typed="x")
    assert not (tmp_path / "keys" / "key").exists()
    Vault.create(tmp_path / "keys" / "key")
    status, err = run_with(tmp_path, app)
    assert status == 2
    assert "another key has sealed the sessions" in err


def test_run_refuses_an_env_file_that_others_can_change(env, tmp_path):
    env.chmod(0o660)
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 2
    assert "can be changed by others - run: chmod 600" in err
    write_env(tmp_path, LOG_LEVEL="x").chmod(0o662)
    _, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert "can be changed by others" in err
    assert "LOG_LEVEL" in err, "every fault at once"


def test_run_warns_of_a_set_up_that_cannot_copy(tmp_path):
    followerless = {key: text for key, text in VALID.items() if not key.startswith("FOLLOWERS")}
    write_env(tmp_path, followerless, TELEGRAM__ADMINS="")
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 0
    for says in ("no follower is configured", "ADMINS is empty", "TOTP_SECRET is not set"):
        assert err.count(says) == 1
    assert says in (tmp_path / "var" / "logs" / "copytrader.log").read_text()


def test_a_file_in_the_place_of_the_data_folder_is_told_with_the_mend(env, tmp_path):
    (tmp_path / "var").write_text("")
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 2
    assert "set DATA_DIR to another folder" in err
