"""A start that is refused where nobody looks: the owners are told once in Telegram, and it ends as it would have."""

import asyncio
import contextlib
import sys
import threading
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from typing_extensions import override

from bot.cli.invocation import Invocation, Terminal
from bot.cli.refused_start import TOLD_NAME, tell_refusal
from bot.cli.run import run_app_here
from bot.instance import instance_lock
from demo.chat.server import ChatServer
from engine.clock import SystemClock
from engine.core.values.control import Requester, StopCopy
from engine.core.values.events import Asked
from engine.core.values.market import Venue
from engine.core.values.people import Role
from engine.core.values.records import ModeSet, PersonPaired
from engine.errors import CopyTraderError, StoreDamaged
from storage.journal import Journal
from storage.vault import Vault, env_context
from tests.bot_cli.cli_builders import NOW, VALID, FixedClock, write_env

ROOT = Path(__file__).parents[2]
TOKEN = VALID["TELEGRAM__BOT_TOKEN"]
#: An owner by a pairing code; the settings do not name him.
SON = 4711


class Hour(FixedClock):
    """A clock that is so many hours on."""

    def __init__(self, hours: float = 0.0) -> None:
        self.hours = hours

    @override
    def now(self) -> datetime:
        return NOW + timedelta(hours=self.hours)


class Screen(StringIO):
    """A terminal that somebody sits before."""

    @override
    def isatty(self) -> bool:
        return True


class Phones:
    """What was sent to whom; ``fails``: what Telegram answers instead."""

    def __init__(self) -> None:
        self.got: list[tuple[int, str]] = []
        self.fails: Exception | None = None
        self.hangs: threading.Event | None = None

    def __call__(self, api_url, token, chat_id, text):
        assert token.reveal() == TOKEN
        if self.hangs is not None:
            self.hangs.wait(30)
        if self.fails is not None:
            raise self.fails
        self.got.append((chat_id, text))


@pytest.fixture
def phones():
    return Phones()


def keep(data, *, venue=Venue.LIVE):
    """Make a store in which real money moves and the son is an owner."""
    data.mkdir(mode=0o700, exist_ok=True)
    by = Requester(user_id=42, name="me")
    event = Asked(request=StopCopy(), by=by, update_id=1, sent_at=NOW, at=NOW)
    paired = {"name": "son", "account_id": "", "by": "me", "digest": "d", "at": NOW}
    records = [
        ModeSet(venue=venue, armed_until=None, totp_step=None),
        PersonPaired(user_id=SON, role=Role.OWNER, **paired),
        PersonPaired(user_id=7, role=Role.OPERATOR, **paired),
    ]
    with contextlib.closing(Journal.open(data)) as journal:
        journal.commit([(event, records)])


@pytest.fixture
def lived(tmp_path):
    """Return a folder where the program has run."""
    write_env(tmp_path, LOG_LEVEL="LOUD", FOLLOWERS__ASHA__MULTIPLIER="0")
    keep(tmp_path / "var")
    return tmp_path


async def ends_well(_settings, _vault, _kill, _control, began, _around):
    began(Venue.LIVE)
    return 0


def start(folder, phones, *, app=ends_well, err=None, clock=None, patience_s=5.0):
    """Start the program; return its exit status and what it said."""
    err = err if err is not None else StringIO()
    terminal = Terminal(out=StringIO(), err=err, input=StringIO())
    given = Invocation(environ={}, terminal=terminal, clock=clock or FixedClock(), folder=folder)
    tell = partial(tell_refusal, tell=phones, patience_s=patience_s)
    status = run_app_here(None, given, lambda: app, tell_refusal=tell)
    return int(status), err.getvalue()


def test_every_owner_is_told_why_and_what_it_means(lived, phones):
    status, err = start(lived, phones)
    assert status == 2
    assert err.endswith("copytrader: told 2 owners in Telegram\n")
    assert sorted(chat for chat, _ in phones.got) == [42, SON], "of settings and store; no operator"
    lines = phones.got[0][1].splitlines()
    assert lines[0].startswith("LIVE · kitecopytrader did not start: LOG_LEVEL: ")
    assert lines[1] == "and 1 more fault: copytrader check names them"
    assert "Nothing is being copied, exits neither. Open positions" in lines[2]
    assert lines[-1] == "23 Nov 10:00:00 IST"


def test_the_same_is_told_once_until_it_changes_or_ran_or_half_a_day_went_by(lived, phones):
    clock = Hour()
    for _ in range(3):
        assert start(lived, phones, clock=clock)[0] == 2
    assert len(phones.got) == 2, "a container begins again and again"
    write_env(lived, LOG_LEVEL="QUIET")
    assert start(lived, phones, clock=clock)[0] == 2
    assert len(phones.got) == 4
    clock.hours = 12
    start(lived, phones, clock=clock)
    assert len(phones.got) == 6
    write_env(lived)
    assert start(lived, phones, clock=clock)[0] == 0
    write_env(lived, LOG_LEVEL="QUIET")
    start(lived, phones, clock=clock)
    assert len(phones.got) == 8, "it had run meanwhile"


