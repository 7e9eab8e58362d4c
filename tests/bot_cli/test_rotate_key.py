"""`rotate-key`: every secret under a new key, whatever interrupts it."""

import contextlib
import getpass
import os
import shutil
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import storage.vault
from bot.cli.configuration import Configuration
from bot.cli.entry import execute
from bot.cli.env_file import read_env_file
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.rotate_key import change_key
from bot.cli.run import run_app_here
from bot.instance import instance_lock
from engine.core.values.control import Requester, SessionStored
from engine.core.values.events import Asked
from engine.core.values.records import FollowerLeaving
from engine.core.values.secrets import Secret
from storage.journal import Journal
from storage.mark import decide
from storage.stored_sessions import StoredSessions
from storage.vault import (
    ENV_CONTEXT,
    Vault,
    VaultError,
    env_context,
    follower_context,
    session_context,
)
from tests.bot_cli.cli_builders import NOW, VALID, FixedClock, command, invocation, write_env
from tests.bot_cli.dying_disk import Death, Died, DyingDisk

MASTERS, ASHAS = "MASTER__API_SECRET", "FOLLOWERS__ASHA__API_SECRET"
TOKEN = "access-token-canary"
#: What the store keeps of a follower who is leaving.
RAVIS = "all of ravi's account"
OLD_WORDS, NEW_WORDS = "correct horse battery", "staple wrong donkey"


def build(folder, vault):
    """Write an env file with two sealed secrets and a store that keeps a session."""
    general = vault.seal(VALID[ASHAS], ENV_CONTEXT)
    path = write_env(folder, **{MASTERS: vault.seal(VALID[MASTERS], env_context(MASTERS))})
    lines = [line for line in path.read_text().splitlines() if not line.startswith(ASHAS)]
    lines += [f"export {ASHAS}='{general}'  # asha's\r", "SOME_OTHER=enc:of-another-program", ""]
    path.write_bytes("\n".join(lines).encode())
    data = folder / "var"
    data.mkdir(mode=0o700)
    (data / "key.id").write_text(f"{vault.key_id}\n")
    request = SessionStored(
        account="asha",
        user_id="CD5678",
        user_name="Asha",
        sealed_token=vault.seal(TOKEN, session_context("asha")),
        login_at=NOW,
        exchanges=frozenset({"NSE"}),
        demat_consent="consent",
    )
    event = Asked(
        request=request, by=Requester(user_id=42, name="me"), update_id=1, sent_at=NOW, at=NOW
    )
    with contextlib.closing(Journal.open(data)) as journal:
        leaves = FollowerLeaving(
            follower="ravi", sealed=vault.seal(RAVIS, follower_context("ravi")), at=NOW
        )
        journal.commit([(event, [*decide(journal.load(), event, {}).records, leaves])])


@pytest.fixture
def memory(tmp_path):
    """Return a folder in memory where there is one: dozens of stores are written, and synced."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def keyed(memory):
    """Return a folder whose secrets are sealed with a key file."""
    folder = memory / "keyed"
    folder.mkdir()
    build(folder, Vault.create(folder / "keys" / "key"))
    return folder


@pytest.fixture
def worded(memory, monkeypatch):
    """Return a folder whose secrets are sealed with a passphrase that is quick to derive from."""
    monkeypatch.setattr(storage.vault, "_SCRYPT_N", 2)
    folder = memory / "worded"
    folder.mkdir()
    build(folder, Vault.from_passphrase(Secret(OLD_WORDS)))
    return folder


def kept_of_ravi(folder):
    with contextlib.closing(Journal.open(folder / "var")) as journal:
        return journal.load().leaving["ravi"]


def kept_account(folder):
    with contextlib.closing(Journal.open(folder / "var")) as journal:
        return journal.load().accounts["asha"]


def opens(vault, folder, *, token):
    """Return whether one key opens every secret of the env file and the store."""
    values = read_env_file(None, folder, {}).values
    try:
        found = [vault.open_setting(values[name], name) for name in (MASTERS, ASHAS)]
        found.append(vault.open(token, session_context("asha")))
        found.append(vault.open(kept_of_ravi(folder), follower_context("ravi")))
        return found == [VALID[MASTERS], VALID[ASHAS], TOKEN, RAVIS]
    except VaultError:
        return False


def run_until(folder, at, death, monkeypatch, **given):
    """Change the key and die at one step; return how many steps there were if none was the last."""
    disk = DyingDisk(at, death)
    keep = StoredSessions.keep
    with monkeypatch.context() as patched:
        patched.setattr(StoredSessions, "keep", lambda *args: disk.step(lambda: keep(*args)))
        asked = invocation(folder, **given)
        try:
            change_key(Configuration.read(None, asked), asked, disk=disk)
        except Died:
            return None
    return disk.calls


@pytest.fixture
def unsynced(monkeypatch):
    """Spare the real disk hundreds of syncs: the machine that dies is that of `DyingDisk`."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


