"""An env file that was there before may send what is typed to somebody else's server: that is said first."""

import pytest

from engine.errors import ConfigError
from tests.bot_setup.setup_fakes import STOP, play


def with_server(folder, line):
    (folder / ".env").write_text(f"{line}\n")
    (folder / ".env").chmod(0o600)


def test_a_server_that_is_not_the_real_one_is_named_before_anything_is_typed(tmp_path):
    with_server(tmp_path, "TELEGRAM__API_URL=https://api.telegram.example")
    played = play(tmp_path, (("checked online", STOP),))
    assert "TELEGRAM__API_URL leads to api.telegram.example" in played.asker.told[0]
    assert "what is secret goes there" in played.asker.told[0]


@pytest.mark.parametrize(
    "line", ["KITE__API_URL=http://kite.example", "KITE__LOGIN_URL=ftp://kite.example"]
)
def test_an_address_that_no_secret_may_be_sent_to_ends_it_before_a_question(tmp_path, line):
    with_server(tmp_path, line)
    with pytest.raises(ConfigError, match=line.partition("=")[0]):
        play(tmp_path, ())


def test_one_on_this_machine_is_nothing_to_speak_of(tmp_path):
    with_server(tmp_path, "KITE__API_URL=http://127.0.0.1:8080")
    played = play(tmp_path, (("checked online", STOP),))
    assert not [each for each in played.asker.told if "leads to" in each]
