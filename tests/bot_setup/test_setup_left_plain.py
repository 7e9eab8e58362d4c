"""Former settings whose secrets can be read: setup offers to delete its copy, and names those of the older script."""

from tests.bot_cli.cli_builders import VALID, command
from tests.bot_setup.setup_fakes import FIRST_RUN, STOP, play
from tests.bot_setup.test_setup_again import ASHA, ONLINE, WRITE
from tests.bot_setup.test_setup_import import LOCK, REST, old_file

PLAIN = "as they were before hold secrets in plain text: "
DELETE = "Delete that file"
#: Answers that take the older script's settings over.
OVER = (ONLINE, LOCK, ("older copy-trading script", True), *REST)


def copy_of(folder):
    return folder / ".env.before-setup"


def test_the_plain_copy_is_deleted_when_that_is_agreed_to(tmp_path):
    old_file(tmp_path)
    played = play(tmp_path, (*OVER, (DELETE, True)))
    assert played.status == 0
    assert f"The settings {PLAIN}{copy_of(tmp_path)}" in played.asker.told
    assert "Deleted." in played.asker.told
    assert not copy_of(tmp_path).exists()
    assert not [line for line in played.asker.told if "canary" in line]
    assert "in plain text" not in command(tmp_path, "check").out


def test_a_plain_copy_that_is_kept_is_named_with_how_to_delete_it_and_so_does_the_doctor(tmp_path):
    folder = tmp_path / "of me"
    folder.mkdir()
    old_file(folder)
    mend = f"rm '{copy_of(folder)}'"
    played = play(folder, (*OVER, (DELETE, False)))
    assert f"Once everything works, delete it: {mend}" in played.asker.told
    # The doctor runs in setup too, before the question.
    told = (
        f"warn {copy_of(folder)} holds secrets in plain text - once everything works, run: {mend}"
    )
    assert told in played.out
    assert command(folder, "check").out.count(told) == 1
    copy_of(folder).unlink()
    replaced = folder / "var" / "before-restore-20261127-090000"
    replaced.mkdir(parents=True)
    (replaced / ".env").write_text(f"MASTER__API_SECRET={VALID['MASTER__API_SECRET']}\n")
    assert f"warn {replaced / '.env'} holds secrets in plain text" in command(folder, "check").out


def test_ctrl_c_at_that_question_loses_nothing_of_what_is_written(tmp_path):
    old_file(tmp_path)
    played = play(tmp_path, (*OVER, (DELETE, STOP)))
    assert played.status == 130
    assert "The settings are written" in played.err
    assert copy_of(tmp_path).exists()


def test_the_older_scripts_own_file_is_left_and_named(tmp_path):
    old = old_file(tmp_path, name="old.env")
    played = play(tmp_path, (ONLINE, LOCK, *REST), import_file="old.env")
    assert played.status == 0
    assert any(
        line.endswith(f"delete them: rm {tmp_path / 'old.env'}") for line in played.asker.told
    )
    assert (tmp_path / "old.env").exists(), old


def test_of_a_copy_whose_secrets_are_sealed_nothing_is_said(tmp_path):
    play(tmp_path, FIRST_RUN)
    switch = (("What now", "followers"), ASHA, ("What about", "switch"), WRITE)
    played = play(tmp_path, (ONLINE, *switch))
    assert copy_of(tmp_path).exists()
    assert not [line for line in played.asker.told if PLAIN in line]
    assert "in plain text" not in command(tmp_path, "check").out
