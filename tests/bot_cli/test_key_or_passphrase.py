"""`rotate-key --to`: from a key file to a passphrase and back, whatever interrupts it."""

import shutil

import pytest
from typing_extensions import override

from bot.cli.configuration import Configuration
from bot.cli.rotate_key import change_key
from bot.cli.run import run_app_here
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.durable import Disk
from storage.stored_sessions import StoredSessions
from storage.vault import Vault, VaultError, session_context
from tests.bot_cli.cli_builders import VALID, command, invocation, write_env
from tests.bot_cli.dying_disk import Death, Died, DyingDisk
from tests.bot_cli.test_rotate_key import (
    ASHAS,
    MASTERS,
    NEW_WORDS,
    OLD_WORDS,
    build,
    kept_account,
    left_over,
    memory,
    opens,
    unsynced,
)

__all__ = ["memory", "unsynced"]

TO_WORDS, TO_FILE = ("rotate-key", "--to", "passphrase"), ("rotate-key", "--to", "key-file")


@pytest.fixture(autouse=True)
def quick(monkeypatch, unsynced):
    """A passphrase is quick to derive from, and no disk is waited for."""
    monkeypatch.setattr("storage.vault._SCRYPT_N", 2)


@pytest.fixture
def keyed(memory):
    folder = memory / "keyed"
    folder.mkdir()
    build(folder, Vault.create(folder / "keys" / "key"))
    return folder


@pytest.fixture
def worded(memory):
    folder = memory / "worded"
    folder.mkdir()
    build(folder, Vault.from_passphrase(Secret(OLD_WORDS)))
    return folder


def deaths(folder, memory, monkeypatch, *, to, kinds=tuple(Death), **given):
    """Yield a copy of the folder for every step at which the change died, by a kill and by a power cut."""
    for death in kinds:
        for at in range(1, 100):
            copy = memory / f"{folder.name}-{death.name}-{at}"
            shutil.copytree(folder, copy)
            disk = DyingDisk(at, death)
            if change_until(disk, copy, monkeypatch, to=to, **given):
                assert disk.calls > 8
                break
            yield copy


def change_until(disk, folder, monkeypatch, *, to, **given):
    """Change the key on a disk that dies; return whether it was done before."""
    keep = StoredSessions.keep
    asked = invocation(folder, **given)
    with monkeypatch.context() as patched:
        patched.setattr(StoredSessions, "keep", lambda *args: disk.step(lambda: keep(*args)))
        try:
            change_key(Configuration.read(None, asked), asked, disk=disk, to=to)
        except Died:
            return False
    return True


def starts(folder, environ=None):
    """Return whether a start with this environment opens everything and takes the store for its own."""
    configuration = Configuration.read(None, invocation(folder, environ=environ))
    try:
        configuration.settings()
        vault = configuration.vault()
        configuration.mark_key(vault)
    except CopyTraderError:
        return False
    return opens(vault, folder, token=kept_account(folder).sealed_token)


def is_new(folder):
    return f"{MASTERS}=enc:p1" in (folder / ".env").read_text()


def test_a_death_on_the_way_to_a_passphrase_leaves_all_to_the_key_or_to_the_passphrase(
    keyed, memory, monkeypatch
):
    old = Vault.from_key_file(keyed / "keys" / "key")
    seen = set()
    for folder in deaths(keyed, memory, monkeypatch, to="passphrase", typed=f"{NEW_WORDS}\n"):
        given = {"PASSPHRASE": NEW_WORDS} if is_new(folder) else {}
        seen.add(is_new(folder))
        assert starts(folder, given), folder.name
        done = (folder / "var" / "key.id").read_text() == "p1\n"
        # The same again; where the passphrase counts already, it is given and not asked for.
        typed = "" if given and not done else f"{NEW_WORDS}\n"
        again = command(folder, *TO_WORDS, environ=given, typed=typed)
        assert again.status == 0, (folder.name, again.err)
        with pytest.raises(VaultError):
            old.open(kept_account(folder).sealed_token, session_context("asha"))
        assert (folder / "var" / "key.id").read_text() == "p1\n"
        names = [one.name for one in (folder / "keys").glob("key*")]
        assert names == [f"key.old-{old.key_id}"], folder.name
        assert left_over(folder) == [], folder.name
        assert starts(folder, {"PASSPHRASE": NEW_WORDS}), folder.name
    assert seen == {False, True}