def test_what_did_not_arrive_is_tried_again_at_the_next_start(lived, phones):
    phones.fails = CopyTraderError("Telegram does not answer - see the network")
    status, err = start(lived, phones)
    assert status == 2
    assert err.splitlines()[-1] == (
        "copytrader: the owners could not be told in Telegram: Telegram does not answer - see the network"
    )
    phones.fails = None
    start(lived, phones)
    assert len(phones.got) == 2


def test_nothing_holds_the_exit_status_back_or_changes_it(lived, phones):
    phones.hangs = threading.Event()
    clock, before = SystemClock(), set(threading.enumerate())
    began = clock.monotonic()
    try:
        status, err = start(lived, phones, clock=clock, patience_s=0.05)
        assert clock.monotonic() - began < 2
        left = set(threading.enumerate()) - before
        assert left
        assert all(one.daemon for one in left), "the interpreter waits for none of them"
    finally:
        phones.hangs.set()
    assert status == 2
    assert "no answer in time" in err
    phones.fails = RuntimeError("a fault of ours")
    assert start(lived, phones)[0] == 2


def test_a_key_that_is_gone_is_said_where_the_token_is_sealed_with_it(lived, phones):
    vault = Vault.create(lived / "keys" / "key")
    write_env(lived, TELEGRAM__BOT_TOKEN=vault.seal(TOKEN, env_context("TELEGRAM__BOT_TOKEN")))
    (lived / "keys" / "key").rename(lived / "keys" / "gone")
    status, err = start(lived, phones)
    assert status == 2
    assert "could not be told in Telegram: the bot token cannot be read" in err.splitlines()[-1]
    (lived / "keys" / "gone").rename(lived / "keys" / "key")
    (lived / "var" / "key.id").write_text("k1-00000000\n")
    status, err = start(lived, phones)
    assert status == 2
    assert "another key has sealed the sessions" in phones.got[0][1]


def test_the_token_goes_nowhere_while_others_can_change_the_settings(lived, phones):
    write_env(lived, TELEGRAM__API_URL="https://elsewhere.example").chmod(0o662)
    status, err = start(lived, phones)
    assert (status, phones.got) == (2, [])
    assert "mend the file's rights first" in err.splitlines()[-1]


def test_a_refused_store_is_told_and_another_instance_or_a_person_at_the_screen_is_not(
    lived, phones
):
    async def app(*_given):
        raise StoreDamaged("journal.db is damaged - restore a backup")

    assert start(lived, phones, err=Screen())[0] == 2
    write_env(lived)
    with instance_lock(lived / "var"):
        assert start(lived, phones)[0] == 3
    assert phones.got == []
    assert start(lived, phones, app=app)[0] == 4
    assert "did not start: journal.db is damaged" in phones.got[0][1]
    # A store that cannot be read does not tell the mode: it may be real money.
    (lived / "var" / "journal.db").write_bytes(b"no store at all" * 100)
    (lived / "var" / TOLD_NAME).unlink()
    start(lived, phones, app=app)
    assert phones.got[-1][0] == 42
    assert phones.got[-1][1].startswith("LIVE or PAPER, not known · kitecopytrader did not start")


def test_where_nothing_ever_ran_nobody_is_told(tmp_path, phones):
    write_env(tmp_path, LOG_LEVEL="LOUD")
    status, err = start(tmp_path, phones)
    assert (status, phones.got) == (2, [])
    assert "Telegram" not in err


async def test_the_real_process_tells_an_owner_whom_only_the_store_knows(tmp_path):
    chat = ChatServer(token=TOKEN, now=SystemClock().now)
    await chat.start()
    vault = Vault.create(tmp_path / "keys" / "key")
    write_env(
        tmp_path,
        TELEGRAM__BOT_TOKEN=vault.seal(TOKEN, env_context("TELEGRAM__BOT_TOKEN")),
        TELEGRAM__ADMINS="me",
        TELEGRAM__API_URL=chat.api_url,
    )
    keep(tmp_path / "var")
    son = chat.user(SON, "Son")
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        await chat.stop()
    assert process.returncode == 2
    assert out == b""
    said = err.decode().splitlines()
    assert said[0].startswith("copytrader: TELEGRAM__ADMINS: ")
    assert said[1:] == ["copytrader: told 1 owner in Telegram"]
    (message,) = son.messages()
    assert message.text.startswith("LIVE · kitecopytrader did not start: TELEGRAM__ADMINS: ")
    assert TOKEN not in err.decode() + message.text
