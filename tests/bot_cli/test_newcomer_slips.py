"""What a newcomer types wrong at the terminal, and that the answer names his slip and not something else."""

import pytest

from bot.chat.commands import suggest
from bot.cli.login import read_pasted
from bot.setup.account_step import master
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from storage.journal import Journal
from storage.vault import Vault, env_context
from tests.bot_cli.cli_builders import command, write_env
from tests.bot_setup.setup_fakes import tools

WORDS = "correct horse battery"
KEYS = ("MASTER__API_SECRET", "FOLLOWERS__ASHA__API_SECRET", "TELEGRAM__BOT_TOKEN")


def test_a_wrong_passphrase_is_one_line_and_blames_no_secret(tmp_path, monkeypatch):
    monkeypatch.setattr("storage.vault._SCRYPT_N", 2)
    vault = Vault.from_passphrase(Secret(WORDS))
    sealed = {key: vault.seal("4242424242:" + "x" * 35, env_context(key)) for key in KEYS}
    write_env(tmp_path, **sealed)
    shown = command(tmp_path, "run", environ={"PASSPHRASE": "wrong horse battery"})
    assert shown.err == (
        "copytrader: PASSPHRASE: none of the 3 secrets opens with it - it is not the one that sealed"
        " them: give that one\n"
    )
    # One that opens proves the passphrase: then it is the others that were damaged.
    write_env(tmp_path, **{**sealed, KEYS[0]: sealed[KEYS[2]], KEYS[1]: sealed[KEYS[2]]})
    shown = command(tmp_path, "run", environ={"PASSPHRASE": WORDS})
    assert shown.err.startswith(f"copytrader: {KEYS[0]}: cannot be decrypted: ")


def test_a_word_where_an_address_was_asked_for_never_reaches_kite():
    with pytest.raises(CopyTraderError, match="paste the whole redirect address"):
        read_pasted("nonsense")
    letters = "abcdefghijklmnopqrstuvwxyzabcdef"
    assert read_pasted(letters).request_token.reveal() == letters


def test_an_address_pasted_for_the_api_key_is_refused_and_not_offered_again():
    world = tools(
        (
            ("client id", "AB1234"),
            ("api_key of its app (e.g.", "https://127.0.0.1/?action=login&status=success"),
            ("api_key of its app (e.g.", "masterkey"),
            ("api_secret", "mastersecretcanary"),
        )
    )
    master(world)
    assert any("letters and digits only" in line for line in world.asker.told)
    assert world.draft.written("MASTER__API_KEY") == "masterkey"


def test_a_command_sent_before_it_was_typed_to_the_end_is_known():
    assert suggest("pos").name == "positions"
    assert suggest("start_c").name == "start_copy"
    assert suggest("star").name == "start"
    assert suggest("yes") is None


def test_an_op_id_of_a_mere_look_is_called_that(tmp_path):
    write_env(tmp_path)
    (tmp_path / "var").mkdir(mode=0o700)
    Journal.open(tmp_path / "var").close()
    shown = command(tmp_path, "why", "q86dd")
    assert shown.status == 1
    assert "q86dd was a look, a question or a slip" in shown.err