def test_a_death_on_the_way_to_a_key_file_leaves_all_to_the_passphrase_or_to_the_key(
    worded, memory, monkeypatch
):
    environ = {"PASSPHRASE": OLD_WORDS}
    former = Vault.from_passphrase(Secret(OLD_WORDS))
    seen = set()
    for folder in deaths(worded, memory, monkeypatch, to="key-file", environ=environ):
        seen.add(is_new(folder))
        assert starts(folder, environ if is_new(folder) else {}), folder.name
        # Whoever does the same again still gives the passphrase.
        again = command(folder, *TO_FILE, environ=environ)
        assert again.status == 0, (folder.name, again.err)
        key = folder / "keys" / "key"
        new = Vault.from_one_key_file(key)
        with pytest.raises(VaultError):
            former.open(kept_account(folder).sealed_token, session_context("asha"))
        assert (folder / "var" / "key.id").read_text() == f"{new.key_id}\n"
        assert not key.with_name("key.new").exists()
        assert left_over(folder) == [], folder.name
        assert starts(folder), folder.name
    assert seen == {False, True}


def test_a_second_death_after_the_key_file_counts_leaves_all_to_it(worded, memory, monkeypatch):
    environ = {"PASSPHRASE": OLD_WORDS}
    ways = {"to": "key-file", "kinds": (Death.BEFORE,), "environ": environ}
    died = next(one for one in deaths(worded, memory, monkeypatch, **ways) if not is_new(one))
    for folder in deaths(died, memory, monkeypatch, **ways):
        assert starts(folder), folder.name


def test_there_and_back_and_each_time_it_is_said_what_opens_the_secrets(keyed):
    shown = command(keyed, *TO_WORDS, typed=f"{NEW_WORDS}\n")
    assert (shown.status, shown.err) == (0, "New passphrase (at least 12 letters, not shown): \n")
    assert "2 secrets sealed anew" in shown.out
    assert "the passphrase counts from now on - nobody can recover it" in shown.out
    assert "credential kitecopytrader-passphrase" in shown.out
    assert "backups made before need it" in shown.out
    environ = {"PASSPHRASE": NEW_WORDS}
    assert "ok   key: a passphrase" in command(keyed, "check", environ=environ).out
    shown = command(keyed, *TO_FILE, environ=environ)
    assert (shown.status, shown.err) == (0, "")
    assert f"the new key is in {keyed / 'keys' / 'key'} - back it up" in shown.out
    assert "the passphrase counts no more - take it away" in shown.out
    assert f"ok   key: {keyed / 'keys' / 'key'}" in command(keyed, "check").out


def test_a_passphrase_that_is_given_is_taken_and_not_asked_for(keyed):
    assert command(keyed, *TO_WORDS, environ={"PASSPHRASE": NEW_WORDS}).status == 0
    assert starts(keyed, {"PASSPHRASE": NEW_WORDS})
    # From a passphrase to another it is as without --to: the one that is given is the old one.
    given = {"environ": {"PASSPHRASE": NEW_WORDS}, "typed": f"{OLD_WORDS}\n"}
    assert command(keyed, *TO_WORDS, **given).status == 0
    assert starts(keyed, {"PASSPHRASE": OLD_WORDS})


