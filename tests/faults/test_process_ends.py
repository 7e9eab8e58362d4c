"""How the process ends, is held back, and refuses to run twice."""

import asyncio
import sqlite3
import sys

import pytest
import pytest_asyncio

from demo.stage import Plan, Stage
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held
from tests.faults.lives_on import lives_on_elsewhere

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory):
    """One follower, LIVE and copying: the tests leave it so, the last with the kill switch set."""
    async with at_work(tmp_path_factory.mktemp("stage"), followers=1) as opened:
        yield opened


async def command(stage, *words: str) -> tuple[int, str]:
    """Run one `copytrader` command on the stage's settings; return its status and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, "--env-file", str(stage.env_file),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(10):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_a_store_that_cannot_be_written_halts_everything_and_says_so_in_the_chat(
    stage,
):
    mark = stage.trader.mark()
    before = len(stage.exchange.ledger.order_writes())
    other = sqlite3.connect(stage.plan.folder / "var" / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # longer than the program is ready to wait
    try:
        master_trades(stage, "BUY", "INFY")
        text = await told(stage, "The program halts", since=mark)
        assert "watch the positions in Kite" in text
        assert len(stage.exchange.ledger.order_writes()) == before, "no journal, no order"
        assert await stage.stop_program() == 1
        assert "Traceback" not in stage.tail_of_log(200)
    finally:
        other.execute("ROLLBACK")
        other.close()
    # The master's order is young enough still: the next start makes up for it, once.
    await stage.start_program()
    await until_held(stage, FATHER, "INFY", 5)
    assert len(stage.exchange.ledger.order_writes()) == before + 1


async def test_a_start_in_live_without_copying_says_so_and_what_next(stage):
    stage.trader.send("/stop")
    await told(stage, "stopped")
    assert await stage.stop_program() == 0
    mark = stage.trader.mark()
    await stage.start_program()
    text = await told(stage, "Started.", since=mark)
    assert text.startswith("LIVE 🔴 not copying")
    assert "armed till" in text
    assert "/start_copy" in text
    await stage.start_copying()


async def test_the_kill_switch_stops_entries_of_a_running_program_and_never_exits(stage):
    master_trades(stage, "BUY", "RELIANCE")
    await until_held(stage, FATHER, "RELIANCE", 5)

    # By hand: the file alone, which works also while the program's loop is stuck.
    mark = stage.trader.mark()
    kill_file = stage.plan.folder / "var" / "kill"
    kill_file.touch()
    master_trades(stage, "BUY", "TCS")
    await told(stage, "kill switch is set", since=mark)
    await told(stage, "COPY #", "TCS", since=mark)
    kill_file.unlink()
    await told(stage, "kill switch is released", since=mark)

    # By the command.
    mark = stage.trader.mark()
    status, output = await command(stage, "kill")
    assert status == 0, output
    assert "acknowledged" in output
    await told(stage, "kill switch is set", since=mark)
    master_trades(stage, "BUY", "SBIN")
    master_trades(stage, "SELL", "RELIANCE")
    await until_held(stage, FATHER, "RELIANCE", 0)
    await told(stage, "SBIN", "kill switch", since=mark)
    assert net(stage, FATHER, "SBIN") == net(stage, FATHER, "TCS") == 0
    stage.trader.send("/status")
    card = await told(stage, "kill switch is set: exits only", since=mark)
    assert "--release" in card


async def test_a_paper_order_that_rests_survives_kill_9_and_fills_at_its_price(tmp_path):
    stage = Stage(Plan(folder=tmp_path, followers=1, volatility_bps=0.0))
    await stage.open()
    try:
        await stage.start_program()
        await stage.log_in("master")
        await stage.start_copying()
        mark = stage.trader.mark()
        stage.exchange.set_price("NSE", "SBIN", "972.00")
        master_trades(stage, "BUY", "SBIN", price="960.00")
        await told(stage, "COPY #", "SBIN", "father open", since=mark)
        stage.kill_program()
        await stage.stop_program()
        await stage.start_program()
        stage.exchange.set_price("NSE", "SBIN", "959.00")
        await told(stage, "COPY #", "SBIN", "father fill", since=mark)
        assert not stage.exchange.ledger.order_writes()
    finally:
        await stage.close()


async def test_a_second_process_on_the_same_store_is_refused_and_a_backup_lives_on_elsewhere(
    tmp_path,
):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        status, output = await command(stage, "run")
        assert status == 3
        assert "another instance" in output
        assert "Traceback" not in output
        # The first one goes on; then its machine is lost.
        master_trades(stage, "BUY", "SBIN")
        await until_held(stage, FATHER, "SBIN", 5)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        await lives_on_elsewhere(stage, elsewhere, held="SBIN")
