"""The former settings that setup keeps: where secrets can be read in them, that is said."""

from tests.bot_setup.setup_fakes import FIRST_RUN, play
from tests.bot_setup.test_setup_again import ASHA, ONLINE, WRITE
from tests.bot_setup.test_setup_import import LOCK, REST, old_file

PLAIN = "That copy still holds secrets in plain text. Once everything works, delete it: rm "


def test_a_plain_copy_of_the_old_scripts_settings_is_named_with_how_to_delete_it(tmp_path):
    old_file(tmp_path)
    played = play(tmp_path, (ONLINE, LOCK, ("older copy-trading script", True), *REST))
    assert f"{PLAIN}{tmp_path / '.env.before-setup'}" in played.asker.told
    assert not [line for line in played.asker.told if "canary" in line]


def test_of_a_copy_whose_secrets_are_sealed_nothing_is_said(tmp_path):
    play(tmp_path, FIRST_RUN)
    switch = (("What now", "followers"), ASHA, ("What about", "switch"), WRITE)
    played = play(tmp_path, (ONLINE, *switch))
    assert (tmp_path / ".env.before-setup").exists()
    assert not [line for line in played.asker.told if PLAIN in line]
