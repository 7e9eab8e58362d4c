"""``backup`` and ``restore`` as somebody types them."""

from contextlib import closing
from io import StringIO

import pytest

from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from bot.instance import instance_lock
from storage.journal import STORE_NAME, Journal
from storage.recovery_key import RECOVERY_NAME, RecoveryKey
from storage.vault import ENV_CONTEXT, Vault
from tests.bot_cli.cli_builders import VALID, FixedClock, command, write_env


class Screen(StringIO):
    """A terminal, to be read and written."""

    def isatty(self) -> bool:
        return True


class Answering(Screen):
    """Types what somebody types who reads the screen: the end of the key that is shown."""

    def __init__(self, screen: Screen, wrong: int) -> None:
        super().__init__()
        self._screen, self._wrong = screen, wrong

    def readline(self, *_args) -> str:
        self._wrong -= 1
        return "XXXX\n" if self._wrong >= 0 else shown_key(self._screen.getvalue())[-4:] + "\n"


def shown_key(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ") and "-" in line]
    return "".join(lines)


def typed_at_a_terminal(folder, *argv, wrong=0):
    screen, err = Screen(), Screen()
    terminal = Terminal(out=screen, err=err, input=Answering(screen, wrong))
    given = Invocation(environ={}, terminal=terminal, clock=FixedClock(), folder=folder)
    return execute(argv, given), screen.getvalue(), err.getvalue()


def sealed(folder, **changed):
    """Write settings with every secret sealed, and a key file beside them."""
    (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    key = folder / "keys" / "key"
    vault = Vault.from_key_file(key) if key.exists() else Vault.create(key)
    secrets = ("TELEGRAM__BOT_TOKEN", "MASTER__API_SECRET", "FOLLOWERS__ASHA__API_SECRET")
    texts = {name: vault.seal(VALID[name], ENV_CONTEXT) for name in secrets}
    return write_env(folder, **{**texts, **changed})


@pytest.fixture
def here(tmp_path):
    sealed(tmp_path)
    data_dir = tmp_path / "var"
    data_dir.mkdir(mode=0o700)
    Journal.open(data_dir).close()
    return tmp_path


def test_the_first_backup_shows_the_recovery_key_once_and_keeps_only_its_other_half(here):
    status, out, err = typed_at_a_terminal(here, "backup", "first.backup", wrong=1)
    assert (status, "look again" in err) == (0, True), err
    text = shown_key(out)
    assert len(text.split("-")) == 14
    assert "█" in out or "▀" in out, "the QR code"
    assert "without key and sessions" in out
    for one in [*(here / "var").rglob("*"), here / "first.backup"]:
        if one.is_file():
            assert text.encode() not in one.read_bytes()
    again = command(here, "backup", ".")
    assert again.status == 0, "nobody is asked a second time, and no terminal is needed"
    assert shown_key(again.out) == ""
    (made,) = here.glob("kitecopytrader-20261123-100000.backup")
    restored = command(here, "restore", made.name, typed=f"{text}\nrestore\n")
    assert restored.status == 0, restored.err
    assert "What was there before is in" in restored.out


def test_a_recovery_key_nobody_wrote_down_is_forgotten(here):
    status, _, err = typed_at_a_terminal(here, "backup", "first.backup", wrong=3)
    assert status == 1
    assert "no backup was made" in err
    assert not (here / "var" / RECOVERY_NAME).exists()
    assert not (here / "first.backup").exists()


def test_without_a_terminal_no_recovery_key_is_printed_into_somebodys_log(here):
    ran = command(here, "backup", "first.backup")
    assert (ran.status, ran.out) == (1, "")
    assert "shown on a terminal only" in ran.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("MASTER__API_SECRET=plaincanary", "MASTER__API_SECRET is in plain text"),
        (
            "# OLD_KEY=1\n# MASTER__API_SECRET=plaincanary",
            "MASTER__API_SECRET has a secret in a comment",
        ),
        ("TWILIO_AUTH_TOKEN=plaincanary", "TWILIO_AUTH_TOKEN is no setting of this program"),
        (
            "EMAIL__SMTP_URL=smtps://me:plaincanary@mail.example.com:465",
            "EMAIL__SMTP_URL is in plain",
        ),
        ("FOLLOWERS__ASHA__PROXY=http://u:plaincanary@10.0.0.1:3128", "ASHA__PROXY is in plain"),
    ],
)
def test_a_secret_in_plain_text_is_kept_in_no_backup(here, line, told):
    KEY.lock.keep(here / "var")
    env = here / ".env"
    text = env.read_text()
    name = line.split("=")[0]
    lines = [each for each in text.splitlines() if not each.startswith(f"{name}=")]
    env.write_text("\n".join([*lines, line, ""]))
    ran = command(here, "backup", "first.backup")
    assert ran.status == 1
    assert told in ran.err
    assert "plaincanary" not in ran.err + ran.out
    assert not (here / "first.backup").exists()


