"""A second copy elsewhere, or a store put back from the past: entries freeze until a person adopts."""

import asyncio
import shutil
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble
from engine.clock import SystemClock
from tests.e2e.burst import orders
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held

STORE = ("journal.db", "journal.db-wal", "journal.db-shm")


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


def next_code(stage) -> str:
    """Return the code after the one that armed LIVE: a code works once, and one ahead is taken."""
    return stage.totp.at(SystemClock().now() + timedelta(seconds=30))


def keep_store(folder: Path, kept: Path) -> None:
    """Copy the store alone, as a backup has it; the program must not run."""
    kept.mkdir(parents=True)
    for name in STORE:
        if (folder / name).exists():
            shutil.copy(folder / name, kept / name)


def put_back(kept: Path, folder: Path) -> None:
    for name in STORE:
        (folder / name).unlink(missing_ok=True)
        if (kept / name).exists():
            shutil.copy(kept / name, folder / name)


@asynccontextmanager
async def another_host(stage):
    """Run the same store, key and settings in another folder, as a restored container would."""
    there = stage.plan.folder / "elsewhere"
    there.mkdir()
    for name in ("var", "key"):
        shutil.copytree(
            stage.plan.folder / name, there / name, ignore=shutil.ignore_patterns("*.sock", "logs")
        )
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
        yield
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()


async def test_two_copies_on_two_hosts_stop_entering_at_the_first_double(tmp_path):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        assert await stage.stop_program() == 0
        mark = stage.trader.mark()
        async with another_host(stage):
            await stage.start_program()
            # They poll with one token: both say so, and only say so.
            await told(stage, "Another program reads", since=mark, seconds=30)
            # The follower's own socket would tell one of them before it sends: only his book does here.
            deaf = Meets(user_id=stage.user_id(FATHER), operation=Operation.FRAME, times=None)
            stage.exchange.faults.add(SocketFault(meets=deaf, trouble=SocketTrouble.LOSE))
            master_trades(stage, "BUY", "SBIN")
            alarm = await told(stage, "that this program did not send", since=mark, seconds=30)
            assert "No entry leaves" in alarm
            assert "copytrader adopt" in alarm
            assert orders(stage)[(stage.user_id(FATHER), "SBIN")] == 2, "both sent it, once"

            # Both must have seen it before he goes on; the other reads its book within a second.
            await asyncio.sleep(2.0)
            master_trades(stage, "BUY", "TCS")
            await told(stage, "COPY #", "TCS", "entries are frozen", since=mark, seconds=30)
            await asyncio.sleep(2.0)
            assert orders(stage)[(stage.user_id(FATHER), "TCS")] == 0
        status, output = await typed(stage, "status")
        assert status == 0
        assert "entries are frozen" in output
        assert "Another program reads" in output

        status, output = await typed(stage, "adopt", typed=f"{next_code(stage)}\n")
        assert status == 0, output
        assert "a copy of #" in output
        assert "1 order(s) count as copied" in output
        # What was doubled goes with the master's exit, and the next entry is copied again.
        master_trades(stage, "SELL", "SBIN")
        await until_held(stage, FATHER, "SBIN", 0, seconds=20)
        master_trades(stage, "BUY", "INFY")
        await until_held(stage, FATHER, "INFY", 5, seconds=20)


async def test_a_store_of_the_past_is_refused_taken_by_a_person_and_sends_nothing_again(tmp_path):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        var = stage.plan.folder / "var"
        assert await stage.stop_program() == 0
        keep_store(var, tmp_path / "backup")
        await stage.start_program()
        # What the store will know nothing of: a copy that is still held, and one that is closed.
        master_trades(stage, "BUY", "SBIN")
        master_trades(stage, "BUY", "INFY")
        await until_held(stage, FATHER, "SBIN", 5)
        await until_held(stage, FATHER, "INFY", 5)
        master_trades(stage, "SELL", "INFY")
        await until_held(stage, FATHER, "INFY", 0)
        assert await stage.stop_program() == 0
        put_back(tmp_path / "backup", var)
        before = len(stage.exchange.ledger.order_writes())

        status, output = await typed(stage, "run")
        assert status == 4, output
        assert "restored from the past" in output
        assert "copytrader adopt" in output
        assert "Traceback" not in output
        assert len(output.splitlines()) == 1

        status, output = await typed(stage, "adopt", typed=f"{next_code(stage)}\n")
        assert status == 0, output
        mark = stage.trader.mark()
        await stage.start_program()
        await told(stage, "Started, but entries are frozen", since=mark, seconds=20)
        await told(stage, "that this program did not send", since=mark, seconds=20)
        master_trades(stage, "BUY", "TCS")
        await told(stage, "COPY #", "TCS", "entries are frozen", since=mark, seconds=20)
        assert len(stage.exchange.ledger.order_writes()) == before, "nothing was sent meanwhile"

        # No half minute is waited for the code after next.
        (var / "totp.used").unlink()
        status, output = await typed(stage, "adopt", typed=f"{next_code(stage)}\n")
        assert status == 0, output
        assert "a copy of #" in output
        assert len(stage.exchange.ledger.order_writes()) == before, "nor by adopting"
        master_trades(stage, "SELL", "SBIN")
        await until_held(stage, FATHER, "SBIN", 0, seconds=20)
        assert net(stage, FATHER, "INFY") == 0
        tags = [record.tag for record in stage.exchange.ledger.order_writes()]
        assert len(tags) == len(set(tags)), "no tag left twice, over both lives"


async def test_a_store_that_only_the_book_gives_away_is_fenced_all_the_same(tmp_path):
    """The whole machine was put back, the note beside the key too."""
    async with at_work(tmp_path / "stage", followers=1) as stage:
        var = stage.plan.folder / "var"
        assert await stage.stop_program() == 0
        keep_store(var, tmp_path / "backup")
        await stage.start_program()
        master_trades(stage, "BUY", "SBIN")
        await until_held(stage, FATHER, "SBIN", 5)
        assert await stage.stop_program() == 0
        put_back(tmp_path / "backup", var)
        for note in (stage.plan.folder / "key").glob("*.mark"):
            note.unlink()
        mark = stage.trader.mark()
        await stage.start_program()
        await told(stage, "that this program did not send", since=mark, seconds=20)
        master_trades(stage, "BUY", "TCS")
        await told(stage, "COPY #", "TCS", "entries are frozen", since=mark, seconds=20)
        assert orders(stage)[(stage.user_id(FATHER), "SBIN")] == 1
        assert orders(stage)[(stage.user_id(FATHER), "TCS")] == 0
