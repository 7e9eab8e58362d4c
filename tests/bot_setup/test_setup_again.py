"""The wizard run again: what is changed, what stays, and what is kept of before."""

import os
import signal
import stat

import pytest

from bot.control_socket import ControlError
from bot.instance import instance_lock
from bot.setup import writing
from bot.setup.env_text import EnvText
from bot.setup.writing import write
from engine.errors import CopyTraderError
from storage.vault import Vault
from tests.bot_cli.cli_builders import FakeInstance, command, status_answer, write_env
from tests.bot_setup.setup_fakes import FIRST_RUN, STOP, play

ONLINE = ("checked online", False)
WRITE = ("What now", "write")
ASHA = ("Which follower", "ASHA")


@pytest.fixture
def before(tmp_path):
    """Set everything up once and return the text of the file."""
    return play(tmp_path, FIRST_RUN).text


def again(tmp_path, *script):
    played = play(tmp_path, (ONLINE, *script))
    assert not played.asker.left
    return played


def lines_changed(before, after):
    kept = before.splitlines()
    return [line for line in after.splitlines() if line not in kept]


def test_finishing_at_once_writes_nothing(tmp_path, before):
    played = again(tmp_path, WRITE)
    assert (played.status, played.text) == (0, before)
    assert not (tmp_path / ".env.before-setup").exists()


def test_a_follower_that_is_switched_off_is_one_line_more(tmp_path, before):
    played = again(tmp_path, ("What now", "followers"), ASHA, ("What about", "switch"), WRITE)
    assert lines_changed(before, played.text) == ["FOLLOWERS__ASHA__ENABLED=false"]
    assert len(played.text.splitlines()) == len(before.splitlines()) + 1
    played = again(tmp_path, ("What now", "followers"), ASHA, ("What about", "switch"), WRITE)
    assert played.text == before


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"text": "asha: no new positions from now on."}, "asha: no new positions"),
        (ControlError("refused, nothing has changed: LOG_LEVEL"), "Refused, nothing has changed"),
    ],
)
def test_a_running_instance_reads_the_file_at_once(tmp_path, before, answer, told):
    switch = [("What now", "followers"), ASHA, ("What about", "switch"), WRITE]
    (tmp_path / "var").mkdir(mode=0o700)
    status = status_answer()
    with (
        instance_lock(tmp_path / "var"),
        FakeInstance(tmp_path, reread=answer, status=status) as instance,
    ):
        played = again(tmp_path, *switch)
    assert ("reread", {}) in instance.asked
    assert any(told in line for line in played.asker.told)
    assert "FOLLOWERS__ASHA__ENABLED=false" in played.text


def test_the_former_file_is_kept_for_its_owner_only(tmp_path, before):
    again(tmp_path, ("What now", "followers"), ASHA, ("What about", "switch"), WRITE)
    kept = tmp_path / ".env.before-setup"
    assert kept.read_text() == before
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_enter_keeps_every_value_and_secrets_are_shown_by_their_end_only(tmp_path, before):
    enter = [
        ("client id of asha (Enter keeps CD5678)", ""),
        ("api_key of its app (Enter keeps ashakey)", ""),
        ("api_secret of its app (Enter keeps ****nary)", ""),
        ("What now", "followers"),
        ASHA,
        ("What about", "rules"),
        ("How much", "half"),
        ("(Enter keeps 5000; none: take it away)", ""),
        ("More limits", False),
    ]
    menu = (("What now", "followers"), ASHA, ("What about", "account"))
    played = again(tmp_path, *menu, *enter, WRITE)
    assert played.text == before
    assert "ashasecretcanary" not in " ".join(played.asker.asked)


def test_an_old_secret_is_never_typed_visibly(tmp_path, before):
    played = again(
        tmp_path,
        ("What now", "master"),
        ("client id", ""),
        ("api_key", ""),
        ("api_secret", "anewsecretcanary"),
        WRITE,
    )
    assert any("api_secret" in ask for ask in played.asker.secrets_asked)
    (line,) = lines_changed(before, played.text)
    assert line.startswith("MASTER__API_SECRET=enc:k1.")