def left_over(folder):
    return [
        one.name for one in folder.rglob("*") if one.name.startswith(".") and one.name != ".env"
    ]


@pytest.mark.usefixtures("unsynced")
@pytest.mark.parametrize("death", Death, ids=lambda death: death.name)
def test_a_death_at_any_step_leaves_every_secret_to_one_key_and_a_second_run_finishes(
    keyed, memory, monkeypatch, death
):
    old = Vault.from_key_file(keyed / "keys" / "key")
    for at in range(1, 100):
        folder = memory / f"at-{at}"
        shutil.copytree(keyed, folder)
        key = folder / "keys" / "key"
        steps = run_until(folder, at, death, monkeypatch)
        if steps is not None:
            break
        token = kept_account(folder).sealed_token
        present = [one for one in (key, key.with_name("key.new")) if one.exists()]
        assert any(opens(Vault.from_one_key_file(one), folder, token=token) for one in present), at
        # What starts now opens everything as well, and takes the store for its own.
        configuration = Configuration.read(None, invocation(folder))
        assert opens(configuration.vault(), folder, token=token), at
        configuration.mark_key(configuration.vault())

        again = command(folder, "rotate-key")
        assert again.status == 0, (at, again.err)
        new, token = Vault.from_one_key_file(key), kept_account(folder).sealed_token
        assert opens(new, folder, token=token), at
        with pytest.raises(VaultError):
            old.open(token, session_context("asha"))
        with pytest.raises(VaultError):
            old.open(kept_of_ravi(folder), follower_context("ravi"))
        assert (folder / "var" / "key.id").read_text() == f"{new.key_id}\n"
        assert not key.with_name("key.new").exists()
        assert Vault.from_one_key_file(key.with_name(f"key.old-{old.key_id}")).key_id == old.key_id
        assert left_over(folder) == [], at
    assert steps is not None
    assert steps > 15


@pytest.mark.usefixtures("unsynced")
def test_a_death_while_the_passphrase_is_changed_leaves_all_to_one_of_the_two(
    worded, memory, monkeypatch
):
    for at in range(1, 100):
        folder = memory / f"at-{at}"
        shutil.copytree(worded, folder)
        given = {"typed": f"{NEW_WORDS}\n", "environ": {"PASSPHRASE": OLD_WORDS}}
        steps = run_until(folder, at, Death.POWER, monkeypatch, **given)
        if steps is not None:
            break
        token = kept_account(folder).sealed_token
        words = [Vault.from_passphrase(Secret(one)) for one in (OLD_WORDS, NEW_WORDS)]
        assert any(opens(vault, folder, token=token) for vault in words), at
        # The old one is still what the environment gives, whichever opens them.
        assert command(folder, "rotate-key", **given).status == 0, at
        token = kept_account(folder).sealed_token
        assert opens(Vault.from_passphrase(Secret(NEW_WORDS)), folder, token=token), at
        assert not opens(Vault.from_passphrase(Secret(OLD_WORDS)), folder, token=token), at
        assert left_over(folder) == [], at
    assert steps is not None
    assert steps > 8


def test_what_was_done_is_said_and_nothing_else_of_the_env_file_is_touched(keyed):
    before, kept = (keyed / ".env").read_bytes().split(b"\n"), kept_account(keyed)
    shown = command(keyed, "rotate-key")
    assert (shown.status, shown.err) == (0, "")
    assert "2 secrets sealed anew" in shown.out
    assert "sessions of asha" in shown.out
    assert "back it up" in shown.out
    assert "backups made before need it" in shown.out
    assert (
        "still in plain text: TELEGRAM__BOT_TOKEN - seal it: copytrader encrypt TELEGRAM__BOT_TOKEN"
        in shown.out
    )
    after = (keyed / ".env").read_bytes().split(b"\n")
    assert [new for old, new in zip(before, after, strict=True) if old == new] == [
        line for line in before if b"enc:k1" not in line
    ]
    assert after[-3].startswith(f"export {ASHAS}='enc:k1.".encode())
    assert after[-3].endswith(b"'  # asha's\r")
    # Each is bound to its key now, and the session is the same one.
    values, vault = read_env_file(None, keyed, {}).values, Vault.from_key_file(keyed / "keys/key")
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault.open_setting(values[ASHAS], MASTERS)
    again = kept_account(keyed)
    assert (again.session_ok, again.user_id, again.user_name, again.login_at) == (
        kept.session_ok,
        kept.user_id,
        kept.user_name,
        kept.login_at,
    )
    assert (again.exchanges, again.demat_consent) == (kept.exchanges, kept.demat_consent)


