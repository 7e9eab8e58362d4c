"""The wizard on a fresh machine: what is written, and what Ctrl-C leaves."""

import stat
from pathlib import Path

import pytest

from bot.cli.configuration import Configuration
from bot.settings.table import MAX_DAILY_LOSS
from bot.setup.questions import Question
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import command, invocation
from tests.bot_setup.setup_fakes import BOT_TOKEN, FIRST_RUN, SECRETS, STOP, play

KEY_HERE = {"KEY_FILE": "keys/key"}


def replaced(fits, *answers):
    """Return the script with other answers to one question: all but the last are asked again."""
    at = next(at for at, (words, _) in enumerate(FIRST_RUN) if words == fits)
    return (*FIRST_RUN[:at], *((fits, one) for one in answers), *FIRST_RUN[at + 1 :])


def test_the_answers_become_settings_that_load_with_every_secret_sealed(tmp_path):
    played = play(tmp_path, FIRST_RUN)
    assert played.status == 0
    assert not played.asker.left
    for secret in SECRETS:
        assert secret not in played.text
        assert secret not in " ".join([*played.asker.told, *played.asker.asked, played.out])
    settings = Configuration.read(None, invocation(tmp_path, environ=KEY_HERE)).settings()
    assert settings.telegram.bot_token.reveal() == BOT_TOKEN
    assert settings.telegram.admins == (4242,)
    assert (settings.master.user_id, settings.master.api_key) == ("AB1234", "masterkey")
    assert settings.master.api_secret.reveal() == "mastersecretcanary"
    (asha,) = settings.followers
    assert (asha.account.name, asha.account.user_id) == ("asha", "CD5678")
    assert asha.account.api_secret.reveal() == "ashasecretcanary"
    assert (str(asha.rules.multiplier), str(asha.rules.max_daily_loss)) == ("0.5", "5000")
    assert settings.security.totp_secret is not None
    assert settings.plain_secrets == ()
    assert settings.live_refusals() == ()


def test_the_files_are_for_their_owner_only_and_nothing_else_is_left(tmp_path):
    played = play(tmp_path, FIRST_RUN)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys" / "key").stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env", "keys"]
    assert any("A new key is in" in line for line in played.asker.told)


def test_it_ends_with_the_doctor_and_what_to_do_next(tmp_path):
    played = play(tmp_path, FIRST_RUN)
    assert "ok   configuration" in played.out
    assert "FAIL" not in played.out
    told = "\n".join(played.asker.told)
    assert told.index("Written:") < told.index("copytrader run") < told.index("copytrader login")
    assert command(tmp_path, "check", environ=KEY_HERE).status == 0


@pytest.mark.parametrize("at", range(len(FIRST_RUN)))
def test_ctrl_c_at_any_question_leaves_nothing(tmp_path, at):
    script = (*FIRST_RUN[:at], (FIRST_RUN[at][0], STOP))
    played = play(tmp_path, script)
    assert played.status == 130
    assert "Nothing was written" in played.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fits", "wrong", "right", "mend"),
    [
        ("Bot token", "12345", BOT_TOKEN, "copy it from @BotFather"),
        ("Bot token", "", BOT_TOKEN, "This one is needed"),
        ("numeric Telegram id", "@ravi", "4242", "not the @name"),
        ("Your Kite client id", "AB-1234", "AB1234", "looks like AB1234"),
        ("client id of asha", "ab1234", "CD5678", "AB1234 is the master already"),
        ("short name", "2nd", "asha", "a letter first"),
        ("short name", "Master", "asha", "is taken"),
        ("lose in a day", "plenty", "5000", "not a number"),
        ("lose in a day", "0", "5000", "not above 0"),
        ("6 digits", "12 34", FIRST_RUN[17][1], "not 6 digits"),
        ("6 digits", "000000", FIRST_RUN[17][1], "not right"),
    ],
)
def test_a_wrong_answer_is_told_in_one_sentence_and_asked_again(tmp_path, fits, wrong, right, mend):
    played = play(tmp_path, replaced(fits, wrong, right))
    assert played.status == 0
    assert any(mend in line and "\n" not in line for line in played.asker.told)


def test_an_api_key_given_as_the_secret_too_is_asked_again(tmp_path):
    at = 7  # the master's api_secret
    script = (*FIRST_RUN[:at], ("api_secret", "masterkey"), *FIRST_RUN[at:])
    assert play(tmp_path, script).status == 0


@pytest.mark.parametrize(
    ("answers", "written"),
    [
        ([("How much", "same")], {"MULTIPLIER": "1"}),
        ([("How much", "factor"), ("How much of mine", "0.25")], {"MULTIPLIER": "0.25"}),
        (
            [("How much", "lots"), ("How many lots", "")],
            {"SIZING": "fixed_lots", "FIXED_LOTS": "1"},
        ),
        ([("How much", "capital")], {"SIZING": "equity"}),
    ],
)
def test_the_size_in_plain_words_becomes_the_right_keys(tmp_path, answers, written):
    script = (*FIRST_RUN[:12], *answers, *FIRST_RUN[13:])
    env = play(tmp_path, script).env
    keys = ("MULTIPLIER", "SIZING", "FIXED_LOTS")
    found = {
        key: env[f"FOLLOWERS__ASHA__{key}"] for key in keys if f"FOLLOWERS__ASHA__{key}" in env
    }
    assert found == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("2 lakh", "200000"),
        ("10k", "10000"),
        ("1.5 Cr", "15000000"),
        ("Rs. 5,000/-", "5000"),
        ("₹5000.50", "5000.50"),
        ("INR 1,00,000", "100000"),
        ("none", ""),
        ("-", ""),
    ],
)
def test_amounts_are_understood_as_people_write_them(typed, written):
    assert Question(key=MAX_DAILY_LOSS, ask="", amount=True, optional=True).read(typed) == written


