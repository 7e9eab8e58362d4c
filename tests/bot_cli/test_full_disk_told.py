"""A full disk is told as one, with the mend, wherever it is met: never as an unexpected error."""

import errno
from pathlib import Path

import pytest

from bot.cli import check_files
from bot.cli.entry import execute
from bot.cli.run import run_app_here
from engine.errors import StoreDamaged
from storage.journal import Journal
from storage.reserve import Reserve
from storage.store_errors import could_not_open
from tests.bot_cli.cli_builders import invocation, write_env


class Usage:
    """Of a disk that is nearly full."""

    free = 18_400_000


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_start_on_a_full_disk_is_refused_and_says_what_to_do(env, tmp_path, number):
    async def app(*_args):
        raise OSError(number, "No space left on device")

    told = []
    given = invocation(tmp_path)
    status = run_app_here(
        None, given, lambda: app, tell_refusal=lambda _read, faults, **_: told.extend(faults)
    )
    err = given.terminal.err.getvalue()
    assert status == 4
    assert f"the disk of {tmp_path / 'var'} is full - free disk space" in err
    assert "unexpected" not in err
    assert len(told) == 1, "the owners hear of it too"


def test_another_fault_of_a_file_is_not_called_a_full_disk(env, tmp_path):
    async def app(*_args):
        raise OSError(errno.EIO, "Input/output error")

    given = invocation(tmp_path)
    assert run_app_here(None, given, lambda: app) == 1
    assert "unexpected error" in given.terminal.err.getvalue()


def test_a_command_whose_output_finds_no_room_says_so(tmp_path):
    write_env(tmp_path)
    given = invocation(tmp_path)
    with Path("/dev/full").open("w", buffering=1) as full:
        object.__setattr__(given.terminal, "out", full)
        assert execute(["completion", "bash"], given) == 1
        assert "the disk is full - free disk space" in given.terminal.err.getvalue()


def test_a_store_that_finds_no_room_is_not_said_to_lack_rights():
    refused = could_not_open(Path("var/journal.db"), OSError(errno.ENOSPC, "No space left"))
    assert isinstance(refused, StoreDamaged)
    assert "free disk space" in str(refused)


def test_what_is_wrong_with_the_reserve_stands_until_it_is_mended(tmp_path):
    far_too_large = Reserve(tmp_path, size=2**60)
    assert "no room for a reserve" in far_too_large.fault()
    assert far_too_large.problem == far_too_large.fault()
    fits = Reserve(tmp_path, size=2**16)
    assert fits.fault() == fits.problem == ""
    fits.give_back()
    assert "only exits go on" in fits.problem
    assert fits.fault() == fits.problem == ""


def test_little_room_is_told_in_megabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(check_files.shutil, "disk_usage", lambda _folder: Usage)
    tmp_path.chmod(0o700)
    assert any("disk: 18 MB free" in line.text for line in check_files.data_dir(tmp_path))


def test_the_store_and_the_doctor_say_little_room_in_the_same_words(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    monkeypatch.setattr(check_files.shutil, "disk_usage", lambda _folder: Usage)
    told = journal.fault()
    journal.close()
    assert told in [line.text for line in check_files.data_dir(tmp_path)], (
        "so that /live says it once"
    )