def test_a_limit_is_taken_away_by_none(tmp_path, before):
    menu = [("What now", "followers"), ASHA, ("What about", "rules")]
    steps = [("How much", "half"), ("lose in a day", "none"), ("More limits", False)]
    played = again(tmp_path, *menu, *steps, WRITE)
    assert "FOLLOWERS__ASHA__MAX_DAILY_LOSS" not in played.env


@pytest.mark.parametrize("keeps", [True, False])
def test_factors_by_market_are_not_halved_unseen(tmp_path, before, keeps):
    line = 'FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS={"NFO": "0.1"}\n'
    (tmp_path / ".env").write_text(before + line)
    menu = [("What now", "followers"), ASHA, ("What about", "rules"), ("Keep these factors", keeps)]
    steps = [("How much", "half"), ("lose in a day", ""), ("More limits", False)]
    played = again(tmp_path, *menu, *steps, WRITE)
    assert any("NFO 0.1" in told for told in played.asker.told)
    assert (line in played.text) is keeps


def test_removing_a_follower_asks_and_takes_all_of_it(tmp_path, before):
    menu = [("What now", "followers"), ASHA, ("What about", "remove")]
    assert again(tmp_path, *menu, ("Remove asha", ""), WRITE).text == before
    played = again(tmp_path, *menu, ("Remove asha", True), WRITE)
    assert "asha" not in played.text.lower()
    assert "MASTER__USER_ID=AB1234" in played.text


def test_leaving_or_ctrl_c_changes_nothing(tmp_path, before):
    switch = [("What now", "followers"), ASHA, ("What about", "switch")]
    assert again(tmp_path, *switch, ("What now", "leave")).text == before
    played = again(tmp_path, *switch, ("What now", STOP))
    assert (played.status, played.text) == (130, before)


def test_a_change_taken_back_leaves_nothing_to_write(tmp_path, before):
    switch = [("What now", "followers"), ASHA, ("What about", "switch")]
    played = again(tmp_path, *switch, *switch, WRITE)
    assert played.text == before
    assert not (tmp_path / ".env.before-setup").exists()
    script = [("What now", "together"), ("all followers", "9000"), WRITE]
    again(tmp_path, *script)
    there_and_back = [
        ("all followers", "9500"),
        ("What now", "together"),
        ("all followers", "9000"),
    ]
    played = again(tmp_path, ("What now", "together"), *there_and_back, WRITE)
    assert any("Finish: nothing to write" in menu for menu in played.asker.offered["What now?"])


def test_ctrl_c_while_it_writes_comes_when_the_file_is_whole(tmp_path, before):
    def stopped():
        os.kill(os.getpid(), signal.SIGINT)
        return Vault.from_key_file(tmp_path / "keys" / "key"), None

    # As in a program of its own: a test run's workers ignore Ctrl-C, it is for what began them.
    before_test = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / ".env", {"MASTER__API_SECRET": "anewsecret"}, stopped)
    finally:
        signal.signal(signal.SIGINT, before_test)
    after = (tmp_path / ".env").read_text()
    assert len(lines_changed(before, after)) == 1
    assert (tmp_path / ".env.before-setup").read_text() == before