def test_a_start_says_what_to_give_and_what_to_take_away(keyed):
    def refused(environ):
        given = invocation(keyed, environ=environ)
        assert run_app_here(None, given, lambda: pytest.fail("the app was loaded")) == 2
        return given.terminal.err.getvalue()

    assert "a passphrase is set - take away PASSPHRASE or" in refused({"PASSPHRASE": NEW_WORDS})
    command(keyed, *TO_WORDS, typed=f"{NEW_WORDS}\n")
    for told in (refused({}), command(keyed, "check").out, command(keyed, "rotate-key").err):
        assert "sealed with a passphrase - set PASSPHRASE in the real environment" in told
        assert "put the key file back" not in told


def test_an_unfinished_change_is_told_until_it_is_done(keyed, memory, monkeypatch):
    told = "a change of keys was not finished"
    folders = deaths(keyed, memory, monkeypatch, to="passphrase", typed=f"{NEW_WORDS}\n")
    folder = next(one for one in folders if is_new(one))
    environ = {"PASSPHRASE": NEW_WORDS}
    assert told in command(folder, "check", environ=environ).out
    # Without --to the passphrase is changed as ever, and the key file goes all the same.
    assert command(folder, "rotate-key", environ=environ, typed=f"{OLD_WORDS}\n").status == 0
    assert not (folder / "keys" / "key").exists()
    assert told not in command(folder, "check", environ={"PASSPHRASE": OLD_WORDS}).out


def test_nothing_is_changed_where_something_else_lies_in_the_key_files_place(worded):
    (worded / "keys").mkdir(mode=0o700)
    (worded / "keys" / "key").write_text("another program's\n")
    (worded / "keys" / "key").chmod(0o600)
    before = (worded / ".env").read_bytes()
    shown = command(worded, *TO_FILE, environ={"PASSPHRASE": OLD_WORDS})
    assert shown.status == 1
    assert "is not a key file or is damaged" in shown.err
    assert (worded / ".env").read_bytes() == before
    assert starts(worded, {"PASSPHRASE": OLD_WORDS})


def test_a_key_file_of_another_installation_is_put_aside_not_lost_and_left_where_nobody_asked(
    worded,
):
    key = worded / "keys" / "key"
    stranger = Vault.create(key)
    environ = {"PASSPHRASE": OLD_WORDS}
    assert command(worded, "rotate-key", environ=environ, typed=f"{NEW_WORDS}\n").status == 0
    assert Vault.from_one_key_file(key).key_id == stranger.key_id
    assert command(worded, *TO_FILE, environ={"PASSPHRASE": NEW_WORDS}).status == 0
    aside = key.with_name(f"key.old-{stranger.key_id}")
    assert Vault.from_one_key_file(aside).key_id == stranger.key_id
    assert starts(worded)


class WatchedDisk(Disk):
    """Notes which folders it was made to keep."""

    def __init__(self):
        self.synced = []

    @override
    def sync(self, folder):
        super().sync(folder)
        self.synced.append(folder)


def test_a_power_cut_takes_no_new_folder_with_the_key_in_it(worded):
    asked = invocation(worded, environ={"PASSPHRASE": OLD_WORDS})
    disk = WatchedDisk()
    change_key(Configuration.read(None, asked), asked, disk=disk, to="key-file")
    assert disk.synced.index(worded) < disk.synced.index(worded / "var")


def test_there_is_no_switch_where_nothing_is_encrypted_yet(tmp_path):
    write_env(tmp_path, **{MASTERS: VALID[MASTERS], ASHAS: VALID[ASHAS]})
    shown = command(tmp_path, *TO_WORDS, typed=f"{NEW_WORDS}\n")
    assert shown.status == 1
    assert "there is no key to change" in shown.err


def test_a_wrong_passphrase_changes_nothing(worded):
    before = (worded / ".env").read_bytes()
    shown = command(worded, *TO_FILE, environ={"PASSPHRASE": NEW_WORDS})
    assert shown.status == 1
    assert "wrong passphrase" in shown.err
    assert (worded / ".env").read_bytes() == before
    assert not (worded / "keys").exists()
    with pytest.raises(ConfigError):
        Configuration.read(None, invocation(worded)).settings()
