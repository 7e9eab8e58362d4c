"""Files that somebody else could change or replace are refused, with the mend; what we make is ours alone."""

import grp
import os
import pwd
import stat
from pathlib import Path

import pytest

from bot.cli.run import run_app_here
from storage.key_file import KeyFileError, create_key_file, read_key_file
from storage.trusted_path import fault_of_path
from tests.bot_cli.cli_builders import command, invocation

US = os.geteuid()
# Whose files are foreign to us: root may give one away, for anybody else ours are a stranger's.
STRANGER = US + 1 if US else 0


def give_away(path: Path) -> int:
    """Make a path somebody else's and return the user id to look with."""
    if US == 0:
        os.chown(path, 12345, -1)
        return 0
    return STRANGER


@pytest.mark.parametrize("mode", range(0o700, 0o1000, 1), ids=lambda mode: f"{mode:o}")
@pytest.mark.parametrize("depth", ["parent", "grandparent"])
def test_no_folder_above_may_be_writable_by_others(tmp_path, mode, depth):
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True)
    file = folder / "key"
    file.write_text("x")
    changed = folder if depth == "parent" else folder.parent
    os.chown(changed, -1, os.getegid())
    changed.chmod(mode)
    told = fault_of_path(file)
    if mode & 0o002:
        assert (
            told == f"{changed} can be changed by others, and so {file} - run: chmod go-w {changed}"
        )
    elif not mode & 0o020:
        assert told == ""
    # As /tmp: others may add files and cannot touch ours.
    changed.chmod(mode | stat.S_ISVTX)
    assert fault_of_path(file) == ""


def test_a_group_that_has_others_in_it_may_not_write_and_ones_own_may(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o770)
    us = 4242
    monkeypatch.setattr("storage.trusted_path._ROOT", US)  # what root owns is fine for everybody
    monkeypatch.setattr("storage.trusted_path.pwd.getpwall", lambda: [person("me", us, 77)])
    monkeypatch.setattr("storage.trusted_path.pwd.getpwnam", lambda name: person(name, 9, 9))
    monkeypatch.setattr("storage.trusted_path.grp.getgrgid", lambda gid: group("me", gid, []))
    if US == 0:
        os.chown(folder, -1, 77)
    assert fault_of_path(folder / "key", us=us) == ""
    monkeypatch.setattr("storage.trusted_path.grp.getgrgid", lambda gid: group("me", gid, ["you"]))
    assert "can be changed by others" in fault_of_path(folder / "key", us=us)


def person(name, uid, gid):
    return pwd.struct_passwd((name, "x", uid, gid, "", "/", "/bin/sh"))


def group(name, gid, members):
    return grp.struct_group((name, "x", gid, members))


def test_what_belongs_to_someone_else_is_refused_and_so_is_a_folder_of_his_above(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "key"
    file.write_text("x")
    assert "belongs to someone else" in fault_of_path(file, us=give_away(file))
    file.unlink()
    assert "who could replace" in fault_of_path(file, us=give_away(folder))


def refused(folder):
    """Return the lines with which a start ends that must not read what others may have written."""
    given = invocation(folder)
    assert run_app_here(None, given, lambda: pytest.fail("the app was loaded")) == 2
    lines = given.terminal.err.getvalue().splitlines()
    found = command(folder, "check")
    assert found.status == 1
    for line in lines:
        assert found.out.count(line.removeprefix("copytrader: ")) == 1
    return lines


def test_a_start_refuses_links_in_the_place_of_its_files(env, tmp_path):
    real = env.rename(tmp_path / "real.env")
    env.symlink_to(real)
    (told,) = refused(tmp_path)
    assert told == f"copytrader: {env} is a symbolic link - give the path it leads to: {real}"
    env.unlink()
    real.rename(env)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "var").symlink_to("elsewhere")
    (told,) = refused(tmp_path)
    link = f"{tmp_path}/var is a symbolic link - give the path it leads to: {tmp_path}/elsewhere"
    assert told == f"copytrader: DATA_DIR: {link}"


def test_a_start_refuses_a_folder_above_that_others_may_write(env, tmp_path):
    tmp_path.chmod(0o777)
    of_env, of_data = refused(tmp_path)
    assert of_env.endswith(f"and so {env} - run: chmod go-w {tmp_path}")
    assert of_data.endswith(f"and so {tmp_path}/var - run: chmod go-w {tmp_path}")


def test_a_key_is_refused_where_a_folder_far_above_it_may_be_renamed(tmp_path):
    key = tmp_path / "open" / "mine" / "key"
    key.parent.mkdir(parents=True, mode=0o700)
    create_key_file(key)
    key.parent.parent.chmod(0o777)
    with pytest.raises(KeyFileError, match=f"run: chmod go-w {tmp_path}/open"):
        read_key_file(key)
    with pytest.raises(KeyFileError, match="can be changed by others"):
        create_key_file(key.with_name("other"))


def test_the_kill_switch_is_never_refused_for_that(env, tmp_path):
    tmp_path.chmod(0o777)
    assert command(tmp_path, "kill").status == 0
    assert (tmp_path / "var" / "kill").exists()