def test_ctrl_c_after_the_writing_says_that_it_is_written(tmp_path, before, monkeypatch):
    def stopped(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.setup.check", stopped)
    switch = [("What now", "followers"), ASHA, ("What about", "switch"), WRITE]
    played = again(tmp_path, *switch)
    assert played.status == 130
    assert "The settings are written" in played.err


def test_plain_secrets_of_a_file_written_by_hand_are_encrypted_on_request(tmp_path):
    write_env(tmp_path)
    played = again(
        tmp_path, ("Lock them", "key"), ("What now", "seal"), WRITE, ("Delete that file", True)
    )
    assert "canary" not in played.text
    shown = command(tmp_path, "check")
    assert "plain text" not in shown.out
    assert shown.status == 0, shown.out


def test_a_value_that_does_not_open_is_asked_for_as_if_it_were_missing(tmp_path, before):
    path = tmp_path / ".env"
    sealed = EnvText(before).values["MASTER__API_SECRET"]
    path.write_text(before.replace(sealed, EnvText(before).values["TELEGRAM__BOT_TOKEN"]))
    played = again(
        tmp_path,
        ("What now", "master"),
        ("client id", ""),
        ("api_key", ""),
        ("api_secret of its app:", "mastersecretcanary"),
        WRITE,
    )
    assert "FAIL" not in played.out


def test_another_key_is_told_before_anything_is_asked(tmp_path, before):
    (tmp_path / "keys" / "key").unlink()
    Vault.create(tmp_path / "keys" / "key")
    with pytest.raises(CopyTraderError, match="another key"):
        play(tmp_path, ())


def test_a_key_that_locks_the_store_only_is_missed_too(tmp_path):
    write_env(tmp_path)
    (tmp_path / "var").mkdir(mode=0o700)
    (tmp_path / "var" / "key.id").write_text("k1-00000000\n")
    with pytest.raises(CopyTraderError, match="put the key file back"):
        play(tmp_path, ())


def test_what_the_real_environment_overrides_is_told(tmp_path, before):
    played = play(
        tmp_path,
        (ONLINE, ("What now", "together"), ("all followers together", "9000"), WRITE),
        environ={"RISK__MAX_DAILY_LOSS": "7000"},
    )
    assert any("RISK__MAX_DAILY_LOSS is set in the real" in line for line in played.asker.told)


def test_faults_of_the_file_are_told_first_and_a_change_mends_a_double_key(tmp_path, before):
    (tmp_path / ".env").write_text(before + "RISK__MAX_DAILY_LOSS=1\nRISK__MAX_DAILY_LOSS=2\n")
    played = again(tmp_path, ("What now", "together"), ("all followers", "9000"), WRITE)
    assert any("given twice" in line for line in played.asker.told)
    assert played.text.count("RISK__MAX_DAILY_LOSS") == 1


def test_what_another_hand_wrote_meanwhile_is_kept(tmp_path, before):
    path = tmp_path / ".env"
    path.write_text(before + "LOG_LEVEL=DEBUG\n")
    write(path, {"RISK__MAX_DAILY_LOSS": "5"}, lambda: pytest.fail("no secret is among them"))
    text = path.read_text()
    assert "LOG_LEVEL=DEBUG" in text
    assert "RISK__MAX_DAILY_LOSS=5" in text


def test_a_disk_that_fails_leaves_the_file_and_no_draft(tmp_path, before, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(CopyTraderError, match="No space left on device - nothing was changed"):
        write(tmp_path / ".env", {"LOG_LEVEL": "DEBUG"}, lambda: pytest.fail("no secret"))
    monkeypatch.undo()
    assert (tmp_path / ".env").read_text() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env", "keys"]


def test_a_link_stays_a_link(tmp_path, before):
    (tmp_path / "real").mkdir()
    (tmp_path / ".env").rename(tmp_path / "real" / "env")
    (tmp_path / ".env").symlink_to("real/env")
    write(tmp_path / ".env", {"LOG_LEVEL": "DEBUG"}, lambda: pytest.fail("no secret"))
    assert (tmp_path / ".env").is_symlink()
    assert "LOG_LEVEL=DEBUG" in (tmp_path / "real" / "env").read_text()


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_asked(tmp_path):
    with pytest.raises(CopyTraderError, match="cannot be written to"):
        writing.refuse_unwritable(tmp_path / "nowhere" / ".env")