KEY = RecoveryKey.new()


def backed_up(folder):
    KEY.lock.keep(folder / "var")
    ran = command(folder, "backup", "one.backup")
    assert ran.status == 0, ran.err
    return KEY.text().reveal()


def test_restore_refuses_while_an_instance_runs(here):
    text = backed_up(here)
    with instance_lock(here / "var"):
        ran = command(here, "restore", "one.backup", typed="")
    assert ran.status == 1
    assert "stop it first" in ran.err
    assert "Recovery key" not in ran.err, "nobody types it for nothing"
    (here / "elsewhere").mkdir()
    moved = sealed(here / "elsewhere", DATA_DIR="data")
    with instance_lock(here / "var"):
        typed = f"{text}\nrestore\n"
        ran = command(here, "restore", "one.backup", "--env-file", str(moved), typed=typed)
        assert ran.status == 0, "another installation is no matter of this one"
    assert not list((here / "var").glob("before-restore-*"))


def test_restore_asks_before_it_replaces_and_takes_no_for_an_answer(here):
    text = backed_up(here)
    ran = command(here, "restore", "one.backup", typed=f"{text}\nno\n")
    assert ran.status == 1
    assert "nothing was restored" in ran.err
    assert (here / "var" / STORE_NAME).exists()
    assert not (here / "var" / ".restoring").exists()


def test_on_a_fresh_machine_the_backup_says_where_things_go_and_what_is_missing(here, tmp_path):
    text = backed_up(here)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    ran = command(fresh, "restore", str(here / "one.backup"), typed=f"{text}\n")
    assert ran.status == 0, ran.err
    assert (fresh / ".env").read_text() == (here / ".env").read_text()
    with closing(Journal.open(fresh / "var")) as journal:
        assert journal.load().fence.frozen
    key = fresh / "keys" / "key"
    assert f"put your copy of that key file at {key}" in ran.out
    for word in ("every account logs in again", "entries are frozen", "copytrader adopt"):
        assert word in ran.out


def test_with_its_key_in_place_nothing_is_said_of_it_and_with_another_it_is(here):
    (here / "var" / "key.id").write_text(f"{Vault.from_key_file(here / 'keys' / 'key').key_id}\n")
    text = backed_up(here)
    ran = command(here, "restore", "one.backup", typed=f"{text}\nrestore\n")
    assert "key file" not in ran.out
    (here / "keys" / "key").unlink()
    Vault.create(here / "keys" / "key")
    ran = command(here, "restore", "one.backup", typed=f"{text}\nrestore\n")
    assert "put your copy of that key file" in ran.out


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "interrupted - run it again before anything else"),
        (OSError(28, "No space left on device"), "No space left on device - mend that and run it"),
    ],
)
def test_a_restore_that_stops_half_way_says_so(here, monkeypatch, error, told):
    text = backed_up(here)

    def stops(*_args):
        yield "journal.db is kept"
        raise error

    monkeypatch.setattr("bot.cli.restore.restore_steps", stops)
    ran = command(here, "restore", "one.backup", typed=f"{text}\nrestore\n")
    assert (ran.status, told in ran.err) == (1, True), ran.err


@pytest.mark.parametrize(
    ("argv", "typed", "told"),
    [
        (("restore", "nowhere"), "", "is not a file"),
        (("restore", "one.backup"), "ABCD\n", "14 groups of four"),
        (("restore", ".env"), "KEY\n", "not a backup of this program"),
        (("restore", "one.backup", "--env-file", "no/.env"), "", "no is not a folder - make it"),
        (("backup", "no/such/place"), "", "is not a folder - make it first"),
        (("backup", "one.backup"), "", "exists already"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_mend(here, argv, typed, told):
    text = backed_up(here)
    ran = command(here, *argv, typed=typed.replace("KEY", text))
    assert ran.status == 1
    assert told in ran.err
    assert ran.err.count("\n") <= 2
    assert "Traceback" not in ran.err
