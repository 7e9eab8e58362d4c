"""A second copy elsewhere, or a store put back from the past: entries freeze until a person adopts."""

import asyncio
import shutil
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.totp import STEP_SECONDS, TOLERANCE_STEPS
from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble, late_in_book
from engine.attention import FOLLOWER_IDLE_S
from engine.clock import SystemClock
from tests.e2e.burst import orders
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: How far apart two programs on a busy machine may be with one order of his.
BOTH_SEND_WITHIN_S = 3.0
STORE = ("journal.db", "journal.db-wal", "journal.db-shm")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory):
    """One follower, LIVE and copying: the tests use symbols of their own, one after the other."""
    async with at_work(tmp_path_factory.mktemp("stage"), followers=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def codes(stage):
    return Codes()


async def typed(stage, *words: str, typed: str = "") -> tuple[int, str]:
    """Run one `copytrader` command on the stage's settings; return its status and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, "--env-file", str(stage.env_file),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(20):
        output, _ = await process.communicate(typed.encode())
    return process.returncode or 0, output.decode()


class Codes:
    """Codes of the stage, each used once: the program takes one of this half minute, the last or the next.

    Attributes:
        last: Step of the newest code that was used; the stage used one when it went live.
    """

    def __init__(self) -> None:
        self.last = step_now()

    async def fresh(self, stage) -> str:
        """Return the earliest code that works, waiting where all that do were used."""
        self.last = max(self.last + 1, step_now() - TOLERANCE_STEPS)
        await until(lambda: step_now() + TOLERANCE_STEPS >= self.last, seconds=STEP_SECONDS + 1.0)
        return stage.totp.generate_otp(self.last)


def step_now() -> int:
    return int(SystemClock().now().timestamp()) // STEP_SECONDS


async def adopts(stage, codes: Codes) -> tuple[int, str]:
    """Run `adopt` with a code that works."""
    return await typed(stage, "adopt", typed=f"{await codes.fresh(stage)}\n")


def keep_store(folder: Path, kept: Path) -> None:
    """Copy the store alone, as a backup does while the program runs."""
    kept.mkdir(parents=True, exist_ok=True)
    source = sqlite3.connect(f"file:{folder / STORE[0]}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(kept / STORE[0])) as copy:
        source.backup(copy)
    (kept / STORE[0]).chmod(0o600)


def put_back(kept: Path, folder: Path) -> None:
    for name in STORE:
        (folder / name).unlink(missing_ok=True)
    shutil.copy(kept / STORE[0], folder / STORE[0])


def has_met_a_stranger(folder: Path) -> bool:
    """Whether the program that keeps this store has recorded an order that it did not send."""
    with closing(sqlite3.connect(f"file:{folder / 'var' / STORE[0]}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM records WHERE kind = 'StrangerSeen'").fetchone()
    return count > 0


@asynccontextmanager
async def another_host(stage):
    """Run the same store, key and settings in another folder, as a restored container would."""
    there = stage.plan.folder / "elsewhere"
    there.mkdir()
    # The key and its mark first: the store that is copied then has come at least as far.
    for name in ("key", "var"):
        left = shutil.ignore_patterns("*.sock", "logs", "journal.db*")
        shutil.copytree(stage.plan.folder / name, there / name, ignore=left)
    keep_store(stage.plan.folder / "var", there / "var")
    shutil.copy(stage.env_file, there / ".env")
    with (there / "program.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--env-file", str(there / ".env"),
            stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        await until(
            lambda: " runs in LIVE" in (there / "program.log").read_text(),
            seconds=20,
            what="the second copy running",
        )
        yield there
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()


async def test_two_copies_on_two_hosts_stop_entering_at_the_first_double(stage, codes):
    mark = stage.trader.mark()
    async with another_host(stage) as there:
        # They poll with one token: both say so, and only say so.
        await told(stage, "Another program reads", since=mark, seconds=30)
        # The follower's own socket, or a read of his book, would tell the slower of them before it sends.
        his = stage.user_id(FATHER)
        deaf = Meets(user_id=his, operation=Operation.FRAME, times=None)
        stage.exchange.faults.add(SocketFault(meets=deaf, trouble=SocketTrouble.LOSE))
        sent = Meets(user_id=his, operation=Operation.PLACE, times=2)
        stage.exchange.faults.add(late_in_book(sent, seconds=BOTH_SEND_WITHIN_S))
        master_trades(stage, "BUY", "SBIN")
        alarm = await told(stage, "that this program did not send", since=mark, seconds=30)
        assert "No entry leaves" in alarm
        assert "copytrader adopt" in alarm
        assert orders(stage)[(his, "SBIN")] == 2, "both sent it, once"

        # Both must have seen it before he goes on. One that read its book before the other's order was
        # there has nothing open any more, and without frames reads again only after its idle pause.
        for folder in (stage.plan.folder, there):
            await until(
                lambda folder=folder: has_met_a_stranger(folder),
                seconds=FOLLOWER_IDLE_S + 5.0,
                what=f"the double being seen by the program of {folder}",
            )
        master_trades(stage, "BUY", "TCS")
        await told(stage, "COPY #", "TCS", "entries are frozen", since=mark, seconds=30)
        await asyncio.sleep(1.0)
        assert orders(stage)[(his, "TCS")] == 0
    status, output = await typed(stage, "status")
    assert status == 0
    assert "entries are frozen" in output
    assert "Another program reads" in output

    status, output = await adopts(stage, codes)
    assert status == 0, output
    assert "a copy of #" in output
    assert "1 order counts as copied" in output
    # What was doubled goes with the master's exit, and the next entry is copied again.
    master_trades(stage, "SELL", "SBIN")
    await until_held(stage, FATHER, "SBIN", 0, seconds=20)
    master_trades(stage, "BUY", "INFY")
    await until_held(stage, FATHER, "INFY", 5, seconds=20)


async def test_a_store_of_the_past_is_fenced_or_refused_and_sends_nothing_again(
    stage, codes, tmp_path
):
    """First the whole machine is put back, with the note beside the key; then the store alone."""
    var = stage.plan.folder / "var"
    keep_store(var, tmp_path / "backup")
    # What the store will know nothing of: a copy that is still held, and one that is closed.
    master_trades(stage, "BUY", "RELIANCE")
    master_trades(stage, "BUY", "HDFCBANK")
    await until_held(stage, FATHER, "RELIANCE", 5)
    await until_held(stage, FATHER, "HDFCBANK", 5)
    master_trades(stage, "SELL", "HDFCBANK")
    await until_held(stage, FATHER, "HDFCBANK", 0)
    assert await stage.stop_program() == 0
    before = len(stage.exchange.ledger.order_writes())

    put_back(tmp_path / "backup", var)
    for note in (stage.plan.folder / "key").glob("*.mark"):
        note.unlink()
    mark = stage.trader.mark()
    await stage.start_program()
    # Only the book gives it away, and that is enough.
    await told(stage, "that this program did not send", since=mark, seconds=20)
    master_trades(stage, "BUY", "M&M")
    await told(stage, "COPY #", "M&M", "entries are frozen", since=mark, seconds=20)
    assert await stage.stop_program() == 0

    put_back(tmp_path / "backup", var)
    status, output = await typed(stage, "run")
    assert status == 4, output
    assert "restored from the past" in output
    assert "copytrader adopt" in output
    assert "Traceback" not in output
    # One line of the refusal, and one of who was told of it where nobody looks at a screen.
    assert output.splitlines()[1:] == ["copytrader: told 1 owner in Telegram"]

    status, output = await adopts(stage, codes)
    assert status == 0, output
    mark = stage.trader.mark()
    await stage.start_program()
    await told(stage, "Started, but entries are frozen", since=mark, seconds=20)
    await told(stage, "that this program did not send", since=mark, seconds=20)
    master_trades(stage, "BUY", "J&KBANK")
    await told(stage, "COPY #", "J&KBANK", "entries are frozen", since=mark, seconds=20)
    assert len(stage.exchange.ledger.order_writes()) == before, "nothing was sent meanwhile"

    status, output = await adopts(stage, codes)
    assert status == 0, output
    assert "a copy of #" in output
    assert len(stage.exchange.ledger.order_writes()) == before, "nor by adopting"
    master_trades(stage, "SELL", "RELIANCE")
    await until_held(stage, FATHER, "RELIANCE", 0, seconds=20)
    assert net(stage, FATHER, "HDFCBANK") == 0
    # Over all lives since the two copies, no tag left twice.
    tags = [record.tag for record in stage.exchange.ledger.order_writes() if record.tag]
    doubled = {tag for tag in tags if tags.count(tag) > 1}
    assert len(doubled) == 1, "but for the one that two copies sent at once"
