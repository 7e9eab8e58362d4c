"""One instance per data folder, whatever happened to the last one; and the kill switch."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from bot.instance import (
    AlreadyRunningError,
    DataDirError,
    instance_lock,
    prepare_data_dir,
    running_pid,
)
from bot.kill_switch import KillSwitch

HOLDER = """
import sys, pathlib
from bot.instance import instance_lock
with instance_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"held\n"
    yield child
    child.kill()
    child.wait(10)
    child.stdin.close()
    child.stdout.close()


def test_a_second_process_is_refused_and_told_the_first_ones_id(holder, tmp_path):
    assert running_pid(tmp_path) == holder.pid
    with pytest.raises(AlreadyRunningError, match=f"process {holder.pid}"), instance_lock(tmp_path):
        pass


def test_kill_minus_nine_frees_the_lock(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(10)
    assert running_pid(tmp_path) is None
    with instance_lock(tmp_path):
        assert running_pid(tmp_path) == os.getpid()


def test_the_lock_is_free_after_an_orderly_end(tmp_path):
    with instance_lock(tmp_path):
        pass
    assert running_pid(tmp_path) is None
    with instance_lock(tmp_path):
        pass


def test_the_data_folder_is_made_for_its_owner_only(tmp_path):
    before = os.umask(0o022)
    try:
        prepare_data_dir(tmp_path / "a" / "var")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "var").stat().st_mode) == 0o700


def test_a_data_folder_that_others_can_change_is_refused(tmp_path):
    tmp_path.chmod(0o770)
    with pytest.raises(DataDirError, match="chmod 700"):
        prepare_data_dir(tmp_path)


def test_a_file_in_the_place_of_the_data_folder_is_refused(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(DataDirError, match="cannot be made"):
        prepare_data_dir(tmp_path / "var")


def test_the_kill_switch_holds_until_it_is_released(tmp_path):
    switch = KillSwitch(tmp_path / "kill")
    assert not switch.is_set()
    switch.set()
    switch.set()
    assert KillSwitch(tmp_path / "kill").is_set()
    switch.release()
    switch.release()
    assert not switch.is_set()


def test_a_kill_switch_that_cannot_be_looked_at_counts_as_set(tmp_path):
    (tmp_path / "file").write_text("")
    assert KillSwitch(tmp_path / "file" / "kill").is_set()


def test_a_dangling_link_counts_as_set(tmp_path):
    (tmp_path / "kill").symlink_to(tmp_path / "nowhere")
    assert KillSwitch(tmp_path / "kill").is_set()