def refused(folder, says, **given):
    files = {one: one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
    shown = command(folder, "rotate-key", **given)
    assert shown.status == 1
    assert says in shown.err
    assert shown.out == ""
    assert list(folder.rglob("*.new")) == []
    return {one for one in files if one.read_bytes() != files[one]} - {folder / "var" / "lock"}


def test_it_refuses_and_changes_nothing_while_an_instance_runs(keyed):
    with instance_lock(keyed / "var"):
        assert refused(keyed, "stop it first") == set()


def test_it_refuses_and_changes_nothing_where_a_secret_does_not_open(keyed, tmp_path):
    other = Vault.create(tmp_path / "other" / "key").seal("x", env_context(MASTERS))
    with (keyed / ".env").open("a") as file:
        file.write(f"DISCORD__WEBHOOK_URL={other}\n")
    says = "DISCORD__WEBHOOK_URL: cannot be decrypted: sealed with another key"
    assert refused(keyed, says) == set()


def test_what_it_cannot_reach_is_refused_with_the_mend(keyed, tmp_path):
    sealed = Vault.from_key_file(keyed / "keys/key").seal("x", ENV_CONTEXT)
    environ = {"DISCORD__WEBHOOK_URL": sealed}
    assert refused(keyed, "move it into the env file", environ=environ) == set()
    (keyed / ".env").chmod(0o622)
    assert refused(keyed, "chmod 600") == set()
    empty = tmp_path / "empty"
    empty.mkdir()
    write_env(empty)
    assert refused(empty, "there is no key to change") == set()


def test_what_a_backup_brings_back_under_a_key_of_before_is_sealed_anew_by_running_it_again(keyed):
    backup = (keyed / ".env").read_bytes()
    assert command(keyed, "rotate-key").status == 0
    assert command(keyed, "rotate-key").status == 0
    (keyed / ".env").write_bytes(backup)
    says = "sealed with a key of before, which is still there - run: copytrader rotate-key"
    assert f"{MASTERS}: cannot be decrypted: {says}" in command(keyed, "check").out
    assert command(keyed, "rotate-key").status == 0
    vault = Vault.from_one_key_file(keyed / "keys" / "key")
    assert opens(vault, keyed, token=kept_account(keyed).sealed_token)
    # Without the former key nothing brings it back, and that is said before anything is changed.
    (keyed / ".env").write_bytes(backup)
    for former in (keyed / "keys").glob("key.old-*"):
        former.unlink()
    assert refused(keyed, "sealed with another key - put that key file back") == set()


def test_a_session_that_no_key_opens_needs_a_login_and_holds_nothing_up(keyed, tmp_path):
    stranger = Vault.create(tmp_path / "other" / "key")
    shutil.rmtree(keyed / "var")
    build_again = write_env(keyed, **{MASTERS: VALID[MASTERS]}).read_text()
    build(keyed, stranger)
    (keyed / ".env").write_text(build_again)
    (keyed / "var" / "key.id").unlink()
    shown = command(keyed, "rotate-key")
    assert shown.status == 0, shown.err
    assert "the session of asha did not open - log in: copytrader login asha" in shown.out


def test_an_unfinished_change_is_told_by_the_doctor_and_at_a_start(keyed, monkeypatch):
    assert run_until(keyed, 6, Death.POWER, monkeypatch) is None
    assert Vault.from_key_file(keyed / "keys" / "key").is_changing
    told = "a change of keys was not finished; everything opens - stop the program and run: copytrader rotate-key"
    assert f"warn key: {told}" in command(keyed, "check").out

    async def app(*_given):
        return 0

    given = invocation(keyed)
    assert run_app_here(None, given, lambda: app) == 0
    assert told in given.terminal.err.getvalue()
    assert command(keyed, "rotate-key").status == 0
    assert told not in command(keyed, "check").out


def test_a_new_passphrase_that_is_short_is_refused(worded):
    assert (
        refused(worded, "shorter than 12", typed="short\n", environ={"PASSPHRASE": OLD_WORDS})
        == set()
    )


class Keyboard(StringIO):
    """A terminal at which somebody sits."""

    def isatty(self) -> bool:
        return True


def test_a_person_who_slips_is_asked_for_the_new_passphrase_again(worded, monkeypatch):
    typed = iter(["short", NEW_WORDS, "another than that", NEW_WORDS, NEW_WORDS])
    monkeypatch.setattr(getpass, "getpass", lambda _prompt, stream: next(typed))
    terminal = Terminal(out=StringIO(), err=StringIO(), input=Keyboard())
    environ = {"PASSPHRASE": OLD_WORDS}
    given = Invocation(environ=environ, terminal=terminal, clock=FixedClock(), folder=worded)
    assert execute(["rotate-key"], given) == ExitStatus.OK
    assert terminal.err.getvalue().splitlines() == [
        "That is shorter than 12 letters. Four or five words are good.",
        "The two are not the same. Once more, please.",
    ]
    assert opens(
        Vault.from_passphrase(Secret(NEW_WORDS)), worded, token=kept_account(worded).sealed_token
    )