def test_the_second_factor_is_not_set_without_a_right_code(tmp_path):
    played = play(tmp_path, replaced("6 digits", "000000", ""))
    assert played.status == 0
    assert "SECURITY__TOTP_SECRET" not in played.env
    assert "SECURITY__TOTP_SECRET is not set" in played.out


def test_a_passphrase_locks_the_secrets_instead_of_a_key_file(tmp_path, monkeypatch):
    monkeypatch.setattr("storage.vault._SCRYPT_N", 2**10)  # as slow as it is meant to be otherwise
    words = "correct horse battery"
    script = (
        FIRST_RUN[0],
        ("Lock them", "passphrase"),
        ("Passphrase", "too short"),
        ("Passphrase", words),
        ("again", "correct horse batery"),
        ("Passphrase", words),
        ("again", words),
        *FIRST_RUN[2:],
    )
    played = play(tmp_path, script)
    assert played.status == 0
    assert not (tmp_path / "keys").exists()
    assert "PASSPHRASE" not in played.text
    assert "ok   key: a passphrase" in played.out
    assert command(tmp_path, "check", environ={"PASSPHRASE": words}).status == 0


def test_email_is_put_together_from_what_people_know(tmp_path):
    script = (
        *FIRST_RUN[:18],
        ("second way", "email"),
        ("Your e-mail address", "ravi@gmail.com"),
        ("Mail server and port (Enter: smtp.gmail.com:465)", ""),
        ("Mail password", "abcd efgh/ijkl"),
        ("Who gets the alerts", ""),
        *FIRST_RUN[18:],
    )
    played = play(tmp_path, script)
    settings = Configuration.read(None, invocation(tmp_path, environ=KEY_HERE)).settings()
    email = settings.channels.email
    assert email is not None
    assert (email.host, email.port, email.tls) == ("smtp.gmail.com", 465, True)
    assert (email.user, email.password.reveal()) == ("ravi@gmail.com", "abcdefgh/ijkl")
    assert email.to == ("ravi@gmail.com",)
    assert "abcdefgh" not in played.text


def test_two_followers_are_asked_for_a_limit_over_all(tmp_path):
    second = (
        ("Add another", True),
        ("short name", "asha"),
        ("short name", "dad"),
        ("client id of dad", "cd5678"),
        ("client id of dad", "EF9012"),
        ("api_key", "dadkey"),
        ("api_secret", "dadsecret"),
        ("How much does dad", "same"),
        ("lose in a day", ""),
        ("More limits", True),
        ("Largest single order", "2,00,000"),
        ("Most open positions", "none"),
        ("Most orders", ""),
        ("Only these markets", "NFO, NSE"),
        ("Own way", ""),
        ("Ask you in the chat", True),
        ("Add another", False),
        ("all followers together", "20000"),
    )
    env = play(tmp_path, (*FIRST_RUN[:15], *second, *FIRST_RUN[16:])).env
    assert env["RISK__MAX_DAILY_LOSS"] == "20000"
    dad = {key.removeprefix("FOLLOWERS__DAD__"): text for key, text in env.items() if "DAD" in key}
    assert dad.pop("API_SECRET").startswith("enc:k1.")
    assert dad == {
        "USER_ID": "EF9012",
        "API_KEY": "dadkey",
        "MULTIPLIER": "1",
        "MAX_ORDER_VALUE": "200000",
        "SEGMENTS": "NFO, NSE",
        "APPROVE": "ask",
    }


@pytest.mark.parametrize("name", ["asha", "dad"])
def test_the_example_file_that_was_copied_is_filled_in_where_it_stands(tmp_path, name):
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    (tmp_path / ".env").write_text(example)
    answers = {"short name": name}
    script = [(fits.replace("asha", name), answers.get(fits, given)) for fits, given in FIRST_RUN]
    played = play(tmp_path, script)
    assert (played.status, played.asker.left) == (0, [])
    comments = [line for line in example.splitlines() if line.startswith("#")]
    assert set(comments) <= set(played.text.splitlines())
    assert f"FOLLOWERS__{name.upper()}__USER_ID=CD5678\n" in played.text
    assert "FAIL" not in played.out
    assert "TELEGRAM__ADMINS=4242\n" in played.text


def test_a_key_that_cannot_be_made_loses_no_answer(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(0o777)

    def mended():
        folder.chmod(0o700)
        return True

    played = play(tmp_path, (*FIRST_RUN, ("Try again", mended)))
    assert (played.status, played.asker.left) == (0, [])
    assert any("run: chmod 700" in line for line in played.asker.told)
    assert "FAIL" not in played.out


def test_ctrl_c_after_a_failed_write_says_that_nothing_is_written(tmp_path):
    (tmp_path / "keys").write_text("in the way of the folder")
    played = play(tmp_path, (*FIRST_RUN, ("Try again", STOP)))
    assert (played.status, played.text) == (130, "")
    assert "Nothing was written" in played.err


def test_giving_up_on_a_failed_write_leaves_nothing(tmp_path):
    (tmp_path / "keys").write_text("in the way of the folder")
    played = play(tmp_path, (*FIRST_RUN, ("Try again", False)))
    assert played.status == 1
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


def test_without_a_terminal_it_is_one_line_with_the_mend(tmp_path):
    ended = command(tmp_path, "setup", typed="y\n")
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert "needs a terminal" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_lost_key_is_told_before_anything_is_asked(tmp_path):
    play(tmp_path, FIRST_RUN)
    (tmp_path / "keys" / "key").unlink()
    with pytest.raises(CopyTraderError, match="put the key file back"):
        play(tmp_path, ())
